import type { RegionInventory } from '../model/inventory.ts';
import type { UnitAnswers } from '../model/organizational-unit.ts';
import { MESH, pairKey } from '../model/pair.ts';
import type { Vpc } from '../model/peering.ts';
import type { Connection, Policy } from '../policy/schema.ts';
import { type ConnectionSize, fitOf, sizeOf } from './sizes.ts';
import { spokeAccountsOf } from './spoke-accounts.ts';
import { createTagged } from './tagged.ts';

/** Which VPCs the policy wants peered with which. */

/** All that is to be known of an account, to say which of its VPCs are to be connected. */
export interface ConnectState {
  readonly accountId: string;
  readonly managedRegions: readonly string[];
  /** Managed Regions of this account, each read whole. One that is not here was not read. */
  readonly regions: readonly RegionInventory[];
  /** Regions of other accounts, as far as they were read. */
  readonly others?: readonly RegionInventory[];
  /** What AWS Organizations says of the units in which the policy looks for spokes. Left out: nobody asked. */
  readonly units?: UnitAnswers;
}

/** Two VPCs that are to be peered. The first one's account is this one. */
export interface WantedPair {
  readonly key: string;
  readonly connection: string;
  readonly requester: Vpc;
  readonly accepter: Vpc;
}

/** A connection that would need more peerings than a VPC can have, or more than anybody means. */
export interface Outgrown extends ConnectionSize {
  readonly first: Vpc;
}

export interface Selected {
  /** Each pair once, in the order of the policy and then of the VPCs' ids. */
  readonly pairs: readonly WantedPair[];
  readonly outgrown: readonly Outgrown[];
  /** Of each connection that has VPCs. */
  readonly sizes: readonly ConnectionSize[];
  /** Whether a pair is wanted, also by a connection that has outgrown peering and so has no entry in `pairs`. */
  readonly isWanted: (vpcId: string, otherVpcId: string) => boolean;
}

/** More pairs of one connection than this nobody means: no VPC takes more than 125 peerings (VPC quotas). */
const MAX_PAIRS = 20_000;

function inOrder(vpcs: readonly Vpc[]): Vpc[] {
  return [...vpcs].sort((a, b) => (a.vpcId < b.vpcId ? -1 : a.vpcId > b.vpcId ? 1 : 0));
}

/** A shared VPC is seen by those it is shared with, too; only its owner can peer it. */
function ownVpcs({ accountId, managedRegions, regions }: ConnectState): Vpc[] {
  return regions
    .filter(({ region }) => managedRegions.includes(region))
    .flatMap(({ vpcs }) => [...vpcs.values()])
    .filter((vpc) => vpc.accountId === accountId);
}

/** VPCs by whose they are. Of another account those that it owns; a shared VPC is its owner's. */
function byAccount(state: ConnectState): ReadonlyMap<string, readonly Vpc[]> {
  const all = new Map<string, Vpc[]>([[state.accountId, ownVpcs(state)]]);
  for (const { accountId, vpcs } of state.others ?? []) {
    if (accountId !== state.accountId) {
      const own = [...vpcs.values()].filter((vpc) => vpc.accountId === accountId);
      all.set(accountId, [...(all.get(accountId) ?? []), ...own]);
    }
  }
  return all;
}

/** The VPCs of a connection, before they are paired. */
interface Members {
  readonly connection: string;
  readonly hubs: readonly Vpc[];
  readonly spokes: readonly Vpc[];
  readonly shape: 'mesh' | 'hub';
}

function membersOf({ connect = [], mesh }: Pick<Policy, 'connect' | 'mesh'>, state: ConnectState): Members[] {
  const tagged = new Map([...byAccount(state)].map(([account, vpcs]) => [account, createTagged(vpcs)]));
  const select = (account: string, tags: Connection['hub']['tags']) => tagged.get(account)?.(tags) ?? [];
  const hubs = connect.map(({ name, hub, spokes }): Members => {
    const { accounts } = spokeAccountsOf(spokes, state.accountId, state.units);
    return {
      connection: name,
      shape: 'hub',
      hubs: inOrder(select(state.accountId, hub.tags)),
      spokes: inOrder(accounts.flatMap((account) => select(account, spokes.tags))),
    };
  });
  const meshed = mesh === undefined ? [] : inOrder(select(state.accountId, mesh.tags));
  return mesh === undefined
    ? hubs
    : [...hubs, { connection: MESH, shape: 'mesh', hubs: meshed, spokes: meshed }];
}

function membersSize({ connection, shape, hubs, spokes }: Members): ConnectionSize {
  return sizeOf(connection, { shape, hubs: hubs.length, spokes: spokes.length });
}

/** A hub that has room for some of its spokes gets these; of a mesh nobody can say which half is meant. */
function outgrownOf(members: Members, room: number): Outgrown | undefined {
  const size = membersSize(members);
  const [first] = members.hubs;
  const isTooMuch = members.shape === 'mesh' ? fitOf(size, room) === 'outgrown' : size.peerings > MAX_PAIRS;
  return first === undefined || !isTooMuch ? undefined : { ...size, first };
}

function pairsOf({ connection, shape, hubs, spokes }: Members): WantedPair[] {
  return hubs.flatMap((requester) =>
    spokes
      .filter(({ vpcId }) => (shape === 'mesh' ? requester.vpcId < vpcId : requester.vpcId !== vpcId))
      .map((accepter) => ({
        key: pairKey(requester.vpcId, accepter.vpcId),
        connection,
        requester,
        accepter,
      })),
  );
}

/**
 * @param room how many peerings a VPC may have by the policy.
 */
export function selectPairs(
  policy: Pick<Policy, 'connect' | 'mesh'>,
  state: ConnectState,
  room: number,
): Selected {
  const pairs = new Map<string, WantedPair>();
  const outgrown: Outgrown[] = [];
  const tooLarge: { readonly hubs: ReadonlySet<string>; readonly spokes: ReadonlySet<string> }[] = [];
  const selected = membersOf(policy, state);
  for (const members of selected) {
    const tooMuch = outgrownOf(members, room);
    if (tooMuch === undefined) {
      for (const pair of pairsOf(members)) if (!pairs.has(pair.key)) pairs.set(pair.key, pair);
    } else {
      outgrown.push(tooMuch);
      tooLarge.push({
        hubs: new Set(members.hubs.map(({ vpcId }) => vpcId)),
        spokes: new Set(members.spokes.map(({ vpcId }) => vpcId)),
      });
    }
  }
  return {
    pairs: [...pairs.values()],
    outgrown,
    sizes: selected.filter(({ hubs, spokes }) => hubs.length > 0 && spokes.length > 0).map(membersSize),
    isWanted: (a, b) =>
      pairs.has(pairKey(a, b)) ||
      tooLarge.some(({ hubs, spokes }) => (hubs.has(a) && spokes.has(b)) || (hubs.has(b) && spokes.has(a))),
  };
}
