import type { Peering } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, isPropagated, type Route } from '../model/route-table.ts';
import { type Cidr, contains, subtract } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { blocksOf } from './list-blocks.ts';

/**
 * Where a table leads addresses. "For routes that overlap, more specific routes always take priority irrespective of whether
 * they are propagated routes, static routes, or routes that reference prefix lists" (VPC guide, "Route priority"). Between
 * equal destinations a static CIDR beats a prefix list's, and that beats a propagated one.
 */
export interface Lead {
  readonly cidr: Cidr;
  readonly route: Route;
  /** The prefix list that has this block, if the route names one. */
  readonly prefixListId?: string;
  /**
   * Of another list that has the same block and leads it to another target: which of the two has its addresses is not known. "If
   * multiple prefix lists with overlapping CIDR blocks to different targets, we randomly choose which route takes priority" (VPC
   * guide, "Route priority").
   */
  readonly alternative?: Route;
}

export type Leads = PrefixMap<Lead>;

/** @param cidrOf parses a destination; undefined for a prefix list, and for text that is no CIDR. */
export function leadsOf(
  routes: readonly Route[],
  cidrOf: (destination: string) => Cidr | undefined,
  prefixLists: ReadonlyMap<string, PrefixList>,
): Leads {
  const leads: Leads = new PrefixMap();
  const propagated: Lead[] = [];
  for (const route of routes) {
    if (isPrefixListId(route.destination)) {
      for (const cidr of blocksOf(prefixLists.get(route.destination))) {
        const first = leads.get(cidr);
        if (first === undefined) {
          leads.set(cidr, { cidr, route, prefixListId: route.destination });
        } else if (first.route.target.id !== route.target.id) {
          leads.set(cidr, { ...first, alternative: route });
        }
      }
    }
  }
  for (const route of routes) {
    const cidr = cidrOf(route.destination);
    if (cidr === undefined) {
      continue;
    }
    if (isPropagated(route)) {
      propagated.push({ cidr, route });
    } else {
      leads.set(cidr, { cidr, route });
    }
  }
  for (const lead of propagated) {
    if (leads.get(lead.cidr) === undefined) {
      leads.set(lead.cidr, lead);
    }
  }
  return leads;
}

/**
 * Whether every address of a block is led where `leadsThere` says, by longest prefix.
 *
 * @param around the lead that holds for what no narrower one takes; left out: the narrowest that contains the block.
 */
export function allLead(
  leads: Leads,
  block: Cidr,
  leadsThere: (lead: Lead) => boolean,
  around: Lead | undefined = leads.longestMatch(block)?.value,
): boolean {
  const inside = widestWithin(leads, block);
  const rest =
    inside.length === 0
      ? [block]
      : subtract(
          block,
          inside.map(({ cidr }) => cidr),
        );
  if (rest.length > 0 && (around === undefined || !leadsThere(around))) {
    return false;
  }
  return inside.every((lead) => allLead(leads, lead.cidr, leadsThere, lead));
}

/** Addresses of a block that one lead has, or none. */
export interface Part {
  readonly lead: Lead | undefined;
  /** Disjoint, and not empty. */
  readonly blocks: readonly Cidr[];
}

/**
 * A block by what leads its addresses, by longest prefix. A lead to which narrower ones leave nothing has no part.
 *
 * @param around as for `allLead`.
 */
export function partsOf(
  leads: Leads,
  block: Cidr,
  around: Lead | undefined = leads.longestMatch(block)?.value,
): Part[] {
  const inside = widestWithin(leads, block);
  const rest = subtract(
    block,
    inside.map(({ cidr }) => cidr),
  );
  return [
    ...(rest.length === 0 ? [] : [{ lead: around, blocks: rest }]),
    ...inside.flatMap((lead) => partsOf(leads, lead.cidr, lead)),
  ];
}

/** The addresses of a block that are led where `leadsThere` says, by longest prefix: disjoint blocks. */
export function blocksLed(leads: Leads, block: Cidr, leadsThere: (lead: Lead) => boolean): Cidr[] {
  return partsOf(leads, block).flatMap(({ lead, blocks }) =>
    lead !== undefined && leadsThere(lead) ? blocks : [],
  );
}

/** The leads strictly inside a block that lie in no other such lead, in order. */
function widestWithin(leads: Leads, block: Cidr): Lead[] {
  const widest: Lead[] = [];
  for (const { value } of leads.within(block)) {
    const last = widest.at(-1);
    if (value.cidr.text !== block.text && (last === undefined || !contains(last.cidr, value.cidr))) {
      widest.push(value);
    }
  }
  return widest;
}

/** Whether a lead goes to the peering for sure. A peering route that drops what it gets leads nowhere. */
export function leadsToPeering(peeringId: string): (lead: Lead) => boolean {
  const willLead = willLeadToPeering(peeringId);
  return (lead) => willLead(lead) && lead.route.state !== 'blackhole';
}

/** The same for a peering that is not active yet, to which every route is a blackhole until then. */
export function willLeadToPeering(peeringId: string): (lead: Lead) => boolean {
  return ({ route, alternative }) => alternative === undefined && route.target.id === peeringId;
}

/** Whether a lead goes to a peering for sure, once that is active: nobody is told, and nothing is made, for what comes by itself. */
export function leadsOnceActive({ peeringId, status }: Peering): (lead: Lead) => boolean {
  return status === 'active' ? leadsToPeering(peeringId) : willLeadToPeering(peeringId);
}

/** Whether a lead goes to the peering, or may: of two lists with the same block nobody knows which one has it. */
export function mayLeadToPeering(peeringId: string): (lead: Lead) => boolean {
  return ({ route, alternative }) =>
    [route, alternative].some((each) => each?.target.id === peeringId && each.state !== 'blackhole');
}
