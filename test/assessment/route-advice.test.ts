import { adviceOnRoute } from '../../lib/assessment/route-advice.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { peering, prefixList, route, STRANGER, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';

/** What is advised where a table has no route to a peering is what the assessment says of it. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const THERE = vpc('vpc-b', ['10.2.0.0/16'], { accountId: STRANGER });
const RIVAL = vpc('vpc-c', ['10.2.0.0/16'], { accountId: STRANGER });
const DEAD_NAT = route('10.2.0.0/16', 'nat-1', { state: 'blackhole' });
const ALL = { name: 'all', effect: 'accept', remote: { accounts: [STRANGER] } };

interface Case {
  readonly rules?: readonly object[];
  readonly optIn?: string;
  readonly routes?: readonly Route[];
  readonly policy?: object;
  readonly more?: 'a rival peer';
  readonly instead?: Route;
  readonly prefixLists?: readonly PrefixList[];
}

function advice({
  rules = [ALL],
  optIn = '*',
  routes = [],
  policy = {},
  more,
  instead,
  prefixLists = [],
}: Case): string | undefined {
  const own = table('rtb-a', HERE, routes, { optIn });
  const judging = judgingOf(
    {
      vpcs: [HERE],
      peerings: [
        peering('pcx-1', HERE, THERE, { status: 'active' }),
        ...(more === undefined ? [] : [peering('pcx-2', HERE, RIVAL, { status: 'active' })]),
      ],
      tables: [own],
      prefixLists,
    },
    { rules, ...policy },
  );
  const asked = {
    table: own,
    peeringId: 'pcx-1',
    address: '10.2.1.20',
    ...(instead === undefined ? {} : { instead }),
  };
  return adviceOnRoute(assessmentOf(judging), asked, judging.policy);
}

it.each<[string, Case, string]>([
  ['tagged, and the route comes', {}, 'the next sweep of the stack writes it, or peering apply does now'],
  [
    'tagged, and the route is held',
    { policy: { mode: 'observe' } },
    'is held for now: peering plan says why',
  ],
  ['tagged, and two peers claim the range', { more: 'a rival peer' }, 'wants the same destination'],
  ['tagged, and another route has the destination', { routes: [route('10.2.0.0/16', 'tgw-1')] }, 'tgw-1'],
  [
    'of a peering that a rule rejects',
    { rules: [{ ...ALL, effect: 'reject' }] },
    'Rule all of the policy rejects pcx-1',
  ],
  [
    'of a peering that no rule routes',
    { rules: [] },
    'No rule of the policy routes pcx-1, so a tag brings nothing',
  ],
  [
    'of a peering that cannot be judged',
    { rules: [{ ...ALL, remote: { accounts: [STRANGER], accountTags: { Team: 'x' } } }] },
    'as long as it cannot be judged',
  ],
  ['not tagged', { optIn: '' }, 'Tag the table peering-autopilot:routes = * or all'],
  ['tagged for another rule', { optIn: 'other' }, 'Tag the table peering-autopilot:routes = * or all'],
  ['handed back', { optIn: 'none' }, 'whoever keeps its routes adds one to pcx-1'],
  [
    'tagged for a rule that leaves the address out',
    { rules: [{ ...ALL, routes: { exclude: ['10.2.0.0/16'] } }] },
    'routes.exclude leave them out',
  ],
  [
    'tagged, and a prefix list that nobody read may have the addresses',
    { routes: [route('pl-1', 'tgw-1')], prefixLists: [prefixList('pl-1', undefined)] },
    'and that waits, as something could not be judged: peering plan says what',
  ],
  [
    'not tagged, with a route to elsewhere at the block',
    { optIn: '', instead: DEAD_NAT },
    'To use the peering, point its route to 10.2.0.0/16 to pcx-1 by hand, which leaves no gap; for the product to keep it, tag the table peering-autopilot:routes = * or all, by which rule all is routed, after that.',
  ],
  [
    'handed back, with a route to elsewhere at the block',
    { optIn: 'none', instead: DEAD_NAT },
    'whoever keeps its routes points that to 10.2.0.0/16 to pcx-1',
  ],
  [
    'of no rule, with a route to elsewhere at the block',
    { rules: [], instead: DEAD_NAT },
    'add a rule, or point its route to 10.2.0.0/16 to pcx-1 by hand',
  ],
])('says what is the case of a table that is %s', (_, of, says) => {
  expect(advice(of)).toContain(says);
});

it('advises no tag where the table has it', () => {
  for (const each of [{}, { more: 'a rival peer' }, { rules: [] }] as const) {
    expect(advice(each)).not.toMatch(/^Tag the table/);
  }
});
