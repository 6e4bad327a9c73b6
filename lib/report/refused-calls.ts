import type { Assessment, NetworkMemory } from '../assessment/types.ts';
import { type RefusedCall, refusedAnswer, refusedChange, refusedOption } from '../messages/refused.ts';
import { shown } from '../messages/text.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
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

/**
 * New routes for which AWS says that their table has no room: its quota is lower than the policy counts on, which only the
 * refused call shows. A route that was there before has a finding of its own.
 */
export function refusedForRoom(
  changes: readonly Change[],
  refusalOf: (change: Change) => RefusedCall | undefined,
): Finding[] {
  return changes.flatMap((change): Finding[] => {
    const { action, mends } = change;
    const refused = action === 'create' && mends === undefined ? refusalOf(change) : undefined;
    if (refused === undefined || classifyAwsError({ ...refused, message: '' }).kind !== 'limit') {
      return [];
    }
    const found =
      `AWS has refused ${refused.call} there within the last day (${refused.code}): ` +
      'the quota of the table is lower than guardrails.routesPerTable says. Remove routes, or have the quota raised; each sweep tries it again.';
    return [overLimit(change, found)];
  });
}
