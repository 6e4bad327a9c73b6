import fc from 'fast-check';
import { DEAD_STATUSES, type Peering, type PeeringStatus, type Vpc } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { holdCauses } from '../../lib/policy/hold-causes.ts';
import { inventory, OWN, PEER, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';
import { runs } from '../support/runs.ts';

/** AWS has one peering between two VPCs: a request beside it can never be accepted, whatever would be routed. */

const WEST = 'us-west-2';
const A = vpc('vpc-a', ['10.1.0.0/16']);
const B = vpc('vpc-b', ['10.2.0.0/16']);
const THEIRS = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const PENDING = { status: 'pending-acceptance' } as const;

/** Nothing is routed, so that no route is in the way of another one. */
const UNROUTED = [
  { name: 'all', effect: 'accept', remote: { accounts: ['self', PEER] }, routes: { destinations: [] } },
];

interface Given {
  readonly peerings: readonly Peering[];
  readonly rules?: readonly Record<string, unknown>[];
  readonly routes?: readonly Route[];
}

function assessed({ peerings, rules = UNROUTED, routes = [] }: Given) {
  const tables = [table('rtb-a', A, routes, { optIn: '*' }), table('rtb-b', B, [], { optIn: '*' })];
  return assessmentOf(judgingOf({ vpcs: [A, B], peerings, tables }, { rules }));
}

function decisions(given: Given): string[] {
  return assessed(given).requests.map(
    ({ peering: { peeringId }, decision }) => `${peeringId} ${decision.decision}`,
  );
}

function whyHeld(given: Given): readonly string[] | undefined {
  return assessed(given).requests.find(({ decision }) => decision.decision === 'hold')?.decision.guardrails;
}

describe('a request between two VPCs that are peered already', () => {
  it.each([
    ['asked the same way', 'active', A, B],
    ['asked the other way round', 'active', B, A],
    ['that is provisioning', 'provisioning', B, A],
  ] as const)('is held beside a peering %s, and says by which', (_, status, from, to) => {
    const given = {
      peerings: [peering('pcx-1', from, to, { status }), peering('pcx-2', A, B, PENDING)],
    };
    expect(decisions(given)).toEqual(['pcx-2 hold']);
    expect(whyHeld(given)).toEqual([
      'vpc-a and vpc-b are peered already by pcx-1; AWS allows one peering between two VPCs. Reject this request, or delete that peering first.',
    ]);
  });

  it('is not accepted by hand either, and brings no route', () => {
    const given = { peerings: [peering('pcx-1', B, A), peering('pcx-2', A, B, PENDING)] };
    const { requests, changes } = assessed(given);
    expect(requests[0]?.byHand()).toEqual({ kind: 'refused', why: whyHeld(given) });
    expect(changes).toEqual([]);
  });

  it('is held although rules by direction would route other blocks to each', () => {
    const rules = [
      { name: 'in', direction: 'inbound', routes: { destinations: ['10.64.0.0/17'] } },
      { name: 'out', direction: 'outbound', routes: { destinations: ['10.64.128.0/17'] } },
    ].map((each) => ({ ...each, effect: 'accept', remote: { accounts: [PEER] } }));
    const peerings = [peering('pcx-1', A, THEIRS), peering('pcx-2', THEIRS, A, PENDING)];
    expect(decisions({ peerings, rules })).toEqual(['pcx-2 hold']);
    expect(assessed({ peerings, rules }).changes.map(({ peeringId }) => peeringId)).toEqual(['pcx-1']);
  });

  it('says so before all else, and nothing of the routes of that peering, which goes first', () => {
    const rules = [{ name: 'all', effect: 'accept', remote: { accounts: ['self', PEER] } }];
    const given = {
      peerings: [peering('pcx-1', A, B), peering('pcx-2', B, A, PENDING)],
      rules,
      routes: [route('10.2.0.0/16', 'pcx-1')],
    };
    expect(whyHeld(given)).toEqual([
      'vpc-b and vpc-a are peered already by pcx-1; AWS allows one peering between two VPCs. Reject this request, or delete that peering first.',
    ]);
    expect(assessed(given).requests[0]?.sides.flatMap(({ inTheWay }) => inTheWay)).toEqual([]);
    expect(whyHeld({ ...given, routes: [route('10.2.0.0/17', 'tgw-1')] })).toEqual([
      expect.stringContaining('are peered already by pcx-1'),
      expect.stringContaining('10.2.0.0/16 overlaps 10.2.0.0/17, which already goes to tgw-1'),
    ]);
  });

  it('that another account answers is to be deleted, as nobody can accept it', () => {
    const { views } = assessed({
      peerings: [peering('pcx-1', THEIRS, A), peering('pcx-2', A, THEIRS, PENDING)],
    });
    const asked = views.find(({ view }) => view.peering.peeringId === 'pcx-2');
    expect(asked?.decision.reasons).toContain(
      'vpc-a and vpc-r are peered already by pcx-1; AWS allows one peering between two VPCs. Delete this request, or that peering first.',
    );
  });

  it('is rejected where the policy rejects it', () => {
    const rules = [{ name: 'no', effect: 'reject', direction: 'inbound' }, ...UNROUTED];
    expect(decisions({ peerings: [peering('pcx-1', B, A), peering('pcx-2', A, B, PENDING)], rules })).toEqual(
      ['pcx-2 reject'],
    );
  });

  it.each([...DEAD_STATUSES])(
    'is accepted where that peering is %s, with a route that is left of it',
    (status) => {
      const rules = [{ name: 'all', effect: 'accept', remote: { accounts: ['self', PEER] } }];
      const given = {
        peerings: [peering('pcx-1', A, B, { status }), peering('pcx-2', B, A, PENDING)],
        rules,
        routes: [route('10.2.0.0/16', 'pcx-1', { state: 'blackhole' })],
      };
      expect(decisions(given)).toEqual(['pcx-2 accept']);
    },
  );

  it('is held beside one of a status that nobody knows', () => {
    const given = {
      peerings: [peering('pcx-1', A, B, { status: 'unknown' }), peering('pcx-2', B, A, PENDING)],
    };
    expect(whyHeld(given)).toEqual([
      'Whether vpc-b and vpc-a are peered already is not known, as pcx-1 between them has a status that this version does not know; AWS allows one peering between two VPCs.',
    ]);
  });

  it('is held as long as either Region of the account shows the peering as live', () => {
    const w = vpc('vpc-w', ['10.9.0.0/16'], { region: WEST });
    const pending = peering('pcx-2', w, A, PENDING);
    const seen = (region: string, of: Vpc, status: PeeringStatus) => ({
      ...inventory({
        vpcs: [of],
        peerings: [pending, peering('pcx-1', A, w, { status })],
        tables: [table(`rtb-${region}`, of, [])],
      }),
      region,
    });
    const decided = (here: PeeringStatus, there: PeeringStatus) => {
      const judging = judgingOf(
        { vpcs: [], peerings: [], tables: [] },
        { rules: UNROUTED, regions: [REGION, WEST] },
        [REGION, WEST],
      );
      const regions = [seen(REGION, A, here), seen(WEST, w, there)];
      return assessmentOf({ ...judging, state: { ...judging.state, regions } }).requests[0]?.decision
        .decision;
    };
    expect(decided('deleting', 'active')).toBe('hold');
    expect(decided('active', 'deleting')).toBe('hold');
    expect(decided('deleting', 'deleted')).toBe('accept');
  });
});

describe('requests between the same two VPCs', () => {
  const both = [peering('pcx-1', A, B, PENDING), peering('pcx-2', B, A, PENDING)];

  it('are accepted one alone, and the next says which goes first', () => {
    expect(decisions({ peerings: both })).toEqual(['pcx-1 accept', 'pcx-2 hold']);
    expect(whyHeld({ peerings: both })).toEqual([
      'vpc-b and vpc-a are about to be peered by pcx-1, whose request is accepted first; AWS allows one peering between two VPCs. Reject this request, or delete that peering first.',
    ]);
  });

  it('are taken in the order in which they were asked', () => {
    const [first, second] = both.map((each, index) => ({ ...each, expiresAt: new Date(9 - index) }));
    expect(decisions({ peerings: [first, second].flatMap((each) => each ?? []) })).toEqual([
      'pcx-2 accept',
      'pcx-1 hold',
    ]);
  });

  it('wait for none that is held itself', () => {
    const rules = [
      { name: 'ask', effect: 'hold', local: { vpcs: ['vpc-b'] }, direction: 'inbound' },
      ...UNROUTED,
    ];
    expect(decisions({ peerings: both, rules })).toEqual(['pcx-1 hold', 'pcx-2 accept']);
  });

  it('are held for one cause, before the first is accepted and after', () => {
    const cause = (peerings: readonly Peering[]) => {
      const held = assessed({ peerings }).requests.find(({ decision }) => decision.decision === 'hold');
      return held === undefined ? [] : holdCauses(held.decision);
    };
    const before = cause(both);
    expect(before.length).toBeGreaterThan(0);
    expect(cause([peering('pcx-1', A, B), peering('pcx-2', B, A, PENDING)])).toEqual(before);
  });

  it('never make two peerings of one pair, whatever is asked, lives and is routed', () => {
    const ends = fc.constantFrom([A, B], [B, A], [A, THEIRS], [THEIRS, A], [B, THEIRS], [THEIRS, B]);
    const status = fc.constantFrom<PeeringStatus>('pending-acceptance', 'active', 'provisioning', 'deleted');
    const rule = (direction: string) =>
      fc
        .constantFrom<readonly string[] | 'all'>([], 'all', ['10.0.0.0/9'], ['10.64.0.0/17'])
        .map((destinations) => ({
          name: `by-${direction}`,
          effect: 'accept',
          direction,
          remote: { accounts: [OWN, PEER] },
          routes: { destinations },
        }));
    const pairOf = ({ requester, accepter }: Peering) => [requester.vpcId, accepter.vpcId].sort().join(' ');
    let held = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ends, status), { minLength: 1, maxLength: 6 }),
        fc.tuple(rule('inbound'), rule('outbound')),
        (asked, rules) => {
          const peerings = asked.map(([[from, to], is], index) =>
            peering(`pcx-${index}`, from ?? A, to ?? B, { status: is }),
          );
          const live = peerings
            .filter((each) => ['active', 'provisioning'].includes(each.status))
            .map(pairOf);
          const { requests } = assessed({ peerings, rules });
          const accepted = requests.filter(({ decision }) => decision.decision === 'accept');
          const pairs = accepted.map((each) => pairOf(each.peering));
          expect(new Set(pairs).size).toBe(pairs.length);
          expect(pairs.filter((pair) => live.includes(pair))).toEqual([]);
          held += requests.length - accepted.length;
        },
      ),
      { numRuns: runs(200) },
    );
    expect(held).toBeGreaterThan(0);
  });
});
