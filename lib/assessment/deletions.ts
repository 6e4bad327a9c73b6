import type { Change } from '../model/change.ts';
import { toldOverOf } from '../model/expiry.ts';
import { freezeIn } from '../model/freeze.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import type { PeeringSide } from '../model/peering.ts';
import { endedTagKey } from '../model/tags.ts';
import { NOTICE, type PeeringEnd } from '../policy/expiry.ts';
import { endText } from '../policy/expiry-date.ts';
import type { Policy } from '../policy/schema.ts';
import type { AssessedView, NetworkMemory, NetworkState, PeeringDeletion } from './types.ts';

/** All that a deletion hangs on. */
export interface DeletionContext {
  readonly views: readonly AssessedView[];
  readonly changes: readonly Change[];
  readonly state: Pick<NetworkState, 'accountId' | 'managedRegions' | 'regions'>;
  readonly policy: Policy;
  readonly memory: NetworkMemory;
  readonly now: Date;
}

/** The end of a view that is over, and whose rule has its peering deleted. */
function endingIn({ management, decision }: AssessedView): PeeringEnd | undefined {
  const end = decision.expiry?.end;
  return management === 'expired' && end?.onExpiry === 'delete' ? end : undefined;
}

/** Sides of this account, in Regions that the product manages. */
function managedSides({ view }: AssessedView, { state }: DeletionContext): PeeringSide[] {
  const { requester, accepter } = view.peering;
  return [requester, accepter].filter(
    ({ accountId, region }) => accountId === state.accountId && state.managedRegions.includes(region),
  );
}

/** Whether the value is one that the product wrote when it told of the end; it writes `none` when the end was put off. */
export function isMarkedEnded(tags: Readonly<Record<string, string>>, tagPrefix: string): boolean {
  return /^\d{4}-/.test(tags[endedTagKey(tagPrefix)] ?? '');
}

/** What of a side has to be so before its peering is deleted, and is not. */
function waitsForSide(side: AssessedView, context: DeletionContext): string | undefined {
  const { view, decision, management } = side;
  const { peeringId } = view.peering;
  const { vpcId } = view.local;
  if (management === 'unmanaged' && decision.effect !== 'reject') {
    return undefined;
  }
  const end = endingIn(side);
  if (end === undefined) {
    return management === 'expired'
      ? `rule ${decision.rule} of its side in ${vpcId} does not have it deleted.`
      : `its side in ${vpcId} is still in use, or nothing can be said of it.`;
  }
  const { notes, routes }: RegionMemory = context.memory.get(view.region) ?? NO_MEMORY;
  const own = [...routes.values()].some((ofTable) =>
    [...ofTable.values()].some((route) => route.peeringId === peeringId),
  );
  if (own || context.changes.some((change) => change.peeringId === peeringId)) {
    return 'own routes lead to it, which go first.';
  }
  const toldEnd = toldOverOf(notes, peeringId, vpcId);
  if (toldEnd?.end !== end.at || !isMarkedEnded(view.peering.tags, context.policy.tagPrefix)) {
    return 'people are told first, by the next look.';
  }
  return context.now.getTime() / 1000 - toldEnd.at >= NOTICE
    ? undefined
    : `its routes went just now; it is deleted ${endText(toldEnd.at + NOTICE)} at the earliest, so that whoever misses it can renew it.`;
}

/** What keeps anything of an end from being done in a Region. */
export function heldIn(
  { policy, memory, now }: Pick<DeletionContext, 'policy' | 'memory' | 'now'>,
  region: string,
): PeeringDeletion['heldBy'] {
  if (policy.mode === 'observe') {
    return 'observe';
  }
  return freezeIn((memory.get(region) ?? NO_MEMORY).notes, now) === undefined ? undefined : 'frozen';
}

function deletionOf(over: AssessedView, context: DeletionContext): PeeringDeletion | undefined {
  const end = endingIn(over);
  const { peering, region } = over.view;
  const { peeringId } = peering;
  if (end === undefined || peering.status !== 'active') {
    return undefined;
  }
  const sides = context.views.filter(({ view }) => view.peering.peeringId === peeringId);
  const read = new Set(context.state.regions.map((inventory) => inventory.region));
  const unread = managedSides(over, context).flatMap((side) => (read.has(side.region) ? [] : [side.region]));
  const [waits] = sides.flatMap((side) => waitsForSide(side, context) ?? []);
  // An owned side that was read and has no view is one of which nothing is known.
  const isWhole = sides.length + unread.length === managedSides(over, context).length;
  const waitsFor = waits ?? (isWhole ? undefined : 'one of its sides could not be read.');
  const reasonHeldBack = sides.flatMap(({ view }) => heldIn(context, view.region) ?? [])[0];
  return {
    region,
    peeringId,
    rule: end.rule,
    why: `Its time is over, and rule ${end.rule} says onExpiry: delete. ${end.why}`,
    ...(reasonHeldBack === undefined ? {} : { heldBy: reasonHeldBack }),
    ...(waitsFor === undefined ? {} : { waitsFor: `Not yet: ${waitsFor}` }),
    unread,
  };
}

/**
 * The peerings that are to be deleted, each once for each Region. Deleted is only what was managed by rules that say so from every
 * side that this account's policy manages, once its time is over from all of them, nothing of the product's leads to it any more, and people
 * have known for a day that it is over: a deleted peering cannot be brought back. What others route to it ends with it: the rule says so, and people were told that, too.
 */
export function deletionsOf(context: DeletionContext): PeeringDeletion[] {
  const found = new Map<string, PeeringDeletion>();
  for (const view of context.views) {
    const deletion = deletionOf(view, context);
    if (deletion !== undefined) found.set(`${deletion.region} ${deletion.peeringId}`, deletion);
  }
  return [...found.values()];
}
