import { pairKey } from '../model/pair.ts';
import type { Peering } from '../model/peering.ts';
import { printable } from '../model/printable.ts';

/**
 * Between two VPCs AWS has one peering at a time (VPC Peering guide, "VPC peering limitations"). EC2 takes a second request all the
 * same if it is asked the other way round, and refuses to accept it with VpcPeeringConnectionAlreadyExists: so users report, and the
 * API reference does not say. Of one beside a peering that is deleting neither says anything: then the call has the last word.
 */

/** Another peering of the two VPCs of a request, which keeps it from being accepted. */
export interface PeeredAlready {
  readonly peeringId: string;
  /** `live`: active or provisioning. `accepted-first`: its own request is about to be accepted. `unknown`: nobody knows what it is. */
  readonly how: 'live' | 'accepted-first' | 'unknown';
}

/** One of which it is known that it lives, or will. */
export type KnownPeered = PeeredAlready & { readonly how: 'live' | 'accepted-first' };

export function isKnownPeered(peered: PeeredAlready | undefined): peered is KnownPeered {
  return peered !== undefined && peered.how !== 'unknown';
}

function howOf({ status }: Peering): PeeredAlready['how'] | undefined {
  if (status === 'active' || status === 'provisioning') return 'live';
  return status === 'unknown' ? 'unknown' : undefined;
}

export function pairOf({ requester, accepter }: Pick<Peering, 'requester' | 'accepter'>): string {
  return pairKey(requester.vpcId, accepter.vpcId);
}

/** @param peerings as all Regions of the account show them: a peering counts as long as one of them shows it as live. */
export function createPeeredAlready(
  peerings: readonly Peering[],
): (request: Peering) => PeeredAlready | undefined {
  const byPair = new Map<string, PeeredAlready>();
  for (const peering of peerings) {
    const how = howOf(peering);
    const known = byPair.get(pairOf(peering));
    if (how !== undefined && (known === undefined || (known.how === 'unknown' && how === 'live'))) {
      byPair.set(pairOf(peering), { peeringId: peering.peeringId, how });
    }
  }
  return (request) => {
    const found = byPair.get(pairOf(request));
    // Of one and the same peering a Region may show more than another one does yet.
    return found?.peeringId === request.peeringId ? undefined : found;
  };
}

/** No id is longer. Characters. */
const MAX_LENGTH = 64;

export const ONE_PEERING = 'AWS allows one peering between two VPCs';

/** Why the request cannot be accepted: the same sentence from either side. */
export function peeredAlreadyText(
  { requester, accepter }: Pick<Peering, 'requester' | 'accepter'>,
  { peeringId, how }: PeeredAlready,
  accountId: string,
): string {
  const [from, to, other] = [requester.vpcId, accepter.vpcId, peeringId].map((id) =>
    printable(id, MAX_LENGTH),
  );
  const vpcs = `${from} and ${to}`;
  if (how === 'unknown') {
    return `Whether ${vpcs} are peered already is not known, as ${other} between them has a status that this version does not know; ${ONE_PEERING}.`;
  }
  const advice =
    accepter.accountId === accountId
      ? 'Reject this request, or delete that peering first.'
      : 'Delete this request, or that peering first.';
  return how === 'live'
    ? `${vpcs} are peered already by ${other}; ${ONE_PEERING}. ${advice}`
    : `${vpcs} are about to be peered by ${other}, whose request is accepted first; ${ONE_PEERING}. ${advice}`;
}

/** A sentence as it will be once the first request is accepted: it is one cause, of which people are told once. */
export function onceFirstIsAccepted(text: string): string {
  return text.replace(
    /are about to be peered by (\S+), whose request is accepted first;/,
    'are peered already by $1;',
  );
}
