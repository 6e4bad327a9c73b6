import {
  type Cidr,
  compareCidrs,
  contains,
  intersect,
  overlaps,
  parseCidr,
  subtract,
} from '../network/cidr.ts';
import type { PeeringView } from '../peering/types.ts';
import type { Decision } from '../policy/decide.ts';
import type { Rule } from '../policy/schema.ts';

/**
 * Blocks that EC2 reserves for its own services: it refuses a route to one of them or to a part of one, and takes a
 * wider route (VPC guide, "Route table concepts": local zones and link-local addresses).
 */
const FORBIDDEN = ['169.254.168.0/22', 'fd00:ec2::/32'].map(parseCidr);

export interface Destinations {
  /** Disjoint, sorted. */
  readonly cidrs: readonly Cidr[];
  /** Why something that the rule asks for is left out. */
  readonly warnings: readonly string[];
}

/** Sorted, without blocks that lie inside another one. Two CIDRs are nested or disjoint, so one look back is enough. */
function widest(cidrs: readonly Cidr[]): Cidr[] {
  const kept: Cidr[] = [];
  for (const cidr of [...cidrs].sort(compareCidrs)) {
    const last = kept.at(-1);
    if (last === undefined || !contains(last, cidr)) {
      kept.push(cidr);
    }
  }
  return kept;
}

/**
 * The destinations that a managed view asks for in every table that selects its rule: the parts of the remote VPC's
 * routable CIDRs inside `routes.destinations`, without `routes.exclude`.
 *
 * @param localCidrs every CIDR of the local VPC. A destination equal to one of them or inside one is left out with a
 *   warning: EC2 never routes it to a peering.
 */
export function destinationsOf(
  view: PeeringView,
  rule: Rule,
  decision: Pick<Decision, 'routableCidrs'>,
  localCidrs: readonly Cidr[],
): Destinations {
  const asked = rule.routes.destinations === 'all' ? undefined : rule.routes.destinations.map(parseCidr);
  const excluded = rule.routes.exclude.map(parseCidr);
  const parts = decision.routableCidrs.map(parseCidr).flatMap((remote) => {
    const inside = asked ? asked.map((block) => intersect(remote, block)) : [remote];
    return inside.filter((cidr) => cidr !== undefined);
  });
  const warnings: string[] = [];
  const cidrs = widest(parts)
    .flatMap((cidr) => {
      const holes = excluded.filter((hole) => overlaps(hole, cidr));
      return holes.length === 0 ? [cidr] : subtract(cidr, holes);
    })
    .filter((cidr) => {
      const own = localCidrs.find((local) => contains(local, cidr));
      const reserved = FORBIDDEN.find((block) => contains(block, cidr));
      if (own) {
        warnings.push(
          `${view.peering.peeringId} (rule ${rule.name}): ${cidr.text} is not routed from ${view.local.vpcId}, ` +
            `because it lies in that VPC's own CIDR ${own.text}.`,
        );
      }
      if (reserved) {
        warnings.push(
          `${view.peering.peeringId} (rule ${rule.name}): ${cidr.text} is not routed from ${view.local.vpcId}, ` +
            `because EC2 reserves ${reserved.text} and refuses routes to it.`,
        );
      }
      return !own && !reserved;
    })
    .sort(compareCidrs);
  return { cidrs, warnings };
}
