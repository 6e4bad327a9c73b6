import { assess } from '../../lib/assessment/assess.ts';
import { append } from '../../lib/model/append.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import { inventory, OWN, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';

/** More than a call has room for as arguments: about 120,000 on V8. */
const MANY = 200_000;

it('a list of any length is put behind another one', () => {
  const list = [-1];
  append(
    list,
    Array.from({ length: MANY }, (_, index) => index),
  );
  expect(list).toHaveLength(MANY + 1);
  expect([list[0], list.at(-1)]).toEqual([-1, MANY - 1]);
});

it('an account in which more is found than fits into one call is judged', () => {
  const here = vpc('vpc-a', ['10.1.0.0/16']);
  const there = vpc('vpc-b', ['10.2.0.0/16'], { accountId: '222222222222' });
  const beyond = Array.from({ length: MANY }, (_, index) =>
    route(`100.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}/32`, 'pcx-1'),
  );
  const { findings } = assess(
    {
      accountId: OWN,
      managedRegions: [REGION],
      regions: [
        inventory({
          peerings: [peering('pcx-1', there, here)],
          vpcs: [here],
          tables: [table('rtb-a', here, [route('10.2.0.0/16', 'pcx-1'), ...beyond], { optIn: '*' })],
        }),
      ],
    },
    policyOf(),
    new Map([[REGION, NOTHING_REMEMBERED]]),
    new Date('2026-03-01T12:00:00Z'),
  );
  expect(findings.filter(({ kind }) => kind === 'unexpected')).toHaveLength(MANY);
});
