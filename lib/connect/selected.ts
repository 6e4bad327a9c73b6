import type { RegionInventory } from '../model/inventory.ts';
import type { UnitAnswers } from '../model/organizational-unit.ts';
import { MESH, pairKey } from '../model/pair.ts';
import type { Vpc } from '../model/peering.ts';
import type { Connection, Policy } from '../policy/schema.ts';
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
export interface Outgrown {
  readonly connection: string;
  /** VPCs that are all to be peered with each other; hubs and spokes otherwise. */
  readonly vpcs: number;
  readonly hubs?: number;
  readonly peerings: number;
  readonly perVpc: number;
  readonly first: Vpc;
}

export interface Selected {
  /** Each pair once, in the order of the policy and then of the VPCs' ids. */
  readonly pairs: readonly WantedPair[];
  readonly outgrown: readonly Outgrown[];
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

/** How many peerings it would take; a VPC that is hub and spoke is not peered with itself. */
function sizeOf({ shape, hubs, spokes }: Members): { readonly peerings: number; readonly perVpc: number } {
  const most = Math.max(0, hubs.length - 1);
  return shape === 'mesh'
    ? { peerings: (hubs.length * most) / 2, perVpc: most }
    : { peerings: hubs.length * spokes.length, perVpc: spokes.length };
}

function outgrownOf(members: Members, room: number): Outgrown | undefined {
  const { peerings, perVpc } = sizeOf(members);
  const [first] = members.hubs;
  const isTooMuch = members.shape === 'mesh' ? perVpc > room : peerings > MAX_PAIRS;
  return first === undefined || !isTooMuch
    ? undefined
    : {
        connection: members.connection,
        vpcs: members.shape === 'mesh' ? members.hubs.length : members.spokes.length,
        ...(members.shape === 'mesh' ? {} : { hubs: members.hubs.length }),
        peerings,
        perVpc,
        first,
      };
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
  for (const members of membersOf(policy, state)) {
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
    isWanted: (a, b) =>
      pairs.has(pairKey(a, b)) ||
      tooLarge.some(({ hubs, spokes }) => (hubs.has(a) && spokes.has(b)) || (hubs.has(b) && spokes.has(a))),
  };
}
