/** The catalogue's style sheet: light and dark by the reader's setting, no font or picture from anywhere. */
export const STYLE = `:root {
  color-scheme: light dark;
  --ink: light-dark(#16211c, #e6efe9);
  --soft: light-dark(#52635a, #a3b5ab);
  --page: light-dark(#fbfcfb, #101613);
  --card: light-dark(#ffffff, #18201c);
  --line: light-dark(#d9e2dc, #2c3832);
  --accent: light-dark(#0b6b46, #6fdcaa);
  --warn: light-dark(#7a5200, #f0c060);
  --bad: light-dark(#a32020, #ff9c94);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 0 1.25rem 3rem; max-width: 60rem; background: var(--page); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere;
}
header { padding: 1.25rem 0; border-bottom: 1px solid var(--line); margin-bottom: 2rem; }
.home { color: inherit; font-weight: 650; text-decoration: none; display: inline-flex; align-items: center; gap: .6rem; }
.mark { width: .9rem; height: .9rem; border-radius: .25rem; background: var(--accent); }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0 0 .75rem; }
section { margin: 2.25rem 0; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1.1rem; overflow-x: auto; }
.name, .eyebrow { margin: 0; color: var(--soft); }
.eyebrow { margin-bottom: .4rem; }
::placeholder { color: var(--soft); opacity: 1; }
.lead { font-size: 1.15rem; max-width: 45rem; }
.search { margin: 1.5rem 0 .5rem; }
.search label { display: block; font-weight: 600; margin-bottom: .4rem; }
.search input {
  width: 100%; font: inherit; color: inherit; background: var(--card); padding: .7rem 1rem; border: 1px solid var(--soft);
  border-radius: .6rem;
}
#count { color: var(--soft); margin: .25rem 0 1.25rem; }
.packs { list-style: none; padding: 0; margin: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); }
.packs article { height: 100%; background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1.1rem 1.25rem; }
.packs h2 { margin: 0; }
.packs p { margin: .4rem 0; }
.tags { display: flex; gap: .4rem; flex-wrap: wrap; }
.tag { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .65rem; font-size: .85rem; color: var(--soft); }
.tag.slot { color: var(--accent); border-color: currentColor; }
.tag.warn { color: var(--warn); border-color: currentColor; }
.tag.bad { color: var(--bad); border-color: currentColor; }
.notice { border-left: .3rem solid var(--warn); background: var(--card); padding: .8rem 1rem; }
.notice.bad { border-color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .55rem 1rem .55rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); font-size: .9rem; }
.readme { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: .25rem 1.25rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
`;
