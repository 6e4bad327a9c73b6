import { notARequest, type OnceLive, routesOnceLive } from '../lib/assessment/proposal.ts';
import type * as Judged from '../lib/assessment/types.ts';
import type { DesiredRoute } from '../lib/model/change.ts';
import { optInOf, selectsRule } from '../lib/model/opt-in.ts';
import type { Peering, PeeringSide } from '../lib/model/peering.ts';
import { isKnownPeered } from '../lib/policy/peered-already.ts';
import { type AssessedRequest, type AssessedView, waitingForPerson } from '../lib/report/shown-assessment.ts';
import { unansweredOf } from '../lib/report/unanswered.ts';
import type { AssessedAccount, Assessment } from './assess.ts';
import type { Document } from './documents.ts';

/** Requests that wait, for this account or for another one, as data. */

export type WaitingRequest = Document<'requests'>['requests'][number];

type SideRoutes = WaitingRequest['wouldRoute'][number];

const NOTHING: OnceLive = { changes: [], inPlace: [] };

/** Destinations by table: what a side of a request would get once it is live, what is there already, and in which tables. */
function routesOfSide(
  { view, onceLive }: Pick<Judged.RequestSide, 'view' | 'onceLive'>,
  { changes, inPlace }: OnceLive,
  { policy, scopes }: Pick<AssessedAccount, 'policy' | 'scopes'>,
): SideRoutes[] {
  const { vpcId } = view.local;
  const of = { region: view.region, vpcId };
  const rule = onceLive.managed ? policy.rules.find(({ name }) => name === onceLive.rule) : undefined;
  const isUndecided = onceLive.undecidable === true;
  if (rule === undefined) {
    return [{ ...of, rule: null, isUndecided, destinations: [], inPlace: [], routeTables: [] }];
  }
  const tables = scopes
    .filter(({ scope }) => scope.region === view.region)
    .flatMap(({ inventory }) => inventory.tables)
    .filter((table) => table.vpcId === vpcId && selectsRule(optInOf(table, policy.tagPrefix), rule.name))
    .map(({ routeTableId }) => routeTableId)
    .sort();
  // Tables that get the same are one entry.
  const alike = new Map<string, Pick<SideRoutes, 'destinations' | 'inPlace' | 'routeTables'>>();
  for (const routeTableId of tables) {
    const inTable = (routes: readonly Pick<DesiredRoute, 'routeTableId' | 'destination'>[]) =>
      routes.flatMap((each) => (each.routeTableId === routeTableId ? each.destination : []));
    const found = { destinations: inTable(changes), inPlace: inTable(inPlace) };
    const key = [found.destinations, found.inPlace].map((each) => each.join(' ')).join('\n');
    const { routeTables } = alike.get(key) ?? { routeTables: [] };
    alike.set(key, { ...found, routeTables: [...routeTables, routeTableId] });
  }
  const entries =
    alike.size === 0 ? [{ destinations: [], inPlace: [], routeTables: [] }] : [...alike.values()];
  return entries.map((entry) => ({ ...of, rule: rule.name, isUndecided, ...entry }));
}

function wouldRoute(request: AssessedRequest, account: AssessedAccount): SideRoutes[] {
  const isRouted = request.sides.some(({ onceLive }) => onceLive.managed);
  const routes = isRouted ? routesOnceLive({ ...account, now: new Date() }, request) : NOTHING;
  return request.sides.flatMap((side) => routesOfSide(side, routes, account));
}

function byHandOf(request: AssessedRequest): WaitingRequest['byHand'] {
  const byHand = request.byHand();
  switch (byHand.kind) {
    case 'possible':
      return { kind: byHand.kind, rules: [byHand.rule], why: [] };
    case 'choose':
      return { kind: byHand.kind, rules: [...byHand.rules], why: [] };
    case 'refused':
      return { kind: byHand.kind, rules: [], why: [...byHand.why] };
  }
}

/** CIDRs of a request's accepter are not in it; those of an own VPC were read with the VPC. */
function endOf(
  side: PeeringSide,
  { scopes }: Pick<AssessedAccount, 'scopes'>,
  { names }: Pick<Assessment, 'names'>,
): WaitingRequest['requester'] {
  const { accountId, region, vpcId, cidrs } = side;
  const own = scopes.find(({ scope }) => scope.region === region)?.inventory.vpcs.get(vpcId);
  return {
    accountId,
    region,
    vpcId,
    name: names.get(vpcId) ?? null,
    cidrs: [...(own?.cidrs ?? cidrs)],
  };
}

type About = Pick<
  WaitingRequest,
  | 'answeredBy'
  | 'decision'
  | 'rule'
  | 'reasons'
  | 'inTheWay'
  | 'byHand'
  | 'peeredBy'
  | 'isInReach'
  | 'heldBy'
  | 'refused'
  | 'wouldRoute'
>;

function requestOf(
  peering: Peering,
  account: AssessedAccount,
  assessment: Assessment,
  about: About,
): WaitingRequest {
  return {
    accountId: account.accountId,
    peeringId: peering.peeringId,
    peeringName: assessment.names.get(peering.peeringId) ?? null,
    region: about.answeredBy === 'us' ? peering.accepter.region : peering.requester.region,
    requester: endOf(peering.requester, account, assessment),
    accepter: endOf(peering.accepter, account, assessment),
    expiresAt: peering.expiresAt?.toISOString() ?? null,
    ...about,
  };
}

/** All reasons; where no rule matches, also why each does not. */
function reasonsOf({ reasons, rule, rules }: Judged.AssessedView['decision']): string[] {
  return [
    ...reasons,
    ...(rule === undefined
      ? rules.flatMap((each) =>
          each.mismatches.length === 0
            ? []
            : [`Rule ${each.rule} does not match: ${each.mismatches.join('; ')}.`],
        )
      : []),
  ];
}

function ours(request: AssessedRequest, account: AssessedAccount, assessment: Assessment): WaitingRequest {
  const { peering, decision, sides } = request;
  const unanswered = unansweredOf(request, account, new Date());
  return requestOf(peering, account, assessment, {
    answeredBy: 'us',
    decision: decision.decision,
    rule: decision.rule ?? null,
    reasons: reasonsOf(decision),
    inTheWay: [...new Set(sides.flatMap(({ inTheWay, waitsFor }) => [...inTheWay, ...waitsFor]))],
    byHand: byHandOf(request),
    peeredBy: decision.peeredBy ?? null,
    isInReach: true,
    heldBy: unanswered?.heldBy ?? null,
    refused: unanswered?.refused ?? null,
    wouldRoute: wouldRoute(request, account),
  });
}

/** One that the product does not answer here. */
function leftAlone(
  { view, facts, decision }: AssessedView,
  account: AssessedAccount,
  assessment: Assessment,
  about: Pick<About, 'answeredBy' | 'byHand'>,
): WaitingRequest {
  return requestOf(view.peering, account, assessment, {
    decision: decision.decision,
    rule: decision.rule ?? null,
    reasons: reasonsOf(decision),
    inTheWay: [],
    peeredBy: isKnownPeered(facts.peeredAlready) ? facts.peeredAlready : null,
    isInReach: false,
    heldBy: null,
    refused: null,
    wouldRoute: [],
    ...about,
  });
}

/** This account answers it, but in a Region that is not managed or was not read: there nothing of the product does. */
function outOfReach(view: AssessedView, account: AssessedAccount, assessment: Assessment): WaitingRequest {
  const why = [notARequest(account, view.view.peering.peeringId)];
  return leftAlone(view, account, assessment, {
    answeredBy: 'us',
    byHand: { kind: 'refused', rules: [], why },
  });
}

function theirs(view: AssessedView, account: AssessedAccount, assessment: Assessment): WaitingRequest {
  return leftAlone(view, account, assessment, { answeredBy: 'them', byHand: null });
}

function bySoonest(a: WaitingRequest, b: WaitingRequest): number {
  const [first, second] = [a, b].map(({ answeredBy, expiresAt, peeringId }) =>
    [answeredBy === 'us' ? 0 : 1, expiresAt ?? '9', peeringId].join(' '),
  );
  return (first ?? '') < (second ?? '') ? -1 : 1;
}

/** Requests of and to the accounts that were read: those that this account answers first, and what expires first before the rest. */
export function waitingRequests(assessment: Assessment): WaitingRequest[] {
  const accounts = new Map(assessment.accounts.map((account) => [account.accountId, account]));
  const waiting: WaitingRequest[] = [];
  for (const request of assessment.requests) {
    const account = accounts.get(request.accountId);
    if (account !== undefined) waiting.push(ours(request, account, assessment));
  }
  for (const view of assessment.views) {
    const account = accounts.get(view.accountId);
    if (account !== undefined && view.asked === 'theirs') waiting.push(theirs(view, account, assessment));
  }
  const listed = new Set(waiting.map(({ accountId, peeringId }) => `${accountId} ${peeringId}`));
  for (const view of waitingForPerson(assessment)) {
    const account = accounts.get(view.accountId);
    if (account !== undefined && !listed.has(`${view.accountId} ${view.view.peering.peeringId}`)) {
      waiting.push(outOfReach(view, account, assessment));
    }
  }
  return waiting.sort(bySoonest);
}
