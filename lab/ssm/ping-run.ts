import { familyOf } from '../network/address.ts';
import { echo } from '../network/deliver.ts';
import { createRandom, roundTrip, withJitter } from '../network/timing.ts';
import type { Host, Network } from '../network/types.ts';
import type { Ping, Refusal } from './ping-command.ts';
import { iputilsText, type Sent, windowsText } from './ping-text.ts';

/** What one packet would cross; asked once for each packet. */
export interface Crossing {
  readonly instanceIds: readonly string[];
  readonly peeringIds: readonly string[];
}

export interface PingRequest {
  readonly network: Network;
  readonly host: Host;
  readonly ping: Ping;
  /** Whether a fault on request swallows the packet. */
  isLost(crossing: Crossing): boolean;
}

/** The same shape as a refusal: what the program printed, and its exit code. */
export type PingOutcome = Refusal;

/** `endless`: the program would run until something stops it. */
export type Pinger = (request: PingRequest) => Promise<PingOutcome | 'endless'>;

const TTL = { Linux: 64, Windows: 128 } as const;

/** Keeps a count of a million from filling the memory. */
const MOST_PACKETS = 10_000;

function sendAll(ping: Ping, sendOne: () => number | undefined): readonly Sent[] {
  const sent: Sent[] = [];
  const limit =
    ping.deadlineMs === undefined
      ? (ping.count ?? MOST_PACKETS)
      : Math.max(1, Math.ceil(ping.deadlineMs / Math.max(ping.intervalMs, 1)));
  let answers = 0;
  while (sent.length < Math.min(limit, MOST_PACKETS)) {
    const time = sendOne();
    sent.push({ roundTrip: time });
    answers += time === undefined ? 0 : 1;
    if (ping.deadlineMs !== undefined && answers === ping.count) {
      break;
    }
  }
  return sent;
}

function iputilsOutcome({ ping, host, network, isLost }: PingRequest, random: () => number): PingOutcome {
  const family = familyOf(ping.target);
  const refused = (reason: string): PingOutcome => ({ stdout: '', stderr: `ping: ${reason}\n`, exitCode: 2 });
  if (family === undefined) {
    return refused(`${ping.target}: Name or service not known`);
  }
  if (ping.family !== undefined && ping.family !== family) {
    return refused(`${ping.target}: Address family for hostname not supported`);
  }
  const echoes = pingEchoes({ ping, host, network, isLost }, random);
  if (echoes === 'no-address') {
    return refused('connect: Network is unreachable');
  }
  const answers = echoes.sent.filter((each) => each.roundTrip !== undefined).length;
  const tooFew = ping.deadlineMs !== undefined && ping.count !== undefined && answers < ping.count;
  return {
    stdout: iputilsText({ ping, ...echoes }),
    stderr: '',
    exitCode: answers === 0 || tooFew ? 1 : 0,
  };
}

function windowsOutcome({ ping, host, network, isLost }: PingRequest, random: () => number): PingOutcome {
  const family = familyOf(ping.target);
  if (family === undefined || (ping.family !== undefined && ping.family !== family)) {
    return {
      stdout: `Ping request could not find host ${ping.target}. Please check the name and try again.\r\n`,
      stderr: '',
      exitCode: 1,
    };
  }
  const echoes = pingEchoes({ ping, host, network, isLost }, random);
  if (echoes === 'no-address') {
    const sent = sendAll(ping, () => undefined);
    return {
      stdout: windowsText({ ping, sent, ttl: 0 }, 'PING: transmit failed. General failure. '),
      stderr: '',
      exitCode: 1,
    };
  }
  return {
    stdout: windowsText({ ping, ...echoes }),
    stderr: '',
    exitCode: echoes.sent.some((each) => each.roundTrip !== undefined) ? 0 : 1,
  };
}

function pingEchoes(
  { ping, host, network, isLost }: PingRequest,
  random: () => number,
): { readonly sent: readonly Sent[]; readonly ttl: number } | 'no-address' {
  const outcome = echo(network, host.instanceId, ping.target);
  if (!outcome.answered) {
    return outcome.direction === 'none'
      ? 'no-address'
      : { sent: sendAll(ping, () => undefined), ttl: TTL[host.platform] };
  }
  const crossing = {
    instanceIds: [host.instanceId, outcome.host.instanceId],
    peeringIds: outcome.peeringIds,
  };
  const base = roundTrip(network, outcome.from, outcome.to);
  const sent = sendAll(ping, () => (isLost(crossing) ? undefined : withJitter(base, random)));
  return { sent, ttl: TTL[outcome.host.platform] };
}

/** Pings over the modelled network: what AWS would do, in no time. */
export function createModelPinger(seed: number): Pinger {
  const random = createRandom(seed);
  return async (request) => {
    if (request.ping.count === undefined && request.ping.deadlineMs === undefined) {
      return 'endless';
    }
    return request.ping.style === 'windows'
      ? windowsOutcome(request, random)
      : iputilsOutcome(request, random);
  };
}
