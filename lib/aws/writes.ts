import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteRouteCommand,
  ModifyVpcPeeringConnectionOptionsCommand,
  RejectVpcPeeringConnectionCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { AwsCallError } from './call-error.ts';
import type { Ec2Clients } from './ec2-clients.ts';

/** `observed`: the policy says `mode: observe`, so nothing was called. */
export type WriteOutcome = 'done' | 'observed';

/** One call that changes something in EC2, as it is logged before it is made. */
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
  /** Lets the remote VPC resolve this side's private DNS names, or stops it. */
  setDnsResolution(
    region: string,
    peeringId: string,
    side: 'requester' | 'accepter',
    resolution: 'allowed' | 'refused',
  ): Promise<WriteOutcome>;
}

function destinationFields(
  destination: string,
): { DestinationCidrBlock: string } | { DestinationIpv6CidrBlock: string } {
  return destination.includes(':')
    ? { DestinationIpv6CidrBlock: destination }
    : { DestinationCidrBlock: destination };
}

/**
 * The one door through which everything in EC2 is changed. It logs each call before it is made,
 * and in observe mode makes none.
 */
export function createEc2Writer(
  clients: Ec2Clients,
  options: {
    readonly mode: 'enforce' | 'observe';
    readonly onWrite: (write: Write, outcome: WriteOutcome) => void;
  },
): Ec2Writer {
  async function through(write: Write, call: () => Promise<unknown>): Promise<WriteOutcome> {
    if (options.mode === 'observe') {
      options.onWrite(write, 'observed');
      return 'observed';
    }
    try {
      await call();
    } catch (error) {
      throw new AwsCallError(write.action, write.region, write.resource, error);
    }
    options.onWrite(write, 'done');
    return 'done';
  }

  return {
    acceptPeering: (region, peeringId) =>
      through({ action: 'AcceptVpcPeeringConnection', region, resource: peeringId, arguments: {} }, () =>
        clients
          .forRegion(region)
          .send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId })),
      ),
    rejectPeering: (region, peeringId) =>
      through({ action: 'RejectVpcPeeringConnection', region, resource: peeringId, arguments: {} }, () =>
        clients
          .forRegion(region)
          .send(new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId })),
      ),
    tag: (region, resourceId, tags) =>
      through({ action: 'CreateTags', region, resource: resourceId, arguments: tags }, () =>
        clients.forRegion(region).send(
          new CreateTagsCommand({
            Resources: [resourceId],
            Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
          }),
        ),
      ),
    createRoute: (region, routeTableId, destination, peeringId) =>
      through(
        { action: 'CreateRoute', region, resource: routeTableId, arguments: { destination, peeringId } },
        () =>
          clients.forRegion(region).send(
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
        () =>
          clients.forRegion(region).send(
            new ReplaceRouteCommand({
              RouteTableId: routeTableId,
              ...destinationFields(destination),
              VpcPeeringConnectionId: peeringId,
            }),
          ),
      ),
    deleteRoute: (region, routeTableId, destination) =>
      through({ action: 'DeleteRoute', region, resource: routeTableId, arguments: { destination } }, () =>
        clients
          .forRegion(region)
          .send(new DeleteRouteCommand({ RouteTableId: routeTableId, ...destinationFields(destination) })),
      ),
    setDnsResolution: (region, peeringId, side, resolution) => {
      const options = { AllowDnsResolutionFromRemoteVpc: resolution === 'allowed' };
      return through(
        {
          action: 'ModifyVpcPeeringConnectionOptions',
          region,
          resource: peeringId,
          arguments: { side, dnsResolution: resolution },
        },
        () =>
          clients.forRegion(region).send(
            new ModifyVpcPeeringConnectionOptionsCommand({
              VpcPeeringConnectionId: peeringId,
              ...(side === 'requester'
                ? { RequesterPeeringConnectionOptions: options }
                : { AccepterPeeringConnectionOptions: options }),
            }),
          ),
      );
    },
  };
}
