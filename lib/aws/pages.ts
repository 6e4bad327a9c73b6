import type { OnSkipped } from '../ports/network-reader.ts';

/** One page of a Describe or List answer. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** Reads page after page until there is none left. */
export async function allPages<Item>(
  read: (nextToken: string | undefined) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let nextToken: string | undefined;
  do {
    const page = await read(nextToken);
    for (const item of page.items) {
      items.push(item);
    }
    // Some answers end with an empty token.
    nextToken = page.nextToken || undefined;
  } while (nextToken !== undefined);
  return items;
}

/** The items that can be understood; the others are told of and left out. */
export function mapped<From, To>(
  items: readonly From[],
  map: (item: From) => To,
  onSkipped: OnSkipped,
): To[] {
  const result: To[] = [];
  for (const item of items) {
    try {
      result.push(map(item));
    } catch (error) {
      onSkipped(error instanceof Error ? error.message : String(error));
    }
  }
  return result;
}
