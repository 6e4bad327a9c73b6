import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { HeldBy } from '../model/held-by.ts';
import type { MemoryUpdate, OwnRoute } from '../model/memory.ts';
import type { Route } from '../model/route-table.ts';
import { type Cidr, overlaps } from '../network/cidr.ts';
import { allLead, type Leads, leadsOf, leadsOnceActive } from './leads.ts';
import { blocksOfRoute } from './list-blocks.ts';
import type { Management } from './management.ts';
import type { Step } from './order.ts';
import { wasOwn } from './own.ts';
import type { Helps, PlannedFinding } from './planned-finding.ts';
import { targetText } from './shadows.ts';
import type { Claim, Elsewhere, TableState } from './table.ts';
import { type FateContext, fateOf } from './unclaimed.ts';

/** A change that is planned, with what it is about. */
export interface PlannedStep extends Step {
  /** The drift that the change mends. */
  readonly finding?: Finding & { readonly repairable: true };
  /** Whether its route was never written before. */
  readonly isPending?: true;
}

export interface ClaimContext extends FateContext {
  /** Policy `guardrails.equalRoutes`: whether a route to elsewhere at the same destination is being moved away. */
  readonly equalRoutes: 'hold' | 'wait';
  /** CIDRs of the VPC at the other end of a peering; undefined where they are not visible. */
  readonly remoteCidrsOf: (peeringId: string, vpcId: string) => readonly Cidr[] | undefined;
}

interface LedContext extends ClaimContext {
  readonly isLedNow: (claim: Claim) => boolean;
}

export interface ClaimComparison {
  readonly creates: PlannedStep[];
  readonly replaces: PlannedStep[];
  readonly findings: PlannedFinding[];
  /** Claims whose destination leads to the peering now. */
  readonly present: Claim[];
  /** Claims that get no route by this plan, those included that are present by other routes. */
  readonly unmade: Claim[];
  /** Routes that are in place as the policy wants them, and that the registry does not name yet. */
  readonly learned: MemoryUpdate[];
  /** At how many claims the table has an own route by the registry, whether it is there or not. */
  readonly ownClaimed: number;
}

/**
 * Compares the routes that the policy wants in one table with what is there.
 *
 * @param isLedNow what `createLedNow` made.
 */
export function compareClaims(
  state: TableState,
  context: ClaimContext,
  isLedNow: (claim: Claim) => boolean,
): ClaimComparison {
  const result = {
    creates: [] as PlannedStep[],
    replaces: [] as PlannedStep[],
    findings: [] as PlannedFinding[],
    present: [] as Claim[],
    unmade: [] as Claim[],
    learned: [] as MemoryUpdate[],
    ownClaimed: 0,
  };
  const isLedThere = createLedThere(state, context);
  const missing = createMissing(state, { ...context, isLedNow }, result);
  const own = context.ownership.ofTable(state.table.routeTableId);
  for (const claim of state.claims) {
    const { destination, peeringId } = claim;
    const ownHere = own?.get(destination);
    if (ownHere !== undefined) result.ownClaimed += 1;
    const found = state.routes.get(destination);
    if (found === undefined) {
      if (isLedThere(claim)) {
        result.present.push(claim);
      } else {
        missing(claim, ownHere);
      }
    } else if (found.target.kind === 'peering' && found.target.id === peeringId) {
      inPlace(claim, state.table, found, ownHere, context, result);
    } else if (found.target.kind === 'peering') {
      toAnotherPeering(claim, found, state, { ...context, isLedNow }, result);
    } else {
      const by = ownHere?.peeringId === peeringId ? IN_PLACE_OF_OWN : BY_OTHERS;
      leftToOthers(claim, { ...context, isLedNow }, result, () => conflict(claim, found, state, context, by));
    }
  }
  return result;
}

/** The route that a claim asks for in a table. */
export function wishOf(
  { destination, peeringId, rule }: Claim,
  { region, routeTableId }: Pick<TableState['table'], 'region' | 'routeTableId'>,
): DesiredRoute {
  return { region, routeTableId, destination, peeringId, rule };
}

/**
 * Whether other routes that stay, prefix lists most of all, already lead every address of a claim to its peering, also once
 * the other claims have their routes. To a peering that is not active yet they lead as soon as it is. Most tables have none, so what
 * tells it is made when first needed.
 */
function createLedThere(state: TableState, context: ClaimContext): (claim: Claim) => boolean {
  let others: { readonly staying: readonly Route[]; readonly peerings: ReadonlySet<string> } | undefined;
  let leads: Leads | undefined;
  const make = () => {
    const staying = state.table.routes.filter((route) => {
      const destination = context.cidrOf(route.destination)?.text ?? route.destination;
      return (
        !state.wanted.destinations.has(destination) &&
        fateOf(state, destination, route, context).kind !== 'remove'
      );
    });
    return { staying, peerings: new Set(staying.map(({ target }) => target.id)) };
  };
  return ({ cidr, peeringId, destination, managed }) => {
    others ??= make();
    if (!others.peerings.has(peeringId)) {
      return false;
    }
    leads ??= leadsOf(others.staying, context.cidrOf, context.prefixLists);
    if (!allLead(leads, cidr, leadsOnceActive(managed.view.peering))) {
      return false;
    }
    // A claim of another peering that is narrower than what leads there now would take the addresses away.
    const around = leads.longestMatch(cidr)?.cidr.prefix ?? -1;
    return !state.claims.some(
      (claim) =>
        claim.peeringId !== peeringId &&
        claim.destination !== destination &&
        overlaps(claim.cidr, cidr) &&
        claim.cidr.prefix > around,
    );
  };
}

/**
 * Adds what follows where a table has no route for a claim. There may be a hundred thousand of these in a Region: so what all
 * routes of a table share is written once, and objects are written out, as a spread makes one of twice the size.
 */
function createMissing(
  state: TableState,
  context: LedContext,
  { creates, learned, present }: ClaimComparison,
): (claim: Claim, own: OwnRoute | undefined) => void {
  const { region, routeTableId } = state.table;
  const without = `, and ${routeTableId} has no such route.`;
  const shouldRoute = shouldRouteText({ region, routeTableId });
  return (claim, own) => {
    const { cidr, destination, peeringId, rule, managed } = claim;
    const reason = claim.sentence + without;
    const isMissing =
      managed.stage === 'live' && (own?.peeringId === peeringId || context.ownership.isMarked(peeringId));
    if (isMissing) {
      if (own === undefined) adoptMarked(claim, routeTableId, context, learned);
      const isLed = context.isLedNow(claim);
      if (isLed) present.push(claim);
      const detail = shouldRoute + claim.missing + (isLed ? ledMeanwhileText(claim, state, context) : '');
      creates.push({
        cidr,
        change: {
          action: 'create',
          region,
          routeTableId,
          destination,
          peeringId,
          rule,
          reason,
          mends: 'missing',
        },
        finding: {
          kind: 'missing',
          region,
          routeTableId,
          destination,
          peeringId,
          rule,
          detail,
          repairable: true,
        },
      });
      return;
    }
    const path = state.beforeActive.get(destination);
    if (path !== undefined) {
      const waits = `${placeElsewhere(path)} to ${path.targetId} leads its addresses now, and ${peeringId} is not active yet: the route waits until it is.`;
      creates.push({
        cidr,
        change: {
          action: 'create',
          ...wishOf(claim, state.table),
          reason: `${reason} ${waits}`,
          heldBy: 'activation',
        },
        isPending: true,
      });
      return;
    }
    const change: Change =
      managed.stage === 'request'
        ? {
            action: 'create',
            region,
            routeTableId,
            destination,
            peeringId,
            rule,
            reason,
            heldBy: 'acceptance',
          }
        : { action: 'create', region, routeTableId, destination, peeringId, rule, reason };
    creates.push({ cidr, change, isPending: true });
  };
}

/** More routes than this nobody reads in a sentence. */
const MOST_NAMED = 3;

/** By which routes the addresses of a claim lead to its peering although its own route is gone: nothing is lost by that. */
function ledMeanwhileText({ cidr, peeringId }: Claim, { table }: TableState, context: ClaimContext): string {
  const leading = table.routes.filter(
    (route) =>
      route.target.id === peeringId && blocksOfRoute(route, context).some((block) => overlaps(block, cidr)),
  );
  const named = leading.slice(0, MOST_NAMED).map(({ destination }) => destination);
  const more = leading.length > MOST_NAMED ? ` and ${leading.length - MOST_NAMED} more` : '';
  return ` Its addresses lead there meanwhile by ${leading.length === 1 ? 'the route' : 'the routes'} to ${named.join(', ')}${more}, so no traffic is lost.`;
}

/** What only the tag of an older version says is taken into the registry, before that tag counts no longer. */
function adoptMarked(
  { destination, peeringId, rule }: Claim,
  routeTableId: string,
  { ownership }: ClaimContext,
  learned: MemoryUpdate[],
): void {
  if (ownership.registry === 'known' && ownership.ownAt(routeTableId, destination) === undefined) {
    learned.push({ kind: 'own', routeTableId, destination, peeringId, rule });
  }
}

function inPlace(
  claim: Claim,
  table: TableState['table'],
  found: Route,
  own: OwnRoute | undefined,
  { ownership }: ClaimContext,
  { findings, learned, present, unmade }: ClaimComparison,
): void {
  const { destination, peeringId, rule, managed } = claim;
  const { region, routeTableId } = table;
  if (managed.stage === 'live' && ownership.registry === 'known') {
    if (own?.peeringId !== peeringId || own.rule !== rule) {
      learned.push({ kind: 'own', routeTableId, destination, peeringId, rule });
      if (own !== undefined) {
        learned.push({ kind: 'not-own', routeTableId, destination, ...own });
      }
    }
  }
  if (found.state === 'blackhole' && managed.view.peering.status === 'active') {
    unmade.push(claim);
    findings.push({
      kind: 'blackhole',
      ...wishOf(claim, table),
      detail: `${routeTableId} in ${region} routes ${destination} to ${peeringId} (rule ${rule}), which is active, but the route is a blackhole and drops its traffic. If that lasts for more than a few minutes, delete the route by hand; where the policy says mode: enforce and drift.repair: true, the product writes it anew.`,
      repairable: false,
    });
    return;
  }
  present.push(claim);
}

/**
 * A route at the destination is left alone. That is a conflict, unless narrower routes leave it none of the addresses, or it is
 * one beside which the policy accepts a request: of that the decision says what the route waits for.
 */
function leftToOthers(
  claim: Claim,
  { isLedNow, equalRoutes }: LedContext,
  { findings, present, unmade }: ClaimComparison,
  conflictOf: () => PlannedFinding,
): void {
  unmade.push(claim);
  if (isLedNow(claim)) {
    present.push(claim);
  } else if (claim.managed.stage === 'live' || equalRoutes === 'hold') {
    findings.push(conflictOf());
  }
}

/** A route at the destination goes to another peering: replaced only if it is the product's own, or that peering is dead. */
function toAnotherPeering(
  claim: Claim,
  found: Route,
  state: TableState,
  context: LedContext,
  result: ClaimComparison,
): void {
  const { replaces, learned } = result;
  const { table } = state;
  const { cidr, destination, peeringId, sentence } = claim;
  const wish = wishOf(claim, table);
  const { routeTableId } = table;
  const other = found.target.id;
  const management = context.managementOf(found, table.vpcId);
  const turned = wasOwn(context.ownership, routeTableId, claim);
  const ownOther = context.ownership.ownAt(routeTableId, destination)?.peeringId === other;
  const dropped =
    ownOther &&
    (management.kind === 'managed' ||
      management.kind === 'expired' ||
      (management.kind === 'unmanaged' && context.onUntag === 'remove'));
  if (management.kind !== 'dead' && !turned && !dropped) {
    const made = ownOther ? context.ownership.ownAt(routeTableId, destination) : undefined;
    const left = made === undefined ? BY_OTHERS : leaves(ownText(made, management));
    leftToOthers(claim, context, result, () => conflict(claim, found, state, context, left));
    return;
  }
  if (turned) {
    adoptMarked(claim, routeTableId, context, learned);
  }
  const instead =
    management.kind === 'dead'
      ? `${other}, which ${management.why}`
      : turned
        ? `${other}, to which somebody turned it`
        : `${other}, for which the policy does not ask for it any more`;
  const held = heldUntil(claim, found, management);
  const waits =
    held === 'activation'
      ? ` ${destination} to ${other} works until then, and ${peeringId} is not active yet: the route waits until it is.`
      : '';
  const reason = `${sentence}; ${routeTableId} routes it to ${instead}.${waits}`;
  const base = {
    action: 'replace',
    ...wish,
    reason,
    seen: found,
    ...(held === undefined ? {} : { heldBy: held }),
  } as const;
  if (turned) {
    const detail = `${asked(wish)}, but routes it to ${instead}.`;
    replaces.push({
      cidr,
      change: { ...base, mends: 'wrong-target' },
      finding: { kind: 'wrong-target', ...wish, detail, repairable: true },
    });
    return;
  }
  const ofDead = management.kind === 'dead' ? { onlyIfDead: other } : {};
  const finding = staleBefore(claim, found, management, table);
  replaces.push({
    cidr,
    change: {
      ...base,
      ...ofDead,
      ...(finding === undefined ? {} : { mends: finding.kind }),
    },
    isPending: true,
    ...(finding === undefined ? {} : { finding }),
  });
}

/** What a route that is to be replaced waits for: while it carries traffic, for a peering that would drop it. */
function heldUntil(
  { managed: { stage, view } }: Claim,
  { state }: Route,
  management: Management,
): Extract<HeldBy, 'acceptance' | 'rejection' | 'activation'> | undefined {
  if (stage === 'request') {
    return 'acceptance';
  }
  if (management.kind === 'dead') {
    return management.since;
  }
  return view.peering.status === 'provisioning' && state !== 'blackhole' ? 'activation' : undefined;
}

type StaleFinding = Finding & { readonly kind: 'stale'; readonly repairable: true };

/**
 * A route whose peering has ended, or is managed no longer, is stale also where another peering has its destination next. Where
 * the policy has changed, or a time is over, nothing is: that is no drift.
 */
function staleBefore(
  { destination, peeringId, rule, managed }: Claim,
  { target: { id } }: Route,
  management: Management,
  { region, routeTableId }: TableState['table'],
): StaleFinding | undefined {
  const why =
    management.kind === 'dead' && management.since === undefined
      ? management.why
      : management.kind === 'unmanaged'
        ? 'the policy no longer manages (drift.onUntag: remove)'
        : undefined;
  const next =
    managed.stage === 'request'
      ? `Once request ${peeringId} is accepted, its route (rule ${rule}) takes the place.`
      : `The route to ${peeringId} (rule ${rule}) takes its place.`;
  return why === undefined
    ? undefined
    : {
        kind: 'stale',
        region,
        routeTableId,
        destination,
        peeringId: id,
        takenOverBy: peeringId,
        detail: `${routeTableId} in ${region} routes ${destination} to ${id}, which ${why}. ${next}`,
        repairable: true,
      };
}

export function asked({ destination, peeringId, rule, ...table }: DesiredRoute): string {
  return `${shouldRouteText(table)}${destination} to ${peeringId} (rule ${rule})`;
}

function shouldRouteText({ routeTableId, region }: Pick<DesiredRoute, 'routeTableId' | 'region'>): string {
  return `${routeTableId} in ${region} should route `;
}

/** The destination of the route that has the addresses, and the prefix list that it is in. */
export function placeElsewhere({ destination, prefixListId }: Elsewhere): string {
  return prefixListId === undefined ? destination : `${destination} in prefix list ${prefixListId}`;
}

/** What a person does about a route at the destination. @param found its destination as the table has it. */
function conflictHelp(
  claim: Claim,
  { table, behind }: TableState,
  found: Route,
  equalRoutes: ClaimContext['equalRoutes'],
): Helps {
  const next = behind.get(claim.destination);
  const base = { claim, table };
  if (equalRoutes === 'wait' && (next === undefined || isAwaitable(next, equalRoutes))) {
    const says =
      next === undefined
        ? 'As soon as that route is deleted, the route to the peering takes its place (guardrails.equalRoutes: wait).'
        : `As soon as that route and ${placeElsewhere(next)} to ${next.targetId}, which has these addresses next, are gone, the route to the peering takes their place (guardrails.equalRoutes: wait).`;
    return { ...base, says, follows: true };
  }
  return {
    ...base,
    says: next === undefined ? '' : behindText('Were that route deleted', next),
    byHand: { action: 'replace', destination: found.destination },
    leaveOut: [claim.cidr],
  };
}

/** What has the addresses next, so that it is not enough that a route goes. @param gone begins the sentence. */
export function behindText(gone: string, behind: Elsewhere): string {
  return `${gone}, ${placeElsewhere(behind)} to ${behind.targetId} would have these addresses.`;
}

/** Whether the policy lets a new route wait for what has its addresses, so that nobody has to act. */
export function isAwaitable({ isEqual, then }: Elsewhere, equalRoutes: ClaimContext['equalRoutes']): boolean {
  return equalRoutes === 'wait' && isEqual && then === undefined;
}

/** Of an own route to another peering, why that is left nevertheless. */
function ownText({ peeringId, rule }: OwnRoute, management: Management): string {
  const keeps = management.kind === 'unmanaged' ? ' (drift.onUntag: keep)' : '';
  const why =
    management.kind === 'untouchable' && management.notRead
      ? 'is not listed by EC2, but a route to it works'
      : 'why' in management
        ? management.why
        : 'is wanted by the policy';
  return `by a route that this product made for rule ${rule}. ${peeringId} ${why}, so it is left alone${keeps}.`;
}

/** What a route at the destination does, and why it is left alone. @param drops ends the clause where it leads nowhere. */
type LeftRoute = (target: string, drops: '' | ', which drops its traffic') => string;

function leaves(why: string): LeftRoute {
  return (target, drops) => `routes it to ${target}${drops}${drops === '' ? '' : ','} ${why}`;
}

const BY_OTHERS = leaves("by a route that is not the product's own and is left alone.");

/** The registry knows the product's own route there, and the one that is there now leads to no peering. */
const IN_PLACE_OF_OWN: LeftRoute = (target, drops) =>
  `in place of the product's own route somebody put one to ${target}${drops}. Only routes to peerings are turned back, so it is left alone.`;

/** A live route that somebody else made is never overwritten, whatever it leads to. */
function conflict(
  claim: Claim,
  found: Route,
  tableState: TableState,
  { equalRoutes, remoteCidrsOf }: ClaimContext,
  left: LeftRoute,
): PlannedFinding {
  const { target, state } = found;
  const { table, behind } = tableState;
  const wish = wishOf(claim, table);
  // Of a peering whose VPC may have the addresses nobody says that it gives them up.
  const isInUse =
    target.kind === 'peering' &&
    remoteCidrsOf(target.id, table.vpcId)?.some((block) => overlaps(block, claim.cidr)) !== false;
  const drops = state === 'blackhole' ? ', which drops its traffic' : '';
  const next = behind.get(wish.destination);
  const isAwaited =
    equalRoutes === 'wait' &&
    left === BY_OTHERS &&
    !isInUse &&
    drops === '' &&
    (next === undefined || isAwaitable(next, equalRoutes));
  return {
    kind: 'conflict',
    ...wish,
    elsewhere: `${wish.destination} ${target.id}`,
    ...(isAwaited ? { awaited: true } : {}),
    detail: `${asked(wish)}, but ${left(targetText(target), drops)}`,
    repairable: false,
    helps: conflictHelp(claim, tableState, found, equalRoutes),
  };
}
