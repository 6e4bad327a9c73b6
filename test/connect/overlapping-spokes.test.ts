import { connectionsOf } from '../../lib/connect/connect.ts';
import { toldEndNote } from '../../lib/model/expiry.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import { inventory, OWN, PEER, peering, policyOf, REGION, STRANGER, vpc } from '../support/fixtures.ts';
import { noted } from '../support/plan-of.ts';

/** Spokes whose ranges overlap each other: a hub can lead those addresses to one of them, so the policy would hold the second. */

const tagged = (id: string, role: string, cidr: string, parts: Partial<Vpc> = {}) =>
  vpc(`vpc-${id}`, [cidr], { tags: { Role: role, Name: `${role}-${id}` }, ...parts });

const hub = tagged('h', 'hub', '10.1.0.0/16');
const first = tagged('s1', 'spoke', '10.2.0.0/16');
const second = tagged('s2', 'spoke', '10.2.128.0/17');
const apart = tagged('s3', 'spoke', '10.3.0.0/16');

const ALL = { name: 'all', effect: 'accept', remote: { accounts: ['self'] } };

function judged(
  vpcs: readonly Vpc[],
  { peerings = [], rules = [ALL], memory = NOTHING_REMEMBERED, accounts }: Parts = {},
) {
  const own = vpcs.filter(({ accountId }) => accountId === OWN);
  const others = vpcs.filter(({ accountId }) => accountId !== OWN);
  const { pairs, problems } = connectionsOf(
    {
      accountId: OWN,
      managedRegions: [REGION],
      regions: [inventory({ vpcs: own, peerings, tables: [] })],
      others: [{ ...inventory({ vpcs: others, peerings: [], tables: [] }), accountId: PEER }],
    },
    policyOf({
      rules,
      connect: [
        {
          name: 'shared',
          hub: { tags: { Role: 'hub' } },
          spokes: { tags: { Role: 'spoke' }, ...(accounts === undefined ? {} : { accounts }) },
        },
      ],
    }),
    new Map([[REGION, memory]]),
    new Date('2026-03-01T12:00:00Z'),
  );
  return {
    states: pairs.map(({ accepter, state }) => `${accepter.vpcId} ${state}`),
    why: pairs.find(({ state }) => state === 'impossible')?.why,
    problems: problems.map(({ says }) => says),
  };
}

interface Parts {
  readonly peerings?: readonly Peering[];
  readonly rules?: readonly object[];
  readonly memory?: RegionMemory;
  readonly accounts?: readonly string[];
}

describe('two spokes of a hub whose ranges overlap each other', () => {
  it('are not both requested: the second is told with both names, and what to do', () => {
    const { states, why, problems } = judged([hub, first, second, apart]);
    expect(states).toEqual(['vpc-s1 to-request', 'vpc-s2 impossible', 'vpc-s3 to-request']);
    expect(why).toBe(
      '10.2.128.0/17 of vpc-s2 (spoke-s2) overlaps 10.2.0.0/16 of vpc-s1 (spoke-s1), with which vpc-h (hub-h) is about to be peered. ' +
        'vpc-h (hub-h) can lead these addresses to one of them alone, so the policy would hold the request. ' +
        'Give one another range, or take the tag off one; or leave them out for one of them, with a copy of its rule for these two VPCs alone that has them in routes.exclude and whose name sorts first.',
    );
    expect(problems).toEqual([
      `Connection shared: vpc-h (hub-h) is not peered with vpc-s2 (spoke-s2). ${why}`,
    ]);
  });

  it.each(['active', 'pending-acceptance'] as const)(
    'are told with the peering that is there, which is %s, whatever the order of their ids',
    (status) => {
      const there = peering('pcx-1', hub, second, { status });
      const { states, why } = judged([hub, first, second], { peerings: [there] });
      expect(states).toEqual([
        'vpc-s1 impossible',
        status === 'active' ? 'vpc-s2 connected' : 'vpc-s2 requested',
      ]);
      expect(why).toContain(
        '10.2.128.0/17 of vpc-s2 (spoke-s2), with which vpc-h (hub-h) is peered by pcx-1.',
      );
    },
  );

  it('are told with the same peering at each look, in whatever order EC2 lists the two that are in the way', () => {
    const two = [peering('pcx-1', hub, second), peering('pcx-2', hub, second)];
    const { why } = judged([hub, first, second], { peerings: two });
    expect(why).toContain('is peered by pcx-1.');
    expect(judged([hub, first, second], { peerings: two.toReversed() }).why).toBe(why);
  });

  it('are both requested after the peering of one has ended', () => {
    const ended = peering('pcx-1', hub, tagged('s9', 'other', '10.2.0.0/16'), { status: 'deleted' });
    expect(judged([hub, first, apart], { peerings: [ended] }).states).toEqual([
      'vpc-s1 to-request',
      'vpc-s3 to-request',
    ]);
  });

  it('are both requested once the time of the peering with one is over: its routes go', () => {
    const there = peering('pcx-1', hub, second, {
      tags: { 'peering-autopilot:expires': '2026-02-01T00:00:00Z' },
    });
    const end = Date.UTC(2026, 1, 1) / 1000;
    const told = [hub, second].map(({ vpcId }) =>
      toldEndNote('pcx-1', vpcId, { end, stage: 'day', at: end - 86_400 }),
    );
    const peerings = [there];
    expect(
      judged([hub, first, second], { peerings, memory: noted(NOTHING_REMEMBERED, told) }).states,
    ).toEqual(['vpc-s1 to-request', 'vpc-s2 connected']);
    // Nobody was told yet, so that it still has its routes.
    expect(judged([hub, first, second], { peerings }).states[0]).toBe('vpc-s1 impossible');
  });

  it('are both requested where a rule that asks AWS Organizations may leave out what both have', () => {
    const rules = [
      {
        ...ALL,
        name: 'by-unit',
        remote: { accounts: ['self', STRANGER], organizationalUnits: ['ou-ab12-cdef3456'] },
      },
    ];
    const stranger = vpc('vpc-x', ['10.2.0.0/16'], { accountId: STRANGER });
    const unit = { ...ALL, name: 'spokes', remote: { accounts: ['self'], vpcs: ['vpc-0123456789abcdef1'] } };
    const spoke = { ...first, vpcId: 'vpc-0123456789abcdef1' };
    const { states, why } = judged([hub, spoke], {
      peerings: [peering('pcx-9', hub, stranger)],
      rules: [unit, ...rules],
    });
    expect({ states, why }).toEqual({ states: ['vpc-0123456789abcdef1 to-request'], why: undefined });
  });

  it('are both requested where the rule of one leaves out what both have', () => {
    const rules = [
      {
        ...ALL,
        name: 'cut',
        remote: { accounts: ['self'], vpcs: ['vpc-0123456789abcdef2'] },
        routes: { exclude: ['10.2.0.0/16'] },
      },
      { ...ALL, remote: { accounts: ['self'], vpcs: ['vpc-0123456789abcdef1', 'vpc-aaaaaaaa'] } },
    ];
    const vpcs = [
      { ...hub, vpcId: 'vpc-aaaaaaaa' },
      { ...first, vpcId: 'vpc-0123456789abcdef1' },
      { ...second, vpcId: 'vpc-0123456789abcdef2' },
    ];
    expect(judged(vpcs, { rules }).states).toEqual([
      'vpc-0123456789abcdef1 to-request',
      'vpc-0123456789abcdef2 to-request',
    ]);
  });

  it('are both requested where no rule is known to route them: what the policy would do is not known', () => {
    const rules = [{ ...ALL, remote: { accountTags: { team: 'a' }, accounts: ['self'] } }];
    expect(judged([hub, first, second], { rules }).states).toEqual([
      'vpc-s1 to-request',
      'vpc-s2 to-request',
    ]);
  });

  it('are told of a peer that nobody connects, with all its ranges', () => {
    const stranger = vpc('vpc-x', ['10.2.0.0/16'], { accountId: STRANGER });
    expect(judged([hub, first], { peerings: [peering('pcx-9', hub, stranger)] }).why).toContain(
      '10.2.0.0/16 of vpc-s1 (spoke-s1) overlaps 10.2.0.0/16 of vpc-x, with which vpc-h (hub-h) is peered by pcx-9.',
    );
  });

  it('are told of accounts that answer for themselves as routes that would wait', () => {
    const theirs = { ...second, accountId: PEER };
    const rules = [{ ...ALL, remote: { accounts: ['self', PEER] } }];
    const { states, why } = judged([hub, first, theirs], { rules, accounts: ['self', PEER] });
    expect(states).toEqual(['vpc-s1 to-request', 'vpc-s2 impossible']);
    expect(why).toContain('so its routes there would wait for a person.');
  });
});

it('a spoke whose hubs overlap each other is peered with one of them', () => {
  const other = tagged('h2', 'hub', '10.1.0.0/17');
  const { states, why } = judged([hub, other, first]);
  expect(states).toEqual(['vpc-s1 to-request', 'vpc-s1 impossible']);
  expect(why).toContain('vpc-s1 (spoke-s1) can lead these addresses to one of them alone');
});
