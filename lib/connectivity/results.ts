import type { Notification } from '../model/notification.ts';
import type { PeerFault } from '../model/peer-fault.ts';
import { printable } from '../model/printable.ts';
import { kindText, type ProbeKind } from '../model/probe-kinds.ts';
import type { Diagnosis } from './diagnosis.ts';
import { peerFaultText } from './peer-fault-text.ts';
import type { PingResult } from './ping-output.ts';
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
    ...(ping.rtt === undefined ? {} : { averageRtt: ping.rtt.avg }),
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
          ...(timed === 0 ? {} : { averageRtt: sumOfTimes / timed }),
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

/** Which end has to do something, as far as both ends can tell. One sentence or two. */
export function whoseFault(
  diagnosis: Pick<Diagnosis, 'reachable' | 'firstFailure'> | undefined,
  peer: PeerVerdict | undefined,
): string {
  const own = diagnosis?.firstFailure;
  if (own !== undefined) {
    return `The fault is visible from here: ${own.sentence}`;
  }
  const seen =
    diagnosis === undefined
      ? 'Where the pings are lost was not looked into.'
      : 'Nothing is wrong with what is visible from here.';
  if (peer === undefined) {
    return diagnosis?.reachable === true
      ? `${seen} Look at the firewall inside the target, and at security group rules that changed a moment ago.`
      : `${seen} The rest lies in the peer account, which has told nothing.`;
  }
  const name = `The peer account ${printable(peer.accountId, 20)}`;
  if (peer.fault !== undefined) {
    return `${seen} ${name} says that its side is at fault: ${peerFaultText(peer.fault)}`;
  }
  if (peer.verdict !== 'unreachable' && peer.verdict !== 'none') {
    return `${seen} ${name} does reach this side, so routes work both ways: look at what the target lets in, its security groups and its own firewall.`;
  }
  return peer.verdict === 'unreachable'
    ? `${seen} ${name} does not reach this side either, and sees no fault of its own.`
    : `${seen} ${name} has no verdict of its own.`;
}

/** SNS refuses a longer subject (SNS API reference, Publish). */
const MAX_SUBJECT = 100;

/** More results than this nobody reads in a message. */
const MAX_RESULTS = 20;

const PRICE_TEXT: Readonly<Record<PriceClass, string>> = {
  'same-zone': 'same Availability Zone, free of charge',
  'other-zone': 'across Availability Zones, charged',
  'other-region': 'across Regions, charged',
  unknown: 'zones not known',
};

function lossText({ lossPercent }: Pick<PeeringHealth, 'lossPercent'>): string {
  return lossPercent === undefined ? 'no verdict' : `${Math.round(lossPercent * 10) / 10}% loss`;
}

/** What was lost, or is answered again. */
function triedText({ worst }: PeeringHealth): string {
  return worst?.startsWith('TCP') ? `Connections to ${worst}` : 'Pings';
}

function portOption({ port }: ProbeResult): string {
  return port === undefined ? '' : ` --port ${port}`;
}

function resultLine(result: ProbeResult): string {
  const { sourceInstanceId, target, verdict, reason, averageRtt, priceClass, kind } = result;
  const time = averageRtt === undefined || kind !== 'ping' ? '' : ` ${averageRtt} ms on average.`;
  const what = kind === 'ping' ? '' : ` (${kindText(result)})`;
  return `  ${sourceInstanceId} -> ${target}${what}: ${verdict}. ${reason}${time} (${PRICE_TEXT[priceClass]})`;
}

export interface LostContext {
  readonly accountId: string;
  /** Of a probe that failed; undefined when the network could not be read. */
  readonly diagnosis?: Diagnosis;
  readonly peer?: PeerVerdict;
}

/** The message about a peering across which pings are lost: how many, where they are lost, and what to type next. */
export function connectivityLostNotification(health: PeeringHealth, context: LostContext): Notification {
  const { peeringId, region, results } = health;
  const { accountId, diagnosis, peer } = context;
  const worst = [...results]
    .filter(({ verdict }) => verdict === 'unreachable' || verdict === 'lossy')
    .sort((a, b) => (a.received ?? 0) / (a.transmitted ?? 1) - (b.received ?? 0) / (b.transmitted ?? 1))[0];
  const more = results.length - MAX_RESULTS;
  const message = [
    `${triedText(health)} across ${peeringId} (${region}, account ${accountId}) are lost: ${lossText(health)}.`,
    '',
    whoseFault(diagnosis, peer),
    ...(diagnosis === undefined
      ? []
      : [
          '',
          'Hop by hop:',
          ...diagnosis.hops.map(
            ({ direction, name, status, sentence }) => `  ${status}: ${name} (${direction}): ${sentence}`,
          ),
        ]),
    '',
    'Results:',
    ...results.slice(0, MAX_RESULTS).map(resultLine),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(health.withoutVerdict > 0
      ? [
          '',
          `${health.withoutVerdict} of ${results.length} probes gave no verdict; they do not count as loss.`,
        ]
      : []),
    ...(worst === undefined
      ? []
      : ['', `Look closer: peering explain ${worst.sourceInstanceId} ${worst.target}${portOption(worst)}`]),
  ].join('\n');
  return {
    subject: printable(`Connectivity lost: ${peeringId} in ${region}, ${lossText(health)}`, MAX_SUBJECT),
    message: `${message}\n`,
  };
}

/** The message about a peering whose target answers again after people were told that it does not. */
export function connectivityRestoredNotification(health: PeeringHealth, accountId: string): Notification {
  const { peeringId, region, results } = health;
  return {
    subject: printable(`Connectivity restored: ${peeringId} in ${region}, ${lossText(health)}`, MAX_SUBJECT),
    message: `${[
      `${triedText(health)} across ${peeringId} (${region}, account ${accountId}) are answered again: ${lossText(health)}.`,
      '',
      'Results:',
      ...results.slice(0, MAX_RESULTS).map(resultLine),
    ].join('\n')}\n`,
  };
}
