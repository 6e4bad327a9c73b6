import { assess } from '../assessment/assess.ts';
import type { BusEventType } from '../model/events.ts';
import type { Hint } from '../model/hint.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';
import type { Pace } from '../ports/pace.ts';
import { convergeRegion } from './converge-region.ts';
import { type Failure, failureOf } from './failure.ts';
import { type ReadDependencies, stateOf } from './read-state.ts';
import { regionViews } from './region-view.ts';
import { otherRegions, readSettled, withoutForeign } from './settled-state.ts';
import type { SyncWriter } from './sync-writer.ts';

export interface SyncDependencies extends Omit<ReadDependencies, 'memory' | 'journal'> {
  readonly writer: SyncWriter;
  readonly memory: Pick<Memory, 'read' | 'update'>;
  readonly pace: Pace;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly remaining: () => number;
}

export interface RegionSync {
  readonly region: string;
  /** How many differences from the policy were found. */
  readonly findings: number;
  readonly created: number;
  readonly replaced: number;
  readonly deleted: number;
  /** Peerings whose desired routes are all in place since this pass. */
  readonly synced: readonly string[];
  readonly failures: readonly Failure[];
  /** Changes handed on to another invocation because time ran out. */
  readonly handedOn: number;
}

/** sync-routes sends this to itself when time ran out. Findings are not told again then. */
export const WORK_HANDED_ON: Extract<BusEventType, 'Routes Remaining'> = 'Routes Remaining';

export function isHandedOn({ cause }: Hint): boolean {
  return cause === WORK_HANDED_ON;
}

function failedRegion({ journal }: SyncDependencies, region: string, error: unknown): RegionSync {
  const failure = failureOf(error);
  journal.error('Region not synced', { region, ...failure });
  if (!failure.retry) {
    journal.metric('PermanentFailures', 1);
  }
  return {
    region,
    findings: 0,
    created: 0,
    replaced: 0,
    deleted: 0,
    synced: [],
    failures: [failure],
    handedOn: 0,
  };
}

/** One look at a Region, and at the others in which this account owns a side of what the hints are about. */
async function syncTogether(
  region: string,
  hints: readonly Hint[],
  dependencies: SyncDependencies,
): Promise<RegionSync[]> {
  const here = await readSettled(dependencies, region, hints);
  const results: RegionSync[] = [];
  const failures = new Map<string, unknown>();
  const others = await Promise.all(
    otherRegions(dependencies, here.inventory, hints).map(async (other) => {
      try {
        return [await readSettled(dependencies, other, hints)];
      } catch (error) {
        failures.set(other, error);
        results.push(failedRegion(dependencies, other, error));
        return [];
      }
    }),
  );
  const read = await stateOf(dependencies, [here, ...others.flat()], failures);
  const assessment = assess(read.state, dependencies.policy, read.memory, dependencies.now());
  for (const view of regionViews(read, assessment)) {
    try {
      results.push(await convergeRegion(dependencies, { view, hints, known: read.organization.retryable }));
    } catch (error) {
      results.push(failedRegion(dependencies, view.region, error));
    }
  }
  return results;
}

/**
 * Looks at a Region once, tells people how its tables differ from the policy, and brings them to it; and so every other
 * managed Region in which this account owns a side of what the hints are about. A Region that cannot be read does not stop
 * the others.
 *
 * @param hints events about the Region that came together; one pass answers all of them. Only work handed on is done
 *   in a pass of its own, before the rest: of that people were told.
 */
export async function syncRoutes(
  region: string,
  hints: readonly Hint[],
  dependencies: SyncDependencies,
): Promise<RegionSync[]> {
  const believed = await withoutForeign(dependencies, region, hints);
  const results: RegionSync[] = [];
  for (const together of [believed.filter(isHandedOn), believed.filter((hint) => !isHandedOn(hint))]) {
    if (together.length > 0) {
      results.push(...(await syncTogether(region, together, dependencies)));
    }
  }
  return results;
}
