import { checkAndTell } from '../../lib/passes/check-and-tell.ts';
import type { Invocation } from '../../lib/ports/connectivity.ts';
import { instance, network, tables, VPC_A, VPC_B } from '../connectivity/networks.ts';
import { OWN, peering, policyOf, REGION, route, SYNCED } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createMemoryConnectivity } from '../support/memory-connectivity.ts';

/** Pings in Regions from which EventBridge carries no event home. */

const NOW = new Date('2026-03-01T12:00:00Z');
const PCX = 'pcx-11112222';
const FIRST = '11111111-2222-3333-4444-555555555555';
const SECOND = '22222222-2222-3333-4444-555555555555';

function invocation(commandId: string, status: string): Invocation {
  return {
    commandId,
    instanceId: 'i-a',
    documentName: 'vpc-peering-autopilot-prod-ping',
    comment: `${PCX} 10.2.1.139 same-zone`,
    status,
    statusDetails: status,
    requestedAt: NOW,
    output: '',
  };
}

/** Two probes in REGION, of which Systems Manager shows after each wait what is in `later`. */
function world(homeRegion: string, later: readonly (readonly Invocation[])[]) {
  const aws = createMemoryAws({
    peerings: [peering(PCX, VPC_A, VPC_B, { tags: SYNCED })],
    vpcs: [VPC_A, VPC_B],
    tables: tables({ a: [route('10.2.0.0/16', PCX)], b: [route('10.1.0.0/16', PCX)] }),
  });
  const instances = [
    instance('i-a', VPC_A, 1, 13, { role: 'both' }),
    instance('i-b', VPC_B, 1, 139, { role: 'both' }),
  ];
  const memory = createMemoryConnectivity({
    network: network({ instances }),
    online: ['i-a', 'i-b'],
    invocations: [],
  });
  const slept: number[] = [];
  const dependencies = {
    ...aws,
    ...memory,
    accountId: OWN,
    policy: policyOf(),
    managedRegions: [REGION],
    homeRegion,
    now: () => NOW,
    sleep: async (duration: number) => {
      memory.state.invocations = [...(later[slept.length] ?? memory.state.invocations)];
      slept.push(duration);
    },
  };
  return { ...aws, slept, check: () => checkAndTell(dependencies) };
}

const told = (commandId: string) => ({
  type: 'Ping Ended',
  detail: { accountId: OWN, region: REGION, commandId },
});

it('are waited for, and the end of each command is told once', async () => {
  const { check, events } = world('us-gov-west-1', [
    [invocation(FIRST, 'Success'), invocation(SECOND, 'InProgress')],
    [invocation(FIRST, 'Success'), invocation(SECOND, 'Failed')],
  ]);
  expect(await check()).toMatchObject({ sent: 2, failures: [] });
  expect(events).toEqual([told(FIRST), told(SECOND)]);
});

it('are told once all instances of a command have ended', async () => {
  const { check, events, slept } = world('cn-north-1', [
    [invocation(FIRST, 'Success'), { ...invocation(FIRST, 'Pending'), instanceId: 'i-b' }],
    [],
    [],
  ]);
  await check();
  expect(events).toEqual([]);
  // Less than the function's five minutes, and no longer than its next run is away.
  expect(slept.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(60_000);
});

it('are not waited for where an event tells that they ended, as in the Region of deployment', async () => {
  for (const home of ['eu-west-1', REGION]) {
    const { check, events, slept } = world(home, []);
    expect(await check()).toMatchObject({ sent: 2 });
    expect([events, slept]).toEqual([[], []]);
  }
});
