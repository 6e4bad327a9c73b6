import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, type Route } from '../model/route-table.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { firstWithin } from '../network/sorted-blocks.ts';
import { leadsOf, leadsToPeering } from './leads.ts';
import { blocksOf, unreadListRoutes } from './list-blocks.ts';
import { type Ownership, wasInPlace } from './own.ts';
import type { RegionManagement } from './region-management.ts';
import type { Claim, Elsewhere, TableState, TakeoverClaim, UndecidedClaim } from './table.ts';

/** Where the addresses of a block go, now or once this plan is carried out. */
interface Occupant {
  readonly cidr: Cidr;
  readonly targetId: string;
  /** `claim`: the policy wants it to go there, whether it does yet or not. */
  readonly by: 'route' | 'claim';
  readonly prefixListId?: string;
}

export interface TakeoverContext {
  readonly cidrOf: (destination: string) => Cidr | undefined;
  /**
   * Policy `guardrails.widerRoutes`: `allow` lets a new route win over a wider one, but neither over an equal propagated
   * one nor over one that leads to another live peering.
   */
  readonly widerRoutes: 'hold' | 'allow';
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
  readonly managementOf: RegionManagement['managementOf'];
  readonly ownership: Ownership;
  /** CIDRs of the VPC at the other end of a peering; undefined where they are not visible. */
  readonly remoteCidrsOf: (peeringId: string, vpcId: string) => readonly Cidr[] | undefined;
  /** Whether this plan removes the route. */
  readonly isLeaving: (state: TableState, destination: string, route: Route) => boolean;
}

/**
 * Keeps back claims for routes that were never written and that lie inside a wider route, or equal a propagated one, to
 * somewhere else: the new route would take their traffic over. The guardrail `widerRoutes` keeps such requests from being
 * accepted; this keeps a peer from getting past it with a CIDR that it adds to its VPC afterwards. Default routes never
 * count, nor do routes that drop what they get, nor a route to another peering where that one's VPC has no such addresses.
 *
 * Where another managed peering wants the wider destination, its claim counts like its route, so that the outcome does
 * not hang on which of the two is written first.
 *
 * What a prefix list leads away whose entries nobody could read may be any addresses: new claims wait until it is read.
 *
 * A claim whose destination somebody's route has stays a claim; what would keep it back without that route is put beside it,
 * so that nobody is told to delete a route for nothing.
 */
export function keepBackTakeovers(state: TableState, context: TakeoverContext): TableState {
  const { routes, claims, table, wanted } = state;
  // Nothing is around any claim in most tables, which hold what is wanted and a few routes that lead elsewhere.
  const unread = unreadListRoutes(table, context.prefixLists);
  if (!wanted.nested && unread.length === 0 && !hasRoutesAround(state, context)) {
    return state;
  }
  const isNew = (claim: Claim) =>
    !routes.has(claim.destination) && !wasInPlace(context.ownership, table.routeTableId, claim);
  const taken = new Set(
    claims.flatMap(({ destination, peeringId }) => {
      const found = routes.get(destination);
      return found === undefined || found.target.id === peeringId ? [] : [destination];
    }),
  );
  if (taken.size === 0 && !claims.some(isNew)) {
    return state;
  }
  const occupants = occupantsOf(state, context);
  const freed = new Map([...routes].filter(([destination]) => !taken.has(destination)));
  const occupantsBehind = taken.size === 0 ? occupants : occupantsOf({ ...state, routes: freed }, context);
  const leadThereNow = createLeadThereNow(state, context);
  const kept: Claim[] = [];
  const takeovers: TakeoverClaim[] = [];
  const undecided: UndecidedClaim[] = [];
  const behind = new Map<string, Elsewhere>();
  for (const claim of claims) {
    const lists = isNew(claim) ? unread.filter(({ targetId }) => targetId !== claim.peeringId) : [];
    if (lists.length > 0) {
      undecided.push({ ...claim, lists });
      continue;
    }
    const elsewhere = isNew(claim) ? elsewhereOf(claim, occupants, context, table.vpcId) : undefined;
    if (elsewhere !== undefined && !leadThereNow(claim)) {
      takeovers.push({ ...claim, elsewhere });
      continue;
    }
    kept.push(claim);
    const next = taken.has(claim.destination)
      ? elsewhereOf(claim, occupantsBehind, context, table.vpcId)
      : undefined;
    if (next !== undefined) {
      behind.set(claim.destination, next);
    }
  }
  return takeovers.length + undecided.length + behind.size === 0
    ? state
    : { ...state, claims: kept, takeovers, undecided, behind };
}

function elsewhereOf(
  claim: Claim,
  occupants: PrefixMap<Occupant>,
  context: TakeoverContext,
  vpcId: string,
): Elsewhere | undefined {
  const around = occupants.covering(claim.cidr).map(({ value }) => value);
  const occupant = occupantAround(claim, around, context, vpcId);
  if (occupant === undefined) {
    return undefined;
  }
  const { cidr, targetId, by, prefixListId } = occupant;
  return {
    destination: cidr.text,
    targetId,
    by,
    allowHelps: occupantAround(claim, around, { ...context, widerRoutes: 'allow' }, vpcId) === undefined,
    ...(prefixListId === undefined ? {} : { prefixListId }),
  };
}

/**
 * Whether the addresses that a new route would take go to its peering already, be it by a route that this plan removes. Then it
 * takes nothing over, and without it they would lose their path.
 */
function createLeadThereNow(
  { table }: TableState,
  { cidrOf, prefixLists }: TakeoverContext,
): (claim: Claim) => boolean {
  let leads: ReturnType<typeof leadsOf> | undefined;
  return ({ cidr, peeringId }) => {
    leads ??= leadsOf(table.routes, cidrOf, prefixLists);
    const now = leads.longestMatch(cidr)?.value;
    return now !== undefined && leadsToPeering(peeringId)(now);
  };
}

/** Whether a route that the policy does not want here, wherever it leads, has addresses of a claim. Default routes never count. */
function hasRoutesAround(
  { claims, others, propagated }: TableState,
  { cidrOf, prefixLists }: TakeoverContext,
): boolean {
  const isAround = (cidr: Cidr | undefined): boolean =>
    cidr !== undefined && cidr.prefix > 0 && firstWithin(claims, cidr) !== undefined;
  for (const [destination, { target }] of others) {
    const blocks = isPrefixListId(destination)
      ? blocksOf(prefixLists.get(destination))
      : [cidrOf(destination)];
    if (target.kind !== 'local' && blocks.some(isAround)) {
      return true;
    }
  }
  return propagated.some(({ destination }) => isAround(cidrOf(destination)));
}

/** Of the occupants around a claim, the widest first, the narrowest that leads its addresses somewhere else. */
function occupantAround(
  claim: Claim,
  occupants: readonly Occupant[],
  { remoteCidrsOf, widerRoutes }: Pick<TakeoverContext, 'remoteCidrsOf' | 'widerRoutes'>,
  vpcId: string,
): Occupant | undefined {
  const counts = ({ targetId, cidr, by }: Occupant): boolean => {
    if (targetId === claim.peeringId) {
      // A claim itself says nothing of where its addresses go now.
      return by === 'route' || cidr.text !== claim.destination;
    }
    if (!targetId.startsWith('pcx-')) {
      return widerRoutes === 'hold' || cidr.prefix >= claim.cidr.prefix;
    }
    // A path that works is moved by no policy, nor one that may work for all that is visible.
    const remote = remoteCidrsOf(targetId, vpcId);
    return remote === undefined || remote.some((block) => overlaps(block, claim.cidr));
  };
  const around = occupants.findLast(counts);
  return around === undefined || around.targetId === claim.peeringId ? undefined : around;
}

/** Static routes before prefix lists before propagated ones, as EC2 prefers them; a claim only where nothing else is. */
function occupantsOf(state: TableState, context: TakeoverContext): PrefixMap<Occupant> {
  const { table, routes, propagated, claims, wanted } = state;
  const occupants = new PrefixMap<Occupant>();
  const add = (cidr: Cidr | undefined, occupant: Omit<Occupant, 'cidr'>) => {
    if (cidr !== undefined && cidr.prefix > 0 && occupants.get(cidr) === undefined) {
      occupants.set(cidr, { cidr, ...occupant });
    }
  };
  const staying = [...routes].filter(
    ([destination, route]) =>
      leadsSomewhere(route, table.vpcId, context) && !context.isLeaving(state, destination, route),
  );
  for (const [destination, { target }] of staying) {
    add(context.cidrOf(destination), { targetId: target.id, by: 'route' });
  }
  for (const [destination, { target }] of staying) {
    if (isPrefixListId(destination)) {
      for (const cidr of blocksOf(context.prefixLists.get(destination))) {
        add(cidr, { targetId: target.id, by: 'route', prefixListId: destination });
      }
    }
  }
  for (const { destination, target, state: lead } of propagated) {
    if (lead !== 'blackhole') {
      add(context.cidrOf(destination), { targetId: target.id, by: 'route' });
    }
  }
  // A claim that lies in no other meets only itself.
  for (const { cidr, peeringId } of wanted.nested ? claims : []) {
    add(cidr, { targetId: peeringId, by: 'claim' });
  }
  return occupants;
}

/** A dead route carries no traffic that could be taken over. A peering that is not active yet may carry some soon. */
function leadsSomewhere(route: Route, vpcId: string, { managementOf }: TakeoverContext): boolean {
  if (route.target.kind === 'local') {
    return false;
  }
  return route.target.kind === 'peering'
    ? managementOf(route, vpcId).kind !== 'dead'
    : route.state !== 'blackhole';
}
