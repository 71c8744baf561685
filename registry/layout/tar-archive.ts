import { constants, type FileHandle, open } from 'node:fs/promises';
import { type ErrorCode, GreenticError } from '@greentic/core';
import { BLOCK_BYTES, decodeHeader, invalidArchive, isZero, type TarHeader } from './tar-header.ts';

const MAX_ENTRIES = 250_000;
const MAX_EXTENSION_BYTES = 64 * 1024;
const MAX_PADDING_BYTES = 2 ** 20;
const WINDOW_BYTES = 64 * 1024;

/** What may say something of the entry after it that changes nothing for a reader. */
const IDLE_PAX_KEYS = /^(?:[acm]time|[ug]id|[ug]name|LIBARCHIVE\.creationtime|SCHILY\.(?:dev|ino|nlink))$/;

interface Place {
  readonly offset: number;
  readonly size: number;
}

/**
 * A tar that is read where it lies: where each file begins is found once, and nothing is unpacked. It holds plain files and
 * folders with plain relative paths and nothing else; what two programs could read in two ways is refused, not passed over.
 */
export class TarArchive {
  readonly path: string;
  readonly #files: ReadonlyMap<string, Place>;

  private constructor(path: string, files: ReadonlyMap<string, Place>) {
    this.path = path;
    this.#files = files;
  }

  /** Finds the files of a tar. Throws `registry/unreachable`, and `registry/archive-invalid` for what may not be in it. */
  static async open(path: string): Promise<TarArchive> {
    return withFile(path, async (file) => new TarArchive(path, await new TarScan(file, path).files()));
  }

  /** The names of its files. */
  get names(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** The bytes of a file; undefined when there is none. Throws the code given for one larger than `maxBytes`. */
  async read(name: string, maxBytes: number, code: ErrorCode): Promise<Uint8Array | undefined> {
    const place = this.#files.get(name);
    if (place === undefined) return undefined;
    if (place.size > maxBytes)
      throw new GreenticError(code, `${name} in ${this.path} is larger than ${maxBytes} bytes.`);
    return withFile(this.path, async (file) => {
      const bytes = Buffer.alloc(place.size);
      if ((await fill(file, bytes, place.offset)) < place.size)
        throw invalidArchive(`${this.path} was cut off meanwhile.`);
      return bytes;
    });
  }
}

/** One pass over the headers of an archive. */
class TarScan {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #files = new Map<string, Place>();
  readonly #taken = new Set<string>();
  readonly #window = Buffer.alloc(WINDOW_BYTES);
  #from = 0;
  #filled = 0;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async files(): Promise<ReadonlyMap<string, Place>> {
    const { size: end } = await this.#file.stat();
    let offset = 0;
    let longName: string | undefined;
    let extended = false;
    for (let entries = 0; ; entries++) {
      if (entries > MAX_ENTRIES) throw invalidArchive(`${this.#path} has more than ${MAX_ENTRIES} entries.`);
      const block = await this.#block(offset);
      if (isZero(block)) break;
      const header = decodeHeader(block);
      const content = { offset: offset + BLOCK_BYTES, size: header.size };
      offset = content.offset + Math.ceil(header.size / BLOCK_BYTES) * BLOCK_BYTES;
      if (offset > end) throw invalidArchive(`${this.#path} ends in the middle of ${header.name}.`);
      if (header.type === 'x' || header.type === 'L') {
        if (extended) throw invalidArchive(`${this.#path} names an entry twice.`);
        extended = true;
        longName = nameFrom(header.type, await this.#extension(content));
        continue;
      }
      this.#take({ ...header, name: longName ?? header.name }, content);
      longName = undefined;
      extended = false;
    }
    if (extended) throw invalidArchive(`${this.#path} names an entry that does not follow.`);
    await this.#assertEnd(offset, end);
    return this.#files;
  }

  #take({ type, name, size }: TarHeader, content: Place): void {
    const folder = type === '5';
    if (!folder && type !== '0' && type !== '\0') {
      throw invalidArchive(`${this.#path} holds ${printable(name)}, which is neither a file nor a folder.`);
    }
    if (folder && size !== 0) throw invalidArchive(`${this.#path} holds a folder with content.`);
    const path = plainPath(name, folder);
    if (path === undefined) throw invalidArchive(`${this.#path} holds a file under the path ${printable(name)}.`);
    // One name in two spellings would be one file on some systems and two on others.
    const key = path.toLowerCase();
    if (this.#taken.has(key)) throw invalidArchive(`${this.#path} holds ${printable(name)} twice.`);
    this.#taken.add(key);
    if (!folder) this.#files.set(path, content);
  }

  async #extension({ offset, size }: Place): Promise<Buffer> {
    if (size > MAX_EXTENSION_BYTES) throw invalidArchive(`${this.#path} holds an endless name.`);
    const bytes = Buffer.alloc(size);
    await fill(this.#file, bytes, offset);
    return bytes;
  }

  /** After the end nothing may follow: a second archive there would be content for some readers and none for others. */
  async #assertEnd(offset: number, end: number): Promise<void> {
    if (end - offset < 2 * BLOCK_BYTES) throw invalidArchive(`${this.#path} is cut off.`);
    if (end - offset > MAX_PADDING_BYTES) throw invalidArchive(`${this.#path} goes on after its end.`);
    const rest = Buffer.alloc(end - offset);
    await fill(this.#file, rest, offset);
    if (!isZero(rest)) throw invalidArchive(`${this.#path} goes on after its end.`);
  }

  async #block(offset: number): Promise<Uint8Array> {
    if (offset < this.#from || offset + BLOCK_BYTES > this.#from + this.#filled) {
      this.#from = offset;
      this.#filled = await fill(this.#file, this.#window, offset);
    }
    const at = offset - this.#from;
    if (at + BLOCK_BYTES > this.#filled) throw invalidArchive(`${this.#path} is cut off.`);
    return this.#window.subarray(at, at + BLOCK_BYTES);
  }
}

/** A relative path of plain names, without the leading `./` that tar writes; undefined for any other. */
function plainPath(name: string, folder: boolean): string | undefined {
  const bare = folder ? name.replace(/\/$/, '') : name;
  if (folder && (bare === '.' || bare === '')) return '.';
  const path = bare.replace(/^\.\//, '');
  if (path.length > 1024 || !/^[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*$/.test(path)) return undefined;
  return path.split('/').some((part) => part === '.' || part === '..') ? undefined : path;
}

/** The path that an extended header (POSIX `x`, GNU `L`) gives the next entry; undefined when it says nothing of it. */
function nameFrom(type: 'x' | 'L', bytes: Buffer): string | undefined {
  if (type === 'L') return bytes.toString('latin1').replace(/\0+$/, '');
  let path: string | undefined;
  for (const [key, value] of paxRecords(bytes)) {
    if (key === 'path' && path === undefined) path = value;
    else if (!IDLE_PAX_KEYS.test(key)) throw invalidArchive(`The archive sets ${printable(key)} of an entry.`);
  }
  return path;
}

function* paxRecords(bytes: Buffer): Generator<[key: string, value: string]> {
  let at = 0;
  while (at < bytes.byteLength) {
    const [head = '', digits = ''] = /^([1-9]\d{0,5}) /.exec(bytes.toString('latin1', at, at + 8)) ?? [];
    const record = bytes.toString('latin1', at + head.length, at + Number(digits));
    const [, key, value] = /^([^=\n]+)=([\s\S]*)\n$/.exec(record) ?? [];
    if (key === undefined || value === undefined || at + Number(digits) > bytes.byteLength)
      throw invalidArchive('An extended header of the archive is malformed.');
    yield [key, value];
    at += Number(digits);
  }
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    // Without waiting, as for any file that somebody else may have put there: it could be a pipe.
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile()) throw new GreenticError('registry/unreachable', `${path} is not a file.`);
    return await work(file);
  } catch (error) {
    if (error instanceof GreenticError) throw error;
    const reason = (error as NodeJS.ErrnoException).code;
    throw new GreenticError('registry/unreachable', `${path} cannot be read: ${reason}.`, { cause: error });
  }
}

async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let length = 0;
  while (length < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, length, buffer.byteLength - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
