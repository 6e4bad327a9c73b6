import type { Finding } from '../../lib/model/finding.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import type { Vpc } from '../../lib/model/peering.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import { repairKey } from '../../lib/routing/contested.ts';
import { inventory, peering, policyOf, prefixList, route, table, vpc } from '../support/fixtures.ts';
import { followed, tagged, without } from '../support/followed.ts';
import { PLAN_NOW, planOf, registryOf } from '../support/plan-of.ts';

/** Contested, one-sided and untagged: who does what the finding says is done with it, and nothing else is lost. */

const a = vpc('vpc-a', ['10.1.0.0/16', '2001:db8:1::/56']);
const b = vpc('vpc-b', ['10.2.0.0/16', '2001:db8:2::/56']);
const RULE = { name: 'peers', effect: 'accept', remote: { accounts: ['self'] } };

function routedB(vpcA: Vpc = a): RouteTable {
  return table(
    'rtb-b',
    b,
    vpcA.cidrs.map((cidr) => route(cidr, 'pcx-1')),
    { optIn: '*' },
  );
}

interface Judged {
  readonly memory?: RegionMemory;
  readonly lists?: Parameters<typeof prefixList>[];
  readonly guardrails?: Record<string, unknown>;
}

function findingsOf(
  tables: readonly RouteTable[],
  { memory = NOTHING_REMEMBERED, lists = [], guardrails = {} }: Judged = {},
): readonly Finding[] {
  const prefixLists = new Map(lists.map((parts) => [parts[0], prefixList(...parts)]));
  return planOf(
    { ...inventory({ vpcs: [a, b], peerings: [peering('pcx-1', a, b)], tables }), prefixLists },
    policyOf({ rules: [RULE], guardrails }),
    { memory },
  ).findings;
}

function detailOf(findings: readonly Finding[], kind: Finding['kind']): string {
  const [finding] = findings.filter((each) => each.kind === kind);
  if (finding === undefined) throw new Error(`No ${kind} among ${findings.map((each) => each.kind)}`);
  return finding.detail;
}

describe('a contested route', () => {
  const repairedAt = (destination: string): RegionMemory => {
    const now = PLAN_NOW.getTime() / 1000;
    const repairs = new Map([
      [repairKey({ routeTableId: 'rtb-a', destination }), [now - 900, now - 600, now - 300]],
    ]);
    return registryOf([`rtb-a ${destination} pcx-1`], { repairs });
  };

  it.each([
    ['that is gone', '10.2.0.0/16', []],
    ['of IPv6 that is gone', '2001:db8:2::/56', []],
    ['that was turned to another peering', '10.2.0.0/16', [route('10.2.0.0/16', 'pcx-9')]],
  ])('%s is back by what the finding says', (_, destination, instead) => {
    const others = b.cidrs.filter((cidr) => cidr !== destination).map((cidr) => route(cidr, 'pcx-1'));
    const before = [table('rtb-a', a, [...others, ...instead], { optIn: '*' }), routedB()];
    const memory = repairedAt(destination);
    const then = followed(detailOf(findingsOf(before, { memory }), 'contested'), before);
    expect(findingsOf(then, { memory })).toEqual([]);
    expect(then[0]?.routes).toContainEqual(route(destination, 'pcx-1'));
  });
});

describe('a side whose table asks for no route', () => {
  const says = (routes: RouteTable['routes'], optIn?: string, judged: Judged = {}) =>
    detailOf(
      findingsOf([table('rtb-a', a, routes, optIn === undefined ? {} : { optIn }), routedB()], judged),
      'one-sided',
    ).replace(/^.* leads back to it, so nothing comes back by it\. /, '');

  const TAKEN = ': answers may come by that, and a route by hand would take the addresses from it.';
  const TAG = ' Tag rtb-a: what stands in the way is told as a finding then, with what helps.';

  it.each<[string, RouteTable['routes'], string]>([
    ['a wider route', [route('10.0.0.0/8', 'tgw-1')], '10.2.0.0/16 by its route to 10.0.0.0/8 to tgw-1'],
    ['an equal route', [route('10.2.0.0/16', 'tgw-1')], '10.2.0.0/16 by its route to 10.2.0.0/16 to tgw-1'],
    [
      'a narrower route',
      [route('10.2.7.0/24', 'vpce-1')],
      '10.2.0.0/16 by its route to 10.2.7.0/24 to vpce-1',
    ],
    [
      'a propagated route',
      [route('10.2.0.0/16', 'vgw-1', { origin: 'EnableVgwRoutePropagation' })],
      '10.2.0.0/16 by its route to 10.2.0.0/16 to vgw-1',
    ],
    [
      'an IPv6 route',
      [route('2001:db8::/32', 'tgw-1')],
      '2001:db8:2::/56 by its route to 2001:db8::/32 to tgw-1',
    ],
    [
      'a peering of which nothing is known',
      [route('10.0.0.0/8', 'pcx-9')],
      '10.2.0.0/16 by its route to 10.0.0.0/8 to pcx-9',
    ],
  ])('is told what has the addresses there: %s', (_, routes, taken) => {
    expect(says(routes)).toBe(`rtb-a there leads ${taken}${TAKEN}${TAG}`);
    // The tag brings about what was said of it: a finding, and no route that moves what has them now.
    const then = findingsOf([table('rtb-a', a, routes, { optIn: '*' }), routedB()]);
    expect(then.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(conflict|shadowed)$/)]),
    );
  });

  it.each<[string, RouteTable['routes']]>([
    ['nothing has them', []],
    ['a default route alone has them', [route('0.0.0.0/0', 'nat-1'), route('::/0', 'eigw-1')]],
    ['what has them drops them', [route('10.0.0.0/8', 'tgw-1', { state: 'blackhole' })]],
    ['others are led elsewhere', [route('10.9.0.0/16', 'tgw-1')]],
  ])('is told to tag it or to route it by hand where %s', (_, routes) => {
    expect(says(routes)).toBe('Tag a route table there, or route it by hand.');
  });

  it('is told that a list may have them, and by which entry one has', () => {
    const routes = [route('pl-1', 'tgw-1')];
    expect(says(routes, undefined, { lists: [['pl-1', ['10.0.0.0/8']]] })).toBe(
      `rtb-a there leads 10.2.0.0/16 by its route to 10.0.0.0/8 in prefix list pl-1 to tgw-1${TAKEN}${TAG}`,
    );
    expect(says(routes, undefined, { lists: [['pl-1', undefined]] })).toMatch(
      /^rtb-a there leads perhaps a part of it by prefix list pl-1 to tgw-1, of which is not known what it has: not permitted: answers may/,
    );
  });

  it('of which one table is free is told that one', () => {
    const tables = [table('rtb-a', a, [route('10.0.0.0/8', 'tgw-1')]), table('rtb-a2', a, []), routedB()];
    expect(detailOf(findingsOf(tables), 'one-sided')).toMatch(
      / Tag rtb-a2 there, or route it by hand in it\. rtb-a there leads 10\.2\.0\.0\/16 by its route to 10\.0\.0\.0\/8 to tgw-1: answers may/,
    );
  });

  it('is not told to tag what was handed back', () => {
    const BACK =
      'rtb-a there is handed back (peering-autopilot:routes = none): whoever keeps its routes adds one to the peering, or takes that tag off it for the product to do it. If nobody needs the peering, delete it.';
    expect(says([], 'none')).toBe(BACK);
    expect(says([route('10.2.0.0/16', 'tgw-1')], 'none')).toBe(
      `${BACK} rtb-a there leads 10.2.0.0/16 by its route to 10.2.0.0/16 to tgw-1${TAKEN}`,
    );
  });
});

describe('an own route in a table that lost its tag', () => {
  const memory = registryOf(b.cidrs.map((cidr) => `rtb-a ${cidr} pcx-1`));
  const tables = [
    table(
      'rtb-a',
      a,
      b.cidrs.map((cidr) => route(cidr, 'pcx-1')),
    ),
    routedB(),
  ];

  it('that nobody needs is over by handing the table back and deleting it then, in this order', () => {
    expect(detailOf(findingsOf(tables, { memory }), 'untagged')).toContain(
      'If nobody needs this one, tag it none first and delete the route then.',
    );
    const back = tagged(tables, 'rtb-a', 'none');
    expect(findingsOf(back, { memory })).toEqual([]);
    const gone = b.cidrs.reduce((left, cidr) => without(left, 'rtb-a', cidr), back);
    const [left, ...more] = findingsOf(gone);
    expect(more).toEqual([]);
    expect(left?.detail).toContain('rtb-a there is handed back (peering-autopilot:routes = none)');
  });
});
