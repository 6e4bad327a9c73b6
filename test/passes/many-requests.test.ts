import fc from 'fast-check';
import type { Hint } from '../../lib/model/hint.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { decideRequests } from '../../lib/passes/accept-requests.ts';
import { syncRoutes } from '../../lib/passes/sync-routes.ts';
import { withFaults } from '../support/faulty.ts';
import { OWN, PEER, peering, REGION, STRANGER, table, vpc } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';
import { runs } from '../support/runs.ts';
import { createScene, type Scene, type SceneOptions } from '../support/scene.ts';

/** Many requests in a short time make few mails, and nobody is left without news. */

/** A batch of a FIFO queue holds no more (SQS developer guide). */
const BATCH = 10;

const idOf = (index: number) => `pcx-${(0x10000000 + index).toString(16)}`;
const locals = Array.from({ length: 50 }, (_, index) =>
  vpc(`vpc-${(0xa0000000 + index).toString(16)}`, [`10.200.${index}.0/24`], {
    tags: { Name: `spoke-${index}` },
  }),
);

/** Every third from an account that the policy accepts; no two from the same VPC. */
function requests(amount: number): Peering[] {
  return Array.from({ length: amount }, (_, index): Peering => {
    const from = vpc(
      `vpc-${(0xb0000000 + index).toString(16)}`,
      [`10.${100 + Math.floor(index / 250)}.${index % 250}.0/24`],
      { accountId: index % 3 === 0 ? PEER : STRANGER },
    );
    const to = locals[index % locals.length] ?? from;
    return {
      ...peering(idOf(index), from, to, { status: 'pending-acceptance' }),
      expiresAt: new Date('2026-03-08T12:00:00Z'),
    };
  });
}

function sceneOf(amount: number, options: SceneOptions = {}): Scene {
  return createScene(
    {
      peerings: requests(amount),
      vpcs: [...locals],
      tables: locals.map((local) => table(local.vpcId.replace('vpc', 'rtb'), local, [], { optIn: '*' })),
    },
    options,
  );
}

const asked = (index: number): Hint => ({
  kind: 'peering',
  peeringId: idOf(index),
  region: REGION,
  cause: 'CreateVpcPeeringConnection',
});

/** The events of so many requests, ten in each look, the looks a second apart. */
async function looks(world: Scene, amount: number): Promise<void> {
  for (let first = 0; first < amount; first += BATCH) {
    const hints = Array.from({ length: Math.min(BATCH, amount - first) }, (_, index) => asked(first + index));
    await decideRequests(REGION, hints, world.dependencies());
    world.wait(1 / 60);
    if (first % 100 === 0) {
      const accepted: Hint = { kind: 'region', region: REGION, cause: 'Peering Accepted' };
      await syncRoutes(REGION, [accepted], world.dependencies());
    }
  }
}

/** How many requests people were told of by each decision, in mails about one and in mails about many. */
function toldOf(world: Scene): Record<string, number> {
  const told: Record<string, number> = { held: 0, accepted: 0 };
  for (const subject of world.subjects()) {
    if (/^VPC peering pcx-\w+ (held|accepted)/.test(subject)) {
      const word = / (held|accepted)/.exec(subject)?.[1] ?? '';
      told[word] = (told[word] ?? 0) + 1;
    }
    for (const [, amount, word = ''] of subject.matchAll(/(\d+) (held|accepted)/g)) {
      told[word] = (told[word] ?? 0) + Number(amount);
    }
  }
  return told;
}

describe('many requests in a short time', () => {
  it('1,000 of them make fewer than 20 mails, each request is told once, and every accepted one is routed', async () => {
    const world = sceneOf(1000);
    await looks(world, 1000);
    await world.sweep(6);
    expect(world.aws.notifications.length).toBeLessThan(20);
    expect(toldOf(world)).toEqual({ held: 666, accepted: 334 });
    expect(world.routes()).toHaveLength(334);
    const before = world.aws.notifications.length;
    await world.sweep(6);
    expect(world.aws.notifications).toHaveLength(before);
    expect(world.aws.events.filter(({ type }) => type === 'Peering Held')).toHaveLength(666);
  }, 120_000);

  it('that one look decides make one mail with counts and a table, what has to be answered first', async () => {
    const world = sceneOf(7);
    await decideRequests(
      REGION,
      Array.from({ length: 7 }, (_, index) => asked(index)),
      world.dependencies(),
    );
    expect(world.subjects()).toEqual([`7 VPC peering requests in ${OWN}: 4 held, 3 accepted`]);
    const message = world.aws.notifications[0]?.message ?? '';
    expect(message.indexOf('Held: 4')).toBeLessThan(message.indexOf('Accepted: 3'));
    expect(message).toContain(`By account: ${STRANGER}: 4`);
    expect(message).toMatch(
      /pcx-10000001 +333333333333 +vpc-b0000001 +10\.100\.1\.0\/24 +vpc-a0000001 \(spoke-1\)/,
    );
    expect(message).toContain('2026-03-08 12:00 UTC');
  });

  it('alone, a request is told at once and at length, with the name of the VPC', async () => {
    const world = sceneOf(2);
    await world.event(asked(1));
    expect(world.subjects()).toEqual([expect.stringContaining(`${idOf(1)} held`)]);
    expect(world.aws.notifications[0]?.message).toContain('vpc-a0000001 (spoke-1)');
  });

  it('are all told by the next look, once, when their mail was not taken', async () => {
    let down = true;
    const world = sceneOf(7, {
      fail: (call) => (down && call === 'notify' ? awsError('InternalError', 'down', 500) : undefined),
    });
    const outcomes = await decideRequests(
      REGION,
      Array.from({ length: 7 }, (_, index) => asked(index)),
      world.dependencies(),
    );
    expect(outcomes.map(({ result, retry }) => `${result} ${retry}`)).toEqual(
      Array.from({ length: 7 }, () => 'failed true'),
    );
    down = false;
    await world.sweep(3);
    expect(toldOf(world)).toEqual({ held: 4, accepted: 3 });
    expect(world.aws.notifications.length).toBeLessThanOrEqual(2);
  });

  it('are brought up once more in one mail before they expire', async () => {
    const world = sceneOf(7);
    await world.sweep();
    world.wait(6.5 * 24 * 60);
    await world.sweep(2);
    expect(world.subjects().filter((subject) => subject.startsWith('Expire'))).toEqual([
      `Expire soon: 4 VPC peering requests in ${OWN} (${REGION})`,
    ]);
  });

  it('whose call AWS refuses are told of in one mail, once', async () => {
    const world = sceneOf(30, {
      fail: (call) => (call === 'accept' ? awsError('UnauthorizedOperation', 'no', 403) : undefined),
    });
    await world.sweep(3);
    const refused = world.subjects().filter((subject) => subject.includes('refused'));
    expect(refused).toEqual([`10 AWS calls about VPC peering requests refused in ${OWN} (${REGION})`]);
    expect(world.aws.notifications.find(({ subject }) => subject === refused[0])?.message).toContain(
      idOf(27),
    );
  });
});

describe('a burst of requests', () => {
  const batchOf = (...indexes: readonly number[]) =>
    Array.from({ length: BATCH }, (_, at) => asked(indexes[at % indexes.length] ?? 0));
  const decideBatch = (world: Scene, ...indexes: readonly number[]) =>
    decideRequests(REGION, batchOf(...indexes), world.dependencies());
  /** Reads of whole tables, which a look at the Region needs. */
  const looksOf = (world: Scene) => world.aws.reads.filter((read) => read.startsWith('tables')).length;

  it('is decided by the look that its first whole batch leads to, and the batches behind that need none', async () => {
    const world = sceneOf(60);
    await decideBatch(world, 0, 1);
    expect(world.aws.state.peerings.filter(({ status }) => status === 'active')).toHaveLength(20);
    expect(looksOf(world)).toBe(1);
    const written = world.aws.writes.length;
    for (let first = 0; first < 60; first += BATCH) {
      const outcomes = await decideBatch(world, ...Array.from({ length: BATCH }, (_, at) => first + at));
      expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['skipped', 'unchanged']));
    }
    expect(looksOf(world)).toBe(1);
    expect(world.aws.writes).toHaveLength(written);
    expect(toldOf(world)).toEqual({ held: 40, accepted: 20 });
  });

  it('is decided as it is named while fewer events come than a batch holds, or nothing can be remembered', async () => {
    const alone = sceneOf(60);
    await alone.event(asked(0));
    expect(alone.aws.state.peerings.filter(({ status }) => status === 'active')).toHaveLength(1);
    const observing = sceneOf(60, { policy: { mode: 'observe' } });
    expect((await decideBatch(observing, 0, 1)).map(({ peeringId }) => peeringId)).toEqual([
      idOf(0),
      idOf(1),
    ]);
    await decideBatch(observing, 0, 1);
    expect(looksOf(observing)).toBe(2);
  });

  it.each<[string, (world: Scene) => Promise<void> | void]>([
    ['its tag is gone', (world) => world.setPeering(idOf(1), { tags: {} })],
    [
      'the tag names another rule than was noted',
      (world) =>
        world.setPeering(idOf(1), {
          tags: { 'peering-autopilot:decision': 'hold', 'peering-autopilot:rule': 'another' },
        }),
    ],
    [
      'nothing was noted of it',
      (world) => world.aws.memory.update(REGION, [{ kind: 'forget-note', key: `request ${idOf(1)}` }]),
    ],
    [
      'people were not told, and a mail can be sent',
      (world) =>
        world.aws.memory.update(REGION, [
          { kind: 'note', key: `request ${idOf(1)}`, value: 'deciding hold none', at: world.seconds() },
        ]),
    ],
    [
      'it was noted as being accepted, and is pending still',
      (world) =>
        world.aws.memory.update(REGION, [
          { kind: 'note', key: `request ${idOf(1)}`, value: 'deciding accept peers', at: world.seconds() },
        ]),
    ],
  ])('is looked at again where %s', async (_what, change) => {
    const world = sceneOf(3);
    await world.event(asked(1));
    await change(world);
    const before = looksOf(world);
    await decideRequests(REGION, [asked(1)], world.dependencies());
    expect(looksOf(world)).toBe(before + 1);
  });

  it('is looked at again by a sweep, and for an event that says more than that a request was made', async () => {
    const world = sceneOf(3);
    await world.event(asked(1));
    for (const hint of [
      { kind: 'region', region: REGION, cause: 'Sweep Requested' },
      { ...asked(1), cause: 'Config Configuration Item Change' },
    ] satisfies Hint[]) {
      const before = looksOf(world);
      await decideRequests(REGION, [asked(1), hint], world.dependencies());
      expect(looksOf(world)).toBe(before + 1);
    }
  });

  it('does not fail for a request that none of its events named, whose own event is on its way', async () => {
    const world = sceneOf(30, {
      fail: (call) => (call === 'accept' ? awsError('InternalError', 'not now', 500) : undefined),
    });
    const outcomes = await decideBatch(world, 1, 2);
    const failed = outcomes.filter(({ result }) => result === 'failed');
    expect(failed).toHaveLength(10);
    expect(failed.filter(({ retry }) => retry)).toEqual([]);
    expect((await decideBatch(world, 0)).find(({ peeringId }) => peeringId === idOf(0))).toMatchObject({
      result: 'failed',
      retry: true,
    });
  });
});

describe('a burst of requests whose looks end anywhere', () => {
  /** What a process that is killed has done until then, and what no answer came to. */
  async function endOf(batches: readonly (readonly number[])[], killedAt: readonly number[]) {
    const world = sceneOf(24);
    for (const [index, batch] of batches.entries()) {
      const dies = killedAt[index] ?? Number.POSITIVE_INFINITY;
      const faulty = withFaults(world.aws, (_call, at) =>
        at >= dies ? { when: at === dies ? 'after' : 'before', error: new Error('killed') } : undefined,
      );
      const hints = batch.map(asked);
      try {
        await decideRequests(REGION, hints, world.dependencies(faulty));
      } catch {
        // Reported to nobody: the process is gone.
      }
      // SQS hands the batch out again.
      await decideRequests(REGION, hints, world.dependencies());
      world.wait(1);
    }
    await world.sweep(6);
    return world;
  }

  const endStateOf = (world: Scene) => ({
    statuses: world.aws.state.peerings.map(({ peeringId, status, tags }) => [
      peeringId,
      status,
      tags['peering-autopilot:decision'],
      tags['peering-autopilot:rule'],
    ]),
    routes: world.routes().sort(),
    notes: [...world.store.snapshot(REGION).notes]
      .filter(([key]) => key.startsWith('request pcx-'))
      .map(([key, { value }]) => `${key} ${value}`)
      .sort(),
  });

  it('comes to the same end as sweeps alone, and each request is told', async () => {
    const swept = endStateOf(await endOf([], []));
    const batch = fc.array(fc.nat({ max: 23 }), { minLength: 1, maxLength: BATCH });
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat({ max: 80 }), { maxLength: 6 }),
        async (batches, killedAt) => {
          const ended = await endOf(batches, killedAt);
          expect(endStateOf(ended)).toEqual(swept);
        },
      ),
      { numRuns: runs(60) },
    );
    expect(swept.notes.every((note) => note.includes(' told '))).toBe(true);
  }, 120_000);
});

describe('many peerings that end in a short time', () => {
  it('make one mail, which names each', async () => {
    const world = sceneOf(60);
    await world.sweep(2);
    const before = world.aws.notifications.length;
    for (let index = 0; index < 30; index += 3) {
      world.setPeering(idOf(index), { status: 'deleted' });
    }
    await world.sweep(3);
    const mails = world.aws.notifications.slice(before);
    expect(mails.map(({ subject }) => subject)).toEqual([`10 VPC peerings ended in ${OWN} (${REGION})`]);
    for (let index = 0; index < 30; index += 3) {
      expect(mails[0]?.message).toContain(idOf(index));
    }
  });
});
