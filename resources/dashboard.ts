import { functionLogicalId, getAtt, pascalCase, type Resources, ref, sub } from './cloudformation.ts';
import { METRIC_NAMESPACE, optionsOf, SERVICE, type StackContext } from './context.ts';
import { type FunctionName, functionsOf } from './functions.ts';
import { isQueued, queueLogicalId } from './queued-functions.ts';

type Metric = readonly [namespace: string, name: string, ...rest: (string | { readonly label: string })[]];

interface Shown {
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly stat: 'Sum' | 'Maximum';
}

const own = (name: string, label: string): Metric => [METRIC_NAMESPACE, name, 'service', SERVICE, { label }];

/** What a person looks at first, at the left; the sweep is what all others but the queues depend on. */
function shown(functions: readonly FunctionName[]): Shown[] {
  return [
    {
      title: 'Last sweep: runs of the sweep',
      metrics: [['AWS/Lambda', 'Invocations', 'FunctionName', `\${Sweep}`, { label: 'sweeps' }]],
      stat: 'Sum',
    },
    { title: 'Requests that wait', metrics: [own('RequestsWaiting', 'waiting')], stat: 'Sum' },
    {
      title: 'Drift',
      metrics: [own('RouteDrift', 'drift'), own('RouteDriftUnrepaired', 'left to you')],
      stat: 'Maximum',
    },
    { title: 'Peerings that lose pings', metrics: [own('PeeringsUnreachable', 'lost')], stat: 'Maximum' },
    { title: 'Not checked', metrics: [own('ProbesWithoutVerdict', 'without verdict')], stat: 'Maximum' },
    {
      title: 'Age of the oldest event, seconds',
      metrics: functions
        .filter(isQueued)
        .map(
          (name): Metric => [
            'AWS/SQS',
            'ApproximateAgeOfOldestMessage',
            'QueueName',
            `\${${queueLogicalId(name)}}`,
            { label: name },
          ],
        ),
      stat: 'Maximum',
    },
    {
      title: 'Errors',
      metrics: [
        ...functions.map(
          (name): Metric => [
            'AWS/Lambda',
            'Errors',
            'FunctionName',
            `\${${pascalCase(name)}}`,
            { label: `${name} failed` },
          ],
        ),
        own('PermanentFailures', 'calls that go on failing'),
      ],
      stat: 'Sum',
    },
  ];
}

const NOTE =
  'A count of none is not published: **no line means that nothing was counted.** That holds only while the sweep runs, so look ' +
  'at it first. What each means and what to do: `peering status`, `peering drift`, `peering doctor`.';

const WIDTH = 8;
const HEIGHT = 6;

/**
 * One page of graphs in the console. AWS charges for none of the first three dashboards of an account with up to 50 metrics each
 * (docs/cost.md). A dashboard belongs to the account, so its name says the Region.
 */
export function dashboard(context: StackContext): Resources {
  if (optionsOf(context).dashboard === 'none') {
    return {};
  }
  const functions = functionsOf(context.policy);
  const widgets = [
    { type: 'text', x: 0, y: 0, width: 3 * WIDTH, height: 2, properties: { markdown: NOTE } },
    ...shown(functions).map(({ title, metrics, stat }, index) => ({
      type: 'metric',
      x: (index % 3) * WIDTH,
      y: 2 + Math.floor(index / 3) * HEIGHT,
      width: WIDTH,
      height: HEIGHT,
      properties: {
        title,
        metrics,
        stat,
        period: 300,
        region: `\${AWS::Region}`,
        view: 'timeSeries',
        yAxis: { left: { min: 0 } },
      },
    })),
  ];
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: sub(`${SERVICE}-${context.stage}-\${AWS::Region}`),
        DashboardBody: {
          'Fn::Sub': [
            JSON.stringify({ widgets }),
            {
              ...Object.fromEntries(
                functions.map((name) => [pascalCase(name), ref(functionLogicalId(name))]),
              ),
              ...Object.fromEntries(
                functions
                  .filter(isQueued)
                  .map((name) => [queueLogicalId(name), getAtt(queueLogicalId(name), 'QueueName')]),
              ),
            },
          ],
        },
      },
    },
  };
}
