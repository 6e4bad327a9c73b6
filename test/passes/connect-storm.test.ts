import type { Hint } from '../../lib/model/hint.ts';
import { decideRequests } from '../../lib/passes/accept-requests.ts';
import { requestPeerings } from '../../lib/passes/request-peerings.ts';
import { syncRoutes } from '../../lib/passes/sync-routes.ts';
import { createPace, FUNCTION_BUCKETS } from '../../lib/ports/pace.ts';
import { REGION, table, vpc } from '../support/fixtures.ts';
import { createScene } from '../support/scene.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

/** Many VPCs tagged in one go: the three functions together, each with its own share of EC2's buckets. */

const GROUPS = 10;
const SPOKES = 20;

const idOf = (group: number, index: number) => `vpc-${(0xa0000000 + group * 100 + index).toString(16)}`;
const vpcs = Array.from({ length: GROUPS }, (_, group) =>
  Array.from({ length: SPOKES + 1 }, (_unused, index) =>
    vpc(idOf(group, index), [`10.${group}.${index}.0/24`], {
      tags: { Group: `${group}`, Role: index === 0 ? 'hub' : 'spoke', Name: `g${group}-${index}` },
    }),
  ),
).flat();

const policy = {
  rules: [{ name: 'own', effect: 'accept', remote: { accounts: ['self'] } }],
  connect: Array.from({ length: GROUPS }, (_, group) => ({
    name: `group-${group}`,
    hub: { tags: { Group: `${group}`, Role: 'hub' } },
    spokes: { tags: { Group: `${group}`, Role: 'spoke' } },
  })),
  guardrails: { maxRequests: 500 },
};

/** What the rules of the stack make of the events on the own bus, ten in a batch. */
function hintsOf(
  events: readonly { readonly type: string; readonly detail: object }[],
  type: string,
): Hint[][] {
  const hints = events.flatMap(({ type: of, detail }): Hint[] => {
    const { peeringId } = detail as { readonly peeringId?: string };
    return of !== type || peeringId === undefined
      ? []
      : [{ kind: 'peering', peeringId, region: REGION, cause: type }];
  });
  return Array.from({ length: Math.ceil(hints.length / 10) }, (_, batch) =>
    hints.slice(batch * 10, batch * 10 + 10),
  );
}

it('two hundred VPCs tagged in one go end in peerings and routes at the pace of EC2, with one message', async () => {
  const scene = createScene(
    {
      peerings: [],
      vpcs: [...vpcs],
      tables: vpcs.map((each) => table(each.vpcId.replace('vpc', 'rtb'), each, [], { optIn: '*' })),
    },
    { policy },
  );
  const clock = createSimulatedClock();
  const paces = Array.from({ length: 3 }, () => createPace(clock, FUNCTION_BUCKETS));
  const dependenciesOf = (index: number) => ({
    ...scene.dependencies(),
    pace: paces[index] ?? createPace(clock),
    sleep: async () => undefined,
    millisecondsLeft: () => 250_000,
  });
  const { events } = scene.aws;
  let seen = 0;
  await clock.run(
    (async () => {
      for (let round = 0; round < 60; round += 1) {
        const { requested, wanted, connected } = await requestPeerings(dependenciesOf(0));
        if (requested === 0 && wanted === connected) break;
        const fresh = events.slice(seen);
        seen = events.length;
        for (const hints of hintsOf(fresh, 'Peering Requested')) {
          await decideRequests(REGION, hints, dependenciesOf(1));
        }
        const accepted = events.slice(seen);
        seen = events.length;
        for (const hints of hintsOf(accepted, 'Peering Accepted')) {
          await syncRoutes(REGION, hints, dependenciesOf(2));
        }
      }
    })(),
  );
  const wanted = GROUPS * SPOKES;
  expect(scene.aws.state.peerings.filter(({ status }) => status === 'active')).toHaveLength(wanted);
  expect(scene.aws.writes.filter((call) => call.startsWith('request '))).toHaveLength(wanted);
  expect(scene.aws.writes.filter((call) => call.startsWith('createRoute '))).toHaveLength(2 * wanted);
  // 200 requests: 45 at once, and five a second after that, or no faster than they are accepted and routed.
  expect(clock.now()).toBeGreaterThan(((wanted - 45) / 5) * 1000);
  expect(scene.aws.notifications.map(({ subject }) => subject)).toEqual([
    `VPCs to connect in 111111111111: ${wanted} peerings requested`,
  ]);
});
