import { targetNote } from '../../lib/model/watch-notes.ts';
import { peering, REGION, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { routedScene } from '../support/scene.ts';

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

it('is over with the next result', async () => {
  const { scene, sweep } = await lastChecked(0);
  await sweep(12);
  const at = scene.seconds();
  await scene.store.update(REGION, [
    { kind: 'note', key: `ping ${PCX} 10.2.1.20 same-zone`, value: '[]', at, expiresAt: at + 100_000 },
  ]);
  expect(await sweep(3)).toEqual({ told: [], left: 0, losses: 0 });
});

it('is told again when it stops again, also within a day', async () => {
  const { scene, sweep } = await lastChecked(0);
  expect((await sweep(12)).told).toHaveLength(1);
  const at = scene.seconds();
  await scene.store.update(REGION, [
    { kind: 'note', key: `ping ${PCX} 10.2.1.20 same-zone`, value: '[]', at, expiresAt: at + 100_000 },
  ]);
  await sweep(1);
  expect((await sweep(12)).told).toHaveLength(1);
});
