import type { State } from '@greentic/core';
import type { Check } from '../../check.ts';

// In this order as bytes of UTF-8; as UTF-16, or by a locale, the order is another.
const KEYS = ['B', '_', 'a', 'a/', 'a/1', 'a/10', 'a/2', 'a%', 'a0', 'aé', 'b', 'e\u0301', 'z', 'é', '｡', '😀'].sort(
  (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)),
);

const MAX_PAGES = 100;

async function pages(pack: State, prefix: string, limit: number, between = async () => {}): Promise<string[]> {
  const found: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const start: { after?: string } = after === null ? {} : { after };
    const { keys, next }: { keys: string[]; next: string | null } = await pack.list({
      tenant: 'acme',
      prefix,
      limit,
      ...start,
    });
    found.push(...keys.slice(0, limit + 1));
    if (keys.length > limit) return [...found, `(a page of ${keys.length} keys)`];
    if (next === null) return found;
    after = next;
    await between();
  }
  return [...found, '(the pages never end)'];
}

export const listsAreOrderedAndWhole: Check<'state'> = {
  id: 'STA-14',
  rev: 2,
  slot: 'state',
  level: 'core',
  title:
    'Lists come in bytewise order, and their pages leave nothing out and name nothing twice, also while others write.',
  clause:
    'At most limit keys that start with prefix, in bytewise order of UTF-8 after `after`; next continues the list.',
  hint: 'Continue after the last key of the page, never at a position; compare bytes, not characters; keep to the limit.',
  minObservations: 7,
  async run(kit) {
    const { pack } = kit;
    for (const key of [...KEYS].reverse()) await pack.put({ tenant: 'acme', key, value: '' });
    for (const limit of [1, 5, KEYS.length, 1000]) {
      kit.equal(await pages(pack, '', limit), KEYS, `The list in pages of ${limit}`);
    }
    const prefixed = KEYS.filter((key) => key.startsWith('a'));
    kit.equal(await pages(pack, 'a', 3), prefixed, 'The list of the prefix "a"');
    kit.equal(await pages(pack, 'a%', 3), ['a%'], 'The list of the prefix "a%", which is no wildcard');
    kit.equal(await pages(pack, 'nothing', 3), [], 'The list of a prefix nobody uses');
    let removed = 0;
    const shrink = async () => {
      const key = KEYS[removed++] ?? '';
      await pack.delete({ tenant: 'acme', key });
    };
    kit.equal(await pages(pack, '', 2, shrink), KEYS, 'The list while keys already named are deleted');
  },
};
