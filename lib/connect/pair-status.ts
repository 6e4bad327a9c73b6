import type { PairNote } from '../model/pair.ts';
import type { Peering, Vpc } from '../model/peering.ts';
import { utc } from '../model/utc.ts';
import { overlaps, parseCidr } from '../network/cidr.ts';
import type { Between } from './between.ts';
import type { WantedPair } from './selected.ts';
import type { PairState } from './types.ts';

/** The status of a wanted pair, by what EC2 shows of it and what is remembered. */
export interface PairStatus {
  readonly state: PairState;
  readonly why: string;
  readonly peeringId?: string;
  readonly until?: number;
  /** What is remembered of the pair from now on; undefined: what was so far. */
  readonly learned?: PairNote;
  /** Asked before, and refused so often. */
  readonly refusals: number;
  /** waits: for EC2 to show it. It may be there, and takes up what a request takes up. */
  readonly isUnseen?: true;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
/** So long EC2 may take until it shows a request that was made (eventual consistency), with a large margin. */
const UNCLEAR_SECONDS = 300;

/**
 * Whether a peering that EC2 does not show may be there all the same, because what is remembered of it happened just now. EC2
 * shows one that was deleted for hours.
 */
export function mayBeUnseen({ state, at: since }: PairNote, at: number): boolean {
  return (state === 'asking' || state === 'asked' || state === 'live') && at < since + UNCLEAR_SECONDS;
}

/** The longest wait before a request that failed or expired is made again. */
const LONGEST_WAIT = 30 * DAY;

/** Of what ends by itself: how long to wait after the first time. Each further time twice as long. */
const WAIT_AFTER: Readonly<Record<string, number>> = { failed: 6 * HOUR, expired: 7 * DAY };

/** @param why `rejected`, `deleted` and `gone` were a person's doing: only a person undoes them. */
export function askAgainAt(why: string, refusals: number, at: number): number | undefined {
  if (why === 'rejected' || why === 'deleted' || why === 'gone') return undefined;
  const first = WAIT_AFTER[why] ?? HOUR;
  return at + Math.min(LONGEST_WAIT, first * 2 ** Math.min(20, Math.max(0, refusals - 1)));
}

function livePairStatus(
  { connection }: WantedPair,
  peering: Peering,
  note: PairNote | undefined,
  isTagged: boolean,
  at: number,
): PairStatus {
  const { peeringId, status } = peering;
  const isRequest = status === 'initiating-request' || status === 'pending-acceptance';
  const state = isRequest ? 'asked' : 'live';
  const wasAsking = note?.state === 'asking' && isTagged;
  const madeBy =
    wasAsking || (note?.peeringId === peeringId && note.madeBy === 'product') ? 'product' : 'other';
  const isKnown = note?.state === state && note.peeringId === peeringId && note.madeBy === madeBy;
  const toldSoFar = madeBy === 'product' && (wasAsking || note?.told === 'not-yet') ? 'not-yet' : 'yes';
  const base = { peeringId, refusals: 0 };
  const learned: Pick<PairStatus, 'learned'> =
    isKnown || status === 'unknown'
      ? {}
      : { learned: { state, connection, madeBy, peeringId, refusals: 0, told: toldSoFar, at } };
  if (status === 'unknown') {
    return {
      ...base,
      state: 'waits',
      why: `EC2 shows ${peeringId} in a state that this version does not know.`,
    };
  }
  return isRequest
    ? { ...base, ...learned, state: 'requested', why: `${peeringId} waits for its answer.` }
    : { ...base, ...learned, state: 'connected', why: `${peeringId} is ${status}.` };
}

const REFUSED_WORDS: Readonly<Record<string, string>> = {
  rejected: 'was rejected',
  deleted: 'was deleted by somebody',
  deleting: 'is being deleted by somebody',
  gone: 'was there and is gone',
  expired: 'expired without an answer',
  failed: 'failed',
};

/** @param until seconds since the epoch; undefined: it is not requested again. */
export function refusedText({ why = 'gone', peeringId }: PairNote, until: number | undefined): string {
  const what = peeringId === undefined ? 'The last request' : peeringId;
  const said = REFUSED_WORDS[why] ?? `was refused by EC2 (${why})`;
  return until === undefined
    ? `${what} ${said}, so it is not requested again. If it should be, request it by hand, or take the tag off one of the VPCs for a sweep and set it again.`
    : `${what} ${said}. It is requested again after ${utc(new Date(until * 1000))}.`;
}

/** A request expires seven days after it was made (VPC peering guide). Seconds. */
const LIFETIME = 7 * DAY;
/** EC2's clock and ours may differ by so much. Seconds. */
const CLOCKS = 60;

/** What was requested long before the product asked is no answer to that. */
function mayAnswer({ expiresAt }: Peering, note: PairNote | undefined): boolean {
  return (
    note?.state !== 'asking' ||
    expiresAt === undefined ||
    expiresAt.getTime() / 1000 - LIFETIME >= note.at - CLOCKS
  );
}

/** What ended since the last look, of a pair that has no live peering. */
function endedNow(
  dead: readonly Peering[],
  note: PairNote | undefined,
  at: number,
): { readonly peeringId?: string; readonly why: string } | undefined {
  if (note?.state === 'asked' || note?.state === 'live') {
    const shown = dead.find(({ peeringId }) => peeringId === note.peeringId);
    if (shown === undefined && mayBeUnseen(note, at)) {
      return undefined;
    }
    return {
      ...(note.peeringId === undefined ? {} : { peeringId: note.peeringId }),
      why: shown === undefined ? 'gone' : shown.status === 'deleting' ? 'deleted' : shown.status,
    };
  }
  // One that was deleted before the pair was wanted says nothing; a request that was refused does.
  const refused = dead
    .filter(({ status }) => status === 'rejected' || status === 'failed' || status === 'expired')
    .filter((peering) => peering.peeringId !== note?.peeringId && mayAnswer(peering, note))
    .sort((a, b) => (b.expiresAt?.getTime() ?? 0) - (a.expiresAt?.getTime() ?? 0));
  // A refusal that counts already is not counted again for what was refused before it.
  const [last] = note?.state === 'refused' ? [] : refused;
  return last === undefined ? undefined : { peeringId: last.peeringId, why: last.status };
}

function refusedPairStatus(
  { connection }: WantedPair,
  dead: readonly Peering[],
  note: PairNote | undefined,
  at: number,
): PairStatus | undefined {
  const ended = endedNow(dead, note, at);
  if (ended !== undefined) {
    const refusals = (note?.refusals ?? 0) + 1;
    const until = askAgainAt(ended.why, refusals, at);
    const learned: PairNote = {
      state: 'refused',
      connection,
      madeBy: note?.madeBy ?? 'other',
      ...ended,
      refusals,
      ...(until === undefined ? {} : { until }),
      told: 'yes',
      at,
    };
    return {
      state: 'refused',
      why: refusedText(learned, until),
      refusals,
      learned,
      ...untilOf(until),
      ...peeringOf(learned),
    };
  }
  if (note?.state === 'refused' && (note.until === undefined || at < note.until)) {
    const { refusals, until } = note;
    return {
      state: 'refused',
      why: refusedText(note, until),
      refusals,
      ...untilOf(until),
      ...peeringOf(note),
    };
  }
  return undefined;
}

function untilOf(until: number | undefined): { readonly until?: number } {
  return until === undefined ? {} : { until };
}

function peeringOf({ peeringId }: PairNote): { readonly peeringId?: string } {
  return peeringId === undefined ? {} : { peeringId };
}

function nameOf({ vpcId, tags }: Vpc): string {
  return tags.Name ? `${vpcId} (${tags.Name})` : vpcId;
}

/** Why the ranges of two VPCs keep them from being peered: EC2 fails a request where any overlap, of either family. */
function rangeProblem(a: Vpc, b: Vpc): string | undefined {
  for (const vpc of [a, b]) {
    if (vpc.cidrs.length === 0) {
      return `The ranges of ${nameOf(vpc)} are not known, so that they overlap cannot be ruled out.`;
    }
  }
  for (const one of a.cidrs) {
    const other = b.cidrs.find((each) => overlaps(parseCidr(one), parseCidr(each)));
    if (other !== undefined) {
      return `${one} of ${nameOf(a)} overlaps ${other} of ${nameOf(b)}, and EC2 peers no VPCs whose ranges overlap.`;
    }
  }
  return undefined;
}

/** @param at seconds since the epoch. */
export function pairStatusOf(pair: WantedPair, between: Between, at: number): PairStatus {
  const note = between.remembered(pair.key)?.note;
  const live = between.live(pair.key);
  if (live !== undefined) {
    return livePairStatus(pair, live, note, between.isTagged(live), at);
  }
  const refused = refusedPairStatus(pair, between.dead(pair.key), note, at);
  if (refused !== undefined) {
    return refused;
  }
  const refusals = note?.refusals ?? 0;
  if (note !== undefined && mayBeUnseen(note, at)) {
    return {
      state: 'waits',
      why: 'It was requested a moment ago, and EC2 does not show it yet.',
      refusals,
      isUnseen: true,
    };
  }
  const problem = rangeProblem(pair.requester, pair.accepter);
  return problem === undefined
    ? { state: 'to-request', why: `Connection ${pair.connection} wants it, and there is none.`, refusals }
    : { state: 'impossible', why: problem, refusals };
}
