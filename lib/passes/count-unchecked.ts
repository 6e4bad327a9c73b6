import { readCommandComment } from '../connectivity/probe-commands.ts';
import { isFinal } from '../connectivity/verdict.ts';
import type { RegionMemory } from '../model/memory.ts';
import { blindPeerings } from '../model/watch-notes.ts';
import type { Invocation } from '../ports/connectivity.ts';
import type { PeeringSilences } from './connectivity-silence.ts';
import { silenceOfPeerings } from './judged-region.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import type { RegionToCheck, SelectedProbes } from './select-probes.ts';
import type { NotReady } from './send-pings.ts';
import type { OneCommand } from './sent-pings.ts';

/** What the alarm ProbesWithoutVerdict watches, beside verdicts that say nothing (`logConnectivity`). */

/** A ping of five packets ends within seconds; a command that is still open after this long has lost its result. */
const GIVEN_UP_AFTER_MS = 90_000;

export function withoutResult(invocations: readonly Invocation[], now: Date): Invocation[] {
  return invocations.filter(
    ({ status, requestedAt }) =>
      !isFinal(status) && now.getTime() - requestedAt.getTime() >= GIVEN_UP_AFTER_MS,
  );
}

/**
 * What an alarm watches of earlier pings without a result, and of instances that cannot be asked; nothing that is silenced. Of a peering
 * that is known not to be checked the results that do not come are counted when they are read (`countOpen`): counted again here, its
 * alarm would outlast it by a check.
 */
export function countUnasked(
  { now }: { readonly now: () => Date },
  {
    regions,
    notReady,
    probes,
  }: Pick<SelectedProbes, 'probes'> & {
    readonly regions: readonly RegionToCheck[];
    readonly notReady: readonly NotReady[];
  },
): number {
  const silences = new Map(
    regions.map((region) => [region.inventory.region, silenceOfPeerings(region, now())] as const),
  );
  const isLoud = (region: string, peeringId: string) => silences.get(region)?.(peeringId) === undefined;
  const missing = regions.flatMap(({ earlier, inventory: { region }, remembered: { notes } }) => {
    const blind = blindPeerings(notes);
    return withoutResult(earlier, now()).filter(({ comment }) => {
      const peeringId = readCommandComment(comment)?.peeringId;
      return peeringId === undefined || (!blind.has(peeringId) && isLoud(region, peeringId));
    });
  });
  const unready = notReady.filter(({ instanceId }) => {
    const ofIt = probes.filter(({ sourceInstanceId }) => sourceInstanceId === instanceId);
    return ofIt.length === 0 || ofIt.some(({ region, peeringId }) => isLoud(region, peeringId));
  });
  return missing.length + unready.length;
}

/**
 * Counts pings that have not ended, of peerings that are known not to be checked: the check that sent them did not, as it
 * could not know how they end.
 */
export async function countOpen(
  { journal }: RecordDependencies,
  { notes }: RegionMemory,
  silences: PeeringSilences,
  open: readonly OneCommand[],
): Promise<void> {
  const blind = blindPeerings(notes);
  let count = 0;
  for (const [{ comment }] of open) {
    const peeringId = readCommandComment(comment)?.peeringId ?? '';
    if (blind.has(peeringId) && (await silences(peeringId)) === undefined) count += 1;
  }
  if (count > 0) {
    journal.metric('ProbesWithoutVerdict', count);
  }
}
