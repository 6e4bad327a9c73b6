import type { RefusedCall } from '../messages/refused.ts';
import { type Acceptance, shortCaller } from '../model/acceptance.ts';
import { groupBy } from '../model/group-by.ts';
import { type OptIn, optInOf, selectsRule } from '../model/opt-in.ts';
import { isPrefixListId, type RouteTable, tablesByVpc, tablesInUse } from '../model/route-table.ts';
import { viewKey } from '../model/views.ts';
import { endText } from '../policy/expiry-date.ts';
import { heldBackText } from './held.ts';
import { type AssessedView, needsPerson, type ShownAssessment } from './shown-assessment.ts';
import { NOT_ANSWERED_WORDS } from './unanswered.ts';

/** What a person should know of a view beyond its columns. */

interface Surroundings {
  /** Of the local VPC. */
  readonly tables: readonly RouteTable[];
  /** What each of them asks for. */
  readonly optIns: readonly OptIn[];
  /** Prefix lists to which they have routes. */
  readonly lists: readonly string[];
}

const NOTHING_NEAR: Surroundings = { tables: [], optIns: [], lists: [] };

/** `account pcx-… vpc-…`. */
function keyOf({ accountId, view }: AssessedView): string {
  return `${accountId} ${viewKey(view.peering.peeringId, view.local.vpcId)}`;
}

/** @returns for each view what is around it: looked at once for all views of a VPC. */
function createSurroundings({
  accounts,
}: Pick<ShownAssessment, 'accounts'>): (view: AssessedView) => Surroundings {
  const near = new Map<string, Surroundings>();
  for (const { accountId, state, policy } of accounts) {
    const ofAccount = tablesByVpc(state.regions.flatMap(({ tables }) => tables));
    for (const [vpcId, tables] of ofAccount) {
      near.set(`${accountId} ${vpcId}`, {
        tables,
        optIns: tables.map((table) => optInOf(table, policy.tagPrefix)),
        lists: tables.flatMap(listsIn),
      });
    }
  }
  return ({ accountId, view }) => near.get(`${accountId} ${view.local.vpcId}`) ?? NOTHING_NEAR;
}

function unmanagedNote(assessed: AssessedView, near: Surroundings): string {
  const { rule, effect } = assessed.decision;
  const why =
    rule === undefined
      ? 'no rule matches'
      : `rule ${rule} ${effect === 'reject' ? 'rejects it' : 'does not route it'}`;
  return isLedTo(assessed, near) ? `${why}, but route tables lead to it` : `${why}: nothing is routed`;
}

function isLedTo({ view }: AssessedView, { tables }: Pick<Surroundings, 'tables'>): boolean {
  return tables.some(({ routes }) => routes.some(({ target }) => target.id === view.peering.peeringId));
}

function expiredNote(assessed: AssessedView, near: Surroundings): string {
  const at = assessed.decision.expiry?.end?.at;
  const ended = at === undefined ? 'its time is over' : `ended ${endText(at)}`;
  return isLedTo(assessed, near) ? `${ended}, but route tables lead to it` : `${ended}: nothing is routed`;
}

/** A peering that carries nothing because nobody tagged a table that subnets use is no drift, and looks like one that works. */
function untaggedNote(assessed: AssessedView, near: Surroundings): string | undefined {
  const { rule } = assessed.decision;
  if (rule === undefined) {
    return undefined;
  }
  const tagged = near.tables.filter((_, index) => selectsRule(near.optIns[index] ?? { kind: 'none' }, rule));
  if (tagged.length === 0) {
    return assessed.routes.desired > 0 ? undefined : `no route table of this VPC is tagged for rule ${rule}`;
  }
  const inUse = tablesInUse(near.tables);
  return tagged.some((table) => inUse.includes(table)) || isLedTo(assessed, { tables: inUse })
    ? undefined
    : `no subnet uses ${tagged.map(({ routeTableId }) => routeTableId).join(', ')}, tagged for rule ${rule}`;
}

/** A request that is held has its reasons; of another one it is said what keeps it from being answered. */
function waitingNote({ decision, unanswered }: AssessedView): string {
  const waits = 'waits for a person';
  if (decision.decision === 'hold' || unanswered === undefined) {
    return waits;
  }
  const why =
    unanswered.heldBy === undefined
      ? refusedCallText(unanswered.refused)
      : NOT_ANSWERED_WORDS[unanswered.heldBy];
  return `${waits}: ${why}`;
}

function managementNote(assessed: AssessedView, near: Surroundings): string | undefined {
  const { view, asked, management } = assessed;
  switch (management) {
    case 'managed':
      return untaggedNote(assessed, near);
    case 'expired':
      return expiredNote(assessed, near);
    case 'unmanaged':
      return unmanagedNote(assessed, near);
    case 'undecidable':
      return 'not judged';
    case 'request':
      if (asked === 'theirs') {
        return `waits for account ${view.peering.accepter.accountId}`;
      }
      return needsPerson(assessed) ? waitingNote(assessed) : undefined;
  }
}

/** @returns for each view how it stands, where its decision alone does not say so. */
export function createManagementNotes(
  assessment: Pick<ShownAssessment, 'accounts'>,
): (view: AssessedView) => string | undefined {
  const near = createSurroundings(assessment);
  return (assessed) => managementNote(assessed, near(assessed));
}

/** `accepted by ann as shared-services`. The whole ARN is in the history, and among the reasons. */
function acceptedNote({ by, rule }: Acceptance): string {
  return `accepted by ${shortCaller(by)} as ${rule}`;
}

type About = {
  readonly accountId: string;
  readonly routeTableId?: string;
  readonly peeringId?: string;
  readonly vpcId?: string;
};

/** Groups by view: by the peering, and by the VPC of the table where something is about a table. */
function byView<Item extends About>(
  items: readonly Item[],
  { accounts, views }: Pick<ShownAssessment, 'accounts' | 'views'>,
): ReadonlyMap<string, readonly Item[]> {
  const vpcs = new Map(
    accounts.flatMap(({ state }) =>
      state.regions.flatMap(({ tables }) =>
        tables.map(({ routeTableId, vpcId }) => [routeTableId, vpcId] as const),
      ),
    ),
  );
  const sides = new Map<string, string[]>();
  for (const { accountId, view } of views) {
    const key = `${accountId} ${view.peering.peeringId}`;
    sides.set(key, [...(sides.get(key) ?? []), view.local.vpcId]);
  }
  return groupBy(items, ({ accountId, routeTableId, peeringId, vpcId: side }) => {
    if (peeringId === undefined) {
      return [];
    }
    const own = routeTableId === undefined ? side : vpcs.get(routeTableId);
    const vpcIds = own === undefined ? (sides.get(`${accountId} ${peeringId}`) ?? []) : [own];
    return vpcIds.map((vpcId) => `${accountId} ${viewKey(peeringId, vpcId)}`);
  });
}

/** `2 conflict, 1 shadowed, active-but-not-allowed`: what is about a peering as a whole has no number. */
function kindsText(findings: ShownAssessment['findings']): string[] {
  const counts = new Map<string, number>();
  for (const { kind, routeTableId } of findings) {
    counts.set(kind, (counts.get(kind) ?? 0) + (routeTableId === undefined ? 0 : 1));
  }
  const texts = [...counts].map(([kind, count]) => (count === 0 ? kind : `${count} ${kind}`));
  return texts.length === 0 ? [] : [texts.join(', ')];
}

function listsIn({ routes }: RouteTable): string[] {
  return routes.flatMap(({ destination }) => (isPrefixListId(destination) ? destination : []));
}

/** What there is to say of a view. */
export interface ViewFacts {
  /** How it stands, where its decision alone does not say so. */
  readonly managementText: string | undefined;
  readonly findings: ShownAssessment['findings'];
  readonly changes: ShownAssessment['changes'];
  /** Routes that keep a part of its addresses from it, and that the plan deletes. */
  readonly ledAway: AssessedView['ledAway'];
  /** A request that this account answers, and that the functions do not. */
  readonly waitsForPerson: boolean;
  /** Something of its peering or of a table of its VPC could not be judged. */
  readonly isNotJudged: boolean;
  /** A rule routes it, and no table of its VPC that subnets use takes the routes. */
  readonly isUntagged: boolean;
  /** Who accepted the peering by hand, and as which rule. */
  readonly accepted: Acceptance | undefined;
}

/** @returns for each view what was found about it, and what is to be changed. */
export function createViewFacts(
  assessment: Pick<ShownAssessment, 'accounts' | 'views' | 'findings' | 'changes' | 'notJudged'>,
): (view: AssessedView) => ViewFacts {
  const near = createSurroundings(assessment);
  const findings = byView(assessment.findings, assessment);
  const changes = byView(assessment.changes, assessment);
  const unjudged = new Set(assessment.notJudged.map(({ accountId, resource }) => `${accountId} ${resource}`));
  return (assessed) => {
    const { accountId, view, management } = assessed;
    const surroundings = near(assessed);
    const untagged = management === 'managed' ? untaggedNote(assessed, surroundings) : undefined;
    return {
      managementText: managementNote(assessed, surroundings),
      ledAway: assessed.ledAway,
      waitsForPerson: needsPerson(assessed),
      findings: findings.get(keyOf(assessed)) ?? [],
      changes: changes.get(keyOf(assessed)) ?? [],
      isNotJudged:
        unjudged.size > 0 &&
        [
          view.peering.peeringId,
          view.region,
          view.local.vpcId,
          ...surroundings.tables.map(({ routeTableId }) => routeTableId),
          // A prefix list that was not read may lead away what its table leads to the peering.
          ...(management === 'managed' ? surroundings.lists : []),
        ].some((resource) => unjudged.has(`${accountId} ${resource}`)),
      isUntagged: untagged !== undefined,
      accepted: management === 'request' ? undefined : assessed.facts.accepted,
    };
  };
}

/** `10.2.64.0/19 in rtb-… has a part of its addresses until it is deleted`. */
function ledAwayText([first, ...rest]: AssessedView['ledAway']): string[] {
  const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
  return first === undefined
    ? []
    : [
        `${first.destination} in ${first.routeTableId}${more} ${rest.length === 0 ? 'has a part of its addresses until it is' : 'have parts of its addresses until they are'} deleted`,
      ];
}

/** `AWS refuses CreateRoute (RouteLimitExceeded)`. */
function refusedCallText({ call, code }: RefusedCall): string {
  return `AWS refuses ${call} (${code})`;
}

/** The plan has the change, and it is tried in vain. */
function refusedTexts(changes: ShownAssessment['changes']): string[] {
  return [
    ...new Set(changes.flatMap(({ refused }) => (refused === undefined ? [] : [refusedCallText(refused)]))),
  ];
}

/** Of a peering as such, or of the blocks to which nothing leads back. */
function oneSidedTexts(findings: ViewFacts['findings']): string[] {
  const found = findings.filter(({ kind }) => kind === 'one-sided');
  const blocks = found.flatMap(({ destination }) => destination ?? []);
  const texts = blocks.length === 0 ? [] : [`no way back to ${blocks.join(', ')}`];
  return found.length > blocks.length ? ['routed from one side only', ...texts] : texts;
}

/** The notes of a view, most important first. */
export function notesOf({ managementText, accepted, findings, changes, ledAway }: ViewFacts): string[] {
  const heldBack = heldBackText({ changes });
  return [
    ...(managementText === undefined ? [] : [managementText]),
    ...(accepted === undefined ? [] : [acceptedNote(accepted)]),
    ...ledAwayText(ledAway),
    ...kindsText(findings.filter(({ kind }) => kind !== 'one-sided')),
    ...refusedTexts(changes),
    ...(heldBack === undefined ? [] : [`held: ${heldBack}`]),
    ...oneSidedTexts(findings),
  ];
}
