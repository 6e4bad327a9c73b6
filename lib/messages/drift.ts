import type { Change } from '../model/change.ts';
import { FINDING_KINDS, type Finding, type FindingKind } from '../model/finding.ts';
import type { Notification } from '../model/notification.ts';
import { printable } from '../model/printable.ts';

/** How many findings there are of each kind; every kind is named, so that a metric falls back to 0. */
export function countByKind(findings: readonly Finding[]): Record<FindingKind, number> {
  const counts = Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  for (const { kind } of findings) {
    counts[kind] += 1;
  }
  return counts;
}

/** Kinds with an alarm of their own; all others are route drift. */
const OWN_ALARM: ReadonlySet<FindingKind> = new Set(['conflict', 'contested', 'active-but-not-allowed']);

/** Values of the metrics of the same names. */
export interface DriftMetrics {
  readonly RouteDrift: number;
  /** Drift that the product does not mend by itself. */
  readonly RouteDriftUnrepaired: number;
  readonly RouteConflict: number;
  readonly RoutesContested: number;
  readonly ActiveButNotAllowed: number;
}

/** @param withheld changes that are not made, although the plan has them (`permittedChanges`). */
export function driftMetrics(findings: readonly Finding[], withheld: readonly Change[]): DriftMetrics {
  const routeKey = (route: Pick<Finding, 'region' | 'routeTableId' | 'destination'>) =>
    `${route.region} ${route.routeTableId} ${route.destination}`;
  const left = new Set(withheld.map(routeKey));
  const counts = countByKind(findings);
  const drift = findings.filter(({ kind }) => !OWN_ALARM.has(kind));
  return {
    RouteDrift: drift.length,
    RouteDriftUnrepaired: drift.filter((finding) => !finding.repairable || left.has(routeKey(finding)))
      .length,
    RouteConflict: counts.conflict,
    RoutesContested: counts.contested,
    ActiveButNotAllowed: counts['active-but-not-allowed'],
  };
}

export interface DriftContext {
  readonly accountId: string;
  readonly mode: 'enforce' | 'observe';
  readonly withheld: readonly Change[];
  /** Who changed the route, as CloudTrail names them, where an event said so. */
  readonly changedBy?: (finding: Finding) => string | undefined;
}

/** Limits of SNS: a subject of 100 ASCII characters; a mail with more findings than this is not read anyway. */
const MAX_SUBJECT = 100;
const MAX_FINDINGS = 50;

/** Details name every reason why a peering is not managed, so they may be long. */
const LINE_LENGTH = 2000;

function remedy(finding: Finding, { mode, withheld }: DriftContext): string {
  if (!finding.repairable) {
    return 'Not repaired by the product.';
  }
  if (mode === 'observe') {
    return 'Not repaired: the policy says mode: observe.';
  }
  const isWithheld = withheld.some(
    ({ region, routeTableId, destination }) =>
      region === finding.region &&
      routeTableId === finding.routeTableId &&
      destination === finding.destination,
  );
  return isWithheld
    ? 'Not repaired: drift.repair is off, or the route is contested.'
    : 'Being repaired; nothing to do.';
}

function closerLook({ region, routeTableId, peeringId }: Finding): string {
  if (routeTableId !== undefined) {
    return `aws ec2 describe-route-tables --region ${region} --route-table-ids ${routeTableId}`;
  }
  return peeringId === undefined
    ? 'peering drift'
    : `aws ec2 describe-vpc-peering-connections --region ${region} --vpc-peering-connection-ids ${peeringId}`;
}

function paragraph(finding: Finding, context: DriftContext): string {
  const { kind, routeTableId, destination, detail } = finding;
  const place = [routeTableId, destination].filter((part) => part !== undefined).join(' ');
  const actor = context.changedBy?.(finding);
  return [
    printable(`${kind}${place === '' ? '' : `: ${place}`}`, LINE_LENGTH),
    `  ${printable(detail, LINE_LENGTH)}`,
    ...(actor === undefined ? [] : [`  Changed by: ${printable(actor, 256)}`]),
    `  ${remedy(finding, context)}`,
    `  Look closer: ${printable(closerLook(finding), LINE_LENGTH)}`,
  ].join('\n');
}

/** What is sent to people about findings: where, what was expected and found, who changed it, and how to look. */
export function driftNotification(findings: readonly Finding[], context: DriftContext): Notification {
  const counts = countByKind(findings);
  const kinds = FINDING_KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  const regions = [...new Set(findings.map(({ region }) => region))].sort();
  const subject = `Route drift in ${context.accountId} (${regions.join(', ')}): ${kinds.join(', ')}`;
  const more = findings.length - MAX_FINDINGS;
  const message = [
    ...findings.slice(0, MAX_FINDINGS).map((finding) => paragraph(finding, context)),
    ...(more > 0 ? [`and ${more} more: run "peering drift" to see all.`] : []),
  ].join('\n\n');
  return {
    subject: subject.length <= MAX_SUBJECT ? subject : `${subject.slice(0, MAX_SUBJECT - 3)}...`,
    message: `${message}\n`,
  };
}
