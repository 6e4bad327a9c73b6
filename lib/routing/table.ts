import { isOptedIn, type OptIn, optInOf, selectsRule } from '../model/opt-in.ts';
import { isPropagated, type Route, type RouteTable } from '../model/route-table.ts';
import { type Cidr, compareCidrs, contains } from '../network/cidr.ts';
import { canonicalDestination } from '../network/destination.ts';
import type { UnreadListRoute } from './list-blocks.ts';
import type { ManagedView } from './management.ts';

/** A managed view that wants a destination. Tables of a VPC that ask for the same rules share their claims. */
export interface Claim {
  readonly cidr: Cidr;
  readonly managed: ManagedView;
  /** The canonical text of `cidr`. */
  readonly destination: string;
  readonly peeringId: string;
  readonly rule: string;
  /** How reasons begin that tell of the claim. Made once, as there may be a change for it in each of the tables. */
  readonly sentence: string;
  /** How findings end that tell of its route missing. */
  readonly missing: string;
}

/** A claim that gets no route, because another peering wants some of the same addresses. */
export interface RivalClaim extends Claim {
  /** The claims of other peerings that overlap it, in the order of their destinations. */
  readonly rivals: readonly Claim[];
  /** Those of them whose route is there, or was. */
  readonly having: readonly Claim[];
}

/** A claim whose route would take over traffic that the table leads elsewhere today. */
export interface TakeoverClaim extends Claim {
  readonly elsewhere: Elsewhere;
}

/** A claim whose route may take over traffic that the table leads elsewhere today: by lists that could not be read. */
export interface UndecidedClaim extends Claim {
  readonly lists: readonly UnreadListRoute[];
}

/** Where traffic goes that a new route would take over. */
export interface Elsewhere {
  readonly destination: string;
  readonly targetId: string;
  readonly prefixListId?: string;
  /** Of another list with the same block, to the peering of the claim: which of the two leads the addresses is not known. */
  readonly listToPeering?: string;
  /** Other lists with the same block, to other targets than this one and the peering of the claim: that is not known of these either. */
  readonly otherLists?: readonly { readonly prefixListId: string; readonly targetId: string }[];
  /** Whether `guardrails.widerRoutes: allow` would let the new route take it. */
  readonly allowHelps: boolean;
  /**
   * Whether it has just the destination of the new route and leads to no peering, so that with `guardrails.equalRoutes: wait` the
   * new route waits for it to go.
   */
  readonly isEqual: boolean;
  /** Of an equal one: what would keep the new route back once that is gone. */
  readonly then?: Elsewhere;
}

/** What the policy wants in every table of a VPC that asks for the same rules. */
export interface WantedRoutes {
  /** One for each destination, sorted by it; of those that several peerings want, the first. */
  readonly claims: readonly Claim[];
  /**
   * Each claim that overlaps one of another peering, with all of these in the order of destinations. Several may have the same
   * destination.
   */
  readonly rivals: ReadonlyMap<Claim, readonly Claim[]>;
  readonly destinations: ReadonlyMap<string, Claim>;
  /** Whether some claim lies inside the claim of another peering. */
  readonly nested: boolean;
}

/** A table as it is, beside what the policy wants in it. */
export interface TableState {
  readonly table: RouteTable;
  readonly optIn: OptIn;
  /** Static routes by canonical destination; prefix lists and `local` included. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Those of `routes` at destinations that the policy does not want here: a handful in most tables. */
  readonly others: ReadonlyMap<string, Route>;
  readonly propagated: readonly Route[];
  readonly wanted: WantedRoutes;
  /** At most one per destination, sorted by destination. */
  readonly claims: readonly Claim[];
  /** Not among the claims. */
  readonly rivals: readonly RivalClaim[];
  /** Not among the claims. */
  readonly takeovers: readonly TakeoverClaim[];
  /** Not among the claims. */
  readonly undecided: readonly UndecidedClaim[];
  /** By destination of a claim that somebody's route has: what would keep the claim back once that route is gone. */
  readonly behind: ReadonlyMap<string, Elsewhere>;
  /**
   * By destination of a claim whose peering is still provisioning: what leads its addresses now, and may only be taken over once the
   * peering is active.
   */
  readonly beforeActive: ReadonlyMap<string, Elsewhere>;
}

const NOTHING_ELSEWHERE: ReadonlyMap<string, Elsewhere> = new Map();

const NOTHING_WANTED: WantedRoutes = {
  claims: [],
  rivals: new Map(),
  destinations: new Map(),
  nested: false,
};

/** @param sorted by destination, so that the claims around one are a stack. */
function rivalsAmong(sorted: readonly Claim[]): Map<Claim, Claim[]> {
  const rivals = new Map<Claim, Claim[]>();
  const add = (claim: Claim, other: Claim) => {
    const others = rivals.get(claim);
    if (others) {
      others.push(other);
    } else {
      rivals.set(claim, [other]);
    }
  };
  const around: Claim[] = [];
  for (const claim of sorted) {
    for (let top = around.at(-1); top !== undefined && !contains(top.cidr, claim.cidr); top = around.at(-1)) {
      around.pop();
    }
    for (const other of around) {
      if (other.peeringId !== claim.peeringId) {
        add(claim, other);
        add(other, claim);
      }
    }
    around.push(claim);
  }
  return rivals;
}

function isNested(rivals: ReadonlyMap<Claim, readonly Claim[]>): boolean {
  for (const [{ destination }, others] of rivals) {
    if (others.some((other) => other.destination !== destination)) {
      return true;
    }
  }
  return false;
}

/** @param managedViews by peering id. */
function wantedRoutes(managedViews: readonly ManagedView[], optIn: OptIn): WantedRoutes {
  const claims = new Map<string, Claim>();
  const all: Claim[] = [];
  for (const managed of managedViews) {
    const rule = managed.rule.name;
    if (!selectsRule(optIn, rule)) {
      continue;
    }
    const { peeringId } = managed.view.peering;
    const [says, to] = [`Rule ${rule} routes `, ` to ${peeringId}`];
    const missing = `${to} (rule ${rule}), but has no such route any more.`;
    for (const cidr of managed.wanted) {
      const destination = cidr.text;
      const sentence = says + destination + to;
      const claim: Claim = {
        cidr,
        managed,
        destination,
        peeringId,
        rule,
        sentence,
        missing: destination + missing,
      };
      all.push(claim);
      if (!claims.has(destination)) claims.set(destination, claim);
    }
  }
  const byCidr = (a: Claim, b: Claim) => compareCidrs(a.cidr, b.cidr);
  const sorted = all.sort(byCidr);
  const rivals = rivalsAmong(sorted);
  return {
    claims: claims.size === sorted.length ? sorted : [...claims.values()].sort(byCidr),
    rivals,
    destinations: claims,
    nested: isNested(rivals),
  };
}

/**
 * What a table of a VPC has to hold if it opts in like this. Found once for all such tables: most VPCs have several, all
 * with the same tag.
 *
 * @param managedByVpc the managed views of each VPC, by peering id.
 */
export function createWantedRoutes(
  managedByVpc: ReadonlyMap<string, readonly ManagedView[]>,
): (vpcId: string, optIn: OptIn) => WantedRoutes {
  const known = new Map<string, WantedRoutes>();
  return (vpcId, optIn) => {
    const managedViews = managedByVpc.get(vpcId);
    if (managedViews === undefined || !isOptedIn(optIn)) {
      return NOTHING_WANTED;
    }
    const selection = optIn.kind === 'rules' ? [...optIn.rules].sort().join(' ') : '*';
    const key = `${vpcId}\n${selection}`;
    const found = known.get(key) ?? wantedRoutes(managedViews, optIn);
    known.set(key, found);
    return found;
  };
}

/** @param wantedOf what `createWantedRoutes` made. */
export function tableState(
  table: RouteTable,
  tagPrefix: string,
  wantedOf: (vpcId: string, optIn: OptIn) => WantedRoutes,
): TableState {
  const optIn = optInOf(table, tagPrefix);
  const wanted = wantedOf(table.vpcId, optIn);
  const routes = new Map<string, Route>();
  const others = new Map<string, Route>();
  const propagated: Route[] = [];
  for (const route of table.routes) {
    if (isPropagated(route)) {
      propagated.push(route);
      continue;
    }
    const destination = canonicalDestination(route.destination);
    routes.set(destination, route);
    if (!wanted.destinations.has(destination)) others.set(destination, route);
  }
  return {
    table,
    optIn,
    routes,
    others,
    propagated,
    wanted,
    claims: wanted.claims,
    rivals: [],
    takeovers: [],
    undecided: [],
    behind: NOTHING_ELSEWHERE,
    beforeActive: NOTHING_ELSEWHERE,
  };
}
