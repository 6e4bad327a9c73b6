import type { Hint } from '../../lib/model/hint.ts';
import type { MemoryUpdate } from '../../lib/model/memory.ts';
import { requestNoteKey } from '../../lib/model/noted-decision.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';

import { type CallFault, withFaults } from '../support/faulty.ts';
import { OWN, peering, policyOf, REGION, route, STRANGER, SYNCED, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { awsError } from '../support/memory-ec2.ts';
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts';
import { decideRequests, syncRoutes, unhurried } from '../support/passes.ts';

/**
 * A fault at any single call of any pass, then what follows in the deployed stack: Lambda tries the event again if the
 * pass failed for now, and sweeps come. The end must be the one of a run without a fault, in EC2 and in what is remembered,
 * and people must know the same.
 */

const START = new Date('2026-03-01T12:00:00Z').getTime();
const vpcA = vpc('vpc-aaaaaaaa', ['10.1.0.0/16', '2001:db8:1::/56']);
const vpcB = vpc('vpc-bbbbbbbb', ['10.2.0.0/16', '2001:db8:2::/56']);
const vpcD = vpc('vpc-dddddddd', ['10.4.0.0/16']);
const stranger = vpc('vpc-cccccccc', ['10.3.0.0/16'], { accountId: STRANGER });
const rejected = vpc('vpc-eeeeeeee', ['10.5.0.0/16'], { accountId: '444444444444' });
const byHand = vpc('vpc-ffffffff', ['10.6.0.0/16'], { accountId: STRANGER });
const gone = vpc('vpc-99999999', ['10.9.0.0/16'], { accountId: '555555555555' });
const WANTED = 'pcx-11111111';
const HELD = 'pcx-22222222';
const REJECTED = 'pcx-33333333';
const DEAD = 'pcx-44444444';
const DRIFTED = 'pcx-55555555';
const BY_HAND = 'pcx-66666666';
const OWN_REQUEST = 'pcx-77777777';
const ADA = 'arn:aws:sts::111111111111:assumed-role/engineer/ada';

const policy = policyOf({
  rules: [
    { name: 'own', effect: 'accept', remote: { accounts: ['self'] }, routes: { dnsResolution: true } },
    { name: 'never', effect: 'reject', remote: { accounts: ['444444444444'] } },
    { name: 'partner', effect: 'accept', remote: { accounts: ['555555555555'] } },
  ],
});

/** What is remembered of the time before: routes that were written, and that a request was told as held. */
const REMEMBERED: readonly MemoryUpdate[] = [
  { kind: 'own', routeTableId: 'rtb-aaaaaaaa', destination: '10.9.0.0/16', peeringId: DEAD, rule: 'partner' },
  { kind: 'own', routeTableId: 'rtb-aaaaaaaa', destination: '10.4.0.0/16', peeringId: DRIFTED, rule: 'own' },
  { kind: 'own', routeTableId: 'rtb-dddddddd', destination: '10.1.0.0/16', peeringId: DRIFTED, rule: 'own' },
  { kind: 'note', key: requestNoteKey(BY_HAND), value: 'told hold none', at: START / 1000 - 3600 },
];

/** What people must have been told in the end, each with what its message says. */
const NEWS: Readonly<Record<string, (text: string) => boolean>> = {
  accepted: (text) => text.startsWith(`VPC peering ${WANTED} accepted:`),
  held: (text) => text.startsWith(`VPC peering ${HELD} held:`),
  rejected: (text) => text.startsWith(`VPC peering ${REJECTED} rejected:`),
  ended: (text) => text.startsWith(`VPC peering ${DEAD} deleted`),
  'accepted by hand': (text) => text.startsWith(`VPC peering ${BY_HAND} accepted by hand`),
  'own request': (text) => text.startsWith(`Own peering request ${OWN_REQUEST} failed`),
  missing: (text) => /^missing: rtb-aaaaaaaa .*10\.4\.0\.0\/16$/m.test(text),
  conflict: (text) => /^conflict: rtb-dddddddd .*2001:db8:1::\/56$/m.test(text),
};

type MemoryFault = (index: number) => Error | undefined;

const never = () => undefined;

/** One of everything that a pass can have to do and to tell. */
function atStart() {
  return {
    peerings: [
      peering(WANTED, vpcA, vpcB, { status: 'pending-acceptance' }),
      peering(HELD, stranger, vpcA, { status: 'pending-acceptance' }),
      peering(REJECTED, rejected, vpcA, { status: 'pending-acceptance' }),
      peering(DEAD, vpcA, gone),
      peering(DRIFTED, vpcA, vpcD, { tags: SYNCED }),
      peering(BY_HAND, byHand, vpcD, { status: 'pending-acceptance' }),
      peering(OWN_REQUEST, vpcD, stranger, { status: 'pending-acceptance' }),
    ],
    vpcs: [vpcA, vpcB, vpcD],
    tables: [
      table(
        'rtb-aaaaaaaa',
        vpcA,
        [route('0.0.0.0/0', 'igw-1'), route('10.9.0.0/16', DEAD), route('10.4.0.0/16', DRIFTED)],
        { optIn: '*' },
      ),
      table('rtb-bbbbbbbb', vpcB, [], { optIn: '*' }),
      table('rtb-dddddddd', vpcD, [route('10.1.0.0/16', DRIFTED), route('2001:db8:1::/56', 'tgw-1')], {
        optIn: '*',
      }),
    ],
  };
}

function worldOf(
  state: ReturnType<typeof atStart>,
  startsAt: number,
  { memoryFault, like, items: itemsBefore }: { memoryFault: MemoryFault; like?: MemoryStore; items: number },
) {
  const clock = { now: startsAt };
  let items = itemsBefore;
  const memory = createMemoryStore({
    now: () => Math.floor(clock.now / 1000),
    fail: (call) => (call === 'update' ? memoryFault(items++) : undefined),
    ...(like === undefined ? {} : { like }),
  });
  return { aws: createMemoryAws(state, { memory }), clock, items: () => items };
}

function world(): World {
  const made = worldOf(atStart(), START, { memoryFault: never, items: -REMEMBERED.length });
  // Done at once: the store awaits nothing.
  void made.aws.memory.update(REGION, REMEMBERED);
  return made;
}

/** The same world as it is now, which goes on by itself. */
function copyOf({ aws, clock, items }: World, memoryFault: MemoryFault = never): World {
  // What is in the lists is replaced, never changed.
  const copied = worldOf({ ...aws.state }, clock.now, { memoryFault, like: aws.memory, items: items() });
  copied.aws.notifications.push(...aws.notifications);
  return copied;
}

type World = ReturnType<typeof worldOf>;
type Faulty = ReturnType<typeof withFaults>;

const peeringHint = (peeringId: string, cause: string): Hint => ({
  kind: 'peering',
  peeringId,
  region: REGION,
  cause,
  actor: ADA,
});
const swept: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };
const deletedRoute: Hint = {
  kind: 'route-table',
  routeTableId: 'rtb-aaaaaaaa',
  destination: '10.4.0.0/16',
  region: REGION,
  cause: 'DeleteRoute',
  actor: ADA,
};

/** As Lambda does: at most three times, as long as the function fails. */
async function invoke(clock: World['clock'], pass: () => Promise<'failed for now' | 'over'>): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    clock.now += 20_000;
    try {
      if ((await pass()) === 'over') return;
    } catch {
      // It failed as a whole.
    }
  }
}

const hasRetry = (failures: readonly { readonly retry?: boolean }[]) =>
  failures.some(({ retry }) => retry === true) ? ('failed for now' as const) : ('over' as const);

function passesOf(aws: Faulty, clock: World['clock']) {
  const parts = {
    ...aws,
    accountId: OWN,
    policy,
    managedRegions: [REGION],
    pace: unhurried,
    now: () => new Date(clock.now),
  };
  return {
    decide: (hint: Hint) => invoke(clock, async () => hasRetry(await decideRequests(hint, parts))),
    sync: (hint: Hint) =>
      invoke(clock, async () =>
        hasRetry((await syncRoutes(hint, parts)).flatMap(({ failures }) => failures)),
      ),
  };
}

function setPeering({ state }: Faulty, changed: Peering): void {
  state.peerings = state.peerings.map((each) => (each.peeringId === changed.peeringId ? changed : each));
}

function setRoutes({ state }: Faulty, edit: (routes: readonly Route[]) => readonly Route[]): void {
  state.tables = state.tables.map((each) =>
    each.routeTableId === 'rtb-aaaaaaaa' ? { ...each, routes: edit(each.routes) } : each,
  );
}

type Step = (aws: Faulty, passes: ReturnType<typeof passesOf>) => Promise<void>;

/** One thing after the other happens, each with its event; then a sweep comes. */
const STEPS: readonly Step[] = [
  ...[WANTED, HELD, REJECTED].map(
    (peeringId): Step =>
      (_aws, { decide }) =>
        decide(peeringHint(peeringId, 'CreateVpcPeeringConnection')),
  ),
  (_aws, { sync }) => sync(peeringHint(WANTED, 'Peering Accepted')),
  (aws, { sync }) => {
    setPeering(aws, peering(BY_HAND, byHand, vpcD));
    return sync(peeringHint(BY_HAND, 'AcceptVpcPeeringConnection'));
  },
  (aws, { sync }) => {
    setPeering(aws, peering(DEAD, vpcA, gone, { status: 'deleted' }));
    setRoutes(aws, (routes) =>
      routes.map((each) => (each.target.id === DEAD ? { ...each, state: 'blackhole' } : each)),
    );
    return sync(peeringHint(DEAD, 'DeleteVpcPeeringConnection'));
  },
  (aws, { sync }) => {
    setRoutes(aws, (routes) => routes.filter(({ destination }) => destination !== '10.4.0.0/16'));
    return sync(deletedRoute);
  },
  (aws, { decide }) => {
    setPeering(aws, peering(OWN_REQUEST, vpcD, stranger, { status: 'failed' }));
    return decide(swept);
  },
  (_aws, { sync }) => sync(swept),
];

/** The world before a step, and how many calls and remembered things led there. */
interface Reached {
  readonly before: World;
  readonly steps: readonly Step[];
  readonly calls: number;
  readonly items: number;
}

async function run(aws: Faulty, clock: World['clock'], steps: readonly Step[]): Promise<void> {
  const passes = passesOf(aws, clock);
  for (const step of steps) await step(aws, passes);
}

/** Up to the step in which the fault strikes all is as without one: that is played once, for all faults. */
function lastBefore(reached: readonly Reached[], at: number, of: 'calls' | 'items'): Reached {
  const last = reached.findLast((each) => each[of] <= at);
  if (last === undefined) throw new Error(`No step has number ${at} of the ${of}.`);
  return last;
}

/** Two sweeps in which nothing fails. */
async function settle({ aws, clock }: World): Promise<void> {
  const { decide, sync } = passesOf(withFaults(aws, never), clock);
  for (let round = 0; round < 2; round += 1) {
    clock.now += 5 * 60_000;
    await decide(swept);
    await sync(swept);
  }
}

function endOf({ aws: { state, memory } }: World) {
  const withoutTimes = (tags: Readonly<Record<string, string>>) =>
    Object.entries(tags).map(([key, value]) => (key.endsWith('-at') ? key : `${key}=${value}`));
  return {
    peerings: state.peerings.map(({ peeringId, status, tags, requester, accepter }) => ({
      peeringId,
      status,
      tags: withoutTimes(tags).sort(),
      dns: [requester.dnsResolution, accepter.dnsResolution],
    })),
    tables: state.tables.map(({ routeTableId, routes }) => ({
      routeTableId,
      routes: routes.map(({ destination, target }) => `${destination} ${target.id}`).sort(),
    })),
    registry: [...memory.snapshot(REGION).routes]
      .flatMap(([routeTableId, own]) =>
        [...own].map(
          ([destination, { peeringId, rule }]) => `${routeTableId} ${destination} ${peeringId} ${rule}`,
        ),
      )
      .sort(),
  };
}

/** How often people were told each piece of news. */
function toldOf({ aws: { notifications } }: World): Record<string, number> {
  const texts = notifications.map(({ subject, message }) => `${subject}\n${message}`);
  return Object.fromEntries(
    Object.entries(NEWS).map(([name, isAbout]) => [name, texts.filter(isAbout).length]),
  );
}

/** What is wrong with the end of a run with a fault. */
function problemsOf(of: World, expected: ReturnType<typeof endOf>): string[] {
  const problems = Object.entries(toldOf(of)).flatMap(([name, times]) =>
    times === 1 || times === 2 ? [] : [`"${name}" was told ${times} times`],
  );
  try {
    expect(endOf(of)).toEqual(expected);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}

const FAULTS: readonly (readonly [string, CallFault])[] = [
  ['is throttled', { when: 'before', error: awsError('RequestLimitExceeded', 'slow down', 503) }],
  [
    'answers too late',
    { when: 'after', error: Object.assign(new Error('no answer'), { name: 'TimeoutError' }) },
  ],
  ['finds nothing', { when: 'before', error: awsError('InvalidVpcPeeringConnectionID.NotFound', 'not yet') }],
  ['is denied', { when: 'before', error: awsError('UnauthorizedOperation', 'not permitted', 403) }],
];

async function cleanRun() {
  const clean = world();
  const faulty = withFaults(clean.aws, never);
  const reached: Reached[] = [];
  for (const [index, step] of STEPS.entries()) {
    const [calls, items] = [faulty.calls.length, clean.items()];
    reached.push({ before: copyOf(clean), steps: STEPS.slice(index), calls, items });
    await run(faulty, clean.clock, [step]);
  }
  const [calls, items] = [faulty.calls.length, clean.items()];
  await settle(clean);
  return { clean, calls, items, reached };
}

describe('without a fault', () => {
  it('everything there is to do gets done, is remembered, and is told once', async () => {
    const { clean } = await cleanRun();
    const { peerings, tables, registry } = endOf(clean);
    expect(peerings.map(({ peeringId, status }) => `${peeringId} ${status}`)).toEqual([
      `${WANTED} active`,
      `${HELD} pending-acceptance`,
      `${REJECTED} rejected`,
      `${DEAD} deleted`,
      `${DRIFTED} active`,
      `${BY_HAND} active`,
      `${OWN_REQUEST} failed`,
    ]);
    expect(tables).toEqual([
      {
        routeTableId: 'rtb-aaaaaaaa',
        routes: [
          '0.0.0.0/0 igw-1',
          '10.1.0.0/16 local',
          `10.2.0.0/16 ${WANTED}`,
          `10.4.0.0/16 ${DRIFTED}`,
          '2001:db8:1::/56 local',
          `2001:db8:2::/56 ${WANTED}`,
        ],
      },
      {
        routeTableId: 'rtb-bbbbbbbb',
        routes: [
          `10.1.0.0/16 ${WANTED}`,
          '10.2.0.0/16 local',
          `2001:db8:1::/56 ${WANTED}`,
          '2001:db8:2::/56 local',
        ],
      },
      {
        routeTableId: 'rtb-dddddddd',
        routes: [`10.1.0.0/16 ${DRIFTED}`, `10.4.0.0/16 local`, '2001:db8:1::/56 tgw-1'],
      },
    ]);
    expect(registry).toEqual(
      tables
        .flatMap(({ routeTableId, routes }) =>
          routes.filter((text) => / pcx-/.test(text)).map((text) => `${routeTableId} ${text} own`),
        )
        .sort(),
    );
    expect(toldOf(clean)).toEqual(Object.fromEntries(Object.keys(NEWS).map((name) => [name, 1])));
    // Nothing beside.
    expect(clean.aws.notifications.map(({ subject }) => subject)).toHaveLength(Object.keys(NEWS).length);
  });
});

describe.each(FAULTS)('a single call that %s', (_what, fault) => {
  it('changes nothing of how it ends and of what people know, whichever call it is', async () => {
    const { clean, calls, reached } = await cleanRun();
    const expected = endOf(clean);
    const problems: string[] = [];
    for (let at = 0; at < calls; at += 1) {
      const { before, steps, calls: earlier } = lastBefore(reached, at, 'calls');
      const one = copyOf(before);
      const faulty = withFaults(one.aws, (_call, index) => (index === at - earlier ? fault : undefined));
      await run(faulty, one.clock, steps);
      await settle(one);
      const call = faulty.calls[at - earlier];
      problems.push(...problemsOf(one, expected).map((problem) => `${at} ${call}: ${problem}`));
    }
    expect(problems).toEqual([]);
  });
});

describe('a single thing that is not remembered, of several that are to be', () => {
  it.each(FAULTS.filter(([, { when }]) => when === 'before'))(
    'because it %s changes nothing of how it ends and of what people know',
    async (_what, { error }) => {
      const { clean, items, reached } = await cleanRun();
      const expected = endOf(clean);
      const problems: string[] = [];
      for (let at = 0; at < items; at += 1) {
        const { before, steps } = lastBefore(reached, at, 'items');
        const one = copyOf(before, (index) => (index === at ? error : undefined));
        await run(withFaults(one.aws, never), one.clock, steps);
        await settle(one);
        problems.push(...problemsOf(one, expected).map((problem) => `${at}: ${problem}`));
      }
      expect(problems).toEqual([]);
    },
  );
});
