import { changeRoutes } from '../../cli/apply/change-routes.ts';
import type { Work } from '../../cli/apply/work.ts';
import { assess } from '../../cli/assess.ts';
import { onePolicy } from '../../cli/policy.ts';
import type { Source } from '../../cli/source/types.ts';
import type { Invocation } from '../../cli/verb.ts';
import type { Change } from '../../lib/model/change.ts';
import type { MemoryUpdate } from '../../lib/model/memory.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { appliedChanges, heldBackText, isHeldBack } from '../../lib/report/held.ts';
import type { PlannedChange } from '../../lib/report/shown-assessment.ts';
import { inventory, OWN, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';
import { EMPTY_CONNECTIVITY } from '../support/memory-connectivity.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { createMemoryStore } from '../support/memory-store.ts';

/** `peering apply` on routes, against an account in memory: what is made, what is left, and what is remembered. */

const A = vpc('vpc-a', ['10.1.0.0/16']);
const MANY = Array.from({ length: 12 }, (_, index) => `10.${100 + index}.0.0/16`);
const B = vpc('vpc-b', MANY);

const none = () => undefined;
const INVOCATION: Invocation = {
  options: {},
  positionals: [],
  commands: [],
  output: { line: none, json: none, raw: none, note: none, paint: (text) => text },
  progress: { doing: none, step: none, done: none },
  environment: {},
  ifInterrupted: none,
};

function world(policy: Policy, routes: 'there' | 'missing', own: readonly MemoryUpdate[] = []) {
  const written = routes === 'there' ? MANY.map((cidr) => route(cidr, 'pcx-1')) : [];
  const back = table('rtb-b', B, [route('10.1.0.0/16', 'pcx-1')]);
  const network = inventory({
    vpcs: [A, B],
    peerings: [peering('pcx-1', A, B)],
    tables: [table('rtb-a', A, written, { optIn: '*' }), back],
  });
  const ec2 = createMemoryEc2({
    accountId: network.accountId,
    region: network.region,
    peerings: network.peerings,
    tables: network.tables,
    vpcs: [A, B],
  });
  const store = createMemoryStore();
  const source: Source = {
    kind: 'live',
    scopes: [
      {
        accountId: OWN,
        region: REGION,
        reader: {
          readPeerings: async () => [...network.peerings],
          readVpcs: async () => [A, B],
          readTables: async () => [...ec2.account().tables],
        },
        connectivity: EMPTY_CONNECTIVITY,
        readMemory: () => store.read(REGION),
      },
    ],
    memory: async () => store,
    notes: () => [],
  };
  const policies = onePolicy(policy, 'peering-policy.yml');
  const plan = () => assess(INVOCATION, policies, source);
  const remembered = store.update(REGION, own);
  const apply = async (choose: (changes: readonly PlannedChange[]) => PlannedChange[]) => {
    await remembered;
    const shownPlan = await plan();
    const [scope] = source.scopes;
    if (scope === undefined) throw new Error('There is a scope.');
    const work: Work = {
      invocation: INVOCATION,
      accountId: OWN,
      policies,
      policy,
      managedRegions: [REGION],
      shownPlan,
      reader: scope.reader,
      writer: {
        requestPeering: async () => ({ outcome: 'done' }),
        deletePeering: async () => 'done',
        acceptPeering: async () => 'done',
        rejectPeering: async () => 'done',
        tag: async () => 'done',
        createRoute: async (region, routeTableId, destination, peeringId) => {
          await ec2.createRoute({ region, routeTableId, destination, peeringId });
          return 'done';
        },
        replaceRoute: async (region, routeTableId, destination, peeringId) => {
          await ec2.replaceRoute({ region, routeTableId, destination, peeringId });
          return 'done';
        },
        deleteRoute: async (region, routeTableId, destination) => {
          await ec2.deleteRoute({ region, routeTableId, destination });
          return 'done';
        },
        setDnsResolution: async () => 'done',
      },
      memory: store,
      pace: { take: async () => 'taken', drain: none, refill: async () => undefined },
      journal: {
        info: none,
        warn: none,
        error: none,
        metric: none,
        steadyMetric: none,
        kindMetric: none,
        peeringMetric: none,
      },
    };
    return changeRoutes(work, await plan(), choose(shownPlan.changes));
  };
  return { ec2, store, plan, apply };
}

const OWN_ROUTES = MANY.map(
  (destination): MemoryUpdate => ({
    kind: 'own',
    routeTableId: 'rtb-a',
    destination,
    peeringId: 'pcx-1',
    rule: 'peers',
  }),
);

/** Matches nothing any more, and says that routes then go. */
const EMPTIED = policyOf({
  drift: { onUntag: 'remove' },
  rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['999999999999'] } }],
});

describe('peering apply', () => {
  it('makes what was agreed on, and remembers the routes as the product’s own', async () => {
    const { ec2, store, plan, apply } = world(policyOf(), 'missing');
    const done = await apply((changes) => [...changes]);
    expect(done.left).toEqual([]);
    expect(ec2.writes).toHaveLength(MANY.length);
    const { routes } = await store.read(REGION);
    expect([...(routes.get('rtb-a')?.keys() ?? [])].sort()).toEqual([...MANY].sort());
    expect((await plan()).changes).toEqual([]);
  });

  it('deletes too many at once only when a person let it through', async () => {
    const { ec2, store, plan, apply } = world(EMPTIED, 'there', OWN_ROUTES);
    const { changes } = await plan();
    expect(new Set(changes.map(({ heldBy }) => heldBy))).toEqual(new Set(['mass-delete']));
    expect(changes).toHaveLength(12);
    expect(heldBackText({ changes })).toBe(
      '12 changes (too many deletes at once, guardrails.maxDeletesPercent)',
    );

    const refused = await apply(() => []);
    expect(ec2.writes).toEqual([]);
    expect(refused.left).toEqual([expect.stringContaining('12 changes have come up')]);

    const done = await apply(appliedChanges);
    expect(done.left).toEqual([]);
    expect(ec2.writes.filter(({ operation }) => operation === 'deleteRoute')).toHaveLength(12);
    expect((await store.read(REGION)).routes.get('rtb-a') ?? new Map()).toEqual(new Map());
  });

  it('makes no delete that has become one of too many since it was shown', async () => {
    const { ec2, apply } = world(EMPTIED, 'there', OWN_ROUTES);
    await apply((changes) => changes.map(({ heldBy: _, ...change }) => change));
    expect(ec2.writes).toEqual([]);
  });

  it('says what it could not remember, though the routes are made', async () => {
    const { ec2, store, apply } = world(policyOf(), 'missing');
    const update = store.update;
    Object.assign(store, {
      update: async () => {
        throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
      },
    });
    const done = await apply((changes) => [...changes]);
    expect(ec2.writes).toHaveLength(MANY.length);
    expect(done.left).toEqual([expect.stringMatching(/could not be remembered.* not authorized/)]);
    Object.assign(store, { update });
  });
});

describe('what apply makes of held changes', () => {
  const change = (heldBy: Change['heldBy'], routeTableId = 'rtb-a'): PlannedChange => ({
    accountId: OWN,
    action: 'create',
    region: REGION,
    routeTableId,
    destination: '10.2.0.0/16',
    peeringId: 'pcx-1',
    reason: '',
    ...(heldBy === undefined ? {} : { heldBy }),
  });

  it('is all but what something keeps undoing, and what waits for that', () => {
    const changes = [
      change(undefined),
      change('acceptance'),
      change('repair-off'),
      change('mass-delete'),
      change('gap'),
      change('contested', 'rtb-b'),
      change('gap', 'rtb-b'),
      change('activation', 'rtb-c'),
      change('gap', 'rtb-c'),
    ];
    expect(appliedChanges(changes)).toEqual(changes.slice(0, 5));
    expect(changes.filter(isHeldBack)).toEqual(changes.slice(2));
    expect(heldBackText({ changes })).toMatch(
      /^7 changes \(drift\.repair is off: 1; too many deletes at once/,
    );
    expect(heldBackText({ changes: [change(undefined)] })).toBeUndefined();
  });
});
