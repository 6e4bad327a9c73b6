import { deleteLeft } from '../../lib/passes/delete-left.ts';
import { makeRequests } from '../../lib/passes/make-requests.ts';
import { appliedPairs } from '../../lib/report/pairs.ts';
import type { JudgedPair } from '../../lib/report/shown-assessment.ts';
import type { Assessment } from '../assess.ts';
import { pairText } from '../connections.ts';
import type { Work } from './work.ts';

/** What became of pairs that were to be requested or deleted. */
export interface ConnectedPair {
  readonly pair: JudgedPair;
  readonly result: string;
  readonly peeringId?: string;
  readonly reason: string;
}

const DONE: ReadonlySet<string> = new Set(['requested', 'deleted', 'exists']);

export function isUndone({ result }: ConnectedPair): boolean {
  return !DONE.has(result);
}

/** Requests and deletes what was agreed on and is still to be done, as the function does it. */
export async function connectPairs(
  work: Work,
  fresh: Assessment,
  agreed: readonly JudgedPair[],
): Promise<ConnectedPair[]> {
  const wanted = new Set(agreed.map(pairText));
  const pairs = appliedPairs(fresh).filter((pair) => wanted.has(pairText(pair)));
  const dependencies = { ...work, now: () => new Date(), millisecondsLeft: () => Number.POSITIVE_INFINITY };
  const byKey = new Map(pairs.map((pair) => [pair.key, pair]));
  const done = [
    ...(await makeRequests(
      dependencies,
      pairs.filter(({ state }) => state === 'to-request'),
    )),
    ...(await deleteLeft(
      dependencies,
      pairs.filter(({ state }) => state === 'to-delete'),
    )),
  ];
  return done.flatMap((each) => {
    const pair = byKey.get(each.pair.key);
    const { result } = each;
    const unremembered = 'unremembered' in each ? each.unremembered : undefined;
    const reason =
      unremembered === undefined
        ? each.reason
        : `${each.reason} The stack's registry could not be told: ${unremembered.reason}`;
    const made = 'peeringId' in each && each.peeringId !== undefined ? { peeringId: each.peeringId } : {};
    return pair === undefined ? [] : [{ pair, result, reason, ...made }];
  });
}
