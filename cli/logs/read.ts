import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { LogLine } from './log-entry.ts';

/**
 * Terms of which a line that tells of something wrong has one: levels of the logger, the error that ended an invocation, and
 * what Lambda writes itself. CloudWatch Logs guide, "Filter pattern syntax": `?` before each means any of them.
 */
const ANY_TERM = '?ERROR ?WARN ?CRITICAL ?errorMessage ?"Task timed out" ?"Runtime exited"';

/** FilterLogEvents answers up to 10,000 lines or 1 MB a page; a log that is all errors is not read to its end. */
const MAX_LINES = 20_000;

export interface LogRead {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  /** `none`: the function has written no log yet. `cut`: there is more than is read. */
  readonly extent: 'whole' | 'cut' | 'none';
}

/**
 * Lines of a function's log that tell of something wrong, and some that do not: the caller looks at each.
 *
 * @throws AwsCallError
 */
export async function readLog(functionName: string, region: string, since: Date): Promise<LogRead> {
  const client = createClient(CloudWatchLogsClient, { region });
  const logGroupName = `/aws/lambda/${functionName}`;
  const lines: LogLine[] = [];
  try {
    const pages = paginateFilterLogEvents(
      { client },
      { logGroupName, startTime: since.getTime(), filterPattern: ANY_TERM },
    );
    for await (const { events = [] } of pages) {
      for (const { timestamp, message } of events) {
        if (timestamp !== undefined && message !== undefined) lines.push({ at: timestamp, text: message });
      }
      if (lines.length >= MAX_LINES) return { lines, extent: 'cut' };
    }
    return { lines, extent: 'whole' };
  } catch (error) {
    if (classifyAwsError(error).kind === 'not-found') return { lines: [], extent: 'none' };
    throw new AwsCallError('FilterLogEvents', region, logGroupName, error);
  }
}
