import fc from 'fast-check';
import { type Block, block, blockText, inside, overlap } from './leads.ts';
import {
  cidrsOfVpc,
  destinationOf,
  type Entry,
  type Network,
  type Peering,
  type PrefixList,
  type RegionFiles,
  type Route,
  type RouteTable,
  type Side,
  type Tag,
  type Vpc,
} from './shapes.ts';
import type { PolicyShape, RuleShape } from './wanted.ts';

/**
 * Networks as people leave them. A run draws a small sketch of numbers; the building below is pure, drops what EC2
 * would refuse, and so shrinks to a small network.
 */

const SELF = '444455556666';
const SISTER = '777788889999';
const STRANGER = '121212343434';
const REGIONS = ['us-west-2', 'ap-southeast-2'] as const;
const RULE_NAMES = ['data', 'shared-services', 'vendor-1'] as const;
const TAG_KEY = 'peering-autopilot:routes';

export interface Options {
  /** In how many accounts the answers are collected: 1 or 2. */
  accounts?: 1 | 2;
  regions?: 1 | 2;
  /** Every table opts in with `*`: the most that the product may do. */
  allOptedIn?: boolean;
}

/** A network, and the entries of the prefix lists that nobody was allowed to read. */
export interface Existing {
  network: Network;
  hidden: Record<string, Entry[]>;
}

const HUB = '10.50.0.0/16';
const SMALL_10 = [
  '10.1.0.0/16',
  '10.2.0.0/16',
  '10.3.0.0/16',
  '10.2.64.0/18',
  '10.4.0.0/20',
  '10.4.16.0/24',
  '10.96.0.0/14',
];
const SMALL_100 = ['100.64.0.0/16', '100.65.0.0/16', '100.64.128.0/20'];
const SHAPES = ['exact', 'narrow', 'narrower', 'host', 'sibling', 'wider', 'wide'] as const;
const STATUSES = [
  'active',
  'active',
  'active',
  'active',
  'active',
  'active',
  'active',
  'active',
  'active',
  'provisioning',
  'pending-acceptance',
  'deleted',
  'rejected',
  'expired',
  'failed',
  'vanished',
] as const;
const TARGETS = ['tgw', 'nat', 'igw', 'eni', 'vpce', 'vgw', 'eigw'] as const;
const KINDS = [
  'right',
  'right',
  'right',
  'elsewhere',
  'elsewhere',
  'other',
  'propagated',
  'list-right',
  'list-right',
  'list-elsewhere',
  'aws-list',
  'default',
  'default-right',
] as const;
const TAGS = ['*', 'data', 'shared-services', 'data vendor-1', 'absent', 'unknown-rule', '', '* '] as const;

type Shape = (typeof SHAPES)[number];
type Target = (typeof TARGETS)[number];

interface VpcSketch {
  owner: number;
  region: number;
  primary: number;
  secondary: number;
  ipv6: boolean;
  prod: boolean;
}

interface PeeringSketch {
  one: number;
  other: number;
  status: (typeof STATUSES)[number];
}

interface RouteSketch {
  kind: (typeof KINDS)[number];
  peering: number;
  cidr: number;
  shape: Shape;
  at: number;
  target: Target;
  broken: boolean;
}

interface TableSketch {
  vpc: number;
  attached: 'main' | 'subnet' | 'none' | 'gateway';
  tag: (typeof TAGS)[number];
  routes: RouteSketch[];
}

interface ListSketch {
  region: number;
  ipv6: boolean;
  entries: { cidr: number; shape: Shape; at: number }[];
  spare: number;
  readable: boolean;
  mine: boolean;
}

interface Sketch {
  vpcs: VpcSketch[];
  peerings: PeeringSketch[];
  tables: TableSketch[];
  lists: ListSketch[];
}

/** An id as AWS writes it: 17 hex digits, the same for the same number. */
function awsId(kind: string, index: number): string {
  const mixed = BigInt.asUintN(64, BigInt(index + 1) * 0x9e3779b97f4a7c15n);
  return `${kind}-0${mixed.toString(16).padStart(16, '0')}`;
}

/** The element at an index that runs over the end. */
function pick<Value>(values: readonly Value[], index: number): Value | undefined {
  return values.length === 0 ? undefined : values[index % values.length];
}

/** A block inside another, so many bits longer, the one that a number chooses. */
function part(one: Block, bits: number, at: number): Block {
  const most = one.family === 4 ? 32 : 128;
  const length = Math.min(most, one.length + bits);
  const size = 1n << BigInt(most - length);
  const count = 1n << BigInt(length - one.length);
  const first = one.first + (BigInt(at) % count) * size;
  return { family: one.family, first, last: first + size - 1n, length };
}

/** The block around another, so many bits shorter. */
function around(one: Block, bits: number): Block {
  const length = Math.max(1, one.length - bits);
  const size = 1n << BigInt((one.family === 4 ? 32 : 128) - length);
  const first = one.first - (one.first % size);
  return { family: one.family, first, last: first + size - 1n, length };
}

/** The destination that a person would have typed for a CIDR. */
function shaped(cidr: string, shape: Shape, at: number): string {
  const one = block(cidr);
  const bits = { exact: 0, narrow: 1, narrower: 8, host: 128, sibling: 4, wider: 2, wide: 8 }[shape];
  return blockText(shape === 'wider' || shape === 'wide' ? around(one, bits) : part(one, bits, at));
}

/** Whether two lists of CIDRs share an address. */
function clash(ones: readonly string[], others: readonly string[]): boolean {
  return ones.some((one) => others.some((other) => overlap(block(one), block(other))));
}

/** The CIDRs of a VPC: a second one only where EC2 would take it beside the first. */
function vpcCidrs(sketch: VpcSketch, index: number): { ipv4: string[]; ipv6: string[] } {
  // The first VPC overlaps with none, so that its peers can overlap with each other.
  const primary = index === 0 ? HUB : (pick([...SMALL_10, ...SMALL_100], sketch.primary) ?? HUB);
  const pool = primary.startsWith('100.') ? SMALL_100 : [...SMALL_100, ...SMALL_10];
  const secondary = index === 0 || sketch.secondary === 0 ? undefined : pick(pool, sketch.secondary);
  const ipv4 = secondary === undefined || clash([primary], [secondary]) ? [primary] : [primary, secondary];
  return { ipv4, ipv6: sketch.ipv6 ? [`2600:1f18:4a${index.toString(16)}:1100::/56`] : [] };
}

interface Built {
  vpc: Vpc;
  region: string;
}

/** The account of a sketch's owner; the first VPC is always this account's. */
function ownerOf(sketch: VpcSketch, index: number): string {
  if (index === 0) return SELF;
  return pick([SELF, SELF, SISTER, STRANGER], sketch.owner) ?? SELF;
}

/** A VPC as describe-vpcs answers. */
function buildVpc(sketch: VpcSketch, index: number, regions: number): Built {
  const { ipv4, ipv6 } = vpcCidrs(sketch, index);
  const vpc: Vpc = {
    VpcId: awsId('vpc', index),
    OwnerId: ownerOf(sketch, index),
    CidrBlock: ipv4[0] ?? '10.1.0.0/16',
    State: 'available',
    IsDefault: false,
    CidrBlockAssociationSet: ipv4.map((CidrBlock, at) => ({
      AssociationId: awsId('vpc-cidr-assoc', index * 10 + at),
      CidrBlock,
      CidrBlockState: { State: 'associated' },
    })),
    Ipv6CidrBlockAssociationSet: ipv6.map((Ipv6CidrBlock, at) => ({
      AssociationId: awsId('vpc-cidr-assoc', index * 10 + 5 + at),
      Ipv6CidrBlock,
      Ipv6CidrBlockState: { State: 'associated' },
    })),
    Tags: [{ Key: 'Environment', Value: sketch.prod ? 'prod' : 'dev' }],
  };
  return { vpc, region: REGIONS[index === 0 ? 0 : sketch.region % regions] ?? REGIONS[0] };
}

/** One side of a peering, with or without its CIDRs. */
function side({ vpc, region }: Built, shown: boolean): Side {
  const named = { VpcId: vpc.VpcId, OwnerId: vpc.OwnerId, Region: region };
  if (!shown) return named;
  const cidrs = cidrsOfVpc(vpc);
  const ipv6 = cidrs.filter((cidr) => cidr.includes(':'));
  return {
    ...named,
    CidrBlock: vpc.CidrBlock,
    CidrBlockSet: cidrs.filter((cidr) => !cidr.includes(':')).map((CidrBlock) => ({ CidrBlock })),
    ...(ipv6.length > 0 ? { Ipv6CidrBlockSet: ipv6.map((Ipv6CidrBlock) => ({ Ipv6CidrBlock })) } : {}),
  };
}

const MESSAGES: Record<string, string> = {
  active: 'Active',
  provisioning: 'Provisioning',
  'pending-acceptance': `Pending Acceptance by ${SELF}`,
  deleted: `Deleted by ${STRANGER}`,
  rejected: `Rejected by ${STRANGER}`,
  expired: 'Expired',
  failed: 'Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range',
};

/** A peering that was, or still is; a vanished one is known by its id alone. */
interface Bond {
  id: string;
  one: Built;
  other: Built;
  status: string;
}

/** A peering as describe-vpc-peering-connections answers: each side's CIDRs as long as AWS shows them. */
function described({ id, one, other, status }: Bond): Peering {
  const both = status === 'active' || status === 'provisioning';
  return {
    VpcPeeringConnectionId: id,
    RequesterVpcInfo: side(one, both || status === 'pending-acceptance' || status === 'failed'),
    AccepterVpcInfo: side(other, both),
    Status: { Code: status, Message: MESSAGES[status] ?? status },
    ...(status === 'pending-acceptance' ? { ExpirationTime: '2026-12-06T08:00:00.000Z' } : {}),
    Tags: [],
  };
}

/** What became of a request: of overlapping VPCs AWS makes it fail, and a pair has one peering at a time. */
function statusOf(sketch: PeeringSketch, one: Built, other: Built, bonds: readonly Bond[]): string {
  if (clash(cidrsOfVpc(one.vpc), cidrsOfVpc(other.vpc))) return 'failed';
  const open = ['active', 'provisioning', 'pending-acceptance'];
  const taken = bonds.some(
    (bond) =>
      open.includes(bond.status) && [bond.one, bond.other].every((end) => end === one || end === other),
  );
  return taken && open.includes(sketch.status) ? 'deleted' : sketch.status;
}

/** The peerings between the VPCs; at least one end belongs to an account whose answers are there. */
function buildBonds(sketches: readonly PeeringSketch[], vpcs: readonly Built[], seen: readonly string[]) {
  const bonds: Bond[] = [];
  sketches.forEach((sketch, index) => {
    const [one, other] = [pick(vpcs, sketch.one), pick(vpcs, sketch.other)];
    if (one === undefined || other === undefined || one === other) return;
    if (![one, other].some(({ vpc }) => seen.includes(vpc.OwnerId))) return;
    bonds.push({ id: awsId('pcx', index), one, other, status: statusOf(sketch, one, other, bonds) });
  });
  return bonds;
}

/** A customer's prefix list with its entries: parts of CIDRs that are in use. */
interface BuiltList {
  list: PrefixList;
  entries: Entry[];
  region: string;
  readable: boolean;
}

/** A prefix list as it was made by hand. */
function buildList(sketch: ListSketch, index: number, vpcs: readonly Built[], regions: number): BuiltList {
  const pool = vpcs
    .flatMap(({ vpc }) => cidrsOfVpc(vpc))
    .filter((cidr) => cidr.includes(':') === sketch.ipv6);
  const cidrs = sketch.entries.map(({ cidr, shape, at }) =>
    shaped(pick(pool, cidr) ?? (sketch.ipv6 ? '2600:1f18:99:1100::/56' : '10.50.0.0/16'), shape, at),
  );
  const entries = [...new Set(cidrs)].map((Cidr, at) => ({ Cidr, Description: `entry ${at}` }));
  const list = {
    PrefixListId: awsId('pl', index),
    PrefixListName: `team-${index}`,
    AddressFamily: sketch.ipv6 ? 'IPv6' : 'IPv4',
    State: 'create-complete',
    MaxEntries: entries.length + sketch.spare,
    OwnerId: sketch.mine ? SELF : STRANGER,
  };
  return { list, entries, region: REGIONS[sketch.region % regions] ?? REGIONS[0], readable: sketch.readable };
}

/** Amazon's own list for S3, which every Region has. */
function awsList(region: string): BuiltList {
  const list = {
    PrefixListId: region === REGIONS[0] ? 'pl-68a54001' : 'pl-6ca54005',
    PrefixListName: `com.amazonaws.${region}.s3`,
    AddressFamily: 'IPv4',
    State: 'create-complete',
    OwnerId: 'AWS',
  };
  const cidrs =
    region === REGIONS[0] ? ['52.92.128.0/17', '3.5.76.0/22'] : ['52.95.128.0/21', '3.5.164.0/22'];
  const entries = cidrs.map((Cidr) => ({ Cidr, Description: '' }));
  return { list, entries, region, readable: true };
}

/** The part of a route that names a target other than a peering. */
function elsewhere(target: Target, index: number): Partial<Route> {
  switch (target) {
    case 'tgw':
      return { TransitGatewayId: awsId('tgw', index % 2) };
    case 'nat':
      return { NatGatewayId: awsId('nat', index) };
    case 'eni':
      return { NetworkInterfaceId: awsId('eni', index) };
    case 'eigw':
      return { EgressOnlyInternetGatewayId: awsId('eigw', index) };
    default:
      return { GatewayId: awsId(target, index) };
  }
}

/** Which targets a family of addresses can have. */
function allowedTarget(target: Target, family: 4 | 6): Target {
  if (family === 4) return target === 'eigw' ? 'igw' : target;
  return target === 'nat' ? 'eigw' : target;
}

/** A table that is being filled, with what its routes can be made of. */
interface Draft {
  home: Built;
  gateway: boolean;
  bonds: readonly Bond[];
  lists: readonly BuiltList[];
  routes: Route[];
  locals: Block[];
}

/** The destination of a route in the field that its family has. */
function at(destination: string): Partial<Route> {
  return destination.includes(':')
    ? { DestinationIpv6CidrBlock: destination }
    : { DestinationCidrBlock: destination };
}

/** The state that EC2 shows for a route to a peering. */
function peeringRoute(bond: Bond): Partial<Route> & { State: string } {
  return { State: bond.status === 'active' ? 'active' : 'blackhole', VpcPeeringConnectionId: bond.id };
}

/** The VPC at the other end of a bond. */
function farEnd({ one, other }: Bond, home: Built): Built {
  return one === home ? other : one;
}

/** Adds a route if EC2 would: nothing at or inside the VPC's own CIDRs, one static route for each destination. */
function add(draft: Draft, route: Route): void {
  const destination = destinationOf(route);
  if (destination !== undefined && draft.locals.some((local) => inside(block(destination), local))) return;
  const twin = draft.routes.some(
    (other) =>
      destinationOf(other) === destination &&
      other.DestinationPrefixListId === route.DestinationPrefixListId &&
      (other.Origin === 'EnableVgwRoutePropagation') === (route.Origin === 'EnableVgwRoutePropagation'),
  );
  if (!twin) draft.routes.push(route);
}

/** Whether a list can be used in a table: no entry in the VPC's own CIDRs, none that two lists share. */
function usable(draft: Draft, { entries, list }: BuiltList): boolean {
  const used = draft.routes.map((route) => route.DestinationPrefixListId);
  const others = draft.lists
    .filter((other) => other.list !== list && used.includes(other.list.PrefixListId))
    .flatMap((other) => other.entries.map(({ Cidr }) => Cidr));
  return entries.every(
    ({ Cidr }) => !others.includes(Cidr) && !draft.locals.some((local) => inside(block(Cidr), local)),
  );
}

/** Adds the route of a prefix list to the peering or to elsewhere. */
function addList(draft: Draft, sketch: RouteSketch, bond: Bond | undefined, index: number): void {
  const mine = draft.lists.filter(
    ({ region, list }) => region === draft.home.region && list.OwnerId !== 'AWS',
  );
  const chosen = pick(mine, sketch.at);
  if (chosen === undefined || !usable(draft, chosen)) return;
  const family = chosen.list.AddressFamily === 'IPv6' ? 6 : 4;
  const target =
    sketch.kind === 'list-right' && bond !== undefined
      ? peeringRoute(bond)
      : { State: 'active', ...elsewhere(allowedTarget(sketch.target, family), index) };
  add(draft, { Origin: 'CreateRoute', DestinationPrefixListId: chosen.list.PrefixListId, ...target });
}

/** Adds the route of a gateway endpoint. */
function addAwsList(draft: Draft, index: number): void {
  const { list } = awsList(draft.home.region);
  add(draft, {
    State: 'active',
    Origin: 'CreateRoute',
    DestinationPrefixListId: list.PrefixListId,
    GatewayId: awsId('vpce', index),
  });
}

/** Adds the default route of a family: to the peering, where somebody made it so. */
function addDefault(draft: Draft, sketch: RouteSketch, bond: Bond | undefined, index: number): void {
  const family = sketch.at % 3 === 0 ? 6 : 4;
  const target =
    sketch.kind === 'default-right' && bond !== undefined
      ? peeringRoute(bond)
      : { State: 'active', ...elsewhere(allowedTarget(sketch.target, family), index) };
  add(draft, { Origin: 'CreateRoute', ...at(family === 6 ? '::/0' : '0.0.0.0/0'), ...target });
}

/** Adds a route at a block that has to do with a peering's CIDRs. */
function addNear(draft: Draft, sketch: RouteSketch, bond: Bond, index: number): void {
  const cidr = pick(cidrsOfVpc(farEnd(bond, draft.home).vpc), sketch.cidr);
  if (cidr === undefined) return;
  const destination = at(shaped(cidr, sketch.shape, sketch.at));
  const family = cidr.includes(':') ? 6 : 4;
  if (sketch.kind === 'right') {
    add(draft, { Origin: 'CreateRoute', ...destination, ...peeringRoute(bond) });
  } else if (sketch.kind === 'other') {
    const another = pick(draft.bonds, sketch.peering + 1) ?? bond;
    add(draft, { Origin: 'CreateRoute', ...destination, ...peeringRoute(another) });
  } else if (sketch.kind === 'propagated') {
    const vgw = { GatewayId: awsId('vgw', Number.parseInt(draft.home.vpc.VpcId.slice(-4), 16)) };
    add(draft, { State: 'active', Origin: 'EnableVgwRoutePropagation', ...destination, ...vgw });
  } else {
    const State = sketch.broken ? 'blackhole' : 'active';
    const target = elsewhere(allowedTarget(sketch.target, family), index);
    add(draft, { State, Origin: 'CreateRoute', ...destination, ...target });
  }
}

/** Adds what a sketch says; a table of a gateway holds its local routes only. */
function addRoute(draft: Draft, sketch: RouteSketch, index: number): void {
  const bond = pick(draft.bonds, sketch.peering);
  if (draft.gateway) return;
  if (sketch.kind === 'default' || sketch.kind === 'default-right') addDefault(draft, sketch, bond, index);
  else if (sketch.kind === 'aws-list') addAwsList(draft, index);
  else if (sketch.kind === 'list-right' || sketch.kind === 'list-elsewhere') {
    addList(draft, sketch, bond, index);
  } else if (bond !== undefined) addNear(draft, sketch, bond, index);
}

/** How a table is attached: a VPC has one main table, and a gateway's table is no main one. */
function associations(sketch: TableSketch, id: string, index: number, main: boolean) {
  const common = {
    RouteTableAssociationId: awsId('rtbassoc', index),
    RouteTableId: id,
    AssociationState: { State: 'associated' },
  };
  if (main) return [{ ...common, Main: true }];
  if (sketch.attached === 'gateway') return [{ ...common, Main: false, GatewayId: awsId('igw', index) }];
  return sketch.attached === 'subnet' ? [{ ...common, Main: false, SubnetId: awsId('subnet', index) }] : [];
}

/** The tags of a table. */
function tableTags(sketch: TableSketch, allOptedIn: boolean): Tag[] {
  const name = { Key: 'Name', Value: `table ${sketch.vpc}` };
  if (allOptedIn) return [name, { Key: TAG_KEY, Value: '*' }];
  return sketch.tag === 'absent' ? [name] : [name, { Key: TAG_KEY, Value: sketch.tag }];
}

interface World {
  vpcs: readonly Built[];
  bonds: readonly Bond[];
  lists: readonly BuiltList[];
  allOptedIn: boolean;
}

/** A table as describe-route-tables answers. */
function buildTable(
  sketch: TableSketch,
  index: number,
  home: Built,
  main: boolean,
  world: World,
): RouteTable {
  const id = awsId('rtb', index);
  const cidrs = cidrsOfVpc(home.vpc);
  const draft: Draft = {
    home,
    gateway: !main && sketch.attached === 'gateway',
    bonds: world.bonds.filter(({ one, other }) => one === home || other === home),
    lists: world.lists,
    routes: cidrs.map((cidr) => ({
      State: 'active',
      Origin: 'CreateRouteTable',
      ...at(cidr),
      GatewayId: 'local',
    })),
    locals: cidrs.map(block),
  };
  sketch.routes.forEach((route, nth) => {
    addRoute(draft, route, index * 20 + nth);
  });
  const vgws = draft.routes.filter(({ Origin }) => Origin === 'EnableVgwRoutePropagation');
  return {
    RouteTableId: id,
    VpcId: home.vpc.VpcId,
    OwnerId: home.vpc.OwnerId,
    Routes: draft.routes,
    Associations: associations(sketch, id, index, main),
    PropagatingVgws: [...new Set(vgws.map(({ GatewayId = '' }) => GatewayId))].map((GatewayId) => ({
      GatewayId,
    })),
    Tags: tableTags(sketch, world.allOptedIn),
  };
}

/** The tables of the VPCs whose owner's answers are there; the first of a VPC is its main one. */
function buildTables(sketches: readonly TableSketch[], homes: readonly Built[], world: World) {
  const done = new Set<Built>();
  return sketches.flatMap((sketch, index) => {
    const home = pick(homes, sketch.vpc);
    if (home === undefined) return [];
    const main = !done.has(home);
    done.add(home);
    return [{ home, table: buildTable(sketch, index, home, main, world) }];
  });
}

/** The answers of one account in one Region. */
function filesOf(
  account: string,
  region: string,
  world: World,
  tables: readonly { home: Built; table: RouteTable }[],
): RegionFiles {
  const here = ({ vpc, region: there }: Built) => vpc.OwnerId === account && there === region;
  const lists = [...world.lists, awsList(region)].filter((one) => one.region === region && one.readable);
  return {
    Vpcs: world.vpcs.filter(here).map(({ vpc }) => vpc),
    VpcPeeringConnections: world.bonds
      .filter(({ one, other, status }) => status !== 'vanished' && (here(one) || here(other)))
      .map(described),
    RouteTables: tables.filter(({ home }) => here(home)).map(({ table }) => table),
    ManagedPrefixLists: lists.map(({ list }) => list),
    PrefixListEntries: Object.fromEntries(lists.map(({ list, entries }) => [list.PrefixListId, entries])),
  };
}

/** The network that a sketch means. */
function build(sketch: Sketch, { accounts = 1, regions = 1, allOptedIn = false }: Options): Existing {
  const seen = accounts === 2 ? [SELF, SISTER] : [SELF];
  const vpcs = sketch.vpcs.map((one, index) => buildVpc(one, index, regions));
  const lists = sketch.lists.map((one, index) => buildList(one, index, vpcs, regions));
  const world: World = { vpcs, bonds: buildBonds(sketch.peerings, vpcs, seen), lists, allOptedIn };
  const homes = vpcs.filter(({ vpc }) => seen.includes(vpc.OwnerId));
  const tables = buildTables(sketch.tables, homes, world);
  const network: Network = {};
  for (const account of seen) {
    network[account] = Object.fromEntries(
      REGIONS.slice(0, regions).map((region) => [region, filesOf(account, region, world, tables)]),
    );
  }
  const hidden = lists.filter(({ readable }) => !readable);
  return {
    network: structuredClone(network),
    hidden: Object.fromEntries(hidden.map(({ list, entries }) => [list.PrefixListId, entries])),
  };
}

const vpcSketch: fc.Arbitrary<VpcSketch> = fc.record({
  owner: fc.nat(3),
  region: fc.nat(1),
  primary: fc.nat(SMALL_10.length + SMALL_100.length - 1),
  secondary: fc.nat(8),
  ipv6: fc.boolean(),
  prod: fc.boolean(),
});

const routeSketch: fc.Arbitrary<RouteSketch> = fc.record({
  kind: fc.constantFrom(...KINDS),
  peering: fc.nat(7),
  cidr: fc.nat(2),
  shape: fc.constantFrom(...SHAPES),
  at: fc.nat(255),
  target: fc.constantFrom(...TARGETS),
  broken: fc.nat(7).map((value) => value === 7),
});

const tableSketch: fc.Arbitrary<TableSketch> = fc.record({
  vpc: fc.constantFrom(0, 0, 0, 1, 2, 3),
  attached: fc.constantFrom('subnet', 'subnet', 'main', 'none', 'gateway'),
  tag: fc.constantFrom(...TAGS),
  routes: fc.array(routeSketch, { maxLength: 10 }),
});

const listSketch: fc.Arbitrary<ListSketch> = fc.record({
  region: fc.nat(1),
  ipv6: fc.nat(3).map((value) => value === 3),
  entries: fc.array(fc.record({ cidr: fc.nat(9), shape: fc.constantFrom(...SHAPES), at: fc.nat(255) }), {
    minLength: 1,
    maxLength: 4,
  }),
  spare: fc.constantFrom(0, 5, 40),
  readable: fc.nat(3).map((value) => value !== 3),
  mine: fc.boolean(),
});

const sketch: fc.Arbitrary<Sketch> = fc.record({
  vpcs: fc.array(vpcSketch, { minLength: 2, maxLength: 6 }),
  peerings: fc.array(
    fc.record({
      one: fc.constantFrom(0, 0, 0, 1, 2, 3),
      other: fc.nat(5),
      status: fc.constantFrom(...STATUSES),
    }),
    {
      minLength: 1,
      maxLength: 8,
    },
  ),
  tables: fc.array(tableSketch, { minLength: 1, maxLength: 5 }),
  lists: fc.array(listSketch, { maxLength: 3 }),
});

/** Networks that were there before the product. */
export function existingNetworks(options: Options = {}): fc.Arbitrary<Existing> {
  return sketch.map((one) => build(one, options));
}

/** Networks of every size: one or two accounts, one or two Regions, opted in by chance or wholly. */
export function anyExistingNetwork(): fc.Arbitrary<Existing> {
  return fc
    .record({
      sketch,
      options: fc.record({
        accounts: fc.constantFrom<1 | 2>(1, 2),
        regions: fc.constantFrom<1 | 2>(1, 2),
        allOptedIn: fc.boolean(),
      }),
    })
    .map((one) => build(one.sketch, one.options));
}

/**
 * Some of the routes to peerings, as if the registry held them: product and people wrote side by side. The product routes to no
 * request, and no peering becomes one again.
 */
export function ownAmong(network: Network) {
  const places = Object.values(network).flatMap((regions) => Object.values(regions));
  const requests = new Set(
    places
      .flatMap(({ VpcPeeringConnections }) => VpcPeeringConnections)
      .filter(({ Status }) => ['initiating-request', 'pending-acceptance'].includes(Status.Code))
      .map(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId),
  );
  const all = places
    .flatMap(({ RouteTables }) => RouteTables)
    .flatMap(({ RouteTableId, Routes }) =>
      Routes.flatMap((route) => {
        const destination = destinationOf(route);
        const peeringId = route.VpcPeeringConnectionId;
        if (destination === undefined || peeringId === undefined || requests.has(peeringId)) return [];
        return [{ routeTableId: RouteTableId, destination, peeringId }];
      }),
    );
  return fc.subarray(all);
}

const blocks4 = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '10.2.0.0/16',
  '10.2.64.0/18',
  '10.3.128.0/17',
  '10.96.0.0/14',
];
const blocks6 = ['2600:1f18::/32', '2600:1f18:4a1:1100::/57', '2600:1f18:4a2:1100::/56'];
const someBlocks = fc.uniqueArray(fc.constantFrom(...blocks4, ...blocks6), { minLength: 1, maxLength: 4 });

/** An object without the keys that were not drawn: a policy file would not hold them either. */
function given<Value extends object>(model: { [Key in keyof Value]: fc.Arbitrary<Value[Key]> }) {
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<Value>>;
}

const accounts = fc.uniqueArray(fc.constantFrom('self', SISTER, STRANGER), { minLength: 1, maxLength: 3 });

const ruleShape = fc
  .record({
    effect: fc.constantFrom<RuleShape['effect']>('accept', 'accept', 'accept', 'accept', 'hold', 'reject'),
    accounts: fc.oneof({ weight: 2, arbitrary: accounts }, { weight: 1, arbitrary: fc.constant(['*']) }),
    remote: given<{ cidrs: string[]; regions: string[] }>({
      cidrs: fc.constant(['10.0.0.0/8', '100.64.0.0/10', '2600:1f18::/32']),
      regions: fc.constantFrom(['us-*'], ['*']),
    }),
    local: given<{ tags: Record<string, string>; regions: string[] }>({
      tags: fc.constantFrom({ Environment: 'prod' }, { Environment: '*' }),
      regions: fc.constantFrom(['ap-*'], ['us-west-2', 'ap-southeast-2']),
    }),
    routes: given<{ destinations: 'all' | string[]; exclude: string[] }>({
      destinations: fc.oneof(fc.constant<'all'>('all'), someBlocks),
      exclude: someBlocks,
    }),
    extra: given<{ direction: 'inbound' | 'outbound' | 'any' }>({
      direction: fc.constantFrom('inbound', 'outbound', 'any'),
    }),
  })
  .map(({ effect, accounts: from, remote, local, routes, extra }) => ({
    effect,
    ...extra,
    remote: { accounts: from, ...remote },
    ...(Object.keys(local).length > 0 ? { local } : {}),
    ...(Object.keys(routes).length > 0 ? { routes } : {}),
  }));

/** Policies as people write them for such networks; plain objects that YAML can hold. */
export function policies(): fc.Arbitrary<PolicyShape> {
  return fc
    .record({
      rules: fc.array(ruleShape, { minLength: 1, maxLength: RULE_NAMES.length }),
      drift: given<{ repair: boolean; onUntag: 'keep' | 'remove' }>({
        repair: fc.constant(true),
        onUntag: fc.constantFrom('keep', 'remove'),
      }),
      guardrails: given<{ widerRoutes: 'hold' | 'allow'; maxRemotePrefix: { ipv4: number } }>({
        widerRoutes: fc.constantFrom('hold', 'allow'),
        maxRemotePrefix: fc.constantFrom({ ipv4: 8 }, { ipv4: 15 }),
      }),
    })
    .map(({ rules, drift, guardrails }) => ({
      version: 1,
      regions: [...REGIONS],
      drift,
      guardrails,
      rules: rules.map((rule, index) => ({
        name: RULE_NAMES[index] ?? `rule-${index}`,
        ...rule,
      })) as RuleShape[],
    }));
}

/** The policy that asks for the most: everybody's peerings, everywhere, all of their CIDRs. */
export const ACCEPT_ALL: PolicyShape = {
  version: 1,
  regions: [...REGIONS],
  rules: [{ name: 'data', effect: 'accept', remote: { accounts: ['*'] } }],
};
