import type { Hint } from '../../lib/model/hint.ts';
import { recordConnectivity } from '../../lib/passes/record-connectivity.ts';
import type { Invocation } from '../../lib/ports/connectivity.ts';
import { OWN, PEER, peering, policyOf, REGION, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws } from '../support/memory-aws.ts';
import { EMPTY_CONNECTIVITY } from '../support/memory-connectivity.ts';
import { createMemoryStore } from '../support/memory-store.ts';

/** Both ends of a peering run the product: each tells the other how it looks from its side. */

const NOW = new Date('2026-03-01T12:00:00Z');
const PCX = 'pcx-11112222';
const COMMAND = '11111111-2222-3333-4444-555555555555';
const own = vpc('vpc-11111111', ['10.1.0.0/16']);
const theirs = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: PEER, region: 'eu-west-1' });
const TRUST = { trust: { accounts: [PEER] }, connectivity: { periods: 1 } };

const LOST = `PING 10.2.1.5 (10.2.1.5) 56(84) bytes of data.

--- 10.2.1.5 ping statistics ---
5 packets transmitted, 0 received, 100% packet loss, time 4085ms
`;

const pingEnded: Hint = {
  kind: 'pings',
  since: NOW.toISOString(),
  until: NOW.toISOString(),
  look: 1,
  region: REGION,
  cause: 'Pings Sent',
};

function says(
  verdict: 'reachable' | 'unreachable',
  parts: Partial<Extract<Hint, { kind: 'peer-verdict' }>> = {},
): Hint {
  return {
    kind: 'peer-verdict',
    cause: 'Connectivity Verdict',
    region: REGION,
    peeringId: PCX,
    peerAccountId: PEER,
    verdict,
    ...parts,
  };
}

function world(policy: Record<string, unknown> = TRUST) {
  const aws = createMemoryAws({
    peerings: [peering(PCX, own, theirs)],
    vpcs: [own],
    tables: [table('rtb-11111111', own, [], { optIn: '*' })],
  });
  const invocation: Invocation = {
    commandId: COMMAND,
    instanceId: 'i-11111111',
    documentName: 'ping',
    comment: `${PCX} 10.2.1.5 other-region`,
    status: 'Failed',
    statusDetails: 'Failed',
    requestedAt: NOW,
    output: LOST,
  };
  const memory = createMemoryStore();
  const nothing = async () => [];
  const record = (hint: Hint, now = NOW) =>
    recordConnectivity(hint.region, [hint], {
      ...aws,
      memory,
      accountId: OWN,
      policy: policyOf(policy),
      managedRegions: [REGION],
      documentName: 'ping',
      connectivity: EMPTY_CONNECTIVITY,
      commands: {
        readOnlineInstances: async () => new Set(),
        sendPing: async () => 'sent',
        readCommand: async () => [invocation],
        readPingsSince: async () => [invocation],
        readInvocationsSince: nothing,
      },
      now: () => now,
    });
  return { aws, memory, toPeers: aws.toPeers, record };
}

describe('a verdict of the account at the other end', () => {
  it('is shown when pings are lost on this side', async () => {
    const { aws, record } = world();
    await record(says('unreachable', { fault: { hop: 'route-table', direction: 'back' } }));
    await record(pingEnded);
    expect(aws.notifications[0]?.message).toContain(PEER);
    expect(aws.notifications[0]?.message).toContain('a route table, on the way of the answer back');
  });

  it('is no longer shown when it is old', async () => {
    const { aws, record } = world();
    await record(says('unreachable', { fault: { hop: 'route-table', direction: 'back' } }));
    await record(pingEnded, new Date(NOW.getTime() + 3_600_000));
    expect(aws.notifications[0]?.message).not.toContain('a route table');
  });

  it.each([
    ['an account that the policy does not trust', says('reachable'), {}],
    [
      'a trusted account that is not at the other end',
      says('reachable', { peerAccountId: STRANGER }),
      { trust: { accounts: [STRANGER] } },
    ],
    ['a peering that this account does not see', says('reachable', { peeringId: 'pcx-99999999' }), TRUST],
  ])('is dropped when it comes from %s', async (_whose, hint, policy) => {
    const { memory, record } = world(policy);
    expect(await record(hint)).toMatchObject({ noted: [], dropped: [expect.any(String)] });
    expect(memory.calls).toEqual([]);
  });

  it('changes nothing by itself: no message, no event, no metric', async () => {
    const { aws, toPeers, record } = world();
    await record(says('unreachable'));
    expect([aws.notifications, aws.events, aws.metrics, toPeers]).toEqual([[], [], {}, []]);
  });
});

describe('our own verdict', () => {
  it('is told to a trusted account at the other end, with the Region in which it has to look', async () => {
    const { toPeers, record } = world();
    await record(pingEnded);
    expect(toPeers).toEqual([
      {
        accountId: PEER,
        event: {
          type: 'Connectivity Verdict',
          detail: expect.objectContaining({
            accountId: OWN,
            region: 'eu-west-1',
            peeringId: PCX,
            verdict: 'unreachable',
          }),
        },
      },
    ]);
  });

  it('stays here when the policy trusts nobody', async () => {
    const { toPeers, record } = world({ connectivity: { periods: 1 } });
    await record(pingEnded);
    expect(toPeers).toEqual([]);
  });
});
