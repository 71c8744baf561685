import type { Check } from '../../check.ts';
import { expectAttributes } from './attributes-arrive.ts';

const MOST = 62;

export const oddValuesArrive: Check<'telemetry'> = {
  id: 'TEL-12',
  rev: 1,
  slot: 'telemetry',
  level: 'core',
  title: 'Odd texts and numbers, long values and many attributes arrive, and so do the records beside them.',
  clause: 'At most 64 attributes; a text of at most 4,096 characters, any of them; any finite number.',
  hint: 'Do not re-encode texts, round numbers or drop what looks too much.',
  minObservations: MOST + 15,
  async run(kit) {
    const many = Object.fromEntries(Array.from({ length: MOST }, (_, i) => [`attribute_${i}`, i]));
    await expectAttributes(kit, [
      { emoji: '👩‍👧 😀', arabic: 'مرحبا', decomposed: 'e\u0301', controls: 'a\u0000b\u001b[31m', lines: 'a\r\nb' },
      { huge: 1e308, tiny: 5e-324, exact: Number.MAX_SAFE_INTEGER, negative: -Number.MAX_SAFE_INTEGER, third: 1 / 3 },
      many,
      { long: 'v'.repeat(4096), ['n'.repeat(128)]: 'long name', 'dotted.name': 1, constructor: 'name', ключ: 'имя' },
      { plain: 'the record after the odd ones' },
    ]);
  },
};
