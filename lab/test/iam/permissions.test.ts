import type { ResourceFacts } from '../../iam/accesses.ts';
import { UnknownToLab } from '../../iam/conditions.ts';
import { createPermissions, type PermissionCheck } from '../../iam/permissions.ts';
import { policyOf, type Statement } from '../../iam/policy.ts';
import { createRolePolicies } from '../../iam/roles.ts';
import type { LabCall, LabPrincipal, LabRequest, LabResponse } from '../../types.ts';

/** The layer that checks the calls of the product's functions. */

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/my-stack/prod/sync`;
const TABLE = `arn:aws:ec2:us-east-1:${ACCOUNT}:route-table/rtb-1`;

const DONE: LabResponse = { status: 200, headers: {}, body: Buffer.from('done') };

function session(roleArn: string): LabPrincipal {
  return {
    type: 'AssumedRole',
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/sync/s`,
    accountId: ACCOUNT,
    accessKeyId: 'k',
    sessionIssuerArn: roleArn,
    sessionName: 's',
  };
}

function request(
  service: string,
  body: string | Readonly<Record<string, unknown>>,
  { target = '', principal = session(ROLE) }: { target?: string; principal?: LabPrincipal } = {},
): LabRequest {
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers:
      typeof body === 'string'
        ? { 'content-type': 'application/x-www-form-urlencoded' }
        : { 'x-amz-target': target },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    service,
    region: 'us-east-1',
    accountId: ACCOUNT,
    accessKeyId: 'k',
    principal,
  };
}

function setUp(statements: readonly Statement[], tags: Readonly<Record<string, string>> = {}) {
  const facts: ResourceFacts = {
    ec2Tags: async () => tags,
    peeringVpcs: async () => undefined,
    organizationOf: async () => undefined,
    templateOf: async () => undefined,
  };
  let forgotten = 0;
  const permissions = createPermissions({
    checkedRoles: ['/my-stack/'],
    roles: {
      of: async () => [{ name: 'p', statements }],
      under: async () => [ROLE],
      invalidate() {
        forgotten += 1;
      },
    },
    facts,
    log: () => undefined,
  });
  const [shown] = permissions.routes;
  return {
    permissions,
    forgotten: () => forgotten,
    send: (sent: LabRequest) => permissions.layer(sent, async () => DONE),
    checks: () =>
      shown?.handle({
        name: '',
        query: new URLSearchParams(),
        body: undefined,
      }) as readonly PermissionCheck[],
  };
}

const routes: Statement = {
  Sid: 'Routes',
  Effect: 'Allow',
  Action: 'ec2:CreateRoute',
  Resource: 'arn:aws:ec2:*:*:route-table/*',
  Condition: { StringLike: { 'aws:ResourceTag/p:routes': '*' } },
};
const createRoute = request('ec2', 'Action=CreateRoute&RouteTableId=rtb-1');

it('lets a call through that the role allows, and remembers by which statement', async () => {
  const { send, checks } = setUp([routes], { 'p:routes': '*' });
  expect(await send(createRoute)).toBe(DONE);
  expect(await send(createRoute)).toBe(DONE);
  const access = {
    action: 'ec2:CreateRoute',
    resource: TABLE,
    context: { 'aws:ResourceTag/p:routes': ['*'] },
  };
  expect(checks()).toEqual([
    {
      role: ROLE,
      action: 'ec2:CreateRoute',
      outcome: 'allowed',
      by: ['p/Routes'],
      count: 2,
      accesses: [access],
    },
  ]);
});

it('denies it without the tag, and the service sees nothing', async () => {
  const { permissions, checks } = setUp([routes]);
  const next = jest.fn(async () => DONE);
  const { status } = await permissions.layer(createRoute, next);
  expect([status, next.mock.calls.length]).toEqual([403, 0]);
  expect(checks().map(({ outcome, by }) => [outcome, by])).toEqual([['denied', []]]);
});

it('denies a call of which one resource of several is not allowed', async () => {
  const { send } = setUp([{ ...routes, Action: 'ec2:CreateTags', Condition: {} }]);
  const tag = (ids: string) => send(request('ec2', `Action=CreateTags&${ids}&Tag.1.Key=a`));
  expect((await tag('ResourceId.1=rtb-1&ResourceId.2=rtb-2')).status).toBe(200);
  expect((await tag('ResourceId.1=rtb-1&ResourceId.2=vpc-1')).status).toBe(403);
});

it.each<[string, LabRequest, number, string]>([
  ['EC2', createRoute, 403, '<Code>UnauthorizedOperation</Code>'],
  [
    'SSM',
    request('ssm', { Name: '/a' }, { target: 'AmazonSSM.GetParameter' }),
    400,
    '"AccessDeniedException"',
  ],
  [
    'SNS',
    request('sns', 'Action=Publish&TopicArn=arn:aws:sns:r:1:t'),
    403,
    '<Code>AuthorizationError</Code>',
  ],
  [
    'STS',
    request('sts', 'Action=AssumeRole&RoleArn=arn:aws:iam::1:role/r'),
    403,
    '<Code>AccessDenied</Code>',
  ],
  [
    'SQS',
    request('sqs', { QueueUrl: 'http://x/1/q' }, { target: 'AmazonSQS.SendMessage' }),
    400,
    '"AccessDeniedException"',
  ],
])('answers as %s does, and names who was denied what', async (_service, sent, status, code) => {
  const answer = await setUp([]).send(sent);
  expect(answer.status).toBe(status);
  expect(answer.body.toString()).toContain(code);
  expect(answer.body.toString()).toMatch(/assumed-role\/sync\/s is not authorized to perform: \w+:\w+ on/);
});

it('denies an action that the lab has no entry for, even to a role that may do all', async () => {
  const { send, checks } = setUp([{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  const answer = await send(request('ec2', 'Action=DeleteVpc&VpcId=vpc-1'));
  expect(answer.status).toBe(403);
  expect(answer.body.toString()).toContain('The lab has no entry for ec2:DeleteVpc');
  expect(checks().map(({ outcome }) => outcome)).toEqual(['denied']);
});

it.each<[string, LabPrincipal]>([
  ['the root user', { type: 'Root', arn: 'arn:aws:iam::1:root', accountId: '1', accessKeyId: 'k' }],
  ['a role of somebody else', session(`arn:aws:iam::${ACCOUNT}:role/engineer`)],
])('checks nothing of %s', async (_who, principal) => {
  const { send, checks } = setUp([]);
  expect(await send(request('ec2', 'Action=DeleteVpc', { principal }))).toBe(DONE);
  expect(checks()).toEqual([]);
});

it('forgets what it knows of roles when somebody changes IAM, not when somebody reads it', async () => {
  const principal: LabPrincipal = { type: 'Root', arn: 'root', accountId: ACCOUNT, accessKeyId: 'k' };
  const { send, forgotten } = setUp([]);
  await send(request('iam', 'Action=GetRole&RoleName=r', { principal }));
  expect(forgotten()).toBe(0);
  await send(request('iam', 'Action=PutRolePolicy&RoleName=r', { principal }));
  expect(forgotten()).toBe(1);
});

describe('the policies of a role', () => {
  const document = (sid: string) =>
    JSON.stringify({ Statement: [{ Sid: sid, Effect: 'Allow', Action: 'a', Resource: '*' }] });
  const answers: Readonly<Record<string, string>> = {
    ListRolePolicies: '<PolicyNames><member>one</member></PolicyNames>',
    GetRolePolicy: `<PolicyDocument>${encodeURIComponent(document('One'))}</PolicyDocument>`,
    ListAttachedRolePolicies:
      '<AttachedPolicies><member><PolicyName>two</PolicyName><PolicyArn>arn:two</PolicyArn></member></AttachedPolicies>',
    GetPolicy: '<Policy><DefaultVersionId>v2</DefaultVersionId></Policy>',
    GetPolicyVersion: `<PolicyVersion><Document>${encodeURIComponent(document('Two'))}</Document></PolicyVersion>`,
    ListRoles: `<Roles><member><Arn>${ROLE}</Arn></member></Roles>`,
  };

  function moto(status = 200) {
    return jest.fn(async ({ body = '' }: LabCall): Promise<LabResponse> => {
      const action = new URLSearchParams(body.toString()).get('Action') ?? '';
      const xml = `<${action}Response><${action}Result>${answers[action]}</${action}Result></${action}Response>`;
      return { status, headers: {}, body: Buffer.from(xml) };
    });
  }

  it('are the inline and the attached ones, read once until something changes', async () => {
    const call = moto();
    const roles = createRolePolicies(call);
    const expected = [policyOf('one', document('One')), policyOf('two', document('Two'))];
    expect(await roles.of(ROLE)).toEqual(expected);
    const read = call.mock.calls.length;
    expect(await roles.of(ROLE)).toEqual(expected);
    expect(call.mock.calls.length).toBe(read);
    roles.invalidate();
    await roles.of(ROLE);
    expect(call.mock.calls.length).toBe(2 * read);
    expect(await roles.under('/my-stack/', { accountId: ACCOUNT, region: 'us-east-1' })).toEqual([ROLE]);
  });

  it('are asked for again after a failure', async () => {
    const call = moto();
    call.mockResolvedValueOnce({ status: 404, headers: {}, body: Buffer.from('NoSuchEntity') });
    const roles = createRolePolicies(call);
    await expect(roles.of(ROLE)).rejects.toThrow(UnknownToLab);
    expect(await roles.of(ROLE)).toHaveLength(2);
  });
});
