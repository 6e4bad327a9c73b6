import fc from 'fast-check';
import { assess } from '../../lib/assessment/assess.ts';
import { connectionsOf } from '../../lib/connect/connect.ts';
import type { Vpc } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { peering, route, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';
import { runs } from '../support/runs.ts';

/** Requests that come next and that route tables would hold: told before they are made. */

const tagged = (id: string, role: string, cidr: string) =>
  vpc(`vpc-${id}`, [cidr], { tags: { Role: role, Name: `${role}-${id}` } });
const hub = tagged('h', 'hub', '10.1.0.0/16');
const spoke = tagged('s', 'spoke', '10.2.0.0/16');
const other = tagged('t', 'spoke', '10.3.0.0/16');

interface World {
  readonly vpcs?: readonly Vpc[];
  readonly routes?: readonly Route[];
  readonly effect?: string;
}

const policyWith = (effect = 'accept') => ({
  rules: [{ name: 'all', effect, remote: { accounts: ['self'] } }],
  connect: [{ name: 'shared', hub: { tags: { Role: 'hub' } }, spokes: { tags: { Role: 'spoke' } } }],
});

function judgingWith({ vpcs = [hub, spoke], routes = [], effect }: World) {
  const tables = vpcs.map((each) =>
    table(`rtb-${each.vpcId}`, each, each === hub ? routes : [], { optIn: '*' }),
  );
  return judgingOf({ vpcs, peerings: [], tables }, policyWith(effect));
}

function warned(world: World): readonly string[] {
  const { state, policy, memory, now } = judgingWith(world);
  const connections = connectionsOf(state, policy, memory, now);
  return assess({ ...state, connections }, policy, memory, now).warnings;
}

const TGW = route('10.2.0.0/16', 'tgw-1');

describe('a request that comes next', () => {
  it('is warned of where a route of another has its addresses, by names and not by an id that it has not', () => {
    expect(warned({ vpcs: [hub, spoke, other], routes: [TGW] })).toEqual([
      expect.stringMatching(
        /^Connection shared: the request hub-h-to-spoke-s \(vpc-h, vpc-s\) that comes next would be held: .*10\.2\.0\.0\/16 overlaps 10\.2\.0\.0\/16, which already goes to tgw-1/,
      ),
    ]);
  });

  it.each<[string, World]>([
    ['nothing is in its way', {}],
    ['a rule leaves it to a person', { routes: [TGW], effect: 'hold' }],
  ])('is not where %s', (_, world) => {
    expect(warned(world)).toEqual([]);
  });

  it('is warned of just where it is held once it is made', () => {
    const routes = fc
      .uniqueArray(
        fc.tuple(
          fc.constantFrom('10.2.0.0/16', '10.2.7.0/24', '10.0.0.0/8', '0.0.0.0/0', '10.3.0.0/16'),
          fc.constantFrom('tgw-1', 'nat-1', 'pcx-gone'),
        ),
        { selector: ([destination]) => destination, maxLength: 3 },
      )
      .map((list) =>
        list.map(([to, target]) => route(to, target, target === 'nat-1' ? { state: 'blackhole' } : {})),
      );
    let held = 0;
    fc.assert(
      fc.property(routes, (there) => {
        const request = peering('pcx-1', hub, spoke, { status: 'pending-acceptance' });
        const { state, ...judging } = judgingWith({ routes: there });
        const [read] = state.regions;
        const regions = read === undefined ? [] : [{ ...read, peerings: [request] }];
        const [made] = assessmentOf({ ...judging, state: { ...state, regions } }).requests;
        expect(warned({ routes: there }).length).toBe(made?.decision.decision === 'hold' ? 1 : 0);
        held += made?.decision.decision === 'hold' ? 1 : 0;
      }),
      { numRuns: runs(200) },
    );
    expect(held).toBeGreaterThan(0);
  });
});
