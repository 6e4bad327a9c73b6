import type { Place } from './account.ts';
import { KINDS } from './kinds.ts';
import type { Entry } from './ledger.ts';
import { type Refusal, refusalOf } from './refusals.ts';

/** What bears the tag of a live check. */
export interface Found {
  readonly entries: readonly Entry[];
  /** Kinds that could not be listed. */
  readonly unknown: readonly (Refusal & { readonly kind: string; readonly region: string })[];
}

/** @param run only what this run made; left out: whichever made it */
export async function findTagged(places: readonly Place[], run?: string): Promise<Found> {
  const entries: Entry[] = [];
  const unknown: Found['unknown'][number][] = [];
  const seen = new Set<string>();
  for (const kind of KINDS) {
    for (const place of places) {
      try {
        for (const { id, run: of } of await kind.tagged(place)) {
          // Roles are the same in every Region.
          const key = `${place.accountId} ${kind.name === 'role' ? '' : place.region} ${kind.name} ${id}`;
          if ((run === undefined || of === run) && !seen.has(key)) {
            seen.add(key);
            entries.push({ kind, place, id });
          }
        }
      } catch (error) {
        unknown.push({ kind: kind.name, region: place.region, ...refusalOf(error, place.region) });
      }
    }
  }
  return { entries, unknown };
}
