import {
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  type EC2Client,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { TAG_PREFIX, type TutorialVpc } from './world.ts';

/** Where a step says what it does while it does it. */
export type Tell = (line: string) => void;

export interface Step {
  readonly name: string;
  /**
   * @returns one sentence about what was seen.
   * @throws StepFailed when what was seen is not what the step promises.
   */
  run(): Promise<string>;
}

class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

/** Longer than any of this takes; a step that waits so long has failed. */
const PATIENCE_MS = 90_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) {
      return found;
    }
    if (Date.now() > deadline) {
      throw new StepFailed(`Waited ${PATIENCE_MS / 1000} s, and ${what} did not happen.`);
    }
    await pause(100);
  }
}

export function expect(holds: boolean, otherwise: string): void {
  if (!holds) {
    throw new StepFailed(otherwise);
  }
}

export function indented(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
}

export async function table(ec2: EC2Client, routeTableId: string): Promise<RouteTable> {
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [routeTableId] }));
  const found = RouteTables?.[0];
  if (found === undefined) {
    throw new StepFailed(`EC2 does not show ${routeTableId}.`);
  }
  return found;
}

export async function routeTo(ec2: EC2Client, routeTableId: string, destination: string) {
  const { Routes } = await table(ec2, routeTableId);
  return Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === destination);
}

export async function tellTables(ec2: EC2Client, tell: Tell, vpcs: readonly TutorialVpc[]): Promise<void> {
  for (const vpc of vpcs) {
    for (const [kind, id] of [
      ['opted in', vpc.optedInTableId],
      ['plain', vpc.plainTableId],
    ] as const) {
      const { Routes } = await table(ec2, id);
      tell(`  ${vpc.name}  ${id}  (${kind})`);
      for (const route of Routes ?? []) {
        const target = route.VpcPeeringConnectionId ?? route.GatewayId ?? '?';
        tell(
          `    ${(route.DestinationCidrBlock ?? '?').padEnd(18)} ${target.padEnd(22)} ${route.State ?? ''}`,
        );
      }
    }
  }
}

export async function peering(ec2: EC2Client, peeringId: string) {
  const { VpcPeeringConnections } = await ec2.send(
    new DescribeVpcPeeringConnectionsCommand({
      Filters: [{ Name: 'vpc-peering-connection-id', Values: [peeringId] }],
    }),
  );
  return VpcPeeringConnections?.[0];
}

export async function request(
  ec2: EC2Client,
  requester: string,
  accepter: string,
  peer: { readonly owner?: string; readonly region?: string } = {},
): Promise<string> {
  const { VpcPeeringConnection } = await ec2.send(
    new CreateVpcPeeringConnectionCommand({
      VpcId: requester,
      PeerVpcId: accepter,
      ...(peer.owner === undefined ? {} : { PeerOwnerId: peer.owner }),
      ...(peer.region === undefined ? {} : { PeerRegion: peer.region }),
    }),
  );
  const id = VpcPeeringConnection?.VpcPeeringConnectionId;
  if (id === undefined) {
    throw new StepFailed('EC2 answered the request without a peering id.');
  }
  return id;
}

export async function tagOf(ec2: EC2Client, peeringId: string, key: string): Promise<string | undefined> {
  const found = await peering(ec2, peeringId);
  return found?.Tags?.find(({ Key }) => Key === `${TAG_PREFIX}:${key}`)?.Value;
}
