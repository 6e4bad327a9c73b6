import { checkConnectivity } from '../../lib/passes/check-connectivity.ts';
import { instance, mainTable, network, VPC_A } from '../connectivity/networks.ts';
import { OWN, PEER, peering, policyOf, REGION, route, SYNCED, vpc } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createMemoryConnectivity } from '../support/memory-connectivity.ts';

interface Hub {
  readonly peerings: number;
  /** What the rule probes in a peer whose first address is given. */
  readonly targets: (address: string) => readonly string[];
}

/** One VPC of this account with a source, and peerings to as many VPCs of another account. */
function hub({ peerings, targets }: Hub) {
  const remotes = Array.from({ length: peerings }, (_, index) => ({
    peeringId: `pcx-${(0x10000000 + index).toString(16)}`,
    prefix: `10.${100 + Math.floor(index / 256)}.${index % 256}`,
    vpcId: `vpc-${(0x20000000 + index).toString(16)}`,
  }));
  const aws = createMemoryAws({
    peerings: remotes.map(({ peeringId, prefix, vpcId }) =>
      peering(peeringId, VPC_A, vpc(vpcId, [`${prefix}.0/24`], { accountId: PEER }), { tags: SYNCED }),
    ),
    vpcs: [VPC_A],
    tables: [
      mainTable(
        VPC_A,
        remotes.map(({ peeringId, prefix }) => route(`${prefix}.0/24`, peeringId)),
      ),
    ],
  });
  const memory = createMemoryConnectivity({
    network: network({ instances: [instance('i-a', VPC_A, 1, 13, { role: 'source' })] }),
    online: ['i-a'],
    invocations: [],
  });
  return {
    memory,
    check: (commands = memory.commands) =>
      checkConnectivity({
        ...aws,
        ...memory,
        commands,
        accountId: OWN,
        policy: policyOf({
          rules: [
            {
              name: 'peers',
              effect: 'accept',
              remote: { accounts: [PEER] },
              probe: { targets: remotes.flatMap(({ prefix }) => targets(`${prefix}.1`)) },
            },
          ],
        }),
        managedRegions: [REGION],
        now: () => new Date('2026-03-01T12:00:00Z'),
      }),
  };
}

describe('a check of many peerings', () => {
  it('sends a few commands at a time, and every one although some fail', async () => {
    const { memory, check } = hub({ peerings: 60, targets: (address) => [address] });
    let underWay = 0;
    let most = 0;
    let calls = 0;
    const sendPing: typeof memory.commands.sendPing = async () => {
      underWay += 1;
      calls += 1;
      most = Math.max(most, underWay);
      const fails = calls === 3;
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      if (fails) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
      return 'sent';
    };
    const { summary } = await check({ ...memory.commands, sendPing });
    expect(summary).toMatchObject({ sent: 59 });
    expect(summary.failures).toHaveLength(1);
    expect(calls).toBe(60);
    expect(most).toBeLessThanOrEqual(10);
  });

  it('sends one command to each of 500, whichever probes it carries', async () => {
    const pings = hub({ peerings: 500, targets: (address) => [address] });
    const all = hub({ peerings: 500, targets: (address) => [address, `${address}:5432`, `${address}:443`] });
    await pings.check();
    await all.check();
    expect(pings.memory.sent).toHaveLength(500);
    expect(all.memory.sent).toHaveLength(500);
    expect(new Set(all.memory.sent.map(({ asked: { ping, ports } }) => `${ping} ${ports}`))).toEqual(
      new Set(['true 443,5432']),
    );
    expect(all.memory.sent.every(({ asked: { sizes } }) => sizes.length > 0)).toBe(true);
  });
});
