import {
  answerOf,
  matchText,
  type Packet,
  PING,
  packetText,
  requestOf,
  shareOf,
} from '../../lib/connectivity/traffic.ts';

const TCP = { protocol: 'tcp', port: 443 } as const;

describe('what is sent and answered', () => {
  it.each<[string, Packet, string]>([
    ['a ping', requestOf(PING, 'ipv4'), 'ICMP echo request (type 8)'],
    ['its answer', answerOf(PING, 'ipv4', 'linux'), 'ICMP echo reply (type 0)'],
    ['a ping over IPv6', requestOf(PING, 'ipv6'), 'ICMPv6 echo request (type 128)'],
    ['its answer', answerOf(PING, 'ipv6', 'linux'), 'ICMPv6 echo reply (type 129)'],
    ['a connection', requestOf(TCP, 'ipv4'), 'TCP port 443'],
    ['datagrams', requestOf({ protocol: 'udp', port: 53 }, 'ipv6'), 'UDP port 53'],
    ['an answer to Linux', answerOf(TCP, 'ipv4', 'linux'), 'TCP ports 32768-60999'],
    ['an answer to Windows', answerOf(TCP, 'ipv4', 'windows'), 'TCP ports 49152-65535'],
    ['an answer to anybody', answerOf(TCP, 'ipv4', 'unknown'), 'TCP ports 1024-65535'],
  ])('%s is told in words', (_, packet, text) => {
    expect(packetText(packet)).toBe(text);
  });
});

describe('what a rule is about', () => {
  const ping = requestOf(PING, 'ipv4');
  const ports = (fromPort: number, toPort: number): Packet => ({ protocol: 'tcp', fromPort, toPort });

  it.each<[string, Parameters<typeof shareOf>[0], Packet, ReturnType<typeof shareOf>]>([
    ['every protocol', { protocol: '-1' }, ping, 'all'],
    ['every protocol by name', { protocol: 'All' }, ports(1, 2), 'all'],
    ['the protocol by number', { protocol: '1' }, ping, 'all'],
    ['the protocol in capitals', { protocol: 'ICMP' }, ping, 'all'],
    ['another protocol', { protocol: '17' }, ports(1, 2), 'none'],
    [
      'another protocol with the same ports',
      { protocol: 'udp', fromPort: 1, toPort: 2 },
      ports(1, 2),
      'none',
    ],
    ['ICMP of IPv6', { protocol: '58' }, ping, 'none'],
    ['ICMP of IPv6', { protocol: '58' }, requestOf(PING, 'ipv6'), 'all'],
    ['every type', { protocol: 'icmp', fromPort: -1, toPort: -1 }, ping, 'all'],
    ['the type', { protocol: 'icmp', fromPort: 8 }, ping, 'all'],
    ['the type and every code', { protocol: 'icmp', fromPort: 8, toPort: -1 }, ping, 'all'],
    ['the type and code', { protocol: 'icmp', fromPort: 8, toPort: 0 }, ping, 'all'],
    ['the type and another code', { protocol: 'icmp', fromPort: 8, toPort: 1 }, ping, 'none'],
    ['another type', { protocol: 'icmp', fromPort: 0, toPort: 0 }, ping, 'none'],
    ['another type and every code', { protocol: 'icmp', fromPort: 0, toPort: -1 }, ping, 'none'],
    ['every port', { protocol: 'tcp' }, ports(0, 65535), 'all'],
    ['more ports', { protocol: '6', fromPort: 1, toPort: 100 }, ports(10, 20), 'all'],
    ['the ports', { protocol: 'tcp', fromPort: 10, toPort: 20 }, ports(10, 20), 'all'],
    [
      'the first ports',
      { protocol: 'tcp', fromPort: 1, toPort: 10 },
      ports(10, 20),
      { fromPort: 10, toPort: 10 },
    ],
    [
      'the last ports',
      { protocol: 'tcp', fromPort: 20, toPort: 30 },
      ports(10, 20),
      { fromPort: 20, toPort: 20 },
    ],
    [
      'some ports',
      { protocol: 'tcp', fromPort: 12, toPort: 15 },
      ports(10, 20),
      { fromPort: 12, toPort: 15 },
    ],
    ['lower ports', { protocol: 'tcp', fromPort: 1, toPort: 9 }, ports(10, 20), 'none'],
    ['higher ports', { protocol: 'tcp', fromPort: 21, toPort: 30 }, ports(10, 20), 'none'],
  ])('is known: %s', (_, match, packet, share) => {
    expect(shareOf(match, packet)).toEqual(share);
  });
});

describe('what a rule is about, in words', () => {
  it.each<[Parameters<typeof matchText>[0], string]>([
    [{ protocol: '-1' }, 'all traffic'],
    [{ protocol: 'tcp', fromPort: 5432, toPort: 5432 }, 'TCP 5432'],
    [{ protocol: '17', fromPort: 8000, toPort: 8100 }, 'UDP 8000-8100'],
    [{ protocol: '6' }, 'every TCP port'],
    [{ protocol: 'icmp', fromPort: -1, toPort: -1 }, 'ICMP'],
    [{ protocol: '58', fromPort: 128, toPort: 0 }, 'ICMPv6 type 128'],
    [{ protocol: '50' }, 'protocol 50'],
  ])('%j: %s', (match, words) => {
    expect(matchText(match)).toBe(words);
  });
});
