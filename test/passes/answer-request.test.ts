import { fromChat } from '../../lib/model/acceptance.ts';
import { freezeNote } from '../../lib/model/freeze.ts';
import type { Hint } from '../../lib/model/hint.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { answerRequest } from '../../lib/passes/answer-request.ts';
import type { AskedAnswer } from '../../lib/passes/judge-answer.ts';
import { OWN, PEER, peering, policyOf, REGION, STRANGER, table, vpc } from '../support/fixtures.ts';
import { createMemoryAws, type MemoryAws, type MemoryAwsOptions } from '../support/memory-aws.ts';
import { awsError } from '../support/memory-ec2.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { decideRequests } from '../support/passes.ts';

/** What becomes of a click in chat. */

const NOW = new Date('2026-03-01T12:00:00Z');
const PCX = 'pcx-11112222';
const FAR = 'eu-west-1';
const BY = fromChat(`arn:aws:lambda:${REGION}:${OWN}:function:vpc-peering-autopilot-prod-answer-request`);
const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const remote = vpc('vpc-22222222', ['10.2.0.0/16'], { accountId: STRANGER });

const PEERS = { name: 'peers', effect: 'accept', remote: { accounts: [PEER] } };
const HELD = { name: 'reviewed', effect: 'hold', remote: { accounts: [STRANGER] } };
const REJECTED = { name: 'never', effect: 'reject', remote: { accounts: [STRANGER] } };
const HOLDING = { rules: [PEERS, HELD] };

const pending = (parts: Partial<Peering> = {}): Peering => ({
  ...peering(PCX, remote, local, { status: 'pending-acceptance' }),
  expiresAt: new Date(NOW.getTime() + 6 * 86_400_000),
  ...parts,
});

function world(request: Peering = pending(), options: MemoryAwsOptions = {}): MemoryAws {
  return createMemoryAws(
    {
      peerings: [request],
      vpcs: [local, remote],
      tables: [table('rtb-11111111', local, [], { optIn: '*' })],
    },
    options,
  );
}

function dependencies(aws: MemoryAws, policy: Record<string, unknown>) {
  return {
    ...aws,
    accountId: OWN,
    policy: policyOf(policy),
    managedRegions: [REGION, FAR],
    now: () => NOW,
  };
}

function click(
  aws: MemoryAws,
  answer: AskedAnswer['answer'] = 'accept',
  policy: Record<string, unknown> = HOLDING,
) {
  return answerRequest(dependencies(aws, policy), { answer, peeringId: PCX, region: REGION, by: BY });
}

async function notesOf(aws: MemoryAws): Promise<string[]> {
  return [...(await aws.memory.read(REGION)).notes.keys()];
}

describe('Accept, where a hold rule matches', () => {
  it('remembers it, accepts, tags and tells the bus, which routes follow', async () => {
    const aws = world();
    const answered = await click(aws);
    expect(answered).toEqual({
      result: 'accepted',
      text: `${PCX} is accepted as rule reviewed; 1 route to make once it is active.`,
    });
    expect(aws.writes).toEqual([
      `accept ${PCX}`,
      `tag ${PCX} peering-autopilot:decision,peering-autopilot:rule,peering-autopilot:decided-at,peering-autopilot:decided-by`,
    ]);
    expect(aws.state.peerings[0]?.tags['peering-autopilot:decided-by']).toBe(BY);
    expect(aws.events).toEqual([
      { type: 'Peering Accepted', detail: expect.objectContaining({ peeringId: PCX, rule: 'reviewed' }) },
    ]);
    expect((await aws.memory.read(REGION)).notes.get(`accepted-as ${PCX}`)?.value).toBe(
      JSON.stringify({ rule: 'reviewed', by: BY, how: 'matched' }),
    );
    expect(aws.memory.events).toEqual([
      expect.objectContaining({ kind: 'accepted-by-hand', peeringId: PCX, by: BY }),
    ]);
    expect(aws.metrics.PermanentFailures).toBeUndefined();
  });

  it('says at a second click what is so already, and does nothing again', async () => {
    const aws = world();
    await click(aws);
    const writes = [...aws.writes];
    const again = await click(aws);
    expect(again.result).toBe('unchanged');
    expect(again.text).toMatch(
      /^pcx-11112222 was accepted already by chat: arn.* as rule reviewed; it is active\.$/,
    );
    expect(aws.writes).toEqual(writes);
    expect(aws.memory.events).toHaveLength(1);
    expect((await click(aws, 'reject')).text).toMatch(/Its status is active/);
    expect(aws.writes).toEqual(writes);
  });

  it('is forgotten again when EC2 refuses it, and rings the alarm', async () => {
    const aws = world(pending(), {
      fail: (call) =>
        call === 'accept' ? awsError('UnauthorizedOperation', 'not authorized', 403) : undefined,
    });
    expect(await click(aws)).toEqual({
      result: 'failed',
      text: expect.stringContaining('Nothing more was done'),
    });
    expect(await notesOf(aws)).toEqual([]);
    expect(aws.memory.events).toEqual([]);
    expect(aws.metrics.PermanentFailures).toBe(1);
  });

  it('is not done where it cannot be remembered', async () => {
    const memory = createMemoryStore({
      fail: (call) => (call === 'update' ? awsError('AccessDeniedException', 'not authorized') : undefined),
    });
    const aws = world(pending(), { memory });
    expect((await click(aws)).text).toContain('could not be written');
    expect(aws.writes).toEqual([]);
    expect(aws.metrics.PermanentFailures).toBe(1);
  });

  it('stays accepted when the bus takes no event, and says that routes wait for the sweep', async () => {
    const aws = world();
    const answered = await answerRequest(
      {
        ...dependencies(aws, HOLDING),
        bus: { publish: () => Promise.reject(awsError('InternalException', 'try later', 500)) },
      },
      { answer: 'accept', peeringId: PCX, region: REGION, by: BY },
    );
    expect(answered).toEqual({
      result: 'accepted',
      text: expect.stringContaining('waits for the next sweep'),
    });
  });

  it('says that it is not known whether EC2 took the answer when none came', async () => {
    const aws = world(pending(), {
      fail: (call) => (call === 'accept' ? awsError('InternalError', 'try later', 500) : undefined),
    });
    expect((await click(aws)).text).toContain('Whether EC2 took the answer is not known');
    // It may have been accepted: then what is remembered has to be there.
    expect(await notesOf(aws)).toEqual([`accepted-as ${PCX}`]);
    expect(aws.metrics.PermanentFailures).toBeUndefined();
  });
});

describe('what Accept refuses, with the reason', () => {
  const cases: readonly (readonly [string, Peering, Record<string, unknown>, RegExp])[] = [
    ['no rule matches', pending(), { rules: [PEERS] }, /no hold rule leaves it to a person.*No rule matches/],
    ['a rule rejects', pending(), { rules: [HELD, REJECTED] }, /the policy rejects it.*Rule never/],
    [
      'an accept rule matches, and a guardrail holds it',
      pending(),
      { rules: [{ ...HELD, effect: 'accept' }], guardrails: { freeze: true } },
      /no hold rule leaves it to a person.*freeze/,
    ],
    [
      'acceptance is frozen',
      pending(),
      { ...HOLDING, guardrails: { freeze: true } },
      /is not accepted.*freeze/,
    ],
    [
      'it is wider than a guardrail lets it be',
      pending(),
      { ...HOLDING, guardrails: { maxRemotePrefix: { ipv4: 24 } } },
      /is not accepted\. .*\/16.*\/24/,
    ],
    [
      'the policy accepts it by itself',
      pending(),
      { rules: [{ ...HELD, effect: 'accept' }] },
      /needs no answer: the policy accepts it/,
    ],
    [
      'what the hold rule asks for is not known',
      pending(),
      { rules: [{ ...HELD, remote: { accountTags: { Team: 'net' } } }] },
      /is not accepted/,
    ],
    [
      'it is of this account to another one',
      pending({ ...peering(PCX, local, remote), status: 'pending-acceptance' }),
      HOLDING,
      /account 333333333333 to decide/,
    ],
    ['it has expired', pending({ status: 'expired' }), HOLDING, /Its status is expired/],
  ];

  it.each(cases)('%s', async (_why, request, policy, expected) => {
    const aws = world(request);
    const answered = await click(aws, 'accept', policy);
    expect(answered.result).toBe('refused');
    expect(answered.text).toMatch(expected);
    expect([aws.writes, aws.events, aws.memory.events, await notesOf(aws)]).toEqual([[], [], [], []]);
  });

  it('the mode is observe', async () => {
    const aws = world();
    expect((await click(aws, 'accept', { ...HOLDING, mode: 'observe' })).text).toContain('mode: observe');
    expect((await click(aws, 'reject', { ...HOLDING, mode: 'observe' })).text).toContain('mode: observe');
    expect(aws.writes).toEqual([]);
    expect(aws.reads).toEqual([]);
  });

  it('EC2 shows no such peering', async () => {
    const aws = createMemoryAws({ peerings: [], vpcs: [local], tables: [] });
    expect(await click(aws)).toEqual({
      result: 'refused',
      text: `EC2 in ${REGION} shows no ${PCX}; nothing was done.`,
    });
  });

  it('the Region of the other own side could not be read, where a rule may restrain it', async () => {
    const far = vpc('vpc-33333333', ['10.3.0.0/16'], { region: FAR });
    const aws = world(pending({ ...peering(PCX, far, local), status: 'pending-acceptance' }));
    const readVpcs: typeof aws.reader.readVpcs = (region, ...others) =>
      region === FAR
        ? Promise.reject(awsError('InternalError', 'far away', 500))
        : aws.reader.readVpcs(region, ...others);
    const answered = await answerRequest(
      {
        ...dependencies(aws, { rules: [{ ...HELD, remote: { accounts: ['self'] } }] }),
        reader: { ...aws.reader, readVpcs },
      },
      { answer: 'accept', peeringId: PCX, region: REGION, by: BY },
    );
    expect(answered).toEqual({ result: 'failed', text: expect.stringContaining('far away') });
    expect(aws.writes).toEqual([]);
  });
});

describe('Reject', () => {
  it.each([
    ['a hold rule', HOLDING],
    ['no rule', { rules: [PEERS] }],
  ])('rejects a request that waits, by %s', async (_which, policy) => {
    const aws = world();
    expect(await click(aws, 'reject', policy)).toEqual({ result: 'rejected', text: `${PCX} is rejected.` });
    expect(aws.writes[0]).toBe(`reject ${PCX}`);
    expect(aws.memory.events).toEqual([expect.objectContaining({ kind: 'rejected-by-hand', by: BY })]);
    expect(aws.events).toEqual([
      { type: 'Peering Rejected', detail: expect.objectContaining({ peeringId: PCX }) },
    ]);
    expect(await click(aws, 'reject', policy)).toEqual({
      result: 'unchanged',
      text: `${PCX} is rejected already.`,
    });
    expect((await click(aws, 'accept', policy)).text).toMatch(/Its status is rejected/);
  });
});

describe('the message about a request', () => {
  const created: Hint = {
    kind: 'peering',
    peeringId: PCX,
    region: REGION,
    cause: 'CreateVpcPeeringConnection',
  };

  async function told(policy: Record<string, unknown>) {
    const aws = world();
    await decideRequests(created, dependencies(aws, policy));
    return aws.notifications[0];
  }

  it('can be answered where a hold rule matches, and only there', async () => {
    expect((await told(HOLDING))?.answerable).toEqual({ peeringId: PCX, region: REGION });
    for (const policy of [
      { rules: [PEERS] },
      { rules: [HELD, REJECTED] },
      { rules: [{ ...HELD, effect: 'accept' }] },
      { rules: [{ ...HELD, effect: 'accept' }], guardrails: { freeze: true } },
    ]) {
      const message = await told(policy);
      expect(message?.subject).toContain(PCX);
      expect(message?.answerable).toBeUndefined();
    }
  });
});

describe('a frozen Region', () => {
  it.each(['accept', 'reject'] as const)('has no request answered: %s', async (answer) => {
    const aws = world();
    await aws.memory.update(REGION, [
      freezeNote({
        by: 'arn:aws:iam::111111111111:user/ann',
        because: 'audit',
        since: NOW.getTime() / 1000 - 60,
      }),
    ]);
    const { result, text } = await click(aws, answer);
    expect(result).toBe('refused');
    expect(text).toMatch(/Frozen by .*ann since .* because: audit.*thaw/);
    expect(aws.writes).toEqual([]);
  });
});
