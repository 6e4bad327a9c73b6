import { NOTHING_REMEMBERED, type OwnRoutes } from '../../lib/model/memory.ts';
import type { Peering, PeeringStatus, Vpc } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { inventory, PEER, peering, REGION, route, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';

/** What nobody could see is neither accepted nor called fine. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const THERE = vpc('vpc-b', ['10.2.0.0/16']);
const WEST = 'us-west-2';

interface Seen {
  readonly peerings: readonly Peering[];
  readonly vpcs?: readonly Vpc[];
  readonly routes?: readonly Route[];
  readonly back?: readonly Route[];
  readonly policy?: Record<string, unknown>;
  readonly regions?: readonly string[];
  /** By the registry. */
  readonly own?: OwnRoutes;
}

function assessed({
  peerings,
  vpcs = [HERE, THERE],
  routes = [],
  back,
  policy,
  regions = [REGION],
  own = new Map(),
}: Seen) {
  const network = {
    vpcs,
    peerings,
    tables: [
      table('rtb-a', HERE, routes, { optIn: '*' }),
      ...(back === undefined ? [] : [table('rtb-b', THERE, back)]),
    ],
  };
  const rules = [{ name: 'all', effect: 'accept', remote: { accounts: ['self', PEER] } }];
  return assessmentOf({
    ...judgingOf(network, { regions, rules, ...policy }, regions),
    memory: new Map([[REGION, { ...NOTHING_REMEMBERED, routes: own }]]),
  });
}

describe('a request', () => {
  it('waits while a Region of its own other side was not read, in the plan as in the functions', () => {
    const west = vpc('vpc-w', ['10.9.0.0/16'], { region: WEST });
    const pending = peering('pcx-1', west, HERE, { status: 'pending-acceptance' });
    const { requests, changes } = assessed({ peerings: [pending], regions: [REGION, WEST] });
    expect(requests.map(({ decision }) => [decision.decision, decision.reasons[0]])).toEqual([
      ['hold', 'us-west-2 was not read, so the rules for vpc-w cannot be asked.'],
    ]);
    expect(changes).toEqual([]);
  });

  it('waits beside a live peering whose CIDRs EC2 does not show', () => {
    const hidden = peering('pcx-1', vpc('vpc-h', [], { accountId: PEER }), HERE);
    const pending = peering('pcx-2', vpc('vpc-p', ['10.9.0.0/16'], { accountId: PEER }), HERE, {
      status: 'pending-acceptance',
    });
    const [request] = assessed({ peerings: [hidden, pending] }).requests;
    expect(request?.decision.decision).toBe('hold');
    expect(request?.decision.reasons.join(' ')).toContain('EC2 does not show the CIDRs of the other VPC');
  });
});

describe('a live peering between two Regions of the account', () => {
  const west = vpc('vpc-w', ['10.9.0.0/16'], { region: WEST });
  const across = (status: PeeringStatus = 'active') => peering('pcx-1', west, HERE, { status });

  function judged(
    inEast: readonly Peering[],
    inWest: readonly Peering[],
    vpcsInWest: readonly Vpc[] = [west],
  ) {
    const judging = judgingOf({ vpcs: [HERE], peerings: inEast, tables: [] }, { regions: [REGION, WEST] }, [
      REGION,
      WEST,
    ]);
    const regions = [
      ...judging.state.regions,
      { ...inventory({ vpcs: vpcsInWest, peerings: inWest, tables: [] }), region: WEST },
    ];
    return assessmentOf({ ...judging, state: { ...judging.state, regions } }).notJudged;
  }

  it('is not judged where just one of them lists it', () => {
    expect(judged([across()], [])).toEqual([
      {
        region: REGION,
        resource: 'pcx-1',
        reason:
          'pcx-1 is active in us-east-1, but EC2 in us-west-2, where its other side vpc-w is, does not list it: whether it carries traffic is not known. Look again in a few minutes; if that stays so, one of the two answers is wrong.',
      },
    ]);
    expect(judged([], [across()])).toEqual([expect.objectContaining({ region: WEST, resource: 'pcx-1' })]);
  });

  it('is not judged where the other one says that it has ended', () => {
    const found = judged([across()], [across('deleted')]);
    expect(found).toEqual([expect.objectContaining({ region: REGION, resource: 'pcx-1' })]);
    expect(found[0]?.reason).toContain('says that it is deleted: whether');
  });

  it.each([
    ['both list it', [across()], [across()]],
    ['it is still provisioning in one', [across()], [across('provisioning')]],
    ['it has ended, and one has forgotten it', [across('deleted')], []],
    ['it is a request', [across('pending-acceptance')], []],
  ] as const)('is judged where %s', (_, inEast, inWest) => {
    expect(judged(inEast, inWest)).toEqual([]);
  });

  describe('that is routed from one of them', () => {
    const routed = table('rtb-a', HERE, [route('10.9.0.0/16', 'pcx-1')], { optIn: '*' });

    function oneSided(inEast: readonly Peering[], inWest: readonly Peering[], back: readonly Route[] = []) {
      const judging = judgingOf(
        { vpcs: [HERE], peerings: inEast, tables: [routed] },
        { regions: [REGION, WEST] },
        [REGION, WEST],
      );
      const tables = [{ ...table('rtb-w', west, back, { optIn: 'other' }), region: WEST }];
      const there = { ...inventory({ vpcs: [west], peerings: inWest, tables }), region: WEST };
      const regions = [...judging.state.regions, there];
      return assessmentOf({ ...judging, state: { ...judging.state, regions } }).findings.filter(
        ({ kind }) => kind === 'one-sided',
      );
    }

    it('is told as one-sided where both say that it is active', () => {
      expect(oneSided([across()], [across()])).toHaveLength(1);
    });

    it.each([
      ['is deleting', [across('deleting')]],
      ['is deleted', [across('deleted')]],
      ['is provisioning', [across('provisioning')]],
      ['has a status that nobody knows', [across('unknown')]],
      ['is not known there', []],
    ])('is not while the other says that it %s: whether anything passes is not known', (_, inWest) => {
      expect(oneSided([across()], inWest)).toEqual([]);
      expect(oneSided([across()], inWest, [route('10.1.0.0/16', 'pcx-1', { state: 'blackhole' })])).toEqual(
        [],
      );
    });
  });

  it('is judged where of the other Region only other VPCs were read', () => {
    expect(judged([across()], [], [vpc('vpc-z', ['10.8.0.0/16'], { region: WEST })])).toEqual([]);
  });
});

describe('a new route', () => {
  it('takes nothing from a wider one to a peering whose CIDRs EC2 does not show, whatever the settings', () => {
    const { changes } = assessed({
      peerings: [
        peering('pcx-1', THERE, HERE),
        peering('pcx-9', vpc('vpc-h', [], { accountId: '333333333333' }), HERE),
      ],
      routes: [route('10.0.0.0/8', 'pcx-9')],
      policy: { guardrails: { widerRoutes: 'allow' } },
    });
    expect(changes).toEqual([]);
  });
});

describe('a route to a peering that EC2 does not list', () => {
  it('is not judged while it works, and stale once it drops its traffic', () => {
    const seen = { peerings: [peering('pcx-1', THERE, HERE)] };
    const works = assessed({ ...seen, routes: [route('10.7.0.0/16', 'pcx-9')] });
    expect(works.notJudged.map(({ resource }) => resource)).toEqual(['pcx-9']);
    const drops = assessed({ ...seen, routes: [route('10.7.0.0/16', 'pcx-9', { state: 'blackhole' })] });
    expect(drops.notJudged).toEqual([]);
    expect(drops.findings.map(({ kind }) => kind)).toContain('stale');
  });
});

describe('a peering that EC2 does not list although a route to it works', () => {
  const drops = route('10.7.0.0/16', 'pcx-9', { state: 'blackhole' });
  const works = route('10.8.0.0/16', 'pcx-9');
  const own = (destination: string): OwnRoutes =>
    new Map([['rtb-a', new Map([[destination, { peeringId: 'pcx-9', rule: 'all' }]])]]);

  it('has not ended: its other routes, which drop their traffic, are left, and not judged', () => {
    const { changes, findings, notJudged } = assessed({
      peerings: [peering('pcx-1', THERE, HERE)],
      routes: [route('10.2.0.0/16', 'pcx-1'), drops, works],
      own: own('10.7.0.0/16'),
    });
    expect(changes).toEqual([]);
    expect(findings).toEqual([]);
    expect(notJudged.map(({ reason }) => reason).sort()).toEqual([
      'rtb-a in us-east-1 routes 10.7.0.0/16 to pcx-9, which EC2 does not list although another route to it works: whether this one, which drops its traffic, is to go is not known.',
      'rtb-a in us-east-1 routes 10.8.0.0/16 to pcx-9, which EC2 does not list although the route works: where it leads is not known.',
    ]);
  });

  it('has not ended where that route is in the table of another VPC', () => {
    const { changes, notJudged } = assessed({ peerings: [], routes: [drops], back: [works] });
    expect(changes).toEqual([]);
    expect(notJudged.map(({ resource }) => resource)).toEqual(['pcx-9']);
  });

  it('is replaced nowhere, and what the registry has of it is not forgotten', () => {
    const inPlace = { peerings: [peering('pcx-1', THERE, HERE)], own: own('10.2.0.0/16') };
    const dead = route('10.2.0.0/16', 'pcx-9', { state: 'blackhole' });
    const { changes, learned, findings } = assessed({ ...inPlace, routes: [dead, works] });
    expect(changes).toEqual([]);
    expect(learned.get(REGION)).toEqual([]);
    expect(findings.map(({ kind }) => kind)).toEqual(['conflict']);
    expect(findings[0]?.detail).toContain('pcx-9 is not listed by EC2, but a route to it works');
    const gone = assessed({ ...inPlace, routes: [works], own: own('10.7.0.0/16') });
    expect(gone.learned.get(REGION)).toEqual([]);
    const ended = assessed({ ...inPlace, routes: [], own: own('10.7.0.0/16') });
    expect(ended.learned.get(REGION)).toEqual([expect.objectContaining({ kind: 'not-own' })]);
  });

  it.each([
    ['holds a request for the addresses of such a route', [drops, works], 'hold'],
    ['that has no working route any more holds none', [drops], 'accept'],
  ])('%s', (_, routes, decision) => {
    const asking = vpc('vpc-p', ['10.7.0.0/16'], { accountId: PEER });
    const [request] = assessed({
      peerings: [peering('pcx-2', asking, HERE, { status: 'pending-acceptance' })],
      routes,
    }).requests;
    expect(request?.decision.decision).toBe(decision);
  });
});

describe('a peering that is routed on one side', () => {
  const oneSided = (back: readonly Route[]) =>
    assessed({
      peerings: [peering('pcx-1', THERE, HERE)],
      routes: [route('10.2.0.0/16', 'pcx-1')],
      back,
    }).findings.filter(({ kind }) => kind === 'one-sided').length;

  it('is told although the other side routes addresses to it that are not of this one', () => {
    expect(oneSided([])).toBe(1);
    expect(oneSided([route('10.99.0.0/16', 'pcx-1')])).toBe(1);
    expect(oneSided([route('10.1.0.0/24', 'pcx-1')])).toBe(0);
    expect(oneSided([route('0.0.0.0/0', 'pcx-1')])).toBe(0);
    // Nobody knows what is in it.
    expect(oneSided([route('pl-1', 'pcx-1')])).toBe(0);
  });
});

describe('an own route in the place of a wanted one', () => {
  const live = peering('pcx-new', THERE, HERE);
  const own = new Map([['rtb-a', new Map([['10.2.0.0/16', { peeringId: 'pcx-old', rule: 'before' }]])]]);
  const conflictOf = (given: Partial<Seen>) => {
    const { findings, changes } = assessed({
      peerings: [live],
      routes: [route('10.2.0.0/16', 'pcx-old')],
      own,
      ...given,
    });
    expect(changes).toEqual([]);
    return findings.find(({ kind }) => kind === 'conflict')?.detail;
  };

  it('that leads to a peering which EC2 does not list is called its own, and left, as where it leads nobody knows', () => {
    expect(conflictOf({})).toBe(
      'rtb-a in us-east-1 should route 10.2.0.0/16 to pcx-new (rule all), but routes it to pcx-old by a route that this product made for rule before. ' +
        'pcx-old is not listed by EC2, but a route to it works, so it is left alone. If its addresses shall use the peering, run: aws ec2 replace-route --region us-east-1 --route-table-id rtb-a --destination-cidr-block 10.2.0.0/16 --vpc-peering-connection-id pcx-new (without a gap, and nothing else moves). To leave it as it is, exclude 10.2.0.0/16 from rule all (routes.exclude).',
    );
  });

  it('that leads to a peering which no rule wants any more is called its own, and left, as drift.onUntag keeps it', () => {
    const elsewhere = vpc('vpc-c', ['10.2.0.0/16'], { accountId: '555555555555' });
    expect(conflictOf({ peerings: [live, peering('pcx-old', elsewhere, HERE)] })).toMatch(
      /by a route that this product made for rule before\. pcx-old .*, so it is left alone \(drift\.onUntag: keep\)\. If its addresses shall use the peering, run: aws ec2 replace-route/,
    );
  });

  it('is still called somebody else’s where the registry names another peering there', () => {
    const others = new Map([['rtb-a', new Map([['10.2.0.0/16', { peeringId: 'pcx-1', rule: 'before' }]])]]);
    expect(conflictOf({ own: others })).toContain(
      "by a route that is not the product's own and is left alone.",
    );
  });
});
