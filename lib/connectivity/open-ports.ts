import type { NetworkAcl, NetworkInterface, PacketMatch } from '../model/network.ts';
import type { Endpoint } from './endpoints.ts';
import { walkAll } from './hops/path.ts';
import type { Walk } from './hops/walk.ts';
import type { NetworkModel } from './network-model.ts';
import { answerOf, matchText, type Packet, shareOf } from './traffic.ts';

const PROTOCOLS = ['tcp', 'udp'] as const;
const LAST_PORT = 65535;
/** How many are named: the most open targets have few ports that were opened one by one. */
const MAX_NAMED = 5;

interface Ports {
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly fromPort: number;
  readonly toPort: number;
  /** Whether every hop was visible. */
  readonly isSure: boolean;
}

function rulesAt(
  model: NetworkModel,
  own: NetworkInterface | undefined,
  direction: 'ingress' | 'egress',
): PacketMatch[] {
  return (own?.securityGroupIds ?? []).flatMap((groupId) => model.group(groupId)?.[direction] ?? []);
}

function entriesAt(model: NetworkModel, { subnet }: Endpoint, egress: boolean): PacketMatch[] {
  const acl: NetworkAcl | undefined = subnet === undefined ? undefined : model.aclOf(subnet.subnetId);
  return (acl?.entries ?? []).filter((entry) => entry.egress === egress);
}

/** Ports between which no filter on the way to the target tells one from another. */
function intervals(walk: Walk, protocol: Ports['protocol']): Pick<Ports, 'fromPort' | 'toPort'>[] {
  const { model, source, target } = walk;
  const every: Packet = { protocol, fromPort: 0, toPort: LAST_PORT };
  const starts = new Set([0]);
  for (const rule of [
    ...rulesAt(model, source.interface, 'egress'),
    ...entriesAt(model, source, true),
    ...entriesAt(model, target, false),
    ...rulesAt(model, target.interface, 'ingress'),
  ]) {
    const share = shareOf(rule, every);
    if (typeof share === 'object') {
      starts.add(share.fromPort).add(share.toPort + 1);
    }
  }
  const sorted = [...starts].filter((port) => port <= LAST_PORT).sort((a, b) => a - b);
  return sorted.map((fromPort, index) => ({ fromPort, toPort: (sorted[index + 1] ?? LAST_PORT + 1) - 1 }));
}

/** Everything but ping that gets from the source to the target and back. */
function openPorts({ insteadOfPing: _, ...walk }: Walk): Ports[] {
  const { source, family } = walk;
  const open: Ports[] = [];
  for (const protocol of PROTOCOLS) {
    const answer = answerOf({ protocol, port: 0 }, family, source.instance?.platform ?? 'unknown');
    for (const { fromPort, toPort } of intervals(walk, protocol)) {
      const tried: Walk = { ...walk, hops: [], request: { protocol, fromPort, toPort }, answer };
      walkAll(tried);
      if (tried.hops.some(({ status }) => status === 'fails')) {
        continue;
      }
      const isSure = tried.hops.every(({ status }) => status === 'passes');
      const last = open.at(-1);
      if (last?.protocol === protocol && last.toPort + 1 === fromPort && last.isSure === isSure) {
        open[open.length - 1] = { ...last, toPort };
      } else {
        open.push({ protocol, fromPort, toPort, isSure });
      }
    }
  }
  return open;
}

/** Narrow ranges first: they were opened for something. */
function byWidth(a: Ports, b: Ports): number {
  return a.toPort - a.fromPort - (b.toPort - b.fromPort);
}

function commandFor({ source, target }: Walk, ports: Ports | undefined): string {
  const port = ports === undefined ? 'PORT' : String(Math.max(1, ports.fromPort));
  const protocol = ports?.protocol === 'udp' ? ' --protocol udp' : '';
  return `peering explain ${source.asked} ${target.asked} --port ${port}${protocol}`;
}

/** A sentence for who asked for a connection without saying which: ping is closed, but something else may be open. */
export function openInsteadOfPing(walk: Walk): string {
  const open = openPorts(walk).sort(byWidth);
  const [first] = open;
  if (first === undefined) {
    return `No TCP or UDP port is open from here, either. What is missing for a port: ${commandFor(walk, undefined)}.`;
  }
  const names = open.slice(0, MAX_NAMED).map(matchText);
  const more = open.length > names.length ? ` and ${open.length - names.length} more` : '';
  const is = open.length === 1 ? 'is' : 'are';
  const state = open.every(({ isSure }) => isSure)
    ? `${is} open from here`
    : `${is} open from here as far as is visible`;
  const isOnePort = first.fromPort === first.toPort;
  return `But ${names.join(', ')}${more} ${state}: ${commandFor(walk, isOnePort ? first : undefined)}${
    !isOnePort && first.protocol === 'udp' ? ' --protocol udp' : ''
  }.`;
}
