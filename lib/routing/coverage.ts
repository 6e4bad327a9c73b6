import type { PrefixList } from '../model/prefix-list.ts';
import type { RouteTable } from '../model/route-table.ts';
import { type AddressFamily, type Cidr, contains, sizeOf } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { widest } from '../network/sorted-blocks.ts';
import { blocksLed, type Leads, leadsOf, leadsToPeering, mayLeadToPeering, partsOf } from './leads.ts';
import { unreadListRoutes } from './list-blocks.ts';

/** How much of the other VPC's range is led to a peering: what is there, not what the policy wants. */

/** Of one address family. */
export interface Share {
  readonly family: AddressFamily;
  /** Addresses that the VPC at the other end has. */
  readonly all: bigint;
  /** Of these, how many are led to the peering. */
  readonly routed: bigint;
}

export type TableCoverage =
  /** Disjoint blocks of the other VPC's range, sorted. */
  | { readonly kind: 'known'; readonly routed: readonly Cidr[] }
  /** A route to a prefix list may lead a part elsewhere, or there: nobody could read its entries, or another list has the same. */
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Where one table leads addresses is worked out once, for all peerings of its VPC.
 *
 * @returns how much of a peering's other VPC the table leads to it. `remote`: the CIDRs of that VPC.
 */
export function createCoverage(
  table: RouteTable,
  prefixLists: ReadonlyMap<string, PrefixList>,
): (peeringId: string, remote: readonly Cidr[]) => TableCoverage {
  const [unread] = unreadListRoutes(table, prefixLists);
  if (unread !== undefined) {
    const { prefixListId, problem } = unread;
    const why = `${table.routeTableId} has a route to prefix list ${prefixListId}: ${problem}`;
    return () => ({ kind: 'unknown', why });
  }
  const leads = leadsOf(table.routes, readDestination, prefixLists);
  return (peeringId, remote) => {
    const either = eitherList(leads, peeringId, remote);
    if (either !== undefined) {
      return { kind: 'unknown', why: `${table.routeTableId} has ${either}` };
    }
    const leadsThere = leadsToPeering(peeringId);
    const routed = widest(remote).flatMap((cidr) => blocksLed(leads, cidr, leadsThere));
    return { kind: 'known', routed: widest(routed) };
  };
}

/** A block of the other VPC that one prefix list leads to the peering and another one elsewhere. */
function eitherList(leads: Leads, peeringId: string, remote: readonly Cidr[]): string | undefined {
  const mayLead = mayLeadToPeering(peeringId);
  for (const { lead } of remote.flatMap((block) => partsOf(leads, block))) {
    if (lead?.alternative !== undefined && mayLead(lead)) {
      return `${lead.cidr.text} in two prefix lists, ${lead.route.destination} and ${lead.alternative.destination}: AWS picks one, and which is not known`;
    }
  }
  return undefined;
}

/** Of one table and one peering. @param remote the CIDRs of the VPC at the other end. */
export function coverageOf(
  table: RouteTable,
  peeringId: string,
  remote: readonly Cidr[],
  prefixLists: ReadonlyMap<string, PrefixList>,
): TableCoverage {
  return createCoverage(table, prefixLists)(peeringId, remote);
}

function addressesIn(blocks: readonly Cidr[], family: AddressFamily): bigint {
  return widest(blocks)
    .filter((block) => block.family === family)
    .reduce((sum, block) => sum + sizeOf(block), 0n);
}

/** One for each family in which the other VPC has addresses. @param routed blocks inside `remote`, which may overlap. */
export function sharesOf(remote: readonly Cidr[], routed: readonly Cidr[]): Share[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const all = addressesIn(remote, family);
    return all === 0n ? [] : [{ family, all, routed: addressesIn(routed, family) }];
  });
}

/** Whether every address of a block is in some of the others. */
export function isCovered(block: Cidr, blocks: readonly Cidr[]): boolean {
  if (blocks.some((each) => contains(each, block))) {
    return true;
  }
  const inside = widest(blocks.filter((each) => contains(block, each)));
  return inside.reduce((sum, each) => sum + sizeOf(each), 0n) === sizeOf(block);
}

/** Below this every number is written out. */
const WRITTEN_OUT = 1n << 32n;

function isPowerOfTwo(count: bigint): boolean {
  return count > 0n && (count & (count - 1n)) === 0n;
}

/** Made once: a report has tens of thousands of numbers. */
const WITH_COMMAS = new Intl.NumberFormat('en-US');

/** `65,536`, or `2^72` and `3.7e+19` of the many addresses of IPv6. */
export function addressCount(count: bigint): string {
  if (count <= WRITTEN_OUT) {
    return WITH_COMMAS.format(count);
  }
  return isPowerOfTwo(count) ? `2^${count.toString(2).length - 1}` : Number(count).toExponential(1);
}

/** `0.39 %`. 0 only of none, 100 only of all. */
export function percentText({ all, routed }: Pick<Share, 'all' | 'routed'>): string {
  if (routed === 0n || routed === all) {
    return routed === 0n ? '0 %' : '100 %';
  }
  // Ten-thousandths, rounded.
  const hundredths = Number((routed * 20_000n + all) / (2n * all));
  if (hundredths === 0) return '<0.01 %';
  return hundredths >= 10_000 ? '>99.99 %' : `${hundredths / 100} %`;
}

/** `0.39 %, 256 of 65,536 IPv4 addresses`. */
export function shareText(share: Share): string {
  const family = share.family === 'ipv4' ? 'IPv4' : 'IPv6';
  return `${percentText(share)}, ${addressCount(share.routed)} of ${addressCount(share.all)} ${family} addresses`;
}
