import type { ManagedPrefixList } from '@aws-sdk/client-ec2';
import { prefixListFrom } from '../../lib/aws/mapping.ts';
import { fieldsOf } from '../../lib/model/json.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import { printable } from '../../lib/model/printable.ts';
import type { SavedFiles } from './saved-files.ts';
import { PREFIX_LIST_ENTRIES_FILE, PREFIX_LISTS_FILE } from './snapshot-files.ts';

/** Longer than any CIDR. */
const MAX_TEXT = 64;

function cidrsOf(entries: unknown): string[] | undefined {
  return Array.isArray(entries)
    ? entries.flatMap((entry) => {
        const { Cidr } = fieldsOf(entry);
        return typeof Cidr === 'string' && Cidr !== '' ? [printable(Cidr, MAX_TEXT)] : [];
      })
    : undefined;
}

/**
 * The prefix lists with these ids, from the answers that were saved of them. One of which something was not saved comes with
 * the problem.
 */
export function readSavedPrefixLists(files: SavedFiles, ids: readonly string[]): PrefixList[] {
  if (ids.length === 0) {
    return [];
  }
  const described = new Map(
    files.list(PREFIX_LISTS_FILE).map((item) => [fieldsOf(item).PrefixListId, fieldsOf(item)] as const),
  );
  const entries = files.object(PREFIX_LIST_ENTRIES_FILE);
  return [...new Set(ids)].map((prefixListId): PrefixList => {
    const found = described.get(prefixListId);
    const list: PrefixList =
      found === undefined
        ? { prefixListId, name: prefixListId, owner: 'unknown' }
        : prefixListFrom(found as ManagedPrefixList);
    const cidrs = cidrsOf(entries?.[prefixListId]);
    if (cidrs !== undefined || list.owner === 'aws') {
      return cidrs === undefined ? list : { ...list, cidrs };
    }
    const problem = !files.has(PREFIX_LISTS_FILE)
      ? 'ManagedPrefixLists.json is missing'
      : found === undefined
        ? `ManagedPrefixLists.json does not list ${prefixListId}`
        : entries === undefined
          ? 'PrefixListEntries.json is missing'
          : `PrefixListEntries.json has no entries of ${prefixListId}`;
    return { ...list, problem };
  });
}
