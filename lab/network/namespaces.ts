import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import { type Block, familyOf, sameAddress } from './address.ts';
import { CLIENT_PORT, connect, type Echo, echo } from './deliver.ts';
import { type Listener, startListener } from './listener.ts';
import { carriedBetween, INTERFACE_MTU, mtuOf } from './packet-size.ts';
import { listensAt } from './software.ts';
import type { Host, Network, NetworkInterface, NetworkRoute, NetworkTable } from './types.ts';

/**
 * The modelled network as a real one: a network namespace for each VPC's router and each instance, joined by veth
 * pairs, with the kernel forwarding by the route tables' routes, and a listener for each TCP port that something listens at.
 * Security groups and network ACLs stay the model's: what they drop is dropped by a rule on the router.
 */

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

class NamespaceError extends Error {
  override readonly name = 'NamespaceError';
}

/** @param started is told of the process, which then leads a group of its own, to end it before its time. */
function run(
  command: string,
  args: readonly string[],
  { input = '', started }: { readonly input?: string; readonly started?: (child: ChildProcess) => void } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 60_000,
      env: { ...process.env, LC_ALL: 'C' },
      detached: started !== undefined,
    });
    started?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    // The program may end before it has read everything; its exit code tells.
    child.stdin.once('error', () => {});
    child.once('close', (code) => resolve({ stdout, stderr, exitCode: code ?? 1 }));
    child.stdin.end(input);
  });
}

/** @throws NamespaceError with what `ip` said. */
async function ip(args: readonly string[], lines: readonly string[] = []): Promise<void> {
  const all = lines.length === 0 ? args : [...args, '-batch', '-'];
  const { exitCode, stderr } = await run('ip', all, { input: lines.map((line) => `${line}\n`).join('') });
  if (exitCode !== 0) {
    throw new NamespaceError(`ip ${all.join(' ')} failed: ${stderr.trim()}`);
  }
}

/** With all that it started. */
function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) {
    process.kill(-pid, 'SIGKILL');
  }
}

const PREFIX = 'vpa-';
const NAME = /^vpa-(\d+)-\S+/;

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Of labs that were killed. */
function removeLeftovers(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const line of stdout.split('\n')) {
    const [name, pid] = NAME.exec(line) ?? [];
    if (name !== undefined && !isAlive(Number(pid))) {
      spawnSync('ip', ['netns', 'delete', name]);
    }
  }
}

const PROBE_NAME = `${PREFIX}${process.pid}-probe`;

/**
 * Tries out whether this machine lets us make namespaces, links between them and policy rules.
 *
 * @returns undefined if so, else one line saying what is missing.
 */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return `network namespaces are Linux's, and this is ${process.platform}.`;
  }
  if (process.getuid?.() !== 0) {
    return 'network namespaces need root.';
  }
  try {
    removeLeftovers();
    await ip(['netns', 'add', PROBE_NAME]);
    try {
      await ip(
        ['-n', PROBE_NAME],
        [
          'link set lo up',
          'link add h0 type veth peer name h1',
          'rule add pref 200 lookup 100',
          'route add blackhole default table 100',
        ],
      );
      await allowForwarding(PROBE_NAME);
      const { exitCode, stderr } = await run('ip', [
        ...['netns', 'exec', PROBE_NAME, 'ping', '-n', '-c', '1', '-W', '1', '127.0.0.1'],
      ]);
      return exitCode === 0 ? undefined : `ping does not run in a namespace: ${stderr.trim()}`;
    } finally {
      await ip(['netns', 'delete', PROBE_NAME]);
    }
  } catch (error) {
    return `this machine does not allow network namespaces, or lacks iproute2 or ping: ${messageOf(error)}`;
  }
}

const FORWARDING = [
  '/proc/sys/net/ipv4/ip_forward',
  '/proc/sys/net/ipv6/conf/all/forwarding',
  // Answers may come another way than requests go: that is what is tried out.
  '/proc/sys/net/ipv4/conf/all/rp_filter',
];

async function allowForwarding(namespace: string): Promise<void> {
  const script = FORWARDING.filter((path) => existsSync(path))
    .map((path) => `echo ${path.endsWith('rp_filter') ? 0 : 1} > ${path}`)
    .join(' && ');
  const { exitCode, stderr } = await run('ip', ['netns', 'exec', namespace, 'sh', '-c', script]);
  if (exitCode !== 0) {
    throw new NamespaceError(`Forwarding could not be switched on: ${stderr.trim()}`);
  }
}

/** Both ends of every link have it, and no link asks for addresses: whatever is sent into one end arrives. */
const HARDWARE_ADDRESS = '02:00:00:00:00:01';
const HOSTS_TABLE = 100;
const SUBNET_TABLES = 1000;

interface Machine {
  readonly host: Host;
  readonly interface: NetworkInterface;
  readonly namespace: string;
  /** The router's end of its link. */
  readonly link: string;
}

interface Router {
  readonly vpcId: string;
  readonly namespace: string;
  readonly machines: readonly Machine[];
  /** The router's ends of its peering links, by peering. */
  readonly peeringLinks: ReadonlyMap<string, string>;
}

function textOf({ address, prefix }: Block): string {
  return `${address.toNormalizedString()}/${prefix}`;
}

const METRICS = { static: 10, 'prefix-list': 20, propagated: 30 } as const;

function routeLine(route: NetworkRoute, table: number, router: Router): string {
  const end = `${textOf(route.block)} table ${table} metric ${METRICS[route.source]}`;
  const { target } = route;
  if (target.kind === 'local') {
    // Leaves this table, for the one with the VPC's own hosts.
    return `route add throw ${end}`;
  }
  const link = target.kind === 'peering' ? router.peeringLinks.get(target.peeringId) : undefined;
  // Nothing is modelled behind other targets, and a peering that is not active takes nothing.
  return link === undefined
    ? `route add blackhole ${end}`
    : `route add ${textOf(route.block)} dev ${link} table ${table} metric ${METRICS[route.source]}`;
}

/** The lowest preference of all routes: what no route takes is dropped without a word, as in a VPC. */
const LAST = 4_000_000;

function tableLines(
  table: NetworkTable | undefined,
  number: number,
  router: Router,
  families: readonly Family[],
) {
  const seen = new Set<string>();
  const routes = (table?.routes ?? []).filter((route) => {
    const key = `${textOf(route.block)} ${route.source}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
  return families.flatMap((family) => [
    ...routes
      .filter(({ block }) => block.address.kind() === family)
      .map((route) => ({ family, line: routeLine(route, number, router) })),
    { family, line: `route add blackhole default table ${number} metric ${LAST}` },
  ]);
}

type Family = 'ipv4' | 'ipv6';

function routerLines(network: Network, router: Router, families: readonly Family[]) {
  const lines = families.flatMap((family) => [
    { family, line: `rule add pref 200 lookup ${HOSTS_TABLE}` },
    { family, line: `route add blackhole default table ${HOSTS_TABLE} metric ${LAST}` },
  ]);
  router.machines.forEach((machine, index) => {
    const number = SUBNET_TABLES + index;
    const subnet = network.subnets.get(machine.interface.subnetId);
    const table = subnet?.tableId === undefined ? undefined : network.tables.get(subnet.tableId);
    lines.push(
      ...machine.interface.addresses.flatMap((address) => {
        const family = familyOf(address);
        return family === undefined || !families.includes(family)
          ? []
          : [{ family, line: `route add ${address} dev ${machine.link} table ${HOSTS_TABLE}` }];
      }),
      ...families.map((family) => ({
        family,
        line: `rule add pref 100 iif ${machine.link} lookup ${number}`,
      })),
      ...tableLines(table, number, router, families),
    );
  });
  return lines;
}

export interface Asking {
  readonly network: Network;
  readonly host: Host;
  readonly destination: string;
  /** TCP ports of the destination that are asked, beside pings. */
  readonly ports: readonly number[];
  /** The program, and its arguments, that asks. */
  readonly command: readonly string[];
}

export interface Namespaces {
  /**
   * Runs a program on the host.
   *
   * @throws NamespaceError when the namespaces cannot be made; none is left then.
   */
  run(asked: Asking): Promise<Ran>;
  /** Removes what is left of programs under way. */
  stop(): void;
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

interface LinkEnd {
  readonly namespace: string;
  readonly link: string;
  /** The largest packet that it sends, and that it takes. */
  readonly mtu: number;
}

export function createNamespaces(): Namespaces {
  const made = new Set<string>();
  const listeners = new Set<Listener>();
  const running = new Set<ChildProcess>();
  let asked = 0;

  function removeAll(): void {
    for (const child of running) {
      endGroup(child);
    }
    for (const listener of listeners) {
      listener.stop();
    }
    listeners.clear();
    for (const name of made) {
      spawnSync('ip', ['netns', 'delete', name]);
    }
    made.clear();
  }
  process.once('exit', removeAll);

  async function makeNamespace(name: string): Promise<void> {
    made.add(name);
    await ip(['netns', 'add', name]);
    await ip(['-n', name, 'link', 'set', 'lo', 'up']);
  }

  async function removeNamespace(name: string): Promise<void> {
    if (!made.has(name)) {
      return;
    }
    await ip(['netns', 'delete', name]);
    made.delete(name);
  }

  /** Two ends of a veth pair. What is larger than its receiving end takes is dropped without a word. */
  async function join(one: LinkEnd, other: LinkEnd): Promise<void> {
    await ip([
      ...['-n', one.namespace, 'link', 'add', one.link, 'address', HARDWARE_ADDRESS, 'type', 'veth'],
      ...['peer', 'name', other.link, 'address', HARDWARE_ADDRESS, 'netns', other.namespace],
    ]);
    for (const { namespace, link, mtu } of [one, other]) {
      await ip(['-n', namespace], [`link set ${link} mtu ${mtu} arp off`, `link set ${link} up`]);
    }
  }

  async function apply(namespace: string, lines: readonly { family: Family; line: string }[]): Promise<void> {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const own = lines.filter((each) => each.family === family).map(({ line }) => line);
      if (own.length > 0) {
        await ip([...(family === 'ipv6' ? ['-6'] : []), '-n', namespace], own);
      }
    }
  }

  async function build(asked: Asking, name: string, families: readonly Family[], names: string[]) {
    const { network, host, destination } = asked;
    const from = host.interfaces[0];
    if (from === undefined) {
      throw new NamespaceError(`${host.instanceId} has no interface.`);
    }
    const make = async (suffix: string) => {
      const namespace = `${name}${suffix}`;
      names.push(namespace);
      await makeNamespace(namespace);
      return namespace;
    };
    const wanted = [destination, ...from.addresses];
    const vpcIds = reachableVpcs(network, from.vpcId);
    const links = new Map<string, Map<string, string>>(vpcIds.map((vpcId) => [vpcId, new Map()]));
    const routers: Router[] = [];
    for (const [index, vpcId] of vpcIds.entries()) {
      const machines: Machine[] = [];
      const running = [...network.hosts.values()].filter(({ state }) => state === 'running');
      for (const each of running) {
        const own = each.interfaces.find(
          (one) =>
            one.vpcId === vpcId &&
            one.addresses.some((address) => wanted.some((other) => sameAddress(address, other))),
        );
        if (own !== undefined) {
          const number = machines.length;
          const namespace = await make(`h${index}.${number}`);
          machines.push({ host: each, interface: own, namespace, link: `h${number}` });
        }
      }
      const namespace = await make(`r${index}`);
      await allowForwarding(namespace);
      for (const machine of machines) {
        await join(
          { namespace, link: machine.link, mtu: INTERFACE_MTU },
          { namespace: machine.namespace, link: 'eth0', mtu: mtuOf(machine.host) },
        );
        await apply(
          machine.namespace,
          machine.interface.addresses.flatMap((address) => {
            const family = familyOf(address);
            return family === undefined || !families.includes(family)
              ? []
              : [
                  {
                    family,
                    line: `addr add ${address}/${family === 'ipv4' ? 32 : 128} dev eth0${family === 'ipv6' ? ' nodad' : ''}`,
                  },
                ];
          }),
        );
        await apply(
          machine.namespace,
          families.map((family) => ({ family, line: 'route add default dev eth0' })),
        );
      }
      routers.push({ vpcId, namespace, machines, peeringLinks: links.get(vpcId) ?? new Map() });
    }
    let number = 0;
    for (const { peeringId, status, vpcIds: pair } of network.peerings.values()) {
      const [one, other] = pair.map((vpcId) => routers.find((router) => router.vpcId === vpcId));
      if (status === 'active' && one !== undefined && other !== undefined) {
        const link = `p${number}`;
        number += 1;
        // The end that is farther from the source drops what is too large: a nearer one would answer that it is.
        const [near, far] = other.vpcId === from.vpcId ? [other, one] : [one, other];
        await join(
          { namespace: near.namespace, link, mtu: INTERFACE_MTU },
          { namespace: far.namespace, link, mtu: carriedBetween(network, near, far) },
        );
        links.get(one.vpcId)?.set(peeringId, link);
        links.get(other.vpcId)?.set(peeringId, link);
      }
    }
    for (const router of routers) {
      await apply(router.namespace, routerLines(network, router, families));
    }
    await applyFilters(asked, routers);
    const source = routers
      .flatMap(({ machines }) => machines)
      .find((each) => each.host.instanceId === host.instanceId);
    if (source === undefined) {
      throw new NamespaceError(`${host.instanceId} is not running.`);
    }
    return { source: source.namespace, routers };
  }

  async function dropAt(
    routers: readonly Router[],
    { host, destination }: Asking,
    outcome: Echo,
    packets: (direction: 'request' | 'answer') => string,
  ) {
    if (outcome.answered || outcome.direction === 'none' || !/-(group|acl)$/.test(outcome.at)) {
      return;
    }
    const family = familyOf(destination) ?? 'ipv4';
    const from = host.interfaces[0]?.addresses.find((address) => familyOf(address) === family) ?? '';
    const [near, far] = outcome.direction === 'request' ? [from, destination] : [destination, from];
    const line = `to ${far} ${packets(outcome.direction)} type blackhole`;
    for (const { namespace, machines } of routers) {
      for (const machine of machines.filter((each) =>
        each.interface.addresses.some((own) => sameAddress(own, near)),
      )) {
        await apply(namespace, [{ family, line: `rule add pref 50 iif ${machine.link} ${line}` }]);
      }
    }
  }

  /** What the model's groups and ACLs drop, the router on that packet's way drops. */
  async function applyFilters(asked: Asking, routers: readonly Router[]) {
    const { network, host, destination, ports } = asked;
    const icmp = familyOf(destination) === 'ipv6' ? 'ipv6-icmp' : 'icmp';
    await dropAt(routers, asked, echo(network, host.instanceId, destination), () => `ipproto ${icmp}`);
    for (const port of ports) {
      const outcome = connect(network, host.instanceId, destination, {
        protocol: 'tcp',
        port,
        clientPort: CLIENT_PORT,
      });
      await dropAt(
        routers,
        asked,
        outcome,
        (direction) => `ipproto tcp ${direction === 'request' ? 'dport' : 'sport'} ${port}`,
      );
    }
  }

  /** At every machine with the destination's address. */
  async function listen({ destination, ports }: Asking, routers: readonly Router[], mine: Set<Listener>) {
    const targets = routers
      .flatMap(({ machines }) => machines)
      .filter((each) => each.interface.addresses.some((own) => sameAddress(own, destination)));
    for (const { namespace, host } of targets) {
      const open = ports.filter((port) => listensAt(host, port));
      if (open.length > 0) {
        const listener = await startListener(namespace, destination, open);
        mine.add(listener);
        listeners.add(listener);
      }
    }
  }

  return {
    async run(asking) {
      asked += 1;
      const families: Family[] = existsSync('/proc/sys/net/ipv6') ? ['ipv4', 'ipv6'] : ['ipv4'];
      const names: string[] = [];
      const mine = new Set<Listener>();
      try {
        const { source, routers } = await build(asking, `${PREFIX}${process.pid}-${asked}`, families, names);
        await listen(asking, routers, mine);
        return await run('ip', ['netns', 'exec', source, ...asking.command], {
          started: (child) => {
            running.add(child);
            child.once('close', () => running.delete(child));
          },
        });
      } finally {
        for (const listener of mine) {
          listener.stop();
          listeners.delete(listener);
        }
        for (const name of names) {
          await removeNamespace(name);
        }
      }
    },
    stop() {
      process.off('exit', removeAll);
      removeAll();
    },
  };
}
