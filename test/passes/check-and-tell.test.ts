import { checkAndTell } from '../../lib/passes/check-and-tell.ts';
import { instance, network, tables, VPC_A, VPC_B } from '../connectivity/networks.ts';
import { OWN, peering, policyOf, REGION, route, SYNCED, vpc } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createMemoryConnectivity } from '../support/memory-connectivity.ts';

/** What a check tells record-connectivity of the pings that it sent. */

const NOW = new Date('2026-03-01T12:00:00Z');
const PCX = 'pcx-11112222';
const FAR = 'eu-west-1';

interface WorldParts {
  readonly policy?: Record<string, unknown>;
  readonly fail?: (call: string) => Error | undefined;
}

/** vpc-a here and vpc-b there ping each other; sending takes a second a command. */
function world({ policy = {}, fail }: WorldParts = {}) {
  const far = vpc('vpc-b', VPC_B.cidrs, { region: FAR });
  const aws = createMemoryAws(
    {
      peerings: [peering(PCX, VPC_A, far, { tags: SYNCED })],
      vpcs: [VPC_A, far],
      tables: tables({ a: [route('10.2.0.0/16', PCX)], b: [route('10.1.0.0/16', PCX)] }).map((table) =>
        table.vpcId === far.vpcId ? { ...table, region: FAR } : table,
      ),
    },
    fail === undefined ? {} : { fail },
  );
  const memory = createMemoryConnectivity({
    network: network({
      instances: [
        instance('i-a', VPC_A, 1, 13, { role: 'both' }),
        { ...instance('i-b', far, 1, 139, { role: 'both' }), region: FAR },
      ],
    }),
    online: ['i-a', 'i-b'],
    invocations: [],
  });
  const clock = { now: NOW };
  const parsed = policyOf({ regions: [REGION, FAR], ...policy });
  const dependencies = {
    ...aws,
    ...memory,
    commands: {
      ...memory.commands,
      sendPing: async (...given: Parameters<typeof memory.commands.sendPing>) => {
        clock.now = new Date(clock.now.getTime() + 1000);
        return parsed.mode === 'observe' ? ('observed' as const) : memory.commands.sendPing(...given);
      },
    },
    accountId: OWN,
    policy: parsed,
    managedRegions: [REGION, FAR],
    now: () => clock.now,
  };
  return { ...aws, check: () => checkAndTell(dependencies) };
}

it('is one event for each Region, with the time in which they were sent', async () => {
  const { check, events } = world();
  expect(await check()).toMatchObject({ sent: 2, failures: [] });
  const of = (region: string) => ({
    type: 'Pings Sent',
    detail: {
      accountId: OWN,
      region,
      since: '2026-03-01T12:00:00.000Z',
      until: '2026-03-01T12:00:02.000Z',
      look: 1,
    },
  });
  expect(events).toEqual([of(FAR), of(REGION)]);
});

it('is nothing where nothing was sent, as with mode: observe', async () => {
  const { check, events } = world({ policy: { mode: 'observe' } });
  expect(await check()).toMatchObject({ sent: 0 });
  expect(events).toEqual([]);
});

it('that cannot be told counts as pings without a verdict, and does not fail the check', async () => {
  const { check, metrics, errors } = world({
    fail: (call) => (call === 'publish' ? new Error('no bus') : undefined),
  });
  expect(await check()).toMatchObject({ sent: 2 });
  expect(metrics.ProbesWithoutVerdict).toBe(2);
  expect(errors).toEqual([{ regions: [FAR, REGION], reason: expect.stringContaining('no bus') }]);
});
