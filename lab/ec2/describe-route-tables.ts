import { BadRequest } from '../router.ts';
import { DEFAULT_ACCOUNT_ID, type LabRoute } from '../types.ts';
import type { Ec2Action } from './call.ts';
import { exactBlock } from './cidr.ts';
import { type Filter, type FilterFields, filterTest, readFilters, validateFilterNames } from './filters.ts';
import { numbered } from './moto.ts';
import { pageOf } from './paging.ts';
import type { RouteTables } from './route-tables.ts';
import { answer, items, list, tagsIn, text, type XmlNode } from './xml.ts';

/** Filter names of DescribeRouteTables that look at one field of each route. */
const ROUTE_FIELDS: Readonly<Record<string, string>> = {
  'route.destination-cidr-block': 'destinationCidrBlock',
  'route.destination-ipv6-cidr-block': 'destinationIpv6CidrBlock',
  'route.destination-prefix-list-id': 'destinationPrefixListId',
  'route.egress-only-internet-gateway-id': 'egressOnlyInternetGatewayId',
  'route.gateway-id': 'gatewayId',
  'route.instance-id': 'instanceId',
  'route.nat-gateway-id': 'natGatewayId',
  'route.origin': 'origin',
  'route.state': 'state',
  'route.transit-gateway-id': 'transitGatewayId',
  'route.vpc-peering-connection-id': 'vpcPeeringConnectionId',
};
const ASSOCIATION_FIELDS: Readonly<Record<string, string>> = {
  'association.gateway-id': 'gatewayId',
  'association.main': 'main',
  'association.route-table-association-id': 'routeTableAssociationId',
  'association.route-table-id': 'routeTableId',
  'association.subnet-id': 'subnetId',
};
const TABLE_FIELDS: Readonly<Record<string, string>> = {
  'owner-id': 'ownerId',
  'route-table-id': 'routeTableId',
  'vpc-id': 'vpcId',
};
const FILTERS = [ROUTE_FIELDS, ASSOCIATION_FIELDS, TABLE_FIELDS].flatMap((fields) => Object.keys(fields));

function fieldsOf(table: XmlNode): FilterFields {
  const fields: Record<string, (string | undefined)[]> = {};
  for (const [name, element] of Object.entries(TABLE_FIELDS)) {
    fields[name] = [text(table, element)];
  }
  for (const [names, set] of [
    [ROUTE_FIELDS, 'routeSet'],
    [ASSOCIATION_FIELDS, 'associationSet'],
  ] as const) {
    const members = items(table, set);
    for (const [name, element] of Object.entries(names)) {
      fields[name] = members.map((member) => text(member, element));
    }
  }
  return fields;
}

/** Lets moto leave out what cannot pass: it is slow with many tags. */
function narrowingOf(ids: readonly string[], filters: readonly Filter[]): Record<string, string> {
  const exact = filters.find(
    ({ name, values }) => name === 'vpc-id' && values.every((value) => !/[*?\\]/.test(value)),
  );
  return {
    ...numbered('RouteTableId', ids),
    ...(exact === undefined
      ? {}
      : { 'Filter.1.Name': exact.name, ...numbered('Filter.1.Value', exact.values) }),
  };
}

/** Filters and pages that moto lacks. */
export function createDescribeRouteTables(routeTables: RouteTables): Ec2Action {
  return async ({ request, form }) => {
    const filters = readFilters(form);
    validateFilterNames(filters, FILTERS);
    const ids = form.list('RouteTableId');
    const tables = await routeTables.read(request, narrowingOf(ids, filters));
    const passes = filterTest(filters);
    const page = pageOf(
      tables.filter((table) => passes(fieldsOf(table), tagsIn(table, 'tagSet'))),
      (table) => text(table, 'routeTableId') ?? '',
      { form, limits: { least: 5, most: 100 }, asked: [JSON.stringify(filters), ...ids] },
    );
    return answer(form.action, {
      routeTableSet: list(page.members),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    });
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `POST /_lab/ec2/propagate {routeTableId, destination, gatewayId, accountId?, region?}` */
export function propagateRoute(routeTables: RouteTables): LabRoute {
  return {
    method: 'POST',
    path: '/_lab/ec2/propagate',
    handle({ body }) {
      const fields = isRecord(body) ? body : {};
      const word = (name: string, otherwise?: string): string => {
        const value = fields[name] ?? otherwise;
        if (typeof value !== 'string' || value === '') {
          throw new BadRequest(`${name} is missing. Expected {routeTableId, destination, gatewayId}.`);
        }
        return value;
      };
      const destination = exactBlock(word('destination'));
      if (destination === undefined) {
        throw new BadRequest(`${JSON.stringify(word('destination'))} is not a CIDR block.`);
      }
      const route = {
        routeTableId: word('routeTableId'),
        destination: destination.text,
        gatewayId: word('gatewayId'),
        accountId: word('accountId', DEFAULT_ACCOUNT_ID),
        region: word('region', 'us-east-1'),
      };
      routeTables.propagate(route);
      return route;
    },
  };
}
