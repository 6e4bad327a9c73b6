import type { Hint } from '../model/hint.ts';
import { notedDecision } from '../model/noted-decision.ts';
import type { Peering, PeeringStatus } from '../model/peering.ts';
import { connectionTagKey } from '../model/tags.ts';
import type { Policy } from '../policy/schema.ts';
import { vanishedPeerings } from './missed-peerings.ts';
import { ownConnections } from './own-connections.ts';
import type { RegionView } from './region-view.ts';
import { createIsKnown } from './seen-live.ts';

/** The calls that end a peering or a request. */
export const ENDING_CALLS: readonly string[] = ['DeleteVpcPeeringConnection', 'RejectVpcPeeringConnection'];

/** Statuses that somebody's call has brought about: what expires or fails does so by itself. */
const BY_SOMEBODY: ReadonlySet<PeeringStatus> = new Set(['deleting', 'deleted', 'rejected']);

export interface EndScope {
  readonly accountId: string;
  readonly managedRegions: readonly string[];
  readonly policy: Policy;
  readonly now: () => Date;
}

/** What is told elsewhere: by whoever rejected or deleted it for the policy, or as a request of this account. */
function isToldOtherwise(
  { accountId, managedRegions }: EndScope,
  { remembered }: RegionView,
  peering: Peering,
): boolean {
  const { peeringId, status, requester } = peering;
  const isOwnRequest = requester.accountId === accountId && managedRegions.includes(requester.region);
  return (
    (status === 'rejected' && isOwnRequest) ||
    notedDecision(remembered.notes, peeringId)?.decision === 'reject'
  );
}

/**
 * Peerings and requests that somebody ended, and to which no route leads: those that are remembered (managed ones all are), or whose end an event names.
 * Of all others nobody knows whether they ended before the product came. With them those that EC2 shows no more and that nobody was told of.
 *
 * @param withRoutes of which the routes tell.
 */
export function endsWithoutRoutes(
  scope: EndScope,
  view: RegionView,
  hints: readonly Hint[],
  withRoutes: ReadonlySet<string>,
): string[] {
  const { inventory, remembered } = view;
  const { tagPrefix } = scope.policy;
  const named = new Set(
    hints.flatMap((hint) =>
      hint.kind === 'peering' && ENDING_CALLS.includes(hint.cause) ? [hint.peeringId] : [],
    ),
  );
  const isOfConnection = ownConnections(scope.policy, [remembered]);
  const isKnown = createIsKnown(remembered);
  const ended = inventory.peerings
    .filter((peering) => {
      const { peeringId, status, tags } = peering;
      const isOfProduct = tags[connectionTagKey(tagPrefix)] !== undefined;
      return (
        BY_SOMEBODY.has(status) &&
        !withRoutes.has(peeringId) &&
        !isOfConnection(peering) &&
        !isToldOtherwise(scope, view, peering) &&
        (named.has(peeringId) || (!isOfProduct && isKnown(peeringId)))
      );
    })
    .map(({ peeringId }) => peeringId);
  const vanished = vanishedPeerings(view).filter((peeringId) => !withRoutes.has(peeringId));
  return [...ended, ...vanished];
}
