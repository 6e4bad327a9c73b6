import type { Diagnosis } from '../connectivity/diagnosis.ts';
import { pingNote } from '../connectivity/last-ping.ts';
import type { PeeringHealth } from '../connectivity/results.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import type { PingNote } from '../model/ping-notes.ts';
import { kindText } from '../model/probe-kinds.ts';
import {
  isWatchNoteOld,
  readTargetWatch,
  type TargetWatch,
  targetKey,
  targetNote,
} from '../model/watch-notes.ts';
import { intervalSeconds } from '../policy/interval.ts';
import type { Policy } from '../policy/schema.ts';
import type { EndedCommand } from './ended-command.ts';
import { secondsOf } from './peer-verdicts.ts';

/** What a check changes in what is remembered of its target. */

export interface CheckedTarget {
  readonly health: PeeringHealth;
  readonly target: string;
  readonly commandId: string;
  /** Of its note. */
  readonly key: string;
  readonly before: TargetWatch;
  readonly after: TargetWatch;
  /** What is to be remembered of how often it did not answer; undefined: all of it is. */
  readonly update: MemoryUpdate | undefined;
  /** What its last ping found, for whoever looks. */
  readonly ping: PingNote;
  /** The key of an older version's note that this one takes the place of. */
  readonly replaces?: string;
}

/** Of a loss: whose probe, and of which port. */
function lostFrom({ results, worst }: PeeringHealth): Pick<TargetWatch, 'source' | 'port'> {
  const lost = results.find((result) => kindText(result) === worst && result.verdict !== 'reachable');
  return lost === undefined
    ? {}
    : { source: lost.sourceInstanceId, ...(lost.port === undefined ? {} : { port: lost.port }) };
}

/** @param periods more than that are not counted: each count is a write. */
function watchAfter(
  before: TargetWatch,
  health: PeeringHealth,
  commandId: string,
  periods: number,
): TargetWatch {
  const more = (times: number) => Math.max(times, Math.min(periods, times + 1));
  if (health.verdict === 'none') {
    return { ...before, commandId, withoutVerdict: more(before.withoutVerdict) };
  }
  const { toldOf } = before;
  return health.failed
    ? { toldOf, commandId, lost: more(before.lost), withoutVerdict: 0, ...lostFrom(health) }
    : { lost: 0, withoutVerdict: 0, commandId, toldOf: 'peering' };
}

/** @param now seconds since the epoch. */
function checkedTarget(
  health: PeeringHealth,
  { target, commandId, key }: { readonly target: string; readonly commandId: string; readonly key: string },
  note: Note | undefined,
  { periods, now }: { readonly periods: number; readonly now: number },
): Omit<CheckedTarget, 'ping'> {
  const before = readTargetWatch(note);
  // The same command again, as events may come twice: it counts once.
  const isRepeated = before.commandId === commandId;
  const after = isRepeated ? before : watchAfter(before, health, commandId, periods);
  const changed = after.lost !== before.lost || after.withoutVerdict !== before.withoutVerdict;
  // What never gave a verdict was never checked.
  const isDue = note === undefined ? health.verdict !== 'none' : changed || isWatchNoteOld(note, now);
  return {
    health,
    target,
    commandId,
    key,
    before,
    after,
    update: isDue && !isRepeated ? targetNote(key, after, now) : undefined,
  };
}

/**
 * What a command that has ended changes in what is remembered of its target.
 *
 * @param notes what is remembered of the Region.
 */
export function targetOf(
  { policy, now }: { readonly policy: Pick<Policy, 'connectivity' | 'schedules'>; readonly now: () => Date },
  { health, target, commandId, part, sentAt }: EndedCommand,
  notes: ReadonlyMap<string, Note>,
): CheckedTarget {
  const key = targetKey(health.peeringId, target, part);
  const older = targetKey(health.peeringId, target);
  const own = notes.get(key);
  // Older versions had one note for all commands about a target.
  const note = own ?? notes.get(older);
  const { periods } = policy.connectivity;
  const at = secondsOf(now());
  const { peeringId, results } = health;
  const checked = {
    ...checkedTarget(health, { target, commandId, key }, note, { periods, now: at }),
    ping: pingNote(
      { peeringId, target, part, sentAt, results },
      periods * intervalSeconds(policy.schedules.connectivity),
    ),
  };
  if (own !== undefined || note === undefined) {
    return checked;
  }
  return { ...checked, update: checked.update ?? targetNote(key, checked.after, at), replaces: older };
}

/** Whether a target that had not answered for as many checks as the policy says answers again. */
export function answersAgain({ before, after }: CheckedTarget, periods: number): boolean {
  return before.lost >= periods && after.lost === 0;
}

/** One checked target, and why its pings are lost as far as the network shows it. */
export interface DiagnosedTarget extends CheckedTarget {
  readonly diagnosis: Diagnosis | undefined;
}

/** What is to be remembered of how often a target did not answer, in the place of what an older version noted. */
export function updatesOf({ update, replaces }: CheckedTarget): MemoryUpdate[] {
  return [
    ...(update === undefined ? [] : [update]),
    ...(replaces === undefined ? [] : [{ kind: 'forget-note', key: replaces } as const]),
  ];
}
