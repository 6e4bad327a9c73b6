import ipaddr from 'ipaddr.js';
import {
  cidrsOf,
  destinationOf,
  type Lists,
  type Peering,
  type Route,
  type RouteTable,
  type Side,
} from './shapes.ts';

/**
 * Where EC2 sends a packet, written from AWS's rules alone so that the product can be compared with it:
 * the longest prefix wins whatever the route's origin; between equal destinations a static CIDR beats a prefix
 * list's entry and that beats a propagated route; no propagated route takes an address from the local route; a
 * blackhole that wins drops.
 */

export type Family = 4 | 6;

/** A block of addresses that a CIDR names, ends included. */
export interface Block {
  family: Family;
  first: bigint;
  last: bigint;
  length: number;
}

export interface Address {
  family: Family;
  value: bigint;
}

/** Addresses in a row that no route and no CIDR tells apart, ends included. */
export interface Interval {
  family: Family;
  first: bigint;
  last: bigint;
}

/**
 * What becomes of an address. `undecided`: two prefix lists hold the same entry with different targets, where EC2
 * picks one at random.
 */
export interface Lead {
  kind: 'local' | 'peering' | 'elsewhere' | 'dropped' | 'nowhere' | 'undecided';
  peeringId?: string;
  route?: Route;
  /** The block by which the route won. */
  via?: Block;
}

/** Addresses of the VPC at the other end of a live peering that a table leads to it. */
export interface WorkingPath extends Interval {
  peeringId: string;
}

export interface PathDifferences {
  lost: WorkingPath[];
  moved: (WorkingPath & { to: string })[];
  gained: WorkingPath[];
}

const BITS: Record<Family, number> = { 4: 32, 6: 128 };

/** The number that an address is. */
function number(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Reads an address. */
export function address(text: string): Address {
  const parsed = ipaddr.parse(text);
  return { family: parsed.kind() === 'ipv4' ? 4 : 6, value: number(parsed.toByteArray()) };
}

/** Blocks that were read before: the same few CIDRs are asked for at every step. */
const read = new Map<string, Block>();

/** Reads a CIDR; host bits are cleared, as EC2 does. */
export function block(cidr: string): Block {
  const known = read.get(cidr) ?? parsedBlock(cidr);
  read.set(cidr, known);
  return known;
}

/** Reads a CIDR that was not read before. */
function parsedBlock(cidr: string): Block {
  const [parsed, length] = ipaddr.parseCIDR(cidr);
  const family = parsed.kind() === 'ipv4' ? 4 : 6;
  const size = 1n << BigInt(BITS[family] - length);
  const value = number(parsed.toByteArray());
  const first = value - (value % size);
  return { family, first, last: first + size - 1n, length };
}

/** An address as people write it. */
function addressText({ family, value }: Address): string {
  const bytes = Array.from({ length: BITS[family] / 8 }, (_, index) =>
    Number((value >> BigInt(BITS[family] - 8 * (index + 1))) & 255n),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

/** A block as people write it. */
export function blockText({ family, first, length }: Block): string {
  return `${addressText({ family, value: first })}/${length}`;
}

/** An interval as people write it. */
export function intervalText({ family, first, last }: Interval): string {
  return `${addressText({ family, value: first })} to ${addressText({ family, value: last })}`;
}

/** Whether the first lies wholly in the second. */
export function inside(inner: Interval, outer: Interval): boolean {
  return inner.family === outer.family && inner.first >= outer.first && inner.last <= outer.last;
}

/** Whether two share an address. */
export function overlap(one: Interval, other: Interval): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

/** Whether both are the same addresses. */
export function same(one: Interval, other: Interval): boolean {
  return inside(one, other) && inside(other, one);
}

/** The blocks that a route covers: one, or those of its prefix list; none where that cannot be read. */
function blocksOf(route: Route, lists: Lists): Block[] {
  const destination = destinationOf(route);
  if (destination !== undefined) return [block(destination)];
  return (lists[route.DestinationPrefixListId ?? ''] ?? []).map((entry) => block(entry.Cidr));
}

/** Whether the route came from a virtual private gateway by itself. */
function isPropagated(route: Route): boolean {
  return route.Origin === 'EnableVgwRoutePropagation';
}

/** Which route wins between equal destinations: the lower number. */
function rank(route: Route): number {
  if (isPropagated(route)) return 2;
  return route.DestinationPrefixListId === undefined ? 0 : 1;
}

/** What a route points at, whatever its kind. */
export function targetOf(route: Route): string {
  return (
    route.VpcPeeringConnectionId ??
    route.TransitGatewayId ??
    route.NatGatewayId ??
    route.NetworkInterfaceId ??
    route.EgressOnlyInternetGatewayId ??
    route.GatewayId ??
    'nothing'
  );
}

interface Candidate {
  route: Route;
  via: Block;
}

/** Every (route, block) of a table that holds the address. */
function candidates(routes: readonly Route[], at: Address, lists: Lists): Candidate[] {
  const point = { family: at.family, first: at.value, last: at.value };
  const all = routes
    .filter((route) => route.State !== 'filtered')
    .flatMap((route) => blocksOf(route, lists).map((via) => ({ route, via })))
    .filter(({ via }) => inside(point, via));
  const local = all.some(({ route }) => route.GatewayId === 'local');
  return local ? all.filter(({ route }) => !isPropagated(route)) : all;
}

/** The best of the candidates, and those as good as it. */
function winners(found: readonly Candidate[]): Candidate[] {
  const order = (one: Candidate, other: Candidate) =>
    other.via.length - one.via.length || rank(one.route) - rank(other.route);
  const sorted = found.toSorted(order);
  return sorted.filter((candidate) => sorted[0] !== undefined && order(sorted[0], candidate) === 0);
}

/** Where a table leads an address. */
export function leads(table: Pick<RouteTable, 'Routes'>, at: Address, lists: Lists = {}): Lead {
  const best = winners(candidates(table.Routes, at, lists));
  const [winner] = best;
  if (winner === undefined) return { kind: 'nowhere' };
  const { route, via } = winner;
  if (new Set(best.map((one) => targetOf(one.route))).size > 1) return { kind: 'undecided', route, via };
  if (route.State === 'blackhole') return { kind: 'dropped', route, via };
  if (route.VpcPeeringConnectionId !== undefined) {
    return { kind: 'peering', peeringId: route.VpcPeeringConnectionId, route, via };
  }
  return { kind: route.GatewayId === 'local' ? 'local' : 'elsewhere', route, via };
}

/** Cuts the addresses of all blocks at every end of every block: nothing tells the addresses of a piece apart. */
export function elementaryIntervals(blocks: readonly Interval[]): Interval[] {
  const pieces: Interval[] = [];
  for (const family of [4, 6] as const) {
    const mine = blocks.filter((one) => one.family === family);
    const ends = [...new Set(mine.flatMap(({ first, last }) => [first, last + 1n]))];
    ends.sort((one, other) => (one < other ? -1 : 1));
    ends.forEach((first, index) => {
      const next = ends[index + 1];
      if (next === undefined) return;
      const piece = { family, first, last: next - 1n };
      if (mine.some((one) => inside(piece, one))) pieces.push(piece);
    });
  }
  return pieces;
}

/** The side at the other end of a peering seen from a VPC; undefined if the VPC is none of the two. */
export function farSide(peering: Peering, vpcId: string): Side | undefined {
  if (peering.RequesterVpcInfo.VpcId === vpcId) return peering.AccepterVpcInfo;
  if (peering.AccepterVpcInfo.VpcId === vpcId) return peering.RequesterVpcInfo;
  return undefined;
}

/** The blocks of the VPC at the other end. */
export function farBlocks(peering: Peering, vpcId: string): Block[] {
  const side = farSide(peering, vpcId);
  return side === undefined ? [] : cidrsOf(side).map(block);
}

/** Whether packets pass through the peering. */
export function isLive(peering: Peering | undefined): boolean {
  return peering?.Status.Code === 'active';
}

/** Joins neighbours that lead to the same peering, so that two lists can be read side by side. */
function joined(paths: readonly WorkingPath[]): WorkingPath[] {
  const result: WorkingPath[] = [];
  for (const path of paths) {
    const last = result.at(-1);
    const continues =
      last !== undefined &&
      last.family === path.family &&
      last.peeringId === path.peeringId &&
      last.last + 1n === path.first;
    if (continues) last.last = path.last;
    else result.push({ ...path });
  }
  return result;
}

/** One representative interval for everything that a table's routes and its peers' CIDRs tell apart. */
export function representatives(table: RouteTable, peerings: readonly Peering[], lists: Lists): Interval[] {
  return elementaryIntervals([
    ...table.Routes.flatMap((route) => blocksOf(route, lists)),
    ...peerings.flatMap((peering) => farBlocks(peering, table.VpcId)),
  ]);
}

/** The working paths of a table. */
export function workingPaths(
  table: RouteTable,
  peerings: readonly Peering[],
  lists: Lists = {},
): WorkingPath[] {
  const far = new Map(
    peerings
      .filter(isLive)
      .map((peering) => [peering.VpcPeeringConnectionId, farBlocks(peering, table.VpcId)]),
  );
  const paths = representatives(table, peerings, lists).flatMap((piece) => {
    const { peeringId } = leads(table, { family: piece.family, value: piece.first }, lists);
    const arrives = (far.get(peeringId ?? '') ?? []).some((one) => inside(piece, one));
    return peeringId !== undefined && arrives ? [{ ...piece, peeringId }] : [];
  });
  return joined(paths);
}

/** The peering that a list of paths names for a piece. */
function peeringFor(piece: Interval, paths: readonly WorkingPath[]): string | undefined {
  return paths.find((path) => inside(piece, path))?.peeringId;
}

/** What became of the working paths of one table. */
export function pathDifferences(
  before: readonly WorkingPath[],
  after: readonly WorkingPath[],
): PathDifferences {
  const lost: WorkingPath[] = [];
  const moved: (WorkingPath & { to: string })[] = [];
  const gained: WorkingPath[] = [];
  for (const piece of elementaryIntervals([...before, ...after])) {
    const was = peeringFor(piece, before);
    const is = peeringFor(piece, after);
    if (was === is) continue;
    if (was !== undefined && is === undefined) lost.push({ ...piece, peeringId: was });
    if (was !== undefined && is !== undefined) moved.push({ ...piece, peeringId: was, to: is });
    if (was === undefined && is !== undefined) gained.push({ ...piece, peeringId: is });
  }
  return { lost, moved, gained };
}
