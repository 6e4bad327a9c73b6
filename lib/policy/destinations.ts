import { type Cidr, compareCidrs, intersect, overlaps, parseCidr, subtract } from '../network/cidr.ts';
import { widest } from '../network/sorted-blocks.ts';
import type { Decision } from './decision.ts';
import type { Rule } from './schema.ts';

/** Whether each block lies wholly behind the one before it: sorted and disjoint, as EC2 lists most CIDRs of VPCs. */
function isSortedApart(cidrs: readonly Cidr[]): boolean {
  return cidrs.every((cidr, index) => {
    const before = cidrs[index - 1];
    return before === undefined || (compareCidrs(before, cidr) < 0 && !overlaps(before, cidr));
  });
}

/** What `routes` of a rule names, parsed. */
interface RouteSelectors {
  readonly destinations: 'all' | 'subnets' | readonly Cidr[];
  readonly excluded: readonly Cidr[];
}

/** Parsed once per rule: a plan asks for thousands of views with the same one. */
const selectors = new WeakMap<Rule, RouteSelectors>();

function selectorsOf(rule: Rule): RouteSelectors {
  const known = selectors.get(rule);
  if (known !== undefined) {
    return known;
  }
  const { destinations, exclude } = rule.routes;
  const parsed: RouteSelectors = {
    destinations:
      destinations === 'all' ? 'all' : Array.isArray(destinations) ? destinations.map(parseCidr) : 'subnets',
    excluded: exclude.map(parseCidr),
  };
  selectors.set(rule, parsed);
  return parsed;
}

/** What a decision says of the addresses at the other end. */
type Addresses = Pick<Decision, 'routableCidrs' | 'subnets'>;

/** Whether the rule asks for some address of a block. */
export function routesAny(rule: Rule, cidr: Cidr, subnets?: Decision['subnets']): boolean {
  const { destinations, excluded } = selectorsOf(rule);
  return (
    (destinations === 'all' && excluded.length === 0) ||
    destinationsOf(rule, { routableCidrs: [cidr.text], ...(subnets === undefined ? {} : { subnets }) })
      .length > 0
  );
}

/** The blocks inside which the rule routes: those that it names, or the subnets that its tags select. */
function blocksOf(
  destinations: Exclude<RouteSelectors['destinations'], 'all'>,
  subnets: Addresses['subnets'],
): readonly Cidr[] {
  // Which subnets have the tags is not known: nothing is wanted, and whoever asks is told so before.
  return destinations === 'subnets' ? (subnets?.selected ?? []).map(parseCidr) : destinations;
}

/**
 * The destinations that a managed view asks for in every table that selects its rule: the parts of the remote VPC's
 * routable CIDRs inside `routes.destinations`, without `routes.exclude`. Disjoint and sorted. Subnets come one by one, also
 * where neighbours would make a wider block: one more or less then touches no route of another.
 *
 * What EC2 never routes to a peering (the local VPC's own addresses, its reserved ranges) is not among the routable
 * CIDRs to begin with, nor is any part of them: decide leaves out every CIDR that overlaps such a block.
 */
export function destinationsOf(rule: Rule, { routableCidrs, subnets }: Addresses): Cidr[] {
  const { destinations, excluded } = selectorsOf(rule);
  const routable = routableCidrs.map(parseCidr);
  if (destinations === 'all' && excluded.length === 0 && isSortedApart(routable)) {
    return routable;
  }
  const wanted = widest(
    destinations === 'all'
      ? routable
      : blocksOf(destinations, subnets).flatMap((block) =>
          routable.flatMap((cidr) => intersect(cidr, block) ?? []),
        ),
  );
  if (excluded.length === 0) {
    return wanted;
  }
  // What is left of each lies inside it, so that the order stays.
  return wanted.flatMap((cidr) => {
    const holes = excluded.filter((hole) => overlaps(hole, cidr));
    return holes.length === 0 ? [cidr] : subtract(cidr, holes);
  });
}
