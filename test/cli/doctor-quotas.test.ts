import fc from 'fast-check';
import { accountCheck, usageCheck, withRealQuotas } from '../../cli/doctor/quotas.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import { quotaWarnings } from '../../lib/routing/quota.ts';
import { policyOf, route, table, vpc } from '../support/fixtures.ts';

/** What doctor says of quotas: of the policy's and the account's, the smaller one counts. */

const REGION = 'us-east-1';
const policy = policyOf({ guardrails: { routesPerTable: 500, peeringsPerVpc: 50, quotaHeadroom: 5 } });

function tableWith(count: number): RouteTable {
  const routes = Array.from({ length: count }, (_, index) => route(`10.1.${index}.0/24`, 'pcx-1'));
  return table('rtb-1', vpc('vpc-1', ['10.0.0.0/16']), routes);
}

function lowIn(count: number, account: Parameters<typeof withRealQuotas>[1]) {
  return quotaWarnings([tableWith(count)], new Map(), withRealQuotas(policy, account), new Map());
}

it.each([
  [50, 'fail', '50 of 50'],
  [47, 'warn', '47 of 50'],
  [40, 'pass', 'well below their quotas'],
] as const)('%d routes where the account has 50 and the policy says 500: %s', (count, result, says) => {
  expect(usageCheck(REGION, lowIn(count, { routesPerTable: 50 }), 'read')).toMatchObject({
    result,
    says: expect.stringContaining(says),
  });
});

it('says that it goes by the policy alone where the account cannot be asked', () => {
  expect(usageCheck(REGION, lowIn(50, {}), 'not read')).toMatchObject({
    result: 'pass',
    says: expect.stringContaining('those of the account are not known'),
  });
});

it('takes the smaller one, whichever it is, and nothing else of the policy', () => {
  const quota = fc.integer({ min: 1, max: 1000 });
  fc.assert(
    fc.property(quota, quota, fc.option(quota), (said, real, peerings) => {
      const given = policyOf({ guardrails: { routesPerTable: said } });
      const { guardrails, ...others } = withRealQuotas(given, {
        routesPerTable: real,
        ...(peerings === null ? {} : { peeringsPerVpc: peerings }),
      });
      expect(guardrails).toEqual({
        ...given.guardrails,
        routesPerTable: Math.min(said, real),
        peeringsPerVpc: Math.min(
          given.guardrails.peeringsPerVpc,
          peerings ?? given.guardrails.peeringsPerVpc,
        ),
      });
      expect({ ...others, guardrails: given.guardrails }).toEqual(given);
    }),
  );
});

it('warns of a quota that the account has not, and of none that it exceeds', () => {
  expect(accountCheck(REGION, policy, { routesPerTable: 50 })).toMatchObject({
    result: 'warn',
    says: "The account's quota of routes per route table is 50, and guardrails.routesPerTable says 500.",
  });
  expect(accountCheck(REGION, policy, { routesPerTable: 1000, peeringsPerVpc: 50 })).toMatchObject({
    result: 'pass',
  });
});
