import { expect } from 'vitest';

interface Listing {
  list(input: {
    tenant: string;
    prefix: string;
    limit: number;
    after?: string;
  }): Promise<{ keys: string[]; next: string | null }>;
}

/** Every key below a prefix, page by page; no page may have more than the limit. */
export async function listWhole(state: Listing, prefix: string, limit: number): Promise<string[]> {
  const found: string[] = [];
  let after: string | null = null;
  do {
    const start: { after?: string } = after === null ? {} : { after };
    const page: { keys: string[]; next: string | null } = await state.list({ tenant: 'acme', prefix, limit, ...start });
    expect(page.keys.length).toBeLessThanOrEqual(limit);
    found.push(...page.keys);
    after = page.next;
  } while (after !== null);
  return found;
}
