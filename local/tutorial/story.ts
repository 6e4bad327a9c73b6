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

export function expect(isMet: boolean, otherwise: string): void {
  if (!isMet) {
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

/** By id: the tag Name of the peerings that EC2 shows. */
async function peeringNames(ec2: EC2Client): Promise<ReadonlyMap<string, string>> {
  const { VpcPeeringConnections = [] } = await ec2.send(new DescribeVpcPeeringConnectionsCommand({}));
  return new Map(
    VpcPeeringConnections.map(({ VpcPeeringConnectionId = '', Tags = [] }) => [
      VpcPeeringConnectionId,
      Tags.find(({ Key }) => Key === 'Name')?.Value ?? '',
    ]),
  );
}

export async function tellTables(ec2: EC2Client, tell: Tell, vpcs: readonly TutorialVpc[]): Promise<void> {
  const names = await peeringNames(ec2);
  for (const vpc of vpcs) {
    for (const [kind, id] of [
      ['opted in', vpc.optedInTableId],
      ['plain', vpc.plainTableId],
    ] as const) {
      const { Routes } = await table(ec2, id);
      tell(`  ${vpc.name}  ${id}  (${kind})`);
      for (const route of Routes ?? []) {
        const target = route.VpcPeeringConnectionId ?? route.GatewayId ?? '?';
        const name = names.get(target);
        tell(
          `    ${(route.DestinationCidrBlock ?? '?').padEnd(14)} ${target.padEnd(22)} ${route.State ?? ''}${name ? `  ${name}` : ''}`,
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

/** `VPC-A-to-VPC-B`, as people name peerings. */
export function nameBetween(
  requester: Pick<TutorialVpc, 'name'>,
  accepter: Pick<TutorialVpc, 'name'>,
): string {
  return `${requester.name}-to-${accepter.name}`;
}

/** @param peer the tag Name that the requester gives it, and where the other VPC is if not in the same account and Region. */
export async function request(
  ec2: EC2Client,
  requester: string,
  accepter: string,
  peer: { readonly name?: string; readonly owner?: string; readonly region?: string } = {},
): Promise<string> {
  const { VpcPeeringConnection } = await ec2.send(
    new CreateVpcPeeringConnectionCommand({
      VpcId: requester,
      PeerVpcId: accepter,
      ...(peer.name === undefined
        ? {}
        : {
            TagSpecifications: [
              { ResourceType: 'vpc-peering-connection', Tags: [{ Key: 'Name', Value: peer.name }] },
            ],
          }),
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
