import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
  type EC2Client,
  ModifyVpcPeeringConnectionOptionsCommand,
  RejectVpcPeeringConnectionCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { AwsCallError } from './call-error.ts';
import type { Ec2Clients } from './ec2-clients.ts';

/** `observed`: the policy says `mode: observe`, so nothing was called. */
export type WriteOutcome = 'done' | 'observed';

/** One call that changes something in EC2, as it is logged. */
export interface Write {
  readonly action: string;
  readonly region: string;
  readonly resource: string;
  readonly arguments: Readonly<Record<string, string>>;
}

export interface Ec2Writer {
  /** @param region the accepter VPC's Region: EC2 refuses an accept from anywhere else. */
  acceptPeering(region: string, peeringId: string): Promise<WriteOutcome>;
  rejectPeering(region: string, peeringId: string): Promise<WriteOutcome>;
  /** @param region of a side of this account. */
  deletePeering(region: string, peeringId: string): Promise<WriteOutcome>;
  /** Tags a peering or a route table. */
  tag(region: string, resourceId: string, tags: Readonly<Record<string, string>>): Promise<WriteOutcome>;
  createRoute(
    region: string,
    routeTableId: string,
    destination: string,
    peeringId: string,
  ): Promise<WriteOutcome>;
  replaceRoute(
    region: string,
    routeTableId: string,
    destination: string,
    peeringId: string,
  ): Promise<WriteOutcome>;
  deleteRoute(region: string, routeTableId: string, destination: string): Promise<WriteOutcome>;
  /** Lets the VPC at the other end resolve the private DNS names of these sides, or stops it. */
  setDnsResolution(
    region: string,
    peeringId: string,
    sides: readonly ('requester' | 'accepter')[],
    resolution: 'allowed' | 'refused',
  ): Promise<WriteOutcome>;
}

/** Lets a write through to EC2 in its Region, or keeps it. */
export type Door = (write: Write, call: (ec2: EC2Client) => Promise<unknown>) => Promise<WriteOutcome>;

function peeringWrites(
  through: Door,
): Pick<Ec2Writer, 'acceptPeering' | 'rejectPeering' | 'deletePeering' | 'setDnsResolution'> {
  return {
    acceptPeering: (region, peeringId) =>
      through({ action: 'AcceptVpcPeeringConnection', region, resource: peeringId, arguments: {} }, (ec2) =>
        ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId })),
      ),
    rejectPeering: (region, peeringId) =>
      through({ action: 'RejectVpcPeeringConnection', region, resource: peeringId, arguments: {} }, (ec2) =>
        ec2.send(new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId })),
      ),
    deletePeering: (region, peeringId) =>
      through({ action: 'DeleteVpcPeeringConnection', region, resource: peeringId, arguments: {} }, (ec2) =>
        ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId })),
      ),
    setDnsResolution: (region, peeringId, sides, resolution) => {
      const options = { AllowDnsResolutionFromRemoteVpc: resolution === 'allowed' };
      return through(
        {
          action: 'ModifyVpcPeeringConnectionOptions',
          region,
          resource: peeringId,
          arguments: { sides: sides.join(' and '), dnsResolution: resolution },
        },
        (ec2) =>
          ec2.send(
            new ModifyVpcPeeringConnectionOptionsCommand({
              VpcPeeringConnectionId: peeringId,
              ...(sides.includes('requester') ? { RequesterPeeringConnectionOptions: options } : {}),
              ...(sides.includes('accepter') ? { AccepterPeeringConnectionOptions: options } : {}),
            }),
          ),
      );
    },
  };
}

function destinationFields(
  destination: string,
): { DestinationCidrBlock: string } | { DestinationIpv6CidrBlock: string } {
  return destination.includes(':')
    ? { DestinationIpv6CidrBlock: destination }
    : { DestinationCidrBlock: destination };
}

function routeWrites(through: Door): Pick<Ec2Writer, 'createRoute' | 'replaceRoute' | 'deleteRoute'> {
  return {
    createRoute: (region, routeTableId, destination, peeringId) =>
      through(
        { action: 'CreateRoute', region, resource: routeTableId, arguments: { destination, peeringId } },
        (ec2) =>
          ec2.send(
            new CreateRouteCommand({
              RouteTableId: routeTableId,
              ...destinationFields(destination),
              VpcPeeringConnectionId: peeringId,
            }),
          ),
      ),
    replaceRoute: (region, routeTableId, destination, peeringId) =>
      through(
        { action: 'ReplaceRoute', region, resource: routeTableId, arguments: { destination, peeringId } },
        (ec2) =>
          ec2.send(
            new ReplaceRouteCommand({
              RouteTableId: routeTableId,
              ...destinationFields(destination),
              VpcPeeringConnectionId: peeringId,
            }),
          ),
      ),
    deleteRoute: (region, routeTableId, destination) =>
      through({ action: 'DeleteRoute', region, resource: routeTableId, arguments: { destination } }, (ec2) =>
        ec2.send(new DeleteRouteCommand({ RouteTableId: routeTableId, ...destinationFields(destination) })),
      ),
  };
}

function tagWrites(through: Door): Pick<Ec2Writer, 'tag'> {
  return {
    tag: (region, resourceId, tags) =>
      through({ action: 'CreateTags', region, resource: resourceId, arguments: tags }, (ec2) =>
        ec2.send(
          new CreateTagsCommand({
            Resources: [resourceId],
            Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
          }),
        ),
      ),
  };
}

export interface DoorOptions {
  readonly mode: 'enforce' | 'observe';
  readonly onWrite: (write: Write, outcome: WriteOutcome) => void;
}

/**
 * The one door through which everything in EC2 is changed. It says what became of each call, and in observe mode
 * makes none.
 */
export function createDoor(clients: Ec2Clients, options: DoorOptions): Door {
  return async (write, call) => {
    if (options.mode === 'observe') {
      options.onWrite(write, 'observed');
      return 'observed';
    }
    try {
      await call(clients.forRegion(write.region));
    } catch (error) {
      throw new AwsCallError(write.action, write.region, write.resource, error);
    }
    options.onWrite(write, 'done');
    return 'done';
  };
}

/** All that is changed of peerings that are there, and of routes. */
export function createEc2Writer(clients: Ec2Clients, options: DoorOptions): Ec2Writer {
  const through = createDoor(clients, options);
  return { ...peeringWrites(through), ...routeWrites(through), ...tagWrites(through) };
}
