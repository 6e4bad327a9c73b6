import fc from 'fast-check';
import { proposeRenewal } from '../../lib/assessment/renewal.ts';
import type { Change } from '../../lib/model/change.ts';
import { toldEndNote, toldOverNote } from '../../lib/model/expiry.ts';
import type { MemoryUpdate } from '../../lib/model/memory.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { contains } from '../../lib/network/cidr.ts';
import { readDestination } from '../../lib/network/destination.ts';
import { PrefixMap } from '../../lib/network/prefix-map.ts';
import { destinationsOf } from '../../lib/policy/destinations.ts';
import { type Scenario, scenarioArbitrary } from '../support/arbitraries.ts';
import {
  inventory,
  OWN,
  PEER,
  PREFIX,
  peering,
  policyOf,
  REGION,
  route,
  table,
  vpc,
} from '../support/fixtures.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { noted, PLAN_NOW, planOf, registryOf, registryWith } from '../support/plan-of.ts';
import { runs } from '../support/runs.ts';

/** What follows of a peering whose time is over, judged by the one assessment. */

const DAY = 86_400;
const NOW = Math.floor(PLAN_NOW.getTime() / 1000);
const EXPIRES = `${PREFIX}:expires`;
const ENDED = `${PREFIX}:ended-at`;
const END = NOW - 3 * DAY;
const END_TEXT = new Date(END * 1000).toISOString().replace('.000', '');

/** People were told a day before the end, from both of its VPCs. */
function told({ peeringId, requester, accepter }: Peering, end = END): MemoryUpdate[] {
  return [requester, accepter].map(({ vpcId }) =>
    toldEndNote(peeringId, vpcId, { end, stage: 'day', at: end - DAY }),
  );
}

const overTold = ({ peeringId, requester, accepter }: Peering, at = END): MemoryUpdate[] =>
  [requester, accepter].map(({ vpcId }) => toldOverNote(peeringId, vpcId, END, at));

describe('over generated accounts', () => {
  const scenario = scenarioArbitrary.chain((each) =>
    fc.record({
      of: fc.constant(each),
      over: fc.subarray(each.account.peerings.map(({ peeringId }) => peeringId)),
    }),
  );

  function judged({ account, policy, own }: Scenario, over: ReadonlySet<string>) {
    const peerings = account.peerings.map((each) =>
      over.has(each.peeringId) ? { ...each, tags: { ...each.tags, [EXPIRES]: END_TEXT } } : each,
    );
    const memory = noted(
      registryWith(own),
      peerings.flatMap((each) => told(each)),
    );
    return planOf(createMemoryEc2({ ...account, peerings }).inventory(), policy, { memory });
  }

  const made = (changes: readonly Change[]) => changes.filter(({ heldBy }) => heldBy === undefined);

  function afterwards({ routeTableId, routes }: RouteTable, changes: readonly Change[]): Route[] {
    const of = made(changes).filter((change) => change.routeTableId === routeTableId);
    const gone = new Set(
      of.filter(({ action }) => action !== 'create').map(({ destination }) => destination),
    );
    return [
      ...routes.filter(({ destination, origin }) => origin !== 'CreateRoute' || !gone.has(destination)),
      ...of.flatMap(({ action, destination, peeringId }) =>
        action === 'delete' ? [] : [route(destination, peeringId)],
      ),
    ];
  }

  /** Longest prefix; static before propagated. */
  function leads(routes: readonly Route[]): (address: string) => Route | undefined {
    const map = new PrefixMap<Route>();
    for (const each of [...routes].sort(
      (a, b) => (a.origin === 'CreateRoute' ? 1 : 0) - (b.origin === 'CreateRoute' ? 1 : 0),
    )) {
      const cidr = readDestination(each.destination);
      if (cidr !== undefined) map.set(cidr, each);
    }
    return (address) => {
      const cidr = readDestination(address);
      return cidr === undefined ? undefined : map.longestMatch(cidr)?.value;
    };
  }

  const ADDRESSES = [
    '10.64.0.1',
    '10.64.8.1',
    '10.66.0.1',
    '10.66.128.1',
    '192.168.7.1',
    '10.1.0.1',
    '10.2.0.1',
    '100.64.0.1',
  ]
    .map((each) => `${each}/32`)
    .concat(['2001:db8:64::1/128', '2001:db8::1/128']);

  const [near, ended, unrouted] = [
    vpc('vpc-near', ['10.1.0.0/16']),
    vpc('vpc-ended', ['10.64.0.0/16', '10.65.0.0/16', '10.67.0.0/16'], { accountId: PEER }),
    vpc('vpc-unrouted', ['10.66.0.0/16'], { accountId: '999999999999' }),
  ];
  /** An own route that the policy has go, in a table without room for all that is to take its addresses: it waits for that. */
  const WAITS_FOR_ROOM: Scenario = {
    policy: policyOf({
      rules: [{ name: 'alpha', effect: 'accept', remote: { accounts: [PEER] } }],
      drift: { onUntag: 'remove' },
      guardrails: { routesPerTable: 3, maxDeletesPercent: 100 },
    }),
    account: {
      accountId: OWN,
      region: REGION,
      vpcs: [near],
      peerings: [peering('pcx-ended', ended, near), peering('pcx-unrouted', unrouted, near)],
      tables: [table('rtb-full', near, [route('0.0.0.0/0', 'pcx-unrouted')], { optIn: '*' })],
    },
    own: [{ routeTableId: 'rtb-full', destination: '0.0.0.0/0', peeringId: 'pcx-unrouted', rule: 'alpha' }],
  };

  it('waits for room with an own route that the policy takes, and no longer once nothing takes its place', () => {
    const deleted = (over: readonly string[]) =>
      made(judged(WAITS_FOR_ROOM, new Set(over)).changes)
        .filter(({ action }) => action === 'delete')
        .map(({ destination, peeringId }) => `${destination} ${peeringId}`);
    expect(deleted([])).toEqual([]);
    expect(deleted(['pcx-ended'])).toEqual(['0.0.0.0/0 pcx-unrouted']);
  });

  /**
   * Whether the policy itself has a path go that an own route makes: with `drift.onUntag: remove`, where no rule routes its peering
   * any more; and where the rule does not ask for the address any more. Such a route may have waited for room in its table, and
   * waits no longer once routes of a peering that has ended are not wanted.
   */
  function policyTakes(
    { policy, own }: Scenario,
    { decisions }: ReturnType<typeof judged>,
    { routeTableId, vpcId }: RouteTable,
    lead: Pick<Route, 'destination' | 'target'>,
    address: string,
  ): boolean {
    const isOwn = own.some(
      (each) =>
        each.routeTableId === routeTableId &&
        each.destination === lead.destination &&
        each.peeringId === lead.target.id,
    );
    const side = decisions.find(
      ({ view }) => view.peering.peeringId === lead.target.id && view.local.vpcId === vpcId,
    );
    if (!isOwn || side === undefined) return false;
    if (side.management === 'unmanaged') return policy.drift.onUntag === 'remove';
    const rule = policy.rules.find(({ name }) => name === side.decision.rule);
    const block = readDestination(address);
    return (
      side.management === 'managed' &&
      rule !== undefined &&
      block !== undefined &&
      !destinationsOf(rule, side.decision).some((wanted) => contains(wanted, block))
    );
  }

  it('takes own routes of peerings that have ended, and moves no working path but those that the policy takes', () => {
    let taken = 0;
    let paths = 0;
    fc.assert(
      fc.property(scenario, ({ of, over: ids }) => {
        const over = new Set(ids);
        const [before, after] = [judged(of, new Set()), judged(of, over)];
        const own = new Set(
          of.own.map((each) => `${each.routeTableId} ${each.destination} ${each.peeringId}`),
        );
        const expired = new Set(
          after.decisions
            .filter(({ management }) => management === 'expired')
            .map(({ view }) => `${view.peering.peeringId} ${view.local.vpcId}`),
        );
        // Each side of a peering ends by its own rule.
        const vpcOf = new Map(of.account.tables.map((each) => [each.routeTableId, each.vpcId]));
        for (const { action, routeTableId, destination, peeringId, seen, reason, mends } of made(
          after.changes,
        )) {
          if (
            action !== 'create' &&
            seen !== undefined &&
            expired.has(`${seen.target.id} ${vpcOf.get(routeTableId)}`)
          ) {
            // An own route of another peering, which somebody turned to the one that has ended, is turned back.
            const owner = mends === 'wrong-target' ? peeringId : seen.target.id;
            expect(own).toContain(`${routeTableId} ${destination} ${owner}`);
            if (action === 'delete') expect(reason).toContain('whose time is over');
            taken += 1;
          }
        }
        const far = new Map(of.account.peerings.map((each) => [each.peeringId, each]));
        for (const each of of.account.tables) {
          const [now, without, then] = [
            leads(each.routes),
            leads(afterwards(each, before.changes)),
            leads(afterwards(each, after.changes)),
          ];
          for (const address of ADDRESSES) {
            const lead = now(address);
            const target = lead?.target.id ?? '';
            const pcx = far.get(target);
            const side = pcx?.requester.vpcId === each.vpcId ? pcx.accepter : pcx?.requester;
            const cidr = readDestination(address);
            const works =
              pcx?.status === 'active' &&
              cidr !== undefined &&
              side?.cidrs.some((text) => {
                const block = readDestination(text);
                return block !== undefined && contains(block, cidr);
              });
            const mayGo =
              lead === undefined ||
              expired.has(`${target} ${each.vpcId}`) ||
              policyTakes(of, after, each, lead, address);
            if (works && !mayGo && without(address)?.target.id === target) {
              expect({ address, of: each.routeTableId, to: then(address)?.target.id }).toEqual({
                address,
                of: each.routeTableId,
                to: target,
              });
              paths += 1;
            }
          }
        }
      }),
      { numRuns: runs(600), examples: [[{ of: WAITS_FOR_ROOM, over: ['pcx-ended'] }]] },
    );
    expect(taken).toBeGreaterThan(0);
    expect(paths).toBeGreaterThan(0);
  });

  it('is drift of nothing: what differs of other peerings is found as before', () => {
    fc.assert(
      fc.property(scenario, ({ of, over: ids }) => {
        const after = judged(of, new Set(ids));
        const expired = new Set(
          after.decisions
            .filter(({ management }) => management === 'expired')
            .map(({ view }) => `${view.peering.peeringId} ${view.local.vpcId}`),
        );
        const vpcOf = new Map(of.account.tables.map(({ routeTableId, vpcId }) => [routeTableId, vpcId]));
        for (const { kind, peeringId = '', routeTableId = '' } of after.findings) {
          if (expired.has(`${peeringId} ${vpcOf.get(routeTableId)}`))
            expect(['untagged', 'mass-delete', 'conflict', 'contested']).toContain(kind);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const PCX = 'pcx-11112222';
const OVER = { [EXPIRES]: END_TEXT, [ENDED]: '2026-01-30T12:00:00.000Z' };
const rulesOf = (parts: Record<string, unknown>) => ({
  rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] }, ...parts }],
});
const DELETED = rulesOf({ onExpiry: 'delete' });

describe('a peering that is to be deleted', () => {
  interface Given {
    readonly policy?: Record<string, unknown>;
    readonly tags?: Readonly<Record<string, string>>;
    readonly own?: readonly string[];
    readonly updates?: readonly MemoryUpdate[];
    readonly routes?: readonly Route[];
  }
  function deletions({ policy = DELETED, tags = OVER, own = [], updates, routes = [] }: Given = {}) {
    const pcx = peering(PCX, remote, local, { tags });
    return planOf(
      inventory({ vpcs: [local], peerings: [pcx], tables: [table('rtb-1', local, routes, { optIn: '*' })] }),
      policyOf(policy),
      { memory: noted(registryOf(own), [...told(pcx), ...(updates ?? overTold(pcx))]) },
    ).deletions;
  }

  it('is one once nothing of the product leads to it and people have known for a day that it is over', () => {
    expect(deletions()).toEqual([
      expect.objectContaining({ peeringId: PCX, region: REGION, rule: 'peers', unread: [] }),
    ]);
    expect(deletions()[0]).not.toHaveProperty('waitsFor');
    expect(deletions()[0]).not.toHaveProperty('heldBy');
  });

  it.each<[string, Given, string]>([
    [
      'own routes lead to it',
      { own: [`rtb-1 10.2.0.0/16 ${PCX}`], routes: [route('10.2.0.0/16', PCX)] },
      'own routes lead to it',
    ],
    ['the registry has one elsewhere', { own: [`rtb-9 10.2.0.0/16 ${PCX}`] }, 'own routes lead to it'],
    ['nobody was told that it is over', { updates: [] }, 'people are told first'],
    ['it has no tag that says so', { tags: { [EXPIRES]: END_TEXT } }, 'people are told first'],
    ['the tag was taken back', { tags: { ...OVER, [ENDED]: 'none' } }, 'people are told first'],
    [
      'they were told just now',
      { updates: overTold(peering(PCX, remote, local), NOW - 60) },
      'so that whoever misses it can renew it',
    ],
  ])('waits while %s', (_, given, why) => {
    expect(deletions(given)[0]?.waitsFor).toContain(why);
  });

  it('is none where its rule does not say so, and where it is not over', () => {
    expect(deletions({ policy: rulesOf({}) })).toEqual([]);
    expect(deletions({ policy: rulesOf({ onExpiry: 'keep' }) })).toEqual([]);
    expect(deletions({ tags: { ...OVER, [EXPIRES]: '2030-01-01' } })).toEqual([]);
    expect(deletions({ policy: rulesOf({ effect: 'reject', onExpiry: 'delete' }) })).toEqual([]);
  });

  it('is held observing', () => {
    expect(deletions({ policy: { ...DELETED, mode: 'observe' } })[0]?.heldBy).toBe('observe');
  });

  it('waits for its other side that the policy manages, and not for one that no rule routes', () => {
    const other = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { tags: { Team: 'b' } });
    const pcx = peering(PCX, other, local, { tags: OVER });
    const of = (second: Record<string, unknown>) =>
      planOf(
        inventory({
          vpcs: [local, other],
          peerings: [pcx],
          tables: [table('rtb-1', local, [], { optIn: '*' }), table('rtb-2', other, [], { optIn: '*' })],
        }),
        policyOf({
          rules: [
            {
              name: 'z',
              effect: 'accept',
              remote: { accounts: ['self'], vpcs: ['vpc-bbbbbbbb'] },
              onExpiry: 'delete',
            },
            {
              name: 'a',
              effect: 'accept',
              local: { tags: { Team: 'b' } },
              remote: { accounts: ['self'] },
              ...second,
            },
          ],
        }),
        { memory: noted(registryOf([]), [...told(pcx), ...overTold(pcx)]) },
      ).deletions;
    expect(of({})[0]?.waitsFor).toContain('does not have it deleted');
    expect(of({ onExpiry: 'delete' })[0]).not.toHaveProperty('waitsFor');
    expect(of({ local: { tags: { Team: 'nobody' } } })[0]).not.toHaveProperty('waitsFor');
  });

  it('is not said of a side in a Region that was not read', () => {
    const far = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { region: 'eu-west-1' });
    const pcx = peering(PCX, far, local, { tags: OVER });
    const { deletions: found } = planOf(
      inventory({ vpcs: [local], peerings: [pcx], tables: [table('rtb-1', local, [], { optIn: '*' })] }),
      policyOf({ ...DELETED, regions: [REGION, 'eu-west-1'] }),
      { memory: noted(registryOf([]), [...told(pcx), ...overTold(pcx)]) },
    );
    expect(found[0]?.unread).toEqual(['eu-west-1']);
  });
});

describe('warnings', () => {
  const warnings = (tags: Readonly<Record<string, string>>, policy: Record<string, unknown> = {}) =>
    planOf(
      inventory({ vpcs: [local], peerings: [peering(PCX, remote, local, { tags })], tables: [] }),
      policyOf(policy),
    ).warnings;

  it('name a tag that says nothing', () => {
    expect(warnings({ [EXPIRES]: 'soon' })).toEqual([
      expect.stringContaining('"soon" of pcx-11112222 says nothing'),
    ]);
  });

  it('name the peering by its name, where it has one', () => {
    expect(warnings({ [EXPIRES]: 'soon', Name: 'lab-to-prod' })).toEqual([
      expect.stringContaining('"soon" of pcx-11112222 (lab-to-prod) says nothing'),
    ]);
    expect(
      warnings(
        { 'peering-autopilot:expire': '2030-01-01', Name: 'lab-to-prod' },
        rulesOf({ expireAfter: '90d' }),
      ),
    ).toEqual([expect.stringContaining('pcx-11112222 (lab-to-prod)')]);
  });

  it('name a tag without the prefix that was meant, only where the policy asks for time', () => {
    const timed = rulesOf({ expireAfter: '90d' });
    expect(warnings({ 'autopilot:expires': '2030-01-01' }, timed)).toEqual([
      expect.stringContaining(`did you mean ${EXPIRES} = "2030-01-01"?`),
    ]);
    expect(warnings({ Expires: '2030-01-01', 'autopilot:expires': '2030-01-01' })).toEqual([]);
  });

  it.each(['peering-autopilot:Expires', 'peering-autopilot:expire', 'Peering-Autopilot:expires'])(
    'name a tag under the prefix that is not read, also where the policy asks for no time: %s',
    (key) => {
      expect(warnings({ [key]: '2030-01-01' })).toEqual([
        expect.stringContaining(`the tag "${key}" is not the one that is read; did you mean ${EXPIRES} =`),
      ]);
    },
  );

  it("name no tag under the prefix that is read, or that is another stack's", () => {
    expect(
      warnings({
        'peering-autopilot:rule': 'peers',
        'peering-autopilot:ended-at': '2030-01-01',
        'peering-autopilot-eu:expires': '2030-01-01',
      }),
    ).toEqual([]);
  });

  it('name a tag of a peering that no rule manages', () => {
    expect(
      warnings({ [EXPIRES]: '2020-01-01' }, rulesOf({ remote: { accounts: ['999999999999'] } })),
    ).toEqual([expect.stringContaining('but no rule manages it')]);
  });
});

describe('what a person decided and nobody can read', () => {
  function judged(key: string, policy: Record<string, unknown>, tags: Readonly<Record<string, string>>) {
    const pcx = peering(PCX, remote, local, { tags });
    const memory = noted(registryOf([`rtb-1 10.2.0.0/16 ${PCX}`]), [
      ...told(pcx),
      ...overTold(pcx),
      { kind: 'note', key: `${key} ${PCX}`, value: '{', at: NOW },
    ]);
    const routes = [route('10.2.0.0/16', PCX)];
    const read = inventory({
      vpcs: [local],
      peerings: [pcx],
      tables: [table('rtb-1', local, routes, { optIn: '*' })],
    });
    const plan = planOf(read, policyOf(policy), { memory });
    return {
      changes: plan.changes,
      deletions: plan.deletions,
      notJudged: plan.notJudged.map(({ resource }) => resource),
      says: plan.decisions[0]?.decision.reasons.at(-1),
    };
  }
  const nothing = { changes: [], deletions: [], notJudged: [PCX] };

  it('ends no peering that was given more time, and is told', () => {
    expect(judged('renewed', DELETED, OVER)).toEqual({
      ...nothing,
      says: `A person gave ${PCX} more time, and what the registry has of it cannot be read, so whether that is over is not known. Run peering renew ${PCX}.`,
    });
    expect(judged('renewed', DELETED, {}).notJudged).toEqual([]);
  });

  it('takes no routes of a peering that was accepted by hand', () => {
    const others = { rules: [{ name: 'others', effect: 'accept', remote: { accounts: ['999999999999'] } }] };
    expect(judged('accepted-as', { ...others, drift: { onUntag: 'remove' } }, {})).toMatchObject(nothing);
  });
});

describe('a renewal', () => {
  it('can be given again where what is remembered of one cannot be read', () => {
    const broken: MemoryUpdate = { kind: 'note', key: `renewed ${PCX}`, value: '{', at: NOW };
    expect(proposed({ updates: [broken] })).toMatchObject({
      kind: 'possible',
      sides: [{ after: { at: renewal.until, state: 'running' } }],
    });
  });

  const renewal = { by: 'ada', because: 'audit', at: NOW, until: NOW + 30 * DAY };
  function proposed(
    given: {
      readonly tags?: Record<string, string>;
      readonly policy?: Record<string, unknown>;
      readonly status?: 'deleted';
      readonly updates?: readonly MemoryUpdate[];
    },
    until = renewal.until,
  ) {
    const { tags = OVER, policy = {}, status, updates = [] } = given;
    const pcx = peering(PCX, remote, local, { tags, ...(status === undefined ? {} : { status }) });
    const state = {
      accountId: OWN,
      managedRegions: [REGION],
      regions: [
        inventory({ vpcs: [local], peerings: [pcx], tables: [table('rtb-1', local, [], { optIn: '*' })] }),
      ],
    };
    const memory = new Map([[REGION, noted(registryOf([]), [...told(pcx), ...updates])]]);
    return proposeRenewal({ state, policy: policyOf(policy), memory, now: PLAN_NOW }, PCX, {
      ...renewal,
      until,
    });
  }

  it('shows when it ends then, and the routes that come back', () => {
    expect(proposed({})).toMatchObject({
      kind: 'possible',
      regions: [REGION],
      sides: [{ before: { at: END, state: 'over' }, after: { at: renewal.until, state: 'running' } }],
      changes: [{ action: 'create', routeTableId: 'rtb-1', destination: '10.2.0.0/16' }],
    });
  });

  it.each<[string, Parameters<typeof proposed>, string]>([
    ['nothing lets it end', [{ tags: {} }], 'does not end: neither its rule'],
    ['its tag says nothing', [{ tags: { [EXPIRES]: 'soon' } }], 'says nothing'],
    ['it is no more', [{ status: 'deleted' }], 'is deleted; only a peering that is active'],
    ['the time has passed', [{}, NOW - 1], 'has passed'],
    [
      'it is longer than the rule allows',
      [{ policy: rulesOf({ expireAfter: '20d' }) }],
      'until 2026-02-21 00:00 UTC at the latest',
    ],
    [
      'it would end sooner',
      [{ tags: { [EXPIRES]: '2026-12-01' } }],
      'as it is; a renewal cannot bring that forward',
    ],
  ])('is refused where %s', (_, given, why) => {
    expect(proposed(...given)).toEqual({ kind: 'refused', why: expect.stringContaining(why) });
  });
});
