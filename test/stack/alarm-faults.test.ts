import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { evaluateAlarm } from '../../lab/alarm-evaluation.ts';
import { createMetricFilters } from '../../lab/metric-filters.ts';
import { driftMetrics } from '../../lib/assessment/metrics.ts';
import type { FindingKind } from '../../lib/model/finding.ts';
import { alarms } from '../../resources/alarms.ts';
import { functionErrors } from '../../resources/function-errors.ts';
import { policyOf } from '../support/fixtures.ts';

/** Each fault that had an alarm of its own, played against the alarms of the stack as they are: one of them rings. */

interface Value {
  readonly namespace: string;
  readonly name: string;
  readonly value: number;
}

const ALARMS = Object.values(alarms({ policy: policyOf(), stage: 'prod' })).map(
  ({ Properties }) => Properties as unknown as MetricAlarm,
);

/** The alarms that are on after as many periods as each looks at, in each of which these values came. */
function ringing(values: readonly Value[]): string[] {
  return ALARMS.filter((alarm) => {
    const seen = values
      .filter(({ namespace, name }) => namespace === alarm.Namespace && name === alarm.MetricName)
      .map(({ value }) => value);
    const periods = Array.from({ length: alarm.EvaluationPeriods ?? 1 }, () =>
      seen.length === 0 ? undefined : Math.max(...seen),
    );
    return evaluateAlarm({ ...alarm, StateValue: 'OK' }, periods).state === 'ALARM';
  }).map(({ AlarmName = '' }) => AlarmName.replace('vpc-peering-autopilot-prod-', ''));
}

const own = (name: string, value = 1): Value => ({ namespace: 'VpcPeeringAutopilot', name, value });

/** What is published of a finding: a count of none is not. */
function found(kind: FindingKind, repairable = false): Value[] {
  const finding = { kind, region: 'us-east-1', detail: 'Something.', repairable };
  return Object.entries(driftMetrics([finding]))
    .filter(([, value]) => value > 0)
    .map(([name, value]) => own(name, value));
}

/** What the stack's filter of a function's log makes of a line. */
function logged(filterId: string, text: string): Value[] {
  const values: Value[] = [];
  const place = { accountId: '111122223333', region: 'us-east-1' };
  const filters = createMetricFilters({
    add: ({ namespace, name, value }) => values.push({ namespace, name, value }),
  });
  const properties = functionErrors('prod')[filterId]?.Properties ?? {};
  filters.maker.make({
    ...place,
    stackName: 'stack',
    logicalId: filterId,
    properties: { ...properties, LogGroupName: 'group' },
  });
  filters.measure({ ...place, logGroup: 'group', text });
  return values;
}

const FUNCTION_NAMES = [
  'AcceptRequests',
  'SyncRoutes',
  'CheckConnectivity',
  'RecordConnectivity',
  'Sweep',
  'ForwardEvents',
] as const;

/** Lines as Lambda writes them (Lambda developer guide, "Troubleshoot execution issues"). */
const FAILED = [
  '2026-01-01T00:00:00.000Z 8f5a Task timed out after 120.00 seconds',
  'RequestId: 8f5a Error: Runtime exited with error: signal: killed',
  '2026-01-01T00:00:00.000Z\t8f5a\tERROR\tInvoke Error \t{"errorType":"RetryableFailure"}',
  '2026-01-01T00:00:00.000Z\tundefined\tERROR\tUncaught Exception \t{"errorType":"Runtime.ImportModuleError"}',
  '2026-01-01T00:00:00.000Z\t8f5a\tERROR\tUnhandled Promise Rejection \t{"errorType":"TypeError"}',
];

/** By the alarm that told of it before. */
const FAULTS: readonly (readonly [before: string, values: readonly Value[]])[] = [
  ...FUNCTION_NAMES.flatMap((name) =>
    FAILED.map((line) => [`${name}Errors`, logged(`${name}ErrorsFilter`, line)] as const),
  ),
  [
    'DeadLetterQueueNotEmpty',
    [{ namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible', value: 1 }],
  ],
  ['EventsUnhandled', [{ namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible', value: 1 }]],
  ...['AcceptRequests', 'SyncRoutes', 'RecordConnectivity'].map(
    (name) =>
      [
        `${name}Backlog`,
        [{ namespace: 'AWS/SQS', name: 'ApproximateAgeOfOldestMessage', value: 900 }],
      ] as const,
  ),
  ['PermanentFailures', [own('PermanentFailures')]],
  // As test/passes/forward-events.test.ts shows, both are published.
  ['EventsNotForwarded', [own('EventsNotForwarded', 3), own('PermanentFailures')]],
  ['ConnectivityLost', [own('PeeringsUnreachable')]],
  ['ProbesWithoutVerdict', [own('ProbesWithoutVerdict')]],
  ['RouteDrift', found('missing', true)],
  ['RouteDriftUnrepaired', found('blackhole')],
  ['RouteDriftUnrepaired', found('mass-delete')],
  ['RouteConflict', found('conflict')],
  ['RoutesContested', found('contested')],
  ['ActiveButNotAllowed', found('active-but-not-allowed')],
  ['QuotaLow', [own('QuotaLow')]],
];

/** The table of docs/stack.md: by the alarm of before, the alarm of now. */
const TABLE = new Map(
  [
    ...readFileSync(join(__dirname, '../../docs/stack.md'), 'utf8').matchAll(/^\| `(\w+)` +\| `(\w+)` +\|/gm),
  ].map(([, before = '', now = '']) => [before, now] as const),
);

describe('a fault that rang an alarm', () => {
  it.each(FAULTS)('of the name %s rings the one that docs/stack.md names', (before, values) => {
    expect(ringing(values)).toContain(TABLE.get(before));
  });

  it('is played for every alarm that docs/stack.md names, but the sweep that is missing', () => {
    expect([...new Set(FAULTS.map(([before]) => before)), 'SweepMissing'].sort()).toEqual(
      [...TABLE.keys()].sort(),
    );
  });

  it('rings nothing once nothing is published', () => {
    expect(ringing([])).toEqual([]);
  });

  it('is not an ordinary line of a log', () => {
    expect(logged('SweepErrorsFilter', '{"level":"ERROR","message":"events not carried home"}')).toEqual([]);
  });
});
