import { countByKind, driftMetrics } from '../../lib/assessment/metrics.ts';
import { FINDING_KINDS, type Finding, type FindingKind } from '../../lib/model/finding.ts';
import { REGION } from '../support/fixtures.ts';

function finding(kind: FindingKind, parts: Partial<Finding> = {}): Finding {
  return { kind, region: REGION, detail: 'Something.', repairable: false, ...parts };
}

const NONE = {
  RouteDrift: 0,
  RouteDriftUnrepaired: 0,
  RouteConflict: 0,
  RoutesContested: 0,
  ActiveButNotAllowed: 0,
};
const REPAIRED = { ...NONE, RouteDrift: 1 };
const UNREPAIRED = { ...NONE, RouteDrift: 1, RouteDriftUnrepaired: 1 };

describe('drift metrics', () => {
  it('name every kind, so that a metric falls back to 0', () => {
    const counts = countByKind([finding('missing'), finding('missing'), finding('conflict')]);
    expect(Object.keys(counts)).toEqual([...FINDING_KINDS]);
    expect(counts).toMatchObject({ missing: 2, conflict: 1, stale: 0 });
    expect(driftMetrics([])).toEqual(NONE);
  });

  it.each([
    ['conflict', { RouteConflict: 1, RouteDriftUnrepaired: 1 }],
    ['contested', { RoutesContested: 1, RouteDriftUnrepaired: 1 }],
    ['active-but-not-allowed', { ActiveButNotAllowed: 1, RouteDriftUnrepaired: 1 }],
    ['mass-delete', { RouteDriftUnrepaired: 1 }],
    ['one-sided', {}],
  ] as const)('count %s as no drift of a route', (kind, own) => {
    expect(driftMetrics([finding(kind)])).toEqual({ ...NONE, ...own });
  });

  it.each([
    'missing',
    'wrong-target',
    'blackhole',
    'shadowed',
    'over-limit',
    'untagged',
    'dns-resolution',
  ] as const)('count %s as drift, repaired or not', (kind) => {
    expect(driftMetrics([finding(kind, { repairable: true })])).toEqual(REPAIRED);
    expect(driftMetrics([finding(kind)])).toEqual(UNREPAIRED);
    expect(driftMetrics([finding(kind, { repairable: true, heldBy: 'repair-off' })])).toEqual(UNREPAIRED);
  });

  it.each(['activation', 'acceptance', 'rejection'] as const)(
    'count what follows by itself as repaired: %s',
    (heldBy) => {
      expect(driftMetrics([finding('wrong-target', { repairable: true, heldBy })])).toEqual(REPAIRED);
      expect(driftMetrics([finding('stale', { repairable: true, heldBy })])).toEqual(NONE);
    },
  );

  it('count no clean-up after a peering that ended, unless it is kept back', () => {
    expect(driftMetrics([finding('stale', { repairable: true })])).toEqual(NONE);
    expect(driftMetrics([finding('stale', { repairable: true, heldBy: 'mass-delete' })])).toEqual(UNREPAIRED);
    expect(driftMetrics([finding('stale')])).toEqual(UNREPAIRED);
  });

  it('count an unexpected route only where it is the product that removes it', () => {
    expect(driftMetrics([finding('unexpected')])).toEqual(NONE);
    expect(driftMetrics([finding('unexpected', { repairable: true })])).toEqual(REPAIRED);
    expect(driftMetrics([finding('unexpected', { repairable: true, heldBy: 'gap' })])).toEqual(UNREPAIRED);
  });
});
