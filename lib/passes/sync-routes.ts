import { assess } from '../assessment/assess.ts';
import { append } from '../model/append.ts';
import { deniedReads } from '../model/aws-error.ts';
import type { Hint } from '../model/hint.ts';
import { convergeRegion } from './converge-region.ts';
import { countPermanent, failureOf } from './failure.ts';
import { stateOf } from './read-state.ts';
import { regionViews } from './region-view.ts';
import { otherRegions, readSettled, withoutForeign } from './settled-state.ts';
import { isHandedOn, type RegionSync, type SyncDependencies } from './sync-dependencies.ts';
import { tellDeniedReads } from './tell-denied-reads.ts';
import { withoutRouted } from './without-routed.ts';

function failedRegion({ journal }: SyncDependencies, region: string, error: unknown): RegionSync {
  const failure = failureOf(error);
  journal.error('Region not synced', { region, ...failure });
  countPermanent(journal, [failure]);
  return {
    region,
    findings: 0,
    notJudged: 1,
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
        await tellDeniedReads(dependencies, other, error);
        results.push(failedRegion(dependencies, other, error));
        return [];
      }
    }),
  );
  const read = await stateOf(dependencies, [here, ...others.flat()], failures);
  const assessment = assess(read.state, dependencies.policy, read.memory, dependencies.now());
  const known = [...read.organization.retryable, ...read.addressPlan.retryable];
  for (const view of regionViews(read, assessment)) {
    try {
      results.push(await convergeRegion(dependencies, { view, hints, known }));
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
 *   in a pass of its own, before the rest: of that people were told. In a burst, acceptances that an earlier look has answered
 *   lead to none.
 */
export async function syncRoutes(
  region: string,
  hints: readonly Hint[],
  dependencies: SyncDependencies,
): Promise<RegionSync[]> {
  try {
    return await syncReadable(region, hints, dependencies);
  } catch (error) {
    if (deniedReads(error) === undefined) {
      throw error;
    }
    // The same events again would meet the same refusal: the next sweep tries.
    await tellDeniedReads(dependencies, region, error);
    return [failedRegion(dependencies, region, error)];
  }
}

/** @throws what keeps the Region itself from being read. */
async function syncReadable(
  region: string,
  hints: readonly Hint[],
  dependencies: SyncDependencies,
): Promise<RegionSync[]> {
  const believed = await withoutRouted(
    dependencies,
    region,
    await withoutForeign(dependencies, region, hints),
  );
  const results: RegionSync[] = [];
  for (const together of [believed.filter(isHandedOn), believed.filter((hint) => !isHandedOn(hint))]) {
    if (together.length > 0) {
      append(results, await syncTogether(region, together, dependencies));
    }
  }
  return results;
}
