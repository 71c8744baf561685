import type { Check } from '../../check.ts';

const MAX_BYTES = 64 * 1024;

const VALUES = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from([0x61]),
  'a NUL byte': Buffer.from([0]),
  'line ends': Buffer.from('\r\n-----BEGIN\r\n\n'),
  'spaces at the end': Buffer.from('secret  '),
  'invalid UTF-8': Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x80]),
  'every byte': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  'the most': Buffer.alloc(MAX_BYTES, 0xa7),
};

export const bytesComeBackExactly: Check<'secrets'> = {
  id: 'SEC-01',
  rev: 1,
  slot: 'secrets',
  level: 'core',
  title: 'Secrets come back byte for byte, from nothing to 64 KiB, to every process.',
  clause: 'A value is base64 of at most 64 KiB; get gives the newest version.',
  hint: 'Treat values as bytes: no text decoding, no trimming.',
  minObservations: Object.keys(VALUES).length * 2,
  async run(kit) {
    const { pack } = kit;
    const tenant = 'acme';
    const names = Object.entries(VALUES).map(([what, bytes], i) => ({ what, bytes, name: `value/${i}` }));
    for (const { name, bytes } of names) await pack.put({ tenant, name, value: bytes.toString('base64') });
    const second = kit.open();
    for (const { what, name, bytes } of names) {
      for (const reader of [pack, second.pack]) {
        const { value } = await reader.get({ tenant, name });
        kit.expect(Buffer.from(value, 'base64').equals(bytes), `The secret of ${what} came back changed.`);
      }
    }
  },
};
