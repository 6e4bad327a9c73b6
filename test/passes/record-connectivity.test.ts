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
import { anyText } from '../support/any-text.ts';
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

/** A check sent pings at that time. */
function sentAt(time: Date, look = 1): Extract<Hint, { kind: 'pings' }> {
  const at = time.toISOString();
  return { kind: 'pings', since: at, until: at, look, region: REGION, cause: 'Pings Sent' };
}

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
  const logged: { readonly message: string }[] = [];
  const dependencies = {
    ...aws,
    ...memory,
    journal: { ...aws.journal, info: (message: string) => void logged.push({ message }) },
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
    logged,
    /** Besides what the last pings found. */
    remembered: () =>
      new Map([...store.snapshot(REGION).notes].filter(([key]) => !/^(ping |loss-over)/.test(key))),
    /** What the last pings found, as a view of the peering shows it. */
    lastPing: () =>
      lastPingOf({ region: REGION, remote: VPC_B }, pingNotes(store.snapshot(REGION).notes).get(PCX)),
    noteWrites: () => store.calls.filter((call) => call.startsWith('note ')),
    record: (...hints: Hint[]) =>
      recordConnectivity(REGION, hints.length === 0 ? [sentAt(clock.now)] : hints, dependencies),
    /** The next check has ended, ten seconds after the one before: the same invocations again, of commands of their own. */
    check() {
      checks += 1;
      const requestedAt = new Date(clock.now.getTime() + checks * 10_000);
      memory.state.invocations = memory.state.invocations.map((each, index) => ({
        ...each,
        commandId: `11111111-2222-3333-${String(checks).padStart(4, '0')}-${String(index).padStart(12, '0')}`,
        requestedAt,
      }));
      return recordConnectivity(REGION, [sentAt(requestedAt)], dependencies);
    },
  };
}

describe('pings that have not ended when they are looked at', () => {
  const open = (parts: Partial<Invocation> = {}) =>
    invocation({ status: 'InProgress', output: '', ...parts });
  const other = COMMAND.replace('1111', '2222');
  const otherTarget = `${PCX} 10.2.1.140 same-zone`;

  it('are waited for a moment', async () => {
    const waits: number[] = [];
    const scene: ReturnType<typeof world> = world({
      invocations: [open()],
      sleep: async (duration) => {
        waits.push(duration);
        if (waits.length === 3) scene.state.invocations = [invocation()];
      },
    });
    expect(await scene.record()).toMatchObject({ recorded: [{ peeringId: PCX, verdict: 'reachable' }] });
    expect(waits).toEqual([200, 400, 800]);
    expect(scene.events.map(({ type }) => type)).toEqual(['Connectivity Verdict']);
  });

  it('are looked at once more, while the others are recorded now and not again', async () => {
    const scene = world({
      invocations: [invocation(), open({ commandId: other, comment: otherTarget, instanceId: 'i-a2' })],
    });
    expect(await scene.record()).toMatchObject({ recorded: [{ verdict: 'reachable' }], waitingFor: 1 });
    const at = NOW.toISOString();
    const again = { accountId: OWN, region: REGION, since: at, until: at, look: 2 };
    expect(scene.events.filter(({ type }) => type === 'Pings Sent').map(({ detail }) => detail)).toEqual([
      again,
    ]);
    const metrics = { ...scene.metrics };
    scene.clock.now = new Date(NOW.getTime() + 20_000);
    scene.state.invocations = [
      invocation(),
      lost({ commandId: other, comment: otherTarget, instanceId: 'i-a2' }),
    ];
    await scene.record(sentAt(NOW, 2));
    expect(scene.metrics.PacketLoss).toBeGreaterThan(metrics.PacketLoss ?? 0);
    expect(
      scene.events.filter(({ type }) => type === 'Connectivity Verdict').map(({ detail }) => detail.target),
    ).toEqual(['10.2.1.139', '10.2.1.140']);
    expect(scene.events.filter(({ type }) => type === 'Pings Sent')).toHaveLength(1);
  });

  it.each([
    ['too long after they were sent', sentAt(NOW), 151_000],
    ['too often', sentAt(NOW, 10), 1000],
  ])('are given up %s: the next check counts them', async (_when, hint, after) => {
    const scene = world({ invocations: [open()] });
    scene.clock.now = new Date(NOW.getTime() + after);
    expect(await scene.record(hint)).toMatchObject({ recorded: [], waitingFor: 1 });
    expect(scene.events).toEqual([]);
  });

  it('and are of another check are left to it', async () => {
    const later = new Date(NOW.getTime() + 60_000);
    const scene = world({ invocations: [invocation(), lost({ commandId: other, requestedAt: later })] });
    expect(await scene.record()).toMatchObject({ recorded: [{ verdict: 'reachable' }], waitingFor: 0 });
    expect(await scene.record(sentAt(later))).toMatchObject({ recorded: [{ verdict: 'unreachable' }] });
  });
});

describe('checks whose events come together, or late', () => {
  const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
  const of = (check: number, parts: Partial<Invocation> = {}) =>
    lost({ commandId: COMMAND.replace('1111', `000${check}`), requestedAt: at(5 * check), ...parts });

  it('count one by one, with one call', async () => {
    const asked: string[] = [];
    const scene = world({ invocations: [of(2), of(0), of(1)], fail: (call) => void asked.push(call) });
    await scene.record(sentAt(at(0)), sentAt(at(5)), sentAt(at(10)));
    expect(scene.notifications.map(({ subject }) => subject)).toEqual([
      expect.stringContaining('Connectivity lost'),
    ]);
    expect(asked.filter((call) => call === 'readPingsSince')).toHaveLength(1);
    expect(scene.lastPing()?.at).toEqual(at(10));
  });

  it('do not make what is noted older', async () => {
    const answered = invocation({ commandId: COMMAND.replace('1111', '0001'), requestedAt: at(5) });
    const scene = world({ invocations: [invocation(), answered] });
    await scene.record(sentAt(at(5)));
    await scene.record(sentAt(at(0)));
    expect(scene.lastPing()?.at).toEqual(at(5));
  });
});

describe('what is settled', () => {
  it('is no event and no log line after the first check, and no metric but those that are asked for', async () => {
    const scene = world();
    await scene.check();
    const { length } = scene.events;
    const logged = scene.logged.length;
    const metrics = { ...scene.metrics };
    await scene.check();
    expect(scene.events).toHaveLength(length);
    expect(scene.logged.slice(logged).filter(({ message }) => message === 'connectivity')).toEqual([]);
    expect(scene.metrics).toEqual(metrics);
    scene.state.invocations = [lost()];
    await scene.check();
    await scene.check();
    const verdicts = scene.events.filter(({ type }) => type === 'Connectivity Verdict');
    expect(verdicts.map(({ detail }) => detail.verdict)).toEqual(['reachable', 'unreachable']);
    expect(scene.metrics.PeeringsUnreachable).toBe(2);
  });

  it('is read with one call of Systems Manager and one of the registry, and written with one item, however many pings', async () => {
    const asked: string[] = [];
    const scene = world({
      invocations: Array.from({ length: 40 }, (_, index) =>
        invocation({
          commandId: `11111111-2222-3333-4444-${String(index).padStart(12, '0')}`,
          comment: `${PCX} 10.2.1.${index + 10} same-zone`,
          output: REACHABLE.replaceAll('10.2.1.139', `10.2.1.${index + 10}`),
        }),
      ),
      fail: (call) => void asked.push(call),
    });
    await scene.check();
    const before = scene.store.calls.length;
    asked.length = 0;
    expect((await scene.check()).recorded).toHaveLength(40);
    expect(asked).toEqual(['readPingsSince']);
    expect(scene.store.calls.slice(before)).toEqual([
      `read ${REGION}`,
      expect.stringMatching(/^note us-east-1 pings \d+$/),
    ]);
  });
});

describe('an answered ping', () => {
  it('becomes metrics, an event with every result, and no message', async () => {
    const { record, metrics, events, notifications, writes } = world({
      policy: { metrics: { connectivity: true } },
    });
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

  it('counts for the alarm, which knows nothing yet, and makes no other metric unless the policy pays for it', async () => {
    const { check, metrics } = world();
    await check();
    expect(metrics).toEqual({ ProbesWithoutVerdict: 0, PeeringsUnreachable: 0 });
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
    expect([metrics, events.map(({ type }) => type)]).toEqual([{}, ['Pings Sent']]);
    state.invocations = [invocation(), lost({ instanceId: 'i-a2' })];
    expect(await record()).toMatchObject({
      recorded: [expect.objectContaining({ verdict: 'lossy', lossPercent: 50, failed: false })],
    });
    expect(events.filter(({ type }) => type === 'Connectivity Verdict')).toHaveLength(1);
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

  it('are told with what the other end of the same check sees, also where it ends a moment later', async () => {
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
    expect(waits).toEqual([200]);
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

  it('count once when the event of a check comes twice', async () => {
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
    const pings = noted.filter((call) => call.startsWith(`note ${REGION} pings `));
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
  const invocationsOf = (of: typeof invocation, offset = 0, requestedAt = NOW) =>
    ids.map((peeringId, index) =>
      of({ commandId: commandOf(offset + index), comment: `${peeringId} 10.2.1.139 same-zone`, requestedAt }),
    );
  const later = new Date(NOW.getTime() + 300_000);

  const outage = (parts: WorldParts = {}) =>
    world({
      aws: { peerings: ids.map((id) => peering(id, VPC_A, VPC_B, { tags: SYNCED })) },
      policy: { connectivity: { periods: 1 } },
      invocations: invocationsOf(lost),
      ...parts,
    });

  it('is one message, and one when it is over', async () => {
    const scene = outage();
    await scene.record();
    expect(scene.notifications.map(({ subject }) => subject)).toEqual([
      `30 VPC peerings lost connectivity in ${OWN} (${REGION})`,
    ]);
    for (const id of ids) {
      expect(scene.notifications[0]?.message).toContain(`Connectivity lost: vpc-a - vpc-b (${id})`);
    }
    expect(scene.store.events.filter(({ kind }) => kind === 'connectivity')).toHaveLength(30);
    scene.state.invocations = invocationsOf(invocation, 100, later);
    await scene.record(sentAt(later));
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
        if (waits.length === 6) scene.state.invocations = invocationsOf(lost);
      },
    });
    await scene.record();
    expect(waits).toEqual([200, 400, 800, 1600, 500, 1000]);
    expect(scene.notifications.map(({ subject }) => subject)).toEqual([
      `30 VPC peerings lost connectivity in ${OWN} (${REGION})`,
    ]);
    await scene.record(sentAt(NOW, 2));
    expect(scene.notifications).toHaveLength(1);
  });

  it('counts each check once, and is told as the policy says', async () => {
    const scene = outage({ policy: { connectivity: { periods: 2 } } });
    await scene.record();
    await scene.record();
    expect(scene.notifications).toEqual([]);
    scene.state.invocations = invocationsOf(lost, 100, later);
    await scene.record(sentAt(later));
    await scene.record(sentAt(later));
    expect(scene.notifications).toHaveLength(1);
    expect([...scene.remembered()].filter(([, { value }]) => / 2 /.test(` ${value} `))).toHaveLength(30);
  });

  it('that cannot be told is told when its event comes again', async () => {
    let fails = true;
    const scene = outage();
    const notify = scene.topic.notify;
    scene.topic.notify = async (notification) => {
      if (fails) throw new Error('SNS does not answer');
      await notify(notification);
    };
    await expect(scene.record()).rejects.toThrow('SNS does not answer');
    const { metrics } = scene;
    const counted = { ...metrics };
    fails = false;
    await scene.record();
    expect(scene.notifications.map(({ subject }) => subject)).toEqual([
      `30 VPC peerings lost connectivity in ${OWN} (${REGION})`,
    ]);
    expect(metrics).toEqual(counted);
  });

  it('whose end cannot be told is told when its event comes again', async () => {
    const scene = outage();
    await scene.record();
    const notify = scene.topic.notify;
    scene.topic.notify = async () => Promise.reject(new Error('SNS does not answer'));
    scene.state.invocations = invocationsOf(invocation, 100, later);
    await expect(scene.record(sentAt(later))).rejects.toThrow('SNS does not answer');
    scene.topic.notify = notify;
    await scene.record(sentAt(later));
    expect(scene.notifications).toHaveLength(2);
  });

  it('reads nothing of other commands while nothing is news', async () => {
    const asked: string[] = [];
    const scene = outage({
      invocations: invocationsOf(invocation),
      fail: (call) => void asked.push(call),
    });
    await scene.record();
    expect(asked).toEqual(['readPingsSince']);
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
      expect(scene.events.filter(({ type }) => type === 'Connectivity Verdict')).toHaveLength(1);
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

  it('count for the alarm where the registry cannot be read, and the rest is done once it can', async () => {
    const scene = world({ policy: { connectivity: { periods: 3 } }, invocations: [lost()] });
    await scene.store.update(REGION, [silenced(PCX, 4)]);
    scene.store.read = async () => {
      throw new Error('DynamoDB does not answer');
    };
    await expect(scene.check()).rejects.toThrow('DynamoDB does not answer');
    expect(scene.metrics.PeeringsUnreachable).toBe(1);
    expect(scene.remembered().size).toBe(1);
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
    expect(noteWrites().slice(before)).toEqual([expect.stringMatching(/^note us-east-1 pings \d+$/)]);
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
    const { check, lastPing, state } = world({ invocations: [lost()] });
    await check();
    expect(lastPing()).toMatchObject({ verdict: 'unreachable', worst: 'ping', lossPercent: 100 });
    state.invocations = [invocation({ status: 'Failed', statusDetails: 'Undeliverable', output: SILENT })];
    await check();
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
      const { check, state, metrics, notifications, remembered } = world({ invocations: [lost()] });
      await check();
      const lostBefore = () => [...remembered()].map(([key, { value }]) => [key, value.split(' ')[0]]);
      const before = lostBefore();
      const lossBefore = metrics.PacketLoss;
      state.invocations = [invocation({ status: 'Failed', statusDetails, output: SILENT })];
      expect(await check()).toMatchObject({
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
  ])('is dropped: %s', async (_what, invocations) => {
    const { record, events, metrics, writes } = world({ invocations });
    expect(await record()).toMatchObject({ dropped: [expect.stringContaining(DOCUMENT)] });
    expect([events, metrics, writes]).toEqual([[], {}, []]);
  });

  it('is dropped: an event about something else', async () => {
    const { record, events } = world();
    expect(await record({ kind: 'region', region: REGION, cause: 'Sweep Requested' })).toMatchObject({
      dropped: [expect.stringContaining('no pings')],
    });
    expect(events).toEqual([]);
  });

  it('no output makes the function fail, or an unreachable target reachable', async () => {
    await fc.assert(
      fc.asyncProperty(anyText({ maxLength: 400 }), async (output) => {
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
    await record(sentAt(NOW));
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
    expect(notifications[0]?.message).toMatch(/What to do:\n {2}Compare the MTU of both interfaces/);
    expect(notifications[0]?.message).toContain('Ask again: peering ping --vpc vpc-a');

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
