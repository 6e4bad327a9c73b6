import fc from 'fast-check';
import { type ComplianceResult, judgeCompliance, type SeenPeering } from '../../lib/assessment/compliance.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import { inventory, OWN, PEER, peering, prefixList, REGION, route, table, vpc } from '../support/fixtures.ts';

const A = vpc('vpc-a', ['10.1.0.0/16']);
const B = vpc('vpc-b', ['10.2.0.0/16', '10.3.0.0/24', '2001:db8:2::/56'], { accountId: PEER });

const BETWEEN = peering('pcx-1', A, B);

function rtb(...routes: (readonly [destination: string, target: string])[]): RouteTable {
  return table(
    'rtb-a',
    A,
    routes.map(([destination, target]) => route(destination, target)),
  );
}

interface World {
  readonly tables?: readonly RouteTable[];
  readonly connection?: Peering;
  readonly more?: Partial<RegionInventory>;
  readonly others?: readonly RegionInventory[];
  readonly sides?: SeenPeering['sides'];
}

function judge({
  tables = [rtb()],
  connection = BETWEEN,
  more = {},
  others = [],
  sides = [connection.requester],
}: World = {}): ComplianceResult[] {
  const own = { ...inventory({ vpcs: [A], peerings: [connection], tables }), ...more };
  const seen = [{ accountId: OWN, region: REGION, peering: connection, sides }];
  return judgeCompliance(seen, (accountId, region) =>
    [own, ...others].find((each) => each.accountId === accountId && each.region === region),
  );
}

function of(check: ComplianceResult['check'], world: World = {}): ComplianceResult {
  const [found] = judge(world).filter((each) => each.check === check);
  if (found === undefined) throw new Error(`Nothing was said of ${check}.`);
  return found;
}

describe('least access, as the CIS benchmark asks', () => {
  const cis = (...routes: Parameters<typeof rtb>) => of('cis-least-access', { tables: [rtb(...routes)] });

  it('holds where tables lead a part of each CIDR of the other VPC to the peering, with how much', () => {
    expect(cis(['10.2.1.0/24', 'pcx-1'], ['0.0.0.0/0', 'igw-1'])).toMatchObject({
      status: 'PASSED',
      tables: ['rtb-a'],
      failing: [],
      reasons: ['rtb-a leads 0.39 % of its IPv4 range and 0 % of its IPv6 range to it.'],
    });
  });

  it('holds where nothing is led there', () => {
    expect(cis()).toMatchObject({ status: 'PASSED', reasons: ['No route table of the VPC leads to it.'] });
  });

  it.each<[string, Parameters<typeof rtb>, string]>([
    ['a whole CIDR', [['10.3.0.0/24', 'pcx-1']], 'rtb-a leads all of 10.3.0.0/24 of the other VPC to it.'],
    [
      'a whole CIDR in two halves',
      [
        ['10.2.0.0/17', 'pcx-1'],
        ['10.2.128.0/17', 'pcx-1'],
      ],
      'rtb-a leads all of 10.2.0.0/16 of the other VPC to it.',
    ],
    [
      'a whole IPv6 CIDR',
      [['2001:db8:2::/56', 'pcx-1']],
      'rtb-a leads all of 2001:db8:2::/56 of the other VPC to it.',
    ],
    [
      'more than the VPC has',
      [['10.2.0.0/15', 'pcx-1']],
      'rtb-a routes 10.2.0.0/15 to it, more than the other VPC has.',
    ],
    ['everything', [['0.0.0.0/0', 'pcx-1']], 'rtb-a routes 0.0.0.0/0 to it, more than the other VPC has.'],
  ])('fails for %s', (_what, routes, says) => {
    const { status, failing, reasons } = cis(...routes);
    expect([status, failing]).toEqual(['FAILED', ['rtb-a']]);
    expect(reasons).toContain(says);
  });

  it('does not fail for a route whose addresses a narrower one leads elsewhere', () => {
    expect(cis(['10.3.0.0/24', 'pcx-1'], ['10.3.0.128/25', 'tgw-1']).status).toBe('PASSED');
  });
});

describe('least privilege, as Prowler asks', () => {
  const prowler = (world: World) => of('prowler-least-privilege', world);

  it.each<[string, Parameters<typeof rtb>]>([
    ['0.0.0.0/0', [['0.0.0.0/0', 'pcx-1']]],
    ['::/0, at which Prowler itself does not look', [['::/0', 'pcx-1']]],
    ['::/0, however it is written', [['0:0::/0', 'pcx-1']]],
    ['the whole accepter', [['10.2.0.0/16', 'pcx-1']]],
    // Of all tables that have a route to the peering it looks at the routes to any.
    [
      'a whole VPC to another peering of the same table',
      [
        ['10.2.1.0/24', 'pcx-1'],
        ['10.2.0.0/16', 'pcx-2'],
      ],
    ],
  ])('fails for a route to %s', (_what, routes) => {
    expect(prowler({ tables: [rtb(...routes)] })).toMatchObject({ status: 'FAILED', failing: ['rtb-a'] });
  });

  it('passes halves of a VPC, its further CIDRs, and a default route to elsewhere, as Prowler does', () => {
    const tables = [
      rtb(
        ['10.2.0.0/17', 'pcx-1'],
        ['10.2.128.0/17', 'pcx-1'],
        ['10.3.0.0/24', 'pcx-1'],
        ['0.0.0.0/0', 'igw-1'],
        ['::/0', 'eigw-1'],
      ),
    ];
    expect(prowler({ tables }).status).toBe('PASSED');
  });

  it('looks at no table without a route to the peering', () => {
    expect(prowler({ tables: [rtb(['10.2.0.0/16', 'pcx-2'])] }).status).toBe('PASSED');
  });
});

describe('DNS resolution, as AWS Config asks', () => {
  const dns = (requester: boolean | undefined, accepter: boolean | undefined, world: World = {}) =>
    of('config-dns-resolution', {
      ...world,
      connection: {
        ...BETWEEN,
        requester: { ...BETWEEN.requester, ...(requester === undefined ? {} : { dnsResolution: requester }) },
        accepter: { ...BETWEEN.accepter, ...(accepter === undefined ? {} : { dnsResolution: accepter }) },
      },
    });

  it.each([
    [true, true, 'PASSED'],
    [true, false, 'FAILED'],
    [false, undefined, 'FAILED'],
    [true, undefined, 'NOT_AVAILABLE'],
    [undefined, undefined, 'NOT_AVAILABLE'],
  ] as const)('of %s and %s is %s', (requester, accepter, status) => {
    expect(dns(requester, accepter).status).toBe(status);
  });

  it('takes what another account shows of its side', () => {
    const theirs = {
      ...inventory({
        vpcs: [B],
        peerings: [{ ...BETWEEN, accepter: { ...BETWEEN.accepter, dnsResolution: true } }],
        tables: [],
      }),
      accountId: PEER,
    };
    expect(dns(true, undefined, { others: [theirs] }).status).toBe('PASSED');
  });
});

describe('what was not visible', () => {
  const routed = ['cis-least-access', 'prowler-least-privilege'] as const;

  it.each(routed)('is never passed by %s: the side of an account that was not read', (check) => {
    const [far] = judge({ sides: [BETWEEN.accepter] }).filter((each) => each.check === check);
    expect(far).toMatchObject({
      status: 'NOT_AVAILABLE',
      side: { vpcId: 'vpc-b' },
      reasons: [
        `The route tables of vpc-b are not visible: they belong to account ${PEER}, which was not read.`,
      ],
    });
  });

  it.each(routed)(
    'nor a VPC without tables, nor a Region with something that nobody understood, by %s',
    (check) => {
      expect(of(check, { tables: [] }).status).toBe('NOT_AVAILABLE');
      const skipped = of(check, { more: { skipped: ['EC2 answered without a route table id'] } });
      expect(skipped.status).toBe('NOT_AVAILABLE');
      expect(skipped.reasons.join()).toContain('EC2 answered without a route table id');
    },
  );

  it('nor CIDRs that are hidden, nor a prefix list that could not be read', () => {
    const hidden = { ...BETWEEN, accepter: { ...BETWEEN.accepter, cidrs: [] } };
    const tables = [rtb(['10.2.1.0/24', 'pcx-1'])];
    expect(of('cis-least-access', { connection: hidden, tables }).status).toBe('NOT_AVAILABLE');
    expect(of('prowler-least-privilege', { connection: hidden, tables }).status).toBe('NOT_AVAILABLE');
    const list = prefixList('pl-1', undefined);
    const byList = [rtb(['10.2.1.0/24', 'pcx-1'], ['pl-1', 'pcx-1'])];
    expect(
      of('cis-least-access', { tables: byList, more: { prefixLists: new Map([['pl-1', list]]) } }),
    ).toMatchObject({ status: 'NOT_AVAILABLE', reasons: [expect.stringContaining('pl-1')] });
  });

  it('does not hide what failed', () => {
    const tables = [rtb(['10.3.0.0/24', 'pcx-1']), { ...rtb(['pl-1', 'pcx-1']), routeTableId: 'rtb-b' }];
    const { status, reasons } = of('cis-least-access', { tables });
    expect(status).toBe('FAILED');
    expect(reasons).toHaveLength(2);
  });

  it('whatever else is true: nothing passes of which a part was hidden', () => {
    const destination = fc.constantFrom(
      '10.2.1.0/24',
      '10.2.0.0/16',
      '10.3.0.0/24',
      '0.0.0.0/0',
      '::/0',
      'pl-1',
    );
    const routes = fc.uniqueArray(fc.tuple(destination, fc.constantFrom('pcx-1', 'tgw-1')), {
      selector: ([each]) => each,
    });
    fc.assert(
      fc.property(routes, fc.boolean(), fc.boolean(), (given, cidrsHidden, isSkipped) => {
        const connection = cidrsHidden
          ? { ...BETWEEN, accepter: { ...BETWEEN.accepter, cidrs: [] } }
          : BETWEEN;
        const tables = [rtb(...given)];
        const leads = given.some(([, target]) => target === 'pcx-1');
        const { status } = of('cis-least-access', {
          tables,
          connection,
          more: isSkipped ? { skipped: ['something'] } : {},
        });
        const isHidden = isSkipped || (leads && (cidrsHidden || given.some(([each]) => each === 'pl-1')));
        expect(status === 'PASSED' && isHidden).toBe(false);
      }),
    );
  });
});

describe('peerings that are not active', () => {
  it.each(['pending-acceptance', 'deleted'] as const)('are not checked: %s', (status) => {
    expect(judge({ connection: { ...BETWEEN, status } })).toEqual([]);
  });
});
