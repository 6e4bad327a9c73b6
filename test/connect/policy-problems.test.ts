import fc from 'fast-check';
import { connectionsOf } from '../../lib/connect/connect.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import type { Vpc } from '../../lib/model/peering.ts';
import { inventory, OWN, PEER, peering, policyOf, REGION, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';
import { runs } from '../support/runs.ts';

/** Pairs whose request the same policy would not let through: they are told, and not requested. */

const tagged = (id: string, role: string, cidrs: readonly string[], parts: Partial<Vpc> = {}) =>
  vpc(`vpc-${id}`, cidrs, { tags: { Role: role }, ...parts });

const hub = tagged('h', 'hub', ['10.1.0.0/16']);
const spoke = tagged('s', 'spoke', ['10.2.0.0/16']);
const ACCEPT = { name: 'all', effect: 'accept', remote: { accounts: ['self'] } };

function policyParts(parts: Record<string, unknown> = {}) {
  const spokes = { tags: { Role: 'spoke' }, accounts: ['self', PEER] };
  return { rules: [ACCEPT], connect: [{ name: 'shared', hub: { tags: { Role: 'hub' } }, spokes }], ...parts };
}

function judged(vpcs: readonly Vpc[], parts: Record<string, unknown> = {}) {
  const [own, others] = [
    vpcs.filter(({ accountId }) => accountId === OWN),
    vpcs.filter(({ accountId }) => accountId !== OWN),
  ];
  const { pairs, problems } = connectionsOf(
    {
      accountId: OWN,
      managedRegions: [REGION],
      regions: [inventory({ vpcs: own, peerings: [], tables: [] })],
      others: [{ ...inventory({ vpcs: others, peerings: [], tables: [] }), accountId: PEER }],
    },
    policyOf(policyParts(parts)),
    new Map([[REGION, NOTHING_REMEMBERED]]),
    new Date('2026-03-01T12:00:00Z'),
  );
  return {
    pairs: pairs.map(({ state, why }) => ({ state, why })),
    problems: problems.map(({ says }) => says),
  };
}

const states = (...of: Parameters<typeof judged>) => judged(...of).pairs.map(({ state }) => state);

describe('a pair whose request the policy would answer itself', () => {
  it('is not requested where a guardrail would hold it, and told with what that says', () => {
    const { pairs, problems } = judged([hub, spoke], { guardrails: { maxRemotePrefix: { ipv4: 24 } } });
    expect(pairs).toEqual([
      {
        state: 'impossible',
        why: expect.stringMatching(
          /^The policy would hold the request: 10\.1\.0\.0\/16 of .* is wider than \/24, which guardrails\.maxRemotePrefix\.ipv4 allows\. .*Change that, or take the tag off one of the VPCs\.$/,
        ),
      },
    ]);
    expect(problems).toEqual([
      expect.stringMatching(/^Connection shared: vpc-h is not peered with vpc-s\. The policy would hold/),
    ]);
  });

  it('is not requested where a rule would reject it', () => {
    const rules = [
      ACCEPT,
      { name: 'no', effect: 'reject', local: { tags: { Role: 'spoke' } }, direction: 'inbound' },
    ];
    expect(judged([hub, spoke], { rules }).pairs).toEqual([
      {
        state: 'impossible',
        why: 'Rule no of the policy would reject the request. Change the rule, or take the tag off one of the VPCs.',
      },
    ]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['where nothing is against it', {}],
    [
      'of which the rule routes nothing that the guardrail is about',
      {
        rules: [{ ...ACCEPT, routes: { destinations: ['10.200.0.0/16'] } }],
        guardrails: { maxRemotePrefix: { ipv4: 24 } },
      },
    ],
    ['that a rule leaves to a person', { rules: [{ name: 'ask', effect: 'hold' }] }],
    ['that no rule matches, which is for a person', { rules: [{ ...ACCEPT, remote: { accounts: [PEER] } }] }],
    [
      'of which it is not known whether a rule matches',
      {
        rules: [ACCEPT, { name: 'ask', effect: 'hold', remote: { accountTags: { Team: 'net' } } }],
        guardrails: { maxRemotePrefix: { ipv4: 24 } },
      },
    ],
    [
      'of which the subnets are not known that the rule routes',
      { rules: [{ ...ACCEPT, routes: { destinations: { subnetTags: { routed: ['yes'] } } } }] },
    ],
    [
      'that an address plan is asked about once it is requested',
      { guardrails: { ipam: { scope: { id: 'ipam-scope-0a1b2c3d4e5f60718', region: REGION } } } },
    ],
  ])('is requested: one %s', (_, parts) => {
    expect(states([hub, spoke], parts)).toEqual(['to-request']);
  });

  it('waits for what ends by itself or is looked at apart: a freeze, and room', () => {
    expect(states([hub, spoke], { guardrails: { freeze: true } })).toEqual(['to-request']);
    expect(states([hub, spoke], { guardrails: { peeringsPerVpc: 3, quotaHeadroom: 3 } })).toEqual(['waits']);
  });

  it('is requested where another account answers it, whatever the own policy says of such requests', () => {
    const theirs = tagged('t', 'spoke', ['10.3.0.0/16'], { accountId: PEER });
    expect(states([hub, theirs], { guardrails: { maxRemotePrefix: { ipv4: 24 } } })).toEqual(['to-request']);
  });

  it('is requested just where the policy does not answer its request with a guardrail or a rejection', () => {
    const cidr = fc.constantFrom('10.2.0.0/16', '10.16.0.0/14', '10.9.8.0/24', '169.254.168.0/24');
    const rule = fc.record({
      effect: fc.constantFrom('accept', 'accept', 'hold', 'reject'),
      direction: fc.constantFrom('any', 'inbound', 'outbound'),
      remote: fc.record({ accounts: fc.constantFrom(['self'], [PEER]) }),
      routes: fc.record({ destinations: fc.constantFrom('all', ['10.2.0.0/15'], []) }),
    });
    const world = fc.record({
      cidrs: fc.uniqueArray(cidr, { minLength: 1, maxLength: 2 }),
      rules: fc
        .array(rule, { minLength: 1, maxLength: 3 })
        .map((list) => list.map((each, index) => ({ ...each, name: `rule-${index}` }))),
      widest: fc.constantFrom(8, 15, 16),
    });
    const seen = new Set<string | undefined>();
    fc.assert(
      fc.property(world, ({ cidrs, rules, widest }) => {
        const far = { ...spoke, cidrs };
        const parts = { rules, guardrails: { maxRemotePrefix: { ipv4: widest } } };
        const [state] = states([hub, far], parts);
        const request = peering('pcx-1', hub, far, { status: 'pending-acceptance' });
        const tables = [table('rtb-h', hub, []), table('rtb-s', far, [])];
        const [asked] = assessmentOf(
          judgingOf({ vpcs: [hub, far], peerings: [request], tables }, policyParts(parts)),
        ).requests;
        const { decision, effect, heldFor = [] } = asked?.decision ?? {};
        const isAgainst = decision === 'reject' || (effect === 'accept' && heldFor.length > 0);
        expect(state).toBe(isAgainst ? 'impossible' : 'to-request');
        seen.add(state);
      }),
      { numRuns: runs(300) },
    );
    expect(seen).toEqual(new Set(['impossible', 'to-request']));
  });
});
