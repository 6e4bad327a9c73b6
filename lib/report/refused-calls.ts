import type { Assessment, NetworkMemory } from '../assessment/types.ts';
import { type RefusedCall, refusedAnswer, refusedChange, refusedOption } from '../messages/refused.ts';
import { shown } from '../messages/text.ts';

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
