import type { LabRequest, Place } from '../types.ts';
import { accepted, type Ec2Action, type Ec2Call, notFound } from './call.ts';
import { contains, networkOf } from './cidr.ts';
import { canonical, type Destination, destinationOf, readDestination } from './destinations.ts';
import { Ec2Error } from './errors.ts';
import type { Form } from './form.ts';
import type { AskMoto } from './moto.ts';
import { type PeeringCode, type PeeringEnd, samePlace } from './peering-life.ts';
import type { Peerings } from './peerings.ts';
import { gatewayAssociations, isLocal, isPropagated, type RouteTables, tableById } from './route-tables.ts';
import type { Ec2Settings } from './settings.ts';
import { cidrsOf, type Vpcs } from './vpcs.ts';
import { answer, items, text, type XmlNode } from './xml.ts';

/** Link-local blocks that AWS keeps for its own services. */
const RESERVED = ['169.254.168.0/22', 'fd00:ec2::/32'].flatMap((text) => networkOf(text) ?? []);

/** Targets inside the VPC may take a destination inside the VPC. */
const INNER_TARGETS = ['NetworkInterfaceId', 'InstanceId', 'VpcEndpointId', 'LocalTarget'];

/** Where a route shows the target that a parameter sets. */
const TARGETS: Readonly<Record<string, string>> = {
  VpcPeeringConnectionId: 'vpcPeeringConnectionId',
  GatewayId: 'gatewayId',
  NatGatewayId: 'natGatewayId',
  TransitGatewayId: 'transitGatewayId',
  NetworkInterfaceId: 'networkInterfaceId',
  InstanceId: 'instanceId',
  EgressOnlyInternetGatewayId: 'egressOnlyInternetGatewayId',
};

/** A route to any other peering is refused. */
const ROUTABLE: readonly PeeringCode[] = [
  'initiating-request',
  'pending-acceptance',
  'provisioning',
  'active',
];

export interface RouteActionsOptions {
  readonly routeTables: RouteTables;
  readonly peerings: Peerings;
  readonly vpcs: Vpcs;
  readonly ask: AskMoto;
  readonly settings: Ec2Settings;
}

/** @throws {Ec2Error} InvalidRouteTableID.NotFound */
async function findTable(
  { routeTables }: RouteActionsOptions,
  form: Form,
  request: LabRequest,
): Promise<XmlNode> {
  const routeTableId = form.required('RouteTableId');
  const [table] = await routeTables.read(request, tableById(routeTableId));
  if (table === undefined) {
    throw new Ec2Error('InvalidRouteTableID.NotFound', `The routeTable ID '${routeTableId}' does not exist`);
  }
  return table;
}

function routeIn(table: XmlNode, destination: Destination): XmlNode | undefined {
  return items(table, 'routeSet').find(
    (route) => !isPropagated(route) && canonical(destinationOf(route)) === destination.text,
  );
}

/** What CreateRoute and ReplaceRoute refuse of a destination. */
async function validateDestination(
  { vpcs }: RouteActionsOptions,
  form: Form,
  end: PeeringEnd,
  { block }: Destination,
): Promise<void> {
  if (block === undefined) {
    return;
  }
  if (RESERVED.some((reserved) => contains(reserved, block))) {
    throw new Ec2Error(
      'InvalidParameterValue',
      `The destination CIDR block ${block.text} is reserved for AWS services`,
    );
  }
  const vpc = await vpcs.find(end);
  const inside = vpc !== undefined && cidrsOf(vpc).some((own) => contains(own, block));
  if (inside && !INNER_TARGETS.some((name) => form.get(name) !== undefined)) {
    throw new Ec2Error(
      'InvalidParameterValue',
      `The destination CIDR block ${block.text} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
    );
  }
}

/** What CreateRoute and ReplaceRoute refuse of a peering as a target. */
async function validatePeering(
  { peerings }: RouteActionsOptions,
  form: Form,
  end: PeeringEnd,
  table: XmlNode,
): Promise<void> {
  const peeringId = form.get('VpcPeeringConnectionId');
  if (peeringId === undefined) {
    return;
  }
  const peering = await peerings.find(peeringId, end);
  if (![peering.requester, peering.accepter].some((e) => e.vpcId === end.vpcId && samePlace(e, end))) {
    throw new Ec2Error(
      'InvalidParameterValue',
      `route table ${form.get('RouteTableId')} and peering connection ${peeringId} belong to different networks`,
    );
  }
  if (!ROUTABLE.includes(peerings.status(peering).code)) {
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

/** What CreateRoute and ReplaceRoute both refuse. */
async function validateRoute(
  options: RouteActionsOptions,
  { request: { accountId, region }, form }: Ec2Call,
  table: XmlNode,
  destination: Destination,
): Promise<void> {
  const end = { accountId, region, vpcId: text(table, 'vpcId') ?? '' };
  await validateDestination(options, form, end, destination);
  await validatePeering(options, form, end, table);
}

/** A prefix list counts with the entries that it may have. AWS's own lists don't say how many; one is enough here. */
async function weightOf(
  ask: AskMoto,
  prefixListId: string,
  { accountId, region }: Place,
): Promise<{ readonly family: 'ipv4' | 'ipv6'; readonly routes: number }> {
  const answered = await ask(
    { accountId, region },
    { Action: 'DescribeManagedPrefixLists', 'PrefixListId.1': prefixListId },
  );
  const [prefixList] = items(answered, 'prefixListSet');
  return {
    family: text(prefixList, 'addressFamily') === 'IPv6' ? 'ipv6' : 'ipv4',
    routes: Number(text(prefixList, 'maxEntries') ?? 1),
  };
}

/** IPv4 and IPv6 are counted apart; neither the VPC's own routes nor propagated ones count (VPC quotas). */
async function validateQuota(
  { ask, settings }: RouteActionsOptions,
  table: XmlNode,
  destination: Destination,
  place: Place,
): Promise<void> {
  const used = { ipv4: 0, ipv6: 0 };
  for (const route of items(table, 'routeSet')) {
    const prefixListId = text(route, 'destinationPrefixListId');
    if (prefixListId !== undefined) {
      const { family, routes } = await weightOf(ask, prefixListId, place);
      used[family] += routes;
    } else if (!isLocal(route) && !isPropagated(route)) {
      used[destinationOf(route).includes(':') ? 'ipv6' : 'ipv4'] += 1;
    }
  }
  const added =
    destination.block === undefined
      ? await weightOf(ask, destination.text, place)
      : { family: destination.block.family, routes: 1 };
  if (used[added.family] + added.routes > settings.routesPerTable) {
    throw new Ec2Error('RouteLimitExceeded', 'The maximum number of routes has been reached.');
  }
}

function createRoute(options: RouteActionsOptions): Ec2Action {
  return async (call) => {
    const { request, form, forward } = call;
    const destination = readDestination(form);
    const table = await findTable(options, form, request);
    await validateRoute(options, call, table, destination);
    const existing = routeIn(table, destination);
    if (existing !== undefined) {
      const same = Object.entries(TARGETS).some(
        ([parameter, element]) =>
          form.get(parameter) !== undefined && form.get(parameter) === text(existing, element),
      );
      if (same && options.settings.identicalRoute === 'succeed') {
        return answer(form.action, { return: 'true' });
      }
      throw new Ec2Error('RouteAlreadyExists', `The route identified by ${destination.text} already exists.`);
    }
    await validateQuota(options, table, destination, request);
    await accepted(forward(form.changed(request, { [destination.parameter]: destination.text })));
    return answer(form.action, { return: 'true' });
  };
}

function replaceRoute(options: RouteActionsOptions): Ec2Action {
  return async (call) => {
    const { request, form, forward } = call;
    const destination = readDestination(form);
    const table = await findTable(options, form, request);
    await validateRoute(options, call, table, destination);
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
}

function deleteRoute(options: RouteActionsOptions): Ec2Action {
  return async ({ request, form, forward }) => {
    const destination = readDestination(form);
    const table = await findTable(options, form, request);
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
}

/** CreateRoute, ReplaceRoute and DeleteRoute with what EC2 refuses and moto does not. */
export function createRouteActions(options: RouteActionsOptions): Readonly<Record<string, Ec2Action>> {
  return {
    CreateRoute: createRoute(options),
    ReplaceRoute: replaceRoute(options),
    DeleteRoute: deleteRoute(options),
  };
}
