import { createQueueDenials } from '../../queue-denials.ts';
import { type LabQueue, sqsCall } from '../../queues.ts';
import type { LabPrincipal, LabRequest } from '../../types.ts';

const ACCOUNT = '123456789012';
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:q.fifo`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/my-stack/prod/sync-routes`;
const SESSION: LabPrincipal = {
  type: 'AssumedRole',
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/sync-routes/s`,
  accountId: ACCOUNT,
  accessKeyId: 'ASIA',
  sessionIssuerArn: ROLE,
  sessionName: 's',
};
const ROOT: LabPrincipal = {
  type: 'Root',
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  accountId: ACCOUNT,
  accessKeyId: 'test',
};
const DENY = { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: QUEUE };

async function call(
  statements: readonly unknown[],
  { principal = SESSION, action = 'ReceiveMessage', service = 'sqs' } = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const queue = {
    arn: QUEUE,
    accountId: ACCOUNT,
    region: 'us-east-1',
    policy: JSON.stringify({ Statement: statements }),
  };
  const denials = createQueueDenials({ find: async () => queue as unknown as LabQueue, arnIn: () => QUEUE });
  const { headers, body } = sqsCall(queue, action, { QueueUrl: 'any' });
  const request = {
    ...{ service, principal, headers, method: 'POST', path: '/', query: '' },
    ...{ accountId: ACCOUNT, region: 'us-east-1', body: Buffer.from(String(body)) },
  } as LabRequest;
  const answer = await denials(request, async () => ({
    status: 200,
    headers: {},
    body: Buffer.from('passed'),
  }));
  return { status: answer.status, body: answer.body.toString() };
}

describe('the policy of a queue denies a call', () => {
  it.each([
    ['of everybody', DENY],
    ['of every AWS principal', { ...DENY, Principal: { AWS: '*' } }],
    ['of the account', { ...DENY, Principal: { AWS: [ACCOUNT] } }],
    ["of the account's root", { ...DENY, Principal: { AWS: ROOT.arn } }],
    ['of the role', { ...DENY, Principal: { AWS: ROLE } }],
    ['of the session', { ...DENY, Principal: { AWS: SESSION.arn } }],
    ['of the action', { ...DENY, Action: ['SQS:SendMessage', 'SQS:ReceiveMessage'] }],
    [
      'of another role than one',
      { ...DENY, Condition: { StringLike: { 'aws:PrincipalArn': '*sync-routes' } } },
    ],
  ])('%s', async (_whose, statement) => {
    const { status, body } = await call([{ ...statement, Effect: 'Allow' }, statement]);
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({
      __type: expect.stringContaining('AccessDenied'),
      message: `User: ${SESSION.arn} is not authorized to perform: sqs:ReceiveMessage on resource: ${QUEUE} with an explicit deny in a resource-based policy`,
    });
  });

  it('also of the root user', async () => {
    expect((await call([DENY], { principal: ROOT })).status).toBe(400);
  });

  it.each([
    ['a condition key', { ...DENY, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }],
    ['a condition operator', { ...DENY, Condition: { IpAddress: { 'aws:PrincipalArn': '10.0.0.0/8' } } }],
    ['NotAction', { ...DENY, Action: undefined, NotAction: 'sqs:SendMessage' }],
  ])('when the lab does not know %s in it', async (_what, statement) => {
    const { status, body } = await call([statement]);
    expect(status).toBe(400);
    expect(body).toContain('could not be evaluated: The lab does not know');
  });
});

describe('the policy of a queue lets a call through', () => {
  it.each([
    ['that nothing denies', { ...DENY, Effect: 'Allow' }],
    ['of another principal', { ...DENY, Principal: { AWS: '210987654321' } }],
    ['of a service', { ...DENY, Principal: { Service: 'events.amazonaws.com' } }],
    ['of another action', { ...DENY, Action: 'sqs:SendMessage' }],
    ['about another queue', { ...DENY, Resource: `${QUEUE}2` }],
    [
      'when it denies what is not encrypted',
      { ...DENY, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ],
  ])('%s', async (_which, statement) => {
    expect(await call([statement])).toEqual({ status: 200, body: 'passed' });
  });

  it('of another service', async () => {
    expect((await call([DENY], { service: 'sns' })).status).toBe(200);
  });
});
