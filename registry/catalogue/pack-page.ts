import { type Digest, kindOf, type Manifest } from '@greentic/core';
import semver from 'semver';
import type { VersionEntry } from '../tuf/versions-document.ts';
import { type Html, html } from './html.ts';
import type { Listed, Testimony } from './listing.ts';
import { page } from './page.ts';
import { permissionText, sizeText } from './permission-text.ts';
import { renderReadme } from './readme.ts';
import { pageFile } from './start-page.ts';

/** The page of a name. */
export function packPage(listed: Listed): string {
  const { document, described } = listed;
  const { entry, manifest, readme, testimony } = described;
  const content = html`<p class="eyebrow"><span class="tag slot">${kindOf(document.name)}</span></p>
<h1>${manifest.title}</h1>
<p class="name"><code>${document.name}</code> <span class="tag">${entry.version}</span></p>
<p class="lead">${manifest.description}</p>
${notices(listed)}
${install(document.name, entry.version)}
${asks(manifest)}
${evidence(testimony)}
${versions(listed)}
${channels(document.channels)}
${readme === undefined ? undefined : html`<section aria-labelledby="readme"><h2 id="readme">README</h2><div class="readme">${renderReadme(readme)}</div></section>`}
${identity(entry, manifest)}`;
  return page({ title: `${manifest.title} · ${document.name}`, content });
}

function notices({ document: { deprecated }, described: { entry }, revoked }: Listed): (Html | undefined)[] {
  const successor = deprecated?.successor;
  const reason = revoked.get(entry.digest);
  return [
    deprecated &&
      html`<p class="notice">Deprecated: ${deprecated.reason}${
        successor === undefined ? undefined : html` Use <a href="${pageFile(successor)}">${successor}</a> instead.`
      }</p>`,
    reason === undefined ? undefined : html`<p class="notice bad">This version was revoked: ${reason}</p>`,
    entry.yanked && html`<p class="notice bad">This version was taken back: ${entry.yanked.reason}</p>`,
  ];
}

function install(name: string, version: string): Html {
  const command =
    name.split('.')[1] === 'bundle'
      ? `gtc op deploy <env> ${name}@${version} --customer <customer>`
      : `gtc op env-packs add <env> ${name}@${version}`;
  return html`<section aria-labelledby="install"><h2 id="install">Install</h2><pre><code>${command}</code></pre>
<p>It is checked against the trust root of the environment, and runs with what you grant it and no more.</p></section>`;
}

function asks(manifest: Manifest): Html {
  const heading = html`<h2 id="permissions">Permissions</h2>`;
  if (manifest.schema === 'greentic.bundle/1') {
    const needs = manifest.needs.length === 0 ? 'no slot' : manifest.needs.join(', ');
    const secrets = manifest.secrets.length === 0 ? 'no secret' : manifest.secrets.join(', ');
    return html`<section aria-labelledby="permissions">${heading}<p>Its worker uses ${needs}, and reads ${secrets}.</p></section>`;
  }
  const rows = manifest.permissions.map(
    (permission) =>
      html`<tr><th scope="row">${permissionText(permission)}${
        permission.optional ? html` <span class="tag">optional</span>` : undefined
      }</th><td>${permission.reason}</td></tr>`,
  );
  const table = html`<div class="scroll" tabindex="0" role="region" aria-labelledby="permissions"><table>
<thead><tr><th scope="col">It asks</th><th scope="col">Because</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<section aria-labelledby="permissions">${heading}${rows.length === 0 ? html`<p>It asks for nothing.</p>` : table}</section>`;
}

function evidence(testimony: readonly Testimony[]): Html {
  const conformance = testimony.filter(({ kind }) => kind === 'conformance');
  const verdict =
    conformance.length === 0
      ? html`<p>Nobody has signed a conformance report.</p>`
      : conformance.map(
          ({ passed, keyId }) =>
            html`<p><span class="tag ${passed ? undefined : 'bad'}">${
              passed ? 'conformant' : 'does not conform'
            }</span> says a report in the name of ${signer(keyId)}.</p>`,
        );
  const others = testimony.filter(({ kind }) => kind !== 'conformance');
  return html`<section aria-labelledby="conformance"><h2 id="conformance">Conformance</h2>${verdict}</section>
<section aria-labelledby="signed"><h2 id="signed">Signed</h2><ul>${others.map(
    ({ kind, keyId }) => html`<li>${kind}, by ${signer(keyId)}</li>`,
  )}</ul><p>These pages repeat what reports and statements say. Their signatures are checked when it is installed, against the keys an environment trusts.</p></section>`;
}

function signer(keyId: string | undefined): Html {
  return keyId === undefined ? html`a certificate` : html`key <code>${keyId}</code>`;
}

function versions({ document, revoked }: Listed): Html {
  const newestFirst = document.versions.toSorted((a, b) => semver.rcompare(a.version, b.version));
  const rows = newestFirst.map(
    (entry) =>
      html`<tr><th scope="row">${entry.version}</th><td>${entry.publishedAt?.slice(0, 10) ?? 'unknown'}</td><td>${stateOf(
        entry,
        revoked,
      )}</td></tr>`,
  );
  return html`<section aria-labelledby="versions"><h2 id="versions">Versions</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="versions"><table>
<thead><tr><th scope="col">Version</th><th scope="col">Published</th><th scope="col">State</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function stateOf({ yanked, digest }: VersionEntry, revoked: ReadonlyMap<Digest, string>): Html {
  if (revoked.has(digest)) return html`<span class="tag bad">revoked</span> ${revoked.get(digest)}`;
  return yanked === undefined ? html`offered` : html`<span class="tag warn">taken back</span> ${yanked.reason}`;
}

function channels(pointers: Readonly<Record<string, string>> | undefined): Html | undefined {
  const rows = Object.entries(pointers ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return undefined;
  return html`<section aria-labelledby="channels"><h2 id="channels">Channels</h2><ul>${rows.map(
    ([channel, version]) => html`<li><code>${channel}</code> is ${version}</li>`,
  )}</ul></section>`;
}

function identity({ digest, size }: VersionEntry, manifest: Manifest): Html {
  const contract =
    manifest.schema === 'greentic.pack/1'
      ? html`<li>contract ${manifest.contract} of ${manifest.slot}</li>`
      : undefined;
  const features =
    manifest.schema === 'greentic.pack/1' && manifest.features.length > 0
      ? html`<li>features ${manifest.features.join(', ')}</li>`
      : undefined;
  return html`<section aria-labelledby="identity"><h2 id="identity">Identity</h2><ul>
<li><code class="digest">${digest}</code>, manifest of ${sizeText(size)}</li>${contract}${features}</ul></section>`;
}
