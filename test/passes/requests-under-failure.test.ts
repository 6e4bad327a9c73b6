import type { Hint } from '../../lib/model/hint.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import { OWN, PEER, peering, policyOf, REGION, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws, type MemoryAwsOptions } from '../support/memory-aws.ts';
import { decideRequests } from '../support/passes.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const FAR = 'eu-west-1';
const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const first = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: PEER });
const second = vpc('vpc-33333333', ['10.3.0.0/16'], { accountId: PEER });
const PCX = 'pcx-11112222';
const OTHER = 'pcx-33334444';
const sweep: Hint = { kind: 'region', region: REGION, cause: 'Sweep Requested' };

function pending(peeringId: string, requester: Vpc, accepter: Vpc = local): Peering {
  return peering(peeringId, requester, accepter, { status: 'pending-acceptance' });
}

function world(requests: Peering[], options: MemoryAwsOptions = {}): MemoryAws {
  return createMemoryAws(
    { peerings: requests, vpcs: [local], tables: [table('rtb-11111111', local, [], { optIn: '*' })] },
    options,
  );
}

function decide(
  aws: MemoryAws,
  {
    policy = {},
    reader = aws.reader,
  }: { policy?: Record<string, unknown>; reader?: MemoryAws['reader'] } = {},
) {
  return decideRequests(sweep, {
    ...aws,
    reader,
    accountId: OWN,
    policy: policyOf({ regions: [REGION, FAR], ...policy }),
    managedRegions: [REGION, FAR],
    now: () => NOW,
  });
}

const results = (outcomes: Awaited<ReturnType<typeof decide>>) =>
  outcomes.map(({ peeringId, result }) => `${peeringId} ${result}`);

const failWith = (name: string, calls: readonly string[]) => ({
  fail: (call: string) => (calls.includes(call) ? Object.assign(new Error(name), { name }) : undefined),
});

const refusing = (name: string) => async () => {
  throw Object.assign(new Error(name), { name });
};

describe('several requests in one pass', () => {
  it('are not accepted beyond the quota that each alone would leave', async () => {
    const aws = world([pending(PCX, first), pending(OTHER, second)]);
    const guardrails = { peeringsPerVpc: 6, quotaHeadroom: 5 };
    expect(results(await decide(aws, { policy: { guardrails } }))).toEqual([
      `${PCX} accepted`,
      `${OTHER} held`,
    ]);
  });

  it('are not both accepted when they bring the same addresses', async () => {
    const twin = { ...second, cidrs: first.cidrs };
    const aws = world([pending(PCX, first), pending(OTHER, twin)]);
    const outcomes = await decide(aws);
    expect(results(outcomes)).toEqual([`${PCX} accepted`, `${OTHER} held`]);
    expect(outcomes[1]?.reason).toContain(PCX);
  });

  it('are not both accepted with the same addresses either where no table takes them: one may opt in later', async () => {
    const twin = { ...second, cidrs: first.cidrs };
    const aws = createMemoryAws({
      peerings: [pending(PCX, first), pending(OTHER, twin)],
      vpcs: [local],
      tables: [table('rtb-11111111', local, [], { optIn: 'another-rule' })],
    });
    expect(results(await decide(aws))).toEqual([`${PCX} accepted`, `${OTHER} held`]);
  });
});

describe('a request that something else decides at the same time', () => {
  it.each([
    ['InvalidStateTransition', 'rejected'],
    ['InvalidStateTransition', 'deleted'],
    ['InvalidVpcPeeringConnectionID.NotFound', undefined],
  ] as const)('is skipped after %s when it is %s by then, and nobody is alarmed', async (name, status) => {
    const aws = world([pending(PCX, first)]);
    const acceptPeering = async () => {
      aws.state.peerings = status === undefined ? [] : [peering(PCX, first, local, { status })];
      return refusing(name)();
    };
    const outcomes = await decideRequests(sweep, {
      ...aws,
      writer: { ...aws.writer, acceptPeering },
      accountId: OWN,
      policy: policyOf(),
      managedRegions: [REGION],
      now: () => NOW,
    });
    expect(results(outcomes)).toEqual([`${PCX} skipped`]);
    expect(aws.metrics.PermanentFailures).toBeUndefined();
    expect(aws.notifications).toEqual([]);
  });

  it('is a failure when EC2 still shows it as pending', async () => {
    const aws = world([pending(PCX, first)], failWith('InvalidStateTransition', ['accept']));
    expect(results(await decide(aws))).toEqual([`${PCX} failed`]);
    expect(aws.metrics.PermanentFailures).toBe(1);
  });
});

describe('when telling fails', () => {
  const stranger = { ...first, accountId: STRANGER };

  it.each(['publish', 'notify'])('a held request is told by a later pass (%s)', async (call) => {
    let broken = true;
    const aws = world([pending(PCX, stranger)], {
      fail: (each) =>
        broken && each === call ? Object.assign(new Error('down'), { name: 'InternalError' }) : undefined,
    });
    expect(await decide(aws)).toEqual([expect.objectContaining({ result: 'failed', retry: true })]);
    broken = false;
    expect(results(await decide(aws))).toEqual([`${PCX} held`]);
    expect(aws.notifications.length).toBeGreaterThanOrEqual(1);
    expect(results(await decide(aws))).toEqual([`${PCX} unchanged`]);
  });

  it('an accepted request is tagged and told although its event was not taken', async () => {
    const aws = world([pending(PCX, first)], failWith('InternalError', ['publish']));
    expect(results(await decide(aws))).toEqual([`${PCX} failed`]);
    expect(aws.state.peerings[0]?.tags).toMatchObject({ 'peering-autopilot:decision': 'accept' });
    expect(aws.notifications).toHaveLength(1);
  });
});

describe('when the Region of the requester, which this account owns too,', () => {
  const away = vpc('vpc-44444444', ['10.4.0.0/16'], { region: FAR });
  const across = pending(OTHER, away);

  it('cannot be read, requests that do not concern it are decided all the same', async () => {
    const aws = world([pending(PCX, first), across]);
    const readTables: MemoryAws['reader']['readTables'] = async (region, filter) =>
      region === FAR ? refusing('ServiceUnavailable')() : aws.reader.readTables(region, filter);
    const outcomes = await decide(aws, { reader: { ...aws.reader, readTables } });
    expect(results(outcomes).sort()).toEqual([`${PCX} accepted`, `${OTHER} failed`]);
    expect(outcomes.find(({ peeringId }) => peeringId === OTHER)).toMatchObject({ retry: true });
  });

  it('does not show the request yet, it waits: a rule for that side may restrain it', async () => {
    const aws = world([across]);
    const readPeerings: MemoryAws['reader']['readPeerings'] = async (region, filter) =>
      region === FAR ? [] : aws.reader.readPeerings(region, filter);
    const rules = [
      { name: 'peers', effect: 'accept', direction: 'inbound', remote: { accounts: ['self'] } },
      { name: 'never', effect: 'reject', direction: 'outbound', local: { regions: [FAR] } },
    ];
    const outcomes = await decide(aws, { policy: { rules }, reader: { ...aws.reader, readPeerings } });
    expect(results(outcomes)).toEqual([`${OTHER} skipped`]);
    expect(aws.writes).toEqual([]);
  });
});

describe('the message about a request', () => {
  it('stays within what SNS takes, however many rules do not match', async () => {
    const rules = Array.from({ length: 1000 }, (_, index) => ({
      name: `rule-${index}`,
      effect: 'hold',
      local: { tags: { [`tag-${'x'.repeat(100)}`]: 'y'.repeat(200) }, vpcs: ['vpc-0'], regions: ['ap-*'] },
      remote: { accounts: [OWN], vpcs: ['vpc-0'] },
    }));
    const aws = world([pending(PCX, first)]);
    await decide(aws, { policy: { rules } });
    expect(Buffer.byteLength(aws.notifications[0]?.message ?? '')).toBeLessThan(256 * 1024);
    expect(aws.notifications[0]?.message).toContain('more');
  });
});

describe('a request that EC2 says cannot be accepted', () => {
  /** EC2 goes on showing it as it was, so many times after the call failed. */
  function lagging(times: number) {
    let left = Number.POSITIVE_INFINITY;
    const aws = world([pending(PCX, first)], {
      fail: (call) => {
        if (call !== 'accept') return undefined;
        left = times;
        return Object.assign(new Error('InvalidStateTransition'), { name: 'InvalidStateTransition' });
      },
    });
    const waits: number[] = [];
    const reader: MemoryAws['reader'] = {
      ...aws.reader,
      async readPeerings(region, filter) {
        const found = await aws.reader.readPeerings(region, filter);
        if (filter.peeringIds !== undefined) {
          left -= 1;
          return left >= 0 ? found : found.map((each) => ({ ...each, status: 'active' as const }));
        }
        return found;
      },
    };
    const sleep = async (duration: number) => {
      waits.push(duration);
    };
    return { aws: { ...aws, sleep }, reader, waits };
  }

  it('because it was accepted a moment ago is no failure, also where EC2 shows that late', async () => {
    const { aws, reader, waits } = lagging(3);
    expect(results(await decide(aws, { reader }))).toEqual([`${PCX} skipped`]);
    // Asked at once, once more when the call counts as failed, and then after these.
    expect(waits).toEqual([200, 400]);
    expect(aws.metrics.PermanentFailures).toBeUndefined();
  });

  it('and that still waits seconds later is one', async () => {
    const { aws, reader } = lagging(100);
    expect(results(await decide(aws, { reader }))).toEqual([`${PCX} failed`]);
    expect(aws.metrics.PermanentFailures).toBe(1);
  });
});
