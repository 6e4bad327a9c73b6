import type { DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { lazy } from '../model/lazy.ts';
import { HANDED_BACK, isOptedIn, optInOf, selectsRule } from '../model/opt-in.ts';
import type { PeeringSide } from '../model/peering.ts';
import { gatewayOf, type RouteTable, tablesInUse } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { viewKey } from '../model/views.ts';
import { overlaps } from '../network/cidr.ts';
import { destinationsOf } from '../policy/destinations.ts';
import type { Policy } from '../policy/schema.ts';
import type { ViewDecision } from '../routing/management.ts';
import type { TakenFrom } from './addresses-there.ts';
import {
  type AdviceOnSide,
  hasRouteTo,
  NOTHING_COMES_BACK,
  NOTHING_COMES_BACK_TO_BLOCK,
} from './one-sided.ts';
import { keepingOut } from './route-advice.ts';

/** What helps at the side of a peering that has no route to it: by what is the case there. */

/** What a route to the peering would take from what has it now, said of the tables that get none by themselves. */
type TakenText = (tables: readonly RouteTable[]) => string;

function listed(tables: readonly RouteTable[]): string {
  const ids = tables.map(({ routeTableId }) => routeTableId);
  const more = ids.length > MOST ? ` and ${ids.length - MOST} more` : '';
  return `${ids.slice(0, MOST).join(', ')}${more}`;
}

/** Where no table in use asks for the routes of any rule: which of them may be routed without harm, and whose the others are. */
function untaggedAdvice(
  { inUse }: TablesThere,
  { tagPrefix }: Pick<Policy, 'tagPrefix'>,
  takenText: TakenText,
): string {
  const kindOf = (table: RouteTable) => optInOf(table, tagPrefix).kind;
  const back = inUse.filter((table) => kindOf(table) === 'handed-back');
  const open = inUse.filter((table) => kindOf(table) !== 'handed-back');
  const free = open.filter((table) => takenText([table]) === '');
  const [are, their, them] = back.length === 1 ? ['is', 'its', 'it'] : ['are', 'their', 'them'];
  const key = routesTagKey(tagPrefix);
  const handedBack =
    back.length === 0
      ? ''
      : ` ${listed(back)} there ${are} handed back (${key} = ${HANDED_BACK}): whoever keeps ${their} routes adds one to the peering, or takes that tag off ${them} for the product to do it. If nobody needs the peering, delete it.`;
  if (free.length < inUse.length && free.length > 0) {
    return `Tag ${listed(free)} there, or route it by hand in ${free.length === 1 ? 'it' : 'them'}.${handedBack}${takenText(inUse)}`;
  }
  if (free.length > 0 || inUse.length === 0) {
    return 'Tag a route table there, or route it by hand.';
  }
  const tag =
    open.length === 0
      ? ''
      : ` Tag ${open.length === 1 ? listed(open) : 'a route table there'}: what stands in the way is told as a finding then, with what helps.`;
  return `${handedBack}${takenText(inUse)}${tag}`.trim();
}

/** @param whatIsTaken of a table, `10.2.0.0/16 by its route to 10.0.0.0/8 to tgw-1`. */
function createTakenText(whatIsTaken: (table: RouteTable) => readonly string[]): TakenText {
  const takenIn = new Map<RouteTable, readonly string[]>();
  return (tables) => {
    const texts = tables.flatMap((table) => {
      const taken = takenIn.get(table) ?? whatIsTaken(table);
      takenIn.set(table, taken);
      const more = taken.length > MOST ? ` and ${taken.length - MOST} more` : '';
      return taken.length === 0
        ? []
        : `${table.routeTableId} there leads ${taken.slice(0, MOST).join(', ')}${more}`;
    });
    const more = texts.length > MOST ? `; and ${texts.length - MOST} more tables lead some elsewhere` : '';
    return texts.length === 0
      ? ''
      : ` ${texts.slice(0, MOST).join('; ')}${more}: answers may come by that, and a route by hand would take the addresses from it.`;
  };
}

/** More findings than this are not named one by one. */
const MOST = 3;

/** Completes "Its route there is wanted and …". */
function howKeptOut(found: readonly Finding[]): string {
  if (found.every(({ kind }) => kind === 'blackhole')) {
    return 'does not carry traffic';
  }
  // It may well be in the table.
  return found.every(({ kind }) => kind === 'shadowed') ? 'has none of its addresses' : 'kept out';
}

function namedFindings(found: readonly Finding[]): string {
  const named = found
    .slice(0, MOST)
    .map(({ kind, routeTableId, destination }) => `${kind} of ${destination} in ${routeTableId}`);
  const more = found.length > MOST ? ` and ${found.length - MOST} more` : '';
  const how = howKeptOut(found);
  // Who has the addresses of a route that lacks room, a tag or a decision? Nobody.
  const taken = found.some(({ elsewhere }) => elsewhere !== undefined && !elsewhere.endsWith(' nobody'));
  const byHand = taken ? '; a route by hand would take the addresses from what has them now' : '';
  return `Its route there is wanted and ${how}: ${named.join(', ')}${more}. That finding says what helps${byHand}.`;
}

/** Tables at the side without routes: those that subnets may use, and the others. */
interface TablesThere {
  readonly inUse: readonly RouteTable[];
  readonly unused: readonly RouteTable[];
}

function tablesThere(tables: readonly RouteTable[]): TablesThere {
  const inUse = tablesInUse(tables);
  const used = new Set(inUse);
  return {
    inUse,
    unused: tables.filter((table) => !used.has(table) && gatewayOf(table) === undefined),
  };
}

/** Routes that subnets would lose if they were associated with other tables. */
function lostRoutes(inUse: readonly RouteTable[], instead: readonly RouteTable[]): string[] {
  const lost = inUse.flatMap(({ routes }) =>
    routes.flatMap(({ destination, target }) =>
      target.kind === 'local' ||
      instead.every((table) => table.routes.some((route) => route.destination === destination))
        ? []
        : [`${destination} to ${target.id}`],
    ),
  );
  return [...new Set(lost)];
}

/** That tables have the route, or are tagged for it, and no subnet uses them. */
function ofUnused(
  { unused, inUse }: TablesThere,
  peeringId: string,
  isTagged: (table: RouteTable) => boolean,
): string | undefined {
  const idle = unused.filter((table) => hasRouteTo(table, peeringId) || isTagged(table));
  const ids = idle.map(({ routeTableId }) => routeTableId);
  const more = ids.length > MOST ? ` and ${ids.length - MOST} more` : '';
  const [are, their, them] = ids.length === 1 ? ['is', 'its', 'it'] : ['are', 'their', 'them'];
  if (ids.length === 0) {
    return undefined;
  }
  const lost = lostRoutes(inUse, idle);
  const moreLost = lost.length > MOST ? ` and ${lost.length - MOST} more` : '';
  const instead =
    lost.length === 0
      ? ''
      : ` Subnets that are associated with ${them} instead lose what their own table has: ${lost.slice(0, MOST).join(', ')}${moreLost}.`;
  return `${ids.slice(0, MOST).join(', ')}${more} there ${are} used by no subnet, so ${their} routes carry nothing: tag the table that the subnets use.${instead}`;
}

function ofOwnSide(
  { decision, view }: ViewDecision,
  there: TablesThere,
  { tagPrefix }: Pick<Policy, 'tagPrefix'>,
  undecided: readonly DesiredRoute[],
  takenText: TakenText,
): string {
  const { effect, rule, managed, leftOut = [] } = decision;
  if (effect === 'reject') {
    return `Rule ${rule} rejects it there, so nothing is routed: delete the peering, or change the policy.`;
  }
  if (decision.undecidable === true) {
    return 'Whether a rule routes it there is not known; what could not be read is named with what was not judged.';
  }
  if (!managed || rule === undefined) {
    return `No rule of the policy routes it there: add one, or route it by hand.${takenText(there.inUse)}`;
  }
  const isSelected = (table: RouteTable) => selectsRule(optInOf(table, tagPrefix), rule);
  const { inUse: tables } = there;
  if (!tables.some(isSelected)) {
    const unused = ofUnused(there, view.peering.peeringId, isSelected);
    if (unused !== undefined) return unused;
  }
  if (!tables.some((table) => isOptedIn(optInOf(table, tagPrefix)))) {
    return untaggedAdvice(there, { tagPrefix }, takenText);
  }
  if (!tables.some(isSelected)) {
    return `No route table there is tagged for rule ${rule}: tag one for it, or route it by hand.${takenText(tables)}`;
  }
  const waits = undecided.find(
    ({ routeTableId, peeringId }) =>
      peeringId === view.peering.peeringId && tables.some((table) => table.routeTableId === routeTableId),
  );
  if (waits !== undefined) {
    return `Its route there, ${waits.destination} in ${waits.routeTableId}, is wanted by rule ${rule} and waits: why is named with what was not judged.`;
  }
  return leftOut.length > 0
    ? `Rule ${rule} leaves it out there: ${leftOut.join(' ')}`
    : `A route table there is tagged for rule ${rule}, which has no destination of the peer for it: look at routes.destinations and routes.exclude.`;
}

/** Of a side of which this account's policy says nothing. */
function ofOtherSide(
  { accountId }: PeeringSide,
  peeringId: string,
  there: TablesThere,
  { tagPrefix }: Pick<Policy, 'tagPrefix'>,
  takenText: TakenText,
): string {
  const isTagged = (table: RouteTable) => isOptedIn(optInOf(table, tagPrefix));
  const hasTagged = there.inUse.some(isTagged);
  const unused = hasTagged ? undefined : ofUnused(there, peeringId, isTagged);
  if (unused !== undefined) {
    return unused;
  }
  return hasTagged
    ? `A route table there is tagged already: what keeps the route out, peering plan and peering drift say of account ${accountId}.`
    : untaggedAdvice(there, { tagPrefix }, takenText);
}

/** Decisions and findings are looked through once, when advice is first asked for: it is asked for thousands of peerings. */
function byPeering(decisions: readonly ViewDecision[], findings: readonly Finding[]) {
  const decisionOf = new Map<string, ViewDecision>();
  for (const each of decisions) {
    decisionOf.set(viewKey(each.view.peering.peeringId, each.view.local.vpcId), each);
  }
  const findingsOf = groupBy(findings, ({ peeringId }) => (peeringId === undefined ? [] : [peeringId]));
  return { decisionOf, findingsOf };
}

/**
 * @param findings what was found in the tables.
 * @param undecided routes that wait, as something of them could not be judged.
 * @param takenFrom what has the addresses in tables that get no route by themselves.
 */
export function createOneSidedAdvice(
  policy: Pick<Policy, 'tagPrefix' | 'rules'>,
  decisions: readonly ViewDecision[],
  findings: readonly Finding[],
  undecided: readonly DesiredRoute[],
  takenFrom: TakenFrom,
): AdviceOnSide {
  const known = lazy(() => byPeering(decisions, findings));
  const helps: AdviceOnSide['helps'] = (peeringId, other, tables) => {
    const there = tablesThere(tables);
    const ids = new Set(there.inUse.map(({ routeTableId }) => routeTableId));
    const inTheWay = keepingOut(known().findingsOf.get(peeringId) ?? [], peeringId, (id) => ids.has(id));
    if (inTheWay.length > 0) {
      return namedFindings(inTheWay);
    }
    const takenText = createTakenText((table) => takenFrom(peeringId, other, table));
    const own = known().decisionOf.get(viewKey(peeringId, other.vpcId));
    return own === undefined
      ? ofOtherSide(other, peeringId, there, policy, takenText)
      : ofOwnSide(own, there, policy, undecided, takenText);
  };
  return {
    helps,
    wantedBy: (peeringId, other, tables, block) => {
      const own = known().decisionOf.get(viewKey(peeringId, other.vpcId))?.decision;
      const rule = own?.managed ? policy.rules.find(({ name }) => name === own.rule) : undefined;
      if (own === undefined || rule === undefined) {
        return undefined;
      }
      const isSelected = (table: RouteTable) => selectsRule(optInOf(table, policy.tagPrefix), rule.name);
      // What a table lacks that is tagged for it is told of that table.
      const isLeftOut = !tablesInUse(tables).some(isSelected);
      return isLeftOut && destinationsOf(rule, own).some((wanted) => overlaps(wanted, block))
        ? rule.name
        : undefined;
    },
  };
}

/**
 * Where the plan of the other account, judged beside this one, makes a route at the side that has none, the finding says that it comes.
 *
 * @param comesIn whether a route to the peering is about to be made in a VPC, to all of its other side or to a block.
 */
export function withRoutesThatCome(
  finding: Finding,
  sides: readonly PeeringSide[],
  comesIn: (peeringId: string, vpcId: string, block: string | undefined) => boolean,
): Finding {
  const { kind, peeringId, detail, destination } = finding;
  const so = destination === undefined ? NOTHING_COMES_BACK : NOTHING_COMES_BACK_TO_BLOCK;
  const [says = ''] = detail.split(so);
  const other = sides.find(({ vpcId }) => says.includes(`no route table of ${vpcId} `));
  return kind !== 'one-sided' ||
    peeringId === undefined ||
    other === undefined ||
    !comesIn(peeringId, other.vpcId, destination)
    ? finding
    : {
        ...finding,
        detail: `${says}${so}A route there is among the changes of account ${other.accountId}: it comes with its next sweep.`,
      };
}
