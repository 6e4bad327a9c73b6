import { type Family, familyOf, sameAddress } from './address.ts';
import { CLIENT_PORT, connect, type Echo, echo } from './deliver.ts';
import { allowForwarding, applyLines, joinLinks, NamespaceError } from './iproute.ts';
import { carriedBetween, INTERFACE_MTU, mtuOf } from './packet-size.ts';
import { type Machine, machineLines, type Router, routerLines } from './router-lines.ts';
import type { Host, Network, NetworkInterface } from './types.ts';

export interface Asking {
  readonly network: Network;
  readonly host: Host;
  readonly destination: string;
  /** TCP ports of the destination that are asked, beside pings. */
  readonly ports: readonly number[];
  /** The program, and its arguments, that asks. */
  readonly command: readonly string[];
}

/** VPCs that a request or its answer may get to: those of the source's peerings, and of theirs. */
function reachableVpcs(network: Network, vpcId: string): readonly string[] {
  const found = new Set([vpcId]);
  for (const _hop of ['request', 'answer']) {
    for (const { status, vpcIds } of network.peerings.values()) {
      if (status === 'active' && vpcIds.some((each) => found.has(each))) {
        vpcIds.forEach((each) => {
          found.add(each);
        });
      }
    }
  }
  return [...found].filter((each) => network.vpcs.has(each));
}

export interface NamespaceNetworkOptions {
  readonly families: readonly Family[];
  /** Makes a namespace whose name ends so, and answers its name. */
  makeNamespace(suffix: string): Promise<string>;
}

/** The routers and instances that one program's packets, and their answers, may meet. */
export class NamespaceNetwork {
  readonly #asked: Asking;
  readonly #options: NamespaceNetworkOptions;
  readonly #from: NetworkInterface;

  /** @throws NamespaceError when the host has no interface. */
  constructor(asked: Asking, options: NamespaceNetworkOptions) {
    const from = asked.host.interfaces[0];
    if (from === undefined) {
      throw new NamespaceError(`${asked.host.instanceId} has no interface.`);
    }
    this.#asked = asked;
    this.#options = options;
    this.#from = from;
  }

  /**
   * @returns the namespace of the host that asks, and all routers.
   * @throws NamespaceError
   */
  async build(): Promise<{ readonly source: string; readonly routers: readonly Router[] }> {
    const { network, host } = this.#asked;
    const routers: Router[] = [];
    for (const [index, vpcId] of reachableVpcs(network, this.#from.vpcId).entries()) {
      routers.push(await this.#makeRouter(vpcId, index));
    }
    await this.#joinPeerings(routers);
    for (const router of routers) {
      await applyLines(router.namespace, routerLines(network, router, this.#options.families));
    }
    await this.#applyFilters(routers);
    const source = routers
      .flatMap(({ machines }) => machines)
      .find((each) => each.host.instanceId === host.instanceId);
    if (source === undefined) {
      throw new NamespaceError(`${host.instanceId} is not running.`);
    }
    return { source: source.namespace, routers };
  }

  async #makeRouter(vpcId: string, index: number): Promise<Router> {
    const machines = await this.#makeMachines(vpcId, index);
    const namespace = await this.#options.makeNamespace(`r${index}`);
    await allowForwarding(namespace);
    for (const machine of machines) {
      await joinLinks(
        { namespace, link: machine.link, mtu: INTERFACE_MTU },
        { namespace: machine.namespace, link: 'eth0', mtu: mtuOf(machine.host) },
      );
      await applyLines(machine.namespace, machineLines(machine, this.#options.families));
    }
    return { vpcId, namespace, machines, peeringLinks: new Map() };
  }

  /** The running instances of a VPC that ask or are asked. */
  async #makeMachines(vpcId: string, index: number): Promise<readonly Machine[]> {
    const machines: Machine[] = [];
    for (const { host, own } of this.#askingOrAsked(vpcId)) {
      const number = machines.length;
      const namespace = await this.#options.makeNamespace(`h${index}.${number}`);
      machines.push({ host, interface: own, namespace, link: `h${number}` });
    }
    return machines;
  }

  #askingOrAsked(vpcId: string): readonly { readonly host: Host; readonly own: NetworkInterface }[] {
    const { network, destination } = this.#asked;
    const wanted = [destination, ...this.#from.addresses];
    return [...network.hosts.values()]
      .filter(({ state }) => state === 'running')
      .flatMap((host) => {
        const own = host.interfaces.find(
          (one) =>
            one.vpcId === vpcId &&
            one.addresses.some((address) => wanted.some((other) => sameAddress(address, other))),
        );
        return own === undefined ? [] : [{ host, own }];
      });
  }

  /** Links for the peerings that are active. */
  async #joinPeerings(routers: readonly Router[]): Promise<void> {
    const { network } = this.#asked;
    let number = 0;
    for (const { peeringId, status, vpcIds: pair } of network.peerings.values()) {
      const [one, other] = pair.map((vpcId) => routers.find((router) => router.vpcId === vpcId));
      if (status === 'active' && one !== undefined && other !== undefined) {
        const link = `p${number}`;
        number += 1;
        // The end that is farther from the source drops what is too large: a nearer one would answer that it is.
        const [near, far] = other.vpcId === this.#from.vpcId ? [other, one] : [one, other];
        await joinLinks(
          { namespace: near.namespace, link, mtu: INTERFACE_MTU },
          { namespace: far.namespace, link, mtu: carriedBetween(network, near, far) },
        );
        one.peeringLinks.set(peeringId, link);
        other.peeringLinks.set(peeringId, link);
      }
    }
  }

  /** What the model's groups and ACLs drop, the router on that packet's way drops. */
  async #applyFilters(routers: readonly Router[]): Promise<void> {
    const { network, host, destination, ports } = this.#asked;
    const icmp = familyOf(destination) === 'ipv6' ? 'ipv6-icmp' : 'icmp';
    await this.#dropAt(routers, echo(network, host.instanceId, destination), () => `ipproto ${icmp}`);
    for (const port of ports) {
      const outcome = connect(network, host.instanceId, destination, {
        protocol: 'tcp',
        port,
        clientPort: CLIENT_PORT,
      });
      await this.#dropAt(
        routers,
        outcome,
        (direction) => `ipproto tcp ${direction === 'request' ? 'dport' : 'sport'} ${port}`,
      );
    }
  }

  /** @param packets how `ip rule` calls those that go in that direction. */
  async #dropAt(
    routers: readonly Router[],
    outcome: Echo,
    packets: (direction: 'request' | 'answer') => string,
  ): Promise<void> {
    if (outcome.answered || outcome.direction === 'none' || !/-(group|acl)$/.test(outcome.at)) {
      return;
    }
    const { host, destination } = this.#asked;
    const family = familyOf(destination) ?? 'ipv4';
    const from = host.interfaces[0]?.addresses.find((address) => familyOf(address) === family) ?? '';
    const [near, far] = outcome.direction === 'request' ? [from, destination] : [destination, from];
    const line = `to ${far} ${packets(outcome.direction)} type blackhole`;
    for (const { namespace, machines } of routers) {
      for (const machine of machines.filter((each) =>
        each.interface.addresses.some((own) => sameAddress(own, near)),
      )) {
        await applyLines(namespace, [{ family, line: `rule add pref 50 iif ${machine.link} ${line}` }]);
      }
    }
  }
}
