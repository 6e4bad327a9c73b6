import { eventsToRemember, handedBackEvents, routeEvents } from '../messages/history.ts';
import type { Hint } from '../model/hint.ts';
import { BY_POLICY } from '../model/history.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { ApplyResult } from './apply-changes.ts';
import { driftOver } from './findings-over.ts';
import { lastingFindings } from './lasting-findings.ts';
import { writtenOf } from './make-changes.ts';
import { missedPeerings } from './missed-peerings.ts';
import type { RegionView } from './region-view.ts';
import { acceptancesOver, marksAdopted, timesOver, updatesAfter } from './remember.ts';
import { seenLive } from './seen-live.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { readsPermitted } from './tell-denied-reads.ts';

/** Keeps what one look at a Region has found and done; observing, nothing. @param more what its other steps have to have kept. */
export async function rememberRegion(
  { memory, now, policy }: SyncDependencies,
  { view, hints }: { readonly view: RegionView; readonly hints: readonly Hint[] },
  result: ApplyResult,
  more: readonly MemoryUpdate[],
): Promise<void> {
  const { region, remembered, assessment, inventory } = view;
  const learned = assessment.learned.get(region) ?? [];
  const written = writtenOf(result);
  const lasting = lastingFindings(view, { hints, written, now: now() });
  const updates = [
    ...updatesAfter({ memory: remembered, learned, outcomes: result.outcomes, now: now() }),
    ...marksAdopted(remembered, now()),
    ...acceptancesOver(remembered, inventory),
    ...timesOver(remembered, inventory),
    ...readsPermitted(remembered, region),
    ...seenLive(view, policy.tagPrefix, now()),
    ...missedPeerings(view, policy, now()),
    ...lasting.updates,
    ...driftOver(remembered, inventory, assessment.desiredIn, now()),
    ...eventsToRemember([
      ...lasting.events,
      ...routeEvents(written, BY_POLICY, now()),
      ...handedBackEvents(learned, { tables: inventory.tables, tagPrefix: policy.tagPrefix }, now()),
    ]),
    ...more,
  ];
  if (updates.length > 0 && policy.mode === 'enforce') {
    await memory.update(region, updates);
  }
}
