/** Style and script of the report, written into the page: it loads nothing. */

export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#17212b;--soft:#51606f;--frame:#c5ced8;--head:#f1f5f9;--good:#1b6e3a;--warn:#8f5200;--bad:#b71c1c;--link:#0b57a4}
@media (prefers-color-scheme:dark){:root{--paper:#12181f;--ink:#e6edf3;--soft:#a9b6c3;--frame:#3a4653;--head:#1f2933;--good:#6fd08c;--warn:#ffb74d;--bad:#ff8a80;--link:#8ab8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Arial,sans-serif}
main,header{max-width:1600px;margin:0 auto;padding:0 20px}
h1{font-size:1.6rem;margin:24px 0 4px}h2{font-size:1.2rem;margin:32px 0 8px}
.when{color:var(--soft);margin:0 0 16px}
a{color:var(--link)}
.skip{position:absolute;left:-9999px}.skip:focus{left:8px;top:8px;background:var(--paper);padding:8px;z-index:1}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.facts{display:flex;flex-wrap:wrap;gap:12px;padding:0;margin:0;list-style:none}
.facts li{border:1px solid var(--frame);border-radius:8px;padding:8px 16px;min-width:120px}
.facts b{display:block;font-size:1.5rem;line-height:1.2}
.scroll{overflow-x:auto;border:1px solid var(--frame);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;padding:6px 8px;border-bottom:1px solid var(--frame);vertical-align:top}
td{min-width:64px}td.long{min-width:200px}td.long,td small{overflow-wrap:anywhere}
td small{display:block;color:var(--soft);font-size:12px}
td code{white-space:nowrap}
code{font:12px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.health{font-size:1.15rem;font-weight:600;margin:12px 0;padding:10px 16px;border:1px solid var(--frame);border-left:6px solid currentColor;border-radius:8px}
.search{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:8px 20px;align-items:end;margin:24px 0 0;padding:10px 0;background:var(--paper);border-bottom:1px solid var(--frame)}
.search input[type=search]{font:inherit;width:min(22rem,100%);padding:6px 10px;border:1px solid var(--soft);border-radius:6px;background:var(--paper);color:var(--ink)}
.search label:has([type=checkbox]),.search output{padding-bottom:8px}.search output{color:var(--soft)}[hidden]{display:none!important}
section,h2{scroll-margin-top:90px}
.id{white-space:nowrap}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody tr:last-child td{border-bottom:0}
thead th{background:var(--head);padding:0}
th button{all:unset;display:block;width:100%;padding:6px 10px;cursor:pointer;font-weight:600;box-sizing:border-box}
th button:focus-visible{outline:3px solid var(--link);outline-offset:-3px}
th button::after{content:" \\2195";color:var(--soft)}
th[aria-sort=ascending] button::after{content:" \\2191"}th[aria-sort=descending] button::after{content:" \\2193"}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.graph{overflow:auto;border:1px solid var(--frame);border-radius:8px;padding:8px;max-height:85vh}
.graph svg{display:block;max-width:none;height:auto}
.graph:has(svg.live){padding:0;overflow:hidden;max-height:none}.graph svg.live{width:100%;height:max(340px,64vh)}
ul.plain{padding-left:20px}
@media screen and (max-width:1500px){
main,header{padding:0 12px}
table{font-size:12px}th,td{padding:5px 6px}th button{padding:5px 6px}td small,code{font-size:11px}td{min-width:48px}
}
@media screen and (max-width:1250px){
table,thead,tbody,tr,td{display:block}
thead tr{display:flex;flex-wrap:wrap}thead th{border:0}thead{background:var(--head);border-bottom:1px solid var(--frame)}
tbody tr{padding:8px 10px;border-bottom:1px solid var(--frame)}tbody tr:last-child{border-bottom:0}
table{font-size:13px}td small,code{font-size:12px}
td,td.long{border:0;padding:2px 0;min-width:0}
td code{white-space:normal}td>div{overflow-wrap:anywhere}
td::before{content:attr(data-head);color:var(--soft)}
}
@media screen and (min-width:701px) and (max-width:1250px){
tbody tr{display:grid;grid-template-columns:repeat(auto-fill,minmax(165px,1fr));grid-auto-flow:dense;gap:4px 14px}
td::before{display:block;font-size:11px;line-height:1.3}
td:has(code){grid-column:span 3}td.long{grid-column:1/-1;display:flex;gap:8px}td.long::before{flex:none;font-size:12px;line-height:1.6}
}
@media screen and (max-width:700px){
section,h2{scroll-margin-top:130px}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}
td,td.long{display:grid;grid-template-columns:minmax(88px,9rem) 1fr;gap:8px}
}
@media print{
:root{color-scheme:light;--paper:#fff;--ink:#17212b;--soft:#51606f;--frame:#c5ced8;--head:#f1f5f9;--good:#1b6e3a;--warn:#8f5200;--bad:#b71c1c;--link:#0b57a4}
@page{size:A4 landscape;margin:12mm}
body{font-size:11px}table{font-size:9px}td small,code{font-size:8px}
.scroll,.graph{overflow:visible;max-height:none;border:0}.graph svg{max-width:100%;max-height:170mm;break-inside:avoid}
.skip,.search,nav{display:none!important}thead{display:table-header-group}tr{break-inside:avoid}h2{break-after:avoid}th button::after{content:""!important}
}
`;

/**
 * Searches all tables at once, each word anywhere in a row, and leaves out rows that are fine where that is asked for. Sorts a table by the column whose heading is pressed; numbers by value. Says so
 * to screen readers.
 */
export const PAGE_SCRIPT = `
for (const table of document.querySelectorAll('table')) {
  const body = table.tBodies[0];
  const heads = [...table.querySelectorAll('thead th')];
  heads.forEach((head, column) => {
    head.querySelector('button').addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') !== 'ascending';
      for (const each of heads) each.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const keyOf = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
      const rows = [...body.rows].sort((a, b) => keyOf(a).localeCompare(keyOf(b), 'en', { numeric: true }));
      if (!up) rows.reverse();
      for (const row of rows) body.append(row);
      document.getElementById('said').textContent =
        table.caption.textContent + ', sorted by ' + head.textContent + (up ? '' : ', last first');
    });
  });
}
const form = document.querySelector('form.search');
const [words, open] = form.querySelectorAll('input');
const rowsOf = (section) => [...section.querySelectorAll('tbody tr')];
const textOf = new Map([...document.querySelectorAll('tbody tr')].map((row) => [row, [...row.cells].map((each) => each.textContent).join(' ').toLowerCase()]));
const select = () => {
  const wanted = words.value.toLowerCase().split(' ').filter((word) => word !== '');
  let shown = 0;
  for (const section of document.querySelectorAll('section')) {
    const rows = rowsOf(section);
    for (const row of rows) {
      row.hidden = (open.checked && !('open' in row.dataset)) || !wanted.every((word) => textOf.get(row).includes(word));
      if (!row.hidden) shown += 1;
    }
    const none = section.querySelector('.none');
    if (none !== null) none.hidden = rows.some((row) => !row.hidden);
  }
  const all = wanted.length === 0 && !open.checked;
  form.querySelector('output').textContent = all ? '' : shown + ' of ' + textOf.size + ' rows';
};
form.hidden = false;
form.addEventListener('input', select);
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  words.value = '';
  open.checked = false;
  select();
});
`;
