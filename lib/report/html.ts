import { createHash } from 'node:crypto';
import { escapeHtml } from '../graph/escape.ts';
import { PICTURE_SCRIPT } from '../graph/picture-script.ts';
import { printable } from '../model/printable.ts';
import { PAGE_SCRIPT, PAGE_STYLE } from './page-assets.ts';

/** One cell: text from anywhere, which is made printable and escaped here and nowhere else. */
export interface HtmlCell {
  readonly text: string;
  readonly tone?: 'good' | 'warn' | 'bad';
  /** A second line that tells more of it, such as the name under an id. */
  readonly under?: string;
  /** `command`: to be typed as it is. */
  readonly as?: 'command';
  /** Long text may wrap. */
  readonly wrap?: 'long';
  /** What the column is sorted by, where that is not the text. */
  readonly sort?: string;
}

export interface HtmlTable {
  readonly id: string;
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly HtmlCell[])[];
  /** Said instead of an empty table. */
  readonly empty: string;
}

export interface Page {
  readonly title: string;
  readonly made: Date;
  readonly about: string;
  /** In one line, before all else: what is not fine, or that nothing is known not to be. */
  readonly health: { readonly text: string; readonly tone: 'good' | 'warn' | 'bad' };
  readonly facts: readonly {
    readonly count: number;
    readonly what: string;
    readonly tone?: 'good' | 'warn' | 'bad';
  }[];
  /** In the order in which they stand: findings first. */
  readonly tables: readonly HtmlTable[];
  readonly notes: readonly string[];
  /** Why the picture is not of every VPC. */
  readonly pictureNote?: string;
  /** SVG made by us; its texts are escaped. */
  readonly svg: string;
}

function safe(text: string): string {
  return escapeHtml(printable(text, 4000));
}

/** Ids of EC2, which a browser would break at their hyphen. */
const EC2_ID = /\b[a-z]{1,6}-[0-9a-f]{8,17}\b/g;

function withWholeIds(html: string): string {
  return html.replace(EC2_ID, '<span class="id">$&</span>');
}

/** @param heading of the column, as `safe` has it. */
function cell({ text, tone, under, as, wrap, sort }: HtmlCell, heading: string): string {
  const classes = [tone, wrap].filter((name) => name !== undefined).join(' ');
  const attributes = [
    ` data-head="${heading}"`,
    classes === '' ? '' : ` class="${classes}"`,
    sort === undefined ? '' : ` data-sort="${safe(sort)}"`,
  ].join('');
  const inside = withWholeIds(safe(text));
  const second = under === undefined ? '' : `<small>${withWholeIds(safe(under))}</small>`;
  return `<td${attributes}><div>${as === 'command' ? `<code>${inside}</code>` : inside}${second}</div></td>`;
}

/**
 * A row that a person has to look at is kept by the filter of the page.
 *
 * @param head as `safe` has it: made so once for all rows.
 */
function rowPart(row: readonly HtmlCell[], head: readonly string[]): string {
  const open = row.some(({ tone }) => tone === 'warn' || tone === 'bad');
  return `<tr${open ? ' data-open' : ''}>${row.map((each, index) => cell(each, head[index] ?? '')).join('')}</tr>`;
}

function tablePart({ id, title, head, rows, empty }: HtmlTable): string {
  const heading = `<h2 id="${id}">${safe(title)} (${rows.length})</h2>`;
  if (rows.length === 0) {
    return `<section aria-labelledby="${id}">${heading}<p>${safe(empty)}</p></section>`;
  }
  const names = head.map(safe);
  const headings = names
    .map((name) => `<th scope="col"><button type="button">${name}</button></th>`)
    .join('');
  const body = rows.map((row) => rowPart(row, names)).join('\n');
  return `<section aria-labelledby="${id}">${heading}
<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table role="table"><caption class="unseen">${safe(title)}</caption>
<thead><tr>${headings}</tr></thead>
<tbody>
${body}
</tbody></table></div><p class="none" hidden>Nothing here is selected by the search.</p></section>`;
}

/** Shown by the script: without it nothing could be searched. */
const SEARCH = `<form class="search" role="search" hidden>
<label>Search in all tables <input type="search" autocomplete="off" spellcheck="false" placeholder="id, name, destination, account, rule"></label>
<label><input type="checkbox"> only what needs a look</label>
<output></output>
</form>`;

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function graphPart({ pictureNote, svg }: Pick<Page, 'pictureNote' | 'svg'>): string {
  const note = pictureNote === undefined ? '' : `\n<p>${safe(pictureNote)}</p>`;
  return `<section aria-labelledby="graph"><h2 id="graph">Graph</h2>${note}
<div class="graph" role="region" aria-labelledby="graph" tabindex="0">
${svg}</div></section>`;
}

/** One page that loads nothing and runs nothing but its own two scripts: for its tables, and for the picture. */
export function pageOf(page: Page): string {
  const { title, made, about, health, facts, tables, notes } = page;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashOf(PAGE_SCRIPT)} ${hashOf(PICTURE_SCRIPT)}; base-uri 'none'; form-action 'none'`;
  const contents = [...tables.map(({ id, title: name }) => [id, name] as const), ['graph', 'Graph'] as const];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${safe(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>${safe(title)}</h1>
<p class="health ${health.tone}">${safe(health.text)}</p>
<p class="when">${safe(about)} Made <time datetime="${made.toISOString()}">${made.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>.</p>
<nav aria-label="Contents">${contents.map(([id, name]) => `<a href="#${id}">${safe(name)}</a>`).join(' · ')}</nav>
</header>
<main id="content">
<h2 id="summary">Summary</h2>
<ul class="facts">${facts
    .map(
      ({ count, what, tone }) =>
        `<li><b${tone === undefined ? '' : ` class="${tone}"`}>${count}</b>${safe(what)}</li>`,
    )
    .join('')}</ul>
${notes.length === 0 ? '' : `<ul class="plain">${notes.map((note) => `<li>${safe(note)}</li>`).join('')}</ul>`}
<div>
${SEARCH}
${tables.map(tablePart).join('\n')}
</div>
${graphPart(page)}
<p id="said" role="status" aria-live="polite" class="unseen"></p>
</main>
<script>${PAGE_SCRIPT}</script>
<script>${PICTURE_SCRIPT}</script>
</body>
</html>
`;
}
