import { readHistory } from '../lib/aws/history.ts';
import type { PlacedEvent } from '../lib/report/history-table.ts';
import { findRegistry } from './registry.ts';
import type { Invocation } from './verb.ts';

/**
 * What happened in all Regions that are asked for, oldest first.
 *
 * @throws CliError without a stack, because only a stack has a history.
 */
export async function eventsSince(invocation: Invocation, since: Date): Promise<PlacedEvent[]> {
  const { progress } = invocation;
  progress.doing('Reading the history');
  const { stack, table, regions } = await findRegistry(invocation, 'it is the stack that keeps the history');
  const read = await Promise.all(
    regions.map(async (region) => {
      const events = await readHistory({ name: table, homeRegion: stack.region }, region, since);
      return events.map((event): PlacedEvent => ({ ...event, region }));
    }),
  );
  progress.done();
  return read.flat().sort((a, b) => a.at - b.at);
}
