import { MESH } from '../model/pair.ts';
import type { Vpc } from '../model/peering.ts';
import type { Connection, Policy } from '../policy/schema.ts';
import { type ConnectionSize, sizeOf } from './sizes.ts';
import { spokeAccountsOf } from './spoke-accounts.ts';
import type { ConnectState } from './state.ts';
import { createTagged } from './tagged.ts';

/** Which VPCs each connection of the policy selects. */

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
export interface Members {
  readonly connection: string;
  readonly hubs: readonly Vpc[];
  readonly spokes: readonly Vpc[];
  readonly shape: 'mesh' | 'hub';
}

export function membersOf(
  { connect = [], mesh }: Pick<Policy, 'connect' | 'mesh'>,
  state: ConnectState,
): Members[] {
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

export function membersSize({ connection, shape, hubs, spokes }: Members): ConnectionSize {
  return sizeOf(connection, { shape, hubs: hubs.length, spokes: spokes.length });
}
