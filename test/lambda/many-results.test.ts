import { MOST_RECEIVES, VISIBILITY_TIMES } from '../../lib/lambda/receive.ts';
import { recordConnectivity } from '../../lib/passes/record-connectivity.ts';
import { network, VPC_A } from '../connectivity/networks.ts';
import { OWN, PEER, peering, policyOf, REGION, SYNCED, vpc } from '../support/fixtures.ts';
import { asLambdaProcess } from '../support/lambda-process.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createMemoryConnectivity } from '../support/memory-connectivity.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { createPolledFunction } from '../support/polled-function.ts';

/** record-connectivity behind its queue, at the end of one check of many peerings. */

const NOW = Date.parse('2026-03-01T12:00:00Z');
const TIMEOUT_SECONDS = 120;
const DOCUMENT = 'vpc-peering-autopilot-Ping';
const REACHABLE = [
  'PING 10.2.1.139 (10.2.1.139) 56(84) bytes of data.',
  '64 bytes from 10.2.1.139: icmp_seq=1 ttl=64 time=0.512 ms',
  '',
  '--- 10.2.1.139 ping statistics ---',
  '1 packets transmitted, 1 received, 0% packet loss, time 0ms',
  'rtt min/avg/max/mdev = 0.512/0.512/0.512/0.000 ms',
].join('\n');

asLambdaProcess({ now: NOW });

function recordAfterCheck(peerings: number) {
  const all = Array.from({ length: peerings }, (_, index) => ({
    peeringId: `pcx-${(0x10000000 + index).toString(16)}`,
    commandId: `11111111-2222-3333-4444-${String(index).padStart(12, '0')}`,
    remote: vpc(
      `vpc-${(0x20000000 + index).toString(16)}`,
      [`10.${100 + Math.floor(index / 256)}.${index % 256}.0/24`],
      {
        accountId: PEER,
      },
    ),
  }));
  const aws = createMemoryAws({
    peerings: all.map(({ peeringId, remote }) => peering(peeringId, VPC_A, remote, { tags: SYNCED })),
    vpcs: [VPC_A],
    tables: [],
  });
  const memory = createMemoryConnectivity({
    network: network(),
    online: [],
    invocations: all.map(({ peeringId, commandId, remote }) => ({
      commandId,
      instanceId: 'i-a',
      documentName: DOCUMENT,
      comment: `${peeringId} ${remote.cidrs[0]?.replace('.0/24', '.1')} other-zone`,
      status: 'Success',
      statusDetails: 'Success',
      requestedAt: new Date(NOW),
      output: REACHABLE,
    })),
  });
  const recorded: string[] = [];
  const polled = createPolledFunction({
    aws,
    policy: policyOf(),
    visibilitySeconds: VISIBILITY_TIMES * TIMEOUT_SECONDS,
    mostReceives: MOST_RECEIVES,
    timeoutSeconds: TIMEOUT_SECONDS,
    work: async (region, hints) => {
      const { recorded: some } = await recordConnectivity(region, hints, {
        ...aws,
        ...memory,
        memory: createMemoryStore({ now: () => NOW / 1000 }),
        accountId: OWN,
        policy: policyOf(),
        managedRegions: [REGION],
        documentName: DOCUMENT,
        now: () => new Date(),
        sleep: async () => undefined,
      });
      recorded.push(...some.map(({ peeringId }) => peeringId));
      return [];
    },
  });
  const at = new Date(NOW).toISOString();
  const check = () =>
    polled.send({
      source: 'vpc-peering-autopilot',
      'detail-type': 'Pings Sent',
      account: OWN,
      region: REGION,
      detail: { accountId: OWN, region: REGION, since: at, until: at, look: 1 },
    });
  return { ...polled, recorded, check };
}

describe('the results of 500 pings', () => {
  it('are recorded by one invocation', async () => {
    const polled = recordAfterCheck(500);
    await polled.check();
    await jest.advanceTimersByTimeAsync(4 * 60_000);
    await polled.stop();
    expect(new Set(polled.recorded).size).toBe(500);
    expect(polled.runs).toHaveLength(1);
  });
});
