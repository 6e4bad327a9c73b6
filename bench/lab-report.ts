import type { FlowCalls, LabResult, Timeline } from './lab-flows.ts';
import { goalText, median, milliseconds, number, ratio, table } from './markdown.ts';

const GOAL_RATIO = 1.5;

/** Calls one after the other between the request and the last route. */
const SEQUENTIAL = {
  script: ['CreateVpcPeeringConnection', 'AcceptVpcPeeringConnection', 'CreateRoute (two at once)'],
  product: [
    'CreateVpcPeeringConnection',
    'DescribeVpcPeeringConnections',
    'tables, peerings, VPCs and the memory, side by side',
    'BatchWriteItem (what is about to be done)',
    'AcceptVpcPeeringConnection',
    'PutEvents',
    'tables, peerings, VPCs and the memory, side by side',
    'CreateRoute (two at once)',
  ],
} as const;

export function endToEndMarkdown({ product, script }: Pick<LabResult, 'product' | 'script'>): string {
  const middle = (lines: readonly Timeline[], step: keyof Timeline) =>
    median(lines.map((line) => line[step]));
  const steps = ['requested', 'accepted', 'routed'] as const;
  const overall = middle(product, 'routed') / middle(script, 'routed');
  const perCall = (lines: readonly Timeline[], calls: number) => middle(lines, 'routed') / calls;
  const perProductCall = perCall(product, SEQUENTIAL.product.length);
  const perScriptCall = perCall(script, SEQUENTIAL.script.length);
  return [
    `Median of ${product.length} requests each, by turns; the functions are warm. Milliseconds from sending the request.`,
    '',
    table(
      [
        '',
        number('request answered'),
        number('accepted'),
        number('routes on both sides'),
        number('calls in a row'),
      ],
      [
        [
          'the deployed stack',
          ...steps.map((step) => milliseconds(middle(product, step))),
          `${SEQUENTIAL.product.length}`,
        ],
        [
          'shortest script',
          ...steps.map((step) => milliseconds(middle(script, step))),
          `${SEQUENTIAL.script.length}`,
        ],
        ['ratio', ...steps.map((step) => ratio(middle(product, step), middle(script, step))), ''],
      ],
    ),
    '',
    `- Goal ${GOAL_RATIO} times the script: ${goalText(overall, GOAL_RATIO)}.`,
    `- The script knows every id and decides nothing: ${SEQUENTIAL.script.length} calls one after the other, ` +
      `${milliseconds(perScriptCall)} ms each. The stack makes ${SEQUENTIAL.product.length} (${SEQUENTIAL.product.join(', ')}), ` +
      `${milliseconds(perProductCall)} ms each with two hops of events and queues. It reads the state again before it accepts and before it routes, ` +
      'because events are only hints, and records its decision before it acts. Calls cost the same on both sides, so ' +
      `${ratio(SEQUENTIAL.product.length, SEQUENTIAL.script.length)} is what the number of calls alone comes to.`,
    '- On AWS the delivery of the CloudTrail event, seconds to minutes, is more than all of this; the lab delivers at once.',
  ].join('\n');
}

interface Least {
  readonly calls: FlowCalls;
  /** Why not fewer. */
  readonly because: string;
}

/** One look at a Region, all side by side. */
const READS = {
  'ec2:DescribeRouteTables': 1,
  'ec2:DescribeVpcPeeringConnections': 1,
  'ec2:DescribeVpcs': 1,
  'dynamodb:Query': 1,
} as const;

function sum(...flows: readonly FlowCalls[]): FlowCalls {
  const total: Record<string, number> = {};
  for (const [name, times] of flows.flatMap((part) => Object.entries(part))) {
    total[name] = (total[name] ?? 0) + times;
  }
  return total;
}

/** The fewest calls that the invariants of docs/architecture.md leave, for two VPCs of one account and Region. */
export const LEAST: Readonly<Record<keyof LabResult['calls'], Least>> = {
  accept: {
    calls: sum(
      { 'ec2:DescribeVpcPeeringConnections': 1 },
      READS,
      {
        'dynamodb:BatchWriteItem': 3,
        'ec2:CreateTags': 1,
        'ec2:AcceptVpcPeeringConnection': 1,
        'events:PutEvents': 1,
        'sns:Publish': 1,
      },
      READS,
      { 'ec2:CreateRoute': 2, 'dynamodb:UpdateItem': 2, 'ec2:CreateTags': 1, 'events:PutEvents': 1 },
    ),
    because:
      'two functions that share nothing, each of which looks once; the request itself before that, to know whose tables to read; what is about to be done, what was told and that a message went out are remembered, so that nothing is lost in between, the decision and the routes of each table for the history with them; the acceptance, two routes and their two places in the registry, the tags for people; one event and at most one message for each step',
  },
  'drift repair': {
    calls: sum(READS, {
      'ec2:CreateRoute': 1,
      'dynamodb:BatchWriteItem': 2,
      'events:PutEvents': 1,
      'sns:Publish': 1,
    }),
    because:
      'one look finds, tells and repairs; the repair is counted, and what was told of it is forgotten, so that it is news when it comes back, in one call with the repair for the history; the finding for the history; one event, one message',
  },
  delete: {
    calls: sum(READS, {
      'ec2:DescribeRouteTables': 2,
      'ec2:DescribeVpcPeeringConnections': 1,
      'ec2:DeleteRoute': 2,
      'dynamodb:BatchWriteItem': 2,
      'dynamodb:UpdateItem': 2,
      'dynamodb:DeleteItem': 2,
      'sns:Publish': 1,
    }),
    because:
      'one look; the peering once more, as it may only look vanished, and each table once more right before its delete (EC2 has no compare-and-set); two deletes, and two places in the registry that are emptied and then removed; what was told, the end and the routes of each table for the history in the same two calls; one message',
  },
  'settled sweep': {
    calls: sum(READS, { 'ec2:DescribeVpcPeeringConnections': 1, 'events:PutEvents': 1 }),
    because:
      "the sweep's own event; pending requests for accept-requests; one look at the Region for sync-routes, a page of each as long as one page is enough",
  },
  check: {
    calls: sum(READS, {
      'ec2:DescribeInstances': 1,
      'ec2:DescribeSubnets': 1,
      'ssm:DescribeInstanceInformation': 1,
      'ssm:ListCommandInvocations': 2,
      'ssm:SendCommand': 2,
      'dynamodb:Query': 1,
      'dynamodb:BatchWriteItem': 1,
      'events:PutEvents': 1,
    }),
    because:
      'one read of each kind; earlier commands, so that none is sent twice; for each of the two directions one command; the event that they were sent; then all results, what was remembered of them, and what they found for whoever looks, each once',
  },
};

const total = (calls: FlowCalls) => Object.values(calls).reduce((all, times) => all + times, 0);

/** Where a flow's calls differ from the least: `ssm:GetParameter 4 instead of 3`. */
export function differences(calls: FlowCalls, least: FlowCalls): string[] {
  return [...new Set([...Object.keys(calls), ...Object.keys(least)])]
    .filter((name) => (calls[name] ?? 0) !== (least[name] ?? 0))
    .sort()
    .map((name) => `${name} ${calls[name] ?? 0} instead of ${least[name] ?? 0}`);
}

export function callsMarkdown({ calls }: Pick<LabResult, 'calls'>): string {
  return [
    "Counted at the gateway of the lab, calls of the product's own roles; what Lambda does in their name, writing logs and emptying queues, left out. A function asks its queue for nothing unless Lambda held the batch for long, or it failed. Two VPCs of one account, one opted-in table each.",
    '',
    table(
      ['flow', number('calls'), number('least'), 'difference', 'why not fewer'],
      Object.entries(LEAST).map(([flow, { calls: least, because }]) => {
        const made = calls[flow as keyof LabResult['calls']];
        return [
          flow,
          `${total(made)}`,
          `${total(least)}`,
          differences(made, least).join('; ') || 'none',
          because,
        ];
      }),
    ),
  ].join('\n');
}
