import { gzipSync } from 'node:zlib';
import { BLOCK_BYTES, encodeEnd, encodeFile, encodeHeader, padded, paxRecord } from '../layout/tar-header.ts';
import type { AttackCase } from '../testing/attack.ts';

/** What an attack makes of the entries of a whole registry: the bytes of the archive. */
export interface ArchiveLie extends AttackCase {
  forge(entries: readonly Uint8Array[]): Uint8Array;
}

const HELLO = Buffer.from('hello');

/** The registry's archive with more entries behind its own. */
const adding =
  (...more: Uint8Array[]) =>
  (entries: readonly Uint8Array[]) =>
    Buffer.concat([...entries, ...more, encodeEnd()]);

/** A header with some of it overwritten, and its sum put right again. */
function header(name: string, type: string, size: number, edit?: (block: Buffer) => void): Buffer {
  const block = encodeHeader(name, type, size);
  edit?.(block);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function linkTo(target: string, type: string): Buffer {
  return header('tuf/9.root.json', type, 0, (block) => block.write(target, 157, 'latin1'));
}

/** An extended header before a file. */
function extended(type: 'x' | 'g' | 'L' | 'K', content: string | Uint8Array, then = encodeFile('a', HELLO)): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([encodeHeader('pax', type, bytes.byteLength), padded(bytes), then]);
}

const sized = (field: string) => header('a', '0', 0, (block) => block.write(field, 124, 12, 'latin1'));
const archive = (name: string, forge: ArchiveLie['forge'], code: AttackCase['code'] = 'registry/archive-invalid') => ({
  name,
  code,
  forge,
});

/** What somebody may put into a tar that claims to hold a registry. */
export const ARCHIVE_LIES: readonly ArchiveLie[] = [
  archive('a path that climbs out', adding(encodeFile('../outside', HELLO))),
  archive('a path that climbs in the middle', adding(encodeFile('tuf/../../outside', HELLO))),
  archive('a path that is a single dot inside', adding(encodeFile('tuf/./x', HELLO))),
  archive('an absolute path', adding(encodeFile('/etc/passwd', HELLO))),
  archive('a path with a drive', adding(encodeFile('C:/windows', HELLO))),
  archive('a path with backslashes', adding(encodeFile('..\\outside', HELLO))),
  archive('a path with an empty part', adding(encodeFile('tuf//x', HELLO))),
  archive('an empty path', adding(encodeFile('', HELLO))),
  archive('a path with a control character', adding(encodeFile('tuf/\x1b[2J', HELLO))),
  archive('a path that ends in a slash, as a file', adding(encodeFile('tuf/x/', HELLO))),
  archive('a symbolic link', adding(linkTo('/etc/passwd', '2'))),
  archive('a hard link', adding(linkTo('tuf/1.root.json', '1'))),
  archive('a character device', adding(header('dev', '3', 0))),
  archive('a block device', adding(header('dev', '4', 0))),
  archive('a pipe', adding(header('pipe', '6', 0))),
  archive('a contiguous file', adding(header('file', '7', 0))),
  archive('a sparse file', adding(header('sparse', 'S', 0))),
  archive('a type nobody knows', adding(header('odd', 'Z', 0))),
  archive('a folder with content', adding(header('dir/', '5', 5), padded(HELLO))),
  archive('the same file twice', (entries) => Buffer.concat([...entries, ...entries.slice(0, 1), encodeEnd()])),
  archive('one file again with a dot before it', adding(encodeFile('./tuf/timestamp.json', HELLO))),
  archive('one name in two cases', adding(encodeFile('tuf/TIMESTAMP.json', HELLO))),
  archive('a file under the name of a folder', adding(header('x/', '5', 0), encodeFile('x', HELLO))),
  archive('a pax path that climbs out', adding(extended('x', paxRecord('path', '../outside')))),
  archive('a pax path of a file that is there already', adding(extended('x', paxRecord('path', 'tuf/timestamp.json')))),
  archive('two pax paths', adding(extended('x', paxRecord('path', 'b') + paxRecord('path', 'c')))),
  archive('a pax size', adding(extended('x', paxRecord('size', '1')))),
  archive('a pax link', adding(extended('x', paxRecord('linkpath', '/etc/passwd')))),
  archive('a pax name in another encoding', adding(extended('x', paxRecord('hdrcharset', 'BINARY')))),
  archive('a sparse file by pax', adding(extended('x', paxRecord('GNU.sparse.major', '1')))),
  archive('a pax record longer than its header', adding(extended('x', '99 path=b\n'))),
  archive('a pax record of no length', adding(extended('x', '0 path=b\n'))),
  archive('a pax record without an end', adding(extended('x', '8 path=bc'))),
  archive('a pax header for all entries', adding(extended('g', paxRecord('path', 'tuf/timestamp.json')))),
  archive(
    'two pax headers for one entry',
    adding(extended('x', paxRecord('path', 'b'), extended('x', paxRecord('path', 'c')))),
  ),
  archive('a pax header for no entry', adding(extended('x', paxRecord('path', 'b'), Buffer.alloc(0)))),
  archive('an endless pax header', adding(extended('x', paxRecord('path', 'b'.repeat(2 ** 17))))),
  archive('a GNU long name that climbs out', adding(extended('L', `${'../'.repeat(40)}outside\0`))),
  archive('a GNU long name with a second name behind a zero', adding(extended('L', 'tuf/x\0tuf/y\0'))),
  archive('a GNU long link', adding(extended('K', '/etc/passwd\0'))),
  archive('a size past the end', adding(header('big', '0', 0o77777777777))),
  archive('a size that is one block too small', (entries) => {
    const forged = Buffer.concat([...entries, encodeFile('big', Buffer.alloc(2 * BLOCK_BYTES, 'x')), encodeEnd()]);
    const at = forged.byteLength - 5 * BLOCK_BYTES;
    header('big', '0', BLOCK_BYTES).copy(forged, at);
    return forged;
  }),
  archive('a size in binary', adding(sized('\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05'))),
  archive('a negative size', adding(sized('-0000000005\0'))),
  archive('a size that is no number', adding(sized('size\0'))),
  archive('a header whose sum is wrong', adding(header('a', '0', 0).fill('b', 0, 1))),
  archive('a header of the oldest format', adding(header('a', '0', 0, (block) => block.fill(0, 257, 265)))),
  archive('an archive cut off in a header', (entries) => Buffer.concat(entries).subarray(0, 700)),
  archive('an archive cut off in a file', (entries) => Buffer.concat([...entries, header('a', '0', 9000)])),
  archive('an archive without its end', (entries) => Buffer.concat(entries)),
  archive('an archive with half its end', (entries) => Buffer.concat([...entries, encodeEnd().subarray(BLOCK_BYTES)])),
  archive('a second archive behind the first', (entries) =>
    Buffer.concat([...entries, encodeEnd(), encodeFile('b', HELLO), encodeEnd()]),
  ),
  archive('endless zeros behind the end', (entries) => Buffer.concat([...entries, Buffer.alloc(2 ** 20 + 2048)])),
  archive('a compressed archive', (entries) => gzipSync(Buffer.concat([...entries, encodeEnd()]))),
  archive('more entries than anybody needs', adding(Buffer.concat([...manyEntries(250_001)]))),
  archive('nothing', () => Buffer.alloc(0)),
  archive('no index inside', () => encodeEnd() as Buffer, 'registry/unreachable'),
  archive(
    'a timestamp larger than any',
    (entries) =>
      Buffer.concat([
        ...entries.filter((entry) => !Buffer.from(entry).subarray(0, 100).includes('tuf/timestamp.json')),
        encodeFile('tuf/timestamp.json', Buffer.alloc(20_000, ' ')),
        encodeEnd(),
      ]),
    'index/invalid',
  ),
];

function* manyEntries(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield encodeHeader(`n/${i}`, '0', 0);
}
