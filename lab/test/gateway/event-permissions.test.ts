import {
  CreateEventBusCommand,
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { allowsPutEvents } from '../../event-permissions.ts';
import { type Lab, startLab } from '../../lab.ts';

/** Events from account A to account B, and from Region to Region. */

const A = '123456789012';
const B = '210987654321';

let lab: Lab;
let nextBus = 1;

beforeAll(async () => {
  lab = await startLab({ progress: () => {} });
});

afterAll(() => lab?.stop());

function at(account: string, region = 'us-east-1') {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    lab.envOf(account);
  return { endpoint: lab.url, region, credentials: { accessKeyId, secretAccessKey } };
}

async function queue(account: string, region: string, name: string) {
  const sqs = new SQSClient(at(account, region));
  const arn = `arn:aws:sqs:${region}:${account}:${name}`;
  const Policy = JSON.stringify({
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
    },
  });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }));
  return {
    arn,
    async messages() {
      await lab.idle();
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
      );
      return Messages;
    },
  };
}

/** A bus whose events all end in a queue of the same name. */
async function bus(account: string, region = 'us-east-1') {
  const name = `bus-${nextBus}`;
  nextBus += 1;
  const events = new EventBridgeClient(at(account, region));
  const { EventBusArn: arn = '' } = await events.send(new CreateEventBusCommand({ Name: name }));
  const all = await queue(account, region, name);
  await events.send(
    new PutRuleCommand({
      Name: 'all',
      EventBusName: name,
      EventPattern: '{"detail-type":[{"exists":true}]}',
    }),
  );
  await events.send(
    new PutTargetsCommand({ Rule: 'all', EventBusName: name, Targets: [{ Id: 'queue', Arn: all.arn }] }),
  );
  return {
    name,
    arn,
    async allow(statement: Readonly<Record<string, unknown>>) {
      await events.send(
        new PutPermissionCommand({
          EventBusName: name,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              { Sid: 'one', Effect: 'Allow', Action: 'events:PutEvents', Resource: arn, ...statement },
            ],
          }),
        }),
      );
    },
    async received() {
      return (await all.messages()).map(({ Body = '' }) => JSON.parse(Body));
    },
  };
}

async function put(
  account: string,
  busArn: string,
  DetailType = 'Peering Requested',
  sender: Pick<EventBridgeClientConfig, 'credentials'> = {},
) {
  const { Entries } = await new EventBridgeClient({ ...at(account), ...sender }).send(
    new PutEventsCommand({
      Entries: [{ EventBusName: busArn, Source: 'test', DetailType, Detail: '{"n":1}' }],
    }),
  );
  return Entries?.[0]?.ErrorCode;
}

async function iam(account: string, action: string, parameters: Record<string, string>) {
  const answer = await fetch(lab.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=${account}/20200101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }),
  });
  expect(answer.status).toBe(200);
}

describe("PutEvents on another account's bus", () => {
  it('is refused without a policy, for a bus that is there and for one that is not', async () => {
    const closed = await bus(B);
    expect(await put(A, closed.arn)).toBe('AccessDeniedException');
    expect(await put(A, `arn:aws:events:us-east-1:${B}:event-bus/nobody`)).toBe('AccessDeniedException');
    expect(await closed.received()).toEqual([]);
  });

  it('is taken from the account that the policy names, and keeps the sender', async () => {
    const open = await bus(B);
    await open.allow({ Principal: { AWS: `arn:aws:iam::${A}:root` } });
    expect(await put(A, open.arn)).toBeUndefined();
    expect(await open.received()).toMatchObject([{ account: A, region: 'us-east-1', detail: { n: 1 } }]);
    expect(await put('310987654321', open.arn)).toBe('AccessDeniedException');
  });

  it('is taken only with the detail type that the policy asks for', async () => {
    const open = await bus(B);
    await open.allow({
      Principal: { AWS: A },
      Condition: { StringEquals: { 'events:detail-type': ['Peering Requested', 'Routes Synced'] } },
    });
    expect([await put(A, open.arn), await put(A, open.arn, 'Sweep Requested')]).toEqual([
      undefined,
      'AccessDeniedException',
    ]);
  });

  it('is taken only from the role that the policy asks for, named with its path', async () => {
    const open = await bus(B);
    await open.allow({
      Principal: { AWS: A },
      Condition: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${A}:role/my-stack/prod/*` } },
    });
    const inRole = async (RoleArn: string) => {
      const { Credentials } = await new STSClient(at(A)).send(
        new AssumeRoleCommand({ RoleArn, RoleSessionName: 's' }),
      );
      const credentials = {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      };
      return put(A, open.arn, 'Peering Requested', { credentials });
    };
    // The lab asks the own policies of roles with the product's path in theirs, too.
    for (const [RoleName, Path] of [
      ['sender', '/my-stack/prod/'],
      ['of-another-stage', '/my-stack/test/'],
      ['of-another-path', '/dev/my-stack/prod/'],
    ] as const) {
      const statement = { Effect: 'Allow', Action: 'events:PutEvents', Resource: open.arn };
      const trust = { Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
      await iam(A, 'CreateRole', { RoleName, Path, AssumeRolePolicyDocument });
      await iam(A, 'PutRolePolicy', {
        RoleName,
        PolicyName: 'put',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      });
    }
    expect([
      await put(A, open.arn),
      await inRole(`arn:aws:iam::${A}:role/somebody`),
      await inRole(`arn:aws:iam::${A}:role/dev/my-stack/prod/of-another-path`),
      await inRole(`arn:aws:iam::${A}:role/my-stack/test/of-another-stage`),
    ]).toEqual(Array(4).fill('AccessDeniedException'));
    expect(await inRole(`arn:aws:iam::${A}:role/my-stack/prod/sender`)).toBeUndefined();
    expect(await open.received()).toHaveLength(1);
  });

  it('is taken from the accounts of an organization', async () => {
    const { Organization } = await new OrganizationsClient(at('510987654321')).send(
      new CreateOrganizationCommand({ FeatureSet: 'ALL' }),
    );
    const open = await bus(B);
    await open.allow({
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': Organization?.Id } },
    });
    expect([await put('510987654321', open.arn), await put(A, open.arn)]).toEqual([
      undefined,
      'AccessDeniedException',
    ]);
  });
});

describe('a rule whose target is a bus', () => {
  async function forward(target: { readonly arn: string; readonly RoleArn?: string }, region = 'us-east-1') {
    const name = `forward-${nextBus}`;
    nextBus += 1;
    const events = new EventBridgeClient(at(A, region));
    const undelivered = await queue(A, region, name);
    await events.send(
      new PutRuleCommand({ Name: name, EventPattern: JSON.stringify({ detail: { to: [name] } }) }),
    );
    const { arn: Arn, ...role } = target;
    await events.send(
      new PutTargetsCommand({
        Rule: name,
        Targets: [{ Id: 'bus', Arn, ...role, DeadLetterConfig: { Arn: undelivered.arn } }],
      }),
    );
    await fetch(`${lab.url}/_lab/events?account=${A}&region=${region}`, {
      method: 'POST',
      body: JSON.stringify({ source: 'aws.ec2', 'detail-type': 'Something', detail: { to: name } }),
    });
    return (await undelivered.messages()).map(
      ({ MessageAttributes }) =>
        `${MessageAttributes?.ERROR_CODE?.StringValue}: ${MessageAttributes?.ERROR_MESSAGE?.StringValue}`,
    );
  }

  it('of another account reaches it only when that policy allows it; else it goes to the dead-letter queue', async () => {
    const other = await bus(B);
    expect(await forward(other)).toEqual([
      `NO_PERMISSIONS: The policy of ${other.arn} does not let account ${A} put this event.`,
    ]);
    await other.allow({ Principal: { AWS: `arn:aws:iam::${A}:root` } });
    expect(await forward(other)).toEqual([]);
    expect(await other.received()).toMatchObject([{ account: A, source: 'aws.ec2' }]);
  });

  it('in another Region needs a role that EventBridge may assume, that may put events there, and that the bus lets in', async () => {
    const home = await bus(A);
    const role = (name: string) => `arn:aws:iam::${A}:role/${name}`;
    const trust = (Service: string) =>
      JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] });
    for (const [RoleName, service, resource] of [
      ['untrusted', 'lambda.amazonaws.com', home.arn],
      ['elsewhere', 'events.amazonaws.com', `${home.arn}-2`],
      ['forwarder', 'events.amazonaws.com', home.arn],
    ] as const) {
      await iam(A, 'CreateRole', { RoleName, AssumeRolePolicyDocument: trust(service) });
      await iam(A, 'PutRolePolicy', {
        RoleName,
        PolicyName: 'put',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: resource }],
        }),
      });
    }
    const from = (RoleArn?: string) =>
      forward({ arn: home.arn, ...(RoleArn === undefined ? {} : { RoleArn }) }, 'eu-west-1');

    expect(await from()).toEqual([
      `NO_PERMISSIONS: A target in another Region needs a RoleArn: ${home.arn}.`,
    ]);
    expect(await from(role('nobody'))).toEqual([
      `NO_PERMISSIONS: The role ${role('nobody')} does not exist.`,
    ]);
    expect(await from(role('untrusted'))).toEqual([
      `NO_PERMISSIONS: The role ${role('untrusted')} does not let events.amazonaws.com assume it.`,
    ]);
    expect(await from(role('elsewhere'))).toEqual([
      `NO_PERMISSIONS: The inline policies of ${role('elsewhere')} do not allow events:PutEvents on ${home.arn}.`,
    ]);
    const unlisted = `NO_PERMISSIONS: The policy of ${home.arn} does not let ${role('forwarder')} put this event.`;
    expect(await from(role('forwarder'))).toEqual([unlisted]);
    const listed = (RoleArn: string) => ({
      Principal: { AWS: `arn:aws:iam::${A}:root` },
      Condition: { ArnEquals: { 'aws:PrincipalArn': RoleArn } },
    });
    await home.allow(listed(role('another')));
    expect(await from(role('forwarder'))).toEqual([unlisted]);
    expect(await home.received()).toEqual([]);
    await home.allow(listed(role('forwarder')));
    expect(await from(role('forwarder'))).toEqual([]);
    expect(await home.received()).toMatchObject([{ account: A, region: 'eu-west-1', source: 'aws.ec2' }]);
  });
});

describe('a target in another Region of a partition that has none', () => {
  it.each([
    ['us-gov-west-1', 'us-gov-east-1', 'aws-us-gov'],
    ['cn-north-1', 'cn-northwest-1', 'aws-cn'],
  ])('is refused: from %s to %s', async (region, other, partition) => {
    const events = new EventBridgeClient(at(A, region));
    const busIn = (place: string) => `arn:${partition}:events:${place}:${A}:event-bus/default`;
    const { RuleArn } = await events.send(
      new PutRuleCommand({ Name: 'across', EventPattern: '{"source":["x"]}' }),
    );
    expect(RuleArn).toBe(`arn:${partition}:events:${region}:${A}:rule/across`);
    const put = (Arn: string) =>
      events.send(new PutTargetsCommand({ Rule: 'across', Targets: [{ Id: 'bus', Arn }] }));
    await expect(put(busIn(other))).rejects.toThrow('cannot be a target');
    expect(await put(busIn(region))).toMatchObject({ FailedEntryCount: 0 });
  });
});

describe('a policy', () => {
  const busArn = `arn:aws:events:us-east-1:${B}:event-bus/x`;
  const allow = { Effect: 'Allow', Principal: '*', Action: 'events:*', Resource: '*' };

  it('that also denies, denies', () => {
    expect(allowsPutEvents([allow], { busArn, principal: A })).toBe(true);
    expect(allowsPutEvents([allow, { ...allow, Effect: 'Deny' }], { busArn, principal: A })).toBe(false);
  });

  it('with a condition on a key that is not there does not allow', () => {
    const conditional = { ...allow, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } } };
    expect(allowsPutEvents([conditional], { busArn, principal: A })).toBe(false);
  });
});
