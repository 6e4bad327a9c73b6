import type { MemoryUpdate } from '../../lib/model/memory.ts';
import type { ChangeOutcome } from '../../lib/passes/change-outcome.ts';
import { updatesAfter } from '../../lib/passes/remember.ts';
import { REGION } from '../support/fixtures.ts';
import { PLAN_NOW, registryOf } from '../support/plan-of.ts';

/** What a look has learned, and what became of the changes that it asked for. */

const GONE: MemoryUpdate = {
  kind: 'not-own',
  routeTableId: 'rtb-1',
  destination: '10.64.0.0/16',
  peeringId: 'pcx-1',
  rule: 'peers',
};

function creating(
  destination: string,
  outcome: ChangeOutcome['outcome'],
  peeringId = 'pcx-1',
): ChangeOutcome {
  const wish = { region: REGION, routeTableId: 'rtb-1', destination, peeringId, rule: 'peers' };
  return { change: { action: 'create', ...wish, reason: 'wanted' }, outcome, reason: 'so it went' };
}

function forgotten(outcomes: readonly ChangeOutcome[], learned: readonly MemoryUpdate[] = [GONE]): boolean {
  const memory = registryOf(['rtb-1 10.64.0.0/16 pcx-1']);
  return updatesAfter({ memory, learned, outcomes, now: PLAN_NOW }).includes(GONE);
}

describe('an own route that is gone', () => {
  it('is forgotten once the routes that take its place are made', () => {
    expect(forgotten([])).toBe(true);
    expect(forgotten([creating('10.64.0.0/17', 'written'), creating('10.64.128.0/17', 'already-so')])).toBe(
      true,
    );
  });

  it.each(['retryable', 'failed', 'skipped'] as const)(
    'is remembered while one of its peering in that table is not: %s',
    (outcome) => {
      expect(forgotten([creating('10.64.0.0/17', 'written'), creating('10.64.128.0/17', outcome)])).toBe(
        false,
      );
      expect(forgotten([creating('10.70.0.0/16', outcome, 'pcx-2')])).toBe(true);
    },
  );

  it('is forgotten where it has become the route of another rule', () => {
    const { kind: _, ...route } = GONE as Extract<MemoryUpdate, { kind: 'not-own' }>;
    const own: MemoryUpdate = { kind: 'own', ...route, rule: 'others' };
    expect(forgotten([creating('10.70.0.0/16', 'failed')], [own, GONE])).toBe(true);
  });
});
