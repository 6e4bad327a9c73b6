import type { Hint } from '../model/hint.ts';
import { failureOf } from './failure.ts';
import { notePeerVerdict } from './peer-verdicts.ts';
import type { RecordDependencies, RecordSummary } from './record-dependencies.ts';
import { type Attempt, type Recorded, recordPings } from './record-pings.ts';
import type { PingsHint } from './sent-pings.ts';

/** What accounts at the other end say. @returns what was noted, and why the rest led nowhere. */
async function notePeers(
  dependencies: RecordDependencies,
  hints: readonly Hint[],
  attempt: Attempt,
): Promise<Pick<RecordSummary, 'noted' | 'dropped'>> {
  const noted: string[] = [];
  const dropped: string[] = [];
  for (const hint of hints) {
    if (hint.kind === 'peer-verdict') {
      await attempt(async () => {
        const said = await notePeerVerdict(hint, dependencies);
        noted.push(...said.noted);
        dropped.push(...said.dropped);
      });
    } else if (hint.kind !== 'pings') {
      dropped.push(`${hint.cause} is about no pings`);
    }
  }
  return { noted, dropped };
}

/**
 * Reads what the pings of a check printed, records their verdicts, and tells people what changed. One of which something fails does not
 * keep the others from being recorded.
 *
 * @param hints events about the Region that came together.
 * @throws what a call threw, after all else was done: of several the first that may succeed when it is tried again.
 */
export async function recordConnectivity(
  region: string,
  hints: readonly Hint[],
  dependencies: RecordDependencies,
): Promise<RecordSummary> {
  const errors: unknown[] = [];
  const attempt: Attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  };
  const peers = await notePeers(dependencies, hints, attempt);
  const [first, ...others] = hints.filter((hint): hint is PingsHint => hint.kind === 'pings');
  let pings: Recorded = { recorded: [], waitingFor: 0, dropped: [] };
  if (first !== undefined) {
    await attempt(async () => {
      pings = await recordPings(dependencies, region, [first, ...others], attempt);
    });
  }
  if (errors.length > 0) {
    throw errors.find((error) => failureOf(error).retry) ?? errors[0];
  }
  return { ...pings, noted: peers.noted, dropped: [...peers.dropped, ...pings.dropped] };
}
