import type { Output } from './output.ts';
import type { Invocation } from './verb.ts';

/** Answers for programs: the same document as JSON or YAML, and its rows as CSV. */

export type Format = 'table' | 'json' | 'csv' | 'yaml';

/** `--json` is `-o json`. */
function formatOf({ options }: Pick<Invocation, 'options'>): Format {
  return options.json ? 'json' : (options.output ?? 'table');
}

export type Value = string | number | boolean | null;

/** Columns by name, each row with all of them. */
export type Row = Readonly<Record<string, Value>>;

/** A spreadsheet takes a cell that begins so for a formula, with full-width signs too (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

function cellOf(value: Value): string {
  if (typeof value !== 'string') {
    return value === null ? '' : String(value);
  }
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with a line of names. Text that would be a formula gets an apostrophe before it. */
export function csvOf(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))];
  return lines.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

/** Writes a document as the options ask. @returns whether it did: a table is for the verb itself to write. */
export async function writeDocument(
  invocation: Pick<Invocation, 'options'> & { readonly output: Output },
  document: object,
  table: { readonly columns: readonly string[]; readonly rows: () => readonly Row[] },
): Promise<boolean> {
  const { output } = invocation;
  switch (formatOf(invocation)) {
    case 'json':
      output.json(document);
      return true;
    case 'yaml': {
      const { yamlOf } = await import('./yaml-text.ts');
      output.raw(yamlOf(document));
      return true;
    }
    case 'csv':
      output.raw(csvOf(table.columns, table.rows()));
      return true;
    case 'table':
      return false;
  }
}
