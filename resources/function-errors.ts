import { FUNCTIONS } from '../build/functions.ts';
import { logGroupLogicalId, pascalCase, type Resources, ref } from './cloudformation.ts';
import { METRIC_NAMESPACE } from './context.ts';

/** Failed invocations of all functions in one metric, for one alarm: Lambda has a metric for each, each with its price. */
export const FUNCTION_ERRORS = 'FunctionErrors';

/** Stages that share an account are apart. */
export function functionErrorsNamespace(stage: string): string {
  return `${METRIC_NAMESPACE}/${stage}`;
}

/**
 * What Lambda and its Node runtime log of an invocation that failed (Lambda developer guide, "Troubleshoot execution issues"):
 * the time was over; the process ended, also for lack of memory; the handler threw; the module did; a promise was rejected.
 * A function that cannot be started at all logs nothing: its events go to a dead-letter queue or wait, and both have alarms.
 */
const SIGNS = [
  'Task timed out after',
  'Runtime exited',
  'Invoke Error',
  'Uncaught Exception',
  'Unhandled Promise Rejection',
] as const;

export function functionErrors(stage: string): Resources {
  return Object.fromEntries(
    FUNCTIONS.map((name) => [
      `${pascalCase(name)}ErrorsFilter`,
      {
        Type: 'AWS::Logs::MetricFilter',
        Properties: {
          LogGroupName: ref(logGroupLogicalId(name)),
          FilterPattern: SIGNS.map((sign) => `?"${sign}"`).join(' '),
          MetricTransformations: [
            {
              MetricNamespace: functionErrorsNamespace(stage),
              MetricName: FUNCTION_ERRORS,
              MetricValue: '1',
            },
          ],
        },
      },
    ]),
  );
}
