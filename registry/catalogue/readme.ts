import MarkdownIt from 'markdown-it';
import { escapeHtml, Html } from './html.ts';

/** Most of a README that is shown, in characters: what is longer is cut. */
export const SHOWN_MAX = 64 * 1024;

const MAX_NESTING = 20;

/** What turns the direction of reading, with which a line could show something else than it says. */
const TURNING = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * What a stranger wrote in Markdown (CommonMark) as markup. No HTML of theirs passes, links lead to the web only, and images, which
 * would tell who looks, are their descriptions.
 */
export function renderReadme(markdown: string): Html {
  const cut = markdown.length > SHOWN_MAX ? `${markdown.slice(0, SHOWN_MAX)}\n\n…` : markdown;
  return new Html(renderer.render(cut.replaceAll(TURNING, '\ufffd')));
}

const renderer = new MarkdownIt('commonmark', { html: false, linkify: false, maxNesting: MAX_NESTING });

renderer.validateLink = (url) => /^(?:https?:\/\/|mailto:|#)/i.test(url);

renderer.renderer.rules['image'] = (tokens, index) => escapeHtml(tokens[index]?.content ?? '');

renderer.renderer.rules['link_open'] = (tokens, index, options, _env, self) => {
  tokens[index]?.attrSet('rel', 'nofollow noopener noreferrer');
  return self.renderToken(tokens, index, options);
};

// The page has a heading of its own, and one for the README: its own headings are below both.
for (const rule of ['heading_open', 'heading_close']) {
  renderer.renderer.rules[rule] = (tokens, index, options, _env, self) => {
    const token = tokens[index];
    if (token !== undefined) token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 2)}`;
    return self.renderToken(tokens, index, options);
  };
}
