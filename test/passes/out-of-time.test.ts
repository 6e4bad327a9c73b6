import type { Hint } from '../../lib/model/hint.ts';
import type { Pace } from '../../lib/ports/pace.ts';
import { OWN, PEER, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { syncRoutes } from '../support/passes.ts';

/** A pass that has time for a few calls only, and then the passes that it asks for, until one asks for none. */

const PEERS = 12;
const local = vpc('vpc-aaaaaaaa', ['10.0.0.0/16']);
const remotes = Array.from({ length: PEERS }, (_, index) =>
  vpc(`vpc-${String(index).padStart(8, '0')}`, [`10.${index + 1}.0.0/16`], { accountId: PEER }),
);
const idOf = (index: number) => `pcx-${String(index).padStart(8, '0')}`;
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

/** Lets so many route calls through and then says that it is too late. Tags have a bucket of their own. */
function paceFor(calls: number): Pace {
  let left = calls;
  return {
    async take(_region, call) {
      if (call === 'CreateTags') return 'taken';
      left -= 1;
      return left >= 0 ? 'taken' : 'too-late';
    },
    refill: async () => undefined,
    drain: () => undefined,
  };
}

it.each([3, 4, 5, 7])(
  'with time for %d calls each, every route is written once and none is lost',
  async (calls) => {
    const foreign = route('0.0.0.0/0', 'igw-11111111');
    const stale = Array.from({ length: 3 }, (_, index) =>
      route(`10.${100 + index}.0.0/16`, 'pcx-99999999', { state: 'blackhole' }),
    );
    const aws = createMemoryAws({
      peerings: remotes.map((remote, index) => peering(idOf(index), local, remote)),
      vpcs: [local],
      tables: [
        table('rtb-aaaaaaaa', local, [foreign, ...stale], { optIn: '*' }),
        table('rtb-bbbbbbbb', local, [foreign], { optIn: '*' }),
      ],
    });
    let hint: Hint | undefined = sweep;
    let passes = 0;
    const synced: string[] = [];
    while (hint !== undefined && passes < 100) {
      passes += 1;
      aws.events.length = 0;
      const [result] = await syncRoutes(hint, {
        ...aws,
        accountId: OWN,
        policy: policyOf(),
        managedRegions: [REGION],
        // A delete takes three calls: it asks for the peering that vanished, and reads the table again.
        pace: paceFor(calls),
        now: () => new Date('2026-03-01T12:00:00Z'),
      });
      synced.push(...(result?.synced ?? []));
      const more = aws.events.find(({ type }) => type === 'Routes Remaining');
      hint =
        more === undefined ? undefined : { kind: 'region', region: more.detail.region, cause: more.type };
    }
    for (const { routes } of aws.state.tables) {
      expect(routes.map(({ destination, target }) => `${destination} ${target.id}`).sort()).toEqual(
        [
          '10.0.0.0/16 local',
          '0.0.0.0/0 igw-11111111',
          ...remotes.map(({ cidrs }, index) => `${cidrs[0]} ${idOf(index)}`),
        ].sort(),
      );
    }
    const routeWrites = aws.writes.filter((call) => /Route /.test(call));
    expect(routeWrites).toHaveLength(2 * PEERS + stale.length);
    expect(new Set(routeWrites).size).toBe(routeWrites.length);
    // Each is marked once, when its last route is in place.
    expect([...synced].sort()).toEqual(remotes.map((_, index) => idOf(index)));
    expect(passes).toBeGreaterThan(1);
  },
);
