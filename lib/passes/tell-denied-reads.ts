import { readsRefusedNotification, requestsUnreadNotification } from '../messages/call-failed.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { type DeniedReads, deniedReads } from '../model/aws-error.ts';
import type { Hint } from '../model/hint.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import { intervalSeconds } from '../policy/interval.ts';
import { failureOf } from './failure.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { once } from './tell-once.ts';

type Telling = Pick<SyncDependencies, 'accountId' | 'policy' | 'memory' | 'topic' | 'journal' | 'now'>;

/**
 * Tells people that AWS refuses to show a Region, so that nothing in it is looked at: once for each call, until the Region could
 * be read again. Observing, nothing can be remembered, so that it is left to the alarm.
 *
 * @param error what went wrong with the Region. Of anything else than refused reads nothing is told.
 */
export async function tellDeniedReads(dependencies: Telling, region: string, error: unknown): Promise<void> {
  const { accountId, policy, memory, topic, journal, now } = dependencies;
  const denied = deniedReads(error);
  if (denied === undefined || policy.mode === 'observe') {
    return;
  }
  try {
    const { notes } = await memory.read(region);
    const key = newsKeys.readsRefused(region);
    const known = notes.get(key)?.value.split(' ') ?? [];
    const value = [...new Set([...known, ...denied.calls])].sort().join(' ');
    const { isNews, updates } = newsOf(notes, key, value, now());
    if (isNews) {
      await once(memory, region, updates, () =>
        topic.notify(readsRefusedNotification({ ...denied, region, accountId })),
      );
    } else if (updates.length > 0) {
      await memory.update(region, updates);
    }
  } catch (problem) {
    // What keeps the Region from being read is what the pass fails of; the next one tells.
    journal.error('refused reads not told', { region, ...failureOf(problem) });
  }
}

/** A Region that could be read: that it cannot is news the next time. */
export function readsPermitted({ notes }: Pick<RegionMemory, 'notes'>, region: string): MemoryUpdate[] {
  const key = newsKeys.readsRefused(region);
  return notes.has(key) ? [{ kind: 'forget-note', key }] : [];
}

/** How long nothing is told, so that sync-routes, which the same sweep starts, can tell of more. Seconds. */
const OTHERS_TELL_SECONDS = 2 * 60;
/** Not refused for so many sweeps: it was permitted in between. A look that finds everything permitted costs no read of notes for that. */
const SWEEPS_UNTIL_NEWS = 3;

/** What is noted of reads refused to accept-requests. */
interface UnreadRequests {
  readonly stage: 'seen' | 'told';
  readonly calls: readonly string[];
  /** Seconds since the epoch: when it was seen last, of `seen` when first. */
  readonly at: number;
}

function notedUnread(
  { notes }: Pick<RegionMemory, 'notes'>,
  key: string,
  lastsSeconds: number,
  at: number,
): UnreadRequests | undefined {
  const note = notes.get(key);
  const [stage, ...calls] = note?.value.split(' ') ?? [];
  return note === undefined || at - note.at > lastsSeconds || (stage !== 'seen' && stage !== 'told')
    ? undefined
    : { stage, calls, at: note.at };
}

/** Notes that the reads are refused still, and tells people once, unless sync-routes has told of the same calls. */
async function noteAndTell(
  { accountId, policy, memory, topic, now }: Telling,
  region: string,
  denied: DeniedReads,
): Promise<void> {
  const remembered = await memory.read(region);
  const at = Math.floor(now().getTime() / 1000);
  const lastsSeconds = SWEEPS_UNTIL_NEWS * intervalSeconds(policy.schedules.sweep);
  const key = newsKeys.requestsUnread(region);
  const known = notedUnread(remembered, key, lastsSeconds, at);
  const calls = [...new Set([...(known?.calls ?? []), ...denied.calls])].sort();
  const note = (stage: UnreadRequests['stage']): MemoryUpdate => ({
    kind: 'note',
    key,
    value: [stage, ...calls].join(' '),
    at,
    expiresAt: at + lastsSeconds,
  });
  if (known?.stage === 'seen' && at - known.at < OTHERS_TELL_SECONDS) {
    return;
  }
  const bySync = remembered.notes.get(newsKeys.readsRefused(region))?.value.split(' ') ?? [];
  const isTold =
    known?.stage === 'told'
      ? calls.length === known.calls.length
      : calls.every((call) => bySync.includes(call));
  if (known === undefined || isTold) {
    await memory.update(region, [note(known?.stage ?? 'seen')]);
  } else {
    await once(memory, region, [note('told')], () =>
      topic.notify(requestsUnreadNotification({ ...denied, calls, region, accountId })),
    );
  }
}

/**
 * Tells people that AWS refuses accept-requests to show which requests there are: once for each call, until it was shown them for
 * some sweeps. Where sync-routes is refused the same, its message says that, and this one is left out; so it is the second
 * sweep that tells. Observing, nothing can be remembered, so that it is left to the alarm.
 *
 * @param hints what the look was for: an event about one request tells nothing, as no sweep has started sync-routes with it.
 */
export async function tellUnreadRequests(
  dependencies: Telling,
  region: string,
  { hints, error }: { readonly hints: readonly Hint[]; readonly error: unknown },
): Promise<void> {
  const denied = deniedReads(error);
  if (
    denied === undefined ||
    dependencies.policy.mode === 'observe' ||
    hints.every(({ kind }) => kind !== 'region')
  ) {
    return;
  }
  try {
    await noteAndTell(dependencies, region, denied);
  } catch (problem) {
    // What keeps the requests from being read is what the pass fails of; the next one tells.
    dependencies.journal.error('refused reads not told', { region, ...failureOf(problem) });
  }
}
