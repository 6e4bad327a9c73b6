import {
  DescribeManagedPrefixListsCommand,
  type EC2Client,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2';
import { classifyAwsError, isRetryable } from '../model/aws-error.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { runLimited } from '../ports/run-limited.ts';
import { namingCall } from './call-error.ts';
import { chunks, filters } from './ec2-filters.ts';
import { prefixListFrom } from './mapping.ts';
import { allPages } from './pages.ts';

/** Largest page of both calls (EC2 API reference). */
const PAGE = 100;

/** Lists whose entries are read at a time: each is a call of its own, of a bucket that others use too. */
const AT_ONCE = 4;

/** @throws what may pass, from which nothing is concluded. */
function problemOf(error: unknown, prefixListId: string): Pick<PrefixList, 'problem' | 'problemKind'> {
  const { kind, message } = classifyAwsError(error);
  if (isRetryable({ kind })) {
    throw error;
  }
  const problem =
    kind === 'not-found'
      ? `EC2 does not give the entries of ${prefixListId} to this account: ${message}`
      : `The entries of ${prefixListId} could not be read: ${message}`;
  return { problem, problemKind: kind };
}

function unread(prefixListId: string, problem: Pick<PrefixList, 'problem' | 'problemKind'>): PrefixList {
  return { prefixListId, name: prefixListId, owner: 'unknown', ...problem };
}

/** What EC2 says of the lists themselves, by id. */
async function describeLists(
  client: EC2Client,
  region: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, PrefixList>> {
  const byChunk = await namingCall('DescribeManagedPrefixLists', region, ids.join(', '), () =>
    Promise.all(
      chunks(ids).map((chunk) =>
        allPages(async (NextToken) => {
          const page = await client.send(
            new DescribeManagedPrefixListsCommand({
              ...filters({ 'prefix-list-id': chunk }),
              MaxResults: PAGE,
              NextToken,
            }),
          );
          return { items: page.PrefixLists ?? [], nextToken: page.NextToken };
        }),
      ),
    ),
  );
  return new Map(byChunk.flat().map((each) => [each.PrefixListId ?? '', prefixListFrom(each)]));
}

function readEntries(client: EC2Client, region: string, PrefixListId: string): Promise<readonly string[]> {
  return namingCall('GetManagedPrefixListEntries', region, PrefixListId, async () => {
    const entries = await allPages(async (NextToken) => {
      const page = await client.send(
        new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: PAGE, NextToken }),
      );
      return { items: page.Entries ?? [], nextToken: page.NextToken };
    });
    return entries.flatMap(({ Cidr }) => Cidr ?? []);
  });
}

/**
 * The lists and their entries, in the order of the ids. Entries of AWS's own lists are not read: they lead to AWS, never to a
 * VPC, and there are thousands.
 *
 * @param awsLists those that are known by earlier readings, which are not asked for again: whose a list is never changes.
 * @throws only what may pass; a list that cannot be read comes without entries and with the problem.
 */
export async function readPrefixLists(
  client: EC2Client,
  region: string,
  prefixListIds: readonly string[],
  awsLists: Map<string, PrefixList> = new Map(),
): Promise<PrefixList[]> {
  const ids = [...new Set(prefixListIds)];
  const read = new Map([...awsLists].filter(([id]) => ids.includes(id)));
  const asked = ids.filter((id) => !read.has(id));
  if (asked.length === 0) {
    return [...read.values()];
  }
  let described: ReadonlyMap<string, PrefixList>;
  try {
    described = await describeLists(client, region, asked);
  } catch (error) {
    return ids.map((id) => read.get(id) ?? unread(id, problemOf(error, id)));
  }
  await runLimited(asked, AT_ONCE, async (id) => {
    const list = described.get(id);
    if (list === undefined) {
      const problem = `EC2 does not show ${id} to this account: it is gone, or no longer shared.`;
      read.set(id, unread(id, { problem }));
    } else if (list.owner === 'aws') {
      read.set(id, list);
      awsLists.set(id, list);
    } else {
      try {
        read.set(id, { ...list, cidrs: await readEntries(client, region, id) });
      } catch (error) {
        read.set(id, { ...list, ...problemOf(error, id) });
      }
    }
  });
  return ids.flatMap((id) => read.get(id) ?? []);
}
