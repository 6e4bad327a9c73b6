import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAddressPlan, writeAddressPlan } from '../../cli/source/saved-address-plan.ts';
import type { PlanReading, PoolAllocation } from '../../lib/model/address-plan.ts';
import {
  allocation,
  BY_POOL,
  BY_SCOPE,
  OTHER_POOL,
  POOL,
  SCOPE,
  scoped,
  scopePlan,
} from '../support/address-plans.ts';
import { PEER, policyOf } from '../support/fixtures.ts';

/** What a snapshot keeps of IPAM. */

const ITEMS = [
  allocation('10.64.0.0/16'),
  allocation('2001:db8::/56', { resourceType: 'vpc', resourceId: 'vpc-0a1b2c3d' }),
];
const SHOWN = scoped('10.64.0.0/16', 'vpc-0a1b2c3d', { region: 'eu-west-1' });
const POOLS = [...BY_POOL.pools, { id: OTHER_POOL, region: 'eu-west-1' }];
const named = (ipam: object) => {
  const { guardrails } = policyOf({ guardrails: { ipam } });
  if (guardrails.ipam === undefined) throw new Error('the policy names no plan');
  return guardrails.ipam;
};

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'peering-address-plan-'));
  path = join(directory, 'AddressPlan.json');
  const denied = { unread: { reason: 'denied', kind: 'denied', retry: false } } as const;
  writeAddressPlan(directory, [
    {
      named: named({ pools: POOLS, ...BY_SCOPE }),
      plan: {
        ...scopePlan(SHOWN),
        pools: new Map<string, PlanReading<PoolAllocation>>([
          [POOL, { items: ITEMS }],
          [OTHER_POOL, denied],
        ]),
      },
    },
  ]);
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('answers what was answered, and of what could not be read why', async () => {
  const plan = await readAddressPlan(directory).lookUp(named({ pools: POOLS, ...BY_SCOPE }));
  expect(plan.pools.get(POOL)).toEqual({ items: ITEMS });
  expect(plan.pools.get(OTHER_POOL)).toEqual({ unread: { reason: 'denied', kind: 'unknown', retry: false } });
  expect(plan.scope).toEqual({ items: [SHOWN] });
});

it('takes what the AWS CLI prints, as it is', async () => {
  const answer = {
    IpamPoolAllocations: [
      {
        Cidr: '10.64.0.0/16',
        IpamPoolAllocationId: 'ipam-pool-alloc-0e6186d73999e47389266a5d6991e6220',
        ResourceType: 'custom',
        ResourceOwner: PEER,
      },
    ],
  };
  writeFileSync(path, JSON.stringify({ Pools: { [POOL]: answer } }));
  const plan = await readAddressPlan(directory).lookUp(named(BY_POOL));
  expect(plan.pools.get(POOL)).toEqual({ items: [allocation('10.64.0.0/16')] });
});

it('says that what it does not hold is not known, also without any file', async () => {
  const unknown = {
    unread: { reason: expect.stringContaining('save it again'), kind: 'unknown', retry: false },
  };
  const other = named({
    pools: [{ id: 'ipam-pool-0fffffffffffffff0', region: 'eu-west-1' }],
    scope: { id: 'ipam-scope-0ffff0000', region: 'eu-west-1' },
  });
  for (const place of [directory, join(directory, 'nowhere')]) {
    const plan = await readAddressPlan(place).lookUp(other);
    expect(plan.pools.get('ipam-pool-0fffffffffffffff0')).toEqual(unknown);
    expect(plan.scope).toEqual(unknown);
  }
});

it.each([
  ['an item that is none', (text: string) => text.replace('"Cidr": "10.64.0.0/16"', '"Cidr": 7')],
  [
    'one page of several',
    (text: string) => text.replace('"IpamPoolAllocations"', '"NextToken": "x", "IpamPoolAllocations"'),
  ],
])('refuses %s', async (_, spoil) => {
  writeFileSync(path, spoil(readFileSync(path, 'utf8')));
  const lookup = readAddressPlan(directory);
  await expect(lookup.lookUp(named(BY_POOL))).rejects.toThrow(`says nothing readable of ${POOL}`);
  await expect(lookup.lookUp(named(BY_SCOPE))).resolves.toMatchObject({ scope: { items: [SHOWN] } });
  expect(SCOPE).toBe(BY_SCOPE.scope.id);
});
