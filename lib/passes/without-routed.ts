import type { Hint } from '../model/hint.ts';
import { type Peering, REQUEST_STATUSES } from '../model/peering.ts';
import { syncMarkOf } from '../routing/synced.ts';
import { isBurst } from './burst.ts';
import type { SyncDependencies } from './sync-dependencies.ts';

type Asking = Pick<SyncDependencies, 'accountId' | 'policy' | 'reader' | 'journal'>;

/** Nothing more than that the product accepted a request: what follows is routes, and telling the account at the other end. */
function saysOnlyAccepted(hint: Hint): hint is Extract<Hint, { kind: 'peering' }> {
  return hint.kind === 'peering' && hint.cause === 'Peering Accepted' && hint.peerAccountId === undefined;
}

/** Accepted, with both ends in this account and Region, and marked as routed, which is not done before it is accepted. */
function isRouted({ accountId, policy }: Asking, region: string, peering: Peering): boolean {
  const { requester, accepter, status } = peering;
  return (
    [requester, accepter].every((side) => side.accountId === accountId && side.region === region) &&
    !REQUEST_STATUSES.has(status) &&
    syncMarkOf(peering, policy.tagPrefix)?.fingerprint !== undefined
  );
}

/**
 * Without the events of a burst that say that a peering was accepted which has its routes by now: a look at the Region routes
 * all that are accepted, also those whose events wait behind it, and so most of these have nothing left to ask for. Whether
 * they have is read in one call. A mark that somebody else set keeps a peering unrouted until the next sweep.
 */
export async function withoutRouted(
  dependencies: Asking,
  region: string,
  hints: readonly Hint[],
): Promise<readonly Hint[]> {
  const accepted = hints.filter(saysOnlyAccepted);
  if (!isBurst(hints) || accepted.length === 0 || dependencies.policy.mode === 'observe') {
    return hints;
  }
  const peeringIds = [...new Set(accepted.map(({ peeringId }) => peeringId))];
  const found = await dependencies.reader.readPeerings(region, { peeringIds });
  const routed = new Set(
    found.filter((peering) => isRouted(dependencies, region, peering)).map(({ peeringId }) => peeringId),
  );
  const left = hints.filter((hint) => !saysOnlyAccepted(hint) || !routed.has(hint.peeringId));
  if (left.length < hints.length) {
    dependencies.journal.info('peerings routed before', { region, peerings: [...routed] });
  }
  return left;
}
