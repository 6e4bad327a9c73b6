import type { PeeringHealth } from '../connectivity/results.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { Bus } from '../ports/outbox.ts';

/** Writes one peering's health to log and metrics. Without a verdict there are no numbers, and none are counted. */
export function logConnectivity(health: PeeringHealth, policy: Policy, journal: Journal): void {
  const { lossPercent, averageRtt, withoutVerdict, failed } = health;
  journal.info('connectivity', { ...health });
  journal.metric('ProbesWithoutVerdict', withoutVerdict);
  if (lossPercent !== undefined) {
    journal.metric('PacketLoss', lossPercent, 'percent');
    journal.metric('PeeringsUnreachable', failed ? 1 : 0);
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
