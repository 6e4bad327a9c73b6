import { groupCommands } from '../connectivity/probe-commands.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { Memory } from '../ports/memory.ts';
import type { Topic } from '../ports/outbox.ts';
import { countUnasked, withoutResult } from './count-unchecked.ts';
import { countPermanent, type Failure, failureOf } from './failure.ts';
import { sayNothingLost } from './say-nothing-lost.ts';
import {
  type RegionToCheck,
  readForCheck,
  type SelectDependencies,
  type SelectedProbes,
  selectAll,
} from './select-probes.ts';
import { type NotReady, sendAll } from './send-pings.ts';
import { type NotCheckedNow, tellBlindness } from './tell-blindness.ts';

export interface CheckDependencies extends Omit<SelectDependencies, 'memory'> {
  readonly memory: Memory;
  readonly topic: Topic;
}

export interface CheckSummary {
  readonly sent: number;
  readonly skipped: readonly { readonly peeringId: string; readonly reason: string }[];
  /** Results of earlier checks that never came. */
  readonly missing: number;
  /** Instances for which Systems Manager takes no command, so that there is no verdict from them. */
  readonly notReady: readonly NotReady[];
  /** Managed peerings, by side, that were checked before and are not now. */
  readonly notCheckedAnyMore: number;
  readonly failures: readonly Failure[];
}

function settledOf<Item>(
  results: readonly PromiseSettledResult<Item>[],
  failed: (error: unknown) => void,
): Item[] {
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value];
    failed(result.reason);
    return [];
  });
}

/** What became of sending. */
export interface SentPings extends SelectedProbes {
  readonly regions: readonly RegionToCheck[];
  /** The Region of each command. */
  readonly sentTo: readonly string[];
  readonly notReady: readonly NotReady[];
  readonly failures: readonly Failure[];
}

/**
 * Sends a ping across each managed, routed peering, from an instance on every side that this account owns. It waits
 * for nothing: results come back as events. No retry when a command cannot be sent, because the next check is near.
 */
export async function sendPings(dependencies: SelectDependencies): Promise<SentPings> {
  const { managedRegions, journal } = dependencies;
  const failures: Failure[] = [];
  const fail = (error: unknown) => {
    const failure = failureOf(error);
    journal.error('connectivity not checked', { ...failure });
    failures.push(failure);
  };
  const regions = settledOf(
    await Promise.allSettled(managedRegions.map((region) => readForCheck(dependencies, region))),
    fail,
  );
  const selected = await selectAll(dependencies, regions);
  const sent = await sendAll(dependencies, groupCommands(selected.probes), fail);
  return { ...selected, ...sent, regions, failures };
}

function tellMissing({ journal, now }: CheckDependencies, regions: readonly RegionToCheck[]): number {
  const missing = regions.flatMap(({ earlier }) => withoutResult(earlier, now()));
  for (const { commandId, instanceId, comment, requestedAt } of missing) {
    journal.warn('no result', {
      commandId,
      instanceId,
      about: comment,
      requestedAt: requestedAt.toISOString(),
    });
  }
  return missing.length;
}

async function countBlindness(
  dependencies: CheckDependencies,
  sent: SentPings,
): Promise<{ readonly notChecked: NotCheckedNow; readonly failures: readonly Failure[] }> {
  try {
    return { notChecked: await tellBlindness(dependencies, sent), failures: sent.failures };
  } catch (error) {
    const failure = failureOf(error);
    dependencies.journal.error('peerings that are not checked not told', { ...failure });
    return { notChecked: { sides: 0, notAsked: 0 }, failures: [...sent.failures, failure] };
  }
}

/** Remembers that the alarm was told; what could not be kept is told to it once more by the next check. */
async function keepCounted(
  { policy, memory, journal }: CheckDependencies,
  updates: ReadonlyMap<string, MemoryUpdate>,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const [region, update] of policy.mode === 'enforce' ? updates : []) {
    try {
      await memory.update(region, [update]);
    } catch (error) {
      const failure = failureOf(error);
      journal.error('not remembered that nothing is lost', { region, ...failure });
      failures.push(failure);
    }
  }
  return failures;
}

/**
 * Sends the pings, and tells people which peerings were checked before and are not now.
 *
 * @returns with the summary the Region of each command.
 */
export async function checkConnectivity(
  dependencies: CheckDependencies,
): Promise<{ readonly summary: CheckSummary; readonly sentTo: readonly string[] }> {
  const { journal } = dependencies;
  const sent = await sendPings(dependencies);
  const { regions, skipped, notReady, sentTo } = sent;
  const missing = tellMissing(dependencies, regions);
  const { notChecked, failures } = await countBlindness(dependencies, sent);
  const unasked = countUnasked(dependencies, sent) + notChecked.notAsked;
  journal.metric('ProbesWithoutVerdict', unasked + failures.length);
  const unkept = await keepCounted(dependencies, sayNothingLost(dependencies, { ...sent, failures }));
  countPermanent(journal, [...failures, ...unkept]);
  return {
    summary: {
      sent: sentTo.length,
      skipped: skipped.map(({ peeringId, reason }) => ({ peeringId, reason })),
      missing,
      notReady,
      notCheckedAnyMore: notChecked.sides,
      failures: [...failures, ...unkept],
    },
    sentTo,
  };
}
