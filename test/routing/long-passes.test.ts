import type { Change } from '../../lib/model/change.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import { applyPlan } from '../../lib/passes/apply-changes.ts';
import { createPace } from '../../lib/ports/pace.ts';
import type { RouteEc2 } from '../../lib/ports/route-ec2.ts';
import { PREFIX, REGION, table, vpc } from '../support/fixtures.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);

function creates(count: number): Change[] {
  return Array.from({ length: count }, (_, index) => ({
    action: 'create',
    region: REGION,
    routeTableId: 'rtb-1',
    destination: `10.64.${index}.0/24`,
    peeringId: 'pcx-1',
    rule: 'peers',
    reason: 'wanted',
  }));
}

/** Applies creates that pacing stretches to half a minute; `after` so many of them the table becomes `then`. */
async function applyWhile(after: number, then: RouteTable | undefined) {
  const clock = createSimulatedClock();
  let reads = 0;
  let created = 0;
  const ec2: RouteEc2 = {
    async readTable() {
      reads += 1;
      return created < after ? table('rtb-1', local, [], { optIn: '*' }) : then;
    },
    async createRoute() {
      created += 1;
    },
    replaceRoute: () => Promise.reject(new Error('not asked for')),
    deleteRoute: () => Promise.reject(new Error('not asked for')),
  };
  const options = { ec2, clock, pace: createPace(clock), mode: 'enforce' as const, tagPrefix: PREFIX };
  const { outcomes } = await clock.run(applyPlan(creates(200), options));
  return { reads, created, outcomes };
}

describe('creates of a pass that takes long', () => {
  it.each([
    ['loses its tag', table('rtb-1', local, [])],
    ['names other rules from then on', table('rtb-1', local, [], { optIn: 'others' })],
    ['is deleted', undefined],
  ])('stop soon after the table %s', async (_, then) => {
    const { created, outcomes } = await applyWhile(60, then);
    // Ten seconds at five calls a second, beyond those that were made by then.
    expect(created).toBeLessThanOrEqual(60 + 55);
    expect(outcomes.at(-1)).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('rtb-1') });
    expect(outcomes).toHaveLength(200);
  });

  it('go on to the end while it keeps its tag, with a read now and then', async () => {
    const { created, reads } = await applyWhile(500, undefined);
    expect(created).toBe(200);
    expect(reads).toBeLessThanOrEqual(4);
  });
});
