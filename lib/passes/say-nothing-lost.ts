import type { Finding } from '../model/finding.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { COUNTED_FOR, LOSS_OVER, watchedTargets } from '../model/watch-notes.ts';
import { policyFingerprint } from '../policy/fingerprint.ts';
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

/** Characters, enough to tell two policies apart. */
const FINGERPRINT_SHOWN = 16;

/**
 * The alarm may still ring: something was lost, or is over since lately. Or it may be new, so that the first count came before it or is
 * out of its sight: where something was asked for the first time lately, or another policy was deployed. Once a day in any case. Each
 * hour has a price.
 */
function isNewsToAlarm({ regions }: Seen, now: Date, interval: number, countedFor: string): boolean {
  const at = now.getTime() / 1000;
  const lately = Math.max(NEWS_FOR, 2 * interval);
  return regions.some(({ remembered: { notes } }) => {
    const over = notes.get(LOSS_OVER);
    const counted = notes.get(COUNTED_FOR);
    const targets = [...watchedTargets(notes).values()].flat();
    return (
      targets.some(({ watch }) => watch.lost > 0) ||
      (over !== undefined && at - over.at < lately) ||
      (targets.length > 0 && (at % DAY < lately || counted?.value !== countedFor || at - counted.at < lately))
    );
  });
}

/**
 * Counts that nothing is lost, where nothing is: the alarm ConnectivityLost keeps its state until it is told so, because a check that
 * does not run says nothing either. Not where some Region was not seen, and not where the alarm knows it already.
 *
 * @returns what to remember of it, by Region.
 */
export function sayNothingLost(
  {
    journal,
    now,
    policy,
  }: {
    readonly journal: Journal;
    readonly now: () => Date;
    readonly policy: Policy;
  },
  sent: Seen,
): ReadonlyMap<string, MemoryUpdate> {
  const { regions, findings, failures } = sent;
  const silenceIn = (checked: CheckedRegion) => silenceOfPeerings(checked, now());
  const silences = new Map(regions.map((checked) => [checked.inventory.region, silenceIn(checked)]));
  const isLost = findings.some(
    ({ kind, region, peeringId }) =>
      kind === 'unreachable' && peeringId !== undefined && silences.get(region)?.(peeringId) === undefined,
  );
  const interval = intervalSeconds(policy.schedules.connectivity);
  const countedFor = policyFingerprint(policy).slice(0, FINGERPRINT_SHOWN);
  if (failures.length > 0 || isLost || !isNewsToAlarm(sent, now(), interval, countedFor)) {
    return new Map();
  }
  journal.steadyMetric('PeeringsUnreachable', 0);
  const at = Math.floor(now().getTime() / 1000);
  return new Map(
    regions
      .filter(
        ({ remembered: { notes } }) =>
          notes.get(COUNTED_FOR)?.value !== countedFor && watchedTargets(notes).size > 0,
      )
      .map(({ inventory: { region } }) => [
        region,
        { kind: 'note', key: COUNTED_FOR, value: countedFor, at },
      ]),
  );
}
