import fc from 'fast-check';
import { type Judging, propose, routesOnceLive } from '../../lib/assessment/proposal.ts';
import type { Vpc } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { peering, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';

/** What people are advised about a held request is what `peering accept` does with it. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const OTHER = vpc('vpc-o', ['10.2.0.0/16'], { accountId: STRANGER });
const BY = 'arn:aws:iam::111111111111:user/ann';

/** A request, and a live peering with another VPC. */
const asked = (from: Vpc, routes: readonly Route[], optIn: string) => ({
  vpcs: [HERE],
  peerings: [
    peering('pcx-1', from, HERE, { status: 'pending-acceptance' }),
    peering('pcx-2', OTHER, HERE, { status: 'active' }),
  ],
  tables: [table('rtb-a', HERE, routes, { optIn })],
});

const ofRule = fc.record({
  effect: fc.constantFrom('accept', 'hold', 'reject'),
  accounts: fc.constantFrom([STRANGER], ['222222222222'], ['self']),
  cidrs: fc.constantFrom([], ['10.2.0.0/16'], ['10.9.0.0/16']),
});
const judgings = fc
  .record({
    rules: fc.array(ofRule, { maxLength: 3 }),
    cidrs: fc.constantFrom(
      [],
      ['10.2.128.0/17'],
      ['10.9.0.0/16'],
      ['10.1.4.0/24'],
      ['10.9.0.0/16', '10.1.4.0/24'],
    ),
    routes: fc.constantFrom([], [route('10.9.0.0/16', 'tgw-1')], [route('10.2.0.0/16', 'pcx-2')]),
    optIn: fc.constantFrom('*', 'rule-0', 'others'),
    guardrails: fc.constantFrom({}, { freeze: true }, { equalRoutes: 'wait' }, { peeringsPerVpc: 1 }),
    mode: fc.constantFrom('enforce', 'enforce', 'enforce', 'observe'),
  })
  .map(({ rules, cidrs, routes, optIn, guardrails, mode }): Judging => {
    const from = vpc('vpc-s', cidrs, { accountId: STRANGER });
    return judgingOf(asked(from, routes, optIn), {
      mode,
      guardrails,
      rules: rules.map(({ effect, accounts, cidrs: blocks }, index) => ({
        name: `rule-${index}`,
        effect,
        remote: { accounts, ...(blocks.length === 0 ? {} : { cidrs: blocks }) },
      })),
    });
  });

function requestIn(judging: Judging) {
  const [request] = assessmentOf(judging).requests;
  if (request === undefined) {
    throw new Error('there is a request in each of these networks');
  }
  return request;
}

it('says that a person may accept exactly what peering accept takes, and by which rules', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(judgings, (judging) => {
      const byHand = requestIn(judging).byHand();
      const by = (as?: string) =>
        propose(judging, { peeringId: 'pcx-1', by: BY, ...(as === undefined ? {} : { as }) }).kind;
      seen.add(byHand.kind);
      expect(by()).toBe(byHand.kind === 'possible' ? 'possible' : 'refused');
      const taken = judging.policy.rules.map(({ name }) => name).filter((name) => by(name) === 'possible');
      expect(taken).toEqual(
        byHand.kind === 'possible' ? [byHand.rule] : byHand.kind === 'choose' ? byHand.rules : [],
      );
      if (byHand.kind === 'refused') expect(byHand.why).not.toEqual([]);
    }),
    { numRuns: 300, seed: 7 },
  );
  expect([...seen].sort()).toEqual(['choose', 'possible', 'refused']);
});

it('says of a request whose addresses another live peering carries that nothing would be written', () => {
  const from = vpc('vpc-s', ['10.2.128.0/17', '10.9.0.0/16'], { accountId: STRANGER });
  const judging = judgingOf(asked(from, [route('10.2.0.0/16', 'pcx-2')], '*'), {
    rules: [
      {
        name: 'all',
        effect: 'accept',
        remote: { accounts: [STRANGER], cidrs: ['10.2.128.0/17', '10.9.0.0/16'] },
      },
    ],
  });
  const request = requestIn(judging);
  expect(request.byHand()).toMatchObject({
    kind: 'refused',
    why: expect.arrayContaining([expect.stringContaining('goes to pcx-2')]),
  });
  expect(routesOnceLive(judging, request).changes.map(({ destination }) => destination)).toEqual([
    '10.9.0.0/16',
  ]);
});
