import { type Block, type Family, familyOf } from './address.ts';
import type { Host, Network, NetworkInterface, NetworkRoute, NetworkTable } from './types.ts';

/** What `ip -batch` takes so that a namespace forwards as a VPC does. Pure. */

const HOSTS_TABLE = 100;
const SUBNET_TABLES = 1000;

export interface Machine {
  readonly host: Host;
  readonly interface: NetworkInterface;
  readonly namespace: string;
  /** The router's end of its link. */
  readonly link: string;
}

export interface Router {
  readonly vpcId: string;
  readonly namespace: string;
  readonly machines: readonly Machine[];
  /** The router's ends of its peering links, by peering. */
  readonly peeringLinks: Map<string, string>;
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

/** All routes and rules of a router: each instance's packets go by the table of its subnet. */
export function routerLines(network: Network, router: Router, families: readonly Family[]) {
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

/** The addresses of a machine, and its way out. */
export function machineLines(machine: Machine, families: readonly Family[]) {
  const addresses = machine.interface.addresses.flatMap((address) => {
    const family = familyOf(address);
    return family === undefined || !families.includes(family)
      ? []
      : [
          {
            family,
            line: `addr add ${address}/${family === 'ipv4' ? 32 : 128} dev eth0${family === 'ipv6' ? ' nodad' : ''}`,
          },
        ];
  });
  return [...addresses, ...families.map((family) => ({ family, line: 'route add default dev eth0' }))];
}
