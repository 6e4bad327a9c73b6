import { type ApiCall, accessesOf, contextFor, type ResourceFacts } from '../../iam/accesses.ts';
import { UnknownToLab } from '../../iam/conditions.ts';

/** What AWS checks for each call that the functions make, as its service authorization reference says. */

const REGION = 'eu-west-1';
const ACCOUNT = '111111111111';
const PEER = '222222222222';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/my-stack/prod/x`;

const ec2 = (type: string, id: string, account = ACCOUNT) => `arn:aws:ec2:${REGION}:${account}:${type}/${id}`;

const facts: ResourceFacts = {
  ec2Tags: async (_place, id) => (id === 'rtb-1' || id === 'i-1' ? { 'p:routes': '*', Team: 'net' } : {}),
  peeringVpcs: async (_place, id) =>
    id === 'pcx-1' ? { requester: ec2('vpc', 'vpc-1', PEER), accepter: ec2('vpc', 'vpc-2') } : undefined,
  templateOf: async () => undefined,
  organizationOf: async ({ accountId }) =>
    accountId === '999999999999' ? undefined : { id: 'o-1', managementAccountId: '333333333333' },
};

function accesses(action: string, input: ApiCall['input'], accountId = ACCOUNT) {
  return accessesOf({ action, input, accountId, region: REGION }, ROLE, facts);
}

async function resources(action: string, input: ApiCall['input'], accountId = ACCOUNT): Promise<string[]> {
  return (await accesses(action, input, accountId)).map(
    (each) => `${each.action === action ? '' : `${each.action} `}${each.resource}`,
  );
}

async function context(action: string, input: ApiCall['input'], ...keys: string[]) {
  const [first] = await accesses(action, input);
  return first === undefined ? undefined : contextFor(first, keys);
}

const document = (name: string, account = ACCOUNT) => `arn:aws:ssm:${REGION}:${account}:document/${name}`;
const parameter = (name: string) => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${name}`;
const dynamoTable = (name: string, account = ACCOUNT) =>
  `arn:aws:dynamodb:${REGION}:${account}:table/${name}`;
const bus = (name: string, account = ACCOUNT) => `arn:aws:events:${REGION}:${account}:event-bus/${name}`;
const rule = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`;
const queue = (name: string, account = ACCOUNT) => `arn:aws:sqs:${REGION}:${account}:${name}`;
const member = (id: string) => `arn:aws:organizations::333333333333:${id}`;

it.each<[string, ApiCall['input'], readonly string[]]>([
  ['ec2:DescribeVpcs', {}, ['*']],
  [
    'ec2:AcceptVpcPeeringConnection',
    { VpcPeeringConnectionId: 'pcx-1' },
    [ec2('vpc-peering-connection', 'pcx-1'), ec2('vpc', 'vpc-2')],
  ],
  [
    'ec2:AcceptVpcPeeringConnection',
    { VpcPeeringConnectionId: 'pcx-unknown' },
    [ec2('vpc-peering-connection', 'pcx-unknown')],
  ],
  ['ec2:CreateRoute', { RouteTableId: 'rtb-1' }, [ec2('route-table', 'rtb-1')]],
  [
    'ec2:CreateTags',
    { ResourceId: { 1: 'pcx-1', 2: 'rtb-1' } },
    [ec2('vpc-peering-connection', 'pcx-1'), ec2('route-table', 'rtb-1')],
  ],
  [
    'ssm:SendCommand',
    { DocumentName: 'ping', InstanceIds: ['i-1', 'mi-2'] },
    [document('ping'), ec2('instance', 'i-1'), `arn:aws:ssm:${REGION}:${ACCOUNT}:managed-instance/mi-2`],
  ],
  ['ssm:SendCommand', { DocumentName: 'AWS-RunShellScript' }, [document('AWS-RunShellScript', '')]],
  ['ssm:SendCommand', { DocumentName: document('theirs', PEER) }, [document('theirs', PEER)]],
  ['ssm:GetParameter', { Name: '/a/b' }, [parameter('a/b')]],
  ['ssm:GetParametersByPath', { Path: '/a/b/', Recursive: true }, [parameter('a/b')]],
  ['ec2:DescribeManagedPrefixLists', {}, ['*']],
  ['ec2:GetManagedPrefixListEntries', { PrefixListId: 'pl-1' }, [ec2('prefix-list', 'pl-1')]],
  ['dynamodb:Query', { TableName: 'registry' }, [dynamoTable('registry')]],
  ['dynamodb:GetItem', { TableName: dynamoTable('theirs', PEER) }, [dynamoTable('theirs', PEER)]],
  ['dynamodb:UpdateItem', { TableName: 'registry', Key: {} }, [dynamoTable('registry')]],
  [
    'dynamodb:BatchWriteItem',
    { RequestItems: { registry: [], other: [] } },
    [dynamoTable('registry'), dynamoTable('other')],
  ],
  [
    'ssm:PutParameter',
    { Name: 'a', Tags: [{ Key: 'k', Value: 'v' }] },
    [parameter('a'), `ssm:AddTagsToResource ${parameter('a')}`],
  ],
  ['ssm:CreateDocument', { Name: 'ping', DocumentType: 'Command' }, [document('ping')]],
  [
    'events:PutEvents',
    {
      Entries: [
        { EventBusName: 'own' },
        { EventBusName: 'own' },
        {},
        { EventBusName: bus('own', PEER), Detail: '{}' },
      ],
    },
    [bus('own'), bus('default'), bus('own', PEER)],
  ],
  ['events:PutRule', { Name: 'r' }, [rule('r')]],
  ['events:PutRule', { Name: 'r', EventBusName: bus('own') }, [rule('own/r')]],
  ['events:PutRule', { Name: 'r', Tags: [{ Key: 'k' }] }, [rule('r'), `events:TagResource ${rule('r')}`]],
  ['events:RemoveTargets', { Rule: 'r', EventBusName: 'default', Ids: ['1'] }, [rule('r')]],
  [
    'events:PutTargets',
    { Rule: 'r', Targets: [{ Arn: 'a', RoleArn: ROLE }, { Arn: 'b', RoleArn: ROLE }, { Arn: 'c' }] },
    [rule('r'), `iam:PassRole ${ROLE}`],
  ],
  ['events:ListRules', {}, ['*']],
  ['sqs:CreateQueue', { QueueName: 'q' }, [queue('q')]],
  ['sqs:CreateQueue', { QueueName: 'q', tags: { k: 'v' } }, [queue('q'), `sqs:TagQueue ${queue('q')}`]],
  ['sqs:GetQueueUrl', { QueueName: 'q', QueueOwnerAWSAccountId: PEER }, [queue('q', PEER)]],
  ['sqs:SendMessage', { QueueUrl: `https://sqs.${REGION}.amazonaws.com/${PEER}/q` }, [queue('q', PEER)]],
  ['sqs:ReceiveMessage', { QueueUrl: `https://sqs.${REGION}.amazonaws.com/${PEER}/q` }, [queue('q', PEER)]],
  [
    'sqs:DeleteMessageBatch',
    { QueueUrl: `https://sqs.${REGION}.amazonaws.com/${PEER}/q`, Entries: [{ Id: '0' }] },
    [`sqs:DeleteMessage ${queue('q', PEER)}`],
  ],
  ['sns:Publish', { TopicArn: 'arn:aws:sns:x:1:t' }, ['arn:aws:sns:x:1:t']],
  ['sns:Publish', { PhoneNumber: '+1' }, ['*']],
  ['sts:AssumeRole', { RoleArn: ROLE }, [ROLE]],
  ['sts:GetCallerIdentity', {}, []],
  ['organizations:DescribeAccount', { AccountId: PEER }, [member(`account/o-1/${PEER}`)]],
  ['organizations:ListParents', { ChildId: 'ou-1' }, [member('ou/o-1/ou-1')]],
  ['organizations:ListTagsForResource', { ResourceId: 'r-1' }, [member('root/o-1/r-1')]],
])('%s of %j is checked against %j', async (action, input, expected) => {
  expect(await resources(action, input)).toEqual(expected);
});

it('an account outside any organization asks for no resource in particular', async () => {
  expect(await resources('organizations:DescribeAccount', { AccountId: PEER }, '999999999999')).toEqual([
    '*',
  ]);
});

it.each<[string, ApiCall['input'], string]>([
  ['ec2:DeleteVpc', {}, 'ec2:DeleteVpc'],
  ['constructor', {}, 'constructor'],
  ['ec2:CreateTags', { ResourceId: { 1: 'xyz-1' } }, 'xyz-1'],
  ['ssm:SendCommand', { Targets: [{ Key: 'tag:a', Values: ['b'] }] }, 'Targets'],
])('%s of %j, which the lab knows nothing of, is named', async (action, input, named) => {
  await expect(accesses(action, input)).rejects.toThrow(UnknownToLab);
  await expect(accesses(action, input)).rejects.toThrow(named);
});

describe('condition keys', () => {
  it.each<[string, ApiCall['input'], Readonly<Record<string, readonly string[]>>]>([
    [
      'dynamodb:PutItem',
      { TableName: 'registry', Item: { region: { S: 'eu-west-1' }, item: { S: 'note#a' } } },
      { 'dynamodb:LeadingKeys': ['eu-west-1'] },
    ],
    [
      'dynamodb:Query',
      { TableName: 'registry', ExpressionAttributeValues: { ':region': { S: 'eu-west-1' } } },
      { 'dynamodb:LeadingKeys': ['eu-west-1'] },
    ],
    ['ssm:GetParametersByPath', { Path: '/a', Recursive: true }, { 'ssm:Recursive': ['true'] }],
    [
      'ec2:CreateRoute',
      { RouteTableId: 'rtb-1' },
      {
        'aws:ResourceTag/p:routes': ['*'],
        'AWS:resourceTag/team': ['net'],
        'ec2:ResourceTag/other': [],
        'ec2:Region': [REGION],
        'ec2:RouteTableID': ['rtb-1'],
        'aws:RequestedRegion': [REGION],
        'aws:PrincipalArn': [ROLE],
        'aws:ResourceAccount': [ACCOUNT],
        'aws:ResourceOrgID': ['o-1'],
      },
    ],
    [
      'ec2:CreateTags',
      { ResourceId: { 1: 'pcx-1' }, Tag: { 1: { Key: 'a', Value: '1' }, 2: { Key: 'b', Value: '' } } },
      {
        'aws:TagKeys': ['a', 'b'],
        'aws:RequestTag/A': ['1'],
        'aws:RequestTag/b': [''],
        'aws:RequestTag/c': [],
        'ec2:CreateAction': [],
      },
    ],
    [
      'ec2:AcceptVpcPeeringConnection',
      { VpcPeeringConnectionId: 'pcx-1' },
      {
        'ec2:RequesterVpc': [ec2('vpc', 'vpc-1', PEER)],
        'ec2:AccepterVpc': [ec2('vpc', 'vpc-2')],
        'ec2:VpcPeeringConnectionID': ['pcx-1'],
      },
    ],
    [
      'events:PutEvents',
      {
        Entries: [
          { Source: 's', DetailType: 't' },
          { Source: 's', DetailType: 'u' },
        ],
      },
      { 'events:source': ['s'], 'events:detail-type': ['t', 'u'] },
    ],
    ['events:PutTargets', { Rule: 'r', Targets: [{ Arn: 'a' }] }, { 'events:TargetArn': ['a'] }],
    ['ec2:DescribeVpcs', {}, { 'aws:ResourceAccount': [], 'aws:ResourceOrgID': [] }],
  ])('of %s with %j', async (action, input, expected) => {
    expect(await context(action, input, ...Object.keys(expected))).toEqual(expected);
  });

  it('say which service a role is handed to', async () => {
    const [, pass] = await accesses('events:PutTargets', { Rule: 'r', Targets: [{ RoleArn: ROLE }] });
    expect(pass && (await contextFor(pass, ['iam:PassedToService']))).toEqual({
      'iam:PassedToService': ['events.amazonaws.com'],
    });
  });

  it('that the lab does not have are named', async () => {
    await expect(context('ec2:CreateRoute', { RouteTableId: 'rtb-1' }, 'aws:SourceIp')).rejects.toThrow(
      'aws:SourceIp for ec2:CreateRoute',
    );
  });
});
