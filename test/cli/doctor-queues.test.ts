import { queueChecks, type StackQueues } from '../../cli/doctor/queues.ts';

/** What doctor says of the queues between the rules and the functions. */

const REGION = 'us-east-1';
const QUEUE = 'vpc-peering-autopilot-prod-sync-routes.fifo';
const enabled = { id: '11111111-2222-3333-4444-555555555555', state: 'Enabled' };

const there = { function: 'sync-routes', name: QUEUE, state: 'there' } as const;
const dead = { id: 'UnhandledEventsQueue', url: 'https://sqs/dead', messages: 0 } as const;

function queues(parts: Partial<StackQueues> = {}): StackQueues {
  return { events: [{ ...there, mapping: enabled }], deadLetters: [dead], ...parts };
}

it('passes where events are taken and none is left', () => {
  expect(queueChecks(REGION, queues())).toEqual([
    expect.objectContaining({
      result: 'pass',
      region: REGION,
      says: expect.stringContaining('1 of 1'),
    }),
  ]);
});

it('fails where nothing takes events from a queue', () => {
  expect(queueChecks(REGION, queues({ events: [there] }))).toEqual([
    expect.objectContaining({
      result: 'fail',
      says: `Nothing takes events from the queue ${QUEUE}.`,
      remedy: expect.stringMatching(/^peering remove, then peering deploy: /),
    }),
  ]);
});

it('fails where something else takes events, too or in place of the function', () => {
  const others = [{ id: 'u-1', functionArn: 'arn:aws:lambda:us-east-1:1:function:theirs' }];
  const [too, ...none] = queueChecks(REGION, queues({ events: [{ ...there, mapping: enabled, others }] }));
  expect(none).toEqual([]);
  expect(too).toMatchObject({
    result: 'fail',
    says: expect.stringContaining(
      `function:theirs takes events from the queue ${QUEUE}: sync-routes does not see`,
    ),
    remedy: 'aws lambda delete-event-source-mapping --region us-east-1 --uuid u-1',
  });
  const [lost, instead] = queueChecks(REGION, queues({ events: [{ ...there, others }] }));
  expect(lost?.says).toMatch(/do not go to sync-routes any more, so routes are neither/);
  expect(instead).toEqual(too);
});

it('fails where taking events was turned off, and says how to turn it on', () => {
  const events = [{ ...there, mapping: { ...enabled, state: 'Disabled' } }];
  expect(queueChecks(REGION, queues({ events }))).toEqual([
    expect.objectContaining({
      result: 'fail',
      says: `Taking events from the queue ${QUEUE} is Disabled.`,
      remedy: expect.stringContaining(`--uuid ${enabled.id} --enabled`),
    }),
  ]);
});

it.each([
  [1, '1 event was not'],
  [7, '7 events were not'],
])('warns of %d events that came to nothing, and where to find them', (messages, says) => {
  const checks = queueChecks(REGION, queues({ deadLetters: [{ ...dead, messages }] }));
  expect(checks.map(({ result }) => result)).toEqual(['pass', 'warn']);
  expect(checks[1]?.says).toContain(says);
  expect(checks[1]?.remedy).toContain('https://sqs/dead');
});

it('fails where the stack has no queue at all: none of none is not all', () => {
  expect(queueChecks(REGION, queues({ events: [], deadLetters: [] }))).toEqual([
    expect.objectContaining({ result: 'fail', says: expect.stringContaining('no queues') }),
  ]);
});

it('fails where a queue is gone, though Lambda still says that it takes events from it', () => {
  const events = [{ ...there, state: 'gone' as const, mapping: enabled }];
  expect(queueChecks(REGION, queues({ events }))).toEqual([
    expect.objectContaining({
      result: 'fail',
      says: `The queue ${QUEUE} is gone, so nothing reaches sync-routes, not the sweep either: routes are neither written, repaired nor taken back, and no drift is told.`,
      remedy: expect.stringMatching(/^peering remove, then peering deploy: .* Peerings and routes stay/),
    }),
  ]);
});

it.each([
  ['DeadLetterQueue', 'could not be delivered'],
  ['UnhandledEventsQueue', 'failed again and again'],
] as const)('fails where %s is gone: what came to nothing is not known any more', (id, what) => {
  const checks = queueChecks(REGION, queues({ deadLetters: [{ ...dead, id, messages: 'gone' }] }));
  expect(checks).toEqual([
    expect.objectContaining({ result: 'pass' }),
    expect.objectContaining({
      result: 'fail',
      says: expect.stringMatching(`^The queue dead is gone: .*${what}`),
      remedy: expect.stringContaining('peering remove, then peering deploy'),
    }),
  ]);
});
