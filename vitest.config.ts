import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source', 'node', 'module'] },
  ssr: { resolve: { conditions: ['source', 'node', 'module', 'import', 'default'] } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/fixtures/**', '**/.cache/**'],
    pool: 'forks',
    maxWorkers: 2,
    // Isolates cannot share a process with Node's own start-up snapshot; `source` lets child processes load our .ts files.
    execArgv: ['--no-node-snapshot', '--conditions=source'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['scripts/build/test-setup.ts'],
    reporters: ['default', './scripts/tally.ts'],
  },
});
