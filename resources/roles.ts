import { pingDocumentName } from '../lib/connectivity/ping-document.ts';
import { forwardedRulePrefix, forwardingQueueName } from '../lib/forwarding/desired.ts';
import { MESH } from '../lib/model/pair.ts';
import { endedTagKey } from '../lib/model/tags.ts';
import { type AcceptedAccounts, acceptedAccounts, heldAccounts } from '../lib/policy/accepted-accounts.ts';
import { tellsChat } from '../lib/policy/notify.ts';
import { organizationNeeds, spokeUnitsOf } from '../lib/policy/organization.ts';
import { asksSubnets } from '../lib/policy/peer-subnets.ts';
import { getAtt, pascalCase, type Resource, type Resources, ref, sub, type Value } from './cloudformation.ts';
import { optionsOf, rolePath, type StackContext, statePrefix } from './context.ts';
import { type FunctionName, functionsOf } from './functions.ts';
import { topicArns } from './people.ts';
import { isQueued, queueLogicalId } from './queued-functions.ts';
import { reportArns } from './report.ts';
import { otherSpokeAccounts, spokeReaderRoles } from './spoke-reader.ts';

/**
 * One role for each function, with what that function calls and nothing more. In `mode: observe` no role can change
 * anything in EC2 or SSM. Where a resource is `*`, AWS offers nothing narrower; the reason stands beside it.
 */

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: Value;
  readonly Condition?: { readonly [operator: string]: Value };
}

/** Managed Regions are many, and a policy change must not widen a role: the account is the limit. */
const inAccount = (type: string): Value => sub(`arn:\${AWS::Partition}:ec2:*:\${AWS::AccountId}:${type}/*`);

/** EC2's Describe actions know no resource-level permissions (service authorization reference, Amazon EC2). */
export function describe(actions: readonly string[]): Statement {
  return {
    Sid: 'Observe',
    Effect: 'Allow',
    Action: actions.map((action) => `ec2:Describe${action}`),
    Resource: '*',
  };
}

const NETWORK = ['VpcPeeringConnections', 'Vpcs', 'RouteTables'];

/** What a pass over a Region looks at: prefix lists in route tables, too, and what is in them. */
export const LOOKED_OVER = [...NETWORK, 'ManagedPrefixLists'];

/** Of what decides and routes: subnets only where rules route by them. */
function lookOver({ policy }: StackContext): Statement {
  return describe([...LOOKED_OVER, ...(asksSubnets(policy) ? ['Subnets'] : [])]);
}

/** Lists of AWS have `aws` where others have their account, and lists of other accounts may be shared with this one. */
export const readPrefixLists: Statement = {
  Sid: 'ReadPrefixLists',
  Effect: 'Allow',
  Action: ['ec2:GetManagedPrefixListEntries'],
  Resource: sub(`arn:\${AWS::Partition}:ec2:*:*:prefix-list/*`),
};

const publishEvents: Statement = {
  Sid: 'PublishOnOwnBus',
  Effect: 'Allow',
  Action: ['events:PutEvents'],
  Resource: getAtt('EventBus', 'Arn'),
};

const TELLING = ['TellPeople', 'TellChat'] as const;

/** On the topics that the policy names or has the stack make, and no other. Whoever tells people tells chat. */
function tellPeople({ policy }: StackContext): Statement[] {
  const publish = (Sid: (typeof TELLING)[number], [topic, ...others]: readonly Value[]): Statement[] =>
    topic === undefined
      ? []
      : [
          {
            Sid,
            Effect: 'Allow',
            Action: ['sns:Publish'],
            Resource: others.length === 0 ? topic : [topic, ...others],
          },
        ];
  return [
    ...publish('TellPeople', topicArns({ policy })),
    ...publish('TellChat', tellsChat(policy) ? [ref('ChatTopic')] : []),
  ];
}

/** Only tags under the product's prefix, and only on peerings. */
function tagPeerings({ policy }: StackContext): Statement {
  return {
    Sid: 'TagPeerings',
    Effect: 'Allow',
    Action: ['ec2:CreateTags'],
    Resource: inAccount('vpc-peering-connection'),
    Condition: { 'ForAllValues:StringLike': { 'aws:TagKeys': [`${policy.tagPrefix}:*`] } },
  };
}

type RegistryCall = 'Query' | 'GetItem' | 'BatchWriteItem' | 'UpdateItem' | 'DeleteItem';

function onRegistry(Sid: string, calls: readonly RegistryCall[]): Statement {
  return {
    Sid,
    Effect: 'Allow',
    Action: calls.map((call) => `dynamodb:${call}`),
    Resource: getAtt('Registry', 'Arn'),
  };
}

/** What an older version kept in SSM parameters is taken over once, and is left there. Observing, it is only looked at. */
function takeOver(context: StackContext): Statement {
  return {
    Sid: 'TakeOverParameters',
    Effect: 'Allow',
    Action: ['ssm:GetParametersByPath'],
    Resource: sub(
      `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${statePrefix(context)}/*`,
    ),
  };
}

/** Of the functions that look at whole Regions. Observing, what was remembered is read, and nothing is added to it. */
function remember(context: StackContext, writes: readonly RegistryCall[]): Statement[] {
  return [
    onRegistry('Recall', ['Query']),
    takeOver(context),
    ...(context.policy.mode === 'observe' ? [] : [onRegistry('Remember', writes)]),
  ];
}

function inOrganization(type: string): Value {
  return sub(`arn:\${AWS::Partition}:organizations::*:${type}/*`);
}

function readOrganizationBy(role: string): Statement {
  return { Sid: 'ReadTheOrganization', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: role };
}

/** Only where `connect` looks for spokes in organizational units: as for rules, and other calls. */
function readUnitMembers({ policy }: StackContext): Statement[] {
  if (spokeUnitsOf([policy]).length === 0) {
    return [];
  }
  const role = policy.organization?.role;
  return [
    role === undefined
      ? {
          Sid: 'ReadUnitMembers',
          Effect: 'Allow',
          Action: ['organizations:ListAccountsForParent', 'organizations:ListOrganizationalUnitsForParent'],
          Resource: [inOrganization('ou'), inOrganization('root')],
        }
      : readOrganizationBy(role),
  ];
}

/** Only where rules ask: the one role that reads the organization or, without it, the calls that the rules need. */
function readOrganization({ policy }: StackContext): Statement[] {
  const { units, tags } = organizationNeeds(policy);
  if (!units && !tags) {
    return [];
  }
  const role = policy.organization?.role;
  if (role !== undefined) {
    return [readOrganizationBy(role)];
  }
  return [
    ...(units
      ? [
          {
            Sid: 'ReadUnits',
            Effect: 'Allow' as const,
            Action: ['organizations:ListParents'],
            Resource: [inOrganization('account'), inOrganization('ou')],
          },
        ]
      : []),
    ...(tags
      ? [
          {
            Sid: 'ReadAccountTags',
            Effect: 'Allow' as const,
            Action: ['organizations:ListTagsForResource'],
            Resource: inOrganization('account'),
          },
        ]
      : []),
  ];
}

/** Only where the policy names an address plan: the pools and the scope that it names, whichever account has the IPAM. */
function readAddressPlan({ policy }: StackContext): Statement[] {
  const { pools = [], scope } = policy.guardrails.ipam ?? {};
  // The ARNs of IPAM name no Region.
  const arn = (type: string, id: string): Value => sub(`arn:\${AWS::Partition}:ec2::*:${type}/${id}`);
  return [
    ...(pools.length === 0
      ? []
      : [
          {
            Sid: 'ReadAddressPools',
            Effect: 'Allow' as const,
            Action: ['ec2:GetIpamPoolAllocations'],
            Resource: pools.map(({ id }) => arn('ipam-pool', id)),
          },
        ]),
    ...(scope === undefined
      ? []
      : [
          {
            Sid: 'ReadAddressScope',
            Effect: 'Allow' as const,
            Action: ['ec2:GetIpamResourceCidrs'],
            Resource: arn('ipam-scope', scope.id),
          },
        ]),
  ];
}

/**
 * Accepting is checked against both the peering, whose ARN carries the caller's account, and the accepter VPC. Where the
 * accept rules name their accounts one by one, IAM holds what the code decides: only the VPCs of these accounts may have
 * asked (Amazon VPC peering guide, "Identity and access management"). Without an accept rule nothing is ever accepted.
 */
function acceptPeerings(accepted: AcceptedAccounts): Statement[] {
  if (accepted.kind === 'named' && accepted.accounts.length === 0) {
    return [];
  }
  const vpcsOf = (account: string): Value =>
    account === 'self' ? inAccount('vpc') : sub(`arn:\${AWS::Partition}:ec2:*:${account}:vpc/*`);
  return [
    {
      Sid: 'AcceptPeerings',
      Effect: 'Allow',
      Action: ['ec2:AcceptVpcPeeringConnection'],
      Resource: inAccount('vpc-peering-connection'),
      ...(accepted.kind === 'named'
        ? { Condition: { ArnLike: { 'ec2:RequesterVpc': accepted.accounts.map(vpcsOf) } } }
        : {}),
    },
    {
      Sid: 'ForOwnVpcs',
      Effect: 'Allow',
      Action: ['ec2:AcceptVpcPeeringConnection'],
      Resource: inAccount('vpc'),
    },
  ];
}

const rejectPeerings: Statement = {
  Sid: 'RejectPeerings',
  Effect: 'Allow',
  Action: ['ec2:RejectVpcPeeringConnection'],
  Resource: inAccount('vpc-peering-connection'),
};

function acceptRequests(context: StackContext): Statement[] {
  return [
    lookOver(context),
    readPrefixLists,
    // Notes only: own routes, to which UpdateItem adds, are a matter of sync-routes.
    ...remember(context, ['BatchWriteItem']),
    ...readOrganization(context),
    ...readAddressPlan(context),
    ...tellTrustedAccounts(context),
    ...tellPeople(context),
    // Observing, nothing is decided that anybody could build on: people are told, the bus is not.
    ...(context.policy.mode === 'observe'
      ? []
      : [
          publishEvents,
          ...acceptPeerings(acceptedAccounts(context.policy)),
          rejectPeerings,
          tagPeerings(context),
        ]),
  ];
}

function syncRoutes(context: StackContext): Statement[] {
  const { mode, tagPrefix } = context.policy;
  return [
    lookOver(context),
    readPrefixLists,
    ...remember(context, ['BatchWriteItem', 'UpdateItem', 'DeleteItem']),
    ...readOrganization(context),
    ...readAddressPlan(context),
    publishEvents,
    ...tellTrustedAccounts(context),
    ...tellPeople(context),
    ...(mode === 'observe'
      ? []
      : [
          {
            // IAM limits the table, not the target or the destination of a route: those are the code's to keep.
            Sid: 'RouteInOptedInTables',
            Effect: 'Allow' as const,
            Action: ['ec2:CreateRoute', 'ec2:ReplaceRoute', 'ec2:DeleteRoute'],
            Resource: inAccount('route-table'),
            Condition: { StringLike: { [`aws:ResourceTag/${tagPrefix}:routes`]: '*' } },
          },
          {
            Sid: 'SetPeeringOptions',
            Effect: 'Allow' as const,
            Action: ['ec2:ModifyVpcPeeringConnectionOptions'],
            Resource: inAccount('vpc-peering-connection'),
          },
          tagPeerings(context),
          ...deleteExpired(context),
        ]),
  ];
}

/**
 * Only where a rule says `onExpiry: delete`, and only peerings on which the product has said in a tag that they have ended: the tag
 * is written a day before (`lib/passes/mark-ended.ts`), and `none` closes it again. It is written over, not deleted: who may open it may then
 * close it. DeleteTags, even of this one key (`aws:TagKeys`), is one more permission, which an organization may deny by itself; refused, it would
 * leave the deletion open.
 */
function deleteExpired({ policy: { rules, tagPrefix } }: StackContext): Statement[] {
  return rules.some(({ onExpiry }) => onExpiry === 'delete')
    ? [
        {
          Sid: 'DeleteEndedPeerings',
          Effect: 'Allow',
          Action: ['ec2:DeleteVpcPeeringConnection'],
          Resource: inAccount('vpc-peering-connection'),
          Condition: { StringLike: { [`aws:ResourceTag/${endedTagKey(tagPrefix)}`]: '????-??-??T*' } },
        },
      ]
    : [];
}

/** It is there only where it may answer: never observing. Nothing is told to other accounts, nor to people. */
function answerRequest(context: StackContext): Statement[] {
  return [
    lookOver(context),
    readPrefixLists,
    onRegistry('Recall', ['Query']),
    onRegistry('Remember', ['BatchWriteItem']),
    ...readOrganization(context),
    ...readAddressPlan(context),
    publishEvents,
    // A person accepts what hold rules hold, and those name others than accept rules do.
    ...acceptPeerings(heldAccounts(context.policy)),
    rejectPeerings,
    tagPeerings(context),
  ];
}

/** Accounts whose VPCs the product may ask to be peered: this one, and those in which the policy looks for spokes. */
function spokeVpcs({ policy }: StackContext): Value[] {
  return [
    inAccount('vpc'),
    ...otherSpokeAccounts(policy).map((account) => sub(`arn:\${AWS::Partition}:ec2:*:${account}:vpc/*`)),
  ];
}

/**
 * Requesting is checked against the requester's VPC and against the new peering, with its tags (service authorization reference).
 * What the product requests says for which connection, and only what says so it may delete.
 */
function writePeerings(context: StackContext): Statement[] {
  const { connect = [], mesh, tagPrefix } = context.policy;
  const connections = [...connect.map(({ name }) => name), ...(mesh === undefined ? [] : [MESH])];
  const isDeleting = [...connect, ...(mesh === undefined ? [] : [mesh])].some(
    ({ onLeave }) => onLeave === 'delete',
  );
  return [
    {
      Sid: 'RequestFromOwnVpcs',
      Effect: 'Allow',
      Action: ['ec2:CreateVpcPeeringConnection'],
      Resource: inAccount('vpc'),
    },
    {
      Sid: 'RequestPeerings',
      Effect: 'Allow',
      Action: ['ec2:CreateVpcPeeringConnection'],
      Resource: inAccount('vpc-peering-connection'),
      Condition: {
        ArnLike: { 'ec2:AccepterVpc': spokeVpcs(context) },
        StringEquals: { [`aws:RequestTag/${tagPrefix}:connection`]: connections },
      },
    },
    {
      Sid: 'TagWhatIsRequested',
      Effect: 'Allow',
      Action: ['ec2:CreateTags'],
      Resource: inAccount('vpc-peering-connection'),
      Condition: { StringEquals: { 'ec2:CreateAction': 'CreateVpcPeeringConnection' } },
    },
    ...(isDeleting
      ? [
          {
            Sid: 'DeleteWhatWasRequested',
            Effect: 'Allow' as const,
            Action: ['ec2:DeleteVpcPeeringConnection'],
            Resource: inAccount('vpc-peering-connection'),
            Condition: { StringEquals: { [`aws:ResourceTag/${tagPrefix}:connection`]: connections } },
          },
        ]
      : []),
  ];
}

function requestPeerings(context: StackContext): Statement[] {
  const roles = spokeReaderRoles(context);
  return [
    describe(['VpcPeeringConnections', 'Vpcs']),
    onRegistry('Recall', ['Query']),
    ...(roles.length === 0
      ? []
      : [{ Sid: 'LookAtSpokes', Effect: 'Allow' as const, Action: ['sts:AssumeRole'], Resource: roles }]),
    ...readUnitMembers(context),
    ...(context.policy.mode === 'observe'
      ? []
      : [
          onRegistry('Remember', ['BatchWriteItem']),
          publishEvents,
          ...tellPeople(context),
          ...writePeerings(context),
        ]),
  ];
}

const FOR_DIAGNOSIS = [
  'Instances',
  'Subnets',
  'SecurityGroups',
  'StaleSecurityGroups',
  'NetworkAcls',
  'NetworkInterfaces',
];

/** Systems Manager knows no resource-level permissions for these (service authorization reference). */
const readCommands: Statement = {
  Sid: 'ReadCommands',
  Effect: 'Allow',
  Action: ['ssm:ListCommandInvocations'],
  Resource: '*',
};

function checkConnectivity(context: StackContext): Statement[] {
  const { mode, tagPrefix } = context.policy;
  return [
    describe([...LOOKED_OVER, 'Instances', 'Subnets']),
    readPrefixLists,
    onRegistry('Recall', ['Query']),
    ...readOrganization(context),
    readCommands,
    // Observing, it sends nothing of which to tell record-connectivity.
    ...(mode === 'observe' ? [] : [publishEvents]),
    {
      Sid: 'FindOnlineInstances',
      Effect: 'Allow',
      Action: ['ssm:DescribeInstanceInformation'],
      Resource: '*',
    },
    ...(mode === 'observe'
      ? []
      : [
          // Of peerings that were checked, and are not any more.
          ...tellPeople(context),
          onRegistry('Remember', ['BatchWriteItem']),
          {
            // A command names the version whose content it means.
            Sid: 'FindThePingDocument',
            Effect: 'Allow' as const,
            Action: ['ssm:GetDocument'],
            Resource: sub(`arn:\${AWS::Partition}:ssm:*:\${AWS::AccountId}:document/\${PingDocument}`),
          },
          {
            // Two statements, because SendCommand is checked against the document and against each instance. No other
            // document, so no shell; and no instance without the tag.
            Sid: 'SendThePingDocument',
            Effect: 'Allow' as const,
            Action: ['ssm:SendCommand'],
            Resource: sub(`arn:\${AWS::Partition}:ssm:*:\${AWS::AccountId}:document/\${PingDocument}`),
          },
          {
            Sid: 'ToProbeInstances',
            Effect: 'Allow' as const,
            Action: ['ssm:SendCommand'],
            Resource: inAccount('instance'),
            Condition: {
              StringEquals: { [`aws:ResourceTag/${tagPrefix}:probe`]: ['source', 'both'] },
            },
          },
        ]),
  ];
}

/** The bus of the same name in each trusted account, and no other. Observing, nothing is told to them. */
function tellTrustedAccounts({ policy, stage }: StackContext): Statement[] {
  const busIn = (account: string): Value =>
    sub(`arn:\${AWS::Partition}:events:\${AWS::Region}:${account}:event-bus/vpc-peering-autopilot-${stage}`);
  const { accounts, organization } = policy.trust;
  if (policy.mode === 'observe') {
    return [];
  }
  return [
    ...(accounts.length === 0
      ? []
      : [
          {
            Sid: 'TellTrustedAccounts',
            Effect: 'Allow' as const,
            Action: ['events:PutEvents'],
            Resource: accounts.map(busIn),
          },
        ]),
    ...(organization === undefined
      ? []
      : [
          {
            Sid: 'TellTheOrganization',
            Effect: 'Allow' as const,
            Action: ['events:PutEvents'],
            Resource: busIn('*'),
            Condition: { StringEquals: { 'aws:ResourceOrgID': organization } },
          },
        ]),
  ];
}

function recordConnectivity(context: StackContext): Statement[] {
  const { policy } = context;
  const peers = policy.trust.organization !== undefined || policy.trust.accounts.length > 0;
  if (policy.mode === 'observe') {
    return [
      // What a peer says is looked into, though nothing is made of it.
      ...(peers ? [describe(['VpcPeeringConnections'])] : []),
      // Commands that were on their way when the policy changed.
      readCommands,
      publishEvents,
    ];
  }
  return [
    describe([...LOOKED_OVER, ...FOR_DIAGNOSIS]),
    readPrefixLists,
    readCommands,
    publishEvents,
    ...tellTrustedAccounts(context),
    ...tellPeople(context),
    onRegistry('Recall', ['GetItem', 'Query']),
    onRegistry('Remember', ['BatchWriteItem']),
    takeOver(context),
  ];
}

/** Only what has the names that forwarding gives, in any Region: which ones are managed may change. */
function forwardEvents(context: StackContext): Statement[] {
  const { policy, stage } = context;
  const ours = (service: string, name: string): Value =>
    sub(`arn:\${AWS::Partition}:${service}:*:\${AWS::AccountId}:${name}`);
  return [
    ...tellPeople(context),
    {
      // Whether EventBridge checks ListRules against anything narrower is unproven. It shows rules, no event.
      Sid: 'FindRules',
      Effect: 'Allow',
      Action: ['events:ListRules'],
      Resource: '*',
    },
    {
      Sid: 'KeepRules',
      Effect: 'Allow',
      Action: [
        'events:ListTargetsByRule',
        'events:PutRule',
        'events:PutTargets',
        'events:RemoveTargets',
        'events:DeleteRule',
      ],
      Resource: ours('events', `rule/${forwardedRulePrefix(stage)}*`),
    },
    {
      Sid: 'LetEventBridgePutEvents',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: getAtt('ForwarderRole', 'Arn'),
      Condition: { StringEquals: { 'iam:PassedToService': 'events.amazonaws.com' } },
    },
    {
      Sid: 'KeepQueues',
      Effect: 'Allow',
      Action: [
        'sqs:GetQueueUrl',
        'sqs:GetQueueAttributes',
        'sqs:CreateQueue',
        'sqs:SetQueueAttributes',
        'sqs:DeleteQueue',
      ],
      Resource: ours('sqs', forwardingQueueName(stage)),
    },
    {
      // Observing makes no document, but removes one that was made before.
      Sid: 'KeepThePingDocument',
      Effect: 'Allow',
      Action: [
        'ssm:GetDocument',
        'ssm:DeleteDocument',
        ...(policy.mode === 'observe'
          ? []
          : ['ssm:CreateDocument', 'ssm:UpdateDocument', 'ssm:UpdateDocumentDefaultVersion']),
      ],
      Resource: ours('ssm', `document/${pingDocumentName(stage)}`),
    },
    {
      // EC2's Describe actions know no resource-level permissions.
      Sid: 'TellWhyARegionFails',
      Effect: 'Allow',
      Action: ['ec2:DescribeRegions'],
      Resource: '*',
    },
  ];
}

/** It reads what `peering report` reads, and writes one object. */
function publishReport(context: StackContext): Statement[] {
  const arns = reportArns(context);
  const { report: key } = optionsOf(context).keys;
  return [
    lookOver(context),
    readPrefixLists,
    onRegistry('Recall', ['Query']),
    ...readOrganization(context),
    ...readAddressPlan(context),
    ...(arns === undefined
      ? []
      : [
          {
            // Whether the bucket is closed to the public is looked at each time.
            Sid: 'SeeThatTheBucketIsClosed',
            Effect: 'Allow' as const,
            Action: ['s3:GetBucketPublicAccessBlock'],
            Resource: arns.bucket,
          },
          {
            Sid: 'PutThePage',
            Effect: 'Allow' as const,
            Action: ['s3:PutObject'],
            Resource: arns.page,
          },
        ]),
    // An object that is put at once is encrypted with a new data key; reading that key is a matter of who opens the page.
    ...(key === undefined ? [] : [useKey('UseTheKeyOfTheReport', key, 's3', ['GenerateDataKey'])]),
  ];
}

const STATEMENTS: Readonly<Record<FunctionName, (context: StackContext) => Statement[]>> = {
  'accept-requests': acceptRequests,
  'sync-routes': syncRoutes,
  'check-connectivity': checkConnectivity,
  'record-connectivity': recordConnectivity,
  sweep: () => [publishEvents],
  'forward-events': forwardEvents,
  'answer-request': answerRequest,
  'request-peerings': requestPeerings,
  'publish-report': publishReport,
};

/** What every function needs whatever it does: its own log group, and its queue or the one for events that it failed to handle. */
function common(name: FunctionName, { stage }: StackContext): Statement[] {
  return [
    {
      Sid: 'WriteOwnLog',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: sub(
        `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/vpc-peering-autopilot-${stage}-${name}:*`,
      ),
    },
    isQueued(name)
      ? {
          // Lambda takes the events from the queue in the function's name. The function itself gives back what failed, and makes sure
          // of a batch that Lambda held for long.
          Sid: 'TakeEvents',
          Effect: 'Allow',
          Action: [
            'sqs:ReceiveMessage',
            'sqs:DeleteMessage',
            'sqs:GetQueueAttributes',
            'sqs:ChangeMessageVisibility',
          ],
          Resource: getAtt(queueLogicalId(name), 'Arn'),
        }
      : {
          Sid: 'KeepFailedEvents',
          Effect: 'Allow',
          Action: ['sqs:SendMessage'],
          Resource: getAtt('DeadLetterQueue', 'Arn'),
        },
  ];
}

function roleLogicalId(name: FunctionName): string {
  return `${pascalCase(name)}Role`;
}

/** A key of one's own is used by whoever uses what it encrypts, and only through that service. */
function useKey(
  Sid: string,
  key: string,
  service: 'sns' | 'sqs' | 's3',
  actions: readonly string[],
): Statement {
  return {
    Sid,
    Effect: 'Allow',
    Action: actions.map((action) => `kms:${action}`),
    Resource: key,
    Condition: {
      StringEquals: { 'kms:ViaService': sub(`${service}.\${AWS::Region}.\${AWS::URLSuffix}`) },
    },
  };
}

/** Who writes encrypts and, as SNS and SQS document it, decrypts the data key; who reads only decrypts. */
const WRITES = ['GenerateDataKey', 'Decrypt'];

function useKeys(name: FunctionName, context: StackContext, tells: boolean): Statement[] {
  const { topic, queues } = optionsOf(context).keys;
  return [
    ...(queues === undefined
      ? []
      : [useKey('UseTheKeyOfQueues', queues, 'sqs', isQueued(name) ? ['Decrypt'] : WRITES)]),
    ...(topic === undefined || !tells ? [] : [useKey('UseTheKeyOfTheTopic', topic, 'sns', WRITES)]),
  ];
}

export function statementsOf(name: FunctionName, context: StackContext): Statement[] {
  const own = STATEMENTS[name](context);
  const tells = own.some(({ Sid }) => TELLING.some((telling) => telling === Sid));
  return [...common(name, context), ...own, ...useKeys(name, context, tells)];
}

function role(name: FunctionName, context: StackContext): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      Path: rolePath(context),
      Description: `What ${name} of vpc-peering-autopilot (${context.stage}) may do`,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        {
          PolicyName: name,
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: statementsOf(name, context).map((statement) => ({ ...statement })) as unknown as Value,
          },
        },
      ],
    },
  };
}

export function roles(context: StackContext): Resources {
  return Object.fromEntries(
    functionsOf(context.policy).map((name) => [roleLogicalId(name), role(name, context)]),
  );
}
