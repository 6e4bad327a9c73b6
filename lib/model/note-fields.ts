import { fieldsOf, jsonIn } from './json.ts';
import type { Note } from './memory.ts';

/**
 * The fields of a note that is written as JSON.
 *
 * What a note that cannot be read means, each reader says: nobody's routes may go for it. A freeze freezes all the same, a silence
 * silences nothing, more time or an acceptance that nobody can read leaves the peering as it is and not judged, and deletes that are counted
 * against it are kept back.
 *
 * @returns undefined for what is no JSON object: another version may have written it, or nobody of the product.
 */
export function noteFields({ value }: Pick<Note, 'value'>): Readonly<Record<string, unknown>> | undefined {
  const read = jsonIn(value);
  return typeof read === 'object' && read !== null ? fieldsOf(read) : undefined;
}
