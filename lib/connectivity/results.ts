import type { PeerFault } from '../model/peer-fault.ts';
import type { PingResult, RoundTripTimes } from './ping-output.ts';
import type { PriceClass, Probe } from './probes.ts';
import type { Verdict, VerdictWithReason } from './verdict.ts';

/** What one probe found out. */
export interface ProbeResult {
  readonly peeringId: string;
  readonly region: string;
  readonly sourceInstanceId: string;
  readonly target: string;
  readonly priceClass: PriceClass;
  readonly verdict: Verdict;
  readonly reason: string;
  /** Pings sent and answered; both undefined without a verdict. */
  readonly transmitted?: number;
  readonly received?: number;
  /** Average round-trip time in milliseconds. */
  readonly averageRtt?: number;
  /** All that the ping program says of them. */
  readonly rtt?: RoundTripTimes;
}

/** What a probe's command found out. The numbers of a ping without verdict are left out: they count for nothing. */
export function resultOf(
  probe: Pick<Probe, 'peeringId' | 'region' | 'sourceInstanceId' | 'target' | 'priceClass'>,
  { verdict, reason }: VerdictWithReason,
  ping: PingResult | undefined,
): ProbeResult {
  const { peeringId, region, sourceInstanceId, target, priceClass } = probe;
  const base = { peeringId, region, sourceInstanceId, target, priceClass, verdict, reason };
  if (verdict === 'none' || ping?.transmitted === undefined) {
    return base;
  }
  return {
    ...base,
    transmitted: ping.transmitted,
    received: ping.received,
    ...(ping.rtt === undefined ? {} : { averageRtt: ping.rtt.avg, rtt: ping.rtt }),
  };
}

/** One peering in one run, seen from one Region: all its probes together. */
export interface PeeringHealth {
  readonly peeringId: string;
  readonly region: string;
  /** `none`: not one probe has a verdict. `lossy`: some pings were answered, not all. */
  readonly verdict: Verdict;
  /** Of all pings with a verdict, 0 to 100. Undefined without any: no verdict is no loss. */
  readonly lossPercent?: number;
  /** Average over all answers, in milliseconds. */
  readonly averageRtt?: number;
  readonly withoutVerdict: number;
  /** The loss has reached the policy's `connectivity.lossThresholdPercent`. */
  readonly failed: boolean;
  readonly results: readonly ProbeResult[];
}

function resultKey({ region, peeringId, target, sourceInstanceId }: ProbeResult): string {
  return [region, peeringId, target, sourceInstanceId].join(' ');
}

function healthOf(
  results: readonly ProbeResult[],
  lossThresholdPercent: number,
): Omit<PeeringHealth, 'peeringId' | 'region'> {
  let transmitted = 0;
  let received = 0;
  let timed = 0;
  let sumOfTimes = 0;
  for (const result of results) {
    // Without a verdict there are no numbers.
    transmitted += result.transmitted ?? 0;
    received += result.received ?? 0;
    if (result.averageRtt !== undefined && result.received !== undefined) {
      timed += result.received;
      sumOfTimes += result.averageRtt * result.received;
    }
  }
  const withoutVerdict = results.filter(({ verdict }) => verdict === 'none').length;
  if (transmitted === 0) {
    return { verdict: 'none', withoutVerdict, failed: false, results };
  }
  const lossPercent = ((transmitted - received) / transmitted) * 100;
  return {
    verdict: received === 0 ? 'unreachable' : received < transmitted ? 'lossy' : 'reachable',
    lossPercent,
    ...(timed === 0 ? {} : { averageRtt: sumOfTimes / timed }),
    withoutVerdict,
    failed: lossPercent >= lossThresholdPercent,
    results,
  };
}

/**
 * Merges the results of one run by peering and Region, in stable order. Of several results for the same source and
 * target the last one counts: Lambda may be told of a status change twice.
 */
export function mergeResults(
  results: readonly ProbeResult[],
  { lossThresholdPercent }: { readonly lossThresholdPercent: number },
): PeeringHealth[] {
  const latest = new Map(results.map((result) => [resultKey(result), result]));
  const groups = new Map<string, { peeringId: string; region: string; results: ProbeResult[] }>();
  for (const [, result] of [...latest].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { peeringId, region } = result;
    const key = `${region} ${peeringId}`;
    const group = groups.get(key) ?? { peeringId, region, results: [] };
    group.results.push(result);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ peeringId, region, results: group }) => ({
    peeringId,
    region,
    ...healthOf(group, lossThresholdPercent),
  }));
}

/** What the product in the peer account says of the same peering. It comes from outside: shown, never acted upon. */
export interface PeerVerdict {
  readonly accountId: string;
  readonly verdict: Verdict;
  /** Where its own diagnosis says that packets are lost, if it says so. */
  readonly fault?: PeerFault;
}
