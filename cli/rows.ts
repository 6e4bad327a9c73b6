import { policyFingerprint } from '../lib/policy/fingerprint.ts';
import type { PlannedChange } from '../lib/report/shown-assessment.ts';
import type { Assessment } from './assess.ts';
import { connectionRows, connectionsOf } from './connections.ts';
import type { Document } from './documents.ts';
import type { Row } from './formats.ts';
import type { Paint } from './output.ts';
import { deletionsOf, expiredOf } from './times.ts';

/** Assessments as JSON documents, and how their words are coloured. */

export const DECISION_PAINT: Readonly<Record<string, Paint>> = {
  accept: 'green',
  hold: 'yellow',
  reject: 'red',
};

type PlanDocument = Document<'plan'>;

function decisionsOf({ views }: Pick<Assessment, 'views'>): PlanDocument['decisions'] {
  return views.map(({ accountId, view, decision, management }) => ({
    accountId,
    peeringId: view.peering.peeringId,
    region: view.region,
    localVpc: view.local.vpcId,
    remoteVpc: view.remote.vpcId,
    status: view.peering.status,
    decision: decision.decision,
    rule: decision.rule ?? null,
    reasons: [...decision.reasons],
    standing: management,
  }));
}

export function changeOf(change: PlannedChange): PlanDocument['changes'][number] {
  const { accountId, action, region, routeTableId, destination, peeringId, rule, reason, after } = change;
  return {
    accountId,
    action,
    region,
    routeTableId,
    destination,
    peeringId,
    rule: rule ?? null,
    reason,
    after: after?.request ?? null,
    heldBy: change.heldBy ?? null,
  };
}

export function findingsOf({ findings }: Pick<Assessment, 'findings'>): PlanDocument['findings'] {
  return findings.map(
    ({
      accountId,
      kind,
      region,
      routeTableId,
      destination,
      peeringId,
      detail,
      repairable,
      heldBy,
      awaited,
    }) => ({
      accountId,
      kind,
      region,
      routeTableId: routeTableId ?? null,
      destination: destination ?? null,
      peeringId: peeringId ?? null,
      detail,
      repairable,
      heldBy: heldBy ?? null,
      awaited: awaited === true,
    }),
  );
}

export function notJudgedOf({ notJudged }: Pick<Assessment, 'notJudged'>): PlanDocument['notJudged'] {
  return notJudged.map(({ accountId, region, resource, reason }) => ({
    accountId,
    region,
    resource,
    reason,
  }));
}

export function judgedByOf({ accounts }: Pick<Assessment, 'accounts'>): PlanDocument['judgedBy'] {
  return accounts.map(({ accountId, policy, policyFile }) => ({
    accountId,
    file: policyFile,
    fingerprint: policyFingerprint(policy),
  }));
}

export function endedOf({ ended, names }: Pick<Assessment, 'ended' | 'names'>): PlanDocument['ended'] {
  return ended.map(({ accountId, region, askedBy, peering }) => ({
    accountId,
    region,
    peeringId: peering.peeringId,
    peeringName: names.get(peering.peeringId) ?? null,
    status: peering.status,
    statusMessage: peering.statusMessage,
    askedBy,
    requesterVpc: peering.requester.vpcId,
    requesterAccount: peering.requester.accountId,
    accepterVpc: peering.accepter.vpcId,
    accepterAccount: peering.accepter.accountId,
  }));
}

export function planDocument(assessment: Assessment): PlanDocument {
  return {
    decisions: decisionsOf(assessment),
    ended: endedOf(assessment),
    connections: connectionsOf(assessment),
    changes: assessment.changes.map(changeOf),
    peeringOptions: [...assessment.options, ...assessment.heldOptions].map(
      ({ settable: _, other: __, heldBy, ...option }) => ({ ...option, heldBy: heldBy ?? null }),
    ),
    deletions: deletionsOf(assessment),
    expired: expiredOf(assessment),
    findings: findingsOf(assessment),
    notJudged: notJudgedOf(assessment),
    judgedBy: judgedByOf(assessment),
    warnings: [...assessment.warnings],
  };
}

/** The columns of what was found, and of what could not be judged, as CSV. */
export const FOUND_COLUMNS = [
  'kind',
  'accountId',
  'region',
  'routeTableId',
  'destination',
  'peeringId',
  'heldBy',
  'says',
] as const;

/** Findings, and of the kind `not-judged` what nothing can be said of: a table without them would look like fine. */
export function foundRows({
  findings,
  notJudged: unjudged,
}: Pick<PlanDocument, 'findings' | 'notJudged'>): Row[] {
  return [
    ...findings.map(({ detail, awaited: _, ...finding }): Row => ({ ...finding, says: detail })),
    ...unjudged.map(
      ({ accountId, region, resource, reason }): Row => ({
        kind: 'not-judged',
        accountId,
        region,
        [resource.startsWith('rtb-') ? 'routeTableId' : 'peeringId']: resource === region ? null : resource,
        says: reason,
      }),
    ),
  ];
}

/** The columns of a plan as CSV: `what` is decision, connection, change, option or finding. */
export const PLAN_COLUMNS = ['what', ...FOUND_COLUMNS, 'status', 'rule'] as const;

/** In the order in which a person reads the plan; `kind` is the decision, the action, or the kind of finding. */
export function planRows(plan: PlanDocument): Row[] {
  return [
    ...plan.decisions.map(
      ({ decision, reasons, accountId, region, peeringId, status, rule }): Row => ({
        what: 'decision',
        kind: decision,
        accountId,
        region,
        peeringId,
        status,
        rule,
        says: reasons.join(' '),
      }),
    ),
    ...connectionRows(plan.connections),
    ...plan.changes.map(
      ({ action, reason, ...change }): Row => ({
        ...change,
        what: 'change',
        kind: action,
        says: reason,
      }),
    ),
    ...plan.peeringOptions.map(
      ({ accountId, region, peeringId, vpcId, rule, heldBy }): Row => ({
        what: 'option',
        kind: 'dns-resolution',
        accountId,
        region,
        peeringId,
        heldBy,
        rule,
        says: `DNS resolution of ${vpcId}`,
      }),
    ),
    ...plan.deletions.map(
      ({ accountId, region, peeringId, rule, why, heldBy, waitsFor }): Row => ({
        what: 'change',
        kind: 'delete-peering',
        accountId,
        region,
        peeringId,
        heldBy,
        rule,
        says: waitsFor === null ? why : `${waitsFor} ${why}`,
      }),
    ),
    ...foundRows(plan).map((row): Row => ({ ...row, what: 'finding' })),
  ];
}
