import type { Check } from '../../check.ts';

const NAMES = ['A', 'a', 'a-b', 'a.b', 'a/b', 'a/c', 'b', 'c'].sort((a, b) =>
  Buffer.compare(Buffer.from(a), Buffer.from(b)),
);

export const listsNameOwnSecrets: Check<'secrets'> = {
  id: 'SEC-15',
  rev: 2,
  slot: 'secrets',
  level: 'core',
  title: 'A list has the names of one tenant, in order, whole over its pages, without values and without the deleted.',
  clause: 'At most limit names, never values, in bytewise order after `after`; next continues the list.',
  hint: 'Filter by tenant with a separator no tenant can hold; continue after the last name.',
  minObservations: 6,
  async run(kit) {
    const { pack } = kit;
    const value = Buffer.from(kit.random.canary()).toString('base64');
    for (const name of [...NAMES].reverse()) await pack.put({ tenant: 'acme', name, value });
    for (const tenant of ['acm', 'acme2', 'rival', '_env']) await pack.put({ tenant, name: `of-${tenant}`, value });
    const listed = async (limit: number) => {
      const names: string[] = [];
      let after: string | null = null;
      for (let page = 0; page <= NAMES.length + 1; page++) {
        const start: { after?: string } = after === null ? {} : { after };
        const found: { names: string[]; next: string | null } = await pack.list({ tenant: 'acme', limit, ...start });
        names.push(...found.names.slice(0, limit + 1));
        if (found.names.length > limit) return [...names, `(a page of ${found.names.length} names)`];
        if (found.next === null) return names;
        after = found.next;
      }
      return [...names, '(the pages never end)'];
    };
    for (const limit of [1, 3, 1000]) kit.equal(await listed(limit), NAMES, `The names in pages of ${limit}`);
    kit.equal((await pack.list({ tenant: '_env', limit: 10 })).names, ['of-_env'], 'The names of the environment');
    kit.equal((await pack.list({ tenant: 'nobody', limit: 10 })).names, [], 'The names of a tenant without any');
    await pack.delete({ tenant: 'acme', name: 'a/b' });
    const rest = NAMES.filter((name) => name !== 'a/b');
    for (const limit of [2, 1000])
      kit.equal(await listed(limit), rest, `The names after a delete, in pages of ${limit}`);
  },
};
