import fc from 'fast-check';
import type { Hint } from '../../lib/model/hint.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { type Scenario, scenarioArbitrary } from '../support/arbitraries.ts';
import { OWN, PEER, peering, REGION, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws } from '../support/memory-aws.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { decideRequests, syncRoutes } from '../support/passes.ts';
import { runs } from '../support/runs.ts';

/** Invariant 1: a forged, stale, duplicated or reordered event changes nothing that a sweep would not. */

const RUNS = { numRuns: runs(100) };
const NOW = new Date('2026-03-01T12:00:00Z');

/** Whatever an event may say: of things that exist and things that don't, with causes that fit or lie. */
const hintArbitrary: fc.Arbitrary<Hint> = fc
  .record({
    place: fc.oneof(
      fc.constant({ kind: 'region' as const }),
      fc.constantFrom('pcx-1', 'pcx-2', 'pcx-3', 'pcx-vanished').map((peeringId) => ({
        kind: 'peering' as const,
        peeringId,
      })),
      fc.constantFrom('vpc-a', 'vpc-b', 'vpc-nowhere').map((vpcId) => ({ kind: 'vpc' as const, vpcId })),
      fc.constantFrom('rtb-1', 'rtb-2', 'rtb-nowhere').map((routeTableId) => ({
        kind: 'route-table' as const,
        routeTableId,
        destination: '10.64.0.0/16',
      })),
    ),
    cause: fc.constantFrom(
      ...['CreateVpcPeeringConnection', 'AcceptVpcPeeringConnection', 'DeleteVpcPeeringConnection'],
      ...[
        'Peering Accepted',
        'Peering Requested',
        'DeleteRoute',
        'Tag Change on Resource',
        'Routes Remaining',
      ],
    ),
  })
  .map(({ place, cause }) => ({ ...place, region: REGION, cause, actor: 'somebody' }));

const deliveryArbitrary = fc.array(
  fc.record({
    hint: hintArbitrary,
    to: fc.constantFrom('accept' as const, 'sync' as const),
  }),
  { maxLength: 6 },
);

const LOCAL = [
  vpc('vpc-a', ['10.1.0.0/16'], { tags: { Environment: 'prod' } }),
  vpc('vpc-b', ['10.2.0.0/16']),
];
const REMOTE = [
  vpc('vpc-r1', ['10.64.0.0/16'], { accountId: PEER }),
  vpc('vpc-r2', ['10.64.0.0/16', '2001:db8:64::/56'], { accountId: PEER }),
  vpc('vpc-r3', ['10.65.0.0/16'], { accountId: STRANGER }),
];

/** Requests of other accounts for our VPCs, some of them for the same addresses. */
const requestsArbitrary = fc
  .array(fc.record({ to: fc.constantFrom(...LOCAL), from: fc.constantFrom(...REMOTE) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pairs) =>
    pairs.map(({ to, from }, index) =>
      peering(`pcx-${index + 1}`, from, to, { status: 'pending-acceptance' }),
    ),
  );

type Delivery = { readonly hint: Hint; readonly to: 'accept' | 'sync' };

function awsOf({ account }: Scenario): MemoryAws {
  // As EC2 shows it: routes of peerings that are not active are blackholes.
  const { peerings, vpcs, tables } = createMemoryEc2(account).account();
  return createMemoryAws({ peerings: [...peerings], vpcs: [...vpcs], tables: [...tables] });
}

async function deliver(aws: MemoryAws, policy: Policy, { hint, to }: Delivery): Promise<void> {
  const dependencies = {
    ...aws,
    accountId: OWN,
    policy,
    managedRegions: [REGION],
    pace: createPace({ now: () => 0, sleep: async () => undefined }),
    now: () => NOW,
  };
  if (to === 'accept') await decideRequests(hint, dependencies);
  if (to === 'sync') await syncRoutes(hint, dependencies);
}

const swept: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

/** Two sweeps: the first one may adopt routes that it finds in place, and `onUntag: remove` goes by that in the second. */
async function settle(aws: MemoryAws, policy: Policy): Promise<void> {
  await sweep(aws, policy);
  await sweep(aws, policy);
}

async function sweep(aws: MemoryAws, policy: Policy): Promise<void> {
  await deliver(aws, policy, { hint: swept, to: 'accept' });
  await deliver(aws, policy, { hint: swept, to: 'sync' });
}

function endOf({ state }: MemoryAws) {
  return {
    peerings: state.peerings,
    tables: state.tables.map(({ routes, ...table }) => ({
      ...table,
      routes: routes.map(({ destination, target }) => `${destination} ${target.id}`).sort(),
    })),
  };
}

const isPending = (status: string) => status === 'pending-acceptance' || status === 'initiating-request';

describe('whatever events arrive, however often and in whatever order', () => {
  it('the end is that of sweeps alone', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, deliveryArbitrary, async (scenario, deliveries) => {
        // Which of two requests for the same addresses comes first does matter; that is the next property's.
        const peerings = scenario.account.peerings.filter(({ status }) => !isPending(status));
        const settled = { ...scenario, account: { ...scenario.account, peerings } };
        const alone = awsOf(settled);
        await settle(alone, scenario.policy);
        const pestered = awsOf(settled);
        for (const delivery of deliveries) await deliver(pestered, scenario.policy, delivery);
        await settle(pestered, scenario.policy);
        expect(endOf(pestered)).toEqual(endOf(alone));
      }),
      RUNS,
    );
  });

  it('only requests are accepted or rejected that the policy accepts or rejects by themselves', async () => {
    let carriedOut = 0;
    await fc.assert(
      fc.asyncProperty(
        requestsArbitrary,
        scenarioArbitrary,
        deliveryArbitrary,
        async (requests, scenario, deliveries) => {
          const { policy } = scenario;
          const only = (peerings: readonly Peering[]) =>
            createMemoryAws({
              peerings: [...peerings],
              vpcs: [...LOCAL],
              tables: LOCAL.map((each, index) => table(`rtb-${index + 1}`, each, [], { optIn: '*' })),
            });
          const pestered = only(requests);
          for (const delivery of deliveries) await deliver(pestered, policy, delivery);
          for (const { peeringId, status } of pestered.state.peerings) {
            if (isPending(status)) continue;
            carriedOut += 1;
            const itself = only(requests.filter((each) => each.peeringId === peeringId));
            await sweep(itself, policy);
            expect(itself.state.peerings[0]?.status).toBe(status);
          }
        },
      ),
      RUNS,
    );
    // Without any the property would say nothing.
    expect(carriedOut).toBeGreaterThan(10);
  });

  it('a second sweep writes nothing and tells nothing that the first has told', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, deliveryArbitrary, async (scenario, deliveries) => {
        const aws = awsOf(scenario);
        for (const delivery of deliveries) await deliver(aws, scenario.policy, delivery);
        await sweep(aws, scenario.policy);
        await sweep(aws, scenario.policy);
        const counts = () =>
          [aws.writes, aws.memory.writes(), aws.notifications, aws.events].map(({ length }) => length);
        const before = counts();
        await sweep(aws, scenario.policy);
        expect(counts()).toEqual(before);
      }),
      RUNS,
    );
  });

  it('mode observe writes nothing at all, in EC2 or in what is remembered', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, deliveryArbitrary, async (scenario, deliveries) => {
        const { peerings, vpcs, tables } = createMemoryEc2(scenario.account).account();
        const state = { peerings: [...peerings], vpcs: [...vpcs], tables: [...tables] };
        const aws = createMemoryAws(state, { mode: 'observe' });
        const policy = { ...scenario.policy, mode: 'observe' as const };
        for (const delivery of deliveries) await deliver(aws, policy, delivery);
        await sweep(aws, policy);
        expect([aws.writes, aws.memory.writes()]).toEqual([[], []]);
        expect(aws.state).toEqual({ peerings, vpcs, tables });
      }),
      RUNS,
    );
  });
});
