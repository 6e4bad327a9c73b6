import { readsRefusedNotification } from '../messages/call-failed.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { deniedReads } from '../model/aws-error.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
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
