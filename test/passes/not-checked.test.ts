import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assess } from '../../lib/assessment/assess.ts';
import { isOfCheck } from '../../lib/model/finding.ts';
import { silenceNote } from '../../lib/model/silence.ts';
import { checkConnectivity } from '../../lib/passes/check-connectivity.ts';
import { recordConnectivity } from '../../lib/passes/record-connectivity.ts';
import { instance, network, tables, VPC_A, VPC_B } from '../connectivity/networks.ts';
import { inventory, OWN, peering, policyOf, REGION, route, SYNCED } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createMemoryConnectivity } from '../support/memory-connectivity.ts';
import { createMemoryStore } from '../support/memory-store.ts';

/** Check after check of one peering inside an account, pinged from both of its VPCs. */

const PCX = 'pcx-11112222';
const DOCUMENT = 'vpc-peering-autopilot-prod-ping';
const MINUTE = 60_000;

function recorded(name: string): string {
  return readFileSync(join(__dirname, '../connectivity/recorded', `${name}.txt`), 'utf8');
}
const OUTPUT = { answered: recorded('iputils-ipv4-reachable'), lost: recorded('iputils-ipv4-silent') };

type HowPingsEnd = 'answered' | 'lost' | 'undeliverable' | 'never';

const named = (vpc: typeof VPC_A, Name: string) => ({ ...vpc, tags: { ...vpc.tags, Name } });

interface WatchOptions {
  readonly policy?: Record<string, unknown>;
  readonly start?: string;
  /** From check to check. */
  readonly everyMinutes?: number;
}

function createWatch({ policy = {}, start = '2026-03-01T12:00:00Z', everyMinutes = 5 }: WatchOptions = {}) {
  const [a, b] = [named(VPC_A, 'prod'), named(VPC_B, 'shared')];
  const state = {
    peerings: [peering(PCX, a, b, { tags: SYNCED })],
    vpcs: [a, b],
    tables: tables({ a: [route('10.2.0.0/16', PCX)], b: [route('10.1.0.0/16', PCX)] }),
  };
  const aws = createMemoryAws(state);
  const instances = [
    instance('i-a', VPC_A, 1, 13, { role: 'both' }),
    instance('i-b', VPC_B, 1, 139, { role: 'both' }),
  ];
  const connectivity = createMemoryConnectivity({
    network: network({ instances }),
    online: ['i-a', 'i-b'],
    invocations: [],
  });
  const clock = { now: new Date(start) };
  const store = createMemoryStore({ now: () => clock.now.getTime() / 1000 });
  const dependencies = {
    ...aws,
    ...connectivity,
    memory: store,
    accountId: OWN,
    policy: policyOf(policy),
    managedRegions: [REGION],
    documentName: DOCUMENT,
    now: () => clock.now,
    sleep: async () => undefined,
  };
  let commands = 0;

  /** One check, and the end of its pings as they end. */
  async function check(ends: HowPingsEnd | Readonly<Record<string, HowPingsEnd>> = 'answered') {
    connectivity.sent.length = 0;
    const { summary } = await checkConnectivity(dependencies);
    const how = (instanceId: string) => (typeof ends === 'string' ? ends : (ends[instanceId] ?? 'answered'));
    for (const { instanceIds, comment } of connectivity.sent) {
      for (const instanceId of instanceIds) {
        commands += 1;
        const commandId = `11111111-2222-3333-4444-${String(commands).padStart(12, '0')}`;
        const end = how(instanceId);
        const failed = end === 'lost' || end === 'undeliverable';
        connectivity.state.invocations.push({
          commandId,
          instanceId,
          documentName: DOCUMENT,
          comment,
          status: end === 'never' ? 'InProgress' : failed ? 'Failed' : 'Success',
          statusDetails: end === 'undeliverable' ? 'Undeliverable' : failed ? 'Failed' : 'Success',
          requestedAt: clock.now,
          output: (end === 'lost' ? OUTPUT.lost : OUTPUT.answered).replaceAll(
            /\d+\.\d+\.\d+\.\d+/g,
            comment.split(' ')[1] ?? '',
          ),
        });
      }
    }
    const at = clock.now.toISOString();
    await recordConnectivity(
      REGION,
      [{ kind: 'pings', since: at, until: at, look: 1, region: REGION, cause: 'Pings Sent' }],
      dependencies,
    );
    clock.now = new Date(clock.now.getTime() + everyMinutes * MINUTE);
    return summary;
  }

  return {
    check,
    /** Deploys another policy. */
    deploy(parts: Record<string, unknown>) {
      dependencies.policy = policyOf(parts);
    },
    async checks(times: number, ends?: Parameters<typeof check>[0]) {
      for (let time = 0; time < times; time += 1) await check(ends);
    },
    connectivity,
    aws,
    metrics: aws.metrics,
    subjects: () => aws.notifications.map(({ subject }) => subject),
    messages: () => aws.notifications.map(({ message }) => message),
    notes: () => store.snapshot(REGION).notes,
    notesBesidesPings: () =>
      new Map(
        [...store.snapshot(REGION).notes].filter(
          ([key]) => !/^(ping |loss-over|nothing-lost-counted)/.test(key),
        ),
      ),
    noteWrites: () => store.calls.filter((call) => call.startsWith('note ')).length,
    events: store.events,
    /** Somebody silences the peering for so many checks. */
    async silence(checks: number) {
      const since = clock.now.getTime() / 1000;
      const until = since + checks * 300;
      const note = silenceNote({ id: PCX, by: 'ada', because: 'instances are replaced', since, until });
      await store.update(REGION, [note]);
    },
    findings: () =>
      assess(
        { accountId: OWN, managedRegions: [REGION], regions: [inventory(state)] },
        dependencies.policy,
        new Map([[REGION, store.snapshot(REGION)]]),
        clock.now,
      )
        .findings.filter(isOfCheck)
        .map(({ kind, peeringId, detail }) => ({ kind, peeringId, detail })),
  };
}

const LOST = `Connectivity lost: prod - shared (${PCX}), 100% loss`;
const RESTORED = `Connectivity restored: prod - shared (${PCX})`;
const NO_LONGER_LOST = `No longer lost: prod - shared (${PCX})`;
const NOT_CHECKED = `Not checked any more: prod - shared (${PCX})`;
const CHECKED_AGAIN = `Checked again: prod - shared (${PCX})`;

describe('a lost peering of which this account owns both ends', () => {
  it('is one message with what both ends see, one when it is over, and a finding in between', async () => {
    const watch = createWatch();
    await watch.checks(2);
    await watch.checks(6, 'lost');
    expect(watch.subjects()).toEqual([LOST]);
    expect(watch.messages()[0]).toContain('i-a -> 10.2.1.139: unreachable');
    expect(watch.messages()[0]).toContain('i-b -> 10.1.1.13: unreachable');
    expect(watch.findings()).toEqual([
      {
        kind: 'unreachable',
        peeringId: PCX,
        detail: expect.stringContaining('peering explain i-a 10.2.1.139'),
      },
      {
        kind: 'unreachable',
        peeringId: PCX,
        detail: expect.stringContaining('peering explain i-b 10.1.1.13'),
      },
    ]);
    await watch.check({ 'i-b': 'lost' });
    expect(watch.subjects()).toEqual([LOST]);
    await watch.checks(3);
    expect(watch.subjects()).toEqual([LOST, RESTORED]);
    expect(watch.findings()).toEqual([]);
    expect([...watch.notesBesidesPings().keys()].sort()).toEqual([
      `lost ${PCX} 10.1.1.13 same-zone`,
      `lost ${PCX} 10.2.1.139 same-zone`,
    ]);
  });

  it('says of the other end what it sees, or what is remembered of it', async () => {
    const seen = createWatch();
    await seen.checks(3, { 'i-a': 'lost' });
    expect(seen.messages()[0]).toContain('i-b -> 10.1.1.13: reachable');
    const unknown = createWatch();
    await unknown.checks(2, { 'i-a': 'lost' });
    await unknown.check({ 'i-a': 'lost', 'i-b': 'never' });
    expect(unknown.messages()[0]).toMatch(
      /Seen from vpc-b \(shared\): 10\.1\.1\.13 answered when it was checked last, at 2026-03-01 12:05 UTC\./,
    );
    expect(unknown.messages()[0]).toContain(
      'at 2026-03-01 12:10 UTC: 100% loss, for 3 checks in a row or more',
    );
  });

  it('costs no write while all is well but one for each check, of what its pings found', async () => {
    const watch = createWatch();
    // The second one counts that nothing is lost, and notes for which policy.
    await watch.checks(2);
    const before = [...watch.notesBesidesPings()];
    const writes = watch.noteWrites();
    await watch.checks(20);
    expect([...watch.notesBesidesPings()]).toEqual(before);
    expect(watch.noteWrites() - writes).toBe(20);
  });
});

describe('a peering that was checked and is not any more', () => {
  it.each<[string, (watch: ReturnType<typeof createWatch>) => unknown, string]>([
    ['its sources are offline', ({ connectivity }) => (connectivity.state.online = []), 'SSM agent'],
    [
      'its sources have stopped',
      ({ connectivity }) =>
        connectivity.state.network.instances.map((each) => Object.assign(each, { state: 'stopped' })),
      'is stopped. Start one',
    ],
    [
      'nothing is tagged any more',
      ({ connectivity }) =>
        connectivity.state.network.instances.map((each) => Object.assign(each, { tags: {} })),
      'has the tag peering-autopilot:probe',
    ],
  ])('is told once, for both ends, where %s, and counted as long as it lasts', async (_why, breaks, text) => {
    const watch = createWatch();
    await watch.checks(2);
    breaks(watch);
    const summary = await watch.check();
    expect([summary.notCheckedAnyMore, watch.metrics.ProbesWithoutVerdict]).toEqual([2, 2]);
    expect(watch.subjects()).toEqual([]);
    await watch.checks(5);
    expect(watch.subjects()).toEqual([NOT_CHECKED]);
    expect(watch.messages()[0]).toMatch(/from vpc-a.*from vpc-b/s);
    expect(watch.messages()[0]).toContain('since 2026-03-01 12:10 UTC');
    expect(watch.messages()[0]).toContain(text);
    expect(watch.findings().map(({ kind }) => kind)).toEqual(['not-checked', 'not-checked']);
  });

  it('is not said to have been answered where its last ping was lost, in fewer checks than people are told after', async () => {
    const watch = createWatch();
    await watch.checks(2);
    await watch.check('lost');
    watch.connectivity.state.online = [];
    await watch.checks(4);
    expect(watch.subjects()).toEqual([NOT_CHECKED]);
    expect(watch.messages()[0]).toContain('Pings were lost when it was checked last, in fewer checks');
    expect(watch.messages()[0]).not.toContain('were answered');
  });

  it('is told to be checked again once a ping has come back', async () => {
    const watch = createWatch();
    await watch.check();
    watch.connectivity.state.online = ['i-b'];
    await watch.checks(4);
    expect(watch.subjects()).toEqual([NOT_CHECKED]);
    watch.connectivity.state.online = ['i-a', 'i-b'];
    await watch.check('never');
    expect(watch.findings().map(({ kind }) => kind)).toEqual(['not-checked']);
    await watch.checks(3);
    expect(watch.subjects()).toEqual([NOT_CHECKED, CHECKED_AGAIN]);
    expect(watch.findings()).toEqual([]);
  });

  it.each([1, 3])(
    'is no finding any more as soon as a ping has come back, and one again where no further comes, with periods: %i',
    async (periods) => {
      const watch = createWatch({ policy: { connectivity: { periods } } });
      await watch.checks(2);
      watch.connectivity.state.online = ['i-b'];
      await watch.checks(periods + 1);
      const [before] = watch.findings();
      expect(before?.kind).toBe('not-checked');
      watch.connectivity.state.online = ['i-a', 'i-b'];
      await watch.check();
      expect(watch.findings()).toEqual([]);
      // By the next check it is offline once more: what the views leave out must not hide that.
      watch.connectivity.state.online = ['i-b'];
      await watch.check();
      const [after] = watch.findings();
      expect(after).toMatchObject({ kind: 'not-checked', detail: expect.stringContaining('i-a') });
      expect(after?.detail).not.toBe(before?.detail);
      expect(watch.subjects()).toEqual([NOT_CHECKED]);
    },
  );

  it('is told to be checked again where checks lie further apart than a check looks back', async () => {
    const watch = createWatch({
      policy: { schedules: { connectivity: 'rate(1 hour)' } },
      everyMinutes: 60,
    });
    await watch.check();
    watch.connectivity.state.online = [];
    await watch.checks(4);
    watch.connectivity.state.online = ['i-a', 'i-b'];
    await watch.checks(4);
    expect(watch.subjects()).toEqual([NOT_CHECKED, CHECKED_AGAIN]);
  });

  it.each(['undeliverable', 'never'] as const)('is told where commands are sent and end %s', async (end) => {
    const watch = createWatch();
    await watch.checks(2);
    await watch.checks(8, { 'i-a': end });
    expect(watch.subjects()).toEqual([NOT_CHECKED]);
    expect(watch.messages()[0]).toContain('i-a');
    await watch.checks(3);
    expect(watch.subjects()).toEqual([NOT_CHECKED, CHECKED_AGAIN]);
  });

  it.each<[string, (watch: ReturnType<typeof createWatch>) => Promise<unknown>]>([
    [
      'its source was offline',
      async (watch) => {
        watch.connectivity.state.online = ['i-b'];
        await watch.checks(4);
        watch.connectivity.state.online = ['i-a', 'i-b'];
      },
    ],
    ['its commands ended without a verdict', (watch) => watch.checks(4, { 'i-a': 'undeliverable' })],
    ['its results never came', (watch) => watch.checks(4, { 'i-a': 'never' })],
  ])('is counted by no check whose pings come back, where %s', async (_why, breaks) => {
    const watch = createWatch();
    await watch.checks(2);
    await breaks(watch);
    const counted = async (ends?: Parameters<typeof watch.check>[0]) => {
      for (const key of Object.keys(watch.metrics)) delete watch.metrics[key];
      await watch.check(ends);
      return watch.metrics.ProbesWithoutVerdict ?? 0;
    };
    // Sent, and of no use: still counted, each time.
    expect(await counted({ 'i-a': 'never' })).toBeGreaterThanOrEqual(1);
    expect(await counted({ 'i-a': 'undeliverable' })).toBeGreaterThanOrEqual(1);
    expect(await counted({ 'i-a': 'never' })).toBeGreaterThanOrEqual(1);
    expect(await counted()).toBe(0);
    expect(await counted()).toBe(0);
    expect(watch.subjects()).toEqual([NOT_CHECKED, CHECKED_AGAIN]);
  });

  it('stays lost if it was, so that the alarm does not turn OK by it', async () => {
    const watch = createWatch();
    await watch.checks(4, 'lost');
    watch.connectivity.state.online = [];
    for (const key of Object.keys(watch.metrics)) delete watch.metrics[key];
    await watch.checks(5);
    expect(watch.metrics.PeeringsUnreachable).toBeGreaterThanOrEqual(1);
    expect(watch.subjects()).toEqual([LOST, NOT_CHECKED]);
    expect(watch.messages()[1]).toContain('Its pings were lost when it was checked last.');
    expect(
      watch
        .findings()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['not-checked', 'not-checked', 'unreachable', 'unreachable']);
  });

  it('is no news for less than the checks that the policy asks for', async () => {
    const watch = createWatch();
    await watch.check();
    watch.connectivity.state.online = [];
    await watch.checks(2);
    watch.connectivity.state.online = ['i-a', 'i-b'];
    await watch.checks(4);
    expect(watch.subjects()).toEqual([]);
    expect([...watch.notes().keys()].filter((key) => key.startsWith('blind'))).toEqual([]);
  });

  it('was never checked where no ping ever gave a verdict: nothing is told then', async () => {
    const watch = createWatch();
    await watch.checks(6, 'undeliverable');
    expect([watch.subjects(), watch.findings()]).toEqual([[], []]);
  });

  it('is told as over where what was lost is not asked any more, and its next loss is told again', async () => {
    const watch = createWatch();
    const target = watch.connectivity.state.network.instances.find(({ instanceId }) => instanceId === 'i-b');
    await watch.checks(4, { 'i-a': 'lost' });
    Object.assign(target ?? {}, { ipv4Addresses: ['10.2.1.140'] });
    await watch.checks(4);
    expect(watch.subjects()).toEqual([LOST, NO_LONGER_LOST]);
    await watch.checks(4, { 'i-a': 'lost' });
    expect(watch.subjects()).toEqual([LOST, NO_LONGER_LOST, LOST]);
    await watch.checks(2);
    expect(watch.subjects().at(-1)).toBe(RESTORED);
  });

  it('stays lost where what is asked instead is lost too: to look elsewhere mends nothing', async () => {
    const watch = createWatch();
    const target = watch.connectivity.state.network.instances.find(({ instanceId }) => instanceId === 'i-b');
    await watch.checks(4, { 'i-a': 'lost' });
    Object.assign(target ?? {}, { ipv4Addresses: ['10.2.1.140'] });
    await watch.checks(1, { 'i-a': 'lost' });
    const kinds = watch.findings().map(({ kind }) => kind);
    expect(kinds.length).toBeGreaterThan(0);
    expect(new Set(kinds)).toEqual(new Set(['unreachable']));
    await watch.checks(4, { 'i-a': 'lost' });
    expect(watch.subjects()).toEqual([LOST]);
    await watch.checks(2);
    expect(watch.findings()).toEqual([]);
    expect(watch.subjects()).toHaveLength(2);
  });

  it('forgets a target that nobody pings any more, so that it stays no finding', async () => {
    const watch = createWatch();
    await watch.checks(4, { 'i-a': 'lost' });
    expect(watch.findings()).toHaveLength(1);
    const target = watch.connectivity.state.network.instances.find(({ instanceId }) => instanceId === 'i-b');
    Object.assign(target ?? {}, { ipv4Addresses: ['10.2.1.140'] });
    await watch.checks(2);
    expect(watch.findings()).toEqual([]);
    expect([...watch.notes().keys()].filter((key) => key.startsWith('lost pcx'))).not.toContain(
      `lost ${PCX} 10.2.1.139 same-zone`,
    );
  });
});

describe('a peering that is silenced', () => {
  it('and is not checked any more, is told when the silence is over, and in the history once', async () => {
    const watch = createWatch();
    await watch.checks(2);
    await watch.silence(10);
    watch.connectivity.state.online = [];
    await watch.checks(9);
    expect(watch.metrics.ProbesWithoutVerdict).toBe(0);
    expect(watch.subjects()).toEqual([]);
    const quiet = watch.events.filter(({ why }) => why.includes('is silenced by ada'));
    expect(quiet.map(({ what }) => what).sort()).toEqual([
      `${PCX} is not checked from ${VPC_A.vpcId} any more.`,
      `${PCX} is not checked from ${VPC_B.vpcId} any more.`,
    ]);
    await watch.checks(3);
    expect(watch.subjects()).toEqual([NOT_CHECKED]);
  });

  it('and lost when it stopped being checked, does not keep the alarm ringing', async () => {
    const watch = createWatch();
    await watch.checks(3, 'lost');
    await watch.silence(10);
    watch.connectivity.state.online = [];
    const before = watch.metrics.PeeringsUnreachable;
    await watch.checks(9);
    expect(watch.metrics.PeeringsUnreachable).toBe(before);
    await watch.checks(3);
    expect(watch.metrics.PeeringsUnreachable).toBeGreaterThan(before ?? 0);
  });
});

describe('that nothing is lost', () => {
  /** Whether the next check, of which no result comes, counts how much is lost, and how much. */
  async function counted(watch: ReturnType<typeof createWatch>): Promise<number | undefined> {
    delete watch.metrics.PeeringsUnreachable;
    await watch.check('never');
    return watch.metrics.PeeringsUnreachable;
  }

  /** From the check on that was just made. */
  async function expectCountedForAnHour(watch: ReturnType<typeof createWatch>): Promise<void> {
    expect(await counted(watch)).toBe(0);
    await watch.checks(9);
    expect(await counted(watch)).toBe(0);
    await watch.checks(2);
    expect(await counted(watch)).toBeUndefined();
  }

  it('is counted in the first hour of a day, and not where the alarm knows it: each hour has a price', async () => {
    const watch = createWatch({ start: '2026-03-01T22:00:00Z' });
    await watch.checks(22);
    expect(await counted(watch)).toBeUndefined();
    await watch.checks(2);
    expect(await counted(watch)).toBe(0);
    await watch.checks(11);
    expect(await counted(watch)).toBeUndefined();
  });

  it('is counted for an hour after the first verdict, as the alarm may be newer than that, and has no data then', async () => {
    const watch = createWatch();
    await watch.check('undeliverable');
    expect(await counted(watch)).toBeUndefined();
    await watch.check();
    await expectCountedForAnHour(watch);
  });

  it('is counted for an hour after the first verdict of a target that is new', async () => {
    const watch = createWatch();
    const target = watch.connectivity.state.network.instances.find(({ instanceId }) => instanceId === 'i-b');
    await watch.checks(15);
    expect(await counted(watch)).toBeUndefined();
    Object.assign(target ?? {}, { ipv4Addresses: ['10.2.1.140'] });
    await watch.check();
    expect(await counted(watch)).toBe(0);
  });

  it('is counted for an hour after another policy was deployed, as its alarm may be new, and once for each policy', async () => {
    const watch = createWatch();
    await watch.checks(20);
    expect(await counted(watch)).toBeUndefined();
    watch.deploy({ connectivity: { periods: 4 } });
    await expectCountedForAnHour(watch);
    await watch.checks(3);
    expect(await counted(watch)).toBeUndefined();
  });

  it('is counted for an hour after a loss is over, also where that was none for the alarm', async () => {
    for (const lost of [1, 4]) {
      const watch = createWatch();
      await watch.checks(lost, 'lost');
      await watch.check();
      await expectCountedForAnHour(watch);
    }
  });

  it('is counted after what was lost is not asked any more', async () => {
    const watch = createWatch();
    const target = watch.connectivity.state.network.instances.find(({ instanceId }) => instanceId === 'i-b');
    await watch.checks(4, { 'i-a': 'lost' });
    Object.assign(target ?? {}, { ipv4Addresses: ['10.2.1.140'] });
    await watch.checks(3);
    expect(watch.findings()).toEqual([]);
    expect(await counted(watch)).toBe(0);
  });

  it('is not counted while a loss is remembered, until pings are answered', async () => {
    const watch = createWatch();
    await watch.checks(3, 'lost');
    expect(await counted(watch)).toBeUndefined();
    await watch.check();
    expect(await counted(watch)).toBe(0);
  });

  it('is counted of a loss that is silenced', async () => {
    const watch = createWatch();
    await watch.checks(3, 'lost');
    await watch.silence(3);
    expect(await counted(watch)).toBe(0);
  });

  it('is counted once the lost peering has ended, so that its alarm is over', async () => {
    const watch = createWatch();
    await watch.checks(3, 'lost');
    watch.aws.state.peerings = [];
    expect(await counted(watch)).toBe(0);
  });

  it('is not counted where nothing was ever pinged, as each hour has a price', async () => {
    const remote = { accounts: ['555555555555'] };
    const watch = createWatch({ policy: { rules: [{ name: 'others', effect: 'accept', remote }] } });
    expect(await counted(watch)).toBeUndefined();
  });
});
