import { Html, html } from './html.ts';

/** What a page of the catalogue may load: its own style and script, and nothing from anywhere else. */
export const CONTENT_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'";

/** A page of the catalogue around its content. */
export function page({ title, content, script }: { title: string; content: Html; script?: string }): string {
  const load = script === undefined ? undefined : html`<script src="${script}" defer></script>`;
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="stylesheet" href="style.css">
${load}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header><a class="home" href="index.html"><span class="mark" aria-hidden="true"></span>Pack catalogue</a></header>
<main id="main">
${content}
</main>
<footer>Everything here was read through the signed index. Whom to believe is for each environment to say.</footer>
</body>
</html>
`.text;
}
