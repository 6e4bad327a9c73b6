import type { PeeringHealth } from '../connectivity/results.ts';
import { type Silence, silencedText } from '../model/silence.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { Bus } from '../ports/outbox.ts';

/** How a result lies to what was known before. */
interface Known {
  /** Its verdict is another one than that of the check before. */
  readonly isNews: boolean;
  /** Some check lost it and none was answered since, or there was none. */
  readonly isNewsToAlarm: boolean;
  readonly silence: Silence | undefined;
}

/**
 * Writes one peering's health to log and metrics; what is fine, and was before, is no line. Without a verdict there are no numbers, and
 * none are counted. Of a peering that is silenced nothing is counted that an alarm watches.
 */
export function logConnectivity(
  { policy, journal }: { readonly policy: Policy; readonly journal: Journal },
  health: PeeringHealth,
  { isNews, isNewsToAlarm, silence }: Known,
): void {
  const { lossPercent = 0, averageRtt, withoutVerdict, failed } = health;
  if (isNews || failed || withoutVerdict > 0 || lossPercent > 0) {
    journal.info('connectivity', {
      ...health,
      ...(silence === undefined ? {} : { silenced: silencedText(silence) }),
    });
  }
  journal.metric('ProbesWithoutVerdict', silence === undefined ? withoutVerdict : 0);
  if (health.lossPercent !== undefined) {
    logLoss(health.lossPercent, policy, journal);
    // That nothing is lost the next checks count too (`sayNothingLost`).
    if (isNewsToAlarm || (failed && silence === undefined)) {
      journal.steadyMetric('PeeringsUnreachable', failed && silence === undefined ? 1 : 0);
    }
  }
  if (averageRtt !== undefined && policy.metrics.connectivity === true) {
    journal.metric('RoundTripTime', averageRtt, 'milliseconds');
  }
  if (policy.metrics.perPeering) {
    logByPeering(health, journal);
  }
}

/** CloudWatch charges for a metric in each hour in which it gets data. */
function logLoss(lossPercent: number, { metrics }: Policy, journal: Journal): void {
  if (lossPercent > 0 || metrics.connectivity === true) {
    journal.metric('PacketLoss', lossPercent, 'percent');
  }
}

function logByPeering({ peeringId, lossPercent, averageRtt }: PeeringHealth, journal: Journal): void {
  if (lossPercent !== undefined) {
    journal.peeringMetric(peeringId, 'PacketLoss', lossPercent, 'percent');
  }
  if (averageRtt !== undefined) {
    journal.peeringMetric(peeringId, 'RoundTripTime', averageRtt, 'milliseconds');
  }
}

/** The same for whoever listens on the bus. */
export async function publishVerdict(
  { accountId, bus }: { readonly accountId: string; readonly bus: Bus },
  { region, peeringId, verdict, lossPercent, averageRtt, results }: PeeringHealth,
  target: string,
): Promise<void> {
  await bus.publish([
    {
      type: 'Connectivity Verdict',
      detail: { accountId, region, peeringId, target, verdict, lossPercent, averageRtt, results },
    },
  ]);
}
