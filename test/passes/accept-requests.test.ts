import type { Hint } from '../../lib/model/hint.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { OWN, PEER, peering, policyOf, REGION, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws, type MemoryAwsOptions } from '../support/memory-aws.ts';
import { decideRequests } from '../support/passes.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const remote = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: PEER });
const PCX = 'pcx-11112222';

const created: Hint = {
  kind: 'peering',
  peeringId: PCX,
  region: REGION,
  cause: 'CreateVpcPeeringConnection',
};
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

function request(parts: Partial<Peering> = {}): Peering {
  return {
    ...peering(PCX, remote, local, { status: 'pending-acceptance' }),
    expiresAt: new Date(NOW.getTime() + 6 * 86_400_000),
    ...parts,
  };
}

function world(requests: Peering[] = [request()], options: MemoryAwsOptions = {}): MemoryAws {
  return createMemoryAws(
    { peerings: requests, vpcs: [local, remote], tables: [table('rtb-11111111', local, [], { optIn: '*' })] },
    options,
  );
}

function decide(aws: MemoryAws, hint: Hint, policy: Record<string, unknown> = {}) {
  return decideRequests(hint, {
    ...aws,
    accountId: OWN,
    policy: policyOf(policy),
    managedRegions: [REGION, 'eu-west-1'],
    now: () => NOW,
  });
}

describe('a request that the policy allows', () => {
  it('is accepted, then tagged, announced and told', async () => {
    const aws = world();
    expect(await decide(aws, created)).toEqual([
      expect.objectContaining({ peeringId: PCX, result: 'accepted', decision: 'accept', rule: 'peers' }),
    ]);
    expect(aws.writes).toEqual([
      `accept ${PCX}`,
      `tag ${PCX} peering-autopilot:decision,peering-autopilot:rule,peering-autopilot:decided-at`,
    ]);
    expect(aws.events).toEqual([
      {
        type: 'Peering Accepted',
        detail: expect.objectContaining({ accountId: OWN, region: REGION, peeringId: PCX, rule: 'peers' }),
      },
    ]);
    expect(aws.notifications).toHaveLength(1);
    for (const block of ['10.1.0.0/16', '10.2.0.0/16']) {
      expect(aws.notifications[0]?.message).toContain(block);
    }
    expect(aws.metrics.RequestsAccepted).toBe(1);
  });

  it('is found by the sweep as well', async () => {
    const aws = world();
    await decide(aws, sweep);
    expect(aws.writes).toContain(`accept ${PCX}`);
  });

  it('is accepted in the Region of the accepter, wherever the event came from', async () => {
    const far = vpc('vpc-33333333', ['10.3.0.0/16'], { region: 'eu-west-1' });
    const near = vpc('vpc-44444444', ['10.4.0.0/16']);
    const across = { ...peering(PCX, near, far, { status: 'pending-acceptance' }), expiresAt: NOW };
    const regions: string[] = [];
    const aws = createMemoryAws({
      peerings: [across],
      vpcs: [near, far],
      tables: [
        table('rtb-33333333', far, [], { optIn: '*' }),
        table('rtb-44444444', near, [], { optIn: '*' }),
      ],
    });
    await decideRequests(created, {
      ...aws,
      writer: {
        ...aws.writer,
        acceptPeering: (region, peeringId) => {
          regions.push(region);
          return aws.writer.acceptPeering(region, peeringId);
        },
      },
      accountId: OWN,
      policy: policyOf({ regions: [REGION, 'eu-west-1'] }),
      managedRegions: [REGION, 'eu-west-1'],
      now: () => NOW,
    });
    expect(regions).toEqual(['eu-west-1']);
  });

  it('waits for a fresh peering that is still initiating-request', async () => {
    const aws = world([request({ status: 'initiating-request' })]);
    let looks = 0;
    const readPeerings: typeof aws.reader.readPeerings = (region, filter) => {
      looks += 1;
      if (looks === 3) {
        aws.state.peerings = [request()];
      }
      return aws.reader.readPeerings(region, filter);
    };
    const outcomes = await decideRequests(created, {
      ...aws,
      reader: { ...aws.reader, readPeerings },
      accountId: OWN,
      policy: policyOf(),
      managedRegions: [REGION],
      now: () => NOW,
    });
    expect(outcomes).toEqual([expect.objectContaining({ result: 'accepted' })]);
  });

  it('is left alone once it is no longer pending, so a repeated event changes nothing', async () => {
    const aws = world();
    await decide(aws, created);
    const writes = [...aws.writes];
    expect(await decide(aws, created)).toEqual([expect.objectContaining({ result: 'skipped' })]);
    expect(aws.writes).toEqual(writes);
    expect(aws.notifications).toHaveLength(1);
  });
});

describe('an accepter that may not tag a pending peering', () => {
  it.each([
    ['accepted', 'accept', [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] } }]],
    ['rejected', 'reject', [{ name: 'never', effect: 'reject', remote: { accounts: [PEER] } }]],
  ])('has the request %s all the same, and tags it afterwards', async (result, call, rules) => {
    const aws = world([request()], {
      fail: (made) =>
        made === 'tag' && aws.state.peerings[0]?.status === 'pending-acceptance'
          ? Object.assign(new Error('not yet'), { name: 'IncorrectState' })
          : undefined,
    });
    expect(await decide(aws, created, { rules })).toEqual([expect.objectContaining({ result })]);
    expect(aws.writes).toEqual([`${call} ${PCX}`, expect.stringContaining(`tag ${PCX}`)]);
    expect(aws.notifications).toHaveLength(1);
  });
});

describe('a request that no rule matches', () => {
  const stranger = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: STRANGER });
  const held = () =>
    world([{ ...request(), ...peering(PCX, stranger, local, { status: 'pending-acceptance' }) }]);

  it('stays pending, is tagged as held, and people are told what to type', async () => {
    const aws = held();
    expect(await decide(aws, created)).toEqual([
      expect.objectContaining({ result: 'held', decision: 'hold' }),
    ]);
    expect(aws.writes).toEqual([expect.stringMatching(`^tag ${PCX}`)]);
    expect(aws.state.peerings[0]?.status).toBe('pending-acceptance');
    expect(aws.notifications[0]?.message).toContain(
      `aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id ${PCX} --region ${REGION}`,
    );
    expect(aws.notifications[0]?.message).toContain(STRANGER);
  });

  it('is told once, however often the sweep comes back', async () => {
    const aws = held();
    await decide(aws, sweep);
    await decide(aws, sweep);
    expect(await decide(aws, sweep)).toEqual([expect.objectContaining({ result: 'unchanged' })]);
    expect(aws.notifications).toHaveLength(1);
    expect(aws.writes).toHaveLength(1);
  });

  it('is brought up once more when it is about to expire', async () => {
    const aws = held();
    await decide(aws, sweep);
    aws.state.peerings = aws.state.peerings.map((each) => ({
      ...each,
      expiresAt: new Date(NOW.getTime() + 3_600_000),
    }));
    await decide(aws, sweep);
    await decide(aws, sweep);
    expect(aws.notifications.map(({ subject }) => subject.startsWith('Expires soon'))).toEqual([false, true]);
  });

  it('is accepted after all when a later policy allows it', async () => {
    const aws = held();
    await decide(aws, sweep);
    const rules = [{ name: 'anybody', effect: 'accept', remote: { accounts: ['*'] } }];
    expect(await decide(aws, sweep, { rules })).toEqual([expect.objectContaining({ result: 'accepted' })]);
  });
});

describe('a request that a rule rejects', () => {
  it('is rejected and announced', async () => {
    const aws = world();
    const rules = [
      { name: 'peers', effect: 'accept', remote: { accounts: [PEER] } },
      { name: 'never', effect: 'reject', remote: { accounts: [PEER] } },
    ];
    expect(await decide(aws, created, { rules })).toEqual([
      expect.objectContaining({ result: 'rejected', rule: 'never' }),
    ]);
    expect(aws.writes).toContain(`reject ${PCX}`);
    expect(aws.events.map(({ type }) => type)).toEqual(['Peering Rejected']);
  });
});

describe('mode observe', () => {
  it.each([
    ['accept', { rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] } }] }],
    ['reject', { rules: [{ name: 'never', effect: 'reject', remote: { accounts: [PEER] } }] }],
    ['hold', { rules: [] }],
  ])('writes nothing and reports the decision %s', async (decision, policy) => {
    const aws = world([request()], { mode: 'observe' });
    expect(await decide(aws, created, { ...policy, mode: 'observe' })).toEqual([
      expect.objectContaining({ result: 'observed', decision }),
    ]);
    expect(aws.writes).toEqual([]);
    expect(aws.state.peerings).toEqual([request()]);
    expect(aws.notifications[0]?.message).toContain('mode: observe');
  });
});

describe('what cannot be seen or done', () => {
  it('holds when the VPC cannot be read', async () => {
    const aws = world();
    aws.state.vpcs = [];
    expect(await decide(aws, created)).toEqual([expect.objectContaining({ result: 'held' })]);
  });

  it('leaves the decision about an outbound request to the other account', async () => {
    const aws = world([{ ...peering(PCX, local, remote, { status: 'pending-acceptance' }) }]);
    expect(await decide(aws, created)).toEqual([
      { peeringId: PCX, result: 'skipped', reason: expect.stringContaining(PEER) },
    ]);
    expect(aws.writes).toEqual([]);
  });

  it('says so when EC2 does not know the peering that an event names', async () => {
    expect(await decide(world([]), created)).toEqual([
      { peeringId: PCX, result: 'skipped', reason: expect.stringContaining('does not know') },
    ]);
  });

  it('goes on with the other requests when one fails, and says whether trying again can help', async () => {
    const elsewhere = vpc('vpc-33333333', ['10.3.0.0/16'], { accountId: PEER });
    const other = {
      ...request(),
      ...peering('pcx-33334444', elsewhere, local, { status: 'pending-acceptance' }),
    };
    let first = true;
    const aws = world([request(), other], {
      fail: (call) => {
        if (call !== 'accept' || !first) return undefined;
        first = false;
        return Object.assign(new Error('slow down'), { name: 'RequestLimitExceeded' });
      },
    });
    expect(await decide(aws, sweep)).toEqual([
      expect.objectContaining({ peeringId: PCX, result: 'failed', retry: true }),
      expect.objectContaining({ peeringId: 'pcx-33334444', result: 'accepted' }),
    ]);
  });

  it('does not ask for a retry of what stays denied, and counts it', async () => {
    const aws = world([request()], {
      fail: (call) =>
        call === 'accept' ? Object.assign(new Error('no'), { name: 'UnauthorizedOperation' }) : undefined,
    });
    expect(await decide(aws, created)).toEqual([expect.objectContaining({ result: 'failed', retry: false })]);
    expect(aws.metrics.PermanentFailures).toBe(1);
    expect(aws.errors).toHaveLength(1);
  });
});
