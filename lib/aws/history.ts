import { DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { HistoryEvent } from '../model/history.ts';
import { namingCall } from './call-error.ts';
import { createClient } from './clients.ts';
import { historyEventFrom, historyPartition } from './history-items.ts';

/**
 * Events of a Region, oldest first.
 *
 * @param since nothing older is read.
 * @throws AwsCallError
 */
export function readHistory(
  table: { readonly name: string; readonly homeRegion: string },
  region: string,
  since: Date,
): Promise<HistoryEvent[]> {
  const client = createClient(DynamoDBClient, { region: table.homeRegion });
  return namingCall('Query', table.homeRegion, `table ${table.name} (history of ${region})`, async () => {
    const events: HistoryEvent[] = [];
    let next: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const page: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName: table.name,
          KeyConditionExpression: '#region = :region AND #item >= :since',
          ExpressionAttributeNames: { '#region': 'region', '#item': 'item' },
          ExpressionAttributeValues: {
            ':region': { S: historyPartition(region) },
            ':since': { S: since.toISOString() },
          },
          ExclusiveStartKey: next,
        }),
      );
      for (const item of page.Items ?? []) {
        const event = historyEventFrom(item);
        if (event !== undefined) events.push(event);
      }
      next = page.LastEvaluatedKey;
    } while (next !== undefined);
    return events;
  });
}
