import type { Cidr } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { formerRuleOf, type RemovalContext } from './standing.ts';
import type { Claim, HeldClaim, TableState } from './table.ts';
import type { Route } from './types.ts';

/** Where the addresses of a destination go. */
interface Holder {
  readonly destination: string;
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
  const isNew = ({ route }: Claim) => !routes.has(route.destination) && !context.synced.has(route.peeringId);
  // Most passes have nothing new to write, and most tables nothing that could be wider.
  if (!claims.some(isNew)) {
    return state;
  }
  const holders = holdersIn(state, context);
  const kept: Claim[] = [];
  const held: HeldClaim[] = [];
  for (const claim of claims) {
    const wider = isNew(claim)
      ? holders.covering(claim.cidr).findLast(({ value }) => counts(value, claim))?.value
      : undefined;
    if (wider === undefined || wider.targetId === claim.route.peeringId) {
      kept.push(claim);
    } else {
      const { destination, targetId } = wider;
      held.push({ ...claim, wider: { destination, targetId } });
    }
  }
  return { ...state, claims: kept, held };
}

/** A claim itself says nothing of where its addresses go now. */
function counts({ destination, targetId, fate }: Holder, { cidr, route }: Claim): boolean {
  return targetId === route.peeringId ? destination !== cidr.text : fate === 'stays';
}

function holdersIn(
  { table, optIn, routes, propagated, claims }: TableState,
  context: TakeoverContext,
): PrefixMap<Holder> {
  const holders = new PrefixMap<Holder>();
  const add = (cidr: Cidr | undefined, targetId: string, fate: Holder['fate'] = 'stays') => {
    if (cidr !== undefined && cidr.prefix > 0 && (fate === 'stays' || holders.get(cidr) === undefined)) {
      holders.set(cidr, { destination: cidr.text, targetId, fate });
    }
  };
  for (const { destination, target } of propagated) {
    add(context.cidrOf(destination), target.id);
  }
  for (const { cidr, route } of claims) {
    if (holders.get(cidr) === undefined) {
      add(cidr, route.peeringId);
    }
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
