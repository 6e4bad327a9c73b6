import { asAddress } from '../network/cidr.ts';

/**
 * The way that an instance's own system takes to an address, as `ip route` (Linux) and Find-NetRoute (Windows) tell it. In a VPC
 * every way to another network leads by the subnet's router. A way that does not is the instance's own affair: a bridge of
 * containers, a tunnel, an address of its own. What is answered there says nothing of the peering.
 */
export type OwnWay =
  /** The system has no route, or one that refuses. */
  | { readonly kind: 'refused' }
  | (Leaving & { readonly kind: 'leaves' })
  /** Packets to the target stay on the instance, or on a network that only it knows. */
  | (Leaving & { readonly kind: 'kept'; readonly range: string });

interface Leaving {
  /** The interface by which packets to the target leave, or would. */
  readonly interface: string;
  /** The address that packets are sent from. */
  readonly source?: string;
  /** What the system has learned from the network about the largest packet, as opposed to what its interface takes. */
  readonly learnedMtu?: number;
}

/** Interfaces that software makes, and no VPC has: Docker, Podman, LXD, libvirt, and the network plugins of Kubernetes. */
const SOFTWARE =
  /^(lo$|docker\d|br-|podman|cni|cali|vxlan[.]calico|tunl|flannel|cilium|lxc|lxd|virbr|veth|weave|kube|nerdctl|wg\d|tun\d|tap\d)/;

interface Route {
  readonly destination: string;
  readonly via: boolean;
  readonly interface: string;
}

const DEFAULTS = new Set(['default', '0.0.0.0/0', '::/0']);
const NO_NEXT_HOP = new Set(['0.0.0.0', '::']);

function linuxRoute(line: string): Route | undefined {
  const [, destination, via, device] =
    /^([0-9a-f.:/]+|default)( via \S+)?(?: .*)? dev (\S+)/.exec(line) ?? [];
  return destination === undefined || device === undefined
    ? undefined
    : { destination, via: via !== undefined, interface: device };
}

/** What follows the address that was asked for in `ip route get`; `from ::` is there with IPv6 only. */
const GOT = /^(local )?([0-9a-f.:]+)(?: from \S+)?( via \S+)?(?: .*)? dev (\S+)(?:.*? src ([0-9a-f.:]+))?/;

const REFUSED = /^RTNETLINK answers: /;

function onLinux(lines: readonly string[], target: string): OwnWay | undefined {
  if (REFUSED.test(lines[0] ?? '')) {
    return { kind: 'refused' };
  }
  const got = GOT.exec(lines[0] ?? '');
  const [, isLocal, address = '', via, device, source] = got ?? [];
  if (device === undefined || asAddress(address)?.text !== target) {
    return undefined;
  }
  const matching = lines.slice(1).flatMap((line) => linuxRoute(line) ?? []);
  // The most specific one comes last.
  const own = matching.findLast((route) => isLocal !== undefined || route.interface === device);
  const isOnLink = via === undefined && own !== undefined && !own.via && !DEFAULTS.has(own.destination);
  const range =
    isLocal !== undefined || isOnLink || SOFTWARE.test(device)
      ? own === undefined || DEFAULTS.has(own.destination)
        ? target
        : own.destination
      : undefined;
  const learned = / cache .*\bmtu (\d+)/.exec(lines[0] ?? '')?.[1];
  return {
    ...(range === undefined ? { kind: 'leaves' } : { kind: 'kept', range }),
    interface: isLocal !== undefined && own !== undefined ? own.interface : device,
    ...(source === undefined ? {} : { source }),
    ...(learned === undefined ? {} : { learnedMtu: Number(learned) }),
  };
}

function onWindows(lines: readonly string[]): OwnWay | undefined {
  const [, destination = '', nextHop = '', device] =
    lines.map((line) => /^route (\S+) via (\S+) dev (.+)$/.exec(line)).find((match) => match !== null) ?? [];
  if (device === undefined) {
    return undefined;
  }
  const source = lines.map((line) => /^source (\S+) dev /.exec(line)?.[1]).find((text) => text !== undefined);
  const isKept = NO_NEXT_HOP.has(nextHop) && !DEFAULTS.has(destination);
  return {
    ...(isKept ? { kind: 'kept', range: destination } : { kind: 'leaves' }),
    interface: device.trim(),
    ...(source === undefined ? {} : { source }),
  };
}

/**
 * @param lines of the part `route`. @param target canonical.
 * @returns undefined where the system did not say, and then nothing is concluded.
 */
export function readOwnWay(lines: readonly string[], target: string): OwnWay | undefined {
  const said = lines.map((line) => line.trim()).filter((line) => line !== '');
  return onLinux(said, target) ?? onWindows(said);
}
