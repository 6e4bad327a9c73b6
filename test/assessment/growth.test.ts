import { assess } from '../../lib/assessment/assess.ts';
import type { NetworkState } from '../../lib/assessment/types.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { reportPage } from '../../lib/report/page.ts';
import { namesOf, type ShownAssessment, shownOf } from '../../lib/report/shown-assessment.ts';
import { statusViews } from '../../lib/report/status-views.ts';
import {
  inventory,
  OWN,
  peering,
  policyOf,
  prefixList,
  REGION,
  route,
  table,
  vpc,
} from '../support/fixtures.ts';
import { PLAN_NOW } from '../support/plan-of.ts';

/**
 * Not timed, but counted: how often tables, routes and peerings are looked at. With four times the network it has to be about four
 * times as often, also where much is found. Work that looks through all tables for each finding would be sixteen times as much.
 */

const LARGER = 4;

/** Sorting looks at each a little more often in a larger network. */
const AT_MOST = LARGER * 1.4;

class Counted {
  looks = 0;

  of<Item extends object>(item: Item): Item {
    return new Proxy(item, {
      get: (target, key, receiver) => {
        this.looks += 1;
        return Reflect.get(target, key, receiver);
      },
    });
  }
}

const LIST = prefixList('pl-1', ['10.250.0.0/16', '10.0.0.0/20']);
const blockOf = (index: number) => `10.${index >> 4}.${(index & 15) << 4}.0/20`;

/**
 * Every VPC has five peerings to others. Every second one has a table that is opted in, with the routes of four of its
 * peerings, one of which leads elsewhere; the others have no route. Every fifth leads to a prefix list.
 */
function networkOf(size: number, counted: Counted): NetworkState {
  const vpcs = Array.from({ length: size }, (_, index) => vpc(`vpc-${index}`, [blockOf(index)]));
  const peerings: Peering[] = [];
  const routes = vpcs.map((_, index): Route[] => (index % 5 === 0 ? [route('pl-1', 'tgw-1')] : []));
  for (const [index, from] of vpcs.entries()) {
    for (const away of [1, 3, 7, 11, 13]) {
      const other = (index + away) % size;
      const to = vpcs[other] ?? from;
      const peeringId = `pcx-${index}-${away}`;
      peerings.push(
        counted.of(
          peering(peeringId, from, to, {
            status: away === 13 && index % 20 === 0 ? 'pending-acceptance' : 'active',
          }),
        ),
      );
      if (index % 2 === 0 && away !== 7) {
        routes[index]?.push(route(blockOf(other), away === 11 ? 'tgw-1' : peeringId));
      }
    }
  }
  const tables = vpcs.map((each, index): RouteTable => {
    const made = table(
      `rtb-${index}`,
      each,
      (routes[index] ?? []).map((one) => counted.of(one)),
      index % 2 === 0 ? { optIn: '*' } : {},
    );
    return counted.of(made);
  });
  const region = inventory({ vpcs, peerings, tables, prefixLists: [LIST] });
  return { accountId: OWN, managedRegions: [REGION], regions: [region] };
}

const POLICY = policyOf();
const MEMORY = new Map([[REGION, NOTHING_REMEMBERED]]);

/** How often was looked, and what was found, by what is asked. */
function looksIn(size: number) {
  const counted = new Counted();
  const state = networkOf(size, counted);
  const during = <Result>(work: () => Result): readonly [number, Result] => {
    const before = counted.looks;
    const result = work();
    return [counted.looks - before, result];
  };
  const [assessing, whole] = during(() => assess(state, POLICY, MEMORY, PLAN_NOW));
  const account = { accountId: OWN, policy: POLICY, state, memory: MEMORY, whole };
  const shown = shownOf(account, {}, PLAN_NOW);
  const assessment: ShownAssessment = { ...shown, accounts: [account], names: namesOf(state.regions) };
  const [status, views] = during(() => statusViews(assessment));
  const [report] = during(() =>
    reportPage({
      status: { assessment, document: { views } },
      regions: [REGION],
      selected: {},
      history: { tables: [], notes: [] },
      notes: [],
      now: PLAN_NOW,
    }),
  );
  const kinds = new Set(whole.findings.map(({ kind }) => kind));
  return { kinds, found: whole.findings.length, looks: { assessing, status, report } };
}

describe('with four times the network, half of it not opted in,', () => {
  const small = looksIn(40);
  const large = looksIn(40 * LARGER);

  it('much is found in both', () => {
    for (const { kinds } of [small, large]) {
      expect([...kinds]).toEqual(expect.arrayContaining(['conflict', 'one-sided']));
    }
    expect(small.found).toBeGreaterThan(40);
    expect(large.found).toBeGreaterThan(small.found * (LARGER - 1));
  });

  it.each(['assessing', 'status', 'report'] as const)('%s looks about four times as often', (work) => {
    expect(small.looks[work]).toBeGreaterThan(0);
    expect(large.looks[work] / small.looks[work]).toBeLessThan(AT_MOST);
  });
});
