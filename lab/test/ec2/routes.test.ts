import {
  AcceptVpcPeeringConnectionCommand,
  AssociateRouteTableCommand,
  AssociateVpcCidrBlockCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateManagedPrefixListCommand,
  CreateRouteCommand,
  type CreateRouteCommandInput,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  type DescribeRouteTablesCommandInput,
  DescribeVpcsCommand,
  DisassociateVpcCidrBlockCommand,
  type EC2Client,
  ReplaceRouteCommand,
  type Route,
} from '@aws-sdk/client-ec2';
import { createTable, createVpc, type Ec2Lab, refusalOf, requestPeering } from '../../testing/ec2-lab.ts';
import { ACCOUNT, ec2LabOfFile, OTHER_ACCOUNT } from '../support/ec2-lab-of-file.ts';

let lab: Ec2Lab;
let ec2: EC2Client;

ec2LabOfFile(async (started, client) => {
  lab = started;
  ec2 = client;
  await lab.post('/_lab/ec2/settings', { provisioningMs: 0 });
});

interface Network {
  readonly vpcId: string;
  readonly peerVpcId: string;
  readonly peeringId: string;
  readonly tableId: string;
}

/** 10.1.0.0/16 with one table, peered with 10.2.0.0/16. */
async function network(state: 'pending' | 'active'): Promise<Network> {
  const vpcId = await createVpc(ec2, '10.1.0.0/16');
  const peerVpcId = await createVpc(ec2, '10.2.0.0/16');
  const tableId = await createTable(ec2, vpcId);
  const peeringId = await requestPeering(ec2, vpcId, peerVpcId);
  if (state === 'active') {
    await ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  }
  return { vpcId, peerVpcId, peeringId, tableId };
}

type RouteInput = Omit<CreateRouteCommandInput, 'RouteTableId'>;

function create(tableId: string, input: RouteInput) {
  return ec2.send(new CreateRouteCommand({ RouteTableId: tableId, ...input }));
}

/** A route to the peering. */
function route({ tableId, peeringId }: Network, destination: string) {
  return create(tableId, {
    [destination.includes(':') ? 'DestinationIpv6CidrBlock' : 'DestinationCidrBlock']: destination,
    VpcPeeringConnectionId: peeringId,
  });
}

async function routesOf(tableId: string): Promise<readonly Route[]> {
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [tableId] }));
  return RouteTables?.[0]?.Routes ?? [];
}

async function routeTo(tableId: string, destination: string): Promise<Route | undefined> {
  return (await routesOf(tableId)).find(
    (each) => (each.DestinationCidrBlock ?? each.DestinationIpv6CidrBlock) === destination,
  );
}

async function internetGateway(vpcId: string): Promise<string> {
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const id = InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpcId }));
  return id;
}

describe('a new route', () => {
  it('is a black hole while its request waits, active with the peering, and a black hole for ever after', async () => {
    const net = await network('pending');
    await route(net, '10.2.0.0/16');
    const state = async () => (await routeTo(net.tableId, '10.2.0.0/16'))?.State;

    const pending = await state();
    await ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: net.peeringId }));
    const active = await state();
    await ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: net.peeringId }));
    const deleted = await state();
    lab.clock.advance(30 * 24 * 3600);

    expect([pending, active, deleted, await state()]).toEqual([
      'blackhole',
      'active',
      'blackhole',
      'blackhole',
    ]);
  });

  it('names a network: host bits are cut off, and IPv6 is written in its shortest form', async () => {
    const net = await network('active');

    await route(net, '10.2.3.4/24');
    await route(net, '2001:0db8:0:0::/56');

    expect(await routeTo(net.tableId, '10.2.3.0/24')).toMatchObject({
      VpcPeeringConnectionId: net.peeringId,
    });
    expect(await routeTo(net.tableId, '2001:db8::/56')).toBeDefined();
  });

  it.each([
    ['10.2.0.0/16', '10.2.0.0/16'],
    ['10.2.0.0/16', '10.2.9.9/16'],
    ['2001:db8::/56', '2001:db8:0::/56'],
  ])('to %s exists already when %s is asked for', async (first, second) => {
    const net = await network('active');
    await route(net, first);

    expect(await refusalOf(route(net, second))).toBe('RouteAlreadyExists');
  });

  it('may be repeated where the lab is told that AWS allows it, but only with its own target', async () => {
    const net = await network('active');
    await route(net, '10.2.0.0/16');
    const GatewayId = await internetGateway(net.vpcId);
    await lab.post('/_lab/ec2/settings', { identicalRoute: 'succeed' });

    const same = await refusalOf(route(net, '10.2.0.0/16'));
    const other = await refusalOf(create(net.tableId, { DestinationCidrBlock: '10.2.0.0/16', GatewayId }));
    await lab.post('/_lab/ec2/settings', { identicalRoute: 'refuse' });

    expect([same, other]).toEqual(['not refused', 'RouteAlreadyExists']);
    expect((await routesOf(net.tableId)).length).toBe(2);
  });

  it.each([
    ['the CIDR of its own VPC', '10.1.0.0/16'],
    ['a part of its own VPC', '10.1.5.0/24'],
    ['the addresses of AWS services', '169.254.169.0/24'],
    ['the IPv6 addresses of AWS services', 'fd00:ec2::/64'],
    ['no CIDR at all', '10.2.0.0'],
  ])('cannot lead %s to a peering', async (_what, destination) => {
    const net = await network('active');

    expect(await refusalOf(route(net, destination))).toBe('InvalidParameterValue');
  });

  it('may be wider than its own VPC', async () => {
    const net = await network('active');

    await route(net, '10.0.0.0/8');

    expect(await routeTo(net.tableId, '10.0.0.0/8')).toMatchObject({
      State: 'active',
      Origin: 'CreateRoute',
    });
  });

  it('needs a peering of its own VPC, that is not over', async () => {
    const [one, two] = [await network('active'), await network('active')];
    const stranger = { ...one, peeringId: two.peeringId };
    const unknown = { ...one, peeringId: 'pcx-0123456789abcdef0' };
    await ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: one.peeringId }));

    expect(await refusalOf(route(stranger, '10.2.0.0/16'))).toBe('InvalidParameterValue');
    expect(await refusalOf(route(unknown, '10.2.0.0/16'))).toBe('InvalidVpcPeeringConnectionID.NotFound');
    expect(await refusalOf(route(one, '10.2.0.0/16'))).toBe('InvalidVpcPeeringConnectionID.NotFound');
  });

  it('needs a table', async () => {
    const net = await network('active');

    expect(await refusalOf(route({ ...net, tableId: 'rtb-0123456789abcdef0' }, '10.2.0.0/16'))).toBe(
      'InvalidRouteTableID.NotFound',
    );
  });

  it('cannot go into the table of a gateway', async () => {
    const net = await network('active');
    await ec2.send(
      new AssociateRouteTableCommand({
        RouteTableId: net.tableId,
        GatewayId: await internetGateway(net.vpcId),
      }),
    );

    expect(await refusalOf(route(net, '10.2.0.0/16'))).toBe('InvalidParameterValue');
  });

  it('is made once, however many ask at the same time', async () => {
    const net = await network('active');

    const outcomes = await Promise.all([1, 2, 3, 4].map(() => refusalOf(route(net, '10.2.0.0/16'))));

    expect(outcomes.sort()).toEqual([...Array(3).fill('RouteAlreadyExists'), 'not refused']);
  });

  it('can be seen from the other account only in its own tables', async () => {
    const other = lab.client(OTHER_ACCOUNT);
    const net = await network('active');

    expect(
      await refusalOf(other.send(new DescribeRouteTablesCommand({ RouteTableIds: [net.tableId] }))),
    ).toBe('InvalidRouteTableID.NotFound');
  });
});

describe('the quota of routes', () => {
  beforeEach(() => lab.post('/_lab/quotas', { routesPerTable: 2 }));
  afterEach(() => lab.post('/_lab/quotas', { routesPerTable: 500 }));

  it('counts IPv4 and IPv6 apart, and neither local nor propagated routes', async () => {
    const net = await network('active');
    await lab.post('/_lab/ec2/propagate', {
      routeTableId: net.tableId,
      destination: '192.168.0.0/16',
      gatewayId: 'vgw-0123456789abcdef0',
    });
    for (const destination of ['10.2.0.0/24', '10.2.1.0/24', '2001:db8::/64', '2001:db8:0:1::/64']) {
      await route(net, destination);
    }

    expect(await refusalOf(route(net, '10.2.2.0/24'))).toBe('RouteLimitExceeded');
    expect(await refusalOf(route(net, '2001:db8:0:2::/64'))).toBe('RouteLimitExceeded');
  });

  it('has room again after a route is deleted', async () => {
    const net = await network('active');
    await route(net, '10.2.0.0/24');
    await route(net, '10.2.1.0/24');

    await ec2.send(
      new DeleteRouteCommand({ RouteTableId: net.tableId, DestinationCidrBlock: '10.2.0.0/24' }),
    );

    expect(await refusalOf(route(net, '10.2.2.0/24'))).toBe('not refused');
  });

  it('counts a prefix list with the entries that it may have', async () => {
    const net = await network('active');
    const { PrefixList } = await ec2.send(
      new CreateManagedPrefixListCommand({
        PrefixListName: 'two',
        AddressFamily: 'IPv4',
        MaxEntries: 2,
        Entries: [{ Cidr: '10.77.0.0/16' }],
      }),
    );
    await create(net.tableId, {
      DestinationPrefixListId: PrefixList?.PrefixListId,
      VpcPeeringConnectionId: net.peeringId,
    });

    expect(await refusalOf(route(net, '10.2.0.0/24'))).toBe('RouteLimitExceeded');
    expect(await refusalOf(route(net, '2001:db8::/64'))).toBe('not refused');
  });

  it('keeps a prefix list out that does not fit', async () => {
    const net = await network('active');
    const { PrefixList } = await ec2.send(
      new CreateManagedPrefixListCommand({ PrefixListName: 'three', AddressFamily: 'IPv4', MaxEntries: 3 }),
    );

    expect(
      await refusalOf(
        create(net.tableId, {
          DestinationPrefixListId: PrefixList?.PrefixListId,
          VpcPeeringConnectionId: net.peeringId,
        }),
      ),
    ).toBe('RouteLimitExceeded');
  });
});

describe('replacing a route', () => {
  it('moves it to another target', async () => {
    const net = await network('active');
    const GatewayId = await internetGateway(net.vpcId);
    await create(net.tableId, { DestinationCidrBlock: '10.2.0.0/16', GatewayId });

    await ec2.send(
      new ReplaceRouteCommand({
        RouteTableId: net.tableId,
        DestinationCidrBlock: '10.2.0.0/16',
        VpcPeeringConnectionId: net.peeringId,
      }),
    );

    const replaced = await routeTo(net.tableId, '10.2.0.0/16');
    expect(replaced).toMatchObject({ VpcPeeringConnectionId: net.peeringId, State: 'active' });
    expect(replaced?.GatewayId).toBeUndefined();
  });

  it.each([
    ['there is none', '10.2.0.0/16'],
    ['it leads into its own VPC', '10.1.0.0/16'],
  ])('is refused where %s', async (_why, DestinationCidrBlock) => {
    const net = await network('active');

    expect(
      await refusalOf(
        ec2.send(
          new ReplaceRouteCommand({
            RouteTableId: net.tableId,
            DestinationCidrBlock,
            VpcPeeringConnectionId: net.peeringId,
          }),
        ),
      ),
    ).toBe('InvalidParameterValue');
  });
});

describe('deleting a route', () => {
  const remove = (tableId: string, DestinationCidrBlock: string) =>
    ec2.send(new DeleteRouteCommand({ RouteTableId: tableId, DestinationCidrBlock }));

  it('works for a black hole', async () => {
    const net = await network('pending');
    await route(net, '10.2.0.0/16');

    await remove(net.tableId, '10.2.0.0/16');

    expect(await routeTo(net.tableId, '10.2.0.0/16')).toBeUndefined();
  });

  it('is refused for a route that is not there, and for a local one', async () => {
    const net = await network('active');

    expect(await refusalOf(remove(net.tableId, '10.2.0.0/16'))).toBe('InvalidRoute.NotFound');
    expect(await refusalOf(remove(net.tableId, '10.1.0.0/16'))).toBe('InvalidParameterValue');
  });
});

describe('the CIDRs of a VPC and its routes', () => {
  const associate = (VpcId: string, CidrBlock: string) =>
    ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock }));

  it('have a local route for every CIDR in every table, as long as the VPC has it', async () => {
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({ CidrBlock: '10.1.0.0/16', AmazonProvidedIpv6CidrBlock: true }),
    );
    const vpcId = Vpc?.VpcId ?? '';
    const before = await createTable(ec2, vpcId);
    const { CidrBlockAssociation } = await associate(vpcId, '10.9.0.0/16');
    const after = await createTable(ec2, vpcId);
    const locals = async (tableId: string) =>
      (await routesOf(tableId))
        .filter(({ GatewayId }) => GatewayId === 'local')
        .map((each) => each.DestinationCidrBlock ?? each.DestinationIpv6CidrBlock);
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }));
    const ipv6 = Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock;
    const all = ['10.1.0.0/16', '10.9.0.0/16', ipv6];

    expect(new Set(await locals(before))).toEqual(new Set(all));
    expect(new Set(await locals(after))).toEqual(new Set(all));

    await ec2.send(
      new DisassociateVpcCidrBlockCommand({ AssociationId: CidrBlockAssociation?.AssociationId }),
    );

    expect(new Set(await locals(before))).toEqual(new Set(['10.1.0.0/16', ipv6]));
  });

  it.each([
    ['equals', '10.50.0.0/16'],
    ['contains', '10.50.4.0/24'],
  ])('cannot grow by a CIDR that %s a destination in its tables', async (_how, destination) => {
    const net = await network('active');
    await route(net, destination);

    expect(await refusalOf(associate(net.vpcId, '10.50.0.0/16'))).toBe('InvalidVpc.Range');
  });

  it('can grow by a CIDR inside a wider destination', async () => {
    const net = await network('active');
    await route(net, '10.48.0.0/12');

    expect(await refusalOf(associate(net.vpcId, '10.50.0.0/16'))).toBe('not refused');
  });

  it('cannot overlap', async () => {
    const vpcId = await createVpc(ec2, '10.1.0.0/16');

    expect(await refusalOf(associate(vpcId, '10.1.128.0/17'))).toBe('InvalidVpc.Range');
  });
});

describe('DescribeRouteTables', () => {
  let net: Network;
  let tables: readonly string[];

  beforeAll(async () => {
    net = await network('active');
    tables = [net.tableId];
    for (let count = 1; count < 8; count++) {
      tables = [...tables, await createTable(ec2, net.vpcId)];
    }
    await route(net, '10.2.0.0/16');
    await route(net, '2001:db8::/56');
    await ec2.send(
      new CreateTagsCommand({
        Resources: [...tables.slice(0, 3)],
        Tags: [{ Key: 'team:routes', Value: 'shared services' }],
      }),
    );
    await ec2.send(
      new CreateTagsCommand({ Resources: [tables[3] ?? ''], Tags: [{ Key: 'empty', Value: '' }] }),
    );
  });

  async function find(...filters: readonly [name: string, ...values: string[]][]): Promise<string[]> {
    const input: DescribeRouteTablesCommandInput = {
      Filters: [
        { Name: 'vpc-id', Values: [net.vpcId] },
        ...filters.map(([Name, ...Values]) => ({ Name, Values })),
      ],
    };
    const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand(input));
    return RouteTables.map(({ RouteTableId }) => RouteTableId ?? '');
  }

  it.each<[string, readonly [string, ...string[]][], number]>([
    ['a tag', [['tag:team:routes', 'shared services']], 3],
    ['a tag by wildcard', [['tag:team:routes', '*shared*']], 3],
    ['an empty tag', [['tag:empty', '']], 1],
    ['a tag key', [['tag-key', 'team:*']], 3],
    ['an IPv4 route', [['route.destination-cidr-block', '10.2.0.0/16']], 1],
    ['an IPv6 route', [['route.destination-ipv6-cidr-block', '2001:db8::/56']], 1],
    ['a state', [['route.state', 'blackhole']], 0],
    ['an origin', [['route.origin', 'CreateRoute']], 1],
    ['the main table', [['association.main', 'true']], 1],
    ['an owner', [['owner-id', ACCOUNT]], 9],
    ['a gateway by wildcard', [['route.gateway-id', 'loc?l']], 9],
    [
      'all of several filters',
      [
        ['tag-key', 'team:routes'],
        ['route.state', 'active'],
        ['route.origin', 'CreateRoute'],
      ],
      1,
    ],
    ['nothing in another case', [['route.state', 'ACTIVE']], 0],
  ])('finds tables by %s', async (_what, filters, count) => {
    expect(await find(...filters)).toHaveLength(count);
  });

  it('finds tables by their peering', async () => {
    expect(await find(['route.vpc-peering-connection-id', net.peeringId, 'pcx-0'])).toEqual([net.tableId]);
  });

  it('takes a wildcard for the id of the VPC', async () => {
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({
        Filters: [{ Name: 'vpc-id', Values: [`${net.vpcId.slice(0, -1)}?`] }],
      }),
    );

    expect(RouteTables).toHaveLength(9);
  });

  it('refuses a filter that EC2 does not have', async () => {
    expect(await refusalOf(find(['route.vpc-peering-id', 'x']))).toBe('InvalidParameterValue');
  });

  it('gives every table once, page by page', async () => {
    const seen: (string | undefined)[] = [];
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ec2.send(
        new DescribeRouteTablesCommand({
          Filters: [{ Name: 'vpc-id', Values: [net.vpcId] }],
          MaxResults: 5,
          NextToken,
        }),
      );
      seen.push(...(page.RouteTables ?? []).map(({ RouteTableId }) => RouteTableId));
      sizes.push(page.RouteTables?.length ?? 0);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);

    expect(sizes).toEqual([5, 4]);
    expect(new Set(seen).size).toBe(9);
  });

  it.each([4, 101])('refuses pages of %d', async (MaxResults) => {
    expect(await refusalOf(ec2.send(new DescribeRouteTablesCommand({ MaxResults })))).toBe(
      'InvalidParameterValue',
    );
  });

  it('shows a propagated route beside the static ones, unless a static one has its destination', async () => {
    const { tableId, peeringId } = await network('active');
    const gatewayId = 'vgw-0123456789abcdef0';
    await lab.post('/_lab/ec2/propagate', { routeTableId: tableId, destination: '10.2.0.0/16', gatewayId });
    const alone = await routeTo(tableId, '10.2.0.0/16');

    await create(tableId, { DestinationCidrBlock: '10.2.0.0/16', VpcPeeringConnectionId: peeringId });

    expect(alone).toMatchObject({ GatewayId: gatewayId, Origin: 'EnableVgwRoutePropagation' });
    expect(await routeTo(tableId, '10.2.0.0/16')).toMatchObject({ VpcPeeringConnectionId: peeringId });
  });
});
