import { embeddedMetrics } from './emf.ts';
import type { LabFunction } from './lambda-functions.ts';
import type { MetricStore } from './metrics.ts';
import { selectedBy } from './place-selector.ts';
import type { LabCall, LabClock, LabLog, LabResponse, LabRoute, Place } from './types.ts';

export interface FunctionLogLine extends Place {
  readonly function: string;
  readonly requestId: string;
  /** ISO 8601 */
  readonly time: string;
  readonly line: string;
}

export interface FunctionLogs {
  /** Keeps one line, and the metrics in it. */
  append(fn: LabFunction, requestId: string, line: string): void;
  /** The lines of one invocation. */
  of(requestId: string): readonly string[];
  /** Copies the lines of one invocation into CloudWatch Logs. */
  ship(fn: LabFunction, requestId: string): Promise<void>;
  readonly routes: readonly LabRoute[];
}

/** The oldest go when there are more. */
const KEPT = 20_000;

/** A short function name (`sweep`) finds the deployed one (`service-stage-sweep`). */
export function isNamed(deployedName: string, name: string): boolean {
  return deployedName === name || deployedName.endsWith(`-${name}`);
}

export function createFunctionLogs({
  metrics,
  clock,
  call,
  log,
}: {
  readonly metrics: MetricStore;
  readonly clock: LabClock;
  call(call: LabCall): Promise<LabResponse>;
  readonly log: LabLog;
}): FunctionLogs {
  let lines: FunctionLogLine[] = [];

  async function logs(
    { accountId, region }: LabFunction,
    action: string,
    body: unknown,
  ): Promise<LabResponse> {
    return call({
      service: 'logs',
      accountId,
      region,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${action}` },
      body: JSON.stringify(body),
    });
  }

  return {
    append(fn, requestId, line) {
      lines.push({
        function: fn.name,
        accountId: fn.accountId,
        region: fn.region,
        requestId,
        time: clock.now().toISOString(),
        line,
      });
      if (lines.length > KEPT) {
        lines = lines.slice(KEPT / 10);
      }
      for (const metric of embeddedMetrics(line)) {
        metrics.add({ ...metric, accountId: fn.accountId, region: fn.region });
      }
    },
    of: (requestId) => lines.filter((kept) => kept.requestId === requestId).map(({ line }) => line),
    async ship(fn, requestId) {
      const logGroupName = `/aws/lambda/${fn.name}`;
      const logStreamName = `${clock.now().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${requestId}`;
      const logEvents = lines
        .filter((line) => line.requestId === requestId)
        .map(({ time, line }) => ({ timestamp: Date.parse(time), message: line }));
      // A group or stream that is there already is what is wanted.
      const made = await logs(fn, 'CreateLogStream', { logGroupName, logStreamName });
      const isGroupMissing =
        made.status !== 200 && made.body.toString().includes('ResourceNotFoundException');
      if (isGroupMissing) {
        // It went with the stack while the function still ran. Lambda would make it anew only where the role may do that.
        return;
      }
      const { status, body } = await logs(fn, 'PutLogEvents', { logGroupName, logStreamName, logEvents });
      if (status !== 200) {
        log('the log of a function did not reach CloudWatch Logs', {
          logGroup: logGroupName,
          error: body.toString(),
        });
      }
    },
    routes: [
      {
        method: 'GET',
        path: '/_lab/logs',
        handle({ query }) {
          const name = query.get('function');
          const requestId = query.get('requestId');
          const selected = selectedBy(query);
          return lines.filter(
            (line) =>
              selected(line) &&
              (name === null || isNamed(line.function, name)) &&
              (requestId ?? line.requestId) === line.requestId,
          );
        },
      },
    ],
  };
}
