import { kindOf } from '@greentic/core';
import { html } from './html.ts';
import type { Listed } from './listing.ts';
import { page } from './page.ts';

/** File of the page of a name; the first word keeps Windows from taking it for a device. */
export function pageFile(name: string): string {
  return `pack-${name}.html`;
}

/** The start page: everything there is, and a field that narrows it down. */
export function startPage(listed: readonly Listed[]): string {
  const content = html`<h1>Packs and bundles</h1>
<form class="search" role="search">
<label for="query">Search by name, slot or words</label>
<input id="query" type="search" autocomplete="off" spellcheck="false" placeholder="secrets vault">
</form>
<p id="count" role="status" aria-live="polite">${countText(listed.length)}</p>
<ul id="packs" class="packs">${listed.map(card)}</ul>
<p id="nothing" hidden>Nothing matches. Try fewer words.</p>`;
  return page({ title: 'Pack catalogue', content, script: 'search.js' });
}

function countText(count: number): string {
  return `${count} ${count === 1 ? 'entry' : 'entries'}`;
}

function card({ document, described: { entry, manifest } }: Listed) {
  const { name, deprecated } = document;
  const words = [name, manifest.title, manifest.description].join(' ').toLowerCase();
  return html`<li data-words="${words}"><article>
<h2><a href="${pageFile(name)}">${manifest.title}</a></h2>
<p class="name"><code>${name}</code></p>
<p>${manifest.description}</p>
<p class="tags"><span class="tag slot">${kindOf(name)}</span><span class="tag">${entry.version}</span>${
    deprecated === undefined ? undefined : html`<span class="tag warn">deprecated</span>`
  }</p>
</article></li>`;
}
