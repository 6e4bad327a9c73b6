import {
  DescribeInstancesCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { allPages, type Page } from '../../lib/aws/pages.ts';
import { describeStaleGroups } from '../../lib/aws/stale-groups.ts';
import { append } from '../../lib/model/append.ts';
import { fieldsOf } from '../../lib/model/json.ts';
import { savedMemoryOf } from './saved-memory.ts';
import {
  PREFIX_LIST_ENTRIES_FILE,
  PREFIX_LISTS_FILE,
  REGISTRY_FILE,
  SNAPSHOT_FILES,
  type SnapshotFile,
  STALE_GROUPS_FILE,
} from './snapshot-files.ts';
import type { Scope } from './types.ts';

/** Reads from AWS what a snapshot holds of one Region. */

/** One file to write. */
export interface SavedAnswer {
  readonly name: string;
  readonly content: object;
  readonly items: number;
}

type ReadPage = (client: EC2Client, NextToken: string | undefined) => Promise<Page<unknown>>;

/** How each file's answer is asked for, by the file's name; pages as large as EC2 allows. */
const READS: Readonly<Record<string, ReadPage>> = {
  VpcPeeringConnections: async (client, NextToken) => {
    const answer = await client.send(
      new DescribeVpcPeeringConnectionsCommand({ MaxResults: 1000, NextToken }),
    );
    return { items: answer.VpcPeeringConnections ?? [], nextToken: answer.NextToken };
  },
  RouteTables: async (client, NextToken) => {
    const answer = await client.send(new DescribeRouteTablesCommand({ MaxResults: 100, NextToken }));
    return { items: answer.RouteTables ?? [], nextToken: answer.NextToken };
  },
  Vpcs: async (client, NextToken) => {
    const answer = await client.send(new DescribeVpcsCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.Vpcs ?? [], nextToken: answer.NextToken };
  },
  Subnets: async (client, NextToken) => {
    const answer = await client.send(new DescribeSubnetsCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.Subnets ?? [], nextToken: answer.NextToken };
  },
  SecurityGroups: async (client, NextToken) => {
    const answer = await client.send(new DescribeSecurityGroupsCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.SecurityGroups ?? [], nextToken: answer.NextToken };
  },
  NetworkAcls: async (client, NextToken) => {
    const answer = await client.send(new DescribeNetworkAclsCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.NetworkAcls ?? [], nextToken: answer.NextToken };
  },
  NetworkInterfaces: async (client, NextToken) => {
    const answer = await client.send(new DescribeNetworkInterfacesCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.NetworkInterfaces ?? [], nextToken: answer.NextToken };
  },
  Reservations: async (client, NextToken) => {
    const answer = await client.send(new DescribeInstancesCommand({ MaxResults: 1000, NextToken }));
    return { items: answer.Reservations ?? [], nextToken: answer.NextToken };
  },
  ManagedPrefixLists: async (client, NextToken) => {
    const answer = await client.send(new DescribeManagedPrefixListsCommand({ MaxResults: 100, NextToken }));
    return { items: answer.PrefixLists ?? [], nextToken: answer.NextToken };
  },
};

/** @param leftOut told of an optional file that could not be read, with the error. */
async function readFile(
  client: EC2Client,
  region: string,
  file: SnapshotFile,
  leftOut: (file: SnapshotFile, error: unknown) => void,
): Promise<SavedAnswer[]> {
  const read = READS[file.name];
  if (read === undefined) {
    throw new Error(`Nothing reads ${file.name}.`);
  }
  try {
    const items = await allPages((token) => read(client, token));
    return [{ name: file.name, content: { [file.key ?? file.name]: items }, items: items.length }];
  } catch (error) {
    const failure = new AwsCallError(file.command.replace(/Command$/, ''), region, 'everything', error);
    if (file.need === 'required') {
      throw failure;
    }
    leftOut(file, failure);
    return [];
  }
}

function listIn(
  answers: readonly SavedAnswer[],
  { name, key = name }: Pick<SnapshotFile, 'name' | 'key'>,
): unknown[] {
  const list = fieldsOf(answers.find((answer) => answer.name === name)?.content)[key];
  return Array.isArray(list) ? list : [];
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** Lists that routes lead to, other than those of gateway endpoints, and that rules of security groups name. */
function namedLists(answers: readonly SavedAnswer[]): Set<unknown> {
  const routed = listIn(answers, { name: 'RouteTables' })
    .flatMap((table) => listOf(fieldsOf(table).Routes))
    .filter(({ GatewayId }) => typeof GatewayId !== 'string' || !GatewayId.startsWith('vpce-'))
    .map(({ DestinationPrefixListId }) => DestinationPrefixListId);
  const allowed = listIn(answers, { name: 'SecurityGroups' })
    .map(fieldsOf)
    .flatMap(({ IpPermissions, IpPermissionsEgress }) => [
      ...listOf(IpPermissions),
      ...listOf(IpPermissionsEgress),
    ])
    .flatMap(({ PrefixListIds }) => listOf(PrefixListIds))
    .map(({ PrefixListId }) => PrefixListId);
  return new Set([...routed, ...allowed].filter((id) => typeof id === 'string'));
}

/** Most Regions use no prefix lists, and then nothing of them is asked for. */
async function readLists(
  client: EC2Client,
  region: string,
  answers: readonly SavedAnswer[],
  leftOut: (file: SnapshotFile, error: unknown) => void,
): Promise<SavedAnswer[]> {
  const named = namedLists(answers);
  if (named.size === 0) {
    return [];
  }
  const lists = await readFile(client, region, PREFIX_LISTS_FILE, leftOut);
  const entries: Record<string, unknown[]> = {};
  for (const { PrefixListId, OwnerId } of listIn(lists, PREFIX_LISTS_FILE).map(fieldsOf)) {
    if (typeof PrefixListId !== 'string' || OwnerId === 'AWS' || !named.has(PrefixListId)) {
      continue;
    }
    try {
      entries[PrefixListId] = await allPages(async (NextToken) => {
        const page = await client.send(
          new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: 100, NextToken }),
        );
        return { items: page.Entries ?? [], nextToken: page.NextToken };
      });
    } catch (error) {
      leftOut(
        PREFIX_LIST_ENTRIES_FILE,
        new AwsCallError('GetManagedPrefixListEntries', region, PrefixListId, error),
      );
    }
  }
  const { name } = PREFIX_LIST_ENTRIES_FILE;
  return [...lists, { name, content: { [name]: entries }, items: Object.keys(entries).length }];
}

/** VPCs with rules that refer to groups of another VPC, or to none that is there: of the others no rule is stale. */
function referringVpcs(answers: readonly SavedAnswer[]): string[] {
  const groups = listIn(answers, { name: 'SecurityGroups' }).map(fieldsOf);
  const homes = new Map(groups.map(({ GroupId, VpcId }) => [GroupId, VpcId]));
  const refersAbroad = ({ VpcId, IpPermissions, IpPermissionsEgress }: Readonly<Record<string, unknown>>) =>
    [...listOf(IpPermissions), ...listOf(IpPermissionsEgress)]
      .flatMap(({ UserIdGroupPairs }) => listOf(UserIdGroupPairs))
      .some(({ GroupId }) => homes.get(GroupId) !== VpcId);
  const vpcs = groups.filter(refersAbroad).map(({ VpcId }) => VpcId);
  return [...new Set(vpcs)].filter((vpc) => typeof vpc === 'string').sort();
}

/** One call for each such VPC; most accounts have few. */
async function readStale(
  client: EC2Client,
  region: string,
  answers: readonly SavedAnswer[],
  leftOut: (file: SnapshotFile, error: unknown) => void,
): Promise<SavedAnswer[]> {
  const vpcs = referringVpcs(answers);
  const stale: unknown[] = [];
  for (const VpcId of vpcs) {
    try {
      append(stale, await describeStaleGroups(client, region, VpcId));
    } catch (error) {
      // A part of them would say of the other VPCs that none is stale.
      leftOut(STALE_GROUPS_FILE, error);
      return [];
    }
  }
  const { name, key = name } = STALE_GROUPS_FILE;
  return vpcs.length === 0 ? [] : [{ name, content: { [key]: stale }, items: stale.length }];
}

/** What the stack remembers, so that the snapshot is judged as the stack judges. */
async function readRegistry({ readMemory }: Scope): Promise<SavedAnswer[]> {
  const memory = await readMemory();
  const items = [...memory.routes.values()].reduce((sum, { size }) => sum + size, 0);
  return memory.registry === 'none'
    ? []
    : [{ name: REGISTRY_FILE.name, content: savedMemoryOf(memory, new Date()), items }];
}

/** @throws AWS errors of what no snapshot can do without. */
export async function readAnswers(
  client: EC2Client,
  scope: Scope,
  leftOut: (file: SnapshotFile, error: unknown) => void,
): Promise<SavedAnswer[]> {
  const { region } = scope;
  const [registry, ...read] = await Promise.all([
    readRegistry(scope),
    ...SNAPSHOT_FILES.map((file) => readFile(client, region, file, leftOut)),
  ]);
  const answers = read.flat();
  const [lists, stale] = await Promise.all([
    readLists(client, region, answers, leftOut),
    readStale(client, region, answers, leftOut),
  ]);
  return [...answers, ...lists, ...stale, ...registry];
}
