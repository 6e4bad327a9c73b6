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

/** One local VPC among those of a network. */
interface LocalVpc {
  readonly vpc: Vpc;
  /** Its place among the local VPCs. */
  readonly nth: number;
}

function localVpc(nth: number): LocalVpc {
  return {
    nth,
    vpc: {
      vpcId: id('vpc', nth * PEERINGS_PER_VPC),
      accountId: OWN,
      region: REGION,
      cidrs: [`192.168.${nth % 256}.0/24`],
      tags: {},
    },
  };
}

/** The peerings of a local VPC with VPCs of another account. */
function peeringsOf({ vpc, nth }: LocalVpc, { peerings, cidrs }: NetworkShape): Peering[] {
  const first = nth * PEERINGS_PER_VPC;
  const count = Math.min(PEERINGS_PER_VPC, peerings - first);
  return Array.from({ length: count }, (_, step) => {
    const index = first + step;
    return {
      peeringId: id('pcx', index),
      status: 'active',
      statusMessage: 'Active',
      requester: {
        accountId: PEER,
        region: REGION,
        vpcId: id('vpc', 0x1000000 + index),
        cidrs: Array.from({ length: cidrs }, (_, each) => block(index * cidrs + each)),
      },
      accepter: { accountId: OWN, region: REGION, vpcId: vpc.vpcId, cidrs: vpc.cidrs },
      tags: {},
    };
  });
}

/** The desired routes to the other end of a peering, anew each time: what EC2 answers shares nothing either. */
function routesTo({ peeringId, requester }: Peering): Route[] {
  return requester.cidrs.map((destination) => ({
    destination,
    target: { kind: 'peering', id: peeringId },
    state: 'active',
    origin: 'CreateRoute',
  }));
}

function localRoutes({ cidrs }: Vpc): Route[] {
  return cidrs.map((destination) => ({
    destination,
    target: { kind: 'local', id: 'local' },
    state: 'active',
    origin: 'CreateRouteTable',
  }));
}

/** A gateway endpoint, and a list of ours that leads elsewhere. */
function listRoutes(): Route[] {
  return LISTS.map(({ prefixListId, owner }) => ({
    destination: prefixListId,
    target:
      owner === 'aws' ? { kind: 'vpc-endpoint', id: 'vpce-1' } : { kind: 'transit-gateway', id: 'tgw-1' },
    state: 'active',
    origin: 'CreateRoute',
  }));
}

/** The opted-in tables of a local VPC. */
function tablesOf(
  { vpc, nth }: LocalVpc,
  peerings: readonly Peering[],
  { tables, routes }: NetworkShape,
): RouteTable[] {
  return Array.from({ length: tables }, (_, each) => ({
    routeTableId: id('rtb', nth * tables + each),
    vpcId: vpc.vpcId,
    region: REGION,
    tags: { [`${PREFIX}:routes`]: '*' },
    routes: [
      ...localRoutes(vpc),
      ...listRoutes(),
      ...(routes === 'written' ? peerings.flatMap(routesTo) : []),
    ],
    associations: [{ main: each === 0 }],
  }));
}

/** Local VPCs with 50 peerings each to VPCs of another account. */
export function networkOf(shape: NetworkShape): RegionInventory {
  const locals = Array.from({ length: Math.ceil(shape.peerings / PEERINGS_PER_VPC) }, (_, nth) => {
    const local = localVpc(nth);
    const peerings = peeringsOf(local, shape);
    return { vpc: local.vpc, peerings, tables: tablesOf(local, peerings, shape) };
  });
  return {
    accountId: OWN,
    region: REGION,
    peerings: locals.flatMap(({ peerings }) => peerings),
    vpcs: new Map(locals.map(({ vpc }) => [vpc.vpcId, vpc])),
    tables: locals.flatMap(({ tables }) => tables),
    prefixLists: new Map(LISTS.map((list) => [list.prefixListId, list])),
  };
}
