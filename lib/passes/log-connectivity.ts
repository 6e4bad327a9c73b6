import type { PeeringHealth } from '../connectivity/results.ts';
import { type Silence, silencedText } from '../model/silence.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { Bus } from '../ports/outbox.ts';

/**
 * Writes one peering's health to log and metrics. Without a verdict there are no numbers, and none are counted. Of a peering that is
 * silenced nothing is counted that an alarm watches.
 */
export function logConnectivity(
  health: PeeringHealth,
  policy: Policy,
  journal: Journal,
  silence?: Silence,
): void {
  const { lossPercent, averageRtt, withoutVerdict, failed } = health;
  journal.info('connectivity', {
    ...health,
    ...(silence === undefined ? {} : { silenced: silencedText(silence) }),
  });
  journal.metric('ProbesWithoutVerdict', silence === undefined ? withoutVerdict : 0);
  if (lossPercent !== undefined) {
    journal.metric('PacketLoss', lossPercent, 'percent');
    journal.steadyMetric('PeeringsUnreachable', failed && silence === undefined ? 1 : 0);
  }
  if (averageRtt !== undefined) {
    journal.metric('RoundTripTime', averageRtt, 'milliseconds');
  }
  if (policy.metrics.perPeering) {
    logByPeering(health, journal);
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
