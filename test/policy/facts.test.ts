import { viewsOf } from '../../lib/model/views.ts';
import { decide } from '../../lib/policy/decide.ts';
import type { DecisionFacts } from '../../lib/policy/decision.ts';
import { createFacts, type FactsOptions } from '../../lib/policy/facts.ts';
import { inventory, OWN, PEER, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';

const a = vpc('vpc-a', ['10.1.0.0/16', '10.11.0.0/16']);
const b = vpc('vpc-b', ['10.2.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const second = vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER });
const request = peering('pcx-1', remote, a, { status: 'pending-acceptance' });

function factsOf(parts: Partial<Parameters<typeof inventory>[0]> = {}, options?: FactsOptions) {
  const read = inventory({
    vpcs: [a],
    peerings: [request],
    tables: [table('rtb-1', a, [], { optIn: '*' })],
    ...parts,
  });
  const [view] = viewsOf(read, [REGION]);
  if (view === undefined) throw new Error('the test needs a view');
  const facts = createFacts(read, options)(view);
  const decided = (more: Partial<DecisionFacts> = {}) =>
    decide(view, policyOf(), { ...facts, ...more }).decision;
  return { facts, decided };
}

describe('the facts of a view', () => {
  it('hold the account, the local CIDRs that a pending request hides, and a reason to accept', () => {
    const { facts, decided } = factsOf();
    expect(facts).toEqual({
      accountId: OWN,
      localCidrs: ['10.1.0.0/16', '10.11.0.0/16'],
      activePeerings: 0,
    });
    expect(decided({ obstacles: () => [] })).toBe('accept');
  });

  it('say nothing about obstacles, so that a request is held by whoever does not look for them', () => {
    const { facts, decided } = factsOf({
      tables: [table('rtb-1', a, [route('10.64.0.0/16', 'tgw-1')], { optIn: '*' })],
    });
    expect(facts.obstacles).toBeUndefined();
    expect(decided()).toBe('hold');
  });

  it('count the active and provisioning peerings of the local VPC', () => {
    const { facts } = factsOf({
      peerings: [
        request,
        peering('pcx-2', a, second),
        peering('pcx-3', second, a, { status: 'provisioning' }),
        peering('pcx-4', a, second, { status: 'deleted' }),
        peering('pcx-5', second, remote),
        peering('pcx-6', b, second),
        peering('pcx-7', second, a, { status: 'pending-acceptance' }),
      ],
      tables: [table('rtb-1', a, []), table('rtb-2', b, [])],
    });
    expect(facts.activePeerings).toBe(2);
  });

  it('leave unknown what was not read, so that the request is held', () => {
    const unread = factsOf({ vpcs: [] });
    expect(unread.facts.localCidrs).toBeUndefined();
    expect(unread.decided({ obstacles: () => [] })).toBe('hold');
    // Every VPC has a main table: none at all means that they were not read.
    const noTables = factsOf({ tables: [table('rtb-2', b, [])] });
    expect(noTables.facts.activePeerings).toBeUndefined();
    expect(noTables.decided({ obstacles: () => [] })).toBe('hold');
  });

  it('take a VPC that is shown without CIDRs for one that was not read', () => {
    expect(factsOf({ vpcs: [{ ...a, cidrs: [] }] }).facts.localCidrs).toBeUndefined();
  });

  it('are those of each view: one function serves all views of a Region', () => {
    const read = inventory({
      vpcs: [a, b],
      peerings: [request, peering('pcx-2', b, second)],
      tables: [table('rtb-1', a, []), table('rtb-2', b, [])],
    });
    const of = createFacts(read);
    expect(viewsOf(read, [REGION]).map((view) => [view.local.vpcId, of(view).activePeerings])).toEqual([
      ['vpc-a', 0],
      ['vpc-b', 1],
    ]);
  });

  it('hold what is known of the organization of the other account, or why nothing is', () => {
    const organization = { organizationalUnits: ['r-ab12'], accountTags: { Team: 'net' } };
    const unread = { vpcs: [], tables: [] };
    expect(
      factsOf(unread, { organizationOf: (id) => (id === PEER ? organization : undefined) }).facts,
    ).toEqual({ accountId: OWN, organization });
    expect(factsOf(unread, { organizationProblemOf: (id) => `No role for ${id}.` }).facts).toEqual({
      accountId: OWN,
      organizationProblem: `No role for ${PEER}.`,
    });
  });
});
