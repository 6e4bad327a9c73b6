import { printable } from '../../lib/model/printable.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import { fieldsOf, type SavedFiles } from './saved-files.ts';
import { PREFIX_LIST_ENTRIES_FILE, PREFIX_LISTS_FILE } from './snapshot-files.ts';

/** Longer than any name and CIDR. */
const MAX_TEXT = 512;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? printable(value, MAX_TEXT) : undefined;
}

function cidrsOf(entries: unknown): string[] | undefined {
  return Array.isArray(entries) ? entries.flatMap((entry) => textOf(fieldsOf(entry).Cidr) ?? []) : undefined;
}

/** What is known of one list; what is not is said in `problem`. */
function prefixListFrom(
  prefixListId: string,
  described: Readonly<Record<string, unknown>> | undefined,
  cidrs: readonly string[] | undefined,
  problem: string,
): PrefixList {
  const { PrefixListName, MaxEntries, OwnerId } = described ?? {};
  return {
    prefixListId,
    name: textOf(PrefixListName) ?? prefixListId,
    owner: OwnerId === 'AWS' ? 'aws' : 'customer',
    ...(typeof MaxEntries === 'number' ? { maxEntries: MaxEntries } : {}),
    ...(cidrs === undefined ? { problem } : { cidrs }),
  };
}

/** The prefix lists with these ids, from the answers that were saved of them. */
export function readSavedPrefixLists(files: SavedFiles, ids: readonly string[]): PrefixList[] {
  if (ids.length === 0) {
    return [];
  }
  const listed = files.has(PREFIX_LISTS_FILE);
  const described = new Map(
    files.list(PREFIX_LISTS_FILE).map((item) => [fieldsOf(item).PrefixListId, fieldsOf(item)] as const),
  );
  const entries = files.object(PREFIX_LIST_ENTRIES_FILE);
  return [...new Set(ids)].map((id) => {
    const problem = !listed
      ? 'ManagedPrefixLists.json is missing'
      : !described.has(id)
        ? `ManagedPrefixLists.json does not list ${id}`
        : entries === undefined
          ? 'PrefixListEntries.json is missing'
          : `PrefixListEntries.json has no entries of ${id}`;
    return prefixListFrom(id, described.get(id), cidrsOf(entries?.[id]), problem);
  });
}
