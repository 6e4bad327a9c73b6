import type { EC2Client, Filter, RouteTable, Vpc, VpcPeeringConnection } from '@aws-sdk/client-ec2';
import { createNetworkReader } from '../../lib/aws/reads.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { routeEc2 } from '../../lib/passes/sync-writer.ts';
import { OWN, PEER, policyOf, REGION } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { decideRequests, syncRoutes, unhurried } from '../support/passes.ts';

/** Answers of EC2 of which an item cannot be understood: nothing may be called fine that it could be about. */

const PCX = 'pcx-1';
const REQUEST = 'pcx-2';
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

interface Account {
  readonly vpcs: Vpc[];
  readonly peerings: VpcPeeringConnection[];
  readonly tables: RouteTable[];
}

const side = (OwnerId: string, VpcId: string, CidrBlock: string) => ({
  OwnerId,
  Region: REGION,
  VpcId,
  CidrBlock,
});

/** One peering with its route in place. */
function account(): Account {
  return {
    vpcs: [{ VpcId: 'vpc-a', OwnerId: OWN, CidrBlock: '10.1.0.0/16' }],
    peerings: [
      {
        VpcPeeringConnectionId: PCX,
        Status: { Code: 'active' },
        RequesterVpcInfo: side(PEER, 'vpc-b', '10.2.0.0/16'),
        AccepterVpcInfo: side(OWN, 'vpc-a', '10.1.0.0/16'),
      },
    ],
    tables: [
      {
        RouteTableId: 'rtb-1',
        VpcId: 'vpc-a',
        Tags: [{ Key: 'peering-autopilot:routes', Value: '*' }],
        Routes: [
          {
            DestinationCidrBlock: '10.2.0.0/16',
            VpcPeeringConnectionId: PCX,
            State: 'active',
            Origin: 'CreateRoute',
          },
        ],
      },
    ],
  };
}

const request: VpcPeeringConnection = {
  VpcPeeringConnectionId: REQUEST,
  Status: { Code: 'pending-acceptance' },
  RequesterVpcInfo: side(PEER, 'vpc-c', '10.3.0.0/16'),
  AccepterVpcInfo: { OwnerId: OWN, Region: REGION, VpcId: 'vpc-a' },
};

/** A table of which a route has no destination that this version knows. */
const strange: RouteTable = { RouteTableId: 'rtb-2', VpcId: 'vpc-a', Routes: [{ GatewayId: 'igw-1' }] };
const PROBLEM = 'EC2 answered without the destination of a route in rtb-2; the answer is not used.';

function ec2(from: Account): EC2Client {
  const send = async (command: {
    readonly constructor: { readonly name: string };
    readonly input: { readonly Filters?: readonly Filter[] };
  }) => {
    const statuses = command.input.Filters?.find(({ Name }) => Name === 'status-code')?.Values;
    switch (command.constructor.name) {
      case 'DescribeRouteTablesCommand':
        return { RouteTables: from.tables };
      case 'DescribeVpcPeeringConnectionsCommand':
        return {
          VpcPeeringConnections: from.peerings.filter(
            ({ Status }) => statuses === undefined || statuses.includes(Status?.Code ?? ''),
          ),
        };
      default:
        return { Vpcs: from.vpcs };
    }
  };
  return { send } as unknown as EC2Client;
}

function world(from: Account) {
  const aws = createMemoryAws({ peerings: [], vpcs: [], tables: [] });
  const client = ec2(from);
  const warnings: Readonly<Record<string, unknown>>[] = [];
  const journal = {
    ...aws.journal,
    warn: (message: string, fields: Readonly<Record<string, unknown>>) =>
      warnings.push({ message, ...fields }),
  };
  const given = {
    ...aws,
    journal,
    // As in a warm function, one reader serves every pass.
    reader: createNetworkReader({ forRegion: () => client }, () => undefined),
    accountId: OWN,
    policy: policyOf(),
    managedRegions: [REGION],
    pace: unhurried,
    now: () => new Date('2026-03-01T12:00:00Z'),
  };
  return { aws, given, warnings };
}

it('a table that cannot be understood is not judged, in the summary and the log, until it can be', async () => {
  const from = account();
  from.tables.push(strange);
  const { given, warnings } = world(from);
  expect(await syncRoutes(sweep, given)).toMatchObject([{ findings: 0, notJudged: 1 }]);
  expect(warnings).toContainEqual({
    message: 'not judged',
    region: REGION,
    resource: REGION,
    reason: PROBLEM,
  });

  from.tables.pop();
  expect(await syncRoutes(sweep, given)).toMatchObject([{ findings: 0, notJudged: 0 }]);
});

it('a request is held while a table that may hold a conflicting route cannot be understood', async () => {
  const from = account();
  from.peerings.push(request);
  from.tables.push(strange);
  const { aws, given } = world(from);
  expect(await decideRequests(sweep, given)).toMatchObject([
    { peeringId: REQUEST, result: 'held', reason: expect.stringContaining(PROBLEM) },
  ]);
  expect(aws.writes.filter((write) => write.startsWith('accept'))).toEqual([]);

  from.tables.pop();
  await decideRequests(sweep, given);
  expect(aws.writes).toContain(`accept ${REQUEST}`);
});

it('a peering that cannot be understood is named, and is not one that vanished', async () => {
  const from = account();
  from.peerings[0] = { ...from.peerings[0], AccepterVpcInfo: { VpcId: 'vpc-a' } };
  const { given, warnings } = world(from);
  await syncRoutes(sweep, given);
  expect(warnings).toContainEqual(
    expect.objectContaining({
      message: 'not judged',
      reason: `EC2 answered without the owner of the accepter VPC of ${PCX}; the answer is not used.`,
    }),
  );
  const ec2OfRoutes = routeEc2(given);
  expect(await ec2OfRoutes.readPeeringStatus?.(REGION, PCX)).toBe('unknown');
});

it('a table that cannot be understood is not one that is gone', async () => {
  const { given } = world({ ...account(), tables: [strange] });
  await expect(routeEc2(given).readTable(REGION, 'rtb-2')).rejects.toThrow(PROBLEM);
});
