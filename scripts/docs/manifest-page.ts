import { BundleManifest, MANIFEST_MAX_BYTES, PackManifest } from '@greentic/core';
import { type Page, page } from './page.ts';
import { nameTable, schemaTable } from './schema-table.ts';

/** `docs/pack-manifest.md`: every field of `pack.json` and `bundle.json`. */
export function manifestPage(): Page {
  const kib = MANIFEST_MAX_BYTES / 1024;
  return page('docs/pack-manifest.md', [
    '# The manifest',
    `A pack describes itself in \`pack.json\`, a bundle in \`bundle.json\`: UTF-8 JSON of at most ${kib} KiB. Unknown fields are an
error (\`pack/manifest-invalid\`). A field whose name ends in \`?\` may be left out.`,
    '## pack.json',
    schemaTable(PackManifest),
    'The middle label of `name` is the slot. No permission is asked twice. An `http` permission gives either `origins` or `originFrom`.\nOnly a secrets pack may ask for a secret with `access` `value`; with `use`, `towards` names one of its `http` bindings.',
    '## bundle.json',
    schemaTable(BundleManifest),
    'The middle label of `name` is `bundle`.',
    '## Names',
    nameTable(),
  ]);
}
