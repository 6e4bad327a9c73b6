import type { Finding } from '../model/finding.ts';
import { LOSS_OVER, watchedTargets } from '../model/watch-notes.ts';
import { intervalSeconds } from '../policy/interval.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import { silenceOfPeerings } from './judged-region.ts';
import type { CheckedRegion } from './select-probes.ts';

/** What a check saw. */
interface Seen {
  readonly regions: readonly CheckedRegion[];
  readonly findings: readonly Finding[];
  /** Of Regions that were not seen, and of commands that were not sent. */
  readonly failures: readonly unknown[];
}

/** How long after a loss is over, or a first verdict, that is counted, and how long each day. Seconds. */
const NEWS_FOR = 3600;

const DAY = 24 * 60 * 60;

/**
 * The alarm may still ring: something was lost, or is over since lately. Or it may be new, so that the first count came before it or is
 * out of its sight: where something was asked for the first time lately. Once a day in any case. Each hour has a price.
 */
function isNewsToAlarm({ regions }: Seen, now: Date, interval: number): boolean {
  const at = now.getTime() / 1000;
  const lately = Math.max(NEWS_FOR, 2 * interval);
  return regions.some(({ remembered: { notes } }) => {
    const over = notes.get(LOSS_OVER);
    const targets = [...watchedTargets(notes).values()].flat();
    return (
      targets.some(({ watch }) => watch.lost > 0) ||
      (over !== undefined && at - over.at < lately) ||
      (targets.length > 0 && at % DAY < lately)
    );
  });
}

/**
 * Counts that nothing is lost, where nothing is: the alarm ConnectivityLost keeps its state until it is told so, because a check that
 * does not run says nothing either. Not where some Region was not seen, and not where the alarm knows it already.
 */
export function sayNothingLost(
  {
    journal,
    now,
    policy,
  }: {
    readonly journal: Journal;
    readonly now: () => Date;
    readonly policy: Pick<Policy, 'schedules'>;
  },
  sent: Seen,
): void {
  const { regions, findings, failures } = sent;
  const silenceIn = (checked: CheckedRegion) => silenceOfPeerings(checked, now());
  const silences = new Map(regions.map((checked) => [checked.inventory.region, silenceIn(checked)]));
  const isLost = findings.some(
    ({ kind, region, peeringId }) =>
      kind === 'unreachable' && peeringId !== undefined && silences.get(region)?.(peeringId) === undefined,
  );
  const interval = intervalSeconds(policy.schedules.connectivity);
  if (failures.length === 0 && !isLost && isNewsToAlarm(sent, now(), interval)) {
    journal.steadyMetric('PeeringsUnreachable', 0);
  }
}
