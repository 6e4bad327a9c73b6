import { MESH, type PairNote } from '../model/pair.ts';
import type { Peering } from '../model/peering.ts';
import { utc } from '../model/utc.ts';
import type { Policy } from '../policy/schema.ts';

/** What becomes of a peering that the product requested, and that the policy wants no more. */

export type Leaving =
  | { readonly state: 'kept'; readonly why: string }
  | { readonly state: 'leaving'; readonly why: string; readonly until: number; readonly isNews: boolean }
  | { readonly state: 'to-delete'; readonly why: string };

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, d: 86_400 };

/** Seconds of `12h` or `7d`, as the schema lets them through. */
function waitingSeconds(text: string): number {
  return Number(text.slice(0, -1)) * (UNIT_SECONDS[text.slice(-1)] ?? 86_400);
}

/** What ended the wish: `tags` of a VPC, or that its `account` is in the organizational units no longer. */
export type Lost = { readonly by: 'tags' } | { readonly by: 'unit'; readonly accountId: string };

function askedOf({ connect = [], mesh }: Pick<Policy, 'connect' | 'mesh'>, connection: string) {
  return connection === MESH ? mesh : connect.find(({ name }) => name === connection);
}

function lostText(lost: Lost, connection: string): string {
  return lost.by === 'tags'
    ? `Its VPCs have lost the tags of connection ${connection}`
    : `Account ${lost.accountId} is no longer in the organizational units of connection ${connection}`;
}

/**
 * A connection that is gone from the policy ends nothing: a line that got lost must not either.
 *
 * @param ending.at seconds since the epoch.
 */
export function leavingOf(
  policy: Pick<Policy, 'connect' | 'mesh'>,
  { peeringId }: Peering,
  note: PairNote,
  ending: { readonly lost: Lost; readonly at: number },
): Leaving {
  const { lost, at } = ending;
  const asked = askedOf(policy, note.connection);
  if (asked === undefined) {
    return {
      state: 'kept',
      why: `${peeringId} was requested for connection ${note.connection}, which the policy has no more. It stays.`,
    };
  }
  if (asked.onLeave === 'keep') {
    return {
      state: 'kept',
      why: `${lostText(lost, note.connection)}, for which ${peeringId} was requested. It stays (onLeave: keep).`,
    };
  }
  const wait = waitingSeconds(asked.leaveAfter);
  const isNews = note.state !== 'leaving' || note.until === undefined;
  // What people were told is kept to; a longer time that the policy says by now counts too.
  const until = isNews || note.until === undefined ? at + wait : Math.max(note.until, note.at + wait);
  return at >= until && !isNews
    ? {
        state: 'to-delete',
        why: `${lostText(lost, note.connection)}, and the time that people were told is over (leaveAfter).`,
      }
    : {
        state: 'leaving',
        until,
        isNews,
        why: `${lostText(lost, note.connection)}. ${peeringId} is deleted after ${utc(new Date(until * 1000))} (onLeave: delete), unless ${lost.by === 'tags' ? 'they get them back' : 'it gets back there'}.`,
      };
}
