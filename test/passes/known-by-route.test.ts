import type { Diagnosis } from '../../lib/connectivity/diagnosis.ts';
import type { PeeringHealth } from '../../lib/connectivity/results.ts';
import { newsKeys } from '../../lib/messages/news.ts';
import type { FindingKind } from '../../lib/model/finding.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import { knownByRoute } from '../../lib/passes/known-by-route.ts';
import { endedBesides } from '../../lib/passes/same-check.ts';
import { OWN, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { routedScene } from '../support/scene.ts';

/** One event is one message: a route is gone, people are told, and then pings are lost because of it. */

const PCX = 'pcx-11112222';
const A = vpc('vpc-a', ['10.1.0.0/16']);
const B = vpc('vpc-b', ['10.2.0.0/16']);
const NOW = new Date('2026-03-01T12:00:00Z');
const seconds = NOW.getTime() / 1000;

type Ends = readonly [hop: string, id: string];

function lost(...ends: readonly Ends[]) {
  return {
    watched: { peeringId: PCX, peering: peering(PCX, A, B), accountId: OWN, region: REGION },
    targets: ends.map(([hop, id]) => ({
      health: { failed: true } as PeeringHealth,
      diagnosis: { firstFailure: { hop, ids: [id] } } as unknown as Diagnosis,
    })),
    remembered: new Map([[REGION, new Map()]]),
  } as unknown as Parameters<typeof knownByRoute>[1][number];
}

/** People were told of this kind of the route in rtb-a, so many hours ago. */
function told(kind: FindingKind, { destination = '10.2.0.0/16', hours = 1 } = {}): RegionMemory {
  const key = newsKeys.finding({ kind, region: REGION, routeTableId: 'rtb-a', destination, peeringId: PCX });
  return {
    ...NOTHING_REMEMBERED,
    routes: new Map([['rtb-a', new Map([['10.2.8.0/24', { peeringId: PCX, rule: 'own' }]])]]),
    notes: new Map([[key, { value: kind, at: seconds - hours * 3600 }]]),
  };
}

function isKnown(memory: RegionMemory, ...ends: readonly Ends[]): Promise<boolean> {
  return knownByRoute({ memory: { read: async () => memory }, now: () => NOW }, [lost(...ends)]).then(
    (known) => known.has(PCX),
  );
}

describe('a loss that ends in a route table', () => {
  it.each(['missing', 'wrong-target', 'blackhole', 'conflict'] as const)(
    'is known where people were told that its route is %s',
    async (kind) => {
      expect(await isKnown(told(kind), ['route-table', 'rtb-a'])).toBe(true);
    },
  );

  it('is known by a part of the other VPC that is an own route by the registry', async () => {
    expect(await isKnown(told('missing', { destination: '10.2.8.0/24' }), ['route-table', 'rtb-a'])).toBe(
      true,
    );
    expect(await isKnown(told('missing', { destination: '10.2.9.0/24' }), ['route-table', 'rtb-a'])).toBe(
      false,
    );
  });

  it.each<[string, RegionMemory, readonly Ends[]]>([
    ['nobody was told', NOTHING_REMEMBERED, [['route-table', 'rtb-a']]],
    ['it was told more than a day ago', told('missing', { hours: 26 }), [['route-table', 'rtb-a']]],
    ['another table is at fault', told('missing'), [['route-table', 'rtb-b']]],
    ['something else is at fault', told('missing'), [['security-group-in', 'rtb-a']]],
    [
      'another probe ends elsewhere',
      told('missing'),
      [
        ['route-table', 'rtb-a'],
        ['network-acl-in', 'acl-1'],
      ],
    ],
  ])('is news where %s', async (_why, memory, ends) => {
    expect(await isKnown(memory, ...ends)).toBe(false);
  });
});

/** One routed table, of which nothing is repaired. */
async function unrepaired() {
  const scene = await routedScene(
    {
      peering: peering(PCX, B, A),
      table: table('rtb-a', A, [route('10.2.0.0/16', PCX)], { optIn: '*' }),
    },
    { policy: { drift: { repair: false } } },
  );
  const before = scene.subjects().length;
  const seen = () => scene.subjects().slice(before);
  return { scene, seen };
}

it('drift that was mended by hand is told again when it comes back', async () => {
  const { scene, seen } = await unrepaired();
  scene.setRoutes('rtb-a', () => []);
  await scene.sweep(3);
  expect(seen()).toEqual([`Route drift in ${OWN} (us-east-1): 1 missing in rtb-a`]);
  scene.setRoutes('rtb-a', () => [route('10.2.0.0/16', PCX)]);
  await scene.sweep(1);
  scene.setRoutes('rtb-a', () => []);
  await scene.sweep(3);
  expect(seen()).toHaveLength(2);
});

it('drift that comes and goes is told three times within an hour, then kept for the history until it stays', async () => {
  const { scene, seen } = await unrepaired();
  const drifts = () => scene.store.events.filter(({ kind }) => kind === 'drift');
  for (let round = 0; round < 6; round += 1) {
    scene.setRoutes('rtb-a', () => []);
    await scene.sweep(1);
    scene.setRoutes('rtb-a', () => [route('10.2.0.0/16', PCX)]);
    await scene.sweep(1);
  }
  expect(seen()).toHaveLength(3);
  expect(scene.aws.notifications.at(-1)?.message).toContain('came back 2 times within an hour');
  expect(drifts()).toHaveLength(6);
  expect(scene.aws.events.filter(({ type }) => type === 'Drift Found')).toHaveLength(6);
  scene.setRoutes('rtb-a', () => []);
  await scene.sweep(12);
  expect(seen()).toHaveLength(3);
  await scene.sweep(12);
  expect(seen()).toHaveLength(4);
});

it('a check of a minute ago is not taken for this one', async () => {
  const invocation = (commandId: string, secondsAgo: number) => ({
    commandId,
    instanceId: 'i-a',
    documentName: 'ping',
    comment: `${PCX} 10.2.1.139 same-zone p`,
    status: 'Success',
    statusDetails: 'Success',
    requestedAt: new Date(NOW.getTime() - secondsAgo * 1000),
    output: '',
  });
  const invocations = [invocation('before', 65), invocation('now', 5)];
  const ended = (atHand: readonly string[]) =>
    endedBesides(
      {
        commands: { readInvocationsSince: async () => invocations },
        now: () => NOW,
        sleep: async () => undefined,
      } as unknown as Parameters<typeof endedBesides>[0],
      REGION,
      { isAbout: () => true, atHand: new Set(atHand), waits: [] },
    ).then((found) => [...found.keys()]);
  expect(await ended([])).toEqual(['now']);
  expect(await ended(['now'])).toEqual([]);
});
