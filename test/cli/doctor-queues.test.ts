import { queueChecks, type StackQueues } from '../../cli/doctor/queues.ts';

/** What doctor says of the queues between the rules and the functions. */

const REGION = 'us-east-1';
const QUEUE = 'vpc-peering-autopilot-prod-sync-routes.fifo';
const enabled = { id: '11111111-2222-3333-4444-555555555555', state: 'Enabled' };

function queues(parts: Partial<StackQueues> = {}): StackQueues {
  return {
    events: [{ name: QUEUE, mapping: enabled }],
    deadLetters: [{ url: 'https://sqs/dead', messages: 0 }],
    ...parts,
  };
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
  expect(queueChecks(REGION, queues({ events: [{ name: QUEUE }] }))).toEqual([
    expect.objectContaining({
      result: 'fail',
      says: `Nothing takes events from the queue ${QUEUE}.`,
      remedy: expect.stringContaining('peering deploy'),
    }),
  ]);
});

it('fails where taking events was turned off, and says how to turn it on', () => {
  const events = [{ name: QUEUE, mapping: { ...enabled, state: 'Disabled' } }];
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
  const checks = queueChecks(REGION, queues({ deadLetters: [{ url: 'https://sqs/dead', messages }] }));
  expect(checks.map(({ result }) => result)).toEqual(['pass', 'warn']);
  expect(checks[1]?.says).toContain(says);
  expect(checks[1]?.remedy).toContain('https://sqs/dead');
});

it('fails where the stack has no queue at all: none of none is not all', () => {
  expect(queueChecks(REGION, queues({ events: [], deadLetters: [] }))).toEqual([
    expect.objectContaining({ result: 'fail', says: expect.stringContaining('no queues') }),
  ]);
});
