import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const registry = path.join(import.meta.dirname, '..', 'index.ts');

test('what makes connections is not loaded by whoever only reads a folder', async () => {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    await import(${JSON.stringify(registry)});
    console.log(JSON.stringify([loaded.length > 10, loaded.filter((url) => url.includes('/undici/')).length]));
  `;
  const args = ['--conditions=source', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toEqual([true, 0]);
});
