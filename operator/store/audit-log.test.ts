import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalize, digestOf } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENT, NOW } from '../testing/sample.ts';
import { ADA, counting, temporaryStore } from '../testing/temporary-store.ts';
import { VolatileDisk } from '../testing/volatile-disk.ts';
import { AUDIT_LINE_MAX_BYTES, type AuditEvent, decodeEvent, encodeEvent, NO_LINE } from './audit-event.ts';
import { AUDIT_FILE, readEvents, readLines, readTail } from './audit-log.ts';

const FILE = '/audit.jsonl';

const draft = (fields: Partial<AuditEvent> = {}) => ({
  sequence: 1,
  at: NOW.toISOString(),
  environment: ENVIRONMENT,
  actor: ADA,
  verb: 'sample.count',
  target: 'count',
  generation: { before: 0, after: 1 },
  outcome: 'committed' as const,
  files: {},
  previous: NO_LINE,
  ...fields,
});

async function diskWith(...parts: (string | Buffer)[]): Promise<VolatileDisk> {
  const disk = new VolatileDisk();
  await disk.write(FILE, Buffer.concat(parts.map((part) => Buffer.from(part))));
  return disk;
}

describe('an event', () => {
  test('comes back as it was written', () => {
    const { event, line, digest } = encodeEvent(
      draft({ result: { a: [1, null] }, decision: 'x', idempotencyKey: 'k' }),
    );
    expect(decodeEvent(line)).toEqual(event);
    expect(digest).toBe(digestOf(line));
  });

  test('with any byte changed is refused with audit/broken', () => {
    const { line } = encodeEvent(draft({ result: { text: 'é"\\' }, decision: [1.5] }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: line.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(line);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(() => decodeEvent(changed)).toThrow(expect.objectContaining({ code: 'audit/broken' }));
      }),
      { numRuns: 1000 },
    );
  });

  test('spelled otherwise, with the same meaning, is refused with audit/broken', () => {
    const { event } = encodeEvent(draft());
    expect(() => decodeEvent(Buffer.from(JSON.stringify(event, null, 1)))).toThrow(
      expect.objectContaining({ code: 'audit/broken' }),
    );
  });

  test('over the limit is refused with input/too-large; of exactly the limit it is read back', async () => {
    const { line } = encodeEvent(draft({ result: '' }));
    const room = AUDIT_LINE_MAX_BYTES - line.byteLength;
    expect(() => encodeEvent(draft({ result: 'x'.repeat(room + 1) }))).toThrow(
      expect.objectContaining({ code: 'input/too-large' }),
    );
    const longest = encodeEvent(draft({ result: 'x'.repeat(room) }));
    const { tail, torn } = await readTail(await diskWith(longest.line, '\n', longest.line.subarray(0, -1)), FILE);
    expect(tail?.digest).toBe(longest.digest);
    expect(torn).toBe(AUDIT_LINE_MAX_BYTES - 1);
  });
});

describe('the tail', () => {
  const first = encodeEvent(draft());
  const second = encodeEvent(draft({ sequence: 2, previous: first.digest, generation: { before: 1, after: 2 } }));

  test('is none in an absent, an empty and a merely torn file', async () => {
    expect(await readTail(new VolatileDisk(), FILE)).toEqual({ tail: undefined, torn: 0 });
    expect(await readTail(await diskWith(''), FILE)).toEqual({ tail: undefined, torn: 0 });
    expect(await readTail(await diskWith('{"half'), FILE)).toEqual({ tail: undefined, torn: 6 });
    expect(await readTail(await diskWith(Buffer.alloc(5), '\n'), FILE)).toEqual({ tail: undefined, torn: 6 });
  });

  test('is the last whole line, whatever was torn behind it', async () => {
    const cuts = fc.integer({ min: 0, max: second.line.byteLength });
    await fc.assert(
      fc.asyncProperty(cuts, fc.boolean(), async (cut, nul) => {
        const rest = nul ? Buffer.alloc(second.line.byteLength - cut + 1) : Buffer.alloc(0);
        const { tail, torn } = await readTail(
          await diskWith(first.line, '\n', second.line.subarray(0, cut), rest),
          FILE,
        );
        expect(tail?.event).toEqual(first.event);
        expect(tail?.end).toBe(first.line.byteLength + 1);
        expect(torn).toBe(cut + rest.byteLength);
      }),
    );
  });

  test('is behind a line of NUL bytes that ends in a line feed', async () => {
    const { tail, torn } = await readTail(await diskWith(first.line, '\n', Buffer.alloc(40), '\n'), FILE);
    expect(tail?.event.sequence).toBe(1);
    expect(torn).toBe(41);
  });

  test('that is whole and wrong is refused with audit/broken, not cut', async () => {
    const edited = Buffer.from(second.line.toString().replace('"count"', '"other"'));
    for (const last of [edited, Buffer.from('no json')]) {
      await expect(readTail(await diskWith(first.line, '\n', last, '\n'), FILE)).rejects.toMatchObject({
        code: 'audit/broken',
      });
    }
  });

  test('longer than a line may be is refused with audit/broken', async () => {
    const disk = await diskWith(first.line, '\n', 'x'.repeat(4 * AUDIT_LINE_MAX_BYTES));
    await expect(readTail(disk, FILE)).rejects.toMatchObject({ code: 'audit/broken' });
    await expect(readEvents(disk, FILE, { after: 5, limit: 1 })).rejects.toMatchObject({ code: 'audit/broken' });
  });
});

test('lines come whole, however they lie across the chunks they are read in', async () => {
  const lines = Array.from({ length: 30 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(i * 7919));
  const read: string[] = [];
  for await (const line of readLines(await diskWith(lines.map((line) => `${line}\n`).join(''), 'torn'), FILE))
    read.push(line.toString());
  expect(read).toEqual(lines);
});

describe('a tampered audit is refused with audit/broken:', () => {
  /** An audit of eight events, the fifth a refusal; the fixture is changed as text. */
  async function tampered(change: (lines: string[]) => string[]) {
    const { store, folder } = await temporaryStore();
    for (let i = 0; i < 7; i++) {
      if (i === 3)
        await store.record(ENVIRONMENT, { verb: 'env-packs.add', target: 'secrets', code: 'trust/threshold' });
      else await store.mutate(ENVIRONMENT, counting());
    }
    const head = await store.verifyAudit(ENVIRONMENT);
    expect(head.sequence).toBe(8);
    const file = path.join(folder, AUDIT_FILE);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    await writeFile(
      file,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return { store, head, file, folder };
  }

  /** The line with fields replaced and its own hash made right: what somebody who knows the format would write. */
  function forge(line: string | undefined, fields: Partial<AuditEvent>): string {
    const { hash: _old, ...body } = { ...(JSON.parse(line ?? '') as AuditEvent), ...fields };
    return canonicalize({ ...body, hash: digestOf(canonicalize(body)) });
  }

  test.each([
    ['a field edited', 3, (lines: string[]) => lines.map((line, i) => (i === 2 ? line.replace('ada', 'eve') : line))],
    [
      'a field edited and the hash made right',
      4,
      (lines: string[]) => lines.map((line, i) => (i === 2 ? forge(line, { target: 'x' }) : line)),
    ],
    ['a line deleted', 3, (lines: string[]) => lines.toSpliced(2, 1)],
    ['the refusal deleted', 5, (lines: string[]) => lines.toSpliced(4, 1)],
    ['the first line deleted', 1, (lines: string[]) => lines.slice(1)],
    ['a line inserted twice', 4, (lines: string[]) => lines.toSpliced(3, 0, lines[2] ?? '')],
    [
      'a forged line inserted',
      4,
      (lines: string[]) => lines.toSpliced(3, 0, forge(lines[2], { sequence: 4, previous: digestOf(lines[2] ?? '') })),
    ],
    ['two lines swapped', 3, (lines: string[]) => lines.toSpliced(2, 2, lines[3] ?? '', lines[2] ?? '')],
    ['the last line cut off', 7, (lines: string[]) => lines.slice(0, -1)],
    ['all but the first line cut off', 1, (lines: string[]) => lines.slice(0, 1)],
    ['emptied', 0, () => []],
  ])('%s', async (_what, sequence, change) => {
    const { store } = await tampered(change);
    await expect(store.verifyAudit(ENVIRONMENT)).rejects.toMatchObject({ code: 'audit/broken', details: { sequence } });
  });

  test('cut back together with the document, when the head was published', async () => {
    const { store, head, folder } = await tampered((lines) => lines.slice(0, -1));
    const backups = path.join(folder, 'backups', '000000000006.environment.json');
    await writeFile(path.join(folder, 'environment.json'), await readFile(backups));
    expect((await store.verifyAudit(ENVIRONMENT)).sequence).toBe(7);
    await expect(store.verifyAudit(ENVIRONMENT, head)).rejects.toMatchObject({
      code: 'audit/broken',
      details: { sequence: 7 },
    });
  });

  test('another line at the published head', async () => {
    const { store, head, file } = await tampered((lines) => lines);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    await writeFile(file, `${lines.toSpliced(7, 1, forge(lines[7], { target: 'other' })).join('\n')}\n`);
    expect((await store.verifyAudit(ENVIRONMENT)).sequence).toBe(8);
    await expect(store.verifyAudit(ENVIRONMENT, head)).rejects.toMatchObject({
      code: 'audit/broken',
      details: { sequence: 8 },
    });
  });

  test('an untouched one verifies, with its own head and with an earlier one', async () => {
    const { store, head } = await tampered((lines) => lines);
    await store.mutate(ENVIRONMENT, counting());
    expect(await store.verifyAudit(ENVIRONMENT, head)).toMatchObject({ sequence: 9 });
  });
});
