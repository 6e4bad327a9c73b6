import { type Bridge, familyOf, type Host, type Network } from 'local-aws-peering/network';
import { iputilsText } from 'local-aws-peering/ssm';

/** What the product's scripts print, line by line, as they were seen to in real shells. */

type Platform = Host['platform'];

export type TcpEnd =
  | { readonly end: 'connected' | 'refused' | 'unreachable' | 'no-route'; readonly ms: number }
  | { readonly end: 'timeout' };

const ERRORS = {
  refused: ['Connection refused', 'ConnectionRefused'],
  unreachable: ['No route to host', 'HostUnreachable'],
  'no-route': ['Network is unreachable', 'NetworkUnreachable'],
} as const;

export function tcpText(platform: Platform, target: string, port: number, outcome: TcpEnd): string {
  if (outcome.end === 'timeout') {
    return `tcp ${port} exit 124`;
  }
  const us = Math.max(1, Math.round(outcome.ms * 1000));
  if (outcome.end === 'connected') {
    return `tcp ${port} exit 0 connected in ${us} us`;
  }
  const [linux, windows] = ERRORS[outcome.end];
  return platform === 'Windows'
    ? `tcp ${port} exit 1 socket error ${windows} failed in ${us} us`
    : `tcp ${port} exit 1 bash: connect: ${linux} bash: line 4: /dev/tcp/${target}/${port}: ${linux} failed in ${us} us`;
}

export type SizeEnd =
  | { readonly end: 'carried'; readonly ms: number }
  | { readonly end: 'own-limit'; readonly mtu: number }
  | { readonly end: 'lost' | 'no-route' };

const HEADERS = { ipv4: 28, ipv6: 48 } as const;

function windowsSize(target: string, payload: number, outcome: SizeEnd): string {
  switch (outcome.end) {
    case 'carried':
      return `status Success from ${target} with ${payload} bytes`;
    case 'own-limit':
      return 'status PacketTooBig from  with 0 bytes';
    case 'lost':
      return 'status TimedOut from  with 0 bytes';
    case 'no-route':
      return 'status NotSent';
  }
}

export function sizeText(platform: Platform, target: string, size: number, outcome: SizeEnd): string {
  const payload = size - HEADERS[familyOf(target) ?? 'ipv4'];
  if (platform === 'Windows') {
    return windowsSize(target, payload, outcome);
  }
  if (outcome.end === 'no-route') {
    return 'ping: connect: Network is unreachable';
  }
  const ping = {
    style: 'iputils',
    target,
    family: undefined,
    count: 1,
    intervalMs: 1000,
    deadlineMs: undefined,
    size: payload,
    quiet: false,
  } as const;
  const roundTrip = outcome.end === 'carried' ? outcome.ms : undefined;
  const text = iputilsText({ ping, sent: [{ roundTrip }], ttl: 64 }).trimEnd();
  return outcome.end === 'own-limit'
    ? text
        .replace('\n', `\nping: local error: message too long, mtu=${outcome.mtu}\n`)
        .replace('0 received,', '0 received, +1 errors,')
    : text;
}

export interface NameEnd {
  readonly exit: 0 | 2;
  readonly addresses: readonly string[];
}

export function nameText(platform: Platform, name: string, { exit, addresses }: NameEnd): string {
  const lines =
    platform === 'Windows'
      ? addresses
      : addresses.flatMap((address) => [
          `${address.padEnd(15)} STREAM ${name}`,
          `${address.padEnd(15)} DGRAM  `,
          `${address.padEnd(15)} RAW    `,
        ]);
  return [...lines, `exit ${exit}`].join(platform === 'Windows' ? '\r\n' : '\n');
}

/** The second address of a subnet is its router's. */
function routerOf(network: Network, host: Host, family: 'ipv4' | 'ipv6'): string {
  const subnet = network.subnets.get(host.interfaces[0]?.subnetId ?? '');
  const block = subnet?.blocks.find(({ address }) => address.kind() === family);
  if (block === undefined || family === 'ipv6') {
    return 'fe80::1';
  }
  const bytes = block.address.toByteArray();
  return [...bytes.slice(0, 3), (bytes[3] ?? 0) + 1].join('.');
}

/** The way out of a VPC's instance: by its subnet's router. */
export function routeText(network: Network, host: Host, target: string): string {
  const family = familyOf(target) ?? 'ipv4';
  const own = host.interfaces[0]?.addresses.find((address) => familyOf(address) === family);
  const router = routerOf(network, host, family);
  if (host.platform === 'Windows') {
    const any = family === 'ipv4' ? '0.0.0.0/0' : '::/0';
    return own === undefined
      ? 'unknown'
      : [`source ${own} dev Ethernet`, `route ${any} via ${router} dev Ethernet`].join('\r\n');
  }
  if (own === undefined) {
    return 'RTNETLINK answers: Network is unreachable';
  }
  const from = family === 'ipv6' ? ' from ::' : '';
  return [
    `${target}${from} via ${router} dev ens5 src ${own} uid 0 \\    cache `,
    `default via ${router} dev ens5 proto dhcp src ${own} metric 512 `,
  ].join('\n');
}

/** A bridge's own range, or its own address. */
export function keptRouteText({ name, address, range }: Bridge, target: string): string {
  const got =
    address === target
      ? `local ${target} dev lo src ${address} uid 0 \\    cache <local> `
      : `${target} dev ${name} src ${address} uid 0 \\    cache `;
  return [got, `${range} dev ${name} proto kernel scope link src ${address} `].join('\n');
}
