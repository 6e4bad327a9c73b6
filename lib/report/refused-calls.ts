import type { Assessment, NetworkMemory } from '../assessment/types.ts';
import { refusalText } from '../messages/call-failed.ts';
import { type RefusedCall, refusedAnswer, refusedChange, refusedOption } from '../messages/refused.ts';
import { shown } from '../messages/text.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Change } from '../model/change.ts';
import type { Finding, FindingKind } from '../model/finding.ts';
import { overLimit } from '../routing/quota.ts';

/** A call by which the functions would do what the plan says, and which AWS has refused lately. */
export interface RefusedWork extends RefusedCall {
  readonly region: string;
  /** The route table, or the peering. */
  readonly resourceId: string;
}

/** Each call once for each table or peering, of what is still to be done. */
export function refusedWork(
  { whole, memory }: { readonly whole: Assessment; readonly memory: NetworkMemory },
  now: Date,
): RefusedWork[] {
  const notesOf = (region: string) => memory.get(region)?.notes ?? new Map();
  const found: (RefusedWork | undefined)[] = [
    ...whole.requests.map(({ peering: { peeringId, accepter }, decision }) =>
      at(accepter.region, peeringId, refusedAnswer(notesOf(accepter.region), peeringId, decision, now)),
    ),
    ...whole.changes
      .filter(({ heldBy }) => heldBy === undefined)
      .map((change) =>
        at(change.region, change.routeTableId, refusedChange(notesOf(change.region), change, now)),
      ),
    ...whole.options
      .filter(({ settable, heldBy }) => settable && heldBy === undefined)
      .map(({ region, peeringId }) => at(region, peeringId, refusedOption(notesOf(region), peeringId, now))),
  ];
  const work = new Map<string, RefusedWork>();
  for (const each of found) {
    if (each !== undefined) work.set(`${each.region} ${each.call} ${each.resourceId}`, each);
  }
  return [...work.values()];
}

function at(region: string, resourceId: string, refused: RefusedCall | undefined): RefusedWork | undefined {
  return refused === undefined ? undefined : { ...refused, region, resourceId };
}

export function refusedLine({ call, code, resourceId, region }: RefusedWork): string {
  return (
    `AWS has refused ${shown(call)} for ${shown(resourceId)} (${shown(region)}) within the last day (${shown(code)}), as people were told. ` +
    'The functions try it again at each sweep; unless that is settled, nothing changes there.'
  );
}

/**
 * The changes of the plan that the functions make, and whose call AWS has refused for their table lately.
 *
 * @returns for each change the call, or undefined where none was refused.
 */
export function createRefusalOf(
  memory: NetworkMemory,
  now: Date,
): (change: Change) => RefusedCall | undefined {
  return (change) =>
    change.heldBy === undefined
      ? refusedChange(memory.get(change.region)?.notes ?? new Map(), change, now)
      : undefined;
}

/** What is so of a route while AWS refuses the call that makes a change. */
const LEFT_UNDONE: Readonly<Record<Change['action'], FindingKind>> = {
  create: 'missing',
  replace: 'wrong-target',
  delete: 'stale',
};

function refusedRoute(change: Change, refused: RefusedCall): Finding {
  const { action, region, routeTableId, destination, peeringId, rule, reason } = change;
  if (action === 'create' && classifyAwsError({ ...refused, message: '' }).kind === 'limit') {
    const found =
      `AWS has refused ${refused.call} there within the last day (${refused.code}): ` +
      'the quota of the table is lower than guardrails.routesPerTable says. Remove routes, or have the quota raised; each sweep tries it again.';
    return overLimit(change, found);
  }
  return {
    kind: LEFT_UNDONE[action],
    region,
    routeTableId,
    destination,
    peeringId,
    ...(rule === undefined ? {} : { rule }),
    detail: `${reason} ${refusalText(refused)}`,
    repairable: true,
  };
}

function refusedDns(
  { region, peeringId, vpcId, rule }: Assessment['options'][number],
  refused: RefusedCall,
): Finding {
  return {
    kind: 'dns-resolution',
    region,
    peeringId,
    vpcId,
    rule,
    detail: `Rule ${rule} lets the other VPC of ${peeringId} resolve the private DNS names of ${vpcId}, but ${refusalText(refused)}`,
    repairable: true,
  };
}

/**
 * What would be done for the first time, or because the policy has changed, and is not, as AWS refuses the call: that is no
 * drift, but nobody may say that there is none. What was in place before has a finding of its own.
 */
export function refusedFindings(
  { whole, memory }: { readonly whole: Assessment; readonly memory: NetworkMemory },
  refusalOf: (change: Change) => RefusedCall | undefined,
  now: Date,
): Finding[] {
  const known = new Set(
    whole.findings.flatMap(({ kind, peeringId }) => (kind === 'dns-resolution' ? [peeringId] : [])),
  );
  return [
    ...whole.changes.flatMap((change): Finding[] => {
      const refused = change.mends === undefined ? refusalOf(change) : undefined;
      return refused === undefined ? [] : [refusedRoute(change, refused)];
    }),
    ...whole.options.flatMap((option): Finding[] => {
      const { region, peeringId, settable, heldBy } = option;
      const refused =
        settable && heldBy === undefined && !known.has(peeringId)
          ? refusedOption(memory.get(region)?.notes ?? new Map(), peeringId, now)
          : undefined;
      return refused === undefined ? [] : [refusedDns(option, refused)];
    }),
  ];
}
