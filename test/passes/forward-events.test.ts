import { deployForwarding, keepForwarding } from '../../lib/passes/forward-events.ts';
import type { ForwardDependencies } from '../../lib/passes/settle-forwarding.ts';
import { OWN, policyOf } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createMemoryForwarding, type MemoryForwardingOptions } from '../support/memory-forwarding.ts';

const HOME = 'us-east-1';
const REGIONS = [HOME, 'eu-west-1', 'ap-east-1'];

function awsError(code: string): Error {
  return Object.assign(new Error(`${code} happened`), { name: code });
}

function world(options: MemoryForwardingOptions = {}) {
  const aws = createMemoryAws({ peerings: [], vpcs: [], tables: [] });
  const memory = createMemoryForwarding(options);
  const slept: number[] = [];
  const dependencies: ForwardDependencies = {
    ...aws,
    forwarding: memory.forwarding,
    accountId: OWN,
    policy: policyOf({ regions: REGIONS }),
    stage: 'prod',
    homeRegion: HOME,
    homeBusArn: `arn:aws:events:${HOME}:${OWN}:event-bus/vpc-peering-autopilot-prod`,
    forwarderRoleArn: `arn:aws:iam::${OWN}:role/vpc-peering-autopilot/prod/forwarder`,
    sleep: async (duration) => void slept.push(duration),
  };
  const rulesIn = (region: string) => memory.at(region).rules.size;
  return { aws, ...memory, rulesIn, slept, dependencies };
}

describe('a deployment', () => {
  it('brings the events of every other managed Region home, and none of the Region of deployment', async () => {
    const { dependencies, rulesIn } = world();
    const results = await deployForwarding({ keep: REGIONS, remove: [] }, dependencies);
    expect(results.map(({ region, result }) => [region, result])).toEqual([
      ['eu-west-1', 'kept'],
      ['ap-east-1', 'kept'],
    ]);
    expect(REGIONS.map((region) => rulesIn(region) > 0)).toEqual([false, true, true]);
  });

  it('clears a Region that is no longer managed, and keeps one that still is', async () => {
    const { dependencies, rulesIn, at } = world();
    await deployForwarding({ keep: REGIONS, remove: [] }, dependencies);
    await deployForwarding({ keep: [HOME, 'eu-west-1'], remove: REGIONS }, dependencies);
    expect(rulesIn('eu-west-1')).toBeGreaterThan(0);
    expect(at('ap-east-1')).toEqual({ rules: new Map() });
  });

  it('goes on where one Region fails, and says which and why', async () => {
    const { dependencies, rulesIn } = world({
      fail: (call, region) => (region === 'eu-west-1' && call === 'put-rule' ? awsError('Boom') : undefined),
    });
    const results = await deployForwarding({ keep: REGIONS, remove: [] }, dependencies);
    expect(results[0]).toMatchObject({ region: 'eu-west-1', result: 'failed', reason: 'Boom happened' });
    expect(rulesIn('ap-east-1')).toBeGreaterThan(0);
  });

  it('waits for a role that was made a moment ago, whose permissions are not known everywhere yet', async () => {
    let denials = 3;
    const { dependencies, rulesIn, slept } = world({
      fail: (call) => {
        if (call !== 'create-queue' || denials === 0) return undefined;
        denials -= 1;
        return awsError('AccessDeniedException');
      },
    });
    const results = await deployForwarding({ keep: [HOME, 'eu-west-1'], remove: [] }, dependencies);
    expect(results.map(({ result }) => result)).toEqual(['kept']);
    expect(rulesIn('eu-west-1')).toBeGreaterThan(0);
    expect(slept).toEqual([2000, 4000, 8000]);
  });

  it('gives up before its own time is over', async () => {
    const { dependencies, slept } = world({ fail: () => awsError('AccessDeniedException') });
    await deployForwarding({ keep: [HOME, 'eu-west-1'], remove: [] }, dependencies);
    // serverless.yml gives the function 120 s, of which the last 10 are kept for the answer.
    expect(slept.reduce((sum, each) => sum + each, 0)).toBeLessThan(90_000);
  });

  it.each([
    ['UnrecognizedClientException', 'not-enabled', 'which is not enabled in account'],
    ['AuthFailure', 'not-enabled', 'is not enabled in account'],
    ['ENOTFOUND', 'unknown-region', 'AWS does not know'],
    ['AccessDeniedException', 'denied', 'a service control policy of the organization'],
  ] as const)(
    'does not fail for a Region that is not to be had (%s), but tells people',
    async (code, state, text) => {
      const { aws, dependencies } = world({
        fail: (_call, region) => (region === 'ap-east-1' ? awsError(code) : undefined),
        states: { 'ap-east-1': state },
      });
      const results = await deployForwarding({ keep: REGIONS, remove: [] }, dependencies);
      expect(results[1]).toMatchObject({ result: 'unusable', reason: expect.stringContaining(text) });
      expect(aws.notifications).toEqual([
        {
          severity: 'action',
          subject: 'VPC peering: not managed in ap-east-1',
          message: expect.stringContaining(text),
        },
      ]);
      expect(aws.metrics).toMatchObject({ PermanentFailures: 1 });
    },
  );

  it.each([
    ['us-gov-west-1', 'us-gov-east-1', 'aws-us-gov'],
    ['cn-north-1', 'cn-northwest-1', 'aws-cn'],
  ])(
    'from %s puts no rule into %s, which EventBridge would not carry from, and tells people',
    async (homeRegion, other, partition) => {
      const { aws, at, dependencies } = world();
      const there: ForwardDependencies = {
        ...dependencies,
        policy: policyOf({ regions: [homeRegion, other] }),
        homeRegion,
        homeBusArn: `arn:${partition}:events:${homeRegion}:${OWN}:event-bus/vpc-peering-autopilot-prod`,
      };
      const results = await deployForwarding({ keep: [homeRegion, other], remove: [] }, there);
      expect(results).toMatchObject([{ region: other, result: 'by-sweep', changes: ['create-document'] }]);
      expect(at(other).rules.size).toBe(0);
      const [told, ...more] = aws.notifications;
      expect(more).toEqual([]);
      expect(told?.subject).toBe(`VPC peering: found by the sweep only in ${other}`);
      expect(told?.message).toContain(`between Regions of the partition ${partition}`);
      expect(told?.message).toContain('schedules.sweep: rate(5 minutes)');
      // It is as it should be: no alarm, and a sweep writes and tells nothing more.
      expect(await keepForwarding(other, there)).toMatchObject({ result: 'by-sweep', changes: [] });
      expect([aws.metrics, aws.notifications.length]).toEqual([{}, 1]);
    },
  );

  it('goes on where EventBridge refuses the own bus as a target, and tells people in its words', async () => {
    const refused = () =>
      Object.assign(new Error('The target is in an unsupported Region.'), { name: 'ValidationException' });
    const { aws, at, dependencies, rulesIn } = world({
      fail: (call, region) => (call === 'put-target' && region === 'ap-east-1' ? refused() : undefined),
    });
    const results = await deployForwarding({ keep: REGIONS, remove: [] }, dependencies);
    expect(results.map(({ result }) => result)).toEqual(['kept', 'by-sweep']);
    expect(aws.notifications).toEqual([
      {
        severity: 'notice',
        subject: 'VPC peering: found by the sweep only in ap-east-1',
        message: expect.stringContaining('(The target is in an unsupported Region.)'),
      },
    ]);
    expect(aws.metrics).toEqual({});
    // Nothing is taken away and made anew at each sweep: only the target is tried again.
    expect(rulesIn('ap-east-1')).toBe(rulesIn('eu-west-1'));
    expect(at('ap-east-1').document).toBeDefined();
    expect(await keepForwarding('ap-east-1', dependencies)).toMatchObject({
      result: 'by-sweep',
      changes: [],
    });
  });

  it.each(['AccessDeniedException', 'LimitExceededException', 'ThrottlingException'])(
    'takes no %s for a target that EventBridge will never take',
    async (code) => {
      const { dependencies } = world({
        fail: (call) => (call === 'put-target' ? awsError(code) : undefined),
      });
      const results = await deployForwarding({ keep: [HOME, 'eu-west-1'], remove: [] }, dependencies);
      expect(results).toMatchObject([{ result: 'failed' }]);
    },
  );

  it('says denied where the Region is enabled and a permission is missing', async () => {
    const { aws, dependencies } = world({
      fail: (_call, region) => (region === 'ap-east-1' ? awsError('AccessDeniedException') : undefined),
    });
    const results = await deployForwarding({ keep: REGIONS, remove: [] }, dependencies);
    expect(results[1]).toMatchObject({ result: 'failed', retry: false });
    expect(aws.notifications).toEqual([]);
  });

  it('that is a removal leaves no Region with anything of ours, and takes one that is not enabled for empty', async () => {
    const { aws, dependencies, at } = world({
      fail: (_call, region) => (region === 'ap-east-1' ? awsError('AuthFailure') : undefined),
      states: { 'ap-east-1': 'not-enabled' },
    });
    await deployForwarding({ keep: REGIONS, remove: [] }, dependencies);
    aws.notifications.length = 0;
    const results = await deployForwarding({ keep: [], remove: REGIONS }, dependencies);
    expect(results.map(({ result }) => result)).toEqual(['removed', 'unusable']);
    expect(at('eu-west-1')).toEqual({ rules: new Map() });
    expect(aws.notifications).toEqual([]);
  });
});

describe('the sweep of a Region', () => {
  it('makes anew what was deleted by hand, and writes nothing where all is in place', async () => {
    const { dependencies, at, rulesIn } = world();
    await deployForwarding({ keep: REGIONS, remove: [] }, dependencies);
    expect(await keepForwarding('eu-west-1', dependencies)).toMatchObject({ result: 'kept', changes: [] });
    const before = rulesIn('eu-west-1');
    at('eu-west-1').rules.clear();
    expect((await keepForwarding('eu-west-1', dependencies)).changes).toContain('put-rule');
    expect(rulesIn('eu-west-1')).toBe(before);
  });

  it('does nothing in the Region of deployment', async () => {
    const { dependencies, rulesIn } = world();
    expect(await keepForwarding(HOME, dependencies)).toEqual({ region: HOME, result: 'kept', changes: [] });
    expect(rulesIn(HOME)).toBe(0);
  });

  it('counts the events that could not be carried, so that an alarm goes off', async () => {
    const { aws, dependencies, at } = world();
    await keepForwarding('eu-west-1', dependencies);
    const region = at('eu-west-1');
    if (region.queue !== undefined) region.queue = { ...region.queue, undelivered: 3 };
    await keepForwarding('eu-west-1', dependencies);
    expect(aws.metrics).toEqual({ EventsNotForwarded: 3, PermanentFailures: 1 });
    expect(aws.errors).toContainEqual(expect.objectContaining({ region: 'eu-west-1', undelivered: 3 }));
  });

  it('may be tried again after a throttle', async () => {
    const { dependencies } = world({ fail: () => awsError('ThrottlingException') });
    expect(await keepForwarding('eu-west-1', dependencies)).toMatchObject({ result: 'failed', retry: true });
  });
});
