import type { OutputSection } from './output-sections.ts';
import { isOfTheNetwork, parsePing } from './ping-output.ts';

/** What became of one packet of a size that may not be cut up. */
export interface SizeAnswer {
  /** Bytes of the whole packet. */
  readonly size: number;
  readonly end:
    | 'carried'
    | 'lost'
    /** A router, or what the system has learned from one, says that it is too large. */
    | 'too-large'
    /** The sender's own interface takes no packets of this size. */
    | 'own-limit'
    | 'not-sent'
    | 'no-program'
    | 'unreadable';
  /** The largest size that whoever refused it takes. */
  readonly limit?: number;
  readonly answeredBy?: string;
}

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const ICMP_HEADER = 8;

const REPLY = /^(\d+) bytes from /m;
const OWN_ERROR = /^\S*ping6?: .*message too long(?:,? mtu[=:] ?(\d+))?/im;
const ROUTER_ERROR =
  /^From (\S+?):? icmp_seq=\d+ (?:Frag needed and DF set \(mtu = (\d+)\)|Packet too big:? mtu=(\d+))/m;

function limited(size: number, end: 'too-large' | 'own-limit', limit: string | undefined): SizeAnswer {
  return { size, end, ...(limit === undefined ? {} : { limit: Number(limit) }) };
}

function onLinux(size: number, text: string, target: string): SizeAnswer {
  const isIpv6 = target.includes(':');
  const ping = parsePing(text);
  if (ping.received > 0) {
    // Replies show the ICMP message, which is the packet without its IP header.
    const bytes = Number(REPLY.exec(text)?.[1]) === size - (isIpv6 ? IPV6_HEADER : IPV4_HEADER);
    return { size, end: bytes && ping.target === target ? 'carried' : 'unreadable' };
  }
  const own = OWN_ERROR.exec(text);
  if (own !== null) {
    return limited(size, 'own-limit', own[1]);
  }
  const router = ROUTER_ERROR.exec(text);
  if (router !== null) {
    return { ...limited(size, 'too-large', router[2] ?? router[3]), answeredBy: router[1] ?? '' };
  }
  if (ping.problem === 'no-program') {
    return { size, end: 'no-program' };
  }
  if (ping.problem !== undefined && !isOfTheNetwork(ping.problem)) {
    return { size, end: 'not-sent' };
  }
  return { size, end: ping.transmitted === 1 && ping.target === target ? 'lost' : 'unreadable' };
}

const NOBODY = new Set(['', '0.0.0.0', '::']);

const WINDOWS = /^status (\w+)(?: from (\S*) with (\d+) bytes)?$/;

function onWindows(size: number, line: string, target: string): SizeAnswer | undefined {
  const [, status, from, bytes] = WINDOWS.exec(line) ?? [];
  const headers = ICMP_HEADER + (target.includes(':') ? IPV6_HEADER : IPV4_HEADER);
  switch (status) {
    case undefined:
      return undefined;
    case 'Success':
      return { size, end: from === target && Number(bytes) === size - headers ? 'carried' : 'unreadable' };
    case 'TimedOut':
      return { size, end: 'lost' };
    case 'PacketTooBig':
      // Nobody else said it: the packet did not leave.
      return from === undefined || NOBODY.has(from)
        ? { size, end: 'own-limit' }
        : { size, end: 'too-large', answeredBy: from };
    default:
      return { size, end: /^(Destination|Ttl|TimeExceeded)/.test(status) ? 'lost' : 'not-sent' };
  }
}

/** In the order in which they were tried. What is cut off is left out. */
export function readSizes(sections: readonly OutputSection[], target: string): SizeAnswer[] {
  return sections
    .filter(({ what, isWhole }) => what === 'size' && isWhole)
    .map(({ of, lines }) => {
      const size = Number(of);
      const first = lines.map((line) => line.trim()).find((line) => line !== '') ?? '';
      return onWindows(size, first, target) ?? onLinux(size, lines.join('\n'), target);
    });
}
