import { acceptedByHandNotification } from '../messages/accepted-by-hand.ts';
import { toldEvent } from '../messages/history.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { acceptanceOf } from '../model/acceptance.ts';
import { notJudgedOf, sidesOf } from './accepted-sides.ts';
import { acceptedBy, requestNoteKey } from './request-notes.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { type TellHow, tellNews } from './telling.ts';

/**
 * A request that a person accepted: seen by an event of somebody else's call, or because people were told that it was held
 * and it is live now.
 */
export async function tellAcceptedByHand(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
): Promise<void> {
  const { region, assessment, remembered, nameOf, vpcOf } = view;
  for (const accepted of assessment.views) {
    const { view: side } = accepted;
    const { peering, direction } = side;
    const { peeringId, status } = peering;
    const isOurs = direction === 'inbound' && side.region === region;
    if (!isOurs || (status !== 'active' && status !== 'provisioning')) {
      continue;
    }
    const hint = hints.findLast(
      (each) =>
        each.kind === 'peering' &&
        each.peeringId === peeringId &&
        each.cause === 'AcceptVpcPeeringConnection' &&
        each.peerAccountId === undefined,
    );
    const noted = acceptedBy(remembered.notes, peeringId);
    if (noted === 'product' || (hint === undefined && noted !== 'somebody else')) {
      continue;
    }
    const news = newsOf(remembered.notes, newsKeys.acceptedByHand(peeringId), 'told', dependencies.now());
    const message = acceptedByHandNotification({
      peering,
      ...sidesOf(view, accepted, dependencies),
      notJudged: notJudgedOf(view, peering),
      ...(hint?.actor === undefined ? {} : { actor: hint.actor }),
      policy: dependencies.policy,
      accountId: dependencies.accountId,
      nameOf,
      vpcOf,
    });
    const { subject } = message;
    const why = accepted.decision.reasons.join(' ');
    // Who accepts with the command has it in the history already.
    const events =
      acceptanceOf(remembered.notes, peeringId) === undefined
        ? [toldEvent('accepted-by-hand', peeringId, { subject, why, by: hint?.actor }, dependencies.now())]
        : [];
    await tellNews(dependencies, { view, hints }, news, () => dependencies.topic.notify(message), { events });
    if (noted !== undefined && dependencies.policy.mode === 'enforce') {
      await dependencies.memory.update(region, [{ kind: 'forget-note', key: requestNoteKey(peeringId) }]);
    }
  }
}
