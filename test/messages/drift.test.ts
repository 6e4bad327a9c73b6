import { countByKind, driftMetrics, driftNotification } from '../../lib/messages/drift.ts';
import type { Change } from '../../lib/model/change.ts';
import type { Finding, FindingKind } from '../../lib/model/finding.ts';
import { OWN, REGION } from '../support/fixtures.ts';

function finding(kind: FindingKind, parts: Partial<Finding> = {}): Finding {
  return {
    kind,
    region: REGION,
    routeTableId: 'rtb-1',
    destination: '10.64.0.0/16',
    peeringId: 'pcx-1',
    detail: 'rtb-1 in us-east-1 should route 10.64.0.0/16 to pcx-1 (rule peers), but has no such route.',
    repairable: false,
    ...parts,
  };
}

const repair: Change = {
  action: 'create',
  region: REGION,
  routeTableId: 'rtb-1',
  destination: '10.64.0.0/16',
  peeringId: 'pcx-1',
  reason: 'wanted',
  mends: 'missing',
};
const context = { accountId: OWN, mode: 'enforce', withheld: [] } as const;

describe('drift metrics', () => {
  it('count each kind, and name the kinds that have none', () => {
    const counts = countByKind([finding('missing'), finding('missing'), finding('conflict')]);
    expect(counts).toMatchObject({ missing: 2, conflict: 1, stale: 0, contested: 0 });
  });

  it('keep drift, conflicts, contested routes and peerings that are not allowed apart', () => {
    const findings = [
      finding('missing', { repairable: true }),
      finding('shadowed', { destination: '10.64.1.0/24' }),
      finding('conflict'),
      finding('contested'),
      finding('active-but-not-allowed'),
    ];
    expect(driftMetrics(findings, [])).toEqual({
      RouteDrift: 2,
      RouteDriftUnrepaired: 1,
      RouteConflict: 1,
      RoutesContested: 1,
      ActiveButNotAllowed: 1,
    });
    expect(driftMetrics(findings, [repair]).RouteDriftUnrepaired).toBe(2);
    for (const other of [{ region: 'eu-west-1' }, { routeTableId: 'rtb-2' }, { destination: '10.0.0.0/8' }]) {
      expect(driftMetrics(findings, [{ ...repair, ...other }]).RouteDriftUnrepaired).toBe(1);
    }
    expect(driftMetrics([], [])).toEqual({
      RouteDrift: 0,
      RouteDriftUnrepaired: 0,
      RouteConflict: 0,
      RoutesContested: 0,
      ActiveButNotAllowed: 0,
    });
  });
});

describe('the drift notification', () => {
  it('says where, what was expected and found, who changed it, what happens, and how to look closer', () => {
    const { subject, message } = driftNotification([finding('missing', { repairable: true })], {
      ...context,
      changedBy: () => 'arn:aws:iam::111111111111:user/eve\nforged line',
    });
    expect(subject).toBe('Route drift in 111111111111 (us-east-1): 1 missing');
    expect(message).toBe(
      [
        'missing: rtb-1 10.64.0.0/16',
        '  rtb-1 in us-east-1 should route 10.64.0.0/16 to pcx-1 (rule peers), but has no such route.',
        '  Changed by: arn:aws:iam::111111111111:user/eve\\u{a}forged line',
        '  Being repaired; nothing to do.',
        '  Look closer: aws ec2 describe-route-tables --region us-east-1 --route-table-ids rtb-1',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['nothing mends it', finding('shadowed'), context, 'Not repaired by the product.'],
    [
      'the mode is observe',
      finding('missing', { repairable: true }),
      { ...context, mode: 'observe' as const },
      'mode: observe',
    ],
    [
      'the repair is withheld',
      finding('missing', { repairable: true }),
      { ...context, withheld: [repair] },
      'contested',
    ],
  ])('says that a finding stays when %s', (_, found, where, words) => {
    expect(driftNotification([found], where).message).toContain(words);
  });

  it.each([
    ['Region', { region: 'eu-west-1' }],
    ['table', { routeTableId: 'rtb-2' }],
    ['destination', { destination: '10.65.0.0/16' }],
  ])('says that a finding is being repaired when what is withheld is of another %s', (_, other) => {
    const { message } = driftNotification([finding('missing', { repairable: true })], {
      ...context,
      withheld: [{ ...repair, ...other }],
    });
    expect(message).toContain('Being repaired; nothing to do.');
  });

  it('says of a contested route what it is left for', () => {
    const { message } = driftNotification([finding('missing', { repairable: true })], {
      ...context,
      withheld: [{ ...repair, routeTableId: 'rtb-2' }, repair],
    });
    expect(message).toContain('\n  Not repaired: drift.repair is off, or the route is contested.\n');
  });

  it('names kind and detail alone where neither a table nor a peering is concerned', () => {
    const {
      routeTableId: _,
      destination: __,
      peeringId: ___,
      ...about
    } = finding('conflict', {
      detail: 'Something else.',
    });
    expect(driftNotification([about], context).message).toBe(
      'conflict\n  Something else.\n  Not repaired by the product.\n  Look closer: peering drift\n',
    );
  });

  it('names a table without a destination, and every Region and kind once, in order', () => {
    const { destination: _, ...about } = finding('stale', { region: 'us-west-2' });
    const { subject, message } = driftNotification(
      [about, finding('missing'), finding('stale', { region: 'ap-south-1' })],
      context,
    );
    expect(subject).toBe(
      'Route drift in 111111111111 (ap-south-1, us-east-1, us-west-2): 1 missing, 2 stale',
    );
    expect(message.split('\n\n').map((paragraph) => paragraph.split('\n', 1)[0])).toEqual([
      'stale: rtb-1',
      'missing: rtb-1 10.64.0.0/16',
      'stale: rtb-1 10.64.0.0/16',
    ]);
  });

  it('points to the peering where no table is concerned', () => {
    const { routeTableId: _, destination: __, ...about } = finding('active-but-not-allowed');
    expect(driftNotification([about], context).message).toContain('--vpc-peering-connection-ids pcx-1');
  });

  it('stays short enough to be sent, however much there is', () => {
    const findings = Array.from({ length: 1000 }, (_, index) =>
      finding(index % 2 ? 'missing' : 'stale', { region: `region-${index}` }),
    );
    const { subject, message } = driftNotification(findings, context);
    expect(subject.length).toBeLessThanOrEqual(100);
    expect(subject).toMatch(/^Route drift in 111111111111 \(region-0, .*\.\.\.$/);
    expect(subject).toHaveLength(100);
    expect(message.split('\n\n')).toHaveLength(51);
    expect(message).toMatch(/\n\nand 950 more: run "peering drift" to see all\.\n$/);
    expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
    expect(driftNotification(findings.slice(0, 50), context).message).not.toContain('more');
  });

  it('cuts no subject that just fits', () => {
    const region = (length: number) => [finding('missing', { region: 'r'.repeat(length) })];
    const rest = 'Route drift in 111111111111 (): 1 missing'.length;
    expect(driftNotification(region(100 - rest), context).subject).toMatch(/^Route .*r\): 1 missing$/);
    expect(driftNotification(region(101 - rest), context).subject).toMatch(/^Route .*r\): 1 mis\.\.\.$/);
  });
});
