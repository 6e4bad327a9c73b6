import {
  CreateManagedPrefixListCommand,
  CreateRouteCommand,
  DescribeManagedPrefixListsCommand,
  type DescribeManagedPrefixListsCommandInput,
  DescribeRouteTablesCommand,
  type EC2Client,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2';
import {
  createTable,
  createVpc,
  type Ec2Lab,
  REGION,
  refusalOf,
  requestPeering,
  startEc2Lab,
} from 'local-aws-peering/testing';
import { createNetworkReader } from '../../lib/aws/reads.ts';

let lab: Ec2Lab;
let ec2: EC2Client;
let office: string;
let empty: string;

async function prefixList(name: string, cidrs: readonly string[]): Promise<string> {
  const { PrefixList } = await ec2.send(
    new CreateManagedPrefixListCommand({
      PrefixListName: name,
      AddressFamily: 'IPv4',
      MaxEntries: 300,
      Entries: cidrs.map((Cidr) => ({ Cidr })),
    }),
  );
  return PrefixList?.PrefixListId ?? '';
}

const CIDRS = Array.from({ length: 250 }, (_, index) => `10.9.${index}.0/24`);

beforeAll(async () => {
  lab = await startEc2Lab();
  ec2 = lab.client('123456789012');
  office = await prefixList('office', CIDRS);
  empty = await prefixList('empty', []);
});

afterAll(() => lab?.stop());

async function awsList(): Promise<string> {
  const { PrefixLists } = await ec2.send(
    new DescribeManagedPrefixListsCommand({
      Filters: [{ Name: 'prefix-list-name', Values: [`com.amazonaws.${REGION}.s3`] }],
    }),
  );
  return PrefixLists?.[0]?.PrefixListId ?? '';
}

describe('DescribeManagedPrefixLists', () => {
  it('filters, and pages by any size from 1 to 100', async () => {
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ec2.send(new DescribeManagedPrefixListsCommand({ MaxResults: 1, NextToken }));
      expect(page.PrefixLists).toHaveLength(1);
      seen.push(...(page.PrefixLists ?? []).flatMap((each) => each.PrefixListId ?? ''));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(seen).toEqual(expect.arrayContaining([office, empty]));
    const { PrefixLists } = await ec2.send(
      new DescribeManagedPrefixListsCommand({
        Filters: [{ Name: 'prefix-list-id', Values: [office, 'pl-00000000'] }],
      }),
    );
    expect(PrefixLists).toEqual([
      expect.objectContaining({ PrefixListId: office, PrefixListName: 'office', MaxEntries: 300 }),
    ]);
  });

  it('refuses what EC2 refuses', async () => {
    const ask = (input: DescribeManagedPrefixListsCommandInput) =>
      refusalOf(ec2.send(new DescribeManagedPrefixListsCommand(input)));
    expect(await ask({ PrefixListIds: ['pl-00000000'] })).toBe('InvalidPrefixListID.NotFound');
    expect(await ask({ MaxResults: 101 })).toBe('InvalidParameterValue');
    expect(await ask({ Filters: [{ Name: 'vpc-id', Values: ['a'] }] })).toBe('InvalidParameterValue');
  });
});

describe('GetManagedPrefixListEntries', () => {
  it('gives all entries in pages of at most 100', async () => {
    const pages: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ec2.send(
        new GetManagedPrefixListEntriesCommand({ PrefixListId: office, MaxResults: 100, NextToken }),
      );
      pages.push(page.Entries?.length ?? 0);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages).toEqual([100, 100, 50]);
  });

  it('does not know a list that is not there', async () => {
    expect(
      await refusalOf(ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId: 'pl-00000000' }))),
    ).toBe('InvalidPrefixListID.NotFound');
  });
});

describe("the product's reader", () => {
  const reader = () => createNetworkReader({ forRegion: () => ec2 }, () => undefined);

  it('reads lists with their entries, but not those of AWS', async () => {
    const aws = await awsList();
    const lists = await reader().readPrefixLists?.(REGION, [office, aws, empty, 'pl-00000000', office]);
    expect(lists).toEqual([
      {
        prefixListId: office,
        name: 'office',
        owner: 'customer',
        maxEntries: 300,
        cidrs: expect.arrayContaining(CIDRS),
      },
      { prefixListId: aws, name: `com.amazonaws.${REGION}.s3`, owner: 'aws' },
      { prefixListId: empty, name: 'empty', owner: 'customer', maxEntries: 300, cidrs: [] },
      {
        prefixListId: 'pl-00000000',
        name: 'pl-00000000',
        owner: 'unknown',
        problem: expect.stringContaining('pl-00000000'),
      },
    ]);
    expect(lists?.[0]?.cidrs).toHaveLength(CIDRS.length);

    expect(await reader().readPrefixLists?.(REGION, [])).toEqual([]);
  });

  it('reads the lists that routes lead to', async () => {
    const vpcId = await createVpc(ec2, '10.1.0.0/16');
    const tableId = await createTable(ec2, vpcId);
    const peeringId = await requestPeering(ec2, vpcId, await createVpc(ec2, '10.2.0.0/16'));
    const small = await prefixList('small', ['10.2.3.0/24']);
    await lab.post('/_lab/ec2/settings', { routesPerTable: 1000 });
    for (const DestinationPrefixListId of [small, office]) {
      await ec2.send(
        new CreateRouteCommand({
          RouteTableId: tableId,
          DestinationPrefixListId,
          VpcPeeringConnectionId: peeringId,
        }),
      );
    }
    const [table] = await reader().readTables(REGION, { routeTableIds: [tableId] });
    const ids = table?.routes.map(({ destination }) => destination).filter((each) => each.startsWith('pl-'));
    expect(ids?.sort()).toEqual([small, office].sort());
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({
        Filters: [{ Name: 'route.destination-prefix-list-id', Values: [small] }],
      }),
    );
    expect(RouteTables?.map(({ RouteTableId }) => RouteTableId)).toEqual([tableId]);
  });
});
