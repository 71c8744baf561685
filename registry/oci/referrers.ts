import { canonicalize, Digest, decode, hexOf, parseJson } from '@greentic/core';
import * as z from 'zod';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import type { OciRepository } from './repository.ts';
import { pushManifest } from './upload.ts';

const MAX_BYTES = 4 * 2 ** 20;
const MAX_REFERRERS = 4096;

/** What registries without the API answer: there is no agreement among them. */
const WITHOUT_API = [400, 404, 405, 501];

/** A manifest that names another as its subject. Other tools write these lists as well: what they add stays. */
export const Referrer = z.looseObject({
  mediaType: z.string().max(255),
  digest: Digest,
  size: z.int().min(0),
  artifactType: z.string().max(255).optional(),
});
export type Referrer = z.infer<typeof Referrer>;

const ReferrerIndex = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(Referrer).max(MAX_REFERRERS) });

/** The tag under which a registry without the referrers API keeps them: distribution specification 1.1, "Referrers Tag Schema". */
export function referrersTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`;
}

/** Which manifests of a repository are about another: through the referrers API, or the tag in its place. */
export class Referrers {
  readonly #repository: OciRepository;
  /** What was found out about the API; nothing yet at first. */
  #api: boolean | undefined;

  constructor(repository: OciRepository) {
    this.#repository = repository;
  }

  /** Everything about a manifest. An empty answer of the API is held against the tag: it may be younger than what is there. */
  async list(subject: Digest): Promise<readonly Referrer[]> {
    const listed = await this.#ask(subject);
    return listed === undefined || listed.length === 0 ? this.#tagged(subject) : listed;
  }

  /**
   * Takes care that manifests just pushed are found from their subject. `claimed` is whether the registry says that it took note:
   * some say so and have no API, so the first claim is checked.
   */
  async record(subject: Digest, referrers: readonly Referrer[], claimed: boolean): Promise<void> {
    if (referrers.length === 0) return;
    if (claimed && this.#api === undefined) {
      const listed = new Set((await this.#ask(subject))?.map(({ digest }) => digest));
      this.#api = referrers.every(({ digest }) => listed.has(digest));
    }
    if (claimed && this.#api === true) return;
    const known = await this.#tagged(subject);
    const merged = new Map([...known, ...referrers].map((referrer) => [referrer.digest, referrer]));
    if (merged.size === known.length) return;
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests: [...merged.values()] };
    const bytes = Buffer.from(canonicalize(index));
    await pushManifest(this.#repository, { bytes, mediaType: MEDIA_TYPES.imageIndex }, referrersTag(subject));
  }

  #ask(subject: Digest): Promise<readonly Referrer[] | undefined> {
    return this.#repository.pages(`referrers/${subject}`, MAX_REFERRERS, decodeReferrers, WITHOUT_API);
  }

  async #tagged(subject: Digest): Promise<readonly Referrer[]> {
    const manifest = await this.#repository.manifest(referrersTag(subject), MAX_BYTES);
    return manifest === undefined ? [] : decodeReferrers(manifest.bytes);
  }
}

function decodeReferrers(bytes: Uint8Array): readonly Referrer[] {
  const value = parseJson(bytes, { maxBytes: MAX_BYTES, code: 'registry/protocol' });
  return decode(ReferrerIndex, value, 'registry/protocol', 'The list of referrers').manifests;
}
