import type { PeerFault } from '../model/peer-fault.ts';
import { kindText, type ProbeKind } from '../model/probe-kinds.ts';
import type { PingResult, RoundTripTimes } from './ping-output.ts';
import type { PriceClass } from './probes.ts';
import type { Verdict, VerdictWithReason } from './verdict.ts';

/** What one probe found out. */
export interface ProbeResult {
  readonly peeringId: string;
  readonly region: string;
  readonly sourceInstanceId: string;
  readonly target: string;
  readonly priceClass: PriceClass;
  readonly kind: ProbeKind;
  /** Of kind `tcp`. */
  readonly port?: number;
  /** Of kind `name`. */
  readonly name?: string;
  /** Of kind `mtu`: the largest packet that came through, in bytes. */
  readonly packetSize?: number;
  readonly verdict: Verdict;
  readonly reason: string;
  /** Pings or connections tried and answered; both undefined without a verdict, and of other kinds. */
  readonly transmitted?: number;
  readonly received?: number;
  /** Average round-trip time in milliseconds; of a connection, the time until it was there. */
  readonly averageRtt?: number;
  /** All that the ping program says of them. */
  readonly rtt?: RoundTripTimes;
}

/** What a probe's ping found out. The numbers of a ping without verdict are left out: they count for nothing. */
export function resultOf(
  probe: Pick<ProbeResult, 'peeringId' | 'region' | 'sourceInstanceId' | 'target' | 'priceClass' | 'kind'>,
  { verdict, reason }: VerdictWithReason,
  ping: PingResult | undefined,
): ProbeResult {
  const { peeringId, region, sourceInstanceId, target, priceClass, kind } = probe;
  const base = { peeringId, region, sourceInstanceId, target, priceClass, kind, verdict, reason };
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
  /** The worst of what was asked. `none`: not one ping or connection has a verdict. `lossy`: some were answered, not all. */
  readonly verdict: Verdict;
  /** What gave the verdict: `ping`, `TCP 5432`. Undefined where there is none. */
  readonly worst?: string;
  /** Of all pings, or of all connections to the port that lost most, 0 to 100. Undefined without any: no verdict is no loss. */
  readonly lossPercent?: number;
  /** Average over all pings that were answered, else over all connections, in milliseconds. */
  readonly averageRtt?: number;
  /** Pings and connections of which nothing is known. Large packets and names that could not be tried keep nobody from seeing a loss. */
  readonly withoutVerdict: number;
  /** The loss has reached the policy's `connectivity.lossThresholdPercent`. */
  readonly failed: boolean;
  readonly results: readonly ProbeResult[];
}

function resultKey(result: ProbeResult): string {
  const { region, peeringId, target, sourceInstanceId } = result;
  return [region, peeringId, target, sourceInstanceId, kindText(result)].join(' ');
}

/** What was tried of one kind: all pings, or all connections to one port. */
interface Tried {
  readonly text: string;
  readonly kind: ProbeKind;
  readonly transmitted: number;
  readonly received: number;
  readonly lossPercent: number;
  readonly averageRtt?: number;
}

/** Milliseconds, as finely as ping says them: sums of such numbers get digits that nobody measured. */
function toMicroseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

function triedOf(results: readonly [ProbeResult, ...ProbeResult[]]): Tried[] {
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
  const [{ kind }] = results;
  return transmitted === 0
    ? []
    : [
        {
          text: kindText(results[0]),
          kind,
          transmitted,
          received,
          lossPercent: ((transmitted - received) / transmitted) * 100,
          ...(timed === 0 ? {} : { averageRtt: toMicroseconds(sumOfTimes / timed) }),
        },
      ];
}

function byKind(results: readonly ProbeResult[]): readonly (readonly [ProbeResult, ...ProbeResult[]])[] {
  const groups = new Map<string, [ProbeResult, ...ProbeResult[]]>();
  for (const result of results) {
    const group = groups.get(kindText(result));
    if (group === undefined) {
      groups.set(kindText(result), [result]);
    } else {
      group.push(result);
    }
  }
  return [...groups.values()];
}

/** Findings that are less than a loss, in the order of how much they hinder. */
const LESSER = ['mtu-limited', 'misresolved'] as const;

function verdictFor(
  { transmitted, received, text }: Tried,
  results: readonly ProbeResult[],
): Pick<PeeringHealth, 'verdict' | 'worst'> {
  if (received < transmitted) {
    return { verdict: received === 0 ? 'unreachable' : 'lossy', worst: text };
  }
  const lesser = LESSER.map((verdict) => results.find((result) => result.verdict === verdict)).find(
    (result) => result !== undefined,
  );
  return lesser === undefined
    ? { verdict: 'reachable', worst: text }
    : { verdict: lesser.verdict, worst: kindText(lesser) };
}

function healthOf(
  results: readonly ProbeResult[],
  lossThresholdPercent: number,
): Omit<PeeringHealth, 'peeringId' | 'region'> {
  const withoutVerdict = results.filter(
    ({ verdict, kind }) => verdict === 'none' && (kind === 'ping' || kind === 'tcp'),
  ).length;
  const tried = byKind(results).flatMap(triedOf);
  const [worst] = [...tried].sort((a, b) => b.lossPercent - a.lossPercent);
  if (worst === undefined) {
    return { verdict: 'none', withoutVerdict, failed: false, results };
  }
  const timed = tried.filter(({ averageRtt }) => averageRtt !== undefined);
  const averageRtt = (timed.find(({ kind }) => kind === 'ping') ?? timed[0])?.averageRtt;
  return {
    ...verdictFor(worst, results),
    lossPercent: worst.lossPercent,
    ...(averageRtt === undefined ? {} : { averageRtt }),
    withoutVerdict,
    failed: worst.lossPercent >= lossThresholdPercent,
    results,
  };
}

/**
 * Merges the results of one run by peering and Region, in stable order. Of several results for the same source,
 * target and kind the last one counts: Lambda may be told of a status change twice.
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
