import { fingerprintsOf, syncMarkOf, syncMarkValue } from '../../lib/routing/synced.ts';
import { PREFIX } from '../support/fixtures.ts';

const NOW = new Date('2026-01-31T12:00:00Z');
const tagged = (value: string) => ({ tags: { [`${PREFIX}:routes-synced-at`]: value } });

function fingerprintOf(routes: readonly (readonly [string, string])[]): string | undefined {
  const tables = routes.map(([routeTableId, destination]) => ({
    routeTableId,
    routes: [{ destination, peeringId: 'pcx-1' }],
  }));
  return fingerprintsOf(tables).get('pcx-1');
}

describe('sync marks', () => {
  it('reads back what it writes', () => {
    const value = syncMarkValue(NOW, '0123456789abcdef', ['beta', 'alpha', 'beta']);
    expect(value).toBe('2026-01-31T12:00:00.000Z 0123456789abcdef alpha beta');
    expect(syncMarkOf(tagged(value), PREFIX)).toEqual({
      at: '2026-01-31T12:00:00.000Z',
      fingerprint: '0123456789abcdef',
      rules: ['alpha', 'beta'],
    });
  });

  it('understands a bare time and a missing tag', () => {
    expect(syncMarkOf(tagged('2026-01-31T12:00:00Z'), PREFIX)).toEqual({
      at: '2026-01-31T12:00:00Z',
      rules: [],
    });
    expect(syncMarkOf({ tags: {} }, PREFIX)).toBeUndefined();
    expect(syncMarkOf(tagged(' '), PREFIX)).toBeUndefined();
  });

  it('stays within the length of a tag value', () => {
    const rules = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(60));
    expect(syncMarkValue(NOW, '0123456789abcdef', rules).length).toBeLessThanOrEqual(256);
  });

  it('makes a fingerprint that depends on the routes and not on their order', () => {
    const routes = [
      ['rtb-1', '10.64.0.0/16'],
      ['rtb-2', '10.64.0.0/16'],
    ] as const;
    expect(fingerprintOf(routes)).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf([...routes].reverse())).toBe(fingerprintOf(routes));
    expect(fingerprintOf(routes.slice(0, 1))).not.toBe(fingerprintOf(routes));
    expect(fingerprintOf([...routes, ['rtb-3', '10.64.0.0/16']])).not.toBe(fingerprintOf(routes));
  });

  it('makes the same fingerprint as earlier versions, whose marks are on peerings', () => {
    expect(
      fingerprintOf([
        ['rtb-1', '10.64.0.0/16'],
        ['rtb-2', '2001:db8:64::/56'],
      ]),
    ).toBe('dff0fee99970c0d7');
  });
});
