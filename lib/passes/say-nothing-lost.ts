import type { Probe } from '../connectivity/probes.ts';
import type { Finding } from '../model/finding.ts';
import { notedResults, watchedTargets } from '../model/watch-notes.ts';
import type { Journal } from '../ports/journal.ts';
import { silenceOfPeerings } from './judged-region.ts';
import type { CheckedRegion } from './select-probes.ts';

/** What a check saw and sent. */
interface Seen {
  readonly regions: readonly CheckedRegion[];
  readonly probes: readonly Probe[];
  readonly findings: readonly Finding[];
  /** Of Regions that were not seen, and of commands that were not sent. */
  readonly failures: readonly unknown[];
}

/** Whether a check of the last days pinged anything from there, or this one does. */
function isOrWasPinged({ regions, probes }: Seen): boolean {
  return (
    probes.length > 0 ||
    regions.some(
      ({ remembered: { notes } }) => watchedTargets(notes).size > 0 || notedResults(notes).size > 0,
    )
  );
}

/**
 * Counts that nothing is lost, where nothing is: the alarm ConnectivityLost keeps its state until it is told so, because a check that
 * does not run says nothing either. Not where some Region was not seen, and not where nothing was ever pinged, as each hour has a price.
 */
export function sayNothingLost(
  { journal, now }: { readonly journal: Journal; readonly now: () => Date },
  sent: Seen,
): void {
  const { regions, findings, failures } = sent;
  const silenceIn = (checked: CheckedRegion) => silenceOfPeerings(checked, now());
  const silences = new Map(regions.map((checked) => [checked.inventory.region, silenceIn(checked)]));
  const isLost = findings.some(
    ({ kind, region, peeringId }) =>
      kind === 'unreachable' && peeringId !== undefined && silences.get(region)?.(peeringId) === undefined,
  );
  if (failures.length === 0 && !isLost && isOrWasPinged(sent)) {
    journal.steadyMetric('PeeringsUnreachable', 0);
  }
}
