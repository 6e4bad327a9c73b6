import type { Place } from '../types.ts';
import { canonical, destinationOf } from './destinations.ts';
import { type AskMoto, numbered } from './moto.ts';
import type { PeeringCode } from './peering-life.ts';
import type { Vpcs } from './vpcs.ts';
import { items, list, text, type Xml, type XmlNode } from './xml.ts';

/** A route that a virtual private gateway is said to have propagated. */
export interface PropagatedRoute extends Place {
  readonly routeTableId: string;
  readonly destination: string;
  readonly gatewayId: string;
}

export interface RouteTablesOptions {
  readonly ask: AskMoto;
  readonly vpcs: Vpcs;
  readonly peeringCode: (peeringId: string) => PeeringCode | undefined;
  /** Makes sure that `peeringCode` knows the place's peerings. */
  readonly discoverPeerings: (place: Place) => Promise<unknown>;
}

/** Route tables as EC2 shows them: moto's, with the states and the routes that moto doesn't have. */
export interface RouteTables {
  /** @param narrowing parameters that moto understands; all of a place's tables by default. */
  read(place: Place, narrowing?: Readonly<Record<string, string>>): Promise<readonly XmlNode[]>;
  propagate(route: PropagatedRoute): void;
}

export function tableById(routeTableId: string): Readonly<Record<string, string>> {
  return numbered('RouteTableId', [routeTableId]);
}

export function isLocal(route: XmlNode): boolean {
  return text(route, 'gatewayId') === 'local';
}

export function isPropagated(route: XmlNode): boolean {
  return text(route, 'origin') === 'EnableVgwRoutePropagation';
}

export function createRouteTables({
  ask,
  vpcs,
  peeringCode,
  discoverPeerings,
}: RouteTablesOptions): RouteTables {
  const propagated: PropagatedRoute[] = [];

  function withState(route: XmlNode): XmlNode {
    const peeringId = text(route, 'vpcPeeringConnectionId');
    return peeringId === undefined
      ? route
      : { ...route, state: peeringCode(peeringId) === 'active' ? 'active' : 'blackhole' };
  }

  async function complete(table: XmlNode, place: Place): Promise<XmlNode> {
    const routeTableId = text(table, 'routeTableId') ?? '';
    const vpc = await vpcs.find({ ...place, vpcId: text(table, 'vpcId') ?? '' });
    const own = new Set(vpc ? [...vpc.ipv4, ...vpc.ipv6].map(canonical) : []);
    const kept = items(table, 'routeSet')
      // moto leaves the local route of a CIDR that was taken from the VPC.
      .filter((route) => !isLocal(route) || vpc === undefined || own.has(canonical(destinationOf(route))))
      .map(withState);
    const taken = new Set(kept.map((route) => canonical(destinationOf(route))));
    const learnt = propagated
      .filter(
        (route) =>
          route.routeTableId === routeTableId &&
          route.accountId === place.accountId &&
          route.region === place.region &&
          !taken.has(route.destination),
      )
      .map(
        ({ destination, gatewayId }): XmlNode => ({
          [destination.includes(':') ? 'destinationIpv6CidrBlock' : 'destinationCidrBlock']: destination,
          gatewayId,
          origin: 'EnableVgwRoutePropagation',
          state: 'active',
        }),
      );
    const gateways = [...new Set(learnt.map((route) => text(route, 'gatewayId') ?? ''))];
    const routeSet: Xml = list([...kept, ...learnt]);
    return {
      ...table,
      routeSet,
      propagatingVgwSet: list([
        ...items(table, 'propagatingVgwSet'),
        ...gateways.map((gatewayId) => ({ gatewayId })),
      ]),
    };
  }

  return {
    async read({ accountId, region }, narrowing = {}) {
      const place = { accountId, region };
      const [answered] = await Promise.all([
        ask(place, { Action: 'DescribeRouteTables', ...narrowing }),
        discoverPeerings(place),
      ]);
      return Promise.all(items(answered, 'routeTableSet').map((table) => complete(table, place)));
    },
    propagate(route) {
      propagated.push(route);
    },
  };
}

/** Gateways that send their own traffic by this table: such a table takes no peering routes. */
export function gatewayAssociations(table: XmlNode): readonly string[] {
  return items(table, 'associationSet').flatMap((association) => text(association, 'gatewayId') ?? []);
}
