import type { JudgedPair } from '../connect/types.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import { decideAll } from './requests.ts';
import type { NetworkMemory, NetworkState } from './types.ts';

/**
 * Requests that `connect` and `mesh` make next and that this account would hold, by what its route tables have in the way: it is told
 * before they are made. Whoever makes them reads no tables, so that they are made all the same.
 */

/** How long after now a request that comes next would expire. Seconds. */
const LIFETIME = 7 * 24 * 60 * 60;

function sideOf(
  { accountId, region, vpcId }: JudgedPair['requester'],
  cidrs: readonly string[] = [],
): PeeringSide {
  return { accountId, region, vpcId, cidrs };
}

/** The request of a pair as EC2 will show it: the youngest of all, without the accepter's CIDRs. */
function requestOf(
  { key, requester, accepter }: JudgedPair,
  regions: readonly RegionInventory[],
  now: Date,
): Peering {
  const vpc = regions.find(({ region }) => region === requester.region)?.vpcs.get(requester.vpcId);
  return {
    peeringId: key,
    status: 'pending-acceptance',
    statusMessage: 'pending-acceptance',
    requester: sideOf(requester, vpc?.cidrs),
    accepter: sideOf(accepter),
    expiresAt: new Date(now.getTime() + LIFETIME * 1000),
    tags: {},
  };
}

function withRequests(inventory: RegionInventory, requests: readonly Peering[]): RegionInventory {
  const here = requests.filter(({ requester, accepter }) =>
    [requester.region, accepter.region].includes(inventory.region),
  );
  return here.length === 0 ? inventory : { ...inventory, peerings: [...inventory.peerings, ...here] };
}

/** A sentence for each request that comes next and would be held. That a rule holds it is what the rule is for. */
export function wouldBeHeld(state: NetworkState, policy: Policy, memory: NetworkMemory, now: Date): string[] {
  const pairs = new Map(
    (state.connections?.pairs ?? []).flatMap((pair) =>
      pair.state === 'to-request' && pair.accepter.accountId === state.accountId ? [[pair.key, pair]] : [],
    ),
  );
  if (pairs.size === 0) {
    return [];
  }
  const coming = [...pairs.values()].map((pair) => requestOf(pair, state.regions, now));
  const regions = state.regions.map((inventory) => withRequests(inventory, coming));
  return decideAll({ ...state, regions }, policy, memory, now).requests.flatMap(({ peering, decision }) => {
    const pair = pairs.get(peering.peeringId);
    const { effect, heldFor = [] } = decision;
    return pair === undefined || decision.decision !== 'hold' || effect !== 'accept' || heldFor.length === 0
      ? []
      : [
          `Connection ${pair.connection}: the request ${pair.name} (${pair.requester.vpcId}, ${pair.accepter.vpcId}) that comes next would be held: ${namedByName(heldFor, pairs)}`,
        ];
  });
}

/** Requests that are not made yet have no id. */
function namedByName(sentences: readonly string[], pairs: ReadonlyMap<string, JudgedPair>): string {
  let text = sentences.join(' ');
  for (const { key, name } of pairs.values()) text = text.replaceAll(key, name);
  return text;
}
