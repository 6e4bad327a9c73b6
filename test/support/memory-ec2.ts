import type { RegionInventory } from '../../lib/model/inventory.ts';
import type { PeerSubnets } from '../../lib/model/peer-subnets.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { contains, parseCidr } from '../../lib/network/cidr.ts';
import type { RouteEc2, RouteKey, RouteWrite } from '../../lib/ports/route-ec2.ts';

/** One Region of one account, as it is at a moment. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
  readonly vpcs: readonly Vpc[];
  readonly peerings: readonly Peering[];
  readonly tables: readonly RouteTable[];
  readonly prefixLists?: readonly PrefixList[];
  /** By VPC. */
  readonly peerSubnets?: Readonly<Record<string, PeerSubnets>>;
}

export interface Call {
  readonly operation: 'readTable' | 'createRoute' | 'replaceRoute' | 'deleteRoute';
  readonly routeTableId: string;
  readonly destination?: string;
  readonly peeringId?: string;
}

/** Where in a call a fault strikes: before EC2 does anything, or after it did everything. */
export type Fault = { readonly when: 'before' | 'after'; readonly error: Error };

export interface MemoryEc2Options {
  /** Routes that a table takes beside its local ones, for each address family. */
  readonly routesPerTable?: number;
  /** EC2 is not known to refuse a CreateRoute that repeats an identical route; both answers are possible. */
  readonly repeatedCreate?: 'refused' | 'accepted';
  /** Asked before each call, with its number from 0. */
  readonly faultAt?: (call: Call, index: number) => Fault | undefined;
  /** Told of the whole state after each write. */
  readonly onWrite?: (call: Call, account: Account) => void;
}

export interface MemoryEc2 extends RouteEc2 {
  readonly calls: readonly Call[];
  /** Calls that would change something. */
  readonly writes: readonly Call[];
  account(): Account;
  inventory(): RegionInventory;
  /** Somebody else changes a table. */
  edit(routeTableId: string, edit: (routes: readonly Route[]) => readonly Route[]): void;
}

/** An error as the SDK throws it. */
export function awsError(name: string, message: string, status = 400): Error {
  return Object.assign(new Error(message), { name, Code: name, $metadata: { httpStatusCode: status } });
}

const FORBIDDEN = ['169.254.168.0/22', 'fd00:ec2::/32'].map(parseCidr);

function isPropagated({ origin }: Route): boolean {
  return origin === 'EnableVgwRoutePropagation' || origin === 'Advertisement';
}

function familyOf(destination: string): string {
  return destination.startsWith('pl-') ? 'prefix-list' : destination.includes(':') ? 'ipv6' : 'ipv4';
}

/** An EC2 that refuses what EC2 refuses of routes, with EC2's codes. Route states follow from their peerings. */
export function createMemoryEc2(start: Account, options: MemoryEc2Options = {}): MemoryEc2 {
  const limit = options.routesPerTable ?? 500;
  const repeatedCreate = options.repeatedCreate ?? 'refused';
  const peerings = new Map(start.peerings.map((peering) => [peering.peeringId, peering]));
  const vpcs = new Map(start.vpcs.map((vpc) => [vpc.vpcId, vpc]));
  const tables = new Map(start.tables.map((table) => [table.routeTableId, table]));
  const calls: Call[] = [];
  const writes: Call[] = [];

  function shown(route: Route): Route {
    if (route.target.kind !== 'peering') return route;
    return { ...route, state: peerings.get(route.target.id)?.status === 'active' ? 'active' : 'blackhole' };
  }

  function tableAsShown(table: RouteTable): RouteTable {
    return { ...table, routes: table.routes.map(shown) };
  }

  function account(): Account {
    return { ...start, tables: [...tables.values()].map(tableAsShown) };
  }

  function tableOf(routeTableId: string): RouteTable {
    const table = tables.get(routeTableId);
    if (table === undefined) {
      throw awsError('InvalidRouteTableID.NotFound', `The routeTable ID '${routeTableId}' does not exist`);
    }
    return table;
  }

  function staticIndex(table: RouteTable, destination: string): number {
    return table.routes.findIndex((route) => route.destination === destination && !isPropagated(route));
  }

  function checkTarget(table: RouteTable, { destination, peeringId }: RouteWrite): void {
    const peering = peerings.get(peeringId);
    if (peering === undefined) {
      throw awsError(
        'InvalidVpcPeeringConnectionID.NotFound',
        `The vpcPeeringConnection ID '${peeringId}' does not exist`,
      );
    }
    if (peering.requester.vpcId !== table.vpcId && peering.accepter.vpcId !== table.vpcId) {
      throw awsError('InvalidParameterValue', `${peeringId} does not belong to ${table.vpcId}`);
    }
    if (table.associations.some(({ gatewayId }) => gatewayId !== undefined)) {
      throw awsError('InvalidParameterValue', 'a gateway route table takes no peering routes');
    }
    const cidr = parseCidr(destination);
    const own = vpcs.get(table.vpcId)?.cidrs.map(parseCidr) ?? [];
    const refused = [...own, ...FORBIDDEN].find((block) => contains(block, cidr));
    if (refused) {
      throw awsError('InvalidParameterValue', `${destination} is equal to or inside ${refused.text}`);
    }
  }

  async function through(call: Call, run: () => void): Promise<void> {
    const fault = options.faultAt?.(call, calls.length);
    calls.push(call);
    // Other work may go on while a call is on its way.
    await Promise.resolve();
    if (fault?.when === 'before') throw fault.error;
    run();
    if (call.operation !== 'readTable') {
      writes.push(call);
      options.onWrite?.(call, account());
    }
    if (fault?.when === 'after') throw fault.error;
  }

  /** What a route counts against the quota of a family. */
  function counts(destination: string, family: string): number {
    if (familyOf(destination) !== 'prefix-list') {
      return familyOf(destination) === family ? 1 : 0;
    }
    const list = start.prefixLists?.find(({ prefixListId }) => prefixListId === destination);
    const [first] = list?.cidrs ?? [];
    const counted = first === undefined || familyOf(first) === family;
    return counted ? (list?.maxEntries ?? list?.cidrs?.length ?? 1) : 0;
  }

  function put(table: RouteTable, routes: readonly Route[]): void {
    tables.set(table.routeTableId, { ...table, routes });
  }

  return {
    calls,
    writes,
    account,
    inventory: () => ({
      accountId: start.accountId,
      region: start.region,
      peerings: start.peerings,
      vpcs: new Map(start.vpcs.map((vpc) => [vpc.vpcId, vpc])),
      tables: account().tables,
      ...(start.prefixLists === undefined
        ? {}
        : { prefixLists: new Map(start.prefixLists.map((list) => [list.prefixListId, list])) }),
      ...(start.peerSubnets === undefined ? {} : { peerSubnets: new Map(Object.entries(start.peerSubnets)) }),
    }),
    edit(routeTableId, edit) {
      const table = tableOf(routeTableId);
      put(table, edit(table.routes));
    },
    async readTable(_region, routeTableId) {
      let table: RouteTable | undefined;
      await through({ operation: 'readTable', routeTableId }, () => {
        table = tables.get(routeTableId);
      });
      return table === undefined ? undefined : tableAsShown(table);
    },
    createRoute: (write: RouteWrite) =>
      through(
        {
          operation: 'createRoute',
          routeTableId: write.routeTableId,
          destination: write.destination,
          peeringId: write.peeringId,
        },
        () => {
          const table = tableOf(write.routeTableId);
          checkTarget(table, write);
          const existing = table.routes[staticIndex(table, write.destination)];
          if (existing !== undefined) {
            if (repeatedCreate === 'accepted' && existing.target.id === write.peeringId) return;
            throw awsError(
              'RouteAlreadyExists',
              `The route identified by ${write.destination} already exists.`,
            );
          }
          const family = familyOf(write.destination);
          const used = table.routes
            .filter((route) => !isPropagated(route) && route.target.kind !== 'local')
            .reduce((sum, { destination }) => sum + counts(destination, family), 0);
          if (used >= limit) {
            throw awsError('RouteLimitExceeded', `The maximum number of routes (${limit}) has been reached.`);
          }
          put(table, [
            ...table.routes,
            {
              destination: write.destination,
              target: { kind: 'peering', id: write.peeringId },
              state: 'active',
              origin: 'CreateRoute',
            },
          ]);
        },
      ),
    replaceRoute: (write: RouteWrite) =>
      through(
        {
          operation: 'replaceRoute',
          routeTableId: write.routeTableId,
          destination: write.destination,
          peeringId: write.peeringId,
        },
        () => {
          const table = tableOf(write.routeTableId);
          checkTarget(table, write);
          const index = staticIndex(table, write.destination);
          if (index < 0) {
            throw awsError(
              'InvalidParameterValue',
              `There is no route defined for '${write.destination}' in the route table.`,
            );
          }
          put(
            table,
            table.routes.map((route, at) =>
              at === index
                ? { ...route, target: { kind: 'peering', id: write.peeringId }, state: 'active' }
                : route,
            ),
          );
        },
      ),
    deleteRoute: (key: RouteKey) =>
      through(
        { operation: 'deleteRoute', routeTableId: key.routeTableId, destination: key.destination },
        () => {
          const table = tableOf(key.routeTableId);
          const index = staticIndex(table, key.destination);
          const route = table.routes[index];
          if (route === undefined) {
            throw awsError(
              'InvalidRoute.NotFound',
              `no route with destination-cidr-block ${key.destination}`,
            );
          }
          if (route.target.kind === 'local') {
            throw awsError('InvalidParameterValue', `cannot remove local route ${key.destination}`);
          }
          put(
            table,
            table.routes.filter((_, at) => at !== index),
          );
        },
      ),
  };
}
