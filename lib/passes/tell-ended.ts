import type { EndedPeering } from '../assessment/types.ts';
import { type Ended, endedNotification, ownRequestEndedNotification } from '../messages/ended.ts';
import { toldEvent } from '../messages/history.ts';
import { newsKeys, newsOf, whatToTell } from '../messages/news.ts';
import { acceptanceOf } from '../model/acceptance.ts';
import { notedDecision } from '../model/noted-decision.ts';
import type { Notification } from '../model/notification.ts';
import type { PeeringStatus } from '../model/peering.ts';
import { rejectionByPerson } from '../model/rejection.ts';
import { type End, routesOf } from './ends.ts';
import { ENDING_CALLS } from './ends-without-routes.ts';
import { ownConnections } from './own-connections.ts';
import type { RegionView } from './region-view.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { actorOf, type TellHow, type Telling, tellAllNews } from './telling.ts';

/** Statuses in which a request of ours ends without a peering. */
const UNANSWERED: ReadonlySet<PeeringStatus> = new Set(['rejected', 'failed', 'expired']);

/** The request as which it ended: one that waited for a person, and was never seen to live. */
function heldRequestOf({ remembered }: RegionView, peeringId: string): Ended['heldRequest'] {
  const decided = notedDecision(remembered.notes, peeringId);
  return decided?.decision === 'hold' && acceptanceOf(remembered.notes, peeringId) === undefined
    ? decided
    : undefined;
}

/** What people did is told to people: a peering that somebody ended, with the routes that go with it and those that stay. */
export async function tellEnded(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
  ends: readonly End[],
): Promise<void> {
  const { region, inventory, remembered, nameOf, vpcOf } = view;
  const peerings = new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
  const tellings = ends.map(({ peeringId, news, going, left, elsewhere: [elsewhere] }): Telling => {
    const peering = peerings.get(peeringId);
    const answer = rejectionByPerson(remembered.notes, peeringId);
    const actor = actorOf(hints, peeringId, ENDING_CALLS) ?? answer?.by;
    const held = heldRequestOf(view, peeringId);
    const routes = routesOf(going, view, dependencies.now());
    const message = () =>
      endedNotification({
        peering: peering ?? peeringId,
        ...(actor === undefined ? {} : { actor }),
        status: peering?.status ?? (actor === undefined ? 'unknown' : 'deleted'),
        statusMessage: peering?.statusMessage ?? '',
        ...routes,
        routesLeft: left,
        accountId: dependencies.accountId,
        region,
        ...(elsewhere === undefined ? {} : { alsoIn: elsewhere }),
        ...(held === undefined ? {} : { heldRequest: held }),
        nameOf,
        vpcOf,
        cidrsOf: (vpcId) => inventory.vpcs.get(vpcId)?.cidrs,
      });
    const toldOfLeft = news.isNews
      ? [...whatToTell(remembered.notes, left, dependencies.now()).updates.values()].flat()
      : [];
    return {
      key: newsKeys.ended(peeringId),
      about: { peeringId },
      news: { ...news, updates: [...news.updates, ...toldOfLeft] },
      message,
      isPassing: going.some(({ heldBy }) => heldBy === undefined),
      // Who rejects with the command has it in the history already.
      events: ({ subject }: Notification) =>
        answer === undefined
          ? [toldEvent('ended', peeringId, { subject, by: actor }, dependencies.now())]
          : [],
    };
  });
  await tellAllNews(dependencies, { view, hints }, tellings, {
    of: 'VPC peering',
    where: `ended in ${dependencies.accountId} (${region})`,
    rest: 'Run "peering plan" and "peering drift" to see what becomes of their routes.',
  });
}

/** Our own requests that were rejected, failed or expired: EC2 shows them for a while, and tells nobody. */
export async function tellOwnRequestsEnded(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
): Promise<void> {
  const { region, assessment, remembered, nameOf, inventory } = view;
  const isOfConnection = ownConnections(dependencies.policy, [remembered]);
  const own = assessment.ended.filter(
    ({ peering, region: of, askedBy }: EndedPeering) =>
      askedBy === 'ours' &&
      of === region &&
      peering.requester.region === region &&
      UNANSWERED.has(peering.status) &&
      !isOfConnection(peering),
  );
  const tellings = own.map((ended): Telling => {
    const { peeringId, status } = ended.peering;
    const key = newsKeys.ownRequest(peeringId, status);
    const news = newsOf(remembered.notes, key, status, dependencies.now());
    const actor = actorOf(hints, peeringId, ENDING_CALLS);
    return {
      key,
      about: { peeringId },
      news,
      events: ({ subject }: Notification) => [
        toldEvent('ended', peeringId, { subject, by: actor }, dependencies.now()),
      ],
      message: () =>
        ownRequestEndedNotification(ended, {
          accountId: dependencies.accountId,
          ...(actor === undefined ? {} : { actor }),
          cidrsOf: (vpcId) => inventory.vpcs.get(vpcId)?.cidrs,
          nameOf,
        }),
    };
  });
  await tellAllNews(dependencies, { view, hints }, tellings, {
    of: 'own VPC peering request',
    where: `of ${dependencies.accountId} (${region}) came to nothing`,
    rest: 'Run "peering status" to see them.',
  });
}
