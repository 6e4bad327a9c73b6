import { acceptedByHandNotification } from '../messages/accepted-by-hand.ts';
import { toldEvent } from '../messages/history.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { acceptanceOf } from '../model/acceptance.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { acceptedBy, requestNoteKey } from '../model/noted-decision.ts';
import { notJudgedOf, sidesOf } from './accepted-sides.ts';

import { silenceIn } from './silenced.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { type TellHow, type Telling, tellAllNews } from './telling.ts';

/**
 * A request that a person accepted: seen by an event of somebody else's call, or because people were told that it was held
 * and it is live now.
 */
export async function tellAcceptedByHand(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
): Promise<void> {
  const { region, assessment, remembered, nameOf, vpcOf } = view;
  const tellings: Telling[] = [];
  const forget: MemoryUpdate[] = [];
  const silence = silenceIn(view, dependencies.now());
  for (const accepted of assessment.views) {
    const { view: side } = accepted;
    const { peering, direction } = side;
    const { peeringId, status } = peering;
    const isOurs = direction === 'inbound' && side.region === region;
    if (!isOurs || (status !== 'active' && status !== 'provisioning')) {
      continue;
    }
    const hint = acceptanceAmong(hints, peeringId);
    const noted = acceptedBy(remembered.notes, peeringId);
    if (noted === 'product' || (hint === undefined && noted !== 'somebody else')) {
      continue;
    }
    // The function for chat is the product's own, so no event names its call; what it remembered does.
    const actor = hint?.actor ?? acceptanceOf(remembered.notes, peeringId)?.by;
    const key = newsKeys.acceptedByHand(peeringId);
    const news = newsOf(remembered.notes, key, 'told', dependencies.now());
    tellings.push({
      key,
      about: { peeringId },
      news,
      // Who accepts with the command has it in the history already.
      events: ({ subject }) =>
        acceptanceOf(remembered.notes, peeringId) === undefined
          ? [
              toldEvent(
                'accepted-by-hand',
                peeringId,
                { subject, why: accepted.decision.reasons.join(' '), by: actor },
                dependencies.now(),
              ),
            ]
          : [],
      message: () =>
        acceptedByHandNotification({
          peering,
          ...sidesOf(view, accepted, dependencies),
          notJudged: notJudgedOf(view, peering),
          ...(actor === undefined ? {} : { actor }),
          policy: dependencies.policy,
          accountId: dependencies.accountId,
          nameOf,
          vpcOf,
        }),
    });
    if (
      noted !== undefined &&
      silence({ peeringId }) === undefined &&
      dependencies.policy.mode === 'enforce'
    ) {
      forget.push({ kind: 'forget-note', key: requestNoteKey(peeringId) });
    }
  }
  await tellAllNews(dependencies, { view, hints }, tellings, {
    of: 'VPC peering',
    where: `accepted by hand in ${dependencies.accountId} (${region})`,
    rest: 'Run "peering status" and "peering drift" to see what of them is routed.',
  });
  if (forget.length > 0) {
    await dependencies.memory.update(region, forget);
  }
}

/** The event of this account's own call that accepted the request. */
function acceptanceAmong(hints: TellHow['hints'], peeringId: string) {
  return hints
    .filter((each) => each.kind === 'peering')
    .findLast(
      (each) =>
        each.peeringId === peeringId &&
        each.cause === 'AcceptVpcPeeringConnection' &&
        each.peerAccountId === undefined,
    );
}
