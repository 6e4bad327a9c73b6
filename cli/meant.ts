import type { Nameable } from '../lib/model/nameable.ts';
import { didYouMean, editDistance } from '../lib/policy/did-you-mean.ts';
import { shown } from './output.ts';

/** What was probably meant by a name or an id that nothing has. */

/** Characters that may be wrong in an id. Ids are random: two of a large network differ in more. */
const TYPOS_IN_ID = 3;

/** So many things of one name are listed. */
const MAX_LISTED = 5;

/** Case, blanks and separators do not count: `vpc a` is `VPC-A`. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function sameName(text: string, candidates: readonly Nameable[]): string | undefined {
  const wanted = plain(text);
  return wanted === '' ? undefined : candidates.find(({ name = '' }) => plain(name) === wanted)?.name;
}

function nearId(text: string, candidates: readonly Nameable[]): Nameable | undefined {
  const kind = text.slice(0, text.indexOf('-') + 1).toLowerCase();
  let nearest: { readonly candidate: Nameable; readonly typos: number } | undefined;
  for (const candidate of candidates) {
    const { id } = candidate;
    if (kind === '' || !id.startsWith(kind) || Math.abs(id.length - text.length) > TYPOS_IN_ID) continue;
    const typos = editDistance(text.toLowerCase(), id);
    if (typos <= TYPOS_IN_ID && typos < (nearest?.typos ?? Infinity)) nearest = { candidate, typos };
  }
  return nearest?.candidate;
}

function listed(things: readonly Nameable[]): string {
  const all = things
    .slice(0, MAX_LISTED)
    .map(({ id, name }) => (name === undefined ? id : `${id} (${shown(name, 60)})`))
    .join(' or ');
  return things.length > MAX_LISTED ? `${all}, or ${things.length - MAX_LISTED} more` : all;
}

/**
 * ` Did you mean vpc-0a1b2c3d4e5f60718 (VPC-A)?`, to be put behind a sentence; empty where nothing is near. An id that is nearly the same
 * comes first, then the same name in other letters, then one that is nearly the same.
 */
export function meant(text: string, candidates: readonly Nameable[]): string {
  const byId = text.length <= 64 ? nearId(text, candidates) : undefined;
  if (byId !== undefined) {
    return ` Did you mean ${listed([byId])}?`;
  }
  const names = [...new Set(candidates.flatMap(({ name }) => name ?? []))];
  const near = sameName(text, candidates) ?? didYouMean(text, names);
  const things = near === undefined ? [] : candidates.filter(({ name }) => name === near);
  return things.length === 0 ? '' : ` Did you mean ${listed(things)}?`;
}
