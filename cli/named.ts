import { named } from '../lib/messages/text.ts';

/** `pcx-1 (prod-to-shared)`, `vpc-1 (prod)`: an id and its tag Name, where one was read. */
export function nameAndId({ names }: { readonly names: ReadonlyMap<string, string> }, id: string): string {
  return named(id, { nameOf: (each) => names.get(each) });
}
