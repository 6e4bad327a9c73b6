import type {
  DescribeRouteTablesCommandInput,
  DescribeVpcPeeringConnectionsCommandInput,
  DescribeVpcsCommandInput,
  EC2Client,
  RouteTable,
  Vpc,
  VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { createNetworkReader } from '../../lib/aws/reads.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, policyOf, REGION } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { decideRequests, syncRoutes } from '../support/passes.ts';

/** What EC2 is asked during one sweep of a large account with nothing to do, call by call. */

const PEERINGS = 100;
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

function id(kind: string, index: number): string {
  return `${kind}-${index.toString(16).padStart(8, '0')}`;
}

/** 100 peerings inside the account, each between two VPCs with one opted-in table: 200 VPCs, 200 tables. */
function largeAccount() {
  const cidrOf = (index: number) => `10.${index}.0.0/16`;
  const vpcs: Vpc[] = Array.from({ length: 2 * PEERINGS }, (_, index) => ({
    VpcId: id('vpc', index),
    OwnerId: OWN,
    CidrBlock: cidrOf(index),
    Tags: [],
  }));
  const peerings: VpcPeeringConnection[] = Array.from({ length: PEERINGS }, (_, index) => {
    const side = (vpc: number) => ({
      OwnerId: OWN,
      Region: REGION,
      VpcId: id('vpc', vpc),
      CidrBlock: cidrOf(vpc),
    });
    return {
      VpcPeeringConnectionId: id('pcx', index),
      Status: { Code: 'active', Message: 'Active' },
      RequesterVpcInfo: side(2 * index),
      AccepterVpcInfo: side(2 * index + 1),
      Tags: [],
    };
  });
  const tables: RouteTable[] = vpcs.map(({ VpcId, CidrBlock }, index) => ({
    RouteTableId: id('rtb', index),
    ...(VpcId === undefined ? {} : { VpcId }),
    Tags: [{ Key: 'peering-autopilot:routes', Value: '*' }],
    Associations: [{ Main: true }],
    Routes: [
      {
        ...(CidrBlock === undefined ? {} : { DestinationCidrBlock: CidrBlock }),
        GatewayId: 'local',
        State: 'active',
        Origin: 'CreateRouteTable',
      },
      {
        DestinationCidrBlock: cidrOf(index % 2 === 0 ? index + 1 : index - 1),
        VpcPeeringConnectionId: id('pcx', Math.floor(index / 2)),
        State: 'active',
        Origin: 'CreateRoute',
      },
    ],
  }));
  return { vpcs, peerings, tables };
}

type Input = DescribeRouteTablesCommandInput &
  DescribeVpcPeeringConnectionsCommandInput &
  DescribeVpcsCommandInput;

/** Pages as EC2 does, by MaxResults and NextToken. */
function countingEc2(account: ReturnType<typeof largeAccount>) {
  const calls: string[] = [];
  const page = <Item>(all: readonly Item[], { MaxResults = 1000, NextToken }: Input) => {
    const start = Number(NextToken ?? 0);
    const end = start + MaxResults;
    return { items: all.slice(start, end), NextToken: end < all.length ? String(end) : undefined };
  };
  const send = async (command: {
    readonly input: Input;
    readonly constructor: { readonly name: string };
  }) => {
    const { input } = command;
    const name = command.constructor.name.replace(/Command$/, '');
    const wanted = (filter: string) => input.Filters?.find(({ Name }) => Name === filter)?.Values;
    calls.push(name);
    if (name === 'DescribeRouteTables') {
      const { items, NextToken } = page(account.tables, input);
      return { RouteTables: items, NextToken };
    }
    if (name === 'DescribeVpcPeeringConnections') {
      const statuses = wanted('status-code');
      const found = account.peerings.filter(
        ({ Status }) => !statuses || statuses.includes(Status?.Code ?? ''),
      );
      const { items, NextToken } = page(found, input);
      return { VpcPeeringConnections: items, NextToken };
    }
    const ids = wanted('vpc-id');
    const { items, NextToken } = page(
      account.vpcs.filter(({ VpcId }) => !ids || ids.includes(VpcId ?? '')),
      input,
    );
    return { Vpcs: items, NextToken };
  };
  return { calls, client: { send } as unknown as EC2Client };
}

function dependencies(account: ReturnType<typeof largeAccount>) {
  const { calls, client } = countingEc2(account);
  const aws = createMemoryAws({ peerings: [], vpcs: [], tables: [] });
  const original = aws.writer.tag;
  const writer = {
    ...aws.writer,
    async tag(region: string, resourceId: string, tags: Readonly<Record<string, string>>) {
      const found = account.peerings.find((each) => each.VpcPeeringConnectionId === resourceId);
      found?.Tags?.push(...Object.entries(tags).map(([Key, Value]) => ({ Key, Value })));
      return original(region, resourceId, tags);
    },
  };
  return {
    calls,
    aws,
    given: {
      ...aws,
      writer,
      reader: createNetworkReader({ forRegion: () => client }, () => undefined),
      accountId: OWN,
      policy: policyOf({ rules: [{ name: 'own', effect: 'accept', remote: { accounts: ['self'] } }] }),
      managedRegions: [REGION],
      pace: createPace({ now: Date.now, sleep: async () => undefined }),
      now: () => new Date('2026-03-01T12:00:00Z'),
    },
  };
}

describe('one sweep of a settled account with 100 peerings and 200 opted-in tables', () => {
  it('reads one page of peerings, two of tables, one of VPCs and the pending requests, and writes nothing', async () => {
    const account = largeAccount();
    const { calls, aws, given } = dependencies(account);
    await syncRoutes(sweep, given);
    // The first sweep adopts the routes that it finds in place.
    const own = [...aws.memory.snapshot(REGION).routes.values()].reduce((sum, { size }) => sum + size, 0);
    expect(own).toBe(2 * PEERINGS);
    for (const list of [calls, aws.writes, aws.events, aws.memory.calls]) list.length = 0;

    expect(await syncRoutes(sweep, given)).toEqual([
      expect.objectContaining({ region: REGION, findings: 0, handedOn: 0, failures: [] }),
    ]);
    expect([...calls].sort()).toEqual([
      'DescribeRouteTables',
      'DescribeRouteTables',
      'DescribeVpcPeeringConnections',
      'DescribeVpcs',
    ]);
    calls.length = 0;
    expect(await decideRequests(sweep, given)).toEqual([]);
    expect(calls).toEqual(['DescribeVpcPeeringConnections']);
    // One Query each; nothing is asked of what a pass without requests does not need.
    expect(aws.memory.calls).toEqual([`read ${REGION}`]);
    expect([aws.writes, aws.events, aws.notifications]).toEqual([[], [], []]);
  });

  it('that fits in one page each is read in three calls and one Query', async () => {
    const all = largeAccount();
    const { calls, aws, given } = dependencies({
      peerings: all.peerings.slice(0, 50),
      vpcs: all.vpcs.slice(0, 100),
      tables: all.tables.slice(0, 100),
    });
    await syncRoutes(sweep, given);
    for (const list of [calls, aws.writes, aws.memory.calls]) list.length = 0;
    await syncRoutes(sweep, given);
    expect([...calls].sort()).toEqual([
      'DescribeRouteTables',
      'DescribeVpcPeeringConnections',
      'DescribeVpcs',
    ]);
    expect([aws.memory.calls, aws.writes]).toEqual([[`read ${REGION}`], []]);
  });
});
