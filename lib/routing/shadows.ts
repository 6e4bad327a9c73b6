import type { Change } from '../model/change.ts';
import { lazy } from '../model/lazy.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, type Route, type RouteTable } from '../model/route-table.ts';
import { type Cidr, compareCidrs } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { around } from '../network/sorted-blocks.ts';
import { blocksOf } from './list-blocks.ts';
import type { Helps, PlannedFinding } from './planned-finding.ts';
import { rivalsHelp } from './rivals.ts';
import type { Claim, TableState } from './table.ts';

/** A target as people read it: an id, and what it is where the id alone does not say so. */
export function targetText({ kind, id }: Route['target']): string {
  return kind === 'peering' || kind === 'unknown' ? id : `${id} (${kind})`;
}

export interface ShadowContext {
  readonly cidrOf: (destination: string) => Cidr | undefined;
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
  /** Destinations whose route this plan deletes. */
  readonly deleted: ReadonlySet<string>;
  /** Routes that this plan makes, unless something keeps them back. */
  readonly made: readonly Change[];
}

/** What is so once a change is made, and what stays so if it is not. */
export interface ByChange {
  readonly change: Change;
  readonly onceMade: readonly PlannedFinding[];
  readonly unlessMade: readonly PlannedFinding[];
}

/** What more specific routes do to the claims of a table. */
export interface Shadows {
  readonly findings: readonly PlannedFinding[];
  /** By routes that stay: of what the findings tell. */
  readonly forGood: readonly LedAway[];
  /** By routes that this plan deletes, until they are gone: that is told of these routes, not of the claims. */
  readonly untilDeleted: readonly LedAway[];
  /** By routes that this plan makes inside of other claims. */
  readonly byChange: readonly ByChange[];
}

/** A block of a claim that a narrower route has. */
export interface LedAway {
  readonly claim: Claim;
  readonly cidr: Cidr;
}

function byCidr(a: LedAway, b: LedAway): number {
  return compareCidrs(a.cidr, b.cidr) || compareCidrs(a.claim.cidr, b.claim.cidr);
}

const NO_SHADOWS: Shadows = { findings: [], forGood: [], untilDeleted: [], byChange: [] };

/**
 * More specific routes that send part of a desired destination elsewhere: static ones, propagated ones and entries of prefix
 * lists, for the longest prefix wins whatever its origin. A route to the same peering does not. One that the policy itself wants
 * for another peering does: it wants both, and the addresses lead to one alone.
 */
export function shadowsOf(state: TableState, { cidrOf, prefixLists, deleted, made }: ShadowContext): Shadows {
  const { claims, routes, others, propagated, wanted } = state;
  if (claims.length === 0) {
    return NO_SHADOWS;
  }
  const findings: PlannedFinding[] = [];
  const forGood: LedAway[] = [];
  const untilDeleted: LedAway[] = [];
  // Claims lie in one another only then.
  const making = new Map(wanted.nested ? made.map((change) => [change.destination, change]) : []);
  const shadowedIn = createShadowed(state, routes);
  const toLists: Route[] = [];
  const look = (cidr: Cidr | undefined, route: Route, by: keyof typeof BY) => {
    // A static route to the same block wins over one of another kind.
    if (cidr === undefined || cidr.prefix === 0 || (by !== 'route' && routes.has(cidr.text))) {
      return;
    }
    if (by === 'route' && making.has(cidr.text)) {
      return;
    }
    const isLeaving = by === 'route' && deleted.has(cidr.text);
    for (const { claim, instead } of shadowedIn(cidr, route)) {
      (isLeaving ? untilDeleted : forGood).push({ claim, cidr });
      if (!isLeaving) findings.push(shadowedBy(state, claim, cidr, route, by, instead));
    }
  };
  // Routes at destinations that the policy wants shadow only where these lie in one another.
  for (const [destination, route] of wanted.nested ? routes : others) {
    if (route.target.kind === 'local') {
      continue;
    }
    if (isPrefixListId(destination)) {
      // AWS's own lists have no blocks that a policy could want.
      if (blocksOf(prefixLists.get(destination)).length > 0) toLists.push(route);
    } else {
      look(cidrOf(destination), route, 'route');
    }
  }
  const [onlyList, ...otherLists] = toLists;
  if (onlyList !== undefined && otherLists.length === 0) {
    for (const cidr of blocksOf(prefixLists.get(onlyList.destination))) look(cidr, onlyList, 'prefix-list');
  } else {
    for (const { cidr, having } of blocksOfLists(toLists, prefixLists)) {
      if (cidr.prefix === 0 || routes.has(cidr.text)) continue;
      for (const { claim, finding } of shadowsByLists(state, cidr, having, shadowedIn)) {
        forGood.push({ claim, cidr });
        findings.push(finding);
      }
    }
  }
  const isListed = createIsListed(toLists, prefixLists);
  for (const route of propagated) {
    const cidr = cidrOf(route.destination);
    // An entry of a list wins over a propagated route to the same block.
    if (cidr !== undefined && !isListed(cidr)) look(cidr, route, 'propagated');
  }
  const byChange = making.size === 0 ? [] : shadowsByChange(state, [...making.values()], shadowedIn, cidrOf);
  return { findings, forGood, untilDeleted: untilDeleted.sort(byCidr), byChange };
}

/** A block, and the routes to lists that have it, in the order of the lists. */
interface BlockOfLists {
  readonly cidr: Cidr;
  readonly having: readonly Route[];
}

/** Of several lists, which may have a block in common. */
function blocksOfLists(
  toLists: readonly Route[],
  prefixLists: ShadowContext['prefixLists'],
): readonly BlockOfLists[] {
  const blocks = new Map<string, { readonly cidr: Cidr; readonly having: Route[] }>();
  for (const route of [...toLists].sort((a, b) => (a.destination < b.destination ? -1 : 1))) {
    for (const cidr of blocksOf(prefixLists.get(route.destination))) {
      const known = blocks.get(cidr.text);
      if (known === undefined) blocks.set(cidr.text, { cidr, having: [route] });
      else if (known.having.at(-1) !== route) known.having.push(route);
    }
  }
  return [...blocks.values()];
}

/** Whether an entry of a list has just this block. All of them are gathered when one is first asked for. */
function createIsListed(
  toLists: readonly Route[],
  prefixLists: ShadowContext['prefixLists'],
): (cidr: Cidr) => boolean {
  const listed = lazy(
    () =>
      new Set(
        toLists.flatMap(({ destination }) => blocksOf(prefixLists.get(destination)).map(({ text }) => text)),
      ),
  );
  return ({ text }) => listed().has(text);
}

/**
 * The claims that lose a block to lists, one finding each. Where several lists lead it to different targets, which one has it nobody
 * knows ("we randomly choose which route takes priority"; `Lead`), the peering of the claim being one of them or not.
 */
function shadowsByLists(
  state: TableState,
  cidr: Cidr,
  having: readonly Route[],
  shadowedIn: ShadowedIn,
): { readonly claim: Claim; readonly finding: PlannedFinding }[] {
  const [first] = having;
  if (first !== undefined && having.every(({ target }) => target.id === first.target.id)) {
    const lists = { ...first, destination: having.map(({ destination }) => destination).join(', ') };
    return shadowedIn(cidr, first).map(({ claim, instead }) => ({
      claim,
      finding: shadowedBy(state, claim, cidr, lists, 'prefix-list', instead),
    }));
  }
  const claims = new Set(having.flatMap((route) => shadowedIn(cidr, route).map(({ claim }) => claim)));
  return [...claims].map((claim) => ({
    claim,
    finding: shadowedByOneOf(state, claim, cidr, having),
  }));
}

/** The claims that lose a block to a route that is about to be made, or lose it to the one that is there until then. */
function shadowsByChange(
  state: TableState,
  made: readonly Change[],
  shadowedNow: ShadowedIn,
  cidrOf: ShadowContext['cidrOf'],
): ByChange[] {
  const after = new Map(state.routes);
  for (const change of made) after.set(change.destination, routeMade(change));
  const shadowedThen = createShadowed(state, after);
  return made.flatMap((change): ByChange[] => {
    const cidr = cidrOf(change.destination);
    const now = state.routes.get(change.destination);
    if (cidr === undefined || cidr.prefix === 0) {
      return [];
    }
    const findingsBy = (shadowedIn: ShadowedIn, route: Route) =>
      shadowedIn(cidr, route).map(({ claim, instead }) =>
        shadowedBy(state, claim, cidr, route, 'route', instead),
      );
    const onceMade = findingsBy(shadowedThen, routeMade(change));
    const unlessMade = now === undefined || now.target.kind === 'local' ? [] : findingsBy(shadowedNow, now);
    return onceMade.length + unlessMade.length === 0 ? [] : [{ change, onceMade, unlessMade }];
  });
}

/** The route that a change makes, once its peering is active. */
export function routeMade({ destination, peeringId }: Change): Route {
  return {
    destination,
    target: { kind: 'peering', id: peeringId },
    state: 'active',
    origin: 'CreateRoute',
  };
}

type ShadowedIn = (cidr: Cidr, route: Route) => readonly Shadowed[];

interface Shadowed {
  readonly claim: Claim;
  /** The claim that the route serves instead. */
  readonly instead?: Claim;
}

/** A route to a peering that is not active yet drops its traffic until then, and that is nothing to tell. */
function leadsWhereClaimed({ peeringId, managed }: Claim, { target, state }: Route): boolean {
  return peeringId === target.id && (state !== 'blackhole' || managed.view.peering.status !== 'active');
}

/** Which claims lose a block to the route that leads it. @param routes those that the table has by then. */
function createShadowed(
  { claims, wanted }: Pick<TableState, 'claims' | 'wanted'>,
  routes: TableState['routes'],
): ShadowedIn {
  if (!wanted.nested) {
    // Claims that lie in no other are found in their list as it is.
    return (cidr, route) => {
      const claim = around(claims, cidr);
      const isShadowed =
        claim !== undefined && claim.destination !== cidr.text && !leadsWhereClaimed(claim, route);
      return isShadowed ? [{ claim }] : [];
    };
  }
  return (cidr, route) => {
    const { target } = route;
    const inside: Claim[] = [];
    const shadowed: Shadowed[] = [];
    for (const { value: claim } of nestedClaims(claims).covering(cidr).reverse()) {
      // A route between the two takes the block from the claim already, and is told itself.
      const isTaken = inside.some(({ destination }) => {
        const found = destination === cidr.text ? undefined : routes.get(destination);
        return found !== undefined && found.target.id !== claim.peeringId;
      });
      if (claim.destination !== cidr.text && !leadsWhereClaimed(claim, route) && !isTaken) {
        const instead = inside.find(({ peeringId }) => peeringId === target.id);
        shadowed.push(instead === undefined ? { claim } : { claim, instead });
      }
      inside.push(claim);
    }
    return shadowed;
  };
}

/** By the list of claims, which tables of a VPC share. */
const claimedBy = new WeakMap<readonly Claim[], PrefixMap<Claim>>();

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

/** `a, b and c`. */
export function joinedByAnd(texts: readonly string[]): string {
  return [texts.slice(0, -1).join(', '), ...texts.slice(-1)].filter((text) => text !== '').join(' and ');
}

/** A block that several lists lead to different targets. */
function shadowedByOneOf(
  { table }: TableState,
  claim: Claim,
  cidr: Cidr,
  having: readonly Route[],
): PlannedFinding {
  const part = cidr.text;
  const targets = having.map(({ destination: list, target, state }) =>
    state === 'blackhole'
      ? `${list} to ${target.id} (${target.kind}, a blackhole)`
      : `${list} to ${targetText(target)}`,
  );
  return shadowed(claim, table, cidr, {
    targetId: [...new Set(having.map(({ target }) => target.id))].join(' or '),
    but:
      `has ${part}, a part of it, in ${having.length === 2 ? 'two' : having.length} prefix lists, ${joinedByAnd(targets)}: AWS picks one of them, ` +
      'and which is not known. A more specific route always wins.',
    helps: listHelp(claim, table, cidr),
  });
}

/** @param but completes "… should route …, but". */
function shadowed(
  { destination, peeringId, rule }: Claim,
  { region, routeTableId }: RouteTable,
  { text: part }: Cidr,
  { targetId, but, helps }: { readonly targetId: string; readonly but: string; readonly helps: Helps },
): PlannedFinding {
  return {
    kind: 'shadowed',
    region,
    routeTableId,
    destination: part,
    peeringId,
    rule,
    elsewhere: `${part} ${targetId}`,
    detail: `${routeTableId} in ${region} should route ${destination} to ${peeringId} (rule ${rule}), but ${but}`,
    repairable: false,
    helps,
  };
}

/** A static route to the same block goes before what a list or a gateway has, so that neither has to be touched. */
function listHelp(claim: Claim, table: RouteTable, cidr: Cidr): Helps {
  return { claim, table, says: '', byHand: { action: 'create', destination: cidr.text }, leaveOut: [cidr] };
}

function shadowHelp(
  claim: Claim,
  table: RouteTable,
  cidr: Cidr,
  { target, destination }: Route,
  by: keyof typeof BY,
): Helps {
  const help = listHelp(claim, table, cidr);
  const action = target.id === claim.peeringId ? 'delete' : 'replace';
  return by === 'route' ? { ...help, byHand: { action, destination } } : help;
}

function shadowedBy(
  { table }: TableState,
  claim: Claim,
  cidr: Cidr,
  route: Route,
  by: keyof typeof BY,
  instead: Claim | undefined,
): PlannedFinding {
  const part = cidr.text;
  const why =
    instead === undefined
      ? BY[by]
      : `Rule ${instead.rule} routes ${instead.destination} to ${instead.peeringId}, so that is left as it is.`;
  const list = by === 'prefix-list' ? ` (${route.destination})` : '';
  const away =
    route.state === 'blackhole'
      ? `drops ${part}, a part of it${list} (${targetText(route.target)} is a blackhole)`
      : `sends ${part}, a part of it${list}, to ${targetText(route.target)}`;
  return shadowed(claim, table, cidr, {
    targetId: route.target.id,
    but: `${away}. ${why}`,
    helps:
      instead === undefined ? shadowHelp(claim, table, cidr, route, by) : rivalsHelp(claim, [instead], table),
  });
}
