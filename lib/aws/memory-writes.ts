import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { classifyAwsError } from '../model/aws-error.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { historyAttributes, historyItem, historyPartition } from './history-items.ts';
import { noteItem, REPAIR_KEPT_SECONDS, repairItem, routeItem } from './memory-items.ts';

/** One call: what is to become of one item. */
export type ItemWrite =
  | { readonly item: string; readonly kind: 'add' | 'take'; readonly destinations: readonly string[] }
  | { readonly item: string; readonly kind: 'put'; readonly attributes: PutAttributes }
  | { readonly item: string; readonly kind: 'put-event'; readonly attributes: PutAttributes }
  | { readonly item: string; readonly kind: 'delete' | 'delete-event' };

type PutAttributes = NonNullable<ConstructorParameters<typeof PutItemCommand>[0]['Item']>;

const number = (value: number) => ({ N: String(value) });

function repairWrite({
  routeTableId,
  destination,
  times,
}: Extract<MemoryUpdate, { kind: 'repaired' }>): ItemWrite {
  const item = repairItem(routeTableId, destination);
  const last = times.at(-1);
  return last === undefined
    ? { item, kind: 'delete' }
    : {
        item,
        kind: 'put',
        attributes: { times: { L: times.map(number) }, expires: number(last + REPAIR_KEPT_SECONDS) },
      };
}

function noteWrite({ key, value, at, expiresAt }: Extract<MemoryUpdate, { kind: 'note' }>): ItemWrite {
  return {
    item: noteItem(key),
    kind: 'put',
    attributes: {
      value: { S: value },
      at: number(at),
      ...(expiresAt === undefined ? {} : { expires: number(expiresAt) }),
    },
  };
}

/** One call for each item that is written, two where destinations both come and go; of updates of one thing the last counts. */
export function writesOf(updates: readonly MemoryUpdate[]): readonly ItemWrite[] {
  const whole = new Map<string, ItemWrite>();
  /** By item, then by destination. */
  const sets = new Map<string, Map<string, 'add' | 'take'>>();
  for (const update of updates) {
    switch (update.kind) {
      case 'own':
      case 'not-own': {
        const item = routeItem(update.routeTableId, update);
        const set = sets.get(item) ?? new Map<string, 'add' | 'take'>();
        sets.set(item, set.set(update.destination, update.kind === 'own' ? 'add' : 'take'));
        break;
      }
      case 'repaired':
        whole.set(repairItem(update.routeTableId, update.destination), repairWrite(update));
        break;
      case 'note':
        whole.set(noteItem(update.key), noteWrite(update));
        break;
      case 'forget-note':
        whole.set(noteItem(update.key), { item: noteItem(update.key), kind: 'delete' });
        break;
      case 'event': {
        const item = historyItem(update.event);
        whole.set(item, { item, kind: 'put-event', attributes: historyAttributes(update.event) });
        break;
      }
      case 'forget-event': {
        const item = historyItem(update.event);
        whole.set(item, { item, kind: 'delete-event' });
      }
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
  return [...changed, ...whole.values()];
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
export async function sendWrite(client: DynamoDBClient, place: Place, write: ItemWrite): Promise<void> {
  const key = { region: { S: place.region }, item: { S: write.item } };
  const historyKey = { region: { S: historyPartition(place.region) }, item: key.item };
  const target = { TableName: place.table, Key: key };
  switch (write.kind) {
    case 'put':
      await client.send(
        new PutItemCommand({ TableName: place.table, Item: { ...key, ...write.attributes } }),
      );
      break;
    case 'put-event':
      await client.send(
        new PutItemCommand({
          TableName: place.table,
          Item: { ...historyKey, ...write.attributes },
        }),
      );
      break;
    case 'delete-event':
      await client.send(new DeleteItemCommand({ TableName: place.table, Key: historyKey }));
      break;
    case 'delete':
      await client.send(new DeleteItemCommand(target));
      break;
    case 'add':
      await client.send(
        new UpdateItemCommand({
          ...target,
          UpdateExpression: 'SET #at = :at ADD #destinations :given',
          ExpressionAttributeNames: { '#at': 'at', '#destinations': 'destinations' },
          ExpressionAttributeValues: { ':at': number(place.now), ':given': { SS: [...write.destinations] } },
        }),
      );
      break;
    case 'take': {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          ...target,
          UpdateExpression: 'DELETE #destinations :given',
          ExpressionAttributeNames: { '#destinations': 'destinations' },
          ExpressionAttributeValues: { ':given': { SS: [...write.destinations] } },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      if (Attributes?.destinations === undefined) {
        await deleteEmpty(client, target);
      }
    }
  }
}

/** The calls of a write, for messages. */
export function callOf({ kind }: ItemWrite): string {
  switch (kind) {
    case 'put':
    case 'put-event':
      return 'PutItem';
    case 'delete':
    case 'delete-event':
      return 'DeleteItem';
    case 'add':
    case 'take':
      return 'UpdateItem';
  }
}
