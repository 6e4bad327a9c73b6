import { createEc2Clients } from '../lib/aws/ec2-clients.ts';
import { readHistory } from '../lib/aws/history.ts';
import { createNetworkReader } from '../lib/aws/reads.ts';
import { classifyAwsError } from '../lib/model/aws-error.ts';
import type { PlacedEvent } from '../lib/report/history-table.ts';
import { shown } from './output.ts';
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

/**
 * By id: what people call the peerings of these events, as far as EC2 still shows them. The history holds without: where they
 * cannot be read, a note says so.
 */
export async function namesOfPeerings(
  events: readonly PlacedEvent[],
  { output, progress }: Pick<Invocation, 'output' | 'progress'>,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, Set<string>>();
  for (const { region, peeringId } of events) {
    if (peeringId !== undefined) ids.set(region, (ids.get(region) ?? new Set()).add(peeringId));
  }
  const reader = createNetworkReader(createEc2Clients(), () => undefined);
  progress.doing('Looking up the names of the peerings');
  const read = await Promise.all(
    [...ids].map(async ([region, peeringIds]) => {
      try {
        return await reader.readPeerings(region, { peeringIds: [...peeringIds] });
      } catch (error) {
        const why = shown(classifyAwsError(error).message, 300);
        output.note(`note: The names of the peerings in ${region} are not known: ${why}`);
        return [];
      }
    }),
  );
  progress.done();
  return new Map(
    read.flat().flatMap(({ peeringId, tags }) => (tags.Name ? [[peeringId, tags.Name] as const] : [])),
  );
}
