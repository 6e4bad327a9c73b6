import { countByKind, driftMetrics } from '../assessment/metrics.ts';
import { FINDING_KINDS, type Finding } from '../model/finding.ts';
import { followsByItself } from '../model/held-by.ts';
import type { Notification } from '../model/notification.ts';
import type { Peering } from '../model/peering.ts';
import type { AlarmName } from '../model/runbook.ts';
import { consoleLink } from './console-link.ts';
import { type Places, placeOf } from './place.ts';
import type { RefusedCall } from './refused.ts';
import { closerLook, type MassDelete, remedyText } from './remedy.ts';
import { count, firstToFit, listed, named, notificationOf, peeringName, shown } from './text.ts';

export interface DriftContext extends Places {
  readonly accountId: string;
  /** Who changed the route, as CloudTrail names them, where an event said so. */
  readonly changedBy?: (finding: Finding) => string | undefined;
  /** The peering with an id, as EC2 shows it. */
  readonly peeringOf?: (peeringId: string) => Peering | undefined;
  /** What the plan would delete, where that is too much. */
  readonly massDelete?: MassDelete;
  /** The call that would mend a finding, where AWS refused it lately. */
  readonly refused?: (finding: Finding) => RefusedCall | undefined;
}

/** Findings that are alike are told one by one up to this many, then as one. */
const MAX_ALONE = 3;
const MAX_EXAMPLES = 3;
/** A mail with more paragraphs is not read anyway. */
const MAX_PARAGRAPHS = 50;

/** Findings of one kind about one peering, of which the same can be said. Never empty. */
type Group = readonly [Finding, ...Finding[]];

/** Left to nobody: the policy waits for something, or what it waits for comes by itself. */
function isWaiting(finding: Finding): boolean {
  return finding.awaited === true || (finding.repairable && followsByItself(finding));
}

function isBeingRepaired(finding: Finding, { refused }: DriftContext): boolean {
  return finding.repairable && finding.heldBy === undefined && refused?.(finding) === undefined;
}

function remedyOf(finding: Finding, { massDelete, refused }: DriftContext): string {
  const call = refused?.(finding);
  return remedyText(finding, {
    ...(massDelete === undefined ? {} : { massDelete }),
    ...(call === undefined ? {} : { refused: call }),
  });
}

function groupKey({ region, kind, peeringId, repairable, heldBy }: Finding, remedy: string): string {
  return JSON.stringify([region, kind, peeringId, repairable, heldBy, remedy]);
}

/** In the order in which people read them: kinds as in docs/drift.md, each group where its first finding is. */
function groupsOf(findings: readonly Finding[], context: DriftContext): Group[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const key = groupKey(finding, remedyOf(finding, context));
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [finding]);
    } else {
      group.push(finding);
    }
  }
  return [...groups.values()]
    .sort(([a], [b]) => FINDING_KINDS.indexOf(a.kind) - FINDING_KINDS.indexOf(b.kind))
    .flatMap((group): Group[] => (group.length <= MAX_ALONE ? group.map((finding) => [finding]) : [group]));
}

function actorLine(group: Group, { changedBy }: DriftContext): string[] {
  const actors = new Set(group.map((finding) => changedBy?.(finding)).filter((actor) => actor !== undefined));
  return actors.size === 0 ? [] : [`  Changed by: ${listed([...actors], 3)}`];
}

/** Which VPCs and accounts the peering joins. */
function peeringLine({ peeringId }: Finding, context: DriftContext): string[] {
  const peering = peeringId === undefined ? undefined : context.peeringOf?.(peeringId);
  if (peering === undefined) {
    return [];
  }
  const { requester, accepter } = peering;
  return [
    `  Peering: ${peeringName(peering, context)}, from account ${shown(requester.accountId)} to ${shown(accepter.accountId)}`,
  ];
}

/** What shows more: the command, AWS's own, and the console's page. */
function closerLines(finding: Finding): string[] {
  const { region, routeTableId, peeringId } = finding;
  const id = routeTableId ?? peeringId;
  const link = id === undefined ? undefined : consoleLink(id, region);
  return [
    `  Look closer: ${closerLook(finding)}`,
    ...(id === undefined ? [] : ['  With all the others: peering drift']),
    ...(link === undefined ? [] : [`  Console: ${link}`]),
  ];
}

function aloneLines(group: Group, context: DriftContext): string[] {
  const [finding] = group;
  const { kind, detail, peeringId } = finding;
  const place = placeOf(finding, context) || (peeringId === undefined ? '' : named(peeringId, context));
  return [
    place === '' ? kind : `${kind}: ${place}`,
    `  ${detail}`,
    ...actorLine(group, context),
    `  ${remedyOf(finding, context)}`,
    ...peeringLine(finding, context),
    ...closerLines(finding),
  ];
}

function togetherLines(group: Group, context: DriftContext): string[] {
  const [first] = group;
  const { kind, region, peeringId, detail } = first;
  const thing = group.every(({ destination }) => destination !== undefined) ? 'route' : 'finding';
  const about = peeringId === undefined ? '' : ` of ${named(peeringId, context)}`;
  const more = group.length - MAX_EXAMPLES;
  return [
    `${kind}: ${count(group.length, thing)}${about} in ${shown(region)}, among them`,
    ...group
      .slice(0, MAX_EXAMPLES)
      .map((finding) => `  - ${placeOf(finding, context) || shown(finding.detail)}`),
    `  - and ${more} more`,
    `  Of the first: ${detail}`,
    ...actorLine(group, context),
    `  ${remedyOf(first, context)}`,
    '  Look closer: peering drift',
  ];
}

function paragraph(group: Group, context: DriftContext): string[] {
  return ['', ...(group.length === 1 ? aloneLines(group, context) : togetherLines(group, context))];
}

function summary(findings: readonly Finding[], context: DriftContext): string {
  const { accountId } = context;
  const repaired = findings.filter((finding) => isBeingRepaired(finding, context)).length;
  const awaited = findings.filter((finding) => finding.awaited === true).length;
  const follow = findings.filter(isWaiting).length - awaited;
  const left = findings.length - repaired - awaited - follow;
  const outcome = [
    ...(left > 0 ? [`${left} left to you`] : []),
    ...(awaited > 0 ? [`${awaited} waiting as the policy says`] : []),
    ...(follow > 0 ? [`${follow} to be repaired once a request is answered or a peering active`] : []),
    ...(repaired > 0 ? [`${repaired} being repaired`] : []),
  ];
  return `${count(findings.length, 'finding')} in account ${shown(accountId)}: ${outcome.join(', ') || 'nothing to do'}.`;
}

/** Where it is, from what says most to what fits a subject in any case: ` in rtb-1 (name)`, ` in 3 route tables`. */
function tablesText(findings: readonly Finding[], { nameOf }: DriftContext): readonly string[] {
  const tables = [...new Set(findings.flatMap(({ routeTableId }) => routeTableId ?? []))];
  const [first] = tables;
  if (first === undefined) {
    return [''];
  }
  return tables.length === 1
    ? [` in ${named(first, nameOf === undefined ? {} : { nameOf })}`, ` in ${shown(first)}`, '']
    : [` in ${count(tables.length, 'route table')}`, ''];
}

function subjectOf(findings: readonly Finding[], context: DriftContext): string {
  const counts = countByKind(findings);
  const kinds = FINDING_KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  const regions = [...new Set(findings.map(({ region }) => shown(region)))].sort();
  const what = `Route drift in ${shown(context.accountId)} (${regions.join(', ')}): ${kinds.join(', ') || 'none'}`;
  return firstToFit(tablesText(findings, context).map((where) => `${what}${where}`));
}

/** What is the same of the two findings about a route that is contested. */
function routeOf({ region, routeTableId, destination }: Finding): string {
  return JSON.stringify([region, routeTableId, destination]);
}

/** A contested route is told as such, with what is the matter with it, and not once more as missing or wrong-target. */
function withoutContestedTwice(findings: readonly Finding[]): readonly Finding[] {
  const contested = new Set(findings.filter(({ kind }) => kind === 'contested').map(routeOf));
  return contested.size === 0
    ? findings
    : findings.filter((finding) => finding.heldBy !== 'contested' || !contested.has(routeOf(finding)));
}

/** The alarm that rings for these. What is repaired rings none. */
function alarmOf(findings: readonly Finding[]): AlarmName | undefined {
  return driftMetrics(findings).RouteDriftUnrepaired > 0 ? 'RouteDriftUnrepaired' : undefined;
}

/**
 * What is sent to people about findings: what is left to them first, then what is being repaired. Where, what was expected
 * and found, who changed it, what to do, and how to look closer.
 */
export function driftNotification(all: readonly Finding[], context: DriftContext): Notification {
  const findings = withoutContestedTwice(all);
  const isRepaired = (finding: Finding) => isBeingRepaired(finding, context);
  const left = groupsOf(
    findings.filter((finding) => !isRepaired(finding)),
    context,
  );
  const repaired = groupsOf(findings.filter(isRepaired), context);
  const groups = [...left, ...repaired];
  const alarm = alarmOf(findings);
  const untold = groups.slice(MAX_PARAGRAPHS).reduce((sum, group) => sum + group.length, 0);
  return notificationOf(
    subjectOf(findings, context),
    [
      summary(findings, context),
      ...groups.slice(0, MAX_PARAGRAPHS).flatMap((group) => paragraph(group, context)),
      ...(untold > 0 ? ['', `and ${untold} more: run "peering drift" to see all.`] : []),
    ],
    {
      severity: left.some(([first]) => !isWaiting(first)) ? 'action' : 'notice',
      ...(alarm === undefined ? {} : { alarm }),
    },
  );
}
