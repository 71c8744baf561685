import { type Digest, digestOf, GreenticError } from '@greentic/core';
import { AUDIT_LINE_MAX_BYTES, type AuditEvent, decodeEvent, NO_LINE } from './audit-event.ts';
import type { Disk } from './disk.ts';

/** Name of the file in an environment's folder. */
export const AUDIT_FILE = 'audit.jsonl';

/** The end of the audit. */
export interface AuditTail {
  /** The last event, and the digest of its line. */
  readonly event: AuditEvent;
  readonly digest: Digest;
  /** Where the next line begins, in bytes. */
  readonly end: number;
}

/** A position in an audit: whoever keeps one outside the store can tell later that nothing before it was taken away. */
export interface AuditHead {
  readonly sequence: number;
  /** Digest of the line at that sequence. */
  readonly digest: Digest;
}

const LINE_FEED = 0x0a;
const CHUNK_BYTES = 2 ** 20;
// Most lines are short; the larger window holds the longest line, a torn one of the same length after it, and their ends.
const TAIL_WINDOWS = [64 * 1024, 3 * (AUDIT_LINE_MAX_BYTES + 1)];

/**
 * The end of the audit, and how many torn bytes lie behind it: what an append left that was cut short by the end of its process
 * or of the power (no line feed, or NUL bytes where data never arrived). No tail while nothing was ever recorded.
 * Throws `audit/broken` for a last line that is whole and wrong.
 */
export async function readTail(disk: Disk, file: string): Promise<{ tail: AuditTail | undefined; torn: number }> {
  for (const window of TAIL_WINDOWS) {
    const slice = await disk.read(file, { start: -window, maxBytes: window });
    if (slice === undefined) return { tail: undefined, torn: 0 };
    const last = lastLine(slice.bytes, slice.start === 0);
    if (last === 'out of view') continue;
    if (last === undefined) return { tail: undefined, torn: slice.size };
    const end = slice.start + last.end;
    const line = slice.bytes.subarray(last.begin, last.end - 1);
    return {
      tail: { event: decodeEvent(line), digest: digestOf(line), end },
      torn: slice.start + slice.bytes.byteLength - end,
    };
  }
  throw new GreenticError('audit/broken', `The audit ends in a line of more than ${AUDIT_LINE_MAX_BYTES} bytes.`);
}

/** Where the last whole line lies in the bytes; its end is past the line feed. */
function lastLine(bytes: Buffer, fromStart: boolean): { begin: number; end: number } | undefined | 'out of view' {
  let end = bytes.lastIndexOf(LINE_FEED) + 1;
  // Only the line appended last can be torn, so at most one is passed over.
  for (let passed = 0; end > 0; passed++) {
    const begin = end === 1 ? 0 : bytes.lastIndexOf(LINE_FEED, end - 2) + 1;
    if (begin === 0 && !fromStart) return 'out of view';
    if (passed > 0 || !bytes.subarray(begin, end).includes(0)) return { begin, end };
    end = begin;
  }
  return fromStart ? undefined : 'out of view';
}

/** The audit's lines in order, without their line feeds; what follows the last line feed is left out. */
export async function* readLines(disk: Disk, file: string): AsyncGenerator<Buffer> {
  let carried = Buffer.alloc(0);
  for (let start = 0; ; ) {
    const slice = await disk.read(file, { start, maxBytes: CHUNK_BYTES });
    if (slice === undefined || slice.bytes.byteLength === 0) return;
    start += slice.bytes.byteLength;
    const bytes = Buffer.concat([carried, slice.bytes]);
    let begin = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, begin)) {
      yield bytes.subarray(begin, end);
      begin = end + 1;
    }
    carried = bytes.subarray(begin);
    if (carried.byteLength > AUDIT_LINE_MAX_BYTES) {
      throw new GreenticError('audit/broken', `The audit has a line of more than ${AUDIT_LINE_MAX_BYTES} bytes.`);
    }
  }
}

/** The committed event of an idempotency key, if there is one. Throws `audit/broken` when that line was changed. */
export async function findCommitted(disk: Disk, file: string, idempotencyKey: string): Promise<AuditEvent | undefined> {
  // Lines are canonical, so the field has one spelling; lines without it need no parsing.
  const needle = Buffer.from(`"idempotencyKey":${JSON.stringify(idempotencyKey)}`);
  for await (const line of readLines(disk, file)) {
    if (!line.includes(needle)) continue;
    const event = decodeEvent(line);
    if (event.outcome === 'committed' && event.idempotencyKey === idempotencyKey) return event;
  }
  return undefined;
}

/** Up to `limit` events after a sequence, in order. Throws `audit/broken` at a line that was changed. */
export async function readEvents(
  disk: Disk,
  file: string,
  { after, limit }: { after: number; limit: number },
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  let sequence = 0;
  for await (const line of readLines(disk, file)) {
    if (events.length === limit) break;
    if (++sequence > after) events.push(decodeEvent(line));
  }
  return events;
}

/**
 * Walks the chain from its first line to the end and returns the end, and whether it passes through the head given. Throws
 * `audit/broken`, with the sequence in the details, for a line that was edited, deleted, inserted or moved, for one of another
 * environment, and for a chain in which the head is not.
 */
export async function verifyChain(disk: Disk, file: string, environment: string, head?: AuditHead): Promise<AuditHead> {
  let previous = NO_LINE;
  let generation = 0;
  let sequence = 0;
  for await (const line of readLines(disk, file)) {
    sequence++;
    const event = decodeAt(line, sequence);
    if (event.sequence !== sequence) throw broken(sequence, `is numbered ${event.sequence}`);
    if (event.previous !== previous) throw broken(sequence, 'does not follow the line before it');
    if (event.environment !== environment) throw broken(sequence, `belongs to the environment ${event.environment}`);
    const grown = event.outcome === 'committed' ? generation + 1 : generation;
    if (event.generation.before !== generation || event.generation.after !== grown)
      throw broken(sequence, 'skips a generation');
    generation = event.generation.after;
    previous = digestOf(line);
    if (head?.sequence === sequence && head.digest !== previous)
      throw broken(sequence, 'is not the one that was published');
  }
  if (head !== undefined && head.sequence > sequence)
    throw broken(sequence, `is the last, but ${head.sequence} events were published`);
  return { sequence, digest: previous };
}

function decodeAt(line: Buffer, sequence: number): AuditEvent {
  try {
    return decodeEvent(line);
  } catch (error) {
    throw new GreenticError('audit/broken', `Audit event ${sequence} was changed after it was written.`, {
      cause: error,
      details: { sequence },
    });
  }
}

function broken(sequence: number, what: string): GreenticError {
  return new GreenticError('audit/broken', `Audit event ${sequence} ${what}.`, { details: { sequence } });
}
