import { acceptanceOf } from '../model/acceptance.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { RegionMemory } from '../model/memory.ts';
import { DEAD_STATUSES, type Peering, type PeeringSide, type Vpc } from '../model/peering.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { decide } from '../policy/decide.ts';
import { isOver } from '../policy/decision.ts';
import { destinationsOf } from '../policy/destinations.ts';
import { createFacts } from '../policy/facts.ts';
import { createLifetimes } from '../policy/lifetimes.ts';
import type { Policy } from '../policy/schema.ts';
import { peeringOfPair, viewFrom } from './pair-views.ts';
import type { WantedPair } from './selected.ts';
import type { ConnectState } from './state.ts';

/**
 * A VPC leads addresses to one peer alone. A request for a second one with the same addresses would be held by the policy once it is
 * made (`routing/obstacles.ts`), so it is not made.
 */

/** A peer that a VPC has, or is about to have. */
interface Peer {
  readonly peering: Peering;
  readonly remote: PeeringSide;
  readonly isAsked: boolean;
}

export interface PeerRanges {
  /** Why a request would be held for what the VPCs have already, as sentences; undefined where nothing is known to hold it. */
  problemOf(pair: WantedPair): string | undefined;
  /** The pair is about to be requested. */
  add(pair: WantedPair): void;
}

function blocksOf({ cidrs }: Pick<PeeringSide, 'cidrs'>): Cidr[] {
  return cidrs.flatMap((text) => readDestination(text) ?? []);
}

/** Two blocks that overlap, of one list and of the other. */
function overlapOf(
  some: readonly Cidr[],
  others: readonly Cidr[],
): { readonly one: Cidr; readonly other: Cidr } | undefined {
  for (const one of some) {
    const other = others.find((each) => overlaps(one, each));
    if (other !== undefined) return { one, other };
  }
  return undefined;
}

/**
 * What a VPC of this account routes to a peer by the policy. Its tables say where, and are not asked; nor is AWS Organizations, so that of
 * a rule that depends on it nothing is known (undefined).
 */
function createDestinations(
  { regions }: ConnectState,
  policy: Policy,
  memory: ReadonlyMap<string, RegionMemory>,
  now: Date,
): (local: Vpc, peer: Peer) => readonly Cidr[] | undefined {
  const lifetimeOf = createLifetimes(policy, memory, now);
  const factsIn = new Map(
    regions.map((inventory) => [
      inventory.region,
      createFacts(
        inventory,
        {},
        {
          acceptedOf: (id) => acceptanceOf(memory.get(inventory.region)?.notes ?? new Map(), id),
          lifetimeOf,
        },
      ),
    ]),
  );
  return (local, { peering, remote, isAsked }) => {
    const view = viewFrom(local, { ...peering, status: 'active' }, remote);
    const facts = factsIn.get(local.region)?.(view);
    const decision = facts === undefined ? undefined : decide(view, policy, facts);
    const rule = policy.rules.find(({ name }) => name === decision?.rule);
    if (decision === undefined || decision.undecidable === true) {
      return undefined;
    }
    if (isAsked && isOver(decision)) {
      return [];
    }
    if (rule === undefined) {
      return blocksOf(remote);
    }
    return rule.effect === 'reject' ? [] : destinationsOf(rule, decision);
  };
}

function inventoryOf(regions: readonly RegionInventory[], { region, accountId }: PeeringSide) {
  return regions.find((each) => each.region === region && each.accountId === accountId);
}

/** The live peers of each VPC, requests included; while one is pending EC2 does not show the accepter's ranges. */
function livePeers({ regions, others = [] }: ConnectState): Map<string, Peer[]> {
  const known = [...regions, ...others];
  const filled = (side: PeeringSide): PeeringSide =>
    side.cidrs.length > 0
      ? side
      : { ...side, cidrs: inventoryOf(known, side)?.vpcs.get(side.vpcId)?.cidrs ?? [] };
  const peerings = new Map<string, Peering>();
  for (const peering of regions.flatMap((inventory) => inventory.peerings)) {
    if (!DEAD_STATUSES.has(peering.status)) peerings.set(peering.peeringId, peering);
  }
  // In one order, so that a VPC with two peers in the way is told of the same one at each look.
  const inOrder = [...peerings.values()].sort((a, b) => (a.peeringId < b.peeringId ? -1 : 1));
  const ends = inOrder.flatMap((peering) => {
    const [requester, accepter] = [filled(peering.requester), filled(peering.accepter)];
    return [
      { vpcId: requester.vpcId, peer: { peering, remote: accepter, isAsked: true } },
      { vpcId: accepter.vpcId, peer: { peering, remote: requester, isAsked: true } },
    ];
  });
  const byVpc = groupBy(ends, ({ vpcId }) => [vpcId]);
  return new Map([...byVpc].map(([vpcId, list]) => [vpcId, list.map(({ peer }) => peer)]));
}

export function createPeerRanges(
  state: ConnectState,
  policy: Policy,
  memory: ReadonlyMap<string, RegionMemory>,
  now: Date,
): PeerRanges {
  const peers = livePeers(state);
  const destinations = createDestinations(state, policy, memory, now);
  const nameOf = (vpcId: string): string => {
    const vpcs = [...state.regions, ...(state.others ?? [])].flatMap((each) => each.vpcs.get(vpcId) ?? []);
    const name = vpcs[0]?.tags.Name;
    return name ? `${vpcId} (${name})` : vpcId;
  };
  /** Of the pair, seen from one of its VPCs. */
  const problemAt = (local: Vpc, pair: WantedPair): string | undefined => {
    const peering = peeringOfPair(pair, 'active');
    const isRequester = pair.requester.vpcId === local.vpcId;
    const remote = isRequester ? peering.accepter : peering.requester;
    for (const other of peers.get(local.vpcId) ?? []) {
      // Most ranges are apart, whatever the rules say of them.
      if (
        other.remote.vpcId === remote.vpcId ||
        overlapOf(blocksOf(remote), blocksOf(other.remote)) === undefined
      ) {
        continue;
      }
      const mine = destinations(local, { peering, remote, isAsked: false });
      const theirs = mine && destinations(local, other);
      const found = mine && theirs && overlapOf(mine, theirs);
      if (found === undefined) continue;
      const how = other.isAsked ? `is peered by ${other.peering.peeringId}` : 'is about to be peered';
      const then =
        pair.accepter.accountId === state.accountId
          ? 'so the policy would hold the request'
          : 'so its routes there would wait for a person';
      return (
        `${found.one.text} of ${nameOf(remote.vpcId)} overlaps ${found.other.text} of ${nameOf(other.remote.vpcId)}, with which ${nameOf(local.vpcId)} ${how}. ` +
        `${nameOf(local.vpcId)} can lead these addresses to one of them alone, ${then}. ` +
        'Give one another range, or take the tag off one; or leave them out for one of them, with a copy of its rule for these two VPCs alone that has them in routes.exclude and whose name sorts first.'
      );
    }
    return undefined;
  };
  return {
    problemOf: (pair) =>
      [pair.requester, pair.accepter]
        .filter(({ accountId }) => accountId === state.accountId)
        .map((local) => problemAt(local, pair))
        .find((problem) => problem !== undefined),
    add(pair) {
      const peering = peeringOfPair(pair, 'active');
      for (const [local, remote] of [
        [peering.requester, peering.accepter],
        [peering.accepter, peering.requester],
      ] as const) {
        peers.set(local.vpcId, [...(peers.get(local.vpcId) ?? []), { peering, remote, isAsked: false }]);
      }
    },
  };
}
