/** The script of the start page: shows the entries that have every word of the query. It reads the page and nothing else. */
export const SEARCH_SCRIPT = `'use strict';
const query = document.getElementById('query');
const count = document.getElementById('count');
const nothing = document.getElementById('nothing');
const entries = Array.from(document.querySelectorAll('#packs > li'));

function search() {
  const words = query.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const entry of entries) {
    const matches = words.every((word) => entry.dataset.words.includes(word));
    entry.hidden = !matches;
    if (matches) shown++;
  }
  count.textContent = shown + (shown === 1 ? ' entry' : ' entries');
  nothing.hidden = shown > 0;
}

query.addEventListener('input', search);
query.form.addEventListener('submit', (event) => event.preventDefault());
search();
`;
