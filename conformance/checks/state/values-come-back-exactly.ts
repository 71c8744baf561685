import type { Check } from '../../check.ts';

const MAX_BYTES = 256 * 1024;

const VALUES = {
  'an empty text': '',
  'a space': ' ',
  NUL: '\u0000',
  'line ends': '\r\n\n\r',
  'what looks like JSON': '{"a":1,"a":2}',
  'the word null': 'null',
  'a number with zeros': '007.100',
  'decomposed letters': 'e\u0301',
  'an emoji': '👩‍👧',
  'the most of ASCII': 'v'.repeat(MAX_BYTES),
  'the most of two-byte letters': 'é'.repeat(MAX_BYTES / 2),
};

export const valuesComeBackExactly: Check<'state'> = {
  id: 'STA-16',
  rev: 1,
  slot: 'state',
  level: 'core',
  title: 'Values come back exactly as they were written, from nothing to the largest.',
  clause: 'A value is at most 256 KiB of UTF-8.',
  hint: 'Store the text as it is: no trimming, no parsing, no column that is too short.',
  minObservations: Object.keys(VALUES).length,
  async run(kit) {
    const tenant = 'acme';
    for (const [name, value] of Object.entries(VALUES)) await kit.pack.put({ tenant, key: name, value });
    for (const [name, value] of Object.entries(VALUES)) {
      const { entry } = await kit.pack.get({ tenant, key: name });
      kit.expect(entry?.value === value, `The value of ${name} came back changed.`);
    }
  },
};
