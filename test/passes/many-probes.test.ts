import { checkConnectivity } from '../../lib/passes/check-connectivity.ts';
import { instance, mainTable, network, VPC_A } from '../connectivity/networks.ts';
import { OWN, PEER, peering, policyOf, REGION, route, SYNCED, vpc } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { createMemoryConnectivity } from '../support/memory-connectivity.ts';

const numbers = Array.from({ length: 60 }, (_, index) => index);
const peeringId = (index: number) => `pcx-${(0x10000000 + index).toString(16)}`;

describe('a check of many peerings', () => {
  it('sends a few commands at a time, and every one although some fail', async () => {
    const remotes = numbers.map((index) =>
      vpc(`vpc-${(0x20000000 + index).toString(16)}`, [`10.${100 + index}.0.0/16`], { accountId: PEER }),
    );
    const aws = createMemoryAws({
      peerings: remotes.map((remote, index) => peering(peeringId(index), VPC_A, remote, { tags: SYNCED })),
      vpcs: [VPC_A],
      tables: [
        mainTable(
          VPC_A,
          numbers.map((index) => route(`10.${100 + index}.0.0/16`, peeringId(index))),
        ),
      ],
    });
    const memory = createMemoryConnectivity({
      network: network({ instances: [instance('i-a', VPC_A, 1, 13, { role: 'source' })] }),
      online: ['i-a'],
      invocations: [],
    });
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
    const targets = numbers.map((index) => `10.${100 + index}.0.1`);
    const { summary } = await checkConnectivity({
      ...aws,
      ...memory,
      commands: { ...memory.commands, sendPing },
      accountId: OWN,
      policy: policyOf({
        rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, probe: { targets } }],
      }),
      managedRegions: [REGION],
      now: () => new Date('2026-03-01T12:00:00Z'),
    });
    expect(summary).toMatchObject({ sent: 59 });
    expect(summary.failures).toHaveLength(1);
    expect(calls).toBe(60);
    expect(most).toBeLessThanOrEqual(10);
  });
});
