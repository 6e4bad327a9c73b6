import type { Finding } from '../model/finding.ts';
import type { Route } from '../model/route-table.ts';
import type { Cidr } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import type { Claim, TableState } from './table.ts';

/** A target as people read it: an id, and what it is where the id alone does not say so. */
export function targetText({ kind, id }: Route['target']): string {
  return kind === 'peering' || kind === 'unknown' ? id : `${id} (${kind})`;
}

/**
 * More specific routes that send part of a desired destination elsewhere. A route to the same peering does not, one
 * that the policy itself wants is meant to, and one that this plan deletes is about to stop.
 *
 * Propagated routes are a warning, not drift: a gateway made them. So are prefix lists: what is in them is not visible.
 *
 * @param deleted destinations whose route this plan deletes.
 */
export function shadowsOf(
  { table, wanted, claims, routes, propagated }: TableState,
  cidrOf: (destination: string) => Cidr | undefined,
  deleted: ReadonlySet<string>,
): { readonly findings: Finding[]; readonly warnings: string[] } {
  const findings: Finding[] = [];
  const warnings: string[] = [];
  if (claims.length === 0) {
    return { findings, warnings };
  }
  let claimed: PrefixMap<Claim> | undefined;
  const where = `${table.routeTableId} in ${table.region}`;
  /** The narrowest desired destination that a route takes a part of. */
  const shadowed = ({ destination, target }: Route): Claim | undefined => {
    const cidr = cidrOf(destination);
    if (cidr === undefined || cidr.prefix === 0) {
      return undefined;
    }
    // Most tables hold no route that could be inside another, so the map is made when first asked for.
    if (claimed === undefined) {
      claimed = new PrefixMap<Claim>();
      for (const claim of claims) {
        claimed.set(claim.cidr, claim);
      }
    }
    const claim = claimed.longestMatch(cidr)?.value;
    return claim === undefined || claim.destination === cidr.text || claim.peeringId === target.id
      ? undefined
      : claim;
  };
  for (const [destination, route] of routes) {
    if (route.target.kind === 'local' || deleted.has(destination) || wanted.destinations.has(destination)) {
      continue;
    }
    const hit = shadowed(route);
    if (hit) {
      const { peeringId, rule } = hit;
      const away =
        route.state === 'blackhole'
          ? `drops ${destination}, a part of it (${targetText(route.target)} is a blackhole)`
          : `sends ${destination}, a part of it, to ${targetText(route.target)}`;
      findings.push({
        kind: 'shadowed',
        region: table.region,
        routeTableId: table.routeTableId,
        destination,
        peeringId,
        rule,
        detail: `${where} should route ${hit.destination} to ${peeringId} (rule ${rule}), but ${away}. The more specific route is left alone.`,
        repairable: false,
      });
    }
    if (
      cidrOf(destination) === undefined &&
      route.target.kind !== 'vpc-endpoint' &&
      route.target.kind !== 'peering'
    ) {
      warnings.push(
        `${where} routes prefix list ${destination} to ${targetText(route.target)}; its addresses are not visible here, and a peering route that overlaps it wins.`,
      );
    }
  }
  for (const route of propagated) {
    const hit = shadowed(route);
    if (hit) {
      warnings.push(
        `${where} sends ${route.destination}, a part of ${hit.destination} (${hit.peeringId}, rule ${hit.rule}), to ${targetText(route.target)}: a propagated route that is more specific.`,
      );
    }
  }
  return { findings, warnings };
}
