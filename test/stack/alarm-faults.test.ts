import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { evaluateAlarm } from 'local-aws-peering/parts';
import { driftMetrics } from '../../lib/assessment/metrics.ts';
import type { FindingKind } from '../../lib/model/finding.ts';
import { alarms } from '../../resources/alarms.ts';
import { policyOf } from '../support/fixtures.ts';

/** Each fault that had an alarm of its own, played against the alarms of the stack as they are: one of them rings. */

interface Value {
  readonly namespace: string;
  readonly name: string;
  readonly value: number;
  /** Whose value it is, where it is a queue's. */
  readonly queue?: string;
}

const ALARMS = Object.values(alarms({ policy: policyOf(), stage: 'prod' })).map(
  ({ Properties }) => Properties as unknown as MetricAlarm,
);

/** The logical id of the queue that an alarm watches. */
function queueOf({ Dimensions = [] }: MetricAlarm): string | undefined {
  const [{ Value: value } = {}] = Dimensions.filter(({ Name }) => Name === 'QueueName');
  const { 'Fn::GetAtt': [queue] = [] } = (value ?? {}) as { readonly 'Fn::GetAtt'?: readonly string[] };
  return queue;
}

/** The alarms that are on after as many periods as each looks at, in each of which these values came. */
function ringing(values: readonly Value[]): string[] {
  return ALARMS.filter((alarm) => {
    const seen = values
      .filter(
        ({ namespace, name, queue }) =>
          namespace === alarm.Namespace && name === alarm.MetricName && queue === queueOf(alarm),
      )
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

/** What is left of a function that fails: its event, where it goes after the last try. */
const failed = (queue: 'DeadLetterQueue' | 'UnhandledEventsQueue'): Value[] => [
  { namespace: 'AWS/SQS', name: 'ApproximateNumberOfMessagesVisible', value: 1, queue },
];

/** By the alarm that told of it before. */
const FAULTS: readonly (readonly [before: string, values: readonly Value[]])[] = [
  // As test/stack/template.test.ts shows, these three have a queue of their own, and the others a destination for what failed.
  ...['AcceptRequests', 'SyncRoutes', 'RecordConnectivity'].flatMap(
    (name) =>
      [
        [`${name}Errors`, failed('UnhandledEventsQueue')],
        [
          `${name}Backlog`,
          [
            {
              namespace: 'AWS/SQS',
              name: 'ApproximateAgeOfOldestMessage',
              value: 900,
              queue: `${name}Queue`,
            },
          ],
        ],
      ] as const,
  ),
  ...['CheckConnectivity', 'Sweep', 'ForwardEvents'].map(
    (name) => [`${name}Errors`, failed('DeadLetterQueue')] as const,
  ),
  ['DeadLetterQueueNotEmpty', failed('DeadLetterQueue')],
  ['EventsUnhandled', failed('UnhandledEventsQueue')],
  ['PermanentFailures', [own('PermanentFailures')]],
  // As test/passes/forward-events.test.ts shows, both are published.
  ['EventsNotForwarded', [own('EventsNotForwarded', 3), own('PermanentFailures')]],
  ['ConnectivityLost', [own('PeeringsUnreachable')]],
  ['ProbesWithoutVerdict', [own('ProbesWithoutVerdict')]],
  ['RouteDriftUnrepaired', found('blackhole')],
  ['RouteDriftUnrepaired', found('mass-delete')],
  ['RouteConflict', found('conflict')],
  ['RoutesContested', found('contested')],
  ['ActiveButNotAllowed', found('active-but-not-allowed')],
  ['QuotaLow', [own('QuotaLow')]],
];

/** The table of docs/upgrades.md: by the alarm of before, the alarm of now. */
const TABLE = new Map(
  [
    ...readFileSync(join(__dirname, '../../docs/upgrades.md'), 'utf8').matchAll(
      /^\| `(\w+)` +\| `(\w+)` +\|/gm,
    ),
  ].map(([, before = '', now = '']) => [before, now] as const),
);

describe('a fault that rang an alarm', () => {
  it.each(FAULTS)('of the name %s rings the one that docs/upgrades.md names', (before, values) => {
    expect(ringing(values)).toContain(TABLE.get(before));
  });

  it('is played for every alarm that docs/upgrades.md names, but the sweep that is missing', () => {
    expect([...new Set(FAULTS.map(([before]) => before)), 'SweepMissing'].sort()).toEqual(
      [...TABLE.keys()].sort(),
    );
  });

  it('rings nothing for drift that is being repaired, of which a message tells', () => {
    expect(ringing(found('missing', true))).toEqual([]);
  });

  it('rings nothing once nothing is published', () => {
    expect(ringing([])).toEqual([]);
  });
});
