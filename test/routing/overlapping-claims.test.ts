import fc from 'fast-check';
import type { RegionMemory } from '../../lib/model/memory.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route } from '../../lib/model/route-table.ts';
import {
  inventory,
  PEER,
  peering,
  policyOf,
  prefixList,
  route,
  STRANGER,
  table,
  vpc,
} from '../support/fixtures.ts';
import { planOf, registryOf } from '../support/plan-of.ts';
import { runs } from '../support/runs.ts';

/** Two managed peerings of a VPC may have ranges that overlap: what one table has of both, and what it gets. */

const here = vpc('vpc-a', ['10.1.0.0/16']);
const wide = vpc('vpc-0123456789abcdef1', ['10.2.0.0/16'], { accountId: PEER });
const upper = vpc('vpc-0123456789abcdef2', ['10.2.128.0/17'], { accountId: PEER });
const WIDE = peering('pcx-w', here, wide);
const UPPER = peering('pcx-u', here, upper);
const TO_WIDE = route('10.2.0.0/16', 'pcx-w');
const TO_UPPER = route('10.2.128.0/17', 'pcx-u');

interface Parts {
  readonly peerings?: Parameters<typeof inventory>[0]['peerings'];
  readonly rules?: readonly object[];
  readonly optIn?: string;
  readonly own?: readonly string[];
  readonly prefixLists?: readonly PrefixList[];
  readonly drift?: object;
}

function planFor(
  routes: readonly Route[],
  { peerings = [WIDE, UPPER], rules, optIn = '*', own = [], prefixLists = [], drift = {} }: Parts = {},
) {
  const memory: RegionMemory = registryOf(own);
  const plan = planOf(
    inventory({
      vpcs: [here],
      peerings,
      tables: [table('rtb-1', here, routes, { optIn })],
      prefixLists,
    }),
    policyOf(rules === undefined ? { drift } : { rules, drift }),
    { memory },
  );
  return {
    changes: plan.changes.map(
      ({ action, destination, peeringId }) => `${action} ${destination} ${peeringId}`,
    ),
    kinds: plan.findings.map(({ kind, destination, peeringId }) => `${kind} ${destination} ${peeringId}`),
    details: plan.findings.map(({ detail }) => detail),
    elsewhere: plan.findings.map(({ elsewhere }) => elsewhere),
    present: plan.decisions.map(
      ({ view, routes: { desired, present } }) => `${view.peering.peeringId} ${present}/${desired}`,
    ),
  };
}

describe('two managed peerings whose ranges overlap, in one table', () => {
  it.each([
    ['made by the product', ['rtb-1 10.2.0.0/16 pcx-w', 'rtb-1 10.2.128.0/17 pcx-u']],
    ['made by hand', []],
  ])('keep the routes that both have, %s, and the half that leads elsewhere is told', (_, own) => {
    const { changes, kinds, details } = planFor([TO_WIDE, TO_UPPER], { own });
    expect(changes).toEqual([]);
    expect(kinds).toEqual(['shadowed 10.2.128.0/17 pcx-w']);
    expect(details).toEqual([
      'rtb-1 in us-east-1 should route 10.2.0.0/16 to pcx-w (rule peers), but sends 10.2.128.0/17, a part of it, to pcx-u. ' +
        'Rule peers routes 10.2.128.0/17 to pcx-u, so that is left as it is. Decide which peering shall have 10.2.128.0/17 ' +
        `from vpc-a. If it is not pcx-w: add a copy of rule peers named 0-peers, with local.vpcs: [vpc-a], remote.vpcs: [${wide.vpcId}] and ` +
        'routes.exclude: [10.2.128.0/17]. If pcx-u is not to have it, the same with the VPC at the other end of that in remote.vpcs.',
    ]);
  });

  describe('where a dead route has a destination that neither gets', () => {
    const twin = vpc('vpc-0123456789abcdef3', ['10.2.0.0/16'], { accountId: PEER });
    const ended = peering('pcx-d', here, wide, { status: 'deleted' });
    const dead = route('10.2.0.0/16', 'pcx-d', { state: 'blackhole' });

    it('it is stale and goes, and all say who wants it', () => {
      const { changes, kinds, details } = planFor([dead], {
        peerings: [WIDE, peering('pcx-t', here, twin), ended],
      });
      expect(changes).toEqual(['delete 10.2.0.0/16 pcx-d']);
      expect(kinds).toEqual([
        'conflict 10.2.0.0/16 pcx-t',
        'conflict 10.2.0.0/16 pcx-w',
        'stale 10.2.0.0/16 pcx-d',
      ]);
      expect(details[0]).toContain(
        'but its route to pcx-d, which is deleted, is dead and is removed, and pcx-w (rule peers) wants the same destination',
      );
      expect(details[2]).toBe(
        'rtb-1 in us-east-1 routes 10.2.0.0/16 to pcx-d, which is deleted. ' +
          'pcx-t (rule peers) and pcx-w (rule peers) want that destination, and neither gets it before a person decides.',
      );
    });

    it('it is stale inside a wider one that has its route, and does not count as shadowing that', () => {
      const inside = route('10.2.128.0/17', 'pcx-d', { state: 'blackhole' });
      const { changes, kinds, details } = planFor([TO_WIDE, inside], {
        peerings: [WIDE, UPPER, ended],
        own: ['rtb-1 10.2.0.0/16 pcx-w'],
      });
      expect(changes).toEqual(['delete 10.2.128.0/17 pcx-d']);
      expect(kinds).toEqual(['conflict 10.2.128.0/17 pcx-u', 'stale 10.2.128.0/17 pcx-d']);
      expect(details[1]).toMatch(
        /which is deleted\. pcx-u \(rule peers\) wants that destination, and does not get it before a person decides\.$/,
      );
    });

    it('all of three that want it are named', () => {
      const third = vpc('vpc-0123456789abcdef5', ['10.2.0.0/16'], { accountId: PEER });
      const peerings = [WIDE, peering('pcx-t', here, twin), peering('pcx-v', here, third), ended];
      expect(planFor([dead], { peerings }).details.at(-1)).toMatch(
        /pcx-t \(rule peers\), pcx-v \(rule peers\) and pcx-w \(rule peers\) want that destination, and none of them gets it/,
      );
    });

    it('a route of the product goes also where its peering is over by its rule, and one that somebody made stays', () => {
      const live = peering(
        'pcx-d',
        here,
        vpc('vpc-0123456789abcdef4', ['10.2.0.0/16'], { accountId: STRANGER }),
      );
      const routed = route('10.2.0.0/16', 'pcx-d');
      const judged = (own: readonly string[]) =>
        planFor([routed], {
          peerings: [WIDE, peering('pcx-t', here, twin), live],
          own,
          drift: { onUntag: 'remove' },
        });
      const going = judged(['rtb-1 10.2.0.0/16 pcx-d']);
      expect(going.changes).toEqual(['delete 10.2.0.0/16 pcx-d']);
      expect(going.details[0]).toContain(
        '(rule peers), but routes it to pcx-d, and pcx-w (rule peers) wants',
      );
      expect(going.elsewhere[0]).toBe('10.2.0.0/16 nobody');
      expect(judged([])).toMatchObject({
        changes: [],
        kinds: ['conflict 10.2.0.0/16 pcx-t', 'conflict 10.2.0.0/16 pcx-w'],
      });
    });
  });

  it('are told alone of a route that the policy keeps for a peering which it no longer manages', () => {
    const live = peering(
      'pcx-d',
      here,
      vpc('vpc-0123456789abcdef4', ['10.2.0.0/16'], { accountId: STRANGER }),
    );
    const twin = vpc('vpc-0123456789abcdef3', ['10.2.0.0/16'], { accountId: PEER });
    const { changes, kinds } = planFor([route('10.2.0.0/16', 'pcx-d')], {
      peerings: [WIDE, peering('pcx-t', here, twin), live],
      own: ['rtb-1 10.2.0.0/16 pcx-d'],
    });
    expect([changes, kinds]).toEqual([[], ['conflict 10.2.0.0/16 pcx-t', 'conflict 10.2.0.0/16 pcx-w']]);
  });

  it('say what has the addresses of a new route that waits for a wider one to elsewhere', () => {
    const { kinds, elsewhere } = planFor([route('10.0.0.0/8', 'tgw-1')], { peerings: [WIDE] });
    expect([kinds, elsewhere]).toEqual([['conflict 10.2.0.0/16 pcx-w'], ['10.0.0.0/8 tgw-1']]);
  });

  it('get no wider route around a narrower one that is there', () => {
    const { changes, kinds, details, elsewhere } = planFor([TO_UPPER], {
      own: ['rtb-1 10.2.128.0/17 pcx-u'],
    });
    expect(changes).toEqual([]);
    expect(kinds).toEqual(['conflict 10.2.0.0/16 pcx-w']);
    expect(elsewhere).toEqual(['10.2.128.0/17 pcx-u']);
    expect(details[0]).toContain(
      'should route 10.2.0.0/16 to pcx-w (rule peers), but pcx-u (rule peers) wants 10.2.128.0/17, a part of it, and has that. Decide which peering shall have 10.2.128.0/17 from vpc-a.',
    );
  });

  it('get no narrower route inside a wider one that is there', () => {
    const { changes, kinds, details } = planFor([TO_WIDE]);
    expect(changes).toEqual([]);
    expect(kinds).toEqual(['conflict 10.2.128.0/17 pcx-u']);
    expect(details[0]).toContain(
      'should route 10.2.128.0/17 to pcx-u (rule peers), but pcx-w (rule peers) wants 10.2.0.0/16, in which it lies, and has that.',
    );
  });

  it('get neither where neither is there', () => {
    const { changes, kinds, details, present } = planFor([]);
    expect(changes).toEqual([]);
    expect(kinds).toEqual(['conflict 10.2.0.0/16 pcx-w', 'conflict 10.2.128.0/17 pcx-u']);
    expect(details[0]).toContain(
      'but pcx-u (rule peers) wants 10.2.128.0/17, a part of it, and no route to either is made until a person decides.',
    );
    expect(details[1]).toContain(
      'but pcx-w (rule peers) wants 10.2.0.0/16, in which it lies, and no route to either is made until a person decides.',
    );
    expect(present).toEqual(['pcx-u 0/1', 'pcx-w 0/1']);
  });

  it('are told apart by a copy of one rule where two rules route them', () => {
    const rules = [
      { name: 'one', effect: 'accept', remote: { vpcs: ['vpc-0123456789abcdef1'], accounts: ['*'] } },
      { name: 'two', effect: 'accept', remote: { vpcs: ['vpc-0123456789abcdef2'], accounts: ['*'] } },
    ];
    expect(planFor([], { rules }).details[0]).toContain(
      'Decide which peering shall have 10.2.128.0/17 from vpc-a. If it is not pcx-w: add a copy of rule one named 0-one,',
    );
    expect(planFor([], { rules, optIn: 'one' })).toMatchObject({
      changes: ['create 10.2.0.0/16 pcx-w'],
      kinds: [],
    });
  });

  it('have their own routes made again where these are missing', () => {
    const own = ['rtb-1 10.2.0.0/16 pcx-w', 'rtb-1 10.2.128.0/17 pcx-u'];
    expect(planFor([TO_UPPER], { own })).toMatchObject({
      changes: ['create 10.2.0.0/16 pcx-w'],
      kinds: ['missing 10.2.0.0/16 pcx-w', 'shadowed 10.2.128.0/17 pcx-w'],
    });
    expect(planFor([], { own }).changes).toEqual(['create 10.2.128.0/17 pcx-u', 'create 10.2.0.0/16 pcx-w']);
  });

  describe('of which the narrower is made again', () => {
    const own = ['rtb-1 10.2.128.0/17 pcx-u'];
    const missing = 'missing 10.2.128.0/17 pcx-u';
    const shadowed = 'shadowed 10.2.128.0/17 pcx-w';

    it('are told at once of the half that it takes, in the words of the next look', () => {
      const now = planFor([TO_WIDE], { own });
      expect(now).toMatchObject({ changes: ['create 10.2.128.0/17 pcx-u'], kinds: [missing, shadowed] });
      const next = planFor([TO_WIDE, TO_UPPER], { own });
      expect(next.kinds).toEqual([shadowed]);
      expect([now.details[1], now.elsewhere[1]]).toEqual([next.details[0], next.elsewhere[0]]);
    });

    it('are not while something keeps it from being made', () => {
      expect(planFor([TO_WIDE], { own, drift: { repair: false } }).kinds).toEqual([missing]);
    });

    it('in place of a route to a peering that has ended: of what is so after that, and of what is so if it is kept back', () => {
      const ended = route('10.2.128.0/17', 'pcx-gone', { state: 'blackhole' });
      const turned = planFor([TO_WIDE, ended], { own });
      expect(turned.kinds).toEqual(['wrong-target 10.2.128.0/17 pcx-u', shadowed]);
      expect(turned.elsewhere[1]).toBe('10.2.128.0/17 pcx-u');
      expect(planFor([TO_WIDE, ended], { own, drift: { repair: false } }).elsewhere[1]).toBe(
        '10.2.128.0/17 pcx-gone',
      );
    });
  });

  it("get no route in place of another peering's that has ended, which goes", () => {
    const ended = route('10.2.128.0/17', 'pcx-gone', { state: 'blackhole' });
    expect(planFor([TO_WIDE, ended])).toMatchObject({
      changes: ['delete 10.2.128.0/17 pcx-gone'],
      kinds: ['conflict 10.2.128.0/17 pcx-u', 'stale 10.2.128.0/17 pcx-gone'],
    });
  });

  it('name the route to elsewhere that has a destination which both want', () => {
    const { changes, kinds, details } = planFor([route('10.2.128.0/17', 'tgw-1'), TO_WIDE]);
    expect(changes).toEqual([]);
    expect(kinds).toEqual(['conflict 10.2.128.0/17 pcx-u', 'shadowed 10.2.128.0/17 pcx-w']);
    expect(details[0]).toContain(
      'should route 10.2.128.0/17 to pcx-u (rule peers), but routes it to tgw-1 (transit-gateway), and pcx-w (rule peers) wants 10.2.0.0/16',
    );
  });

  it('are told of the half also where others lead it there in parts', () => {
    const parts = [route('10.2.128.0/18', 'pcx-u'), route('10.2.192.0/18', 'pcx-u')];
    expect(planFor([TO_WIDE, ...parts])).toMatchObject({
      changes: [],
      kinds: ['shadowed 10.2.128.0/18 pcx-w', 'shadowed 10.2.192.0/18 pcx-w'],
      present: ['pcx-u 1/1', 'pcx-w 1/1'],
    });
    const list = { prefixLists: [prefixList('pl-1', ['10.2.128.0/17'])] };
    expect(planFor([TO_WIDE, route('pl-1', 'pcx-u')], list)).toMatchObject({
      changes: [],
      kinds: ['shadowed 10.2.128.0/17 pcx-w'],
    });
  });

  it('still get all that does not overlap', () => {
    const two = vpc('vpc-0123456789abcdef2', ['10.2.128.0/17', '10.9.0.0/16'], { accountId: PEER });
    expect(planFor([TO_WIDE], { peerings: [WIDE, peering('pcx-u', here, two)] })).toMatchObject({
      changes: ['create 10.9.0.0/16 pcx-u'],
      kinds: ['conflict 10.2.128.0/17 pcx-u'],
    });
  });

  it('do not include a peering whose destinations lie beside each other or in one another', () => {
    const nested = vpc('vpc-0123456789abcdef1', ['10.2.0.0/16', '10.2.128.0/17'], { accountId: PEER });
    const { changes, kinds } = planFor([], { peerings: [peering('pcx-w', here, nested)] });
    expect(kinds).toEqual([]);
    expect(changes.length).toBeGreaterThan(0);
  });

  it('get at most the routes that were theirs, in whatever order they and their routes are read', () => {
    const blocks = ['10.2.0.0/16', '10.2.0.0/17', '10.2.128.0/17', '10.2.128.0/18', '10.3.0.0/16'];
    const network = fc.uniqueArray(
      fc.record({ block: fc.constantFrom(...blocks), has: fc.constantFrom('route', 'own', 'nothing') }),
      { minLength: 1, maxLength: 4, selector: ({ block }) => block },
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(network, fc.boolean(), (peers, reversed) => {
        const named = peers.map((peer, at) => ({ ...peer, id: `pcx-${at}` }));
        const read = reversed ? named.toReversed() : named;
        const result = planFor(
          read.filter(({ has }) => has === 'route').map(({ block, id }) => route(block, id)),
          {
            peerings: read.map(({ block, id }) =>
              peering(id, here, vpc(`vpc-${id}`, [block], { accountId: PEER })),
            ),
            own: read.filter(({ has }) => has === 'own').map(({ block, id }) => `rtb-1 ${block} ${id}`),
          },
        );
        for (const { block, id, has } of named) {
          const inside = named.filter((each) => each.id !== id && isAround(block, each.block));
          const outside = named.filter((each) => each.id !== id && isAround(each.block, block));
          const wanted = has === 'own' || (has === 'nothing' && inside.length + outside.length === 0);
          expect(result.changes.includes(`create ${block} ${id}`)).toBe(wanted);
          const isHeld = has === 'nothing' && !wanted;
          expect(result.kinds.includes(`conflict ${block} ${id}`)).toBe(isHeld);
          // A route that is made again takes its part at once.
          const taken = has !== 'nothing' && inside.some((each) => each.has !== 'nothing');
          expect(result.kinds.some((kind) => kind.startsWith('shadowed') && kind.endsWith(id))).toBe(taken);
          seen.add(`${has} ${wanted} ${isHeld} ${taken}`);
        }
      }),
      { numRuns: Math.max(200, runs(200)) },
    );
    expect(seen.size).toBeGreaterThanOrEqual(6);
  });
});

/** Of the few blocks above. */
function isAround(outer: string, inner: string): boolean {
  const range = (text: string) => {
    const [base = '', prefix = ''] = text.split('/');
    const first = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    return { first, last: first + 2 ** (32 - Number(prefix)) - 1 };
  };
  const [a, b] = [range(outer), range(inner)];
  return outer !== inner && a.first <= b.first && b.last <= a.last;
}

describe('a destination whose addresses all lead to its peering by narrower routes', () => {
  const halves = [route('10.2.0.0/17', 'pcx-w'), route('10.2.128.0/17', 'pcx-w')];
  const own = ['rtb-1 10.2.0.0/17 pcx-w', 'rtb-1 10.2.128.0/17 pcx-w'];
  const inPlace = { changes: [], kinds: [], present: ['pcx-w 1/1'] };
  const propagated = route('10.2.0.0/16', 'vgw-1', { origin: 'EnableVgwRoutePropagation' });
  const parts = { peerings: [WIDE] };

  it.each([
    ["somebody's route", route('10.2.0.0/16', 'tgw-1')],
    ['a route to a peering that is not managed', route('10.2.0.0/16', 'pcx-x')],
    ['a propagated route', propagated],
    ['a wider route', route('10.0.0.0/8', 'tgw-1')],
  ])('is in place beside %s that is idle', (_, idle) => {
    const stranger = vpc('vpc-x', ['10.2.0.0/16'], { accountId: '333333333333' });
    const peerings = [WIDE, peering('pcx-x', here, stranger)];
    expect(planFor([...halves, idle], { peerings })).toMatchObject({
      changes: [],
      kinds: [],
      present: ['pcx-w 1/1', 'pcx-x 0/0'],
    });
  });

  it.each([
    ["somebody's route", route('10.2.0.0/16', 'tgw-1')],
    ['a propagated route', propagated],
  ])('is in place by own halves, which stay, beside %s', (_, idle) => {
    expect(planFor([...halves, idle], { ...parts, own })).toMatchObject(inPlace);
  });

  it('is in place beside a route to elsewhere at its destination, also where it had an own route there', () => {
    const idle = route('10.2.0.0/16', 'tgw-1');
    expect(planFor([...halves, idle], { ...parts, own: ['rtb-1 10.2.0.0/16 pcx-w'] })).toMatchObject(inPlace);
  });

  it('gets its own route in place of own halves where nothing has it', () => {
    expect(planFor(halves, { ...parts, own }).changes).toEqual([
      'create 10.2.0.0/16 pcx-w',
      'delete 10.2.0.0/17 pcx-w',
      'delete 10.2.128.0/17 pcx-w',
    ]);
  });

  it('is not in place where one address of it leads elsewhere, or may', () => {
    const idle = route('10.2.0.0/16', 'tgw-1');
    expect(planFor([halves[0] ?? idle, idle], parts).kinds).toEqual(['conflict 10.2.0.0/16 pcx-w']);
    const taken = planFor([...halves, idle, route('10.2.1.1/32', 'eni-1')], parts);
    expect(taken.kinds).toContain('shadowed 10.2.1.1/32 pcx-w');
    expect(planFor([...halves, idle, route('pl-1', 'tgw-2')], parts).kinds).toEqual([
      'conflict 10.2.0.0/16 pcx-w',
    ]);
  });

  it('has it, where another peering wants a part', () => {
    const { changes, kinds, details } = planFor(halves);
    expect(changes).toEqual([]);
    expect(kinds).toEqual(['conflict 10.2.128.0/17 pcx-u']);
    expect(details[0]).toContain('pcx-w (rule peers) wants 10.2.0.0/16, in which it lies, and has that.');
  });
});
