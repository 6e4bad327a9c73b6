import { AwsCallError } from '../../lib/aws/call-error.ts';
import {
  historySince,
  noPageHistory,
  type PageHistory,
  pageHistory,
} from '../../lib/report/history-table.ts';
import type { Assessment } from '../assess.ts';
import { CliError, describeError } from '../errors.ts';
import { eventsSince } from '../history.ts';
import type { Invocation } from '../verb.ts';

const NO_HISTORY = {
  snapshot: 'a snapshot has none',
  fleet: 'of many accounts it is not read',
} as const;

/** What happened lately, from the registry of the stack; of the one account that was read. */
export async function readPageHistory(
  invocation: Invocation,
  assessment: Pick<Assessment, 'names' | 'source'>,
  now: Date,
): Promise<PageHistory> {
  const { kind } = assessment.source;
  if (kind !== 'live') {
    return noPageHistory(`: ${NO_HISTORY[kind]}. See "peering history" in each account.`);
  }
  try {
    return pageHistory(await eventsSince(invocation, historySince(now)), assessment);
  } catch (error) {
    if (error instanceof CliError || error instanceof AwsCallError) {
      return noPageHistory(`. ${describeError(error)}`);
    }
    throw error;
  }
}
