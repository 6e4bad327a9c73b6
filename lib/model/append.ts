/**
 * Puts all of a list behind another one. A call holds its arguments on the stack, which has room for about 120,000 (V8), so that
 * `push(...more)` ends with an error where a network is large and much is found in it.
 */
export function append<Item>(list: Item[], more: Iterable<Item>): void {
  for (const each of more) list.push(each);
}
