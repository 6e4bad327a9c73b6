import fc from 'fast-check';
import { connectionsOf } from '../../lib/connect/connect.ts';
import { OUTSTANDING_REQUESTS } from '../../lib/connect/limits.ts';
import { roomOf } from '../../lib/connect/room.ts';
import type { ConnectState } from '../../lib/connect/state.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import { pairKey } from '../../lib/model/pair.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import { overlaps, parseCidr } from '../../lib/network/cidr.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { createConnectWorld } from '../support/connect-world.ts';
import { OWN, peering, policyOf, REGION, vpc } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';
import { runs } from '../support/runs.ts';

/** Whatever VPCs there are, however they are tagged, and whatever somebody peered before. */

const FAR = 'eu-west-1';
const NOW = new Date('2026-03-01T12:00:00Z');
const idOf = (index: number) => `vpc-${(0xa0000000 + index).toString(16)}`;

/** Few blocks, so that some overlap. */
const vpcsArbitrary: fc.Arbitrary<Vpc[]> = fc
  .array(
    fc.record({
      region: fc.constantFrom(REGION, FAR),
      tags: fc.constantFrom<Record<string, string>[]>(
        {},
        { Role: 'hub' },
        { Role: 'spoke' },
        { Mesh: 'core' },
        { Role: 'hub', Mesh: 'core' },
        { Role: 'spoke', Mesh: 'core' },
      ),
      block: fc.integer({ min: 0, max: 30 }),
      second: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
    }),
    { maxLength: 9 },
  )
  .map((made) =>
    made.map(({ region, tags, block, second }, index) =>
      vpc(idOf(index), [`10.${block}.0.0/16`, ...(second === undefined ? [] : [`10.${second}.128.0/17`])], {
        region,
        tags,
      }),
    ),
  );

const policyArbitrary: fc.Arbitrary<Policy> = fc
  .record({
    maxRequests: fc.constantFrom(0, 3, 1000),
    peeringsPerVpc: fc.constantFrom(3, 8, 50),
    onLeave: fc.constantFrom('keep', 'delete'),
    both: fc.boolean(),
  })
  .map(({ maxRequests, peeringsPerVpc, onLeave, both }) =>
    policyOf({
      regions: [REGION, FAR],
      guardrails: { maxRequests, peeringsPerVpc, quotaHeadroom: 1 },
      mesh: { tags: { Mesh: 'core' }, onLeave },
      connect: [
        { name: 'shared', hub: { tags: { Role: 'hub' } }, spokes: { tags: { Role: 'spoke' } }, onLeave },
        ...(both
          ? [{ name: 'turned', hub: { tags: { Role: 'spoke' } }, spokes: { tags: { Role: 'hub' } }, onLeave }]
          : []),
      ],
    }),
  );

/** Indexes of two VPCs and a status, for peerings that are there. */
const peeringsArbitrary = fc.array(
  fc.tuple(
    fc.nat({ max: 8 }),
    fc.nat({ max: 8 }),
    fc.constantFrom<Peering['status'][]>('active', 'pending-acceptance', 'rejected', 'failed', 'deleted'),
  ),
  { maxLength: 6 },
);

function stateOf(
  vpcs: readonly Vpc[],
  made: readonly (readonly [number, number, Peering['status']])[],
): ConnectState {
  const peerings = made.flatMap(([a, b, status], index) => {
    const [requester, accepter] = [vpcs[a], vpcs[b]];
    return requester === undefined || accepter === undefined || a === b
      ? []
      : [peering(`pcx-${(0xb0000000 + index).toString(16)}`, requester, accepter, { status })];
  });
  return {
    accountId: OWN,
    managedRegions: [REGION, FAR],
    regions: [REGION, FAR].map(
      (region): RegionInventory => ({
        accountId: OWN,
        region,
        vpcs: new Map(vpcs.filter((each) => each.region === region).map((each) => [each.vpcId, each])),
        peerings: peerings.filter((each) => [each.requester.region, each.accepter.region].includes(region)),
        tables: [],
      }),
    ),
  };
}

const memory = new Map([REGION, FAR].map((region) => [region, NOTHING_REMEMBERED]));

function backwards(state: ConnectState): ConnectState {
  return {
    ...state,
    regions: [...state.regions].reverse().map((inventory) => ({
      ...inventory,
      peerings: [...inventory.peerings].reverse(),
      vpcs: new Map([...inventory.vpcs].reverse()),
    })),
  };
}

describe('what is judged', () => {
  it('names each pair once, and says the same in whatever order it was read', () => {
    fc.assert(
      fc.property(vpcsArbitrary, policyArbitrary, peeringsArbitrary, (vpcs, policy, made) => {
        const state = stateOf(vpcs, made);
        const { pairs, problems } = connectionsOf(state, policy, memory, NOW);
        expect(new Set(pairs.map(({ key }) => key)).size).toBe(pairs.length);
        for (const { key, requester, accepter } of pairs) {
          expect(key).toBe(pairKey(accepter.vpcId, requester.vpcId));
        }
        const again = connectionsOf(backwards(state), policy, memory, NOW);
        expect({ pairs: again.pairs, problems: again.problems }).toEqual({ pairs, problems });
      }),
      { numRuns: runs(300) },
    );
  });

  it('requests nothing that overlaps, is there already, or goes beyond a quota', () => {
    fc.assert(
      fc.property(vpcsArbitrary, policyArbitrary, peeringsArbitrary, (vpcs, policy, made) => {
        const state = stateOf(vpcs, made);
        const { pairs } = connectionsOf(state, policy, memory, NOW);
        const byId = new Map(vpcs.map((each) => [each.vpcId, each]));
        const live = state.regions
          .flatMap(({ peerings }) => peerings)
          .filter(({ status }) => status === 'active' || status === 'pending-acceptance');
        const requests = pairs.filter(({ state: of }) => of === 'to-request');
        for (const { requester, accepter } of requests) {
          const [a = [], b = []] = [requester, accepter].map(({ vpcId }) => byId.get(vpcId)?.cidrs);
          expect(a.some((one) => b.some((other) => overlaps(parseCidr(one), parseCidr(other))))).toBe(false);
          const key = pairKey(requester.vpcId, accepter.vpcId);
          expect(live.some((each) => pairKey(each.requester.vpcId, each.accepter.vpcId) === key)).toBe(false);
        }
        for (const { vpcId } of vpcs) {
          const has = new Set(
            live
              .filter((each) => [each.requester.vpcId, each.accepter.vpcId].includes(vpcId))
              .map(({ peeringId }) => peeringId),
          ).size;
          const gets = requests.filter((each) =>
            [each.requester.vpcId, each.accepter.vpcId].includes(vpcId),
          ).length;
          if (gets > 0) expect(has + gets).toBeLessThanOrEqual(roomOf(policy));
        }
        for (const region of [REGION, FAR]) {
          expect(requests.filter(({ requester }) => requester.region === region).length).toBeLessThanOrEqual(
            OUTSTANDING_REQUESTS,
          );
        }
        const free = requests.filter(({ heldBy }) => heldBy === undefined);
        expect(free.length).toBeLessThanOrEqual(policy.guardrails.maxRequests ?? 0);
      }),
      { numRuns: runs(300) },
    );
  });
});

const FAULTS = [
  awsError('RequestTimeout', 'no answer', 503),
  awsError('RequestLimitExceeded', 'slow down'),
  awsError('InternalError', 'something broke', 500),
];

it('nothing is requested while a Region is not read: with it there may be more than is let through', () => {
  fc.assert(
    fc.property(vpcsArbitrary, policyArbitrary, (vpcs, policy) => {
      const { regions, ...rest } = stateOf(vpcs, []);
      const state = { ...rest, regions: regions.filter(({ region }) => region === REGION) };
      const { pairs } = connectionsOf(state, policy, memory, NOW);
      expect(pairs.filter(({ state: of }) => of === 'to-request')).toEqual([]);
    }),
    { numRuns: runs(50) },
  );
});

describe('what is done', () => {
  it('converges whatever calls fail: one live peering for each pair that can be, nothing twice, then silence', async () => {
    await fc.assert(
      fc.asyncProperty(
        vpcsArbitrary,
        policyArbitrary,
        fc.array(fc.tuple(fc.nat({ max: 60 }), fc.boolean(), fc.nat({ max: 2 })), { maxLength: 8 }),
        async (vpcs, policy, faults) => {
          const struck = new Map(faults.map(([index, isAfter, which]) => [index, { isAfter, which }]));
          let calls = 0;
          const world = createConnectWorld(vpcs, policy, {
            fault: () => {
              const fault = struck.get(calls++);
              const error = FAULTS[fault?.which ?? 0];
              return fault === undefined || error === undefined
                ? undefined
                : { when: fault.isAfter ? 'after' : 'before', error };
            },
          });
          for (let look = 0; look < 30; look += 1) {
            await world.look();
            world.ec2.acceptAll();
            world.pass(4);
          }
          const keys = world.ec2
            .peerings()
            .map(({ requester, accepter }) => pairKey(requester.vpcId, accepter.vpcId));
          expect(new Set(keys).size).toBe(keys.length);
          expect(world.ec2.peerings().every(({ status }) => status === 'active')).toBe(true);
          const state = stateOf(world.ec2.vpcs, []);
          const { pairs } = connectionsOf(state, policy, memory, NOW);
          // Judged as if there were none: what is possible, and not too much at once, is there now. Where a VPC has room for some of
          // its pairs only, calls that failed may have let others come first: then nothing more fits.
          const wanted = pairs.filter(({ state: of }) => of === 'to-request' || of === 'waits');
          const ends = keys.flatMap((key) => key.split(' '));
          const limit = policy.guardrails.peeringsPerVpc - policy.guardrails.quotaHeadroom;
          const isFull = (vpcId: string) => ends.filter((end) => end === vpcId).length >= limit;
          const allowed = new Set(wanted.map(({ key }) => key));
          expect(keys.filter((key) => !allowed.has(key))).toEqual([]);
          const held = wanted.some(({ heldBy }) => heldBy !== undefined);
          if (held) expect(keys).toEqual([]);
          const missing = wanted.filter(
            ({ key, requester, accepter }) =>
              !held && !keys.includes(key) && ![requester, accepter].some(({ vpcId }) => isFull(vpcId)),
          );
          expect(missing.map(({ key }) => key)).toEqual([]);
          const [made, written, told] = [
            world.ec2.requestsMade().length,
            world.memory.writes().length,
            world.notifications.length,
          ];
          world.pass(90);
          await world.look();
          world.pass(90);
          await world.look();
          expect(world.ec2.requestsMade()).toHaveLength(made);
          expect(world.notifications).toHaveLength(told);
          expect(world.memory.writes()).toHaveLength(written);
        },
      ),
      { numRuns: runs(60) },
    );
  });
});
