import { forwardingChecks, unusableRegion } from '../../cli/doctor/forwarding.ts';
import { type DesiredForwarding, desiredForwarding } from '../../lib/forwarding/desired.ts';
import type { ForwardingInPlace, RuleInPlace } from '../../lib/forwarding/plan.ts';
import { parsePolicy } from '../../lib/policy/load.ts';

/** What doctor says of the Regions whose events are carried home. */

const HOME = 'us-east-1';
const REGION = 'eu-west-1';

function homeIn(region: string, partition = 'aws') {
  const homeBusArn = `arn:${partition}:events:${region}:111111111111:event-bus/vpc-peering-autopilot-prod`;
  return { homeBusArn, sweep: 'rate(5 minutes)' };
}

const TO_HOME = homeIn(HOME);

function wantedFor(mode: 'enforce' | 'observe'): DesiredForwarding {
  return desiredForwarding(
    {
      policy: parsePolicy(`version: 1\nmode: ${mode}\nregions: [${HOME}, ${REGION}]\n`, 'test').policy,
      stage: 'prod',
      accountId: '111111111111',
      homeBusArn: `arn:aws:events:${HOME}:111111111111:event-bus/vpc-peering-autopilot-prod`,
      forwarderRoleArn: 'arn:aws:iam::111111111111:role/vpc-peering-autopilot/prod/forwarder',
    },
    REGION,
  );
}

/** A Region in which all is as wanted. */
function asWanted(wanted: DesiredForwarding): ForwardingInPlace {
  return {
    rules: wanted.rules.map(
      ({ name, description, pattern, target }): RuleInPlace => ({
        name,
        description,
        pattern: JSON.stringify(pattern),
        state: 'enabled',
        targets: [target],
      }),
    ),
    queue: { url: 'https://sqs/forwarding', policy: JSON.stringify(wanted.queue?.policy), undelivered: 0 },
    ...(wanted.document === undefined ? {} : { document: { content: wanted.document.content } }),
  };
}

const ENFORCE = wantedFor('enforce');
const [FIRST = ''] = ENFORCE.rules.map(({ name }) => name);

function withFirst(change: Partial<RuleInPlace>): ForwardingInPlace {
  const inPlace = asWanted(ENFORCE);
  return {
    ...inPlace,
    rules: inPlace.rules.map((rule) => (rule.name === FIRST ? { ...rule, ...change } : rule)),
  };
}

it('passes rules, queue and document where all is in place', () => {
  const checks = forwardingChecks(TO_HOME, ENFORCE, asWanted(ENFORCE));
  expect(checks.map(({ result, region }) => [result, region])).toEqual([
    ['pass', REGION],
    ['pass', REGION],
    ['pass', REGION],
  ]);
  expect(checks[0]?.says).toContain(`All ${ENFORCE.rules.length} rules`);
});

it('asks for no document in observe mode, which sends no ping', () => {
  const wanted = wantedFor('observe');
  expect(forwardingChecks(TO_HOME, wanted, asWanted(wanted)).map(({ result }) => result)).toEqual([
    'pass',
    'pass',
  ]);
});

it('fails everything in a Region where nothing is, with the remedy', () => {
  const checks = forwardingChecks(TO_HOME, ENFORCE, { rules: [] });
  expect(checks.map(({ result }) => result)).toEqual(['fail', 'fail', 'fail']);
  for (const { remedy } of checks) expect(remedy).toContain('peering deploy');
  for (const { name } of ENFORCE.rules) expect(checks[0]?.says).toContain(`${name} is missing`);
});

it.each<[string, Partial<RuleInPlace>, string]>([
  ['is disabled', { state: 'disabled' }, `${FIRST} is disabled`],
  ['has no target', { targets: [] }, `${FIRST} has another target`],
  [
    'leads to another bus',
    { targets: [{ id: 'home-bus', arn: 'arn:aws:events:us-west-2:111111111111:event-bus/x' }] },
    `${FIRST} has another target`,
  ],
  ['listens to something else', { pattern: '{"source":["aws.s3"]}' }, `${FIRST} has another pattern`],
])('names a rule that %s, and no other', (_what, change, says) => {
  const [rules, queue, document] = forwardingChecks(TO_HOME, ENFORCE, withFirst(change));
  expect(rules).toMatchObject({
    result: 'fail',
    says: `Not all events reach ${HOME}: ${says}.`,
  });
  expect([queue?.result, document?.result]).toEqual(['pass', 'pass']);
});

it('warns of events that wait in the queue', () => {
  const inPlace = asWanted(ENFORCE);
  const [, queue] = forwardingChecks(TO_HOME, ENFORCE, {
    ...inPlace,
    queue: { url: 'https://sqs/forwarding', policy: JSON.stringify(ENFORCE.queue?.policy), undelivered: 3 },
  });
  expect(queue).toMatchObject({ result: 'warn', says: expect.stringContaining('3 events were not carried') });
  expect(queue?.remedy).toContain('https://sqs/forwarding');
});

it('fails a queue that takes nothing and a document with another content', () => {
  const [, queue, document] = forwardingChecks(TO_HOME, ENFORCE, {
    ...asWanted(ENFORCE),
    queue: { url: 'https://sqs/forwarding', policy: '', undelivered: 0 },
    document: { content: '{}' },
  });
  expect(queue).toMatchObject({ result: 'fail', says: expect.stringContaining('does not let the rules') });
  expect(document).toMatchObject({ result: 'fail', says: expect.stringContaining('another content') });
});

it.each([
  ['not-enabled', 'enable-region'],
  ['unknown-region', 'Correct regions'],
  ['denied', 'let the product'],
] as const)('fails a Region that is %s, and says what to do', (state, remedy) => {
  expect(unusableRegion('eu-south-1', '111111111111', state)).toMatchObject({
    result: 'fail',
    region: 'eu-south-1',
    remedy: expect.stringContaining(remedy),
  });
});

it('warns, with the reason, of a Region from which EventBridge carries nothing, and asks for no rule there', () => {
  const home = homeIn('us-gov-west-1', 'aws-us-gov');
  const wanted = desiredForwarding(
    {
      policy: parsePolicy('version: 1\nregions: [us-gov-west-1, us-gov-east-1]\n', 'test').policy,
      stage: 'prod',
      accountId: '111111111111',
      homeBusArn: home.homeBusArn,
      forwarderRoleArn: 'arn:aws-us-gov:iam::111111111111:role/vpc-peering-autopilot/prod/forwarder',
    },
    'us-gov-east-1',
  );
  const inPlace = { rules: [], document: { content: wanted.document?.content ?? '' } };
  expect(forwardingChecks(home, wanted, inPlace)).toMatchObject([
    {
      result: 'warn',
      region: 'us-gov-east-1',
      says:
        'Events of us-gov-east-1 do not reach us-gov-west-1: EventBridge carries no events between Regions of the ' +
        'partition aws-us-gov. Requests and changes in us-gov-east-1 are found by the sweep (schedules.sweep: rate(5 minutes)).',
    },
    { result: 'pass', says: expect.stringContaining('SSM document') },
  ]);
  expect(forwardingChecks(home, wanted, asWanted(ENFORCE))[0]).toMatchObject({ result: 'fail' });
});

it('warns where EventBridge refused the home bus as a target, which leaves every rule without one', () => {
  const inPlace = asWanted(ENFORCE);
  const rules = inPlace.rules.map((rule) => ({ ...rule, targets: [] }));
  expect(forwardingChecks(TO_HOME, ENFORCE, { ...inPlace, rules })[0]).toMatchObject({
    result: 'warn',
    says: expect.stringContaining(`does not take ${TO_HOME.homeBusArn} as the target of rules in ${REGION}`),
    remedy: expect.stringContaining('forward-events'),
  });
});
