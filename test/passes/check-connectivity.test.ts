import { checkConnectivity } from '../../lib/passes/check-connectivity.ts';
import type { Invocation } from '../../lib/ports/connectivity.ts';
import { instance, mainTable, network, tables, VPC_A, VPC_B, VPC_C } from '../connectivity/networks.ts';
import { OWN, PEER, peering, policyOf, REGION, route, SYNCED, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAwsOptions, type MemoryAwsState } from '../support/memory-aws.ts';
import {
  createMemoryConnectivity,
  type MemoryConnectivityOptions,
  type MemoryConnectivityState,
} from '../support/memory-connectivity.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const PCX = 'pcx-11112222';
const DOCUMENT = 'vpc-peering-autopilot-Ping';

interface WorldParts extends MemoryConnectivityOptions {
  readonly aws?: Partial<MemoryAwsState>;
  readonly calls?: MemoryAwsOptions['fail'];
  readonly connectivity?: Partial<MemoryConnectivityState>;
  readonly policy?: Record<string, unknown>;
  readonly regions?: readonly string[];
}

/** vpc-a and vpc-b peered and routed, a probe in each, seen by Systems Manager. */
function world({
  aws: parts = {},
  calls,
  connectivity = {},
  policy = {},
  regions = [REGION],
  ...rest
}: WorldParts = {}) {
  const aws = createMemoryAws(
    {
      peerings: [peering(PCX, VPC_A, VPC_B, { tags: SYNCED })],
      vpcs: [VPC_A, VPC_B, VPC_C],
      tables: tables({ a: [route('10.2.0.0/16', PCX)], b: [route('10.1.0.0/16', PCX)] }),
      ...parts,
    },
    calls === undefined ? {} : { fail: calls },
  );
  const instances = [
    instance('i-a', VPC_A, 1, 13, { role: 'both' }),
    instance('i-b', VPC_B, 1, 139, { role: 'both' }),
  ];
  const memory = createMemoryConnectivity(
    { network: network({ instances }), online: ['i-a', 'i-b'], invocations: [], ...connectivity },
    rest,
  );
  const dependencies = {
    ...aws,
    ...memory,
    accountId: OWN,
    policy: policyOf(policy),
    managedRegions: regions,
    now: () => NOW,
  };
  return { ...aws, ...memory, check: async () => (await checkConnectivity(dependencies)).summary };
}

function invocation(parts: Partial<Invocation> = {}): Invocation {
  return {
    commandId: '11111111-2222-3333-4444-555555555555',
    instanceId: 'i-a',
    documentName: DOCUMENT,
    comment: `${PCX} 10.2.1.139 same-zone`,
    status: 'Success',
    statusDetails: 'Success',
    requestedAt: new Date(NOW.getTime() - 5 * 60_000),
    output: '',
    ...parts,
  };
}

describe('a managed and routed peering', () => {
  it('is pinged from both sides, one command for each target, and nothing is waited for', async () => {
    const { check, sent, metrics } = world();
    expect(await check()).toEqual({
      sent: 2,
      skipped: [],
      missing: 0,
      notReady: [],
      notCheckedAnyMore: 0,
      failures: [],
    });
    expect(sent).toEqual([
      expect.objectContaining({ region: REGION, target: '10.1.1.13', instanceIds: ['i-b'] }),
      expect.objectContaining({ region: REGION, target: '10.2.1.139', instanceIds: ['i-a'] }),
    ]);
    expect(sent[0]?.comment).toBe(`${PCX} 10.1.1.13 same-zone pm`);
    expect(metrics).toEqual({ ProbesWithoutVerdict: 0 });
  });

  it('is pinged across Regions, from both sides, each in its own Region', async () => {
    const far = vpc('vpc-far', ['10.9.0.0/16'], { region: 'eu-west-1' });
    const { check, sent } = world({
      regions: [REGION, 'eu-west-1'],
      policy: { regions: [REGION, 'eu-west-1'] },
      aws: {
        peerings: [peering(PCX, VPC_A, far, { tags: SYNCED })],
        vpcs: [VPC_A, far],
        tables: [mainTable(VPC_A, [route('10.9.0.0/16', PCX)]), mainTable(far, [route('10.1.0.0/16', PCX)])],
      },
      connectivity: {
        network: network({
          instances: [
            instance('i-a', VPC_A, 1, 13, { role: 'both' }),
            instance('i-far', far, 1, 7, { role: 'both' }),
          ],
        }),
        online: ['i-a', 'i-far'],
      },
    });
    expect(await check()).toMatchObject({
      sent: 2,
      skipped: [],
    });
    expect(sent.map(({ region, target, instanceIds }) => [region, target, ...instanceIds])).toEqual([
      ['eu-west-1', '10.1.1.13', 'i-far'],
      [REGION, '10.9.1.7', 'i-a'],
    ]);
    expect(sent[0]?.comment).toContain('other-region');
  });

  it('is still pinged where its route was deleted, because it was in place before', async () => {
    const { check, sent } = world({
      aws: {
        tables: tables({ a: [], b: [route('10.1.0.0/16', PCX)] }).map((each) => ({
          ...each,
          tags: { 'peering-autopilot:routes': '*' },
        })),
      },
    });
    await check();
    expect(sent.map(({ target }) => target)).toContain('10.2.1.139');
  });

  it("of another account is pinged at the rule's targets, from this side only", async () => {
    const foreign = vpc('vpc-b', ['10.2.0.0/16'], { accountId: PEER });
    const { check, sent } = world({
      aws: { peerings: [peering(PCX, VPC_A, foreign, { tags: SYNCED })], vpcs: [VPC_A] },
      policy: {
        rules: [
          {
            name: 'peers',
            effect: 'accept',
            remote: { accounts: [PEER] },
            probe: { targets: ['10.2.1.10'] },
          },
        ],
      },
      connectivity: { network: network({ instances: [instance('i-a', VPC_A, 1, 13, { role: 'source' })] }) },
    });
    expect(await check()).toMatchObject({ sent: 1, skipped: [] });
    expect(sent).toEqual([expect.objectContaining({ target: '10.2.1.10', instanceIds: ['i-a'] })]);
  });
});

describe('what cannot give a verdict', () => {
  it.each<[string, WorldParts, string]>([
    ['no probe is tagged', { connectivity: { network: network() } }, 'peering-autopilot:probe'],
    ['Systems Manager sees no probe', { connectivity: { online: [] } }, 'SSM agent'],
    ['the peering is not allowed', { policy: { rules: [] } }, 'is not managed'],
    ['there is no route', { aws: { tables: tables({ a: [], b: [] }) } }, 'peering explain'],
  ])('is skipped with the reason where %s', async (_what, parts, reason) => {
    const { check, sent } = world(parts);
    const { skipped } = await check();
    expect(sent).toEqual([]);
    expect(skipped.map(({ peeringId }) => peeringId)).toEqual([PCX, PCX]);
    expect(skipped.every((each) => each.reason.includes(reason))).toBe(true);
  });
});

describe('mode observe', () => {
  it('sends no command', async () => {
    const { check, sent } = world({ mode: 'observe', policy: { mode: 'observe' } });
    expect(await check()).toEqual({
      sent: 0,
      skipped: [],
      missing: 0,
      notReady: [],
      notCheckedAnyMore: 0,
      failures: [],
    });
    expect(sent).toEqual([]);
  });
});

describe('a result that never came', () => {
  it.each(['Pending', 'InProgress', 'Delayed'])('is noticed by the next check: %s', async (status) => {
    const { check, metrics } = world({ connectivity: { invocations: [invocation({ status })] } });
    expect(await check()).toMatchObject({ missing: 1, sent: 2 });
    expect(metrics.ProbesWithoutVerdict).toBe(1);
  });

  it('is not one that has just been asked for, nor one that came', async () => {
    const { check, metrics } = world({
      connectivity: {
        invocations: [
          invocation(),
          invocation({ status: 'InProgress', requestedAt: new Date(NOW.getTime() - 30_000) }),
        ],
      },
    });
    expect(await check()).toMatchObject({ missing: 0 });
    expect(metrics.ProbesWithoutVerdict).toBe(0);
  });
});

describe('a call that fails', () => {
  const denied = (code: string) => Object.assign(new Error('not permitted'), { name: code });

  it('in one Region does not keep the others from being checked, and is counted', async () => {
    const { check, sent, metrics, errors } = world({
      regions: ['eu-west-1', REGION],
      fail: (call) => (call === 'readProbeInstances eu-west-1' ? denied('UnauthorizedOperation') : undefined),
    });
    const { failures } = await check();
    expect(failures).toEqual([{ reason: expect.stringContaining('not permitted'), retry: false }]);
    expect(sent).toHaveLength(2);
    // That nothing is lost there nobody knows.
    expect(metrics).toEqual({ ProbesWithoutVerdict: 1, PermanentFailures: 1 });
    expect(errors).toHaveLength(1);
  });

  it('when a command is sent does not keep the others from being sent', async () => {
    let first = true;
    const { check, sent } = world({
      fail: (call) => {
        if (call !== 'sendPing' || !first) return undefined;
        first = false;
        return denied('AccessDeniedException');
      },
    });
    expect(await check()).toMatchObject({ sent: 1, failures: [expect.anything()] });
    expect(sent).toHaveLength(1);
  });
});

describe('an instance that is not ready', () => {
  it('is said and counted as without a verdict, which is no failure', async () => {
    const { check, metrics } = world({
      fail: (call) =>
        call === 'sendPing'
          ? Object.assign(new Error('not in a valid state'), { name: 'InvalidInstanceId' })
          : undefined,
    });
    const { sent, notReady, failures } = await check();
    expect([sent, failures]).toEqual([0, []]);
    expect(notReady.map(({ instanceId }) => instanceId).sort()).toEqual(['i-a', 'i-b']);
    expect(metrics).toEqual({ ProbesWithoutVerdict: 2 });
  });
});
