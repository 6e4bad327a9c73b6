import { CidrError, contains, overlaps, parseCidr } from '../../lib/network/cidr.ts';
import { BadRequest } from '../router.ts';
import type { LabRequest, LabRoute } from '../types.ts';
import { DEFAULT_ACCOUNT_ID } from '../types.ts';
import { accepted, type Ec2Action, notFound } from './call.ts';
import { Ec2Error } from './errors.ts';
import { checkFilterNames, type Filter, type FilterFields, filterTest, readFilters } from './filters.ts';
import type { Form } from './form.ts';
import { type AskMoto, numbered } from './moto.ts';
import { pageOf } from './paging.ts';
import { samePlace } from './peering-life.ts';
import type { Peerings } from './peerings.ts';
import {
  canonical,
  destinationOf,
  gatewayAssociations,
  isLocal,
  isPropagated,
  type RouteTables,
  tableById,
} from './route-tables.ts';
import type { Ec2Settings } from './settings.ts';
import { cidrsOf, type Vpcs } from './vpcs.ts';
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

/** Link-local blocks that AWS keeps for its own services. */
const RESERVED = ['169.254.168.0/22', 'fd00:ec2::/32'].map(parseCidr);

/** Targets inside the VPC may take a destination inside the VPC. */
const INNER_TARGETS = ['NetworkInterfaceId', 'InstanceId', 'VpcEndpointId', 'LocalTarget'];

const DESTINATIONS = ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId'] as const;

const TARGETS: Readonly<Record<string, string>> = {
  VpcPeeringConnectionId: 'vpcPeeringConnectionId',
  GatewayId: 'gatewayId',
  NatGatewayId: 'natGatewayId',
  TransitGatewayId: 'transitGatewayId',
  NetworkInterfaceId: 'networkInterfaceId',
  InstanceId: 'instanceId',
  EgressOnlyInternetGatewayId: 'egressOnlyInternetGatewayId',
};

interface Destination {
  readonly parameter: (typeof DESTINATIONS)[number];
  readonly text: string;
}

/** @throws {Ec2Error} unless there is exactly one destination, and it is what it should be. */
function readDestination(form: Form): Destination {
  const given = DESTINATIONS.filter((name) => form.get(name) !== undefined);
  const [parameter] = given;
  if (parameter === undefined || given.length > 1) {
    throw new Ec2Error(
      parameter === undefined ? 'MissingParameter' : 'InvalidParameterCombination',
      'The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock and destinationPrefixListId',
    );
  }
  const value = form.required(parameter);
  if (parameter === 'DestinationPrefixListId') {
    return { parameter, text: value };
  }
  const invalid = () =>
    new Ec2Error(
      'InvalidParameterValue',
      `Value (${value}) for parameter ${parameter.charAt(0).toLowerCase()}${parameter.slice(1)} is invalid. This is not a valid CIDR block.`,
    );
  let canonicalText: string;
  try {
    canonicalText = parseCidr(value).text;
  } catch (error) {
    if (!(error instanceof CidrError)) {
      throw error;
    }
    // EC2 takes 10.1.2.3/16 and means 10.1.0.0/16 by it.
    if (error.suggestion === undefined || !value.includes('/')) {
      throw invalid();
    }
    canonicalText = parseCidr(error.suggestion).text;
  }
  if (canonicalText.includes(':') !== (parameter === 'DestinationIpv6CidrBlock')) {
    throw invalid();
  }
  return { parameter, text: canonicalText };
}

function hasFamily(route: XmlNode, parameter: Destination['parameter']): boolean {
  return (
    text(route, `${parameter.charAt(0).toLowerCase()}${parameter.slice(1)}`) !== undefined &&
    !isPropagated(route)
  );
}

export interface RouteActionsOptions {
  readonly routeTables: RouteTables;
  readonly peerings: Peerings;
  readonly vpcs: Vpcs;
  readonly ask: AskMoto;
  readonly settings: Ec2Settings;
}

export function createRouteActions({
  routeTables,
  peerings,
  vpcs,
  ask,
  settings,
}: RouteActionsOptions): Readonly<Record<string, Ec2Action>> {
  /** @throws {Ec2Error} InvalidRouteTableID.NotFound */
  async function findTable(form: Form, request: LabRequest): Promise<XmlNode> {
    const routeTableId = form.required('RouteTableId');
    const [table] = await routeTables.read(request, tableById(routeTableId));
    if (table === undefined) {
      throw new Ec2Error(
        'InvalidRouteTableID.NotFound',
        `The routeTable ID '${routeTableId}' does not exist`,
      );
    }
    return table;
  }

  function routeIn(table: XmlNode, destination: Destination): XmlNode | undefined {
    return items(table, 'routeSet').find(
      (route) => !isPropagated(route) && canonical(destinationOf(route)) === destination.text,
    );
  }

  /** What CreateRoute and ReplaceRoute both refuse. */
  async function checkRoute(
    form: Form,
    request: LabRequest,
    table: XmlNode,
    destination: Destination,
  ): Promise<void> {
    const vpcId = text(table, 'vpcId') ?? '';
    if (destination.parameter !== 'DestinationPrefixListId') {
      const cidr = parseCidr(destination.text);
      if (RESERVED.some((block) => contains(block, cidr))) {
        throw new Ec2Error(
          'InvalidParameterValue',
          `The destination CIDR block ${cidr.text} is reserved for AWS services`,
        );
      }
      const vpc = await vpcs.find({ accountId: request.accountId, region: request.region, vpcId });
      const inside = vpc !== undefined && cidrsOf(vpc).some((own) => contains(own, cidr));
      if (inside && !INNER_TARGETS.some((name) => form.get(name) !== undefined)) {
        throw new Ec2Error(
          'InvalidParameterValue',
          `The destination CIDR block ${cidr.text} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
        );
      }
    }
    const peeringId = form.get('VpcPeeringConnectionId');
    if (peeringId === undefined) {
      return;
    }
    const peering = await peerings.find(peeringId, request);
    const ends = [peering.requester, peering.accepter];
    if (!ends.some((end) => end.vpcId === vpcId && samePlace(end, request))) {
      throw new Ec2Error(
        'InvalidParameterValue',
        `route table ${form.get('RouteTableId')} and peering connection ${peeringId} belong to different networks`,
      );
    }
    const { code } = peerings.status(peering);
    if (!['initiating-request', 'pending-acceptance', 'provisioning', 'active'].includes(code)) {
      throw notFound('vpcPeeringConnection', peeringId);
    }
    const gateways = gatewayAssociations(table);
    if (gateways.length > 0) {
      throw new Ec2Error(
        'InvalidParameterValue',
        `${form.get('RouteTableId')} is associated with ${gateways.join(', ')} and takes no route to a VPC peering connection`,
      );
    }
  }

  async function prefixListSize(prefixListId: string, request: LabRequest): Promise<number> {
    const answered = await ask(request, {
      Action: 'DescribeManagedPrefixLists',
      'PrefixListId.1': prefixListId,
    });
    return Number(text(items(answered, 'prefixListSet')[0] ?? {}, 'maxEntries') ?? 1);
  }

  /** A prefix list counts with the entries that it may have, in its own family; one is enough for AWS's own lists. */
  async function checkQuota(table: XmlNode, destination: Destination, request: LabRequest): Promise<void> {
    if (destination.parameter === 'DestinationPrefixListId') {
      return;
    }
    const routes = items(table, 'routeSet');
    let used = routes.filter((route) => hasFamily(route, destination.parameter)).length;
    for (const route of routes) {
      const prefixListId = text(route, 'destinationPrefixListId');
      if (prefixListId !== undefined && destination.parameter === 'DestinationCidrBlock') {
        used += await prefixListSize(prefixListId, request);
      }
    }
    if (used >= settings.routesPerTable) {
      throw new Ec2Error('RouteLimitExceeded', 'The maximum number of routes has been reached.');
    }
  }

  const createRoute: Ec2Action = async ({ request, form, forward }) => {
    const destination = readDestination(form);
    const table = await findTable(form, request);
    await checkRoute(form, request, table, destination);
    const existing = routeIn(table, destination);
    if (existing !== undefined) {
      const same = Object.entries(TARGETS).some(
        ([parameter, element]) =>
          form.get(parameter) !== undefined && form.get(parameter) === text(existing, element),
      );
      if (same && settings.identicalRoute === 'succeed') {
        return answer(form.action, { return: 'true' });
      }
      throw new Ec2Error('RouteAlreadyExists', `The route identified by ${destination.text} already exists.`);
    }
    await checkQuota(table, destination, request);
    await accepted(forward(form.changed(request, { [destination.parameter]: destination.text })));
    return answer(form.action, { return: 'true' });
  };

  const replaceRoute: Ec2Action = async ({ request, form, forward }) => {
    const destination = readDestination(form);
    const table = await findTable(form, request);
    await checkRoute(form, request, table, destination);
    const existing = routeIn(table, destination);
    if (existing === undefined) {
      throw new Ec2Error(
        'InvalidParameterValue',
        `There is no route defined for '${destination.text}' in the route table. Use CreateRoute instead.`,
      );
    }
    await accepted(forward(form.changed(request, { [destination.parameter]: destinationOf(existing) })));
    return answer(form.action, { return: 'true' });
  };

  const deleteRoute: Ec2Action = async ({ request, form, forward }) => {
    const destination = readDestination(form);
    const table = await findTable(form, request);
    const existing = routeIn(table, destination);
    if (existing === undefined) {
      throw new Ec2Error(
        'InvalidRoute.NotFound',
        `no route with destination-cidr-block ${destination.text} in route table ${form.get('RouteTableId')}`,
      );
    }
    if (isLocal(existing)) {
      throw new Ec2Error(
        'InvalidParameterValue',
        `cannot remove local route ${destination.text} in route table ${form.get('RouteTableId')}`,
      );
    }
    await accepted(forward(form.changed(request, { [destination.parameter]: destinationOf(existing) })));
    return answer(form.action, { return: 'true' });
  };

  const describe: Ec2Action = async ({ request, form }) => {
    const filters = readFilters(form);
    checkFilterNames(filters, FILTERS);
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

  /** A new CIDR must not take over what the VPC's tables route elsewhere, nor overlap a peer. */
  const associateCidr: Ec2Action = async ({ request, form, forward }) => {
    const { accountId, region } = request;
    const end = { accountId, region, vpcId: form.required('VpcId') };
    const asked = form.get('CidrBlock');
    const vpc = await vpcs.find(end);
    if (asked !== undefined && vpc !== undefined) {
      let added: ReturnType<typeof parseCidr>;
      try {
        added = parseCidr(asked);
      } catch (error) {
        throw new Ec2Error(
          'InvalidParameterValue',
          `Value (${asked}) for parameter cidrBlock is invalid. ${error instanceof Error ? error.message : ''}`,
        );
      }
      const refuse = (why: string) =>
        new Ec2Error('InvalidVpc.Range', `The CIDR '${added.text}' is invalid: ${why}`);
      const own = cidrsOf(vpc).find((block) => overlaps(block, added));
      if (own !== undefined) {
        throw refuse(`it overlaps ${own.text} of ${vpc.vpcId}`);
      }
      const tables = await routeTables.read(request, {
        'Filter.1.Name': 'vpc-id',
        'Filter.1.Value.1': vpc.vpcId,
      });
      for (const table of tables) {
        for (const route of items(table, 'routeSet')) {
          const destination = destinationOf(route);
          if (!isLocal(route) && destination.includes('/') && contains(added, parseCidr(destination))) {
            throw refuse(`it equals or contains ${destination}, a route of ${text(table, 'routeTableId')}`);
          }
        }
      }
      await peerings.visible(request);
      for (const record of peerings.ofVpc(end, ['pending-acceptance', 'provisioning', 'active'])) {
        const requesting = record.requester.vpcId === end.vpcId && samePlace(record.requester, end);
        if (peerings.status(record).code === 'pending-acceptance') {
          if (requesting) {
            throw new Ec2Error(
              'OperationNotPermitted',
              `${end.vpcId} takes no CIDR while its request ${record.peeringId} is pending acceptance`,
            );
          }
          continue;
        }
        const peer = await vpcs.find(requesting ? record.accepter : record.requester);
        const theirs = peer && cidrsOf(peer).find((block) => overlaps(block, added));
        if (theirs !== undefined) {
          throw refuse(`it overlaps ${theirs.text} of ${peer?.vpcId}, peered by ${record.peeringId}`);
        }
      }
    }
    return accepted(forward(request));
  };

  return {
    CreateRoute: createRoute,
    ReplaceRoute: replaceRoute,
    DeleteRoute: deleteRoute,
    DescribeRouteTables: describe,
    AssociateVpcCidrBlock: associateCidr,
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
      const given = isRecord(body) ? body : {};
      const word = (name: string, otherwise?: string): string => {
        const value = given[name] ?? otherwise;
        if (typeof value !== 'string' || value === '') {
          throw new BadRequest(`${name} is missing. Expected {routeTableId, destination, gatewayId}.`);
        }
        return value;
      };
      const destination = word('destination');
      try {
        parseCidr(destination);
      } catch (error) {
        throw new BadRequest(error instanceof Error ? error.message : String(error));
      }
      const route = {
        routeTableId: word('routeTableId'),
        destination: parseCidr(destination).text,
        gatewayId: word('gatewayId'),
        accountId: word('accountId', DEFAULT_ACCOUNT_ID),
        region: word('region', 'us-east-1'),
      };
      routeTables.propagate(route);
      return route;
    },
  };
}
