import { endText } from '../policy/expiry-date.ts';
import type { AssessedView, PeeringDeletion } from './shown-assessment.ts';
import type { EndOfView } from './status-view.ts';

/** When peerings end, as status and the report say it. */

/** When the time of a view is over; null where nothing lets it end. */
export function expiresOf({ decision }: Pick<AssessedView, 'decision'>): EndOfView | null {
  const end = decision.expiry?.end;
  return end === undefined
    ? null
    : { at: new Date(end.at * 1000).toISOString(), by: end.by, state: end.state, onExpiry: end.onExpiry };
}

/** `2027-03-01 00:00 UTC`, with what says so where that is not the rule. */
export function expiresText(expires: EndOfView | null): string {
  if (expires === null) {
    return '-';
  }
  const at = endText(Math.floor(Date.parse(expires.at) / 1000));
  return expires.by === 'rule' ? at : `${at} (${expires.by})`;
}

/** Deletions that the next sweep of the stack makes. */
export function dueDeletions({
  deletions,
}: {
  readonly deletions: readonly PeeringDeletion[];
}): readonly PeeringDeletion[] {
  return deletions.filter(({ heldBy, waitsFor }) => heldBy === undefined && waitsFor === undefined);
}
