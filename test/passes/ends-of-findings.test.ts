import type { Hint } from '../../lib/model/hint.ts';
import { OWN, PEER, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { createScene } from '../support/scene.ts';

/** The history says of each finding when it was over, whoever ended it. */

const PCX = 'pcx-11112222';
const TABLE = 'rtb-aaaaaaaa';
const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const ADA = 'arn:aws:sts::111111111111:assumed-role/engineer/ada';
const WANTED = route('10.2.0.0/16', PCX);

const changed = (cause: string): Hint => ({
  kind: 'route-table',
  routeTableId: TABLE,
  destination: '10.2.0.0/16',
  region: REGION,
  cause,
  actor: ADA,
});

function world(policy: Record<string, unknown> = {}, routes = [WANTED]) {
  const scene = createScene(
    {
      peerings: [peering(PCX, remote, local)],
      vpcs: [local],
      tables: [table(TABLE, local, routes, { optIn: '*' })],
    },
    { policy },
  );
  return {
    ...scene,
    history: () =>
      scene.store.events
        .filter(({ kind }) => kind === 'drift' || kind === 'repaired')
        .map(({ what, by }) => (by === undefined ? what : `${what} ${by}`)),
    found: () => [...scene.store.snapshot(REGION).notes.keys()].filter((key) => key.startsWith('found ')),
  };
}

const FOUND = `Found missing: 10.2.0.0/16 in ${TABLE}.`;
const OVER = `Over: missing: 10.2.0.0/16 in ${TABLE}.`;

it('names who put a missing route back, as the event says', async () => {
  const scene = world({ drift: { repair: false } });
  await scene.sweep(2);
  scene.setRoutes(TABLE, () => []);
  await scene.sweep(3);
  scene.setRoutes(TABLE, () => [WANTED]);
  await scene.event(changed('CreateRoute'));
  await scene.sweep(3);
  expect(scene.history()).toEqual([FOUND, `${OVER} ${ADA} (CreateRoute)`]);
  expect(scene.subjects()).toHaveLength(1);
});

it('is said of a conflict that a person settled, once', async () => {
  const scene = world({}, [route('10.2.0.0/16', 'tgw-11111111')]);
  await scene.sweep(3);
  scene.setRoutes(TABLE, () => []);
  await scene.sweep(3);
  expect(scene.routes()).toEqual([`${TABLE} 10.2.0.0/16 ${PCX}`]);
  expect(scene.history()).toEqual([
    `Found conflict: 10.2.0.0/16 in ${TABLE}.`,
    `Over: conflict: 10.2.0.0/16 in ${TABLE}.`,
  ]);
});

it('is the repair itself where the product mends it', async () => {
  const scene = world();
  await scene.sweep(2);
  scene.setRoutes(TABLE, () => []);
  await scene.sweep(3);
  expect(scene.history()).toEqual([FOUND, expect.stringMatching(/^1 route created /)]);
  expect(scene.found()).toEqual([]);
});

it('says when it is back, too, although nobody is told that once more', async () => {
  const scene = world();
  const beyond = route('10.9.0.0/16', PCX);
  const place = `unexpected: 10.9.0.0/16 in ${TABLE}.`;
  scene.setRoutes(TABLE, () => [WANTED, beyond]);
  await scene.sweep(2);
  scene.setRoutes(TABLE, () => [WANTED]);
  await scene.sweep(2);
  scene.setRoutes(TABLE, () => [WANTED, beyond]);
  await scene.sweep(2);
  scene.setRoutes(TABLE, () => [WANTED]);
  await scene.sweep(2);
  expect(scene.history()).toEqual([
    `Found ${place}`,
    `Over: ${place}`,
    `Found again ${place}`,
    `Over: ${place}`,
  ]);
  expect(scene.subjects()).toEqual([`Route drift in ${OWN} (${REGION}): 1 unexpected in ${TABLE}`]);
});

it('costs no write while the finding lasts', async () => {
  const scene = world({ drift: { repair: false } });
  await scene.sweep(2);
  scene.setRoutes(TABLE, () => []);
  await scene.sweep(2);
  const writes = scene.store.calls.length;
  await scene.sweep(5);
  expect(scene.store.calls.slice(writes).filter((call) => call.startsWith('note '))).toEqual([]);
});

it('is not said where the table could not be judged', async () => {
  const scene = world({}, [route('10.2.0.0/16', 'tgw-11111111')]);
  await scene.sweep(2);
  scene.setRoutes(TABLE, () => [route('pl-11111111', 'tgw-11111111')]);
  await scene.sweep(2);
  expect(scene.history()).toEqual([`Found conflict: 10.2.0.0/16 in ${TABLE}.`]);
});

it('is noted of five hundred findings at most', async () => {
  const many = Array.from({ length: 600 }, (_, index) =>
    route(`10.${100 + Math.floor(index / 250)}.${index % 250}.0/24`, PCX),
  );
  const scene = world({ guardrails: { routesPerTable: 1000 } }, [WANTED, ...many]);
  await scene.sweep(2);
  expect(scene.found()).toHaveLength(500);
  scene.setRoutes(TABLE, () => [WANTED]);
  await scene.sweep();
  expect(scene.history().filter((what) => what.startsWith('Over: '))).toHaveLength(51);
  expect(scene.history().at(-1)).toBe('Over: 450 differences more.');
});
