import {
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { classifyAwsError, isRetryable } from '../model/aws-error.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { Memory } from '../ports/memory.ts';
import { runLimited } from '../ports/run-limited.ts';
import { AwsCallError, namingCall } from './call-error.ts';
import { type CredentialProvider, createClient } from './clients.ts';
import { createItemReader, noteFrom, noteItem } from './memory-items.ts';
import {
  BATCH_ITEMS,
  type ItemWrite,
  type Place,
  type SetChange,
  sendItems,
  sendSetChange,
  type Writes,
  writesOf,
} from './memory-writes.ts';

/** Calls of one update under way at a time. A new table on demand takes 4,000 small ones a second. */
const AT_ONCE = 16;

export interface MemoryOptions {
  /** `observe`: nothing is written at all. */
  readonly mode: 'enforce' | 'observe';
  /** Whose table it is; left out: that of the usual AWS settings. */
  readonly credentials?: CredentialProvider;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The failure to tell of several: one that may pass, so that the pass is repeated; else the first. */
function worthTelling(failures: readonly AwsCallError[]): AwsCallError | undefined {
  const passing = failures.find((failure) => isRetryable(classifyAwsError(failure)));
  return passing ?? failures[0];
}

/** One call of an update. */
interface WriteCall {
  readonly call: 'UpdateItem' | 'BatchWriteItem';
  readonly items: readonly string[];
  send(client: DynamoDBClient, place: Place): Promise<void>;
  /** The same in several calls: DynamoDB takes nothing of a batch of which it cannot take one. */
  readonly oneByOne: readonly WriteCall[];
}

function setCall(change: SetChange): WriteCall {
  return {
    call: 'UpdateItem',
    items: [change.item],
    send: (client, place) => sendSetChange(client, place, change),
    oneByOne: [],
  };
}

function batchCall(writes: readonly ItemWrite[]): WriteCall {
  return {
    call: 'BatchWriteItem',
    items: writes.map(({ item }) => item),
    send: (client, place) => sendItems(client, place, writes),
    oneByOne: writes.length < 2 ? [] : writes.map((write) => batchCall([write])),
  };
}

function callsOf({ sets, items }: Writes): readonly WriteCall[] {
  const batches = Array.from({ length: Math.ceil(items.length / BATCH_ITEMS) }, (_, index) =>
    batchCall(items.slice(index * BATCH_ITEMS, (index + 1) * BATCH_ITEMS)),
  );
  return [...sets.map(setCall), ...batches];
}

/** What a message says of a call's items: the first one's name, and how many there are. */
function named([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** Consistent: a pass has to see what the one before it wrote. */
async function readRegion(
  client: DynamoDBClient,
  tableName: string,
  region: string,
  seconds: number,
): Promise<RegionMemory> {
  const reader = createItemReader(seconds);
  let next: QueryCommandOutput['LastEvaluatedKey'];
  do {
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: '#region = :region',
        ExpressionAttributeNames: { '#region': 'region' },
        ExpressionAttributeValues: { ':region': { S: region } },
        ExclusiveStartKey: next,
      }),
    );
    for (const item of page.Items ?? []) {
      reader.add(item);
    }
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
  return reader.read();
}

/**
 * Keeps what is remembered in one DynamoDB table, which `memory-items.ts` describes. The client is made with the first call.
 *
 * @param homeRegion where the table lies.
 */
export function createMemory(
  tableName: string,
  homeRegion: string,
  { mode, credentials, now = Date.now }: MemoryOptions,
): Memory {
  let made: DynamoDBClient | undefined;
  const client = (): DynamoDBClient => {
    made ??= createClient(DynamoDBClient, {
      region: homeRegion,
      ...(credentials === undefined ? {} : { credentials }),
    });
    return made;
  };
  const seconds = () => Math.floor(now() / 1000);

  return {
    read: (region) =>
      namingCall('Query', homeRegion, `table ${tableName} (what is remembered of ${region})`, () =>
        readRegion(client(), tableName, region, seconds()),
      ),
    readNote(region, key) {
      const item = noteItem(key);
      return namingCall('GetItem', homeRegion, `${item} of ${region} in table ${tableName}`, async () => {
        const { Item } = await client().send(
          new GetItemCommand({
            TableName: tableName,
            Key: { region: { S: region }, item: { S: item } },
            ConsistentRead: true,
          }),
        );
        return Item === undefined ? undefined : noteFrom(Item, seconds());
      });
    },
    async update(region, updates) {
      if (mode === 'observe') {
        return;
      }
      const failures: AwsCallError[] = [];
      const place = { table: tableName, region, now: now() };
      const run = async ({ call, items, send, oneByOne }: WriteCall): Promise<void> => {
        // A table that answers none of so many calls answers no other, and each one waits until it is given up.
        if (failures.length >= AT_ONCE) {
          return;
        }
        try {
          await send(client(), place);
        } catch (error) {
          if (classifyAwsError(error).kind === 'invalid' && oneByOne.length > 0) {
            await runLimited(oneByOne, AT_ONCE, run);
            return;
          }
          const resource = `${named(items)} of ${region} in table ${tableName}`;
          failures.push(new AwsCallError(call, homeRegion, resource, error));
        }
      };
      await runLimited(callsOf(writesOf(updates)), AT_ONCE, run);
      const failure = worthTelling(failures);
      if (failure !== undefined) {
        throw failure;
      }
    },
  };
}
