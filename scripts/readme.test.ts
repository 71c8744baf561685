import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

/** The shell blocks of a page, in order. */
function shellBlocks(text: string): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
}

/** Links of a page to other files of the repository, without their fragments. */
function relativeLinks(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:|^#/.test(target)).map((target) => target.split('#')[0] ?? '');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a script in bash, stopped at its first failure; gives its exit status and what it wrote. */
async function bash(script: string, folder: string): Promise<{ status: number | null; output: string }> {
  mkdirSync(path.join(folder, 'home'));
  const env = { ...process.env, TMPDIR: folder, HOME: path.join(folder, 'home'), NODE_OPTIONS: '' };
  // A process group of its own: what a failed script leaves running can be ended with it.
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: root, env, detached: true });
  onTestFinished(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // Nothing was left.
    }
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

describe('the README', () => {
  test('has at most 150 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  test('has commands that work in the order they stand', { timeout: 600_000 }, async () => {
    const blocks = shellBlocks(readme).filter((block) => !block.includes('npm ci'));
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    const folder = mkdtempSync(path.join(tmpdir(), 'readme-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const script = blocks.join('').replaceAll('8080', String(await freePort()));
    const { status, output } = await bash(script, folder);
    expect(output).toContain('Served: desk.zoo.1 90 %, desk.zoo.2 10 %.');
    expect(output).toContain('Served again: desk.zoo.1 100 %.');
    expect(output).toContain('acme.secrets.vault 0.1.0 was admitted');
    expect(output).toContain('The audit chain verifies');
    expect(status).toBe(0);
  });
});

test.each(globSync(['envpacks/*/*/', 'templates/*/'], { cwd: root }))(
  '%s has a README of at most 40 lines, which goes into its artifact',
  (folder) => {
    const lines = readFileSync(path.join(root, folder, 'README.md'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines[0]).toMatch(/^# /);
    expect(lines.length).toBeLessThanOrEqual(40);
  },
);

describe('links', () => {
  const pages = globSync(['README.md', 'docs/**/*.md', '{envpacks/*,templates}/*/README.md'], { cwd: root });

  test.each(pages)('of %s lead to files that exist', (page) => {
    const links = relativeLinks(readFileSync(path.join(root, page), 'utf8'));
    expect(links.filter((link) => !existsSync(path.join(root, path.dirname(page), link)))).toEqual([]);
  });

  test('are found in prose, not in code, and without their fragments', () => {
    const text = 'See [a](a.md#x), [b](../b), [c](https://c.test), [d](#d) and `[e](e)`.\n\n```sh\n[f](f)\n```\n';
    expect(relativeLinks(text)).toEqual(['a.md', '../b']);
  });
});
