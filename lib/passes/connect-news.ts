import type { ConnectProblem, JudgedPair } from '../connect/types.ts';
import { BY_POLICY, type HistoryEvent } from '../model/history.ts';
import { forgetProblem, type PairNote, pairNote, toldProblem } from '../model/pair.ts';
import type { Remembering } from './tell-together.ts';

/** What is remembered of what people are told about pairs, and what takes that back. */

export type RememberedPair = JudgedPair & { readonly note: PairNote };

function eventOf(kind: HistoryEvent['kind'], pair: JudgedPair, what: string, now: Date): HistoryEvent {
  return {
    at: now.getTime(),
    kind,
    ...(pair.peeringId === undefined ? {} : { peeringId: pair.peeringId }),
    by: BY_POLICY,
    what,
    why: pair.why,
  };
}

export function ofRequested(pair: RememberedPair, now: Date): Remembering {
  const { key, noteRegion: region, note, name, connection, peeringId } = pair;
  return {
    region,
    updates: [pairNote(key, { ...note, told: 'yes' })],
    back: [pairNote(key, note)],
    event: eventOf(
      'requested',
      pair,
      `${peeringId ?? 'A peering'} (${name}) was requested for connection ${connection}.`,
      now,
    ),
  };
}

export function ofLeaving(pair: RememberedPair, now: Date): Remembering {
  const { key, noteRegion: region, note, until, connection, lost } = pair;
  const at = Math.floor(now.getTime() / 1000);
  const end = until === undefined ? {} : { until: Math.floor(until.getTime() / 1000) };
  return {
    region,
    updates: [pairNote(key, { ...note, state: 'leaving', at, ...end })],
    back: [pairNote(key, note)],
    event: eventOf(
      'requested',
      pair,
      lost === 'unit'
        ? `An account has left the organizational units of connection ${connection}.`
        : `Its VPCs have lost the tags of connection ${connection}.`,
      now,
    ),
  };
}

export function ofProblem(
  { key, region, signature, says, peeringId }: ConnectProblem,
  now: Date,
): Remembering {
  return {
    region,
    updates: [toldProblem(key, signature, Math.floor(now.getTime() / 1000))],
    back: [forgetProblem(key)],
    event: {
      at: now.getTime(),
      kind: 'requested',
      ...(peeringId === undefined ? {} : { peeringId }),
      by: BY_POLICY,
      what: 'A peering that the policy wants was not requested.',
      why: says,
    },
  };
}

/** What was deleted is found no more by the next look: nothing is remembered beside the event. */
export function ofDeleted(pair: JudgedPair, now: Date): Remembering {
  return {
    region: pair.noteRegion,
    updates: [],
    back: [],
    event: eventOf('ended', pair, `${pair.peeringId ?? 'A peering'} (${pair.name}) was deleted.`, now),
  };
}
