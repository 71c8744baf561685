import { decode, parseJson } from '@greentic/core';
import * as z from 'zod';
import { TAG } from './reference.ts';
import type { OciRepository } from './repository.ts';

const MAX_TAGS = 50_000;
const PAGE_BYTES = 4 * 2 ** 20;

const TagList = z.looseObject({ tags: z.array(z.string().regex(TAG, 'must be a tag')).max(MAX_TAGS).nullish() });

/** Every tag of a repository, page by page. Throws `registry/protocol`, `registry/redirect` and as every request does. */
export async function listTags(repository: OciRepository): Promise<readonly string[]> {
  const tags = await repository.pages('tags/list?n=1000', MAX_TAGS, (bytes) => {
    const value = parseJson(bytes, { maxBytes: PAGE_BYTES, code: 'registry/protocol' });
    return decode(TagList, value, 'registry/protocol', 'The list of tags').tags ?? [];
  });
  return tags ?? [];
}
