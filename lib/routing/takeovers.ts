import type { Route } from '../model/route-table.ts';
import { type Cidr, compareCidrs, contains } from '../network/cidr.ts';
import { formerRuleOf, type RemovalContext } from './standing.ts';
import type { Claim, HeldClaim, TableState } from './table.ts';

/** Where the addresses of a destination go. */
interface Holder {
  readonly cidr: Cidr;
  readonly targetId: string;
  /** `leaves`: the plan deletes the route, so it holds nothing back; what it carries today is its peering's already. */
  readonly fate: 'stays' | 'leaves';
}

export interface TakeoverContext extends RemovalContext {
  readonly cidrOf: (destination: string) => Cidr | undefined;
  /** Peerings of which exactly the routes that they should have now were all in place once. */
  readonly synced: ReadonlySet<string>;
}

/**
 * Holds back claims for routes that were never written and that lie inside a wider route, or equal a propagated one, to
 * somewhere else. The guardrail `widerRoutes` keeps such requests from being accepted; this keeps a peer from getting
 * past it with a CIDR that it adds to its VPC afterwards. Default routes never count.
 *
 * Where another managed peering wants the wider destination, its claim counts like its route, so that the outcome does
 * not hang on which of the two is written first.
 */
export function holdTakeovers(state: TableState, context: TakeoverContext): TableState {
  const { routes, claims } = state;
  const isNew = ({ destination, peeringId }: Claim) =>
    !routes.has(destination) && !context.synced.has(peeringId);
  // Most passes have nothing new to write.
  if (!claims.some(isNew)) {
    return state;
  }
  const aroundOf = createHolderWalk(state, context);
  const kept: Claim[] = [];
  const held: HeldClaim[] = [];
  for (const claim of claims) {
    const around = aroundOf(claim);
    const wider = isNew(claim) ? around.findLast((holder) => counts(holder, claim)) : undefined;
    if (wider === undefined || wider.targetId === claim.peeringId) {
      kept.push(claim);
    } else {
      held.push({ ...claim, wider: { destination: wider.cidr.text, targetId: wider.targetId } });
    }
  }
  return held.length === 0 ? state : { ...state, claims: kept, held };
}

/** A claim itself says nothing of where its addresses go now. */
function counts({ cidr, targetId, fate }: Holder, claim: Claim): boolean {
  return targetId === claim.peeringId ? cidr.text !== claim.destination : fate === 'stays';
}

/**
 * The holders around each claim, itself included, widest first. To be asked for every claim in turn: blocks are nested
 * or disjoint, so in sorted order those around an address are a stack, and one walk over claims and routes finds all.
 */
function createHolderWalk(state: TableState, context: TakeoverContext): (claim: Claim) => readonly Holder[] {
  const ofRoutes = holdersByRoute(state, context);
  const waiting = [...ofRoutes.values()].sort((a, b) => compareCidrs(b.cidr, a.cidr));
  const around: Holder[] = [];
  const comeTo = (cidr: Cidr) => {
    for (let top = around.at(-1); top !== undefined && !contains(top.cidr, cidr); top = around.at(-1)) {
      around.pop();
    }
  };
  return ({ cidr, destination, peeringId }) => {
    for (
      let next = waiting.at(-1);
      next !== undefined && compareCidrs(next.cidr, cidr) <= 0;
      next = waiting.at(-1)
    ) {
      comeTo(next.cidr);
      around.push(next);
      waiting.pop();
    }
    comeTo(cidr);
    // A route at the very destination says more than the claim, unless it is about to go.
    if (cidr.prefix > 0 && ofRoutes.get(destination)?.fate !== 'stays') {
      around.push({ cidr, targetId: peeringId, fate: 'stays' });
    }
    return around;
  };
}

/** By destination: where the routes send it, static ones before propagated ones, as EC2 prefers them. */
function holdersByRoute(
  { table, optIn, routes, propagated }: TableState,
  context: TakeoverContext,
): ReadonlyMap<string, Holder> {
  const holders = new Map<string, Holder>();
  const add = (cidr: Cidr | undefined, targetId: string, fate: Holder['fate']) => {
    if (cidr !== undefined && cidr.prefix > 0 && (fate === 'stays' || !holders.has(cidr.text))) {
      holders.set(cidr.text, { cidr, targetId, fate });
    }
  };
  for (const { destination, target } of propagated) {
    add(context.cidrOf(destination), target.id, 'stays');
  }
  const fateOf = (route: Route): Holder['fate'] | 'gone' => {
    const standing = context.standingOf(route, table.vpcId);
    switch (standing.kind) {
      case 'dead':
        return 'gone';
      case 'managed':
        return 'leaves';
      case 'untouchable':
        return 'stays';
      case 'unmanaged':
        return context.onUntag === 'remove' && formerRuleOf(standing, optIn) !== undefined
          ? 'leaves'
          : 'stays';
    }
  };
  for (const [destination, route] of routes) {
    const { kind, id } = route.target;
    const fate = kind === 'peering' ? fateOf(route) : kind === 'local' ? 'gone' : 'stays';
    if (fate !== 'gone') {
      add(context.cidrOf(destination), id, fate);
    }
  }
  return holders;
}
