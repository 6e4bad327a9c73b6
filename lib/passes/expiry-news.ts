import { routesLeadingTo } from '../assessment/routes-to-sides.ts';
import type { AssessedView } from '../assessment/types.ts';
import {
  endingNotification,
  type OfTime,
  putOffNotification,
  wrongTagNotification,
} from '../messages/expiry.ts';
import {
  type EndStage,
  slipKey,
  type ToldEnd,
  toldEndKey,
  toldEndNote,
  toldEndOf,
  toldOverKey,
  toldOverNote,
  toldOverOf,
} from '../model/expiry.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { Notification } from '../model/notification.ts';
import { type PeeringEnd, stageOf } from '../policy/expiry.ts';
import type { RegionView } from './region-view.ts';
import { overMessage } from './time-over-message.ts';

/** What there is to tell of the time of one side of a peering. */
export interface TimeNews {
  readonly side: AssessedView;
  /** What makes it the same news for both sides of a peering inside one Region. */
  readonly same: string;
  readonly key: string;
  readonly updates: readonly MemoryUpdate[];
  /** @param sides those of which it is the same. */
  readonly message: (about: OfTime, sides: readonly AssessedView[]) => Notification;
}

function isTold(toldEnd: ToldEnd | undefined, { at }: PeeringEnd, stage: EndStage): boolean {
  return toldEnd?.end === at && (toldEnd.stage === 'day' || stage === 'week');
}

/** It has ended. */
function overNews(side: AssessedView, end: PeeringEnd, region: RegionView, seconds: number): TimeNews[] {
  const { peeringId } = side.view.peering;
  const { vpcId } = side.view.local;
  if (toldOverOf(region.remembered.notes, peeringId, vpcId)?.end === end.at) {
    return [];
  }
  return [
    {
      side,
      same: `over ${end.at}`,
      key: toldOverKey(peeringId, vpcId),
      updates: [toldOverNote(peeringId, vpcId, end.at, seconds)],
      message: overMessage(end, region),
    },
  ];
}

/** It ends in a week or a day, or does not end when people were told that it does. */
function endNews(
  side: AssessedView,
  end: PeeringEnd | undefined,
  region: RegionView,
  seconds: number,
): TimeNews[] {
  const { notes } = region.remembered;
  const { peeringId } = side.view.peering;
  const { vpcId } = side.view.local;
  const key = toldEndKey(peeringId, vpcId);
  const toldEnd = toldEndOf(notes, peeringId, vpcId);
  const stage = end === undefined ? undefined : stageOf(end, seconds);
  if (end !== undefined && stage !== undefined) {
    return isTold(toldEnd, end, stage)
      ? []
      : [
          {
            side,
            same: `${stage} ${end.at}`,
            key,
            updates: [toldEndNote(peeringId, vpcId, { end: end.at, stage, at: seconds })],
            message: (about, sides) =>
              endingNotification(
                end,
                routesLeadingTo(sides, region.inventory.tables, region.remembered, about.tagPrefix),
                about,
              ),
          },
        ];
  }
  return toldEnd === undefined || toldEnd.end === end?.at
    ? []
    : [
        {
          side,
          same: `put off ${toldEnd.end} ${end?.at}`,
          key,
          updates: [
            { kind: 'forget-note', key },
            { kind: 'forget-note', key: toldOverKey(peeringId, vpcId) },
          ],
          message: (about) => putOffNotification(end, toldEnd.end, about),
        },
      ];
}

/** Its tag says nothing: told once for each that is wrong. */
function slipNews(side: AssessedView, region: RegionView, now: Date): TimeNews[] {
  const slip = side.decision.expiry?.slip;
  const key = slipKey(side.view.peering.peeringId);
  return slip === undefined || region.remembered.notes.get(key)?.value === slip
    ? []
    : [
        {
          side,
          same: `slip ${slip}`,
          key,
          updates: [{ kind: 'note', key, value: slip, at: Math.floor(now.getTime() / 1000) }],
          message: (about) => wrongTagNotification(slip, side.decision.expiry?.end, about),
        },
      ];
}

/** All that is news of one side, seen from its Region. */
export function newsOfSide(side: AssessedView, region: RegionView, now: Date): TimeNews[] {
  const { management, decision } = side;
  if (management !== 'managed' && management !== 'expired') {
    return [];
  }
  const seconds = Math.floor(now.getTime() / 1000);
  const end = decision.expiry?.end;
  return end?.state === 'over'
    ? overNews(side, end, region, seconds)
    : [...endNews(side, end, region, seconds), ...slipNews(side, region, now)];
}
