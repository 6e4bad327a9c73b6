import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { classifyAwsError } from '../model/aws-error.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { historyAttributes, historyItem, historyPartition } from './history-items.ts';
import { noteItem, REPAIR_KEPT_SECONDS, repairItem, routeItem } from './memory-items.ts';

/** Destinations that come to one item, or leave it: a call of its own, as only an UpdateItem changes a set. */
export interface SetChange {
  readonly item: string;
  readonly kind: 'add' | 'take';
  readonly destinations: readonly string[];
}

/** What is to become of one whole item: one of a BatchWriteItem's requests. */
export interface ItemWrite {
  readonly item: string;
  /** `history`: beside what is remembered of the Region. */
  readonly of: 'region' | 'history';
  /** Left out: the item goes. */
  readonly attributes?: Attributes;
}

export interface Writes {
  readonly sets: readonly SetChange[];
  readonly items: readonly ItemWrite[];
}

type Attributes = NonNullable<WriteRequest['PutRequest']>['Item'];

const number = (value: number) => ({ N: String(value) });

function repairWrite({
  routeTableId,
  destination,
  times,
}: Extract<MemoryUpdate, { kind: 'repaired' }>): ItemWrite {
  const item = repairItem(routeTableId, destination);
  const last = times.at(-1);
  return {
    item,
    of: 'region',
    ...(last === undefined
      ? {}
      : { attributes: { times: { L: times.map(number) }, expires: number(last + REPAIR_KEPT_SECONDS) } }),
  };
}

function noteWrite({ key, value, at, expiresAt }: Extract<MemoryUpdate, { kind: 'note' }>): ItemWrite {
  return {
    item: noteItem(key),
    of: 'region',
    attributes: {
      value: { S: value },
      at: number(at),
      ...(expiresAt === undefined ? {} : { expires: number(expiresAt) }),
    },
  };
}

type WholeUpdate = Exclude<MemoryUpdate, { kind: 'own' | 'not-own' }>;

function itemWrite(update: WholeUpdate): ItemWrite {
  switch (update.kind) {
    case 'repaired':
      return repairWrite(update);
    case 'note':
      return noteWrite(update);
    case 'forget-note':
      return { item: noteItem(update.key), of: 'region' };
    case 'event':
      return {
        item: historyItem(update.event),
        of: 'history',
        attributes: historyAttributes(update.event),
      };
    case 'forget-event':
      return { item: historyItem(update.event), of: 'history' };
  }
}

/** Of updates of one thing the last counts, so that no item is written twice: a BatchWriteItem takes none of them then. */
export function writesOf(updates: readonly MemoryUpdate[]): Writes {
  const items = new Map<string, ItemWrite>();
  /** By item, then by destination. */
  const sets = new Map<string, Map<string, SetChange['kind']>>();
  for (const update of updates) {
    if (update.kind === 'own' || update.kind === 'not-own') {
      const item = routeItem(update.routeTableId, update);
      const set = sets.get(item) ?? new Map<string, SetChange['kind']>();
      sets.set(item, set.set(update.destination, update.kind === 'own' ? 'add' : 'take'));
    } else {
      const write = itemWrite(update);
      items.set(`${write.of} ${write.item}`, write);
    }
  }
  const changed = [...sets].flatMap(([item, set]) =>
    (['add', 'take'] as const).flatMap((kind) => {
      const destinations = [...set].flatMap(([destination, change]) =>
        change === kind ? [destination] : [],
      );
      return destinations.length === 0 ? [] : [{ item, kind, destinations }];
    }),
  );
  return { sets: changed, items: [...items.values()] };
}

export interface Place {
  readonly table: string;
  /** The Region that is remembered, not that of the table. */
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** An item whose last destination is gone goes too, unless somebody has added one meanwhile. */
async function deleteEmpty(
  client: DynamoDBClient,
  target: Pick<ConstructorParameters<typeof DeleteItemCommand>[0], 'TableName' | 'Key'>,
): Promise<void> {
  try {
    await client.send(
      new DeleteItemCommand({
        ...target,
        ConditionExpression: 'attribute_not_exists(#destinations)',
        ExpressionAttributeNames: { '#destinations': 'destinations' },
      }),
    );
  } catch (error) {
    if (classifyAwsError(error).code !== 'ConditionalCheckFailedException') {
      throw error;
    }
  }
}

/** Adding to a set and taking from it are atomic, and the same when they are done twice: nothing is read before. */
export async function sendSetChange(client: DynamoDBClient, place: Place, change: SetChange): Promise<void> {
  const target = { TableName: place.table, Key: { region: { S: place.region }, item: { S: change.item } } };
  const destinations: AttributeValue = { SS: [...change.destinations] };
  if (change.kind === 'add') {
    await client.send(
      new UpdateItemCommand({
        ...target,
        UpdateExpression: 'SET #at = :at ADD #destinations :given',
        ExpressionAttributeNames: { '#at': 'at', '#destinations': 'destinations' },
        ExpressionAttributeValues: { ':at': number(place.now), ':given': destinations },
      }),
    );
    return;
  }
  const { Attributes } = await client.send(
    new UpdateItemCommand({
      ...target,
      UpdateExpression: 'DELETE #destinations :given',
      ExpressionAttributeNames: { '#destinations': 'destinations' },
      ExpressionAttributeValues: { ':given': destinations },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  if (Attributes?.destinations === undefined) {
    await deleteEmpty(client, target);
  }
}

/** The most that one BatchWriteItem takes (DynamoDB API reference). */
export const BATCH_ITEMS = 25;

/** Before what DynamoDB left undone is sent again, in milliseconds; then the update fails, and the pass is repeated. */
const PAUSES_MS = [50, 200, 800];

function writeRequest({ region }: Place, { item, of, attributes }: ItemWrite): WriteRequest {
  const key = { region: { S: of === 'history' ? historyPartition(region) : region }, item: { S: item } };
  return attributes === undefined
    ? { DeleteRequest: { Key: key } }
    : { PutRequest: { Item: { ...key, ...attributes } } };
}

/**
 * Writes whole items, at most `BATCH_ITEMS`. DynamoDB answers well and leaves items undone when the table is asked for more
 * than it takes (DynamoDB API reference, BatchWriteItem, "UnprocessedItems"): they are sent again.
 *
 * @throws a throttling error if some are undone even then.
 */
export async function sendItems(
  client: DynamoDBClient,
  place: Place,
  writes: readonly ItemWrite[],
): Promise<void> {
  let left = writes.map((write) => writeRequest(place, write));
  for (const pause of [...PAUSES_MS, undefined]) {
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [place.table]: left } }),
    );
    left = UnprocessedItems?.[place.table] ?? [];
    if (left.length === 0) {
      return;
    }
    if (pause !== undefined) {
      await delay(pause * (0.5 + Math.random() / 2));
    }
  }
  throw Object.assign(new Error(`DynamoDB left ${left.length} of ${writes.length} items undone.`), {
    name: 'ThrottlingException',
  });
}
