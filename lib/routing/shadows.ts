import type { Finding } from '../model/finding.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, type Route } from '../model/route-table.ts';
import type { Cidr } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { around } from '../network/sorted-blocks.ts';
import { blocksOf } from './list-blocks.ts';
import type { Claim, TableState } from './table.ts';

/** A target as people read it: an id, and what it is where the id alone does not say so. */
export function targetText({ kind, id }: Route['target']): string {
  return kind === 'peering' || kind === 'unknown' ? id : `${id} (${kind})`;
}

export interface ShadowContext {
  readonly cidrOf: (destination: string) => Cidr | undefined;
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
  /** Destinations whose route this plan deletes: about to stop. */
  readonly deleted: ReadonlySet<string>;
}

/**
 * More specific routes that send part of a desired destination elsewhere: static ones, propagated ones and entries of prefix
 * lists, for the longest prefix wins whatever its origin. A route to the same peering does not, and one that the policy itself
 * wants is meant to.
 */
export function shadowsOf(state: TableState, { cidrOf, prefixLists, deleted }: ShadowContext): Finding[] {
  const { claims, routes, others, propagated } = state;
  const findings: Finding[] = [];
  if (claims.length === 0) {
    return findings;
  }
  const narrowestClaim = createClaimLookup(state);
  const look = (cidr: Cidr | undefined, route: Route, by: keyof typeof BY) => {
    const claim = cidr === undefined || cidr.prefix === 0 ? undefined : narrowestClaim(cidr);
    if (
      cidr !== undefined &&
      claim !== undefined &&
      claim.destination !== cidr.text &&
      claim.peeringId !== route.target.id &&
      // A static route to the same block wins over it.
      (by === 'route' || !routes.has(cidr.text))
    ) {
      findings.push(shadowedBy(state, claim, cidr.text, route, by));
    }
  };
  for (const [destination, route] of others) {
    if (route.target.kind === 'local' || deleted.has(destination)) {
      continue;
    }
    if (isPrefixListId(destination)) {
      for (const cidr of blocksOf(prefixLists.get(destination))) look(cidr, route, 'prefix-list');
    } else {
      look(cidrOf(destination), route, 'route');
    }
  }
  for (const route of propagated) {
    look(cidrOf(route.destination), route, 'propagated');
  }
  return findings;
}

/** By the list of claims, which tables of a VPC share. */
const claimedBy = new WeakMap<readonly Claim[], PrefixMap<Claim>>();

/** Which claim holds for a block. Those that lie in no other are found in their list as it is. */
function createClaimLookup({ claims, wanted }: TableState): (cidr: Cidr) => Claim | undefined {
  return wanted.nested
    ? (cidr) => nestedClaims(claims).longestMatch(cidr)?.value
    : (cidr) => around(claims, cidr);
}

function nestedClaims(claims: readonly Claim[]): PrefixMap<Claim> {
  const found = claimedBy.get(claims);
  if (found !== undefined) {
    return found;
  }
  const claimed = new PrefixMap<Claim>();
  for (const claim of claims) claimed.set(claim.cidr, claim);
  claimedBy.set(claims, claimed);
  return claimed;
}

const BY = {
  route: 'The more specific route is left alone.',
  propagated: 'A gateway propagates that route, and a more specific route always wins.',
  'prefix-list':
    'It is an entry of a prefix list to which the table routes, and a more specific route always wins.',
} as const;

function shadowedBy(
  { table }: TableState,
  { destination, peeringId, rule }: Claim,
  part: string,
  route: Route,
  by: keyof typeof BY,
): Finding {
  const where = `${table.routeTableId} in ${table.region}`;
  const list = by === 'prefix-list' ? ` (${route.destination})` : '';
  const away =
    route.state === 'blackhole'
      ? `drops ${part}, a part of it${list} (${targetText(route.target)} is a blackhole)`
      : `sends ${part}, a part of it${list}, to ${targetText(route.target)}`;
  return {
    kind: 'shadowed',
    region: table.region,
    routeTableId: table.routeTableId,
    destination: part,
    peeringId,
    rule,
    elsewhere: `${part} ${route.target.id}`,
    detail: `${where} should route ${destination} to ${peeringId} (rule ${rule}), but ${away}. ${BY[by]}`,
    repairable: false,
  };
}
