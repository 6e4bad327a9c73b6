import { silenceNote } from '../../lib/model/silence.ts';
import { targetNote } from '../../lib/model/watch-notes.ts';
import { peering, REGION, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createScene, routedScene } from '../support/scene.ts';

/** The connectivity check does not run at all: the sweeps, which do, tell it. */

const PCX = 'pcx-11112222';
const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const THERE = vpc('vpc-b', ['10.2.0.0/16'], { accountId: STRANGER });
const KEY = `lost ${PCX} 10.2.1.20 same-zone`;
const COMMAND = '11111111-2222-3333-4444-555555555555';
const RULES = { rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [STRANGER] } }] };

/** A routed peering whose last check, just now, lost so many pings in a row; then nothing runs but sweeps. */
async function lastChecked(lost: number, policy: Record<string, unknown> = {}) {
  const scene = await routedScene(
    {
      peering: peering(PCX, THERE, HERE),
      table: table('rtb-a', HERE, [route('10.2.0.0/16', PCX)], { optIn: '*' }),
    },
    { policy: { ...RULES, ...policy } },
  );
  const watch = { lost, withoutVerdict: 0, commandId: COMMAND, toldOf: 'peering' } as const;
  const at = scene.seconds();
  await scene.store.update(REGION, [
    targetNote(KEY, watch, at),
    { kind: 'note', key: `ping ${PCX} 10.2.1.20 same-zone`, value: '[]', at, expiresAt: at + 100_000 },
  ]);
  const sweep = async (times: number, everyMinutes = 5) => {
    const told = scene.aws.notifications.length;
    const [left, losses] = ['RouteDriftUnrepaired', 'PeeringsUnreachable'] as const;
    const before = { ...scene.aws.metrics };
    await scene.sweep(times, everyMinutes);
    const counted = (name: string) => (scene.aws.metrics[name] ?? 0) - (before[name] ?? 0);
    return {
      told: scene.aws.notifications.slice(told).map(({ message }) => message),
      left: counted(left),
      losses: counted(losses),
    };
  };
  return { scene, sweep };
}

it('is told once, and rings RouteDriftUnrepaired at each sweep, once results are late', async () => {
  const { sweep } = await lastChecked(0);
  expect(await sweep(7)).toEqual({ told: [], left: 0, losses: 0 });
  const late = await sweep(4);
  expect(late).toMatchObject({ left: 4, losses: 0 });
  expect(late.told).toHaveLength(1);
  expect(late.told[0]).toContain('has not been checked from vpc-a since');
  expect(late.told[0]).toContain('check-connectivity does not run');
});

it('keeps the alarm of a loss ringing, at each sweep from the first on', async () => {
  const { sweep } = await lastChecked(3);
  expect(await sweep(3)).toMatchObject({ losses: 3, left: 0 });
  expect(await sweep(5)).toMatchObject({ losses: 5 });
});

it('counts and tells nothing where the policy only observes: no ping is sent then', async () => {
  const { scene, sweep } = await lastChecked(3);
  scene.deploy({ ...RULES, mode: 'observe' });
  expect(await sweep(20)).toEqual({ told: [], left: 0, losses: 0 });
});

/** The check has run again: a result of the peering has come. */
async function resultComes({ scene }: Awaited<ReturnType<typeof lastChecked>>, peeringId = PCX) {
  const at = scene.seconds();
  await scene.store.update(REGION, [
    { kind: 'note', key: `ping ${peeringId} 10.2.1.20 same-zone`, value: '[]', at, expiresAt: at + 100_000 },
  ]);
}

it('is over with the next result, as one message tells, and nothing more', async () => {
  const stopped = await lastChecked(0);
  await stopped.sweep(12);
  await resultComes(stopped);
  const after = await stopped.sweep(1);
  expect(after).toMatchObject({ left: 0, losses: 0 });
  expect(after.told).toHaveLength(1);
  expect(after.told[0]).toMatch(/is checked from vpc-a again .* The check had stopped\./);
  expect(after.told[0]).not.toContain('lost');
  expect(stopped.scene.subjects().at(-1)).toMatch(/^Checked again: .*pcx-11112222/);
  // The same result again, and the next one: nobody is told twice.
  expect(await stopped.sweep(2)).toEqual({ told: [], left: 0, losses: 0 });
  await resultComes(stopped);
  expect(await stopped.sweep(3)).toEqual({ told: [], left: 0, losses: 0 });
  expect(stopped.scene.store.events.map(({ what }) => what)).toContain(`${PCX} is checked from vpc-a again.`);
});

it('says of a loss that lasts that it does', async () => {
  const stopped = await lastChecked(3);
  await stopped.sweep(12);
  await resultComes(stopped);
  const { told } = await stopped.sweep(1);
  expect(told[0]).toContain('Its pings are lost, as people were told before.');
});

it('is not over because the policy asks for a check less often', async () => {
  const stopped = await lastChecked(0);
  await stopped.sweep(12);
  stopped.scene.deploy({ ...RULES, schedules: { connectivity: 'rate(6 hours)' } });
  expect(await stopped.sweep(3)).toEqual({ told: [], left: 0, losses: 0 });
});

it('is told again to be over where the message could not be sent', async () => {
  const stopped = await lastChecked(0);
  await stopped.sweep(12);
  await resultComes(stopped);
  const { topic } = stopped.scene.aws;
  const send = topic.notify;
  topic.notify = () => Promise.reject(new Error('no topic'));
  expect((await stopped.sweep(1)).told).toEqual([]);
  topic.notify = send;
  expect((await stopped.sweep(3)).told).toHaveLength(1);
});

it('is over without a message while it is silenced, and the history has it', async () => {
  const stopped = await lastChecked(0);
  await stopped.sweep(12);
  const since = stopped.scene.seconds();
  await stopped.scene.store.update(REGION, [
    silenceNote({ id: PCX, by: 'ada', because: 'a test', since, until: since + 3600 }),
  ]);
  await resultComes(stopped);
  expect((await stopped.sweep(3)).told).toEqual([]);
  expect(stopped.scene.store.events.map(({ why }) => why)).toContainEqual(
    expect.stringContaining('is silenced by ada'),
  );
});

it('is told again when it stops again, also within a day', async () => {
  const stopped = await lastChecked(0);
  expect((await stopped.sweep(12)).told).toHaveLength(1);
  await resultComes(stopped);
  expect((await stopped.sweep(1)).told).toHaveLength(1);
  expect((await stopped.sweep(12)).told).toHaveLength(1);
});

it('is one message where many peerings are checked again together', async () => {
  const others = [1, 2, 3].map((index) => ({
    id: `pcx-2222000${index}`,
    there: vpc(`vpc-b${index}`, [`10.${10 + index}.0.0/16`], { accountId: STRANGER }),
    address: `10.${10 + index}.1.20`,
  }));
  const scene = createScene(
    {
      peerings: others.map(({ id, there }) => peering(id, there, HERE)),
      vpcs: [HERE],
      tables: [
        table(
          'rtb-a',
          HERE,
          others.map(({ id, there }) => route(there.cidrs[0] ?? '', id)),
          { optIn: '*' },
        ),
      ],
    },
    { policy: RULES },
  );
  await scene.sweep(2);
  const results = async () => {
    const at = scene.seconds();
    const watch = { lost: 0, withoutVerdict: 0, commandId: COMMAND, toldOf: 'peering' } as const;
    await scene.store.update(
      REGION,
      others.flatMap(({ id, address }) => [
        targetNote(`lost ${id} ${address} same-zone`, watch, at),
        {
          kind: 'note' as const,
          key: `ping ${id} ${address} same-zone`,
          value: '[]',
          at,
          expiresAt: at + 100_000,
        },
      ]),
    );
  };
  await results();
  await scene.sweep(12);
  const told = scene.subjects().length;
  await results();
  await scene.sweep(3);
  expect(scene.subjects().slice(told)).toEqual(['Checked again: 3 peerings']);
});
