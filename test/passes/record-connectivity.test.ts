import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { lastPingOf, pingNotes } from '../../lib/connectivity/last-ping.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { silenceNote } from '../../lib/model/silence.ts';
import { toldLosses } from '../../lib/model/watch-notes.ts';
import { recordConnectivity } from '../../lib/passes/record-connectivity.ts';
import type { Invocation } from '../../lib/ports/connectivity.ts';
import {
  instance,
  mainTable,
  network,
  rule,
  securityGroup,
  tables,
  VPC_A,
  VPC_B,
} from '../connectivity/networks.ts';
import {
  OWN,
  PEER,
  peering,
  policyOf,
  prefixList,
  REGION,
  route,
  STRANGER,
  SYNCED,
  vpc,
} from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAwsState } from '../support/memory-aws.ts';
import {
  createMemoryConnectivity,
  type MemoryConnectivityOptions,
  type MemoryConnectivityState,
} from '../support/memory-connectivity.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { runs } from '../support/runs.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const PCX = 'pcx-11112222';
const DOCUMENT = 'vpc-peering-autopilot-Ping';
const COMMAND = '11111111-2222-3333-4444-555555555555';

const ended: Extract<Hint, { kind: 'command' }> = {
  kind: 'command',
  commandId: COMMAND,
  region: REGION,
  cause: 'EC2 Command Invocation Status-change Notification',
};

/** What a real ping printed; the tests of the parser say of which program. */
function recorded(name: string): string {
  return readFileSync(join(__dirname, '../connectivity/recorded', `${name}.txt`), 'utf8');
}

const REACHABLE = recorded('iputils-ipv4-reachable');
const SILENT = recorded('iputils-ipv4-silent');

function invocation(parts: Partial<Invocation> = {}): Invocation {
  return {
    commandId: COMMAND,
    instanceId: 'i-a',
    documentName: DOCUMENT,
    comment: `${PCX} 10.2.1.139 same-zone`,
    status: 'Success',
    statusDetails: 'Success',
    requestedAt: NOW,
    output: REACHABLE,
    ...parts,
  };
}

const lost = (parts: Partial<Invocation> = {}) =>
  invocation({ status: 'Failed', statusDetails: 'Failed', output: SILENT, ...parts });

interface WorldParts extends MemoryConnectivityOptions {
  readonly aws?: Partial<MemoryAwsState>;
  readonly connectivity?: Partial<MemoryConnectivityState>;
  readonly policy?: Record<string, unknown>;
  readonly invocations?: Invocation[];
  readonly sleep?: (duration: number) => Promise<void>;
}

/** vpc-a and vpc-b peered and routed; i-a has just pinged i-b. */
function world({
  aws: parts = {},
  connectivity = {},
  policy = {},
  invocations,
  sleep = async () => undefined,
  ...rest
}: WorldParts = {}) {
  const aws = createMemoryAws({
    peerings: [peering(PCX, VPC_A, VPC_B, { tags: SYNCED })],
    vpcs: [VPC_A, VPC_B],
    tables: tables({ a: [route('10.2.0.0/16', PCX)], b: [route('10.1.0.0/16', PCX)] }),
    ...parts,
  });
  const memory = createMemoryConnectivity(
    { network: network(), online: [], invocations: invocations ?? [invocation()], ...connectivity },
    rest,
  );
  const clock = { now: NOW };
  const store = createMemoryStore({ now: () => clock.now.getTime() / 1000 });
  const dependencies = {
    ...aws,
    ...memory,
    accountId: OWN,
    policy: policyOf(policy),
    managedRegions: [REGION],
    documentName: DOCUMENT,
    memory: store,
    now: () => clock.now,
    sleep,
  };
  let checks = 0;
  return {
    ...aws,
    ...memory,
    clock,
    store,
    /** Besides what the last pings found. */
    remembered: () => new Map([...store.snapshot(REGION).notes].filter(([key]) => !key.startsWith('ping '))),
    /** What the last pings found, as a view of the peering shows it. */
    lastPing: () =>
      lastPingOf({ region: REGION, remote: VPC_B }, pingNotes(store.snapshot(REGION).notes).get(PCX)),
    noteWrites: () => store.calls.filter((call) => call.startsWith('note ')),
    record: (...hints: Hint[]) =>
      recordConnectivity(REGION, hints.length === 0 ? [ended] : hints, dependencies),
    /** The next check has ended: the same invocations again, of a command of their own. */
    check() {
      checks += 1;
      const commandId = `11111111-2222-3333-4444-${String(checks).padStart(12, '0')}`;
      memory.state.invocations = memory.state.invocations.map((each) => ({ ...each, commandId }));
      return recordConnectivity(REGION, [{ ...ended, commandId }], dependencies);
    },
  };
}

describe('a command that Systems Manager does not list yet', () => {
  it('is waited for, and its result is recorded', async () => {
    const invocations: Invocation[] = [];
    const waits: number[] = [];
    const { record } = world({
      invocations,
      sleep: async (duration) => {
        waits.push(duration);
        if (waits.length === 3) invocations.push(invocation());
      },
    });
    expect(await record()).toMatchObject({ recorded: [{ peeringId: PCX, verdict: 'reachable' }] });
    expect(waits).toEqual([100, 200, 400]);
  });

  it('is dropped when it does not come up within some seconds', async () => {
    const waits: number[] = [];
    const { record } = world({
      invocations: [],
      sleep: async (duration) => {
        waits.push(duration);
      },
    });
    expect(await record()).toMatchObject({ dropped: [expect.stringContaining('no command of')] });
    expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThan(10_000);
  });
});

describe('an answered ping', () => {
  it('becomes metrics, an event with every result, and no message', async () => {
    const { record, metrics, events, notifications, writes } = world();
    expect(await record()).toMatchObject({
      recorded: [
        expect.objectContaining({ peeringId: PCX, verdict: 'reachable', lossPercent: 0, failed: false }),
      ],
    });
    expect(metrics).toEqual({
      PacketLoss: 0,
      RoundTripTime: 0.044,
      ProbesWithoutVerdict: 0,
      PeeringsUnreachable: 0,
    });
    expect(events).toEqual([
      {
        type: 'Connectivity Verdict',
        detail: expect.objectContaining({
          accountId: OWN,
          region: REGION,
          peeringId: PCX,
          target: '10.2.1.139',
          verdict: 'reachable',
          results: [expect.objectContaining({ sourceInstanceId: 'i-a', priceClass: 'same-zone' })],
        }),
      },
    ]);
    expect(notifications).toEqual([]);
    expect(writes).toEqual([]);
  });

  it('has metrics of its own for each peering only where the policy pays for them', async () => {
    const { record, metrics } = world({ policy: { metrics: { perPeering: true } } });
    await record();
    expect(metrics).toMatchObject({ [`${PCX} PacketLoss`]: 0, [`${PCX} RoundTripTime`]: 0.044 });
  });
});

describe('a command of several instances', () => {
  it('is recorded once, when the last of them has ended', async () => {
    const { record, state, metrics, events } = world({
      invocations: [invocation(), invocation({ instanceId: 'i-a2', status: 'InProgress', output: '' })],
    });
    expect(await record()).toEqual({ recorded: [], waitingFor: 1, noted: [], dropped: [] });
    expect([metrics, events]).toEqual([{}, []]);
    state.invocations = [invocation(), lost({ instanceId: 'i-a2' })];
    expect(await record()).toMatchObject({
      recorded: [expect.objectContaining({ verdict: 'lossy', lossPercent: 50, failed: false })],
    });
    expect(events).toHaveLength(1);
  });
});

describe('pings that are lost', () => {
  const blocked = network({ securityGroups: [securityGroup(VPC_A), securityGroup(VPC_B, { ingress: [] })] });

  it('are told once, after as many checks as the policy says, with the first failing hop and what to type', async () => {
    const { check, notifications, metrics } = world({
      invocations: [lost()],
      connectivity: { network: blocked },
    });
    await check();
    await check();
    expect(notifications).toEqual([]);
    expect(metrics.PeeringsUnreachable).toBe(2);
    await check();
    await check();
    expect(notifications).toHaveLength(1);
    expect(notifications[0]?.subject).toBe(`Connectivity lost: vpc-a - vpc-b (${PCX}), 100% loss`);
    expect(notifications[0]?.message).toContain('sg-b');
    expect(notifications[0]?.message).toContain('peering explain i-a 10.2.1.139');
  });

  it('are told to be over once, when they are answered again', async () => {
    const { check, state, notifications, remembered } = world({ invocations: [lost()] });
    for (let times = 0; times < 3; times += 1) await check();
    state.invocations = [invocation()];
    await check();
    await check();
    expect(notifications.map(({ subject }) => subject)).toEqual([
      `Connectivity lost: vpc-a - vpc-b (${PCX}), 100% loss`,
      `Connectivity restored: vpc-a - vpc-b (${PCX})`,
    ]);
    expect([...remembered().keys()]).toEqual([`lost ${PCX} 10.2.1.139 same-zone`]);
    expect(remembered().get(`lost ${PCX} 10.2.1.139 same-zone`)?.value).toMatch(/^0 /);
  });

  it('now and then are neither told to be lost nor to be over', async () => {
    const { check, state, notifications } = world({ invocations: [lost()] });
    await check();
    await check();
    state.invocations = [invocation()];
    await check();
    state.invocations = [lost()];
    await check();
    await check();
    expect(notifications).toEqual([]);
  });

  it('count as lost from the threshold of the policy on', async () => {
    const half = recorded('iputils-ipv4-lossy');
    const strict = world({
      policy: { connectivity: { lossThresholdPercent: 1 } },
      invocations: [lost({ output: half })],
    });
    await strict.record();
    expect(strict.metrics.PeeringsUnreachable).toBe(1);
    const usual = world({ invocations: [lost({ output: half })] });
    await usual.record();
    expect(usual.metrics.PeeringsUnreachable).toBe(0);
    expect(usual.metrics.PacketLoss).toBeGreaterThan(0);
  });

  it('are told without the hops where an end has vanished meanwhile', async () => {
    const { check, notifications } = world({
      policy: { connectivity: { periods: 1 } },
      invocations: [lost()],
      connectivity: { network: network({ instances: [] }) },
    });
    await check();
    expect(notifications[0]?.message).not.toContain('Hop by hop');
  });

  it('are told with what the other end of the same check sees, also where its event has not come yet', async () => {
    const back = { comment: `${PCX} 10.1.1.13 same-zone`, instanceId: 'i-b' };
    const waits: number[] = [];
    const { record, state, notifications } = world({
      policy: { connectivity: { periods: 1 } },
      invocations: [
        lost(),
        lost({ ...back, commandId: COMMAND.replace('1111', '2222'), status: 'InProgress', output: '' }),
      ],
      sleep: async (duration) => {
        waits.push(duration);
        state.invocations = [
          lost(),
          lost({
            ...back,
            commandId: COMMAND.replace('1111', '2222'),
            output: SILENT.replaceAll('10.2.1.139', '10.1.1.13'),
          }),
        ];
      },
    });
    await record();
    expect(waits).toEqual([500]);
    expect(notifications).toHaveLength(1);
    expect(notifications[0]?.message).toContain('i-a -> 10.2.1.139: unreachable');
    expect(notifications[0]?.message).toContain('i-b -> 10.1.1.13: unreachable');
    expect(notifications[0]?.message).not.toContain('answered when it was checked last');
  });

  it('from one zone are told, although sources in another zone reach the same target', async () => {
    const { check, state, notifications } = world();
    const answers = invocation({ comment: `${PCX} 10.2.1.139 other-zone`, instanceId: 'i-a2' });
    for (let times = 0; times < 3; times += 1) {
      state.invocations = [lost()];
      await check();
      state.invocations = [answers];
      await check();
    }
    expect(notifications.map(({ subject }) => subject)).toEqual([
      `Connectivity lost: vpc-a - vpc-b (${PCX}), 100% loss`,
    ]);
  });

  it('that an older version has told are not told again, and are told to be over', async () => {
    const { check, state, store, notifications, remembered } = world({ invocations: [lost()] });
    const value = '3 11111111-2222-3333-4444-555555555555';
    const key = `lost ${PCX} 10.2.1.139`;
    await store.update(REGION, [{ kind: 'note', key, value, at: NOW.getTime() / 1000 }]);
    await check();
    await check();
    expect(notifications).toEqual([]);
    expect([...remembered().keys()]).toEqual([`${key} same-zone`]);
    state.invocations = [invocation()];
    await check();
    expect(notifications.map(({ subject }) => subject)).toEqual([
      `Connectivity restored: vpc-a - vpc-b (${PCX})`,
    ]);
  });

  it('count once when the event of a command comes twice', async () => {
    const { record, notifications } = world({
      invocations: [lost()],
      policy: { connectivity: { periods: 2 } },
    });
    await record();
    await record();
    await record();
    expect(notifications).toEqual([]);
  });

  it('that last for weeks stay told: they are noted again, and told only once', async () => {
    const { check, clock, notifications, store } = world({
      invocations: [lost()],
      policy: { connectivity: { periods: 1 } },
    });
    for (let day = 0; day < 50; day += 1) {
      clock.now = new Date(NOW.getTime() + day * 24 * 60 * 60_000);
      await check();
      await check();
    }
    expect(notifications).toHaveLength(1);
    // Each day the target, and that people were told; each time what was found.
    const noted = store.calls.filter((call) => call.startsWith('note '));
    const pings = noted.filter((call) => call.startsWith(`note ${REGION} ping `));
    expect([noted.length - pings.length, pings.length]).toEqual([100, 100]);
  });

  it('are counted anew where what was remembered is no count', async () => {
    const { check, notifications, store } = world({ invocations: [lost()] });
    await store.update(REGION, [{ kind: 'note', key: `lost ${PCX} 10.2.1.139`, value: 'NaN', at: 0 }]);
    for (let times = 0; times < 3; times += 1) await check();
    expect(notifications).toHaveLength(1);
  });

  it('are neither remembered nor told where nothing may be written', async () => {
    const { check, notifications, remembered, metrics } = world({
      invocations: [lost()],
      policy: { mode: 'observe', connectivity: { periods: 1 } },
    });
    await check();
    expect([notifications, remembered().size, metrics.PeeringsUnreachable]).toEqual([[], 0, 1]);
  });
});

describe('an outage of many peerings', () => {
  const ids = Array.from({ length: 30 }, (_, index) => `pcx-${String(index).padStart(8, '0')}`);
  const commandOf = (index: number) => `11111111-2222-3333-4444-${String(index).padStart(12, '0')}`;
  const eventOf = (index: number): Hint => ({ ...ended, commandId: commandOf(index) });
  const invocationsOf = (of: typeof invocation, offset = 0) =>
    ids.map((peeringId, index) =>
      of({ commandId: commandOf(offset + index), comment: `${peeringId} 10.2.1.139 same-zone` }),
    );

  /** Systems Manager tells of the ends in batches of ten, as the queue hands them over. */
  async function recordAll({ record }: ReturnType<typeof world>, offset = 0) {
    for (let from = 0; from < ids.length; from += 10) {
      await record(...ids.slice(from, from + 10).map((_, index) => eventOf(offset + from + index)));
    }
  }

  const outage = (parts: WorldParts = {}) =>
    world({
      aws: { peerings: ids.map((id) => peering(id, VPC_A, VPC_B, { tags: SYNCED })) },
      policy: { connectivity: { periods: 1 } },
      invocations: invocationsOf(lost),
      ...parts,
    });

  it('is one message, although its commands end in several batches, and one when it is over', async () => {
    const scene = outage();
    await recordAll(scene);
    expect(scene.notifications.map(({ subject }) => subject)).toEqual([
      `30 VPC peerings lost connectivity in ${OWN} (${REGION})`,
    ]);
    for (const id of ids) {
      expect(scene.notifications[0]?.message).toContain(`Connectivity lost: vpc-a - vpc-b (${id})`);
    }
    expect(scene.store.events.filter(({ kind }) => kind === 'connectivity')).toHaveLength(30);
    scene.state.invocations = invocationsOf(invocation, 100);
    await recordAll(scene, 100);
    expect(scene.notifications.slice(1).map(({ subject }) => subject)).toEqual([
      `30 VPC peerings answer again in ${OWN} (${REGION})`,
    ]);
    expect(toldLosses(scene.remembered())).toEqual([]);
  });

  it('waits for commands that have not ended, and tells of them too', async () => {
    const waits: number[] = [];
    const scene: ReturnType<typeof world> = outage({
      invocations: invocationsOf((parts) =>
        lost(parts?.commandId === commandOf(0) ? parts : { ...parts, status: 'InProgress', output: '' }),
      ),
      sleep: async (duration) => {
        waits.push(duration);
        if (waits.length === 3) scene.state.invocations = invocationsOf(lost);
      },
    });
    await scene.record(eventOf(0));
    expect(waits).toEqual([500, 1000, 2000]);
    expect(scene.notifications.map(({ subject }) => subject)).toEqual([
      `30 VPC peerings lost connectivity in ${OWN} (${REGION})`,
    ]);
  });

  it('counts each check once: what was told before its own event is not told again, and is counted as the policy says', async () => {
    const scene = outage({ policy: { connectivity: { periods: 2 } } });
    await recordAll(scene);
    expect(scene.notifications).toEqual([]);
    scene.state.invocations = invocationsOf(lost, 100);
    await recordAll(scene, 100);
    await recordAll(scene, 100);
    expect(scene.notifications).toHaveLength(1);
    expect([...scene.remembered()].filter(([, { value }]) => / 2 /.test(` ${value} `))).toHaveLength(30);
  });

  it('that cannot be told is told by the next batch', async () => {
    let fails = true;
    const scene = outage();
    const notify = scene.topic.notify;
    scene.topic.notify = async (notification) => {
      if (fails) throw new Error('SNS does not answer');
      await notify(notification);
    };
    await expect(scene.record(eventOf(0))).rejects.toThrow('SNS does not answer');
    fails = false;
    await scene.record(eventOf(1));
    expect(scene.notifications.map(({ subject }) => subject)).toEqual([
      `30 VPC peerings lost connectivity in ${OWN} (${REGION})`,
    ]);
  });

  it('reads nothing of other commands while nothing is news', async () => {
    const asked: string[] = [];
    const scene = outage({
      invocations: invocationsOf(invocation),
      fail: (call) => void asked.push(call),
    });
    await recordAll(scene);
    expect(asked).not.toContain('readInvocationsSince');
  });
});

describe('pings that are lost while somebody has silenced the peering', () => {
  const silenced = (id: string, hours: number) =>
    silenceNote({
      id,
      by: 'arn:aws:iam::111111111111:user/ada',
      because: 'the firewall is replaced',
      since: NOW.getTime() / 1000,
      until: NOW.getTime() / 1000 + hours * 3600,
    });

  it.each([PCX, 'vpc-11111111'])(
    '(%s) ring no alarm and are told to nobody, and the history has them once',
    async (id) => {
      const here = { ...VPC_A, vpcId: 'vpc-11111111' };
      const scene = world({
        aws: { peerings: [peering(PCX, here, VPC_B, { tags: SYNCED })] },
        policy: { connectivity: { periods: 1 } },
        invocations: [lost()],
      });
      await scene.store.update(REGION, [silenced(id, 4)]);
      await scene.check();
      await scene.check();
      expect(scene.notifications).toEqual([]);
      expect(scene.metrics.PeeringsUnreachable).toBe(0);
      expect(scene.metrics.PacketLoss).toBeGreaterThan(0);
      expect(scene.events.filter(({ type }) => type === 'Connectivity Verdict')).toHaveLength(2);
      expect(scene.store.events).toEqual([
        expect.objectContaining({ why: expect.stringContaining(`${id} is silenced by`) }),
      ]);
      scene.clock.now = new Date(NOW.getTime() + 5 * 3_600_000);
      scene.state.invocations = [lost({ requestedAt: scene.clock.now })];
      await scene.check();
      expect(scene.metrics.PeeringsUnreachable).toBe(1);
      expect(scene.notifications.map(({ subject }) => subject)).toEqual([
        expect.stringContaining('Connectivity lost'),
      ]);
    },
  );

  it('and that people knew of before, are told to be over in the history alone', async () => {
    const scene = world({ policy: { connectivity: { periods: 1 } }, invocations: [lost()] });
    await scene.check();
    await scene.store.update(REGION, [silenced(PCX, 4)]);
    scene.state.invocations = [invocation()];
    await scene.check();
    expect(scene.notifications).toHaveLength(1);
    expect(toldLosses(scene.remembered())).toEqual([]);
    expect(scene.store.events.map(({ what }) => what)).toContain(`Pings across ${PCX} are answered again.`);
  });

  it('count for the alarm where the silences cannot be read', async () => {
    const scene = world({ policy: { connectivity: { periods: 3 } }, invocations: [lost()] });
    await scene.store.update(REGION, [silenced(PCX, 4)]);
    scene.store.read = async () => {
      throw new Error('DynamoDB does not answer');
    };
    await scene.check();
    expect(scene.metrics.PeeringsUnreachable).toBe(1);
  });

  it('are not looked up with mode: observe, where nobody is told and the registry may not be read', async () => {
    const scene = world({
      policy: { mode: 'observe', connectivity: { periods: 1 } },
      invocations: [lost()],
    });
    let reads = 0;
    scene.store.read = async () => {
      reads += 1;
      throw new Error('not permitted');
    };
    await scene.check();
    expect([reads, scene.metrics.PeeringsUnreachable]).toEqual([0, 1]);
  });
});

describe('what the last ping of a peering found', () => {
  it('is remembered with one call, however often it was the same', async () => {
    const { record, lastPing, noteWrites, clock, state } = world();
    await record();
    const before = noteWrites().length;
    clock.now = new Date(NOW.getTime() + 300_000);
    state.invocations = [invocation({ requestedAt: clock.now })];
    await record();
    expect(noteWrites().slice(before)).toEqual([`note ${REGION} ping ${PCX} 10.2.1.139 same-zone`]);
    expect(lastPing()).toEqual({
      at: clock.now,
      verdict: 'reachable',
      worst: 'ping',
      lossPercent: 0,
      averageRtt: expect.any(Number),
      rtt: {
        min: expect.any(Number),
        avg: expect.any(Number),
        max: expect.any(Number),
        mdev: expect.any(Number),
      },
      priceClasses: ['same-zone'],
      sources: ['i-a'],
      targets: ['10.2.1.139'],
    });
  });

  it('is a loss as much as an answer, and that there was no verdict', async () => {
    const { record, lastPing, state } = world({ invocations: [lost()] });
    await record();
    expect(lastPing()).toMatchObject({ verdict: 'unreachable', worst: 'ping', lossPercent: 100 });
    state.invocations = [invocation({ status: 'Failed', statusDetails: 'Undeliverable', output: SILENT })];
    await record();
    expect(lastPing()).toMatchObject({ verdict: 'none', sources: ['i-a'] });
    expect(lastPing()).not.toHaveProperty('lossPercent');
  });

  it.each([
    ['rate(5 minutes)', 26 * 60 + 14, 26 * 60 + 16],
    ['rate(6 hours)', 44 * 60 - 1, 44 * 60 + 1],
  ])(
    'is forgotten a day after the next results were due, when other notes say that the check stopped: %s',
    async (connectivity, shown, forgotten) => {
      const { record, lastPing, clock } = world({ policy: { schedules: { connectivity } } });
      await record();
      clock.now = new Date(NOW.getTime() + shown * 60_000);
      expect(lastPing()?.verdict).toBe('reachable');
      clock.now = new Date(NOW.getTime() + forgotten * 60_000);
      expect(lastPing()).toBeUndefined();
    },
  );

  it('is not noted with mode: observe', async () => {
    const { record, noteWrites } = world({ policy: { mode: 'observe' } });
    await record();
    expect(noteWrites()).toEqual([]);
  });
});

describe('no verdict', () => {
  it.each(['Undeliverable', 'DeliveryTimedOut', 'ExecutionTimedOut', 'Cancelled', 'AccessDenied'])(
    '%s is counted apart from loss, and leaves it as it was',
    async (statusDetails) => {
      const { record, state, metrics, notifications, remembered } = world({ invocations: [lost()] });
      await record();
      const lostBefore = () => [...remembered()].map(([key, { value }]) => [key, value.split(' ')[0]]);
      const before = lostBefore();
      const lossBefore = metrics.PacketLoss;
      state.invocations = [invocation({ status: 'Failed', statusDetails, output: SILENT })];
      expect(await record()).toMatchObject({
        recorded: [expect.objectContaining({ verdict: 'none', withoutVerdict: 1, failed: false })],
      });
      expect(metrics.ProbesWithoutVerdict).toBe(1);
      expect(metrics.PacketLoss).toBe(lossBefore);
      expect(lostBefore()).toEqual(before);
      expect(notifications).toEqual([]);
    },
  );
});

describe('what is not ours', () => {
  it.each<[string, Invocation[]]>([
    ['a command of another document', [invocation({ documentName: 'AWS-RunShellScript' })]],
    ['a comment that nobody here wrote', [invocation({ comment: 'rm -rf' })]],
    ['a command that Systems Manager does not know', []],
  ])('is dropped: %s', async (_what, invocations) => {
    const { record, events, metrics, writes } = world({ invocations });
    expect(await record()).toMatchObject({ dropped: [expect.stringContaining(DOCUMENT)] });
    expect([events, metrics, writes]).toEqual([[], {}, []]);
  });

  it('is dropped: an event about something else', async () => {
    const { record, events } = world();
    expect(await record({ kind: 'region', region: REGION, cause: 'Sweep Requested' })).toMatchObject({
      dropped: [expect.stringContaining('no command')],
    });
    expect(events).toEqual([]);
  });

  it('no output makes the function fail, or an unreachable target reachable', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (output) => {
        const { record } = world({ invocations: [lost({ output })] });
        const summary = await record();
        expect(summary).toMatchObject({
          recorded: [expect.objectContaining({ verdict: expect.not.stringMatching(/^reachable$/) })],
        });
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('across accounts', () => {
  const foreign = vpc('vpc-b', ['10.2.0.0/16'], { accountId: PEER });
  const trusting = { trust: { accounts: [PEER] }, connectivity: { periods: 1 } };
  const across: WorldParts = {
    aws: {
      peerings: [peering(PCX, VPC_A, foreign, { tags: SYNCED })],
      vpcs: [VPC_A],
      tables: [mainTable(VPC_A, [route('10.2.0.0/16', PCX)])],
    },
    connectivity: {
      network: network({
        vpcs: [VPC_A],
        instances: [instance('i-a', VPC_A, 1, 13)],
        securityGroups: [securityGroup(VPC_A)],
      }),
    },
  };
  const said = (parts: Partial<Extract<Hint, { kind: 'peer-verdict' }>> = {}): Hint => ({
    kind: 'peer-verdict',
    region: REGION,
    cause: 'Connectivity Verdict',
    peeringId: PCX,
    peerAccountId: PEER,
    verdict: 'unreachable',
    fault: { hop: 'route-table', direction: 'back' },
    ...parts,
  });

  it('each verdict goes to the account at the other end, if the policy trusts it', async () => {
    const { record, toPeers } = world({ ...across, policy: trusting });
    await record();
    expect(toPeers).toEqual([
      {
        accountId: PEER,
        event: {
          type: 'Connectivity Verdict',
          detail: { accountId: OWN, region: REGION, peeringId: PCX, verdict: 'reachable' },
        },
      },
    ]);
  });

  it('nothing goes to an account that the policy does not trust, nor to oneself', async () => {
    const distrusting = world({ ...across, policy: { trust: { accounts: [STRANGER] } } });
    await distrusting.record();
    const inside = world({ policy: { trust: { accounts: [PEER] } } });
    await inside.record();
    expect([distrusting.toPeers, inside.toPeers]).toEqual([[], []]);
  });

  it('what the other end said names the fault that cannot be seen from here', async () => {
    const { record, notifications } = world({ ...across, policy: trusting, invocations: [lost()] });
    expect(await record(said())).toMatchObject({ noted: [expect.stringContaining(PEER)] });
    await record();
    expect(notifications[0]?.message).toContain('Nothing is wrong with what is visible from here');
    expect(notifications[0]?.message).toContain('a route table, on the way of the answer back to its side');
  });

  it('what it said long ago says nothing of now', async () => {
    const { record, notifications, clock } = world({ ...across, policy: trusting, invocations: [lost()] });
    await record(said());
    clock.now = new Date(NOW.getTime() + 31 * 60_000);
    await record();
    expect(notifications[0]?.message).not.toContain('a route table');
  });

  it.each<[string, Record<string, unknown>, Parameters<typeof said>[0]]>([
    ['whom the policy does not trust', {}, {}],
    ['that is not at the other end', { trust: { accounts: [PEER, STRANGER] } }, { peerAccountId: STRANGER }],
    ['about a peering that EC2 does not know', trusting, { peeringId: 'pcx-99999999' }],
  ])('an account %s is not listened to', async (_who, policy, parts) => {
    const { record, remembered } = world({ ...across, policy });
    expect(await record(said(parts))).toMatchObject({ dropped: [expect.any(String)] });
    expect(remembered().size).toBe(0);
  });

  it('an account that does not take the verdict does not keep it from being recorded', async () => {
    const { record, toPeers } = world({
      ...across,
      policy: trusting,
      fail: (call) =>
        call === 'publishTo' ? Object.assign(new Error('no'), { name: 'AccessDeniedException' }) : undefined,
    });
    expect(await record()).toMatchObject({ recorded: [expect.objectContaining({ verdict: 'reachable' })] });
    expect(toPeers).toEqual([]);
  });
});

describe('a command that asks for more than a ping', () => {
  const probes = (name: string) => recorded(join('probes', name));
  const subjects = (sent: readonly { readonly subject: string }[]) => sent.map(({ subject }) => subject);
  const asked = (what: string, output: string) =>
    invocation({ comment: `${PCX} 10.2.1.139 same-zone ${what}`, output });

  it('is recorded by its worst, with every result, in one event', async () => {
    const { record, events } = world({ invocations: [asked('pmn5432,443', probes('ipv4-all'))] });
    expect(await record()).toMatchObject({
      recorded: [{ verdict: 'misresolved', lossPercent: 0, failed: false, withoutVerdict: 0 }],
    });
    expect(events).toHaveLength(1);
    expect(events[0]?.detail).toMatchObject({ verdict: 'misresolved' });
    expect(events[0]?.detail.results).toHaveLength(6);
  });

  it('looks for what keeps a lost connection, and says how to look closer', async () => {
    const onlyPing = network({
      securityGroups: [
        securityGroup(VPC_A),
        securityGroup(VPC_B, {
          ingress: [
            {
              protocol: 'icmp',
              fromPort: -1,
              toPort: -1,
              cidrs: ['0.0.0.0/0'],
              prefixListIds: [],
              groupIds: [],
            },
          ],
        }),
      ],
    });
    const output = `${probes('ipv4-all').split('== end')[0]}== end\n== tcp\ntcp 5432 exit 124\n== end\n`;
    const { check, notifications } = world({
      invocations: [asked('p5432', output)],
      connectivity: { network: onlyPing },
    });
    for (let times = 0; times < 4; times += 1) {
      await check();
    }
    expect(notifications).toHaveLength(1);
    const message = notifications[0]?.message;
    expect(message).toMatch(/^Connections to TCP 5432 of \S+ across pcx-11112222 .* are lost /);
    expect(message).toMatch(/fails: security-group-in/);
    expect(message).toContain('peering explain i-a 10.2.1.139 --port 5432');
  });

  it('reads the entries of the prefix lists that rules and routes name', async () => {
    const through = (cidrs: string[]) =>
      world({
        invocations: [lost()],
        aws: { prefixLists: [prefixList('pl-1', cidrs)] },
        connectivity: {
          network: network({
            securityGroups: [
              securityGroup(VPC_A),
              securityGroup(VPC_B, { ingress: [rule({ prefixListIds: ['pl-1'] })] }),
            ],
          }),
        },
      });
    const closed = through(['10.9.0.0/16']);
    const open = through(['10.1.0.0/16']);
    for (const { check } of [closed, open]) {
      for (let times = 0; times < 4; times += 1) {
        await check();
      }
    }
    expect(closed.notifications[0]?.message).toMatch(/fails: security-group-in/);
    expect(open.notifications[0]?.message).not.toMatch(/fails: security-group-in/);
  });

  it('asks which rules EC2 calls stale where a rule refers to another group, and names them', async () => {
    const stale = [{ direction: 'ingress' as const, groupId: 'sg-gone', peeringId: 'pcx-old' }];
    const { check, notifications } = world({
      invocations: [lost()],
      connectivity: {
        network: network({
          securityGroups: [
            securityGroup(VPC_A),
            securityGroup(VPC_B, { ingress: [rule({ groupIds: ['sg-gone'] })] }),
          ],
          staleGroups: new Map([[VPC_B.vpcId, [{ vpcId: VPC_B.vpcId, groupId: 'sg-b', stale }]]]),
        }),
      },
    });
    for (let times = 0; times < 4; times += 1) {
      await check();
    }
    expect(notifications[0]?.message).toContain(
      'EC2 lists the reference as stale, and pcx-old no longer exists',
    );
  });

  it('tells once that large packets do not pass, and once that they do again', async () => {
    const { check, state, notifications, remembered } = world({
      invocations: [asked('pm', probes('ipv4-large-lost'))],
    });
    await check();
    await check();
    expect(notifications).toEqual([]);
    for (let times = 0; times < 5; times += 1) {
      await check();
    }
    expect(subjects(notifications)).toEqual(['Large packets do not pass: vpc-a - vpc-b (pcx-11112222)']);
    expect(notifications[0]?.message).toMatch(/9,001 bytes are lost and those of 1,500 bytes pass/);

    // Nothing was learned: what was known stays.
    state.invocations = [asked('pm', probes('ipv4-own-mtu'))];
    await check();
    expect(notifications).toHaveLength(1);
    state.invocations = [asked('pm', probes('ipv4-all'))];
    await check();
    await check();
    expect(subjects(notifications.slice(1))).toEqual([
      'Large packets pass again: vpc-a - vpc-b (pcx-11112222)',
    ]);
    expect([...remembered().keys()].filter((key) => key.startsWith('path '))).toEqual([]);
  });

  it('tells of large packets that do not pass once a silence is over, which the history has from before', async () => {
    const { check, clock, store, notifications } = world({
      invocations: [asked('pm', probes('ipv4-large-lost'))],
    });
    const since = NOW.getTime() / 1000;
    await store.update(REGION, [
      silenceNote({ id: PCX, by: 'ada', because: 'a new tunnel', since, until: since + 3600 }),
    ]);
    for (let times = 0; times < 6; times += 1) await check();
    expect(notifications).toEqual([]);
    expect(store.events.map(({ what }) => what)).toEqual([
      'Large packets do not pass: vpc-a - vpc-b (pcx-11112222).',
    ]);
    clock.now = new Date(NOW.getTime() + 3_600_000);
    await check();
    await check();
    expect(subjects(notifications)).toEqual(['Large packets do not pass: vpc-a - vpc-b (pcx-11112222)']);
  });

  it('does not tell of one large packet that was lost once', async () => {
    const { check, state, notifications } = world({ invocations: [asked('pm', probes('ipv4-large-lost'))] });
    for (let times = 0; times < 6; times += 1) {
      await check();
      state.invocations = [asked('pm', probes(times % 2 === 0 ? 'ipv4-all' : 'ipv4-large-lost'))];
    }
    expect(notifications).toEqual([]);
  });

  it('tells once of a name that leads elsewhere', async () => {
    const { check, notifications } = world({ invocations: [asked('pn', probes('ipv4-all'))] });
    for (let times = 0; times < 5; times += 1) {
      await check();
    }
    expect(subjects(notifications)).toEqual(['Names lead elsewhere: vpc-a - vpc-b (pcx-11112222)']);
    expect(notifications[0]?.message).toMatch(/leads to 3\.88\.1\.2 and not to 10\.2\.1\.139/);
  });

  it('is no verdict, and counted as one, where a bridge of the source keeps the packets', async () => {
    const comment = `${PCX} 172.17.0.9 same-zone p5432`;
    const { record, metrics } = world({
      invocations: [
        invocation({ comment, status: 'Failed', statusDetails: 'Failed', output: probes('docker-range') }),
      ],
    });
    expect(await record()).toMatchObject({ recorded: [{ verdict: 'none', withoutVerdict: 2 }] });
    expect(metrics).toEqual({ ProbesWithoutVerdict: 2 });
  });
});
