import fc from 'fast-check';
import type { PeerSubnets } from '../../lib/model/peer-subnets.ts';
import { inCidr, parseAddress, parseCidr } from '../../lib/network/cidr.ts';
import { applyPlan } from '../../lib/passes/apply-changes.ts';
import { updatesAfter } from '../../lib/passes/remember.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { OWN, PREFIX, peering, policyOf, REGION, subnet, table, vpc } from '../support/fixtures.ts';
import { type Account, awsError, createMemoryEc2, type Fault } from '../support/memory-ec2.ts';
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts';
import { PLAN_NOW, planOf } from '../support/plan-of.ts';
import { runs } from '../support/runs.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

/** What is routed while subnets get and lose tags, come and go, or a rule goes from blocks to subnets and back. */

const A = vpc('vpc-a', ['10.1.0.0/16']);
/** In another Region, so that just the table of A is looked at. */
const B = vpc('vpc-b', ['10.2.0.0/20', '2001:db8:2::/56'], { region: 'eu-west-1' });

/** One in each block that subnets, destinations and exclusions of the test are made of. */
const ADDRESSES = [
  ...Array.from({ length: 16 }, (_, part) => [`10.2.${part}.1`, `10.2.${part}.201`]).flat(),
  ...Array.from({ length: 4 }, (_, part) => `2001:db8:2:${part}::1`),
  '10.9.0.1',
].map((text) => parseAddress(text));

const CIDRS = [
  '10.2.0.0/24',
  '10.2.1.0/24',
  '10.2.2.0/23',
  '10.2.8.0/25',
  '10.2.8.128/25',
  '10.2.4.0/22',
  '2001:db8:2::/64',
  '2001:db8:2:3::/64',
];

const ofB: fc.Arbitrary<PeerSubnets> = fc
  .record({
    there: fc.subarray(CIDRS),
    tiers: fc.array(fc.constantFrom('shared', 'private', 'none'), {
      minLength: CIDRS.length,
      maxLength: CIDRS.length,
    }),
  })
  .map(({ there, tiers }) => ({
    seen: 'all',
    subnets: there.map((cidr, index) =>
      subnet(`subnet-${index}`, B, cidr, tiers[index] === 'none' ? {} : { Tier: tiers[index] ?? '' }),
    ),
  }));

const policy: fc.Arbitrary<Policy> = fc
  .record({
    destinations: fc.constantFrom<unknown[]>(
      { subnetTags: { Tier: 'shared' } },
      { subnetTags: { Tier: 'shared' } },
      { subnetTags: { Tier: '*' } },
      'all',
      ['10.2.0.0/22', '2001:db8:2::/63'],
    ),
    exclude: fc.constantFrom([], [], ['10.2.1.128/25'], ['10.2.8.0/24']),
    routesPerTable: fc.constantFrom(500, 500, 6, 4),
  })
  .map(({ routesPerTable, ...routes }) =>
    policyOf({
      rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self'] }, routes }],
      guardrails: { routesPerTable, maxDeletesPercent: 100 },
    }),
  );

type Moment = { readonly policy: Policy; readonly subnets: PeerSubnets };
const moment: fc.Arbitrary<Moment> = fc.record({ policy, subnets: ofB });

function accountWith({ subnets }: Moment, tables: Account['tables']): Account {
  return {
    accountId: OWN,
    region: REGION,
    vpcs: [A],
    peerings: [peering('pcx-1', A, B)],
    tables,
    peerSubnets: { 'vpc-b': subnets },
  };
}

/** Which of the addresses the table leads to the peering. */
function routed({ tables }: Pick<Account, 'tables'>): Set<number> {
  const blocks = tables
    .flatMap(({ routes }) => routes)
    .filter(({ target }) => target.id === 'pcx-1')
    .map(({ destination }) => parseCidr(destination));
  return indexesIn(blocks.map(({ text }) => text));
}

function indexesIn(cidrs: readonly string[]): Set<number> {
  const blocks = cidrs.map(parseCidr);
  return new Set(
    ADDRESSES.flatMap((address, index) => (blocks.some((block) => inCidr(block, address)) ? [index] : [])),
  );
}

async function pass(
  now: Moment,
  tables: Account['tables'],
  store: MemoryStore,
  options: Parameters<typeof createMemoryEc2>[1] = {},
) {
  const ec2 = createMemoryEc2(accountWith(now, tables), {
    routesPerTable: now.policy.guardrails.routesPerTable,
    ...options,
  });
  const memory = await store.read(REGION);
  const planned = planOf(ec2.inventory(), now.policy, { memory });
  const clock = createSimulatedClock();
  const { outcomes } = await clock.run(
    applyPlan(planned.changes, { ec2, clock, pace: createPace(clock), mode: 'enforce', tagPrefix: PREFIX }),
  );
  await store.update(REGION, updatesAfter({ memory, learned: planned.learned, outcomes, now: PLAN_NOW }));
  return { ec2, wanted: indexesIn(planned.desired.map(({ destination }) => destination)) };
}

const isWithin = (some: ReadonlySet<number>, all: ReadonlySet<number>) =>
  [...some].every((each) => all.has(each));

describe('while what is wanted changes from one set of subnets or blocks to another', () => {
  it('an address that stays wanted is never without its route, and none is routed that was not wanted before or after', async () => {
    await fc.assert(
      fc.asyncProperty(moment, moment, fc.option(fc.nat({ max: 12 })), async (before, after, faultAt) => {
        const store = createMemoryStore();
        const first = await pass(before, [table('rtb-a', A, [], { optIn: '*' })], store);
        const then = routed(first.ec2.account());
        const seen: ReadonlySet<number>[] = [];
        const fault: Fault = { when: 'before', error: awsError('InternalError', 'not now', 500) };
        const second = await pass(after, first.ec2.account().tables, store, {
          onWrite: (_call, account) => seen.push(routed(account)),
          faultAt: (_call, index) => (index === faultAt ? fault : undefined),
        });
        const kept = new Set([...then].filter((each) => second.wanted.has(each)));
        const either = new Set([...then, ...second.wanted]);
        for (const now of seen) {
          expect(isWithin(kept, now)).toBe(true);
          expect(isWithin(now, either)).toBe(true);
        }
        // The next pass ends it: all that is wanted, as far as there is room, and nothing else.
        const last = await pass(after, second.ec2.account().tables, store);
        const end = routed(last.ec2.account());
        expect(isWithin(kept, end)).toBe(true);
        if (after.policy.guardrails.routesPerTable === 500) {
          expect([...end].sort()).toEqual([...last.wanted].sort());
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
