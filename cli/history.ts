import { readHistory } from '../lib/aws/history.ts';
import type { HistoryEvent } from '../lib/model/history.ts';
import { CliError } from './errors.ts';
import { policiesOf } from './policy.ts';
import { defaultRegion } from './source/live.ts';
import { findStack } from './stack.ts';
import type { Invocation } from './verb.ts';

export interface PlacedEvent extends HistoryEvent {
  readonly region: string;
}

/** The Regions that are asked for, or those of the policy, or the one of the AWS settings. */
async function regionsOf(invocation: Invocation): Promise<string[]> {
  const { region = [] } = invocation.options;
  const managed = policiesOf(invocation).all.flatMap(({ regions }) => regions);
  if (region.length > 0) {
    return [...new Set(region)];
  }
  return managed.length > 0 ? [...new Set(managed)].sort() : [await defaultRegion()];
}

/**
 * What happened in all Regions that are asked for, oldest first.
 *
 * @throws CliError without a stack, because only a stack has a history.
 */
export async function eventsSince(invocation: Invocation, since: Date): Promise<PlacedEvent[]> {
  const { options, progress } = invocation;
  const regions = await regionsOf(invocation);
  progress.doing('Reading the history');
  // The stack is at home in one Region, which need not be among those that are asked for.
  const home = await defaultRegion().catch(() => regions[0] ?? '');
  const stack = await findStack([home, ...regions], options.stage);
  const table = stack?.resources.get('Registry');
  if (stack === undefined || table === undefined) {
    throw new CliError(
      'No stack was found, and it is the stack that keeps the history. Deploy it (npx serverless deploy), or name its --stage or --region.',
    );
  }
  const read = await Promise.all(
    regions.map(async (region) => {
      const events = await readHistory({ name: table, homeRegion: stack.region }, region, since);
      return events.map((event): PlacedEvent => ({ ...event, region }));
    }),
  );
  progress.done();
  return read.flat().sort((a, b) => a.at - b.at);
}
