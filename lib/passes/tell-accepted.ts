import type { AssessedView } from '../assessment/types.ts';
import { acceptedByHandNotification, findingsNamed } from '../messages/accepted-by-hand.ts';
import { toldEvent } from '../messages/history.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { acceptanceOf } from '../model/acceptance.ts';
import type { Finding } from '../model/finding.ts';
import { lazy } from '../model/lazy.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { acceptedBy, requestNoteKey } from '../model/noted-decision.ts';
import { notJudgedOf, sidesOf } from './accepted-sides.ts';
import { silenceIn } from './silenced.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { type TellHow, type Telling, tellAllNews } from './telling.ts';

/** A request that a person accepted, as it is told. */
export interface AcceptanceToTell {
  readonly telling: Telling;
  /** Findings that its message names, if it is sent now. */
  readonly named: readonly Finding[];
  /** That it was decided as a request is forgotten with it. */
  readonly forget: readonly MemoryUpdate[];
}

function acceptanceOfView(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
  accepted: AssessedView,
): AcceptanceToTell | undefined {
  const { remembered, nameOf, vpcOf } = view;
  const { peering } = accepted.view;
  const { peeringId } = peering;
  const hint = acceptanceAmong(hints, peeringId);
  const noted = acceptedBy(remembered.notes, peeringId);
  if (noted === 'product' || (hint === undefined && noted !== 'somebody else')) {
    return undefined;
  }
  // The function for chat is the product's own, so no event names its call; what it remembered does.
  const actor = hint?.actor ?? acceptanceOf(remembered.notes, peeringId)?.by;
  const key = newsKeys.acceptedByHand(peeringId);
  const news = newsOf(remembered.notes, key, 'told', dependencies.now());
  const isLoud = silenceIn(view, dependencies.now())({ peeringId }) === undefined;
  // Looked at only for a message.
  const sides = lazy(() => sidesOf(view, accepted, dependencies));
  const telling: Telling = {
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
        ...sides(),
        notJudged: notJudgedOf(view, peering),
        ...(actor === undefined ? {} : { actor }),
        policy: dependencies.policy,
        accountId: dependencies.accountId,
        nameOf,
        vpcOf,
      }),
  };
  const isOver = noted !== undefined && isLoud && dependencies.policy.mode === 'enforce';
  return {
    telling,
    named: news.isNews && isLoud ? findingsNamed(sides().sides) : [],
    forget: isOver ? [{ kind: 'forget-note', key: requestNoteKey(peeringId) }] : [],
  };
}

/**
 * Requests that a person accepted: seen by an event of somebody else's call, or because people were told that it was held
 * and it is live now.
 */
export function acceptancesToTell(dependencies: TellDependencies, how: TellHow): AcceptanceToTell[] {
  const { region, assessment } = how.view;
  return assessment.views.flatMap((accepted) => {
    const { peering, direction, region: of } = accepted.view;
    const isLive = peering.status === 'active' || peering.status === 'provisioning';
    const toTell =
      direction === 'inbound' && of === region && isLive
        ? acceptanceOfView(dependencies, how, accepted)
        : undefined;
    return toTell === undefined ? [] : [toTell];
  });
}

export async function tellAcceptedByHand(
  dependencies: TellDependencies,
  how: TellHow,
  acceptances: readonly AcceptanceToTell[],
): Promise<void> {
  const { region } = how.view;
  await tellAllNews(
    dependencies,
    how,
    acceptances.map(({ telling }) => telling),
    {
      of: 'VPC peering',
      where: `accepted by hand in ${dependencies.accountId} (${region})`,
      rest: 'Run "peering status" and "peering drift" to see what of them is routed.',
    },
  );
  const forget = acceptances.flatMap((each) => each.forget);
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
