import { arnIn, globalArnIn, isArn, lastPart, parseArn } from '../arn.ts';
import { ec2Arn, resourceTypeOf } from '../ec2/resource-arn.ts';
import type { Place } from '../types.ts';
import { UnknownToLab } from './conditions.ts';
import { type Input, textAt, textsAt, valuesAt } from './input.ts';

/**
 * What AWS checks for a call: actions, resources and condition keys. Source: AWS service authorization reference, the
 * pages of each service. Only what the product's functions call is here; a call without an entry is denied.
 */

/** Reads the values of a condition key; `name` is what follows its slash, as in `aws:ResourceTag/<name>`. */
export type KeyReader = (name: string) => readonly string[] | Promise<readonly string[]>;

export interface CheckedAccess {
  readonly action: string;
  readonly resource: string;
  /** By name without what follows the slash. Only those that a policy asks for are read. */
  readonly keys: Readonly<Record<string, KeyReader>>;
}

export interface ApiCall extends Place {
  /** `ec2:CreateRoute`, whichever service the request was signed for. */
  readonly action: string;
  readonly input: Input;
}

export interface PeeringVpcs {
  readonly requester: string;
  readonly accepter: string;
}

/** What the lab's AWS knows of the resources of a call. */
export interface ResourceFacts {
  ec2Tags(place: Place, id: string): Promise<Readonly<Record<string, string>>>;
  /** ARNs of the two VPCs; undefined when there is no such peering. */
  peeringVpcs(place: Place, peeringId: string): Promise<PeeringVpcs | undefined>;
  /** The template that a call to CloudFormation brings, or that of the stack that it names; undefined without one. */
  templateOf(call: ApiCall): Promise<string | undefined>;
  /** Undefined for an account outside any organization. */
  organizationOf(
    place: Place,
  ): Promise<{ readonly id: string; readonly managementAccountId: string } | undefined>;
}

type Accesses = (
  call: ApiCall,
  facts: ResourceFacts,
) => readonly CheckedAccess[] | Promise<readonly CheckedAccess[]>;

/** AWS checks these against no resource in particular. */
const unscoped: Accesses = ({ action }) => [{ action, resource: '*', keys: {} }];

/** Tag keys are compared without case (IAM user guide, "Controlling access to AWS resources using tags"). */
function tagReader(read: () => Promise<Readonly<Record<string, string>>>): KeyReader {
  return async (name) =>
    Object.entries(await read()).flatMap(([key, value]) =>
      key.toLowerCase() === name.toLowerCase() ? [value] : [],
    );
}

function ec2Resource(
  { action, accountId, region }: ApiCall,
  facts: ResourceFacts,
  type: string,
  id: string,
  more: CheckedAccess['keys'] = {},
): CheckedAccess {
  const tag = tagReader(() => facts.ec2Tags({ accountId, region }, id));
  return {
    action,
    resource: ec2Arn({ accountId, region }, type, id),
    keys: { 'ec2:Region': () => [region], 'aws:ResourceTag': tag, 'ec2:ResourceTag': tag, ...more },
  };
}

function peering(call: ApiCall, facts: ResourceFacts): CheckedAccess {
  const id = textAt(call.input, 'VpcPeeringConnectionId') ?? '';
  const vpcs = () => facts.peeringVpcs(call, id);
  return ec2Resource(call, facts, 'vpc-peering-connection', id, {
    'ec2:VpcPeeringConnectionID': () => [id],
    'ec2:RequesterVpc': async () => textsAt(await vpcs(), 'requester'),
    'ec2:AccepterVpc': async () => textsAt(await vpcs(), 'accepter'),
  });
}

const onePeering: Accesses = (call, facts) => [peering(call, facts)];

const acceptPeering: Accesses = async (call, facts) => {
  const vpcs = await facts.peeringVpcs(call, textAt(call.input, 'VpcPeeringConnectionId') ?? '');
  // EC2 finds an unknown peering only after it asked for the permission to it.
  return [
    peering(call, facts),
    ...(vpcs === undefined
      ? []
      : [
          {
            ...ec2Resource(call, facts, 'vpc', lastPart(vpcs.accepter), {
              'ec2:VpcID': () => [lastPart(vpcs.accepter)],
            }),
            resource: vpcs.accepter,
          },
        ]),
  ];
};

/** The requester's VPC, and the peering that is to be, which has no id yet; and its tags, where the call brings some. */
const requestPeering: Accesses = (call, facts) => {
  const vpcId = textAt(call.input, 'VpcId') ?? '';
  const requester = ec2Arn(call, 'vpc', vpcId);
  const peer = {
    accountId: textAt(call.input, 'PeerOwnerId') ?? call.accountId,
    region: textAt(call.input, 'PeerRegion') ?? call.region,
  };
  const tags = valuesAt(call.input, 'TagSpecification.*.Tag.*');
  const made = {
    'ec2:Region': () => [call.region],
    'ec2:RequesterVpc': () => [requester],
    'ec2:AccepterVpc': () => [ec2Arn(peer, 'vpc', textAt(call.input, 'PeerVpcId') ?? '')],
    'aws:TagKeys': () => textsAt(tags, '*.Key'),
    'aws:RequestTag': (name: string) =>
      tags.flatMap((tag) =>
        textAt(tag, 'Key')?.toLowerCase() === name.toLowerCase() ? [textAt(tag, 'Value') ?? ''] : [],
      ),
  };
  const resource = ec2Arn(call, 'vpc-peering-connection', '*');
  return [
    ec2Resource(call, facts, 'vpc', vpcId, { 'ec2:VpcID': () => [vpcId] }),
    { action: call.action, resource, keys: made },
    ...(tags.length === 0
      ? []
      : [
          {
            action: 'ec2:CreateTags',
            resource,
            keys: { ...made, 'ec2:CreateAction': () => ['CreateVpcPeeringConnection'] },
          },
        ]),
  ];
};

const oneRouteTable: Accesses = (call, facts) => {
  const id = textAt(call.input, 'RouteTableId') ?? '';
  return [ec2Resource(call, facts, 'route-table', id, { 'ec2:RouteTableID': () => [id] })];
};

/** Tagging what exists already: `ec2:CreateAction` is there only when the tags come with the resource. */
const createTags: Accesses = (call, facts) =>
  textsAt(call.input, 'ResourceId.*').map((id) => {
    const type = resourceTypeOf(id);
    if (type === undefined) {
      throw new UnknownToLab(`The lab does not know what kind of EC2 resource ${id} is.`);
    }
    return ec2Resource(call, facts, type, id, {
      'aws:TagKeys': () => textsAt(call.input, 'Tag.*.Key'),
      'aws:RequestTag': (name) =>
        valuesAt(call.input, 'Tag.*').flatMap((tag) =>
          textAt(tag, 'Key')?.toLowerCase() === name.toLowerCase() ? [textAt(tag, 'Value') ?? ''] : [],
        ),
      'ec2:CreateAction': () => [],
    });
  });

const onePrefixList: Accesses = (call, facts) => [
  ec2Resource(call, facts, 'prefix-list', textAt(call.input, 'PrefixListId') ?? ''),
];

/** IPAM's ARNs name no Region. Whose it is the lab does not look up: the caller stands for the owner. */
function ofIpam(type: 'ipam-pool' | 'ipam-scope', parameter: string): Accesses {
  return (call) => [
    {
      action: call.action,
      resource: globalArnIn(call, 'ec2', `${type}/${textAt(call.input, parameter) ?? ''}`),
      keys: { 'ec2:Region': () => [call.region] },
    },
  ];
}

/** A second access that AWS asks for when the call carries tags. */
function tagging(action: string, resource: string, tagKeys: readonly string[]): CheckedAccess[] {
  return tagKeys.length === 0 ? [] : [{ action, resource, keys: { 'aws:TagKeys': () => tagKeys } }];
}

/** A document is named by its name or its ARN; AWS's own belong to no account. */
function documentArn(call: ApiCall, name: string): string {
  if (isArn(name)) {
    return name;
  }
  return arnIn(name.startsWith('AWS-') ? { ...call, accountId: '' } : call, 'ssm', `document/${name}`);
}

const oneDocument: Accesses = (call) => [
  { action: call.action, resource: documentArn(call, textAt(call.input, 'Name') ?? ''), keys: {} },
];

const createDocument: Accesses = (call) => {
  const resource = documentArn(call, textAt(call.input, 'Name') ?? '');
  return [
    {
      action: call.action,
      resource,
      keys: { 'ssm:DocumentType': () => textsAt(call.input, 'DocumentType') },
    },
    ...tagging('ssm:AddTagsToResource', resource, textsAt(call.input, 'Tags.*.Key')),
  ];
};

const sendCommand: Accesses = (call, facts) => {
  if (valuesAt(call.input, 'Targets.*').length > 0) {
    throw new UnknownToLab('The lab checks ssm:SendCommand by InstanceIds only, not by Targets.');
  }
  return [
    { action: call.action, resource: documentArn(call, textAt(call.input, 'DocumentName') ?? ''), keys: {} },
    ...textsAt(call.input, 'InstanceIds.*').map((id): CheckedAccess => {
      if (!id.startsWith('i-')) {
        return { action: call.action, resource: arnIn(call, 'ssm', `managed-instance/${id}`), keys: {} };
      }
      const instance = ec2Resource(call, facts, 'instance', id);
      const tag = instance.keys['aws:ResourceTag'];
      return {
        ...instance,
        keys: tag === undefined ? {} : { 'aws:ResourceTag': tag, 'ssm:resourceTag': tag },
      };
    }),
  ];
};

const oneParameter: Accesses = (call) => {
  const name = textAt(call.input, 'Name') ?? '';
  const resource = isArn(name) ? name : arnIn(call, 'ssm', `parameter/${name.replace(/^\//, '')}`);
  return [
    { action: call.action, resource, keys: {} },
    ...tagging('ssm:AddTagsToResource', resource, textsAt(call.input, 'Tags.*.Key')),
  ];
};

/** The path itself: whoever may read it may read all below it (SSM API reference, GetParametersByPath). */
const oneLogGroup: Accesses = (call) => [
  {
    action: call.action,
    resource: arnIn(call, 'logs', `log-group:${textAt(call.input, 'logGroupName') ?? ''}`),
    keys: {},
  },
];

const parametersBelow: Accesses = (call) => [
  {
    action: call.action,
    resource: arnIn(call, 'ssm', `parameter/${(textAt(call.input, 'Path') ?? '').replace(/^\/|\/$/g, '')}`),
    keys: { 'ssm:Recursive': () => [String(valuesAt(call.input, 'Recursive')[0] === true)] },
  },
];

/** A table is named by its name or its ARN. */
function tableArn(call: ApiCall, table: string): string {
  return isArn(table) ? table : arnIn(call, 'dynamodb', `table/${table}`);
}

/** Partition keys that a call is about; undefined where the table's key has another name than ours. */
type LeadingKeys = (input: Input) => readonly string[];

const keyOfItem: LeadingKeys = (input) => [
  ...textsAt(input, 'Key.region.S'),
  ...textsAt(input, 'Item.region.S'),
];

/** The one value that the condition compares with is the partition key's. */
const keyOfQuery: LeadingKeys = (input) => textsAt(input, 'ExpressionAttributeValues.:region.S');

const oneTable =
  (leadingKeys: LeadingKeys): Accesses =>
  (call) => {
    const name = textAt(call.input, 'TableName') ?? '';
    return [
      {
        action: call.action,
        resource: tableArn(call, name),
        keys: { 'dynamodb:LeadingKeys': () => leadingKeys(call.input) },
      },
    ];
  };

/** One access for each table, whatever the number of items. */
const manyItems: Accesses = (call) =>
  Object.entries(valuesAt(call.input, 'RequestItems')[0] ?? {}).map(([table, requests]) => ({
    action: call.action,
    resource: tableArn(call, table),
    keys: {
      'dynamodb:LeadingKeys': () => [
        ...new Set([
          ...textsAt(requests, '*.PutRequest.Item.region.S'),
          ...textsAt(requests, '*.DeleteRequest.Key.region.S'),
        ]),
      ],
    },
  }));

function busArn(call: ApiCall, bus: string | undefined): string {
  return bus !== undefined && isArn(bus) ? bus : arnIn(call, 'events', `event-bus/${bus ?? 'default'}`);
}

/** One access for each bus, whatever the number of entries. */
const putEvents: Accesses = (call) => {
  const entries = valuesAt(call.input, 'Entries.*');
  const busOf = (entry: unknown) => busArn(call, textAt(entry, 'EventBusName'));
  return [...new Set(entries.map(busOf))].map((resource) => {
    const here = entries.filter((entry) => busOf(entry) === resource);
    return {
      action: call.action,
      resource,
      keys: {
        'events:source': () => [...new Set(textsAt(here, '*.Source'))],
        'events:detail-type': () => [...new Set(textsAt(here, '*.DetailType'))],
      },
    };
  });
};

/** A rule of the default bus has no bus in its ARN. */
function ruleArn(call: ApiCall): string {
  const rule = textAt(call.input, 'Rule') ?? textAt(call.input, 'Name') ?? '';
  const bus = lastPart(textAt(call.input, 'EventBusName') ?? 'default');
  return arnIn(call, 'events', bus === 'default' ? `rule/${rule}` : `rule/${bus}/${rule}`);
}

const oneRule: Accesses = (call) => [
  {
    action: call.action,
    resource: ruleArn(call),
    keys: { 'events:creatorAccount': () => [call.accountId] },
  },
];

const putRule: Accesses = (call) => [
  {
    action: call.action,
    resource: ruleArn(call),
    keys: {
      'events:creatorAccount': () => [call.accountId],
      'aws:TagKeys': () => textsAt(call.input, 'Tags.*.Key'),
    },
  },
  ...tagging('events:TagResource', ruleArn(call), textsAt(call.input, 'Tags.*.Key')),
];

/** A target's role is handed to EventBridge, which takes `iam:PassRole` for each role. */
const putTargets: Accesses = (call) => [
  {
    action: call.action,
    resource: ruleArn(call),
    keys: {
      'events:creatorAccount': () => [call.accountId],
      'events:TargetArn': () => [...new Set(textsAt(call.input, 'Targets.*.Arn'))],
    },
  },
  ...[...new Set(textsAt(call.input, 'Targets.*.RoleArn'))].map((resource) => ({
    action: 'iam:PassRole',
    resource,
    keys: {
      'iam:PassedToService': () => ['events.amazonaws.com'],
      'iam:AssociatedResourceArn': () => [ruleArn(call)],
    },
  })),
];

/** Queues are created by name and addressed by URL, which ends in account and name. */
const oneQueue: Accesses = (call) => {
  const [accountId, name] = textAt(call.input, 'QueueUrl')?.split('/').slice(-2) ?? [
    textAt(call.input, 'QueueOwnerAWSAccountId') ?? call.accountId,
    textAt(call.input, 'QueueName'),
  ];
  const resource = arnIn({ region: call.region, accountId: accountId ?? '' }, 'sqs', name ?? '');
  return [
    { action: call.action, resource, keys: {} },
    ...tagging('sqs:TagQueue', resource, Object.keys(valuesAt(call.input, 'tags')[0] ?? {})),
  ];
};

/** A call for several messages takes the permission of the call for one. */
const batchOf =
  (action: string): Accesses =>
  (call, facts) =>
    oneQueue({ ...call, action }, facts);

/** A message to a telephone has no topic. */
const publish: Accesses = ({ action, input }) => [
  { action, resource: textAt(input, 'TopicArn') ?? textAt(input, 'TargetArn') ?? '*', keys: {} },
];

const assumeRole: Accesses = ({ action, input }) => [
  {
    action,
    resource: textAt(input, 'RoleArn') ?? '',
    keys: {
      'sts:RoleSessionName': () => textsAt(input, 'RoleSessionName'),
      'sts:ExternalId': () => textsAt(input, 'ExternalId'),
    },
  },
];

/** An account or an organizational unit: their ARNs name the organization and its management account. */
function organizationsResource(parameter: 'ChildId' | 'ResourceId' | 'AccountId'): Accesses {
  return async ({ action, input, accountId, region }, facts) => {
    const id = textAt(input, parameter) ?? '';
    const organization = await facts.organizationOf({ accountId, region });
    if (organization === undefined) {
      return [{ action, resource: '*', keys: {} }];
    }
    const type = /^\d{12}$/.test(id) ? 'account' : id.startsWith('r-') ? 'root' : 'ou';
    const place = { region, accountId: organization.managementAccountId };
    const resource = globalArnIn(place, 'organizations', `${type}/${organization.id}/${id}`);
    return [{ action, resource, keys: {} }];
  };
}

const ACCESSES: Readonly<Record<string, Accesses>> = {
  'ec2:DescribeVpcPeeringConnections': unscoped,
  'ec2:DescribeVpcs': unscoped,
  'ec2:DescribeRouteTables': unscoped,
  'ec2:DescribeInstances': unscoped,
  'ec2:DescribeSubnets': unscoped,
  'ec2:DescribeSecurityGroups': unscoped,
  'ec2:DescribeStaleSecurityGroups': unscoped,
  'ec2:DescribeNetworkAcls': unscoped,
  'ec2:DescribeNetworkInterfaces': unscoped,
  'ec2:DescribeRegions': unscoped,
  'ec2:DescribeManagedPrefixLists': unscoped,
  'ec2:GetManagedPrefixListEntries': onePrefixList,
  'ec2:GetIpamPoolAllocations': ofIpam('ipam-pool', 'IpamPoolId'),
  'ec2:GetIpamResourceCidrs': ofIpam('ipam-scope', 'IpamScopeId'),
  'ec2:AcceptVpcPeeringConnection': acceptPeering,
  'ec2:RejectVpcPeeringConnection': onePeering,
  'ec2:CreateVpcPeeringConnection': requestPeering,
  'ec2:DeleteVpcPeeringConnection': onePeering,
  'ec2:ModifyVpcPeeringConnectionOptions': onePeering,
  'ec2:CreateRoute': oneRouteTable,
  'ec2:ReplaceRoute': oneRouteTable,
  'ec2:DeleteRoute': oneRouteTable,
  'ec2:CreateTags': createTags,
  'logs:FilterLogEvents': oneLogGroup,
  'ssm:SendCommand': sendCommand,
  'ssm:ListCommandInvocations': unscoped,
  'ssm:DescribeInstanceInformation': unscoped,
  'ssm:GetParameter': oneParameter,
  'ssm:GetParametersByPath': parametersBelow,
  'ssm:PutParameter': oneParameter,
  'ssm:DeleteParameter': oneParameter,
  'ssm:CreateDocument': createDocument,
  'ssm:GetDocument': oneDocument,
  'ssm:DescribeDocument': oneDocument,
  'ssm:UpdateDocument': oneDocument,
  'ssm:UpdateDocumentDefaultVersion': oneDocument,
  'ssm:DeleteDocument': oneDocument,
  'dynamodb:GetItem': oneTable(keyOfItem),
  'dynamodb:PutItem': oneTable(keyOfItem),
  'dynamodb:UpdateItem': oneTable(keyOfItem),
  'dynamodb:DeleteItem': oneTable(keyOfItem),
  'dynamodb:Query': oneTable(keyOfQuery),
  'dynamodb:BatchWriteItem': manyItems,
  'events:PutEvents': putEvents,
  'events:PutRule': putRule,
  'events:DeleteRule': oneRule,
  'events:DescribeRule': oneRule,
  'events:ListTargetsByRule': oneRule,
  'events:PutTargets': putTargets,
  'events:RemoveTargets': oneRule,
  'events:ListRules': unscoped,
  'sns:Publish': publish,
  'sqs:SendMessage': oneQueue,
  'sqs:ReceiveMessage': oneQueue,
  'sqs:DeleteMessage': oneQueue,
  'sqs:DeleteMessageBatch': batchOf('sqs:DeleteMessage'),
  'sqs:ChangeMessageVisibility': oneQueue,
  'sqs:ChangeMessageVisibilityBatch': batchOf('sqs:ChangeMessageVisibility'),
  'sqs:CreateQueue': oneQueue,
  'sqs:GetQueueUrl': oneQueue,
  'sqs:GetQueueAttributes': oneQueue,
  'sqs:SetQueueAttributes': oneQueue,
  'sqs:DeleteQueue': oneQueue,
  'sts:AssumeRole': assumeRole,
  // Needs no permission, and cannot be denied (STS API reference).
  'sts:GetCallerIdentity': () => [],
  'organizations:ListParents': organizationsResource('ChildId'),
  'organizations:ListTagsForResource': organizationsResource('ResourceId'),
  'organizations:DescribeAccount': organizationsResource('AccountId'),
};

/** Keys that every request has, whatever the service (IAM user guide, "AWS global condition context keys"). */
function globalKeys(
  call: ApiCall,
  roleArn: string,
  resource: string,
  facts: ResourceFacts,
): CheckedAccess['keys'] {
  const owner = isArn(resource) ? parseArn(resource).accountId : '';
  return {
    'aws:RequestedRegion': () => [call.region],
    'aws:PrincipalArn': () => [roleArn],
    'aws:PrincipalAccount': () => [call.accountId],
    'aws:ResourceAccount': () => (owner === '' ? [] : [owner]),
    'aws:ResourceOrgID': async () =>
      textsAt(
        owner === '' ? undefined : await facts.organizationOf({ accountId: owner, region: call.region }),
        'id',
      ),
  };
}

/**
 * Every access that a call of a role needs.
 * @throws {UnknownToLab} for a call that no entry is about.
 */
export async function accessesOf(
  call: ApiCall,
  roleArn: string,
  facts: ResourceFacts,
): Promise<readonly CheckedAccess[]> {
  const accesses = Object.hasOwn(ACCESSES, call.action) ? ACCESSES[call.action] : undefined;
  if (accesses === undefined) {
    throw new UnknownToLab(
      `The lab has no entry for ${call.action}, so it cannot tell what AWS checks for it; add one to lab/iam/accesses.ts.`,
    );
  }
  return (await accesses(call, facts)).map(({ keys, ...access }) => ({
    ...access,
    keys: { ...globalKeys(call, roleArn, access.resource, facts), ...keys },
  }));
}

/**
 * The values of the keys that a policy asks for.
 * @param wanted as the policy writes them: `aws:ResourceTag/peering-autopilot:routes`
 * @throws {UnknownToLab} for a key that the lab does not have for this access.
 */
export async function contextFor(
  { action, keys }: CheckedAccess,
  wanted: readonly string[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const readers = new Map(Object.entries(keys).map(([name, read]) => [name.toLowerCase(), read]));
  const context: Record<string, readonly string[]> = {};
  for (const key of wanted) {
    const slash = key.indexOf('/');
    const family = slash === -1 ? key : key.slice(0, slash);
    const read = readers.get(family.toLowerCase());
    if (read === undefined) {
      throw new UnknownToLab(
        `The lab has no condition key ${key} for ${action}; add it to lab/iam/accesses.ts.`,
      );
    }
    context[key] = await read(slash === -1 ? '' : key.slice(slash + 1));
  }
  return context;
}
