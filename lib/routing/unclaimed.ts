import type { FindingKind } from '../model/finding.ts';
import type { OwnRoute } from '../model/memory.ts';
import { HANDED_BACK, isOptedIn, type OptIn, selectsRule, selectsSome } from '../model/opt-in.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, type Route } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { type Cidr, overlaps, sizeOf, subtract } from '../network/cidr.ts';
import { widest } from '../network/sorted-blocks.ts';
import { isCovered } from './coverage.ts';
import { blocksOfRoute } from './list-blocks.ts';
import type { ManagedView, Management } from './management.ts';
import { optInSlips } from './opt-in-warnings.ts';
import { isMarkedDestination, type Ownership } from './own.ts';
import type { RegionManagement } from './region-management.ts';
import type { TableState } from './table.ts';
import { splitByRoute } from './table-leads.ts';

/** What becomes of a route to a peering at a destination that the policy does not want in its table. */
export type Fate =
  /** Nothing is to be said about it. */
  | { readonly kind: 'leave' }
  | {
      readonly kind: 'finding';
      readonly as: FindingKind;
      readonly why: string;
      readonly rule?: string;
      /** The rule for which it is the product's own, as only the tag of an older version says. */
      readonly adoptFor?: string;
      /** What people are told that they may delete although it works: so they are told where that leads then (`without.ts`). */
      readonly mayGo?: readonly Cidr[];
    }
  | {
      readonly kind: 'remove';
      /** The finding that it mends; undefined where the policy has changed, which is no drift. */
      readonly mends?: 'stale';
      /** Whether it goes because its peering is dead, or whatever that is. */
      readonly peering?: 'dead';
      /** The answer to the request that it leads to. */
      readonly heldBy?: 'acceptance' | 'rejection';
      readonly why: string;
      readonly rule?: string;
      readonly adoptFor?: string;
    }
  /** Its addresses are not known, so nothing can be said. */
  | { readonly kind: 'not-judged'; readonly prefixListId: string; readonly why: string };

export interface FateContext {
  readonly tagPrefix: string;
  /** Of the policy. */
  readonly ruleNames: readonly string[];
  readonly onUntag: 'keep' | 'remove';
  readonly cidrOf: (destination: string) => Cidr | undefined;
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
  readonly managementOf: RegionManagement['managementOf'];
  readonly ownership: Ownership;
}

const LEAVE: Fate = { kind: 'leave' };

/** @param destination canonical. */
export function fateOf(state: TableState, destination: string, route: Route, context: FateContext): Fate {
  const { kind } = state.optIn;
  if (route.target.kind !== 'peering' || kind === 'gateway' || kind === 'handed-back') {
    return LEAVE;
  }
  const management = context.managementOf(route, state.table.vpcId);
  switch (management.kind) {
    case 'untouchable':
      return LEAVE;
    case 'dead':
      return mayCleanUp(state.optIn, context.ruleNames, ownOf(state, destination, route, context)?.rule)
        ? fateOfDead(destination, management)
        : fateOfLeftBehind(state, destination, route, management.why, context);
    case 'managed':
      return fateOfManaged(state, destination, route, management.managed, context);
    case 'expired':
      return fateOfExpired(state, destination, route, management, context);
    case 'unmanaged':
      return isOptedIn(state.optIn) || ownOf(state, destination, route, context) !== undefined
        ? fateOfUnmanaged(state, destination, route, management, context)
        : LEAVE;
  }
}

/**
 * A dead route goes only where the table asks for some rule of the policy, or for the rule for which the product once wrote the
 * route.
 *
 * @param ownRule the rule of an own route.
 */
export function mayCleanUp(optIn: OptIn, ruleNames: readonly string[], ownRule: string | undefined): boolean {
  if (!isOptedIn(optIn) || optIn.kind === 'all') {
    return optIn.kind === 'all';
  }
  return selectsSome(optIn, ruleNames) || (ownRule !== undefined && selectsRule(optIn, ownRule));
}

/** What the registry says of a route that is in its table as the product wrote it. */
function ownOf(
  { table }: TableState,
  destination: string,
  { target }: Route,
  { ownership }: FateContext,
): OwnRoute | undefined {
  const own = ownership.ownAt(table.routeTableId, destination);
  return own?.peeringId === target.id ? own : undefined;
}

/** An own route to a peering that has ended, in a table that has lost its tag: nothing else would ever tell of it. */
function fateOfLeftBehind(
  state: TableState,
  destination: string,
  route: Route,
  why: string,
  context: FateContext,
): Fate {
  const own = ownOf(state, destination, route, context);
  return own === undefined
    ? LEAVE
    : {
        kind: 'finding',
        as: 'untagged',
        why: `which ${why}. It was made for rule ${own.rule}, and ${notNamed(state, own.rule, context)}, so it stays. Delete it by hand, or tag the table again to have it removed.${slipText(state, context)}`,
        rule: own.rule,
      };
}

function notNamed({ optIn }: TableState, rule: string, { tagPrefix }: FateContext): string {
  const key = routesTagKey(tagPrefix);
  return isOptedIn(optIn)
    ? `the table's tag ${key} does not name rule ${rule} (any more)`
    : `the table has no tag ${key} (any more)`;
}

function untaggedRemedy({ optIn }: TableState, { ruleNames }: FateContext): string {
  return selectsSome(optIn, ruleNames)
    ? // The other tag would hand back the routes of its other rules, too.
      'Tag the table again, or delete the route by hand.'
    : `Tag the table again; or tag it ${HANDED_BACK}, if somebody else keeps its routes from now on. If nobody needs this one, tag it ${HANDED_BACK} first and delete the route then.`;
}

/** The tag that was probably meant to be the missing one. */
function slipText({ table }: TableState, context: FateContext): string {
  return optInSlips(table, context)
    .map((sentence) => ` ${sentence}`)
    .join('');
}

function fateOfDead(destination: string, { why, since }: Extract<Management, { kind: 'dead' }>): Fate {
  if (since === 'rejection') {
    return isPrefixListId(destination)
      ? LEAVE
      : { kind: 'remove', peering: 'dead', heldBy: since, why: `which ${why}.` };
  }
  return isPrefixListId(destination)
    ? {
        kind: 'finding',
        as: 'stale',
        why: `which ${why}. The product writes plain CIDR routes only, so this one is not its own: delete it by hand.`,
      }
    : { kind: 'remove', mends: 'stale', peering: 'dead', why: `which ${why}.` };
}

function fateOfManaged(
  state: TableState,
  destination: string,
  route: Route,
  managed: ManagedView,
  context: FateContext,
): Fate {
  const { optIn } = state;
  const rule = managed.rule.name;
  const peeringId = route.target.id;
  const own = ownOf(state, destination, route, context) !== undefined;
  if (!selectsRule(optIn, rule)) {
    const wanted = managed.wanted.some(({ text }) => text === destination);
    return own || (wanted && context.ownership.hasMark(peeringId))
      ? {
          kind: 'finding',
          as: 'untagged',
          why: `as rule ${rule} asks of tagged tables, but ${notNamed(state, rule, context)}. ${untaggedRemedy(state, context)}${slipText(state, context)}`,
          rule,
          mayGo: blocksOfRoute(route, context),
        }
      : LEAVE;
  }
  if (own && managed.stage === 'live' && isOutOfSight(destination, managed, context)) {
    return {
      kind: 'finding',
      as: 'stale',
      why: `whose subnet of ${managed.view.remote.vpcId} account ${managed.view.remote.accountId} no longer shares with this one, or which is gone, so whether rule ${rule} still asks for it is not known. It stays: delete it by hand, or have the subnet shared again.`,
      rule,
      mayGo: blocksOfRoute(route, context),
    };
  }
  if (own) {
    return {
      kind: 'remove',
      why: `${lostRange(destination, managed, context) ?? `a destination that rule ${rule} does not ask for any more`}.`,
      rule,
      ...(managed.stage === 'request' ? { heldBy: 'acceptance' } : {}),
    };
  }
  return fateOfForeign(state, destination, route, managed, context);
}

/** That the VPC at the other end does not have the addresses of an own route any more, or only a part; undefined where it has all. */
function lostRange(destination: string, { view }: ManagedView, { cidrOf }: FateContext): string | undefined {
  const cidr = cidrOf(destination);
  const blocks = view.remote.cidrs.flatMap((text) => cidrOf(text) ?? []);
  if (cidr === undefined || isCovered(cidr, blocks)) {
    return undefined;
  }
  const left = blocks.filter((block) => overlaps(block, cidr));
  const them = `the VPC at the other end (${view.remote.vpcId})`;
  return left.length === 0
    ? `which ${them} does not have any more: it has ${named(blocks)}`
    : `of which ${them} now has only ${named(left)}`;
}

/** More blocks than this nobody reads in a sentence. */
const MAX_NAMED = 5;

function named(blocks: readonly Cidr[]): string {
  const more = blocks.length - MAX_NAMED;
  const texts = blocks.slice(0, MAX_NAMED).map(({ text }) => text);
  return `${texts.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Whether its addresses may lie in a subnet that is no longer shared: losing sight of it is no decision to unroute it. */
function isOutOfSight(destination: string, { seen }: ManagedView, { cidrOf }: FateContext): boolean {
  const cidr = seen === undefined ? undefined : cidrOf(destination);
  return cidr !== undefined && seen !== undefined && !seen.some((block) => overlaps(block, cidr));
}

/** Somebody's own route to a managed peering: fine where it leads only what the policy wants there. */
function fateOfForeign(
  { table }: TableState,
  destination: string,
  route: Route,
  { rule, wanted, view }: ManagedView,
  context: FateContext,
): Fate {
  const cidr = context.cidrOf(destination);
  let blocks = cidr === undefined ? [] : [cidr];
  if (isPrefixListId(destination)) {
    const { cidrs, problem } = context.prefixLists.get(destination) ?? {};
    if (cidrs === undefined) {
      return {
        kind: 'not-judged',
        prefixListId: destination,
        why: problem ?? 'its entries were not read',
      };
    }
    blocks = cidrs.flatMap((text) => context.cidrOf(text) ?? []);
  }
  const beyond = blocks.filter((block) => !isCovered(block, wanted));
  if (beyond.length === 0) {
    return LEAVE;
  }
  const what = isPrefixListId(destination) ? ` (${named(beyond)})` : '';
  const { byRoute } = splitByRoute(table, route, beyond, context);
  const advice = foreignAdvice({ destination, beyond, blocks, byRoute, wanted }, view, context);
  return {
    kind: 'finding',
    as: 'unexpected',
    why: `a destination${what} that rule ${rule.name} does not ask for. Somebody else made this route, so it is left alone. ${advice}`,
    rule: rule.name,
    mayGo: beyond,
  };
}

/** A route beyond what the rule asks for. */
interface Foreign {
  readonly destination: string;
  readonly beyond: readonly Cidr[];
  /** All that it has. */
  readonly blocks: readonly Cidr[];
  /** Of `beyond`, what the table leads by it. */
  readonly byRoute: readonly Cidr[];
  /** What the rule asks for. */
  readonly wanted: readonly Cidr[];
}

/**
 * What a person does about a route beyond what the rule asks for. A rule can ask for nothing but what the other VPC has; and what a
 * list leads beside, goes on.
 */
function foreignAdvice(
  { destination, beyond, blocks, byRoute, wanted }: Foreign,
  { remote }: ManagedView['view'],
  { cidrOf }: FateContext,
): string {
  const theirs = remote.cidrs.flatMap((text) => cidrOf(text) ?? []);
  const them = `The VPC at the other end (${remote.vpcId})`;
  const inList = isPrefixListId(destination);
  const partly = inList && beyond.length < blocks.length;
  const letGo = partly ? 'take it out of the prefix list' : 'delete it by hand';
  if (theirs.length === 0 || beyond.every((block) => isCovered(block, theirs))) {
    return `Let the rule ask for it, or ${letGo}.`;
  }
  const notTheirs = (cidrs: readonly Cidr[]) => widest(cidrs).flatMap((block) => subtract(block, theirs));
  const [all, dropped] = [notTheirs(beyond), notTheirs(byRoute)];
  const isAll = addressesOf(all) === addressesOf(dropped);
  const has = theirs.filter((one) => beyond.some((block) => overlaps(one, block)));
  if (has.length > 0) {
    const rest =
      dropped.length === 0
        ? '. The rest goes by other routes, so nothing is dropped'
        : `, so what ${isAll ? 'else is sent there' : `is sent to ${named(dropped)}`} is dropped`;
    const unasked = has.filter((block) => !isCovered(block, wanted));
    const then =
      unasked.length === 0
        ? `The rule asks for all that the VPC has, so ${letGo} if nobody needs the rest.`
        : `Let the rule ask for ${named(unasked)}, and ${letGo} once that has its own route.`;
    return `${them} has of it ${named(has)} alone${rest}. ${then}`;
  }
  const sent =
    dropped.length === 0
      ? 'and all of them go by other routes, so nothing is sent there'
      : `so ${isAll ? 'all that is sent there' : `what is sent to ${named(dropped)}`} is dropped`;
  return `${them} has ${named(theirs)} and none of these addresses, ${sent}: ${partly ? 'take them out of the prefix list' : 'delete the route by hand'}.`;
}

/** How many addresses disjoint blocks have. */
function addressesOf(blocks: readonly Cidr[]): bigint {
  return blocks.reduce((sum, block) => sum + sizeOf(block), 0n);
}

/** Only own routes go, and only where the table still takes routes of their rule. */
function fateOfExpired(
  state: TableState,
  destination: string,
  route: Route,
  { why }: Extract<Management, { kind: 'expired' }>,
  context: FateContext,
): Fate {
  const own = ownOf(state, destination, route, context);
  if (own === undefined) {
    return LEAVE;
  }
  return selectsRule(state.optIn, own.rule)
    ? { kind: 'remove', why: `whose time is over. ${why}`, rule: own.rule }
    : {
        kind: 'finding',
        as: 'untagged',
        why: `whose time is over, but ${notNamed(state, own.rule, context)}, so the route stays. ${why} Delete it by hand, or tag the table again to have it removed.${slipText(state, context)}`,
        rule: own.rule,
        mayGo: blocksOfRoute(route, context),
      };
}

function fateOfUnmanaged(
  state: TableState,
  destination: string,
  route: Route,
  management: Extract<Management, { kind: 'unmanaged' }>,
  context: FateContext,
): Fate {
  const { ownership, onUntag } = context;
  const own = ownOf(state, destination, route, context);
  const former = isMarkedDestination(management, destination)
    ? ownership.formerRule(management, state)
    : undefined;
  const about = management.rule === undefined ? {} : { rule: management.rule };
  const adopt = own !== undefined || former === undefined ? {} : { adoptFor: former };
  if (own === undefined && former === undefined) {
    return management.rule === undefined
      ? LEAVE
      : {
          kind: 'finding',
          as: 'unexpected',
          why: `which is live but not managed. The route is left alone. ${management.why}`,
          ...about,
        };
  }
  const stays = (because: string): Fate => ({
    kind: 'finding',
    as: 'stale',
    why: [
      `which the policy no longer manages; ${because}, so the route stays.`,
      ...(management.why === '' ? [] : [management.why]),
      'Let a rule manage the peering again, or delete the route by hand.',
    ].join(' '),
    mayGo: blocksOfRoute(route, context),
    ...about,
    ...adopt,
  });
  if (onUntag === 'keep') {
    return stays('drift.onUntag is keep');
  }
  // The product never writes to a table that does not ask for it.
  if (own !== undefined && !selectsRule(state.optIn, own.rule)) {
    return stays(notNamed(state, own.rule, context));
  }
  return {
    kind: 'remove',
    mends: 'stale',
    why: `which the policy no longer manages, and drift.onUntag is remove. ${management.why}`.trim(),
    // The delete may be held or fail, and by then the tag of the older version counts no more.
    ...adopt,
  };
}
