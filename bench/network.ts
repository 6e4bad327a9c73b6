import type { RegionInventory } from '../lib/model/inventory.ts';
import { NOTHING_REMEMBERED, type OwnRoute, type RegionMemory } from '../lib/model/memory.ts';
import type { Peering, Vpc } from '../lib/model/peering.ts';
import type { PrefixList } from '../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../lib/model/route-table.ts';
import { type Policy, policySchema } from '../lib/policy/schema.ts';

/** Networks of any size for measuring plan and decide. */

const OWN = '111111111111';
const PEER = '222222222222';
const REGION = 'us-east-1';
const PREFIX = 'peering-autopilot';

/** Active peerings that EC2 lets a VPC have unless the quota is raised (VPC quotas). */
const PEERINGS_PER_VPC = 50;

export interface NetworkShape {
  readonly peerings: number;
  /** Opted-in tables of each local VPC. */
  readonly tables: number;
  /** CIDRs of each remote VPC. */
  readonly cidrs: number;
  /** `written`: every desired route is in place. `unwritten`: none is. */
  readonly routes: 'written' | 'unwritten';
  /** `all`: the registry names every desired route. `none`: none yet, as at the first sync. Left out: `all`. */
  readonly own?: 'all' | 'none';
}

export const desiredRoutes = ({ peerings, tables, cidrs }: NetworkShape) => peerings * tables * cidrs;

function id(kind: string, index: number): string {
  return `${kind}-${index.toString(16).padStart(17, '0')}`;
}

/** A /24 of 10.0.0.0/8 and then of the addresses above 11.0.0.0: the blocks of different indices are disjoint. */
function block(index: number): string {
  return `${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/24`;
}

const LISTS: readonly PrefixList[] = [
  { prefixListId: 'pl-63a5400a', name: 'com.amazonaws.us-east-1.s3', owner: 'aws', maxEntries: 8 },
  {
    prefixListId: 'pl-0123456789abcdef0',
    name: 'elsewhere',
    owner: 'customer',
    maxEntries: 50,
    cidrs: Array.from({ length: 40 }, (_, index) => `172.16.${index}.0/24`),
  },
];

/** Rules of three kinds, one of which matches. */
export const BENCH_POLICY: Policy = policySchema.parse({
  version: 1,
  tagPrefix: PREFIX,
  regions: [REGION],
  rules: [
    { name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER], cidrs: ['0.0.0.0/0'] } },
    { name: 'strangers', effect: 'hold', remote: { accounts: ['333333333333'] } },
    { name: 'never', effect: 'reject', remote: { accounts: ['444444444444'] } },
  ],
});

/** What the product remembers of such a network. */
export function memoryOf(
  { peerings, tables }: RegionInventory,
  own: NetworkShape['own'] = 'all',
): RegionMemory {
  if (own === 'none') {
    return NOTHING_REMEMBERED;
  }
  const byVpc = new Map<string, Map<string, OwnRoute>>();
  for (const { peeringId, requester, accepter } of peerings) {
    const routes = byVpc.get(accepter.vpcId) ?? new Map<string, OwnRoute>();
    byVpc.set(accepter.vpcId, routes);
    for (const destination of requester.cidrs) routes.set(destination, { peeringId, rule: 'peers' });
  }
  return {
    ...NOTHING_REMEMBERED,
    // Copies: what the registry answers shares nothing either.
    routes: new Map(
      tables.map(({ routeTableId, vpcId }) => [
        routeTableId,
        new Map([...(byVpc.get(vpcId) ?? [])].map(([destination, own]) => [destination, { ...own }])),
      ]),
    ),
  };
}

/** Local VPCs with 50 peerings each to VPCs of another account. */
export function networkOf({
  peerings: count,
  tables: tablesPerVpc,
  cidrs,
  routes,
}: NetworkShape): RegionInventory {
  const peerings: Peering[] = [];
  const vpcs = new Map<string, Vpc>();
  const tables: RouteTable[] = [];
  for (let first = 0; first < count; first += PEERINGS_PER_VPC) {
    const vpcId = id('vpc', first);
    const local: Vpc = {
      vpcId,
      accountId: OWN,
      region: REGION,
      cidrs: [`192.168.${(first / PEERINGS_PER_VPC) % 256}.0/24`],
      tags: {},
    };
    vpcs.set(vpcId, local);
    const toPeers: Route[] = [];
    for (let index = first; index < Math.min(first + PEERINGS_PER_VPC, count); index++) {
      const peeringId = id('pcx', index);
      const remote = Array.from({ length: cidrs }, (_, nth) => block(index * cidrs + nth));
      peerings.push({
        peeringId,
        status: 'active',
        statusMessage: 'Active',
        requester: { accountId: PEER, region: REGION, vpcId: id('vpc', 0x1000000 + index), cidrs: remote },
        accepter: { accountId: OWN, region: REGION, vpcId, cidrs: local.cidrs },
        tags: {},
      });
      for (const destination of remote) {
        toPeers.push({
          destination,
          target: { kind: 'peering', id: peeringId },
          state: 'active',
          origin: 'CreateRoute',
        });
      }
    }
    for (let nth = 0; nth < tablesPerVpc; nth++) {
      tables.push({
        routeTableId: id('rtb', (first / PEERINGS_PER_VPC) * tablesPerVpc + nth),
        vpcId,
        region: REGION,
        tags: { [`${PREFIX}:routes`]: '*' },
        routes: [
          ...local.cidrs.map(
            (destination): Route => ({
              destination,
              target: { kind: 'local', id: 'local' },
              state: 'active',
              origin: 'CreateRouteTable',
            }),
          ),
          // A gateway endpoint, and a list of ours that leads elsewhere.
          ...LISTS.map(
            ({ prefixListId, owner }): Route => ({
              destination: prefixListId,
              target:
                owner === 'aws'
                  ? { kind: 'vpc-endpoint', id: 'vpce-1' }
                  : { kind: 'transit-gateway', id: 'tgw-1' },
              state: 'active',
              origin: 'CreateRoute',
            }),
          ),
          // Copies: what EC2 answers shares nothing either.
          ...(routes === 'written'
            ? toPeers.map((route) => ({ ...route, target: { ...route.target } }))
            : []),
        ],
        associations: [{ main: nth === 0 }],
      });
    }
  }
  return {
    accountId: OWN,
    region: REGION,
    peerings,
    vpcs,
    tables,
    prefixLists: new Map(LISTS.map((list) => [list.prefixListId, list])),
  };
}
