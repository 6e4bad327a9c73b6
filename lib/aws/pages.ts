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
