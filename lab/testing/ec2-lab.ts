import {
  AssociateVpcCidrBlockCommand,
  CreateRouteTableCommand,
  CreateVpcCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { type CallCounts, createCallCounts } from '../calls.ts';
import { createClock } from '../clock.ts';
import { createEc2Overlay } from '../ec2/overlay.ts';
import { createEventHistory } from '../event-history.ts';
import { createMotoPort } from '../forward.ts';
import { startGateway } from '../gateway.ts';
import { startMoto } from '../moto.ts';
import { createPrincipals } from '../principals.ts';
import type { LabClock, LabContext, LabRequest, LabResponse, NewEvent, Place } from '../types.ts';

/** moto, the gateway and the EC2 overlay: nothing else of the lab. */

export interface Emitted {
  readonly event: NewEvent;
  readonly place: Place;
}

export interface Ec2Lab {
  readonly url: string;
  readonly clock: LabClock;
  readonly emitted: Emitted[];
  readonly calls: Pick<CallCounts, 'all' | 'reset'>;
  /** The root user of an account. */
  client(accountId: string, region?: string): EC2Client;
  /** `POST` to one of the lab's own paths. */
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  stop(): Promise<void>;
}

export const REGION = 'us-east-1';

/**
 * @param options.throttledRoles IAM paths of the roles that the setting `throttling` is about; default: none.
 * @param options.watch is shown every call with its answer.
 */
export async function startEc2Lab(
  options: {
    readonly throttledRoles?: readonly string[];
    readonly watch?: (request: LabRequest, response: LabResponse) => void;
  } = {},
): Promise<Ec2Lab> {
  const moto = await startMoto({ progress: () => {}, log: () => {} });
  const port = createMotoPort(moto.url);
  const clock = createClock();
  const emitted: Emitted[] = [];
  const calls = createCallCounts();
  const history = createEventHistory({ clock, emit: (event, place) => emitted.push({ event, place }) });
  const context: LabContext = {
    call: port.call,
    emit: history.emit,
    clock,
    log: () => {},
  };
  const gateway = await startGateway({
    port: 0,
    forward: port.forward,
    principals: createPrincipals(),
    overlays: { ec2: createEc2Overlay(context, options), cloudtrail: history.overlay },
    layers: [
      calls.layer,
      async (request, next) => {
        const response = await next(request);
        options.watch?.(request, response);
        return response;
      },
    ],
    routes: [],
    log: () => {},
  });
  const clients: EC2Client[] = [];
  return {
    url: gateway.url,
    clock,
    emitted,
    calls,
    client(accountId, region = REGION) {
      const client = new EC2Client({
        endpoint: gateway.url,
        region,
        credentials: { accessKeyId: accountId, secretAccessKey: 'test' },
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    async post(path, body) {
      const response = await fetch(`${gateway.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    },
    async stop() {
      for (const client of clients) {
        client.destroy();
      }
      await gateway.stop();
      await moto.stop();
    },
  };
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`EC2 answered without ${what}.`);
  }
  return value;
}

/** @param cidrs the primary one, then secondary ones. */
export async function createVpc(ec2: EC2Client, ...cidrs: readonly [string, ...string[]]): Promise<string> {
  const [primary, ...others] = cidrs;
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: primary }));
  const vpcId = present(Vpc?.VpcId, 'a VPC id');
  for (const CidrBlock of others) {
    await ec2.send(new AssociateVpcCidrBlockCommand({ VpcId: vpcId, CidrBlock }));
  }
  return vpcId;
}

export async function createTable(ec2: EC2Client, vpcId: string): Promise<string> {
  const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
  return present(RouteTable?.RouteTableId, 'a route table id');
}

export async function requestPeering(
  ec2: EC2Client,
  vpcId: string,
  peerVpcId: string,
  more: { readonly PeerOwnerId?: string; readonly PeerRegion?: string } = {},
): Promise<string> {
  const { VpcPeeringConnection: peering } = await ec2.send(
    new CreateVpcPeeringConnectionCommand({ VpcId: vpcId, PeerVpcId: peerVpcId, ...more }),
  );
  return present(peering?.VpcPeeringConnectionId, 'a peering id');
}

/** `undefined` when that account does not see it in that Region. */
export async function seePeering(
  ec2: EC2Client,
  peeringId: string,
): Promise<VpcPeeringConnection | undefined> {
  const { VpcPeeringConnections } = await ec2.send(
    new DescribeVpcPeeringConnectionsCommand({
      Filters: [{ Name: 'vpc-peering-connection-id', Values: [peeringId] }],
    }),
  );
  return VpcPeeringConnections?.[0];
}

export async function codeOf(ec2: EC2Client, peeringId: string): Promise<string | undefined> {
  return (await seePeering(ec2, peeringId))?.Status?.Code;
}

/** The error code of a call that EC2 refuses. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) {
      return error.name;
    }
    throw error;
  }
  return 'not refused';
}
