/** Sentences that say the same of many things, so that the one that is different is seen. */

export interface Alike<Item> {
  /** Shown in full. */
  readonly first: Item;
  /** Said of so many more. */
  readonly more: number;
}

/** So many of one kind are shown in full. */
const SHOWN = 3;

/** Ids, accounts, addresses and names of units: what differs where the same is said of another thing. */
const DIFFERS =
  /\b(?:[a-z]{1,6}-[0-9a-f]{8,17}|\d{12}|[0-9a-f.:]+\/\d{1,3}|ou-[a-z0-9]+-[a-z0-9]+)\b|\([^()]*\)/g;

function kindOf(text: string): string {
  return text.replace(DIFFERS, '…');
}

/**
 * Few of a kind each on its own; of many one, with how many more there are. In the order of the first of each kind.
 *
 * @param textOf what is said of an item.
 */
export function alike<Item>(items: readonly Item[], textOf: (item: Item) => string): Alike<Item>[] {
  const kinds = new Map<string, Item[]>();
  for (const item of items) {
    const kind = kindOf(textOf(item));
    const same = kinds.get(kind);
    if (same === undefined) kinds.set(kind, [item]);
    else same.push(item);
  }
  return [...kinds.values()].flatMap((same) => {
    const [first] = same;
    return same.length <= SHOWN || first === undefined
      ? same.map((each) => ({ first: each, more: 0 }))
      : [{ first, more: same.length - 1 }];
  });
}
