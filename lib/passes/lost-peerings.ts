import type { LostPeering } from '../messages/connectivity.ts';
import { CHECK_WAITS_MS, type CheckedPeering, seenFrom } from './checked-peerings.ts';
import type { OtherEnd } from './other-ends.ts';
import { recallPeerVerdict } from './peer-verdicts.ts';
import { diagnosisOf } from './read-diagnosis.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { checkedBesides } from './same-check.ts';
import type { DiagnosedTarget } from './target-watch.ts';
import { seenBefore } from './watched-peering.ts';

/** Peerings of one message whose hops are looked at: each takes half a dozen calls. Of the others it says so. */
const MAX_DIAGNOSED = 10;

/**
 * What the same check has lost besides, in commands whose events are still to be answered: an outage of many peerings is one
 * message. Looked for only when there is something to tell, so that a check that finds nothing costs nothing more.
 */
export async function lostBesides(
  dependencies: RecordDependencies,
  region: string,
  lost: readonly DiagnosedTarget[],
  [first]: readonly CheckedPeering[],
): Promise<DiagnosedTarget[]> {
  const { periods } = dependencies.policy.connectivity;
  const found = await checkedBesides(dependencies, region, first?.remembered.get(region) ?? new Map(), {
    isAbout: () => true,
    atHand: new Set(lost.map(({ commandId }) => commandId)),
    waits: CHECK_WAITS_MS,
    isWanted: ({ status }) => status === 'Failed',
  });
  const besides = found.filter(({ health, after }) => health.failed && after.lost >= periods);
  const diagnosed = new Set(lost.map(({ health }) => health.peeringId));
  const targets: DiagnosedTarget[] = [];
  for (const target of besides) {
    const { peeringId } = target.health;
    const isDiagnosed = diagnosed.has(peeringId) || diagnosed.size < MAX_DIAGNOSED;
    if (isDiagnosed) diagnosed.add(peeringId);
    const diagnosis = isDiagnosed ? await diagnosisOf(dependencies, target.health) : undefined;
    targets.push({ ...target, diagnosis });
  }
  return targets;
}

/** All that people are told of one peering that is lost. */
export function lostPeering(
  dependencies: RecordDependencies,
  region: string,
  { watched, targets, remembered, repaired }: CheckedPeering,
  others: readonly OtherEnd[],
): LostPeering {
  const { peeringId } = watched;
  const ofIt = others.filter(({ health }) => health.peeringId === peeringId);
  const atHand = new Set([...targets, ...ofIt].map(({ target }) => target));
  const peer = recallPeerVerdict(dependencies, remembered.get(region) ?? new Map(), peeringId);
  return {
    ...watched,
    seen: [...seenFrom(targets), ...ofIt.map(({ health, sentAt }) => ({ health, sentAt }))],
    repaired,
    before: seenBefore(watched, remembered, (target) => atHand.has(target)),
    ...(peer === undefined ? {} : { peer }),
  };
}
