import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, type Route } from '../model/route-table.ts';
import { type Cidr, overlaps, subtract } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { firstWithin } from '../network/sorted-blocks.ts';
import { leadsOf, leadsOnceActive } from './leads.ts';
import { blocksOf, blocksOfRoute, unreadListRoutes } from './list-blocks.ts';
import { type Ownership, wasInPlace } from './own.ts';
import type { RegionManagement } from './region-management.ts';
import type { Claim, Elsewhere, TableState, TakeoverClaim, UndecidedClaim } from './table.ts';

/** Where the addresses of a block go. */
interface Occupant {
  readonly cidr: Cidr;
  readonly targetId: string;
  /** Whether the route drops what it gets. */
  readonly drops: boolean;
  readonly prefixListId?: string;
  /** Of other lists that lead the same block elsewhere: AWS picks one of them at random (`Lead`). */
  readonly alternatives?: readonly Occupant[];
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
 * accepted; this keeps a peer from getting past it with a CIDR that it adds to its VPC afterwards. Default routes count only
 * where they lead to another peering; routes that drop what they get never do, nor does a route to another peering where that
 * one's VPC has no such addresses. Only the narrowest around a claim is asked, and only for what narrower ones leave of it: those
 * around that have none of its addresses.
 *
 * What another managed peering wants was settled before (`settleRivals`).
 *
 * What a prefix list leads away whose entries nobody could read may be any addresses: new claims wait until it is read.
 *
 * What the setting lets a claim take over it takes only once its peering is active (`beforeActive`).
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
  const beforeActive = new Map<string, Elsewhere>();
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
    const path = isNew(claim) ? pathUntilActive(claim, occupants, context, table.vpcId) : undefined;
    if (path !== undefined && !leadThereNow(claim)) beforeActive.set(claim.destination, path);
    // What was in place before is missing once that route is gone, and made again whatever is around it.
    const next =
      taken.has(claim.destination) && !wasInPlace(context.ownership, table.routeTableId, claim)
        ? elsewhereOf(claim, occupantsBehind, context, table.vpcId)
        : undefined;
    if (next !== undefined) {
      behind.set(claim.destination, next);
    }
  }
  return takeovers.length + undecided.length + behind.size + beforeActive.size === 0
    ? state
    : { ...state, claims: kept, takeovers, undecided, behind, beforeActive };
}

/**
 * What has the addresses of a claim that `widerRoutes: allow` lets take them, while its peering is still provisioning and would drop
 * them: the route has to wait for that.
 */
function pathUntilActive(
  claim: Claim,
  occupants: PrefixMap<Occupant>,
  context: TakeoverContext,
  vpcId: string,
): Elsewhere | undefined {
  const { stage, view } = claim.managed;
  return context.widerRoutes === 'hold' || stage !== 'live' || view.peering.status !== 'provisioning'
    ? undefined
    : elsewhereOf(claim, occupants, { ...context, widerRoutes: 'hold' }, vpcId);
}

function elsewhereOf(
  claim: Claim,
  occupants: PrefixMap<Occupant>,
  context: TakeoverContext,
  vpcId: string,
): Elsewhere | undefined {
  const around = occupants.covering(claim.cidr).map(({ value }) => value);
  const found = elsewhereAmong(claim, around, context, vpcId);
  return found !== undefined && hasNoneLeft(claim.cidr, occupants) ? undefined : found;
}

/** @param around what has the addresses of a claim, the widest first. */
function elsewhereAmong(
  claim: Claim,
  around: readonly Occupant[],
  context: TakeoverContext,
  vpcId: string,
): Elsewhere | undefined {
  const narrowest = around.at(-1);
  if (narrowest === undefined) {
    return undefined;
  }
  // What may have the addresses counts as if it had them.
  const all = [narrowest, ...(narrowest.alternatives ?? [])];
  const occupant = all.find((each) => losesPath(claim, each, context, vpcId));
  if (occupant === undefined) {
    return undefined;
  }
  const { cidr, targetId, prefixListId } = occupant;
  const toPeering = all.find((each) => each.targetId === claim.peeringId)?.prefixListId;
  const isEqual = cidr.text === claim.destination && !targetId.startsWith('pcx-') && toPeering === undefined;
  const then = isEqual ? elsewhereAmong(claim, around.slice(0, -1), context, vpcId) : undefined;
  const allowing = { ...context, widerRoutes: 'allow' } as const;
  return {
    destination: cidr.text,
    targetId,
    allowHelps: !all.some((each) => losesPath(claim, each, allowing, vpcId)),
    isEqual,
    ...(then === undefined ? {} : { then }),
    ...(prefixListId === undefined ? {} : { prefixListId }),
    ...(toPeering === undefined ? {} : { listToPeering: toPeering }),
    ...otherListsOf(all, [targetId, claim.peeringId]),
  };
}

function otherListsOf(all: readonly Occupant[], but: readonly string[]): Pick<Elsewhere, 'otherLists'> {
  const otherLists = all.flatMap(({ targetId, prefixListId }) =>
    prefixListId === undefined || but.includes(targetId) ? [] : [{ prefixListId, targetId }],
  );
  return otherLists.length === 0 ? {} : { otherLists };
}

/** Whether narrower routes have every address of a block already, so that the one around it leads none of them. */
function hasNoneLeft(block: Cidr, occupants: PrefixMap<Occupant>): boolean {
  const narrower = occupants
    .within(block)
    .flatMap(({ value: { cidr } }) => (cidr.text === block.text ? [] : [cidr]));
  return narrower.length > 0 && subtract(block, narrower).length === 0;
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
  return ({ cidr, managed }) => {
    leads ??= leadsOf(table.routes, cidrOf, prefixLists);
    const now = leads.longestMatch(cidr)?.value;
    return now !== undefined && leadsOnceActive(managed.view.peering)(now);
  };
}

/**
 * Whether a route to such a block counts. A default route leads what is left of all addresses, and gives them up to any other
 * route; but one to a peering leads to the addresses of its other VPC, like any route there.
 */
function countsAround({ prefix }: Cidr, { kind }: Route['target']): boolean {
  return prefix > 0 || kind === 'peering';
}

/** Whether a route that the policy does not want here, wherever it leads, has addresses of a claim. */
function hasRoutesAround(
  { claims, others, propagated }: TableState,
  { cidrOf, prefixLists }: TakeoverContext,
): boolean {
  const isAround = (cidr: Cidr | undefined, target: Route['target']): boolean =>
    cidr !== undefined && countsAround(cidr, target) && firstWithin(claims, cidr) !== undefined;
  for (const [destination, { target }] of others) {
    const blocks = blocksOfRoute({ destination }, { cidrOf, prefixLists });
    if (target.kind !== 'local' && blocks.some((block) => isAround(block, target))) {
      return true;
    }
  }
  return propagated.some(({ destination, target }) => isAround(cidrOf(destination), target));
}

/**
 * Whether a new route would take addresses from a path that works, or may work for all that is visible.
 *
 * @param occupant the narrowest around the claim: those around that one lead none of its addresses.
 */
function losesPath(
  claim: Claim,
  { cidr, targetId, drops }: Occupant,
  { remoteCidrsOf, widerRoutes }: Pick<TakeoverContext, 'remoteCidrsOf' | 'widerRoutes'>,
  vpcId: string,
): boolean {
  if (drops || targetId === claim.peeringId) {
    return false;
  }
  if (!targetId.startsWith('pcx-')) {
    return widerRoutes === 'hold' || cidr.prefix >= claim.cidr.prefix;
  }
  const remote = remoteCidrsOf(targetId, vpcId);
  return remote === undefined || remote.some((block) => overlaps(block, claim.cidr));
}

/** Static routes before prefix lists before propagated ones, as EC2 prefers them. */
function occupantsOf(state: TableState, context: TakeoverContext): PrefixMap<Occupant> {
  const { table, routes, propagated } = state;
  const occupants = new PrefixMap<Occupant>();
  const add = (cidr: Cidr | undefined, route: Route, list: Pick<Occupant, 'prefixListId'> = {}) => {
    if (cidr === undefined || !countsAround(cidr, route.target) || occupants.get(cidr) !== undefined) {
      return;
    }
    occupants.set(cidr, {
      cidr,
      targetId: route.target.id,
      drops: dropsTraffic(route, table.vpcId, context),
      ...list,
    });
  };
  const staying = [...routes].filter(
    ([destination, route]) => route.target.kind !== 'local' && !context.isLeaving(state, destination, route),
  );
  for (const [destination, route] of staying) {
    add(context.cidrOf(destination), route);
  }
  for (const [destination, route] of staying) {
    if (isPrefixListId(destination)) {
      for (const cidr of blocksOf(context.prefixLists.get(destination))) {
        const first = occupants.get(cidr);
        if (first?.prefixListId === undefined) {
          add(cidr, route, { prefixListId: destination });
        } else if (first.targetId !== route.target.id) {
          const drops = dropsTraffic(route, table.vpcId, context);
          const other = { cidr, targetId: route.target.id, drops, prefixListId: destination };
          occupants.set(cidr, { ...first, alternatives: [...(first.alternatives ?? []), other] });
        }
      }
    }
  }
  for (const route of propagated) {
    add(context.cidrOf(route.destination), route);
  }
  return occupants;
}

/**
 * A dead route carries no traffic that could be taken over. A peering that is accepted and not active yet carries some soon, and so does a
 * request that the policy accepts; whether any other request ever will nobody knows.
 */
function dropsTraffic(route: Route, vpcId: string, { managementOf }: TakeoverContext): boolean {
  if (route.target.kind !== 'peering') {
    return route.state === 'blackhole';
  }
  const management = managementOf(route, vpcId);
  return (
    management.kind === 'dead' ||
    (route.state === 'blackhole' && management.kind === 'untouchable' && management.request === true)
  );
}
