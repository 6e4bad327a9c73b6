/**
 * Every call that the product makes, sent to nowhere: what goes out is kept, and a canned answer comes back. Run plainly
 * and from a bundle, both have to give the same.
 */
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteRouteCommand,
  DescribeInstancesCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeStaleSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  EC2Client,
  GetManagedPrefixListEntriesCommand,
  ModifyVpcPeeringConnectionOptionsCommand,
  RejectVpcPeeringConnectionCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetPublicAccessBlockCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteParameterCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  ListCommandInvocationsCommand,
  PutParameterCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';

export interface RecordedCall {
  readonly call: string;
  /** Method, address, headers and body, without what changes with time. */
  readonly request: unknown;
  /** What the SDK made of the canned answer. */
  readonly answer: unknown;
}

interface SentRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Ids and times of the attempt; the signature changes with them. */
const CHANGING = new Set([
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'x-amz-date',
  'user-agent',
  'x-amz-user-agent',
]);

function stable({ method, protocol, hostname, port, path, query, headers, body }: SentRequest): unknown {
  const kept = Object.entries(headers)
    .filter(([name]) => !CHANGING.has(name))
    .map(([name, value]) => [name, value.replace(/Credential=([^/]+)\/\d+|Signature=.*/g, '$1')])
    .sort();
  return { method, protocol, hostname, port, path, query, headers: kept, body: String(body) };
}

const xml = (action: string, content: string) =>
  `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r-1</requestId>${content}</${action}Response>`;

const ok = '<return>true</return>';
const tagSet =
  '<tagSet><item><key>peering-autopilot:routes</key><value>* &amp; &lt;x&gt;</value></item></tagSet>';
const options =
  '<peeringOptions><allowDnsResolutionFromRemoteVpc>true</allowDnsResolutionFromRemoteVpc></peeringOptions>';
const connection = `<accepterVpcInfo><ownerId>012345678901</ownerId><vpcId>vpc-b</vpcId><region>eu-west-1</region></accepterVpcInfo>
  <requesterVpcInfo><cidrBlock>10.1.0.0/16</cidrBlock><cidrBlockSet><item><cidrBlock>10.1.0.0/16</cidrBlock></item><item><cidrBlock>10.9.0.0/16</cidrBlock></item></cidrBlockSet><ipv6CidrBlockSet><item><ipv6CidrBlock>2001:db8::/56</ipv6CidrBlock></item></ipv6CidrBlockSet><ownerId>111111111111</ownerId><vpcId>vpc-a</vpcId><region>us-east-1</region>${options}</requesterVpcInfo>
  <expirationTime>2026-03-09T09:15:30.000Z</expirationTime><status><code>pending-acceptance</code><message>Pending Acceptance by 012345678901</message></status>${tagSet}<vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>`;

const ANSWERS: Readonly<Record<string, string>> = {
  DescribeVpcPeeringConnections: `<vpcPeeringConnectionSet><item>${connection}</item><item><tagSet/></item></vpcPeeringConnectionSet><nextToken>page-2</nextToken>`,
  AcceptVpcPeeringConnection: `<vpcPeeringConnection>${connection}</vpcPeeringConnection>`,
  RejectVpcPeeringConnection: ok,
  ModifyVpcPeeringConnectionOptions:
    '<accepterPeeringConnectionOptions><allowDnsResolutionFromRemoteVpc>false</allowDnsResolutionFromRemoteVpc></accepterPeeringConnectionOptions>',
  DescribeVpcs: `<vpcSet><item><vpcId>vpc-a</vpcId><ownerId>111111111111</ownerId><cidrBlock>10.1.0.0/16</cidrBlock><cidrBlockAssociationSet><item><associationId>a-1</associationId><cidrBlock>10.1.0.0/16</cidrBlock><cidrBlockState><state>associated</state></cidrBlockState></item></cidrBlockAssociationSet><ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>2001:db8::/56</ipv6CidrBlock><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item></ipv6CidrBlockAssociationSet><isDefault>false</isDefault>${tagSet}</item></vpcSet>`,
  DescribeRouteTables: `<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-a</vpcId><routeSet><item><destinationCidrBlock>10.1.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state><origin>CreateRouteTable</origin></item><item><destinationIpv6CidrBlock>2001:db8:1::/56</destinationIpv6CidrBlock><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId><state>blackhole</state><origin>CreateRoute</origin></item><item><destinationPrefixListId>pl-1</destinationPrefixListId><transitGatewayId>tgw-1</transitGatewayId><state>active</state><origin>CreateRoute</origin></item></routeSet><associationSet><item><routeTableAssociationId>rtbassoc-1</routeTableAssociationId><main>true</main></item></associationSet><propagatingVgwSet/>${tagSet}</item></routeTableSet>`,
  CreateRoute: ok,
  ReplaceRoute: ok,
  DeleteRoute: ok,
  CreateTags: ok,
  DescribeInstances: `<reservationSet><item><ownerId>111111111111</ownerId><instancesSet><item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState><launchTime>2026-03-01T00:00:00.000Z</launchTime><placement><availabilityZone>us-east-1a</availabilityZone></placement><privateIpAddress>10.1.1.13</privateIpAddress><networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><ipv6AddressesSet><item><ipv6Address>2001:db8::1</ipv6Address></item></ipv6AddressesSet><groupSet><item><groupId>sg-1</groupId></item></groupSet></item></networkInterfaceSet>${tagSet}</item></instancesSet></item></reservationSet>`,
  DescribeSubnets:
    '<subnetSet><item><subnetId>subnet-1</subnetId><availableIpAddressCount>250</availableIpAddressCount><availabilityZoneId>use1-az1</availabilityZoneId></item></subnetSet>',
  DescribeSecurityGroups:
    '<securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions><item><ipProtocol>icmp</ipProtocol><fromPort>-1</fromPort><toPort>-1</toPort><groups><item><userId>222222222222</userId><groupId>sg-2</groupId><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId></item></groups><ipRanges><item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges></item></ipPermissions></item></securityGroupInfo>',
  DescribeStaleSecurityGroups:
    '<staleSecurityGroupSet><item><groupId>sg-1</groupId><vpcId>vpc-a</vpcId><staleIpPermissions><item><ipProtocol>-1</ipProtocol><groups><item><groupId>sg-2</groupId><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId></item></groups></item></staleIpPermissions></item></staleSecurityGroupSet>',
  DescribeNetworkAcls:
    '<networkAclSet><item><networkAclId>acl-1</networkAclId><default>true</default><entrySet><item><ruleNumber>100</ruleNumber><protocol>1</protocol><ruleAction>allow</ruleAction><egress>true</egress><cidrBlock>0.0.0.0/0</cidrBlock><icmpTypeCode><code>-1</code><type>8</type></icmpTypeCode></item></entrySet></item></networkAclSet>',
  DescribeNetworkInterfaces:
    '<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><vpcId>vpc-a</vpcId><interfaceType>interface</interfaceType><privateIpAddressesSet><item><privateIpAddress>10.1.1.13</privateIpAddress><primary>true</primary></item></privateIpAddressesSet><groupSet><item><groupId>sg-1</groupId></item></groupSet></item></networkInterfaceSet>',
  DescribeManagedPrefixLists:
    '<prefixListSet><item><prefixListId>pl-1</prefixListId><prefixListName>office</prefixListName><maxEntries>10</maxEntries><ownerId>111111111111</ownerId></item></prefixListSet><nextToken>page-2</nextToken>',
  GetManagedPrefixListEntries:
    '<entrySet><item><cidr>10.9.0.0/24</cidr><description>a</description></item></entrySet>',
  DescribeVpcAttribute: '<vpcId>vpc-a</vpcId><enableDnsHostnames><value>true</value></enableDnsHostnames>',
};

const refusal =
  '<Response><Errors><Error><Code>RouteAlreadyExists</Code><Message>The route identified by 10.2.0.0/16 already exists.</Message></Error></Errors><RequestID>r-2</RequestID></Response>';

const JSON_ANSWERS: Readonly<Record<string, unknown>> = {
  PutEvents: {
    FailedEntryCount: 1,
    Entries: [{ EventId: 'e-1' }, { ErrorCode: 'InternalFailure', ErrorMessage: 'x' }],
  },
  SendCommand: {
    Command: { CommandId: 'c-1', RequestedDateTime: 1772442930.5, Parameters: { target: ['10.2.1.139'] } },
  },
  GetCommandInvocation: {
    CommandId: 'c-1',
    InstanceId: 'i-1',
    Status: 'Success',
    StandardOutputContent: '5 packets',
  },
  ListCommandInvocations: {
    CommandInvocations: [{ CommandId: 'c-1', CommandPlugins: [{ Name: 'pingLinux', ResponseCode: 0 }] }],
    NextToken: 'page-2',
  },
  DescribeInstanceInformation: {
    InstanceInformationList: [{ InstanceId: 'i-1', PingStatus: 'Online', LastPingDateTime: 1772442930.5 }],
  },
  GetParameter: { Parameter: { Name: '/p', Value: '1', Version: 3 } },
  GetParametersByPath: { Parameters: [{ Name: '/p/a', Value: '1' }], NextToken: 'page-2' },
  Query: {
    Count: 1,
    Items: [
      {
        region: { S: 'eu-west-1' },
        item: { S: 'route#rtb-1#pcx-1#rule' },
        destinations: { SS: ['10.2.0.0/16', 'fd00:2::/56'] },
        at: { N: '1772442930500' },
      },
    ],
    LastEvaluatedKey: { region: { S: 'eu-west-1' }, item: { S: 'route#rtb-1#pcx-1#rule' } },
  },
  GetItem: { Item: { times: { L: [{ N: '1' }, { N: '2' }] } } },
  UpdateItem: { Attributes: { destinations: { SS: ['10.2.0.0/16'] } } },
  BatchWriteItem: {
    UnprocessedItems: { registry: [{ DeleteRequest: { Key: { item: { S: 'note#a' } } } }] },
  },
  DeleteItem: {},
  DeleteParameter: {},
  PutParameter: { Version: 4, Tier: 'Standard' },
};

/** An SDK client hands its requests to this instead of the network. */
function handlerOf(answer: { statusCode: number; type: string; body: string }, sent: unknown[]) {
  return {
    handle: async (request: unknown) => {
      sent.push(stable(request as SentRequest));
      return {
        response: {
          statusCode: answer.statusCode,
          headers: { 'content-type': answer.type },
          body: new TextEncoder().encode(answer.body),
        },
      };
    },
  };
}

type Handler = ReturnType<typeof handlerOf>;
type Send = (requestHandler: Handler) => Promise<unknown>;

/** The commands of a service share no type that its client's `send` takes; what it makes of them is what is tested. */
interface Client {
  send(command: unknown): Promise<unknown>;
}

const ec2 =
  (command: object): Send =>
  (requestHandler) =>
    (new EC2Client({ requestHandler, maxAttempts: 1 }) as Client).send(command);

const ssm =
  (command: object): Send =>
  (requestHandler) =>
    (new SSMClient({ requestHandler, maxAttempts: 1 }) as Client).send(command);

const dynamo =
  (command: object): Send =>
  (requestHandler) =>
    (new DynamoDBClient({ requestHandler, maxAttempts: 1 }) as Client).send(command);

const item = {
  TableName: 'registry',
  Key: { region: { S: 'eu-west-1' }, item: { S: 'route#rtb-1#pcx-1#rule' } },
};

const peering = { VpcPeeringConnectionId: 'pcx-1' };
const route = { RouteTableId: 'rtb-1', DestinationCidrBlock: '10.2.0.0/16' };
const filters = { Filters: [{ Name: 'vpc-id', Values: ['vpc-a', 'vpc-b'] }], NextToken: 'page-1' };

const CALLS: readonly (readonly [call: string, send: Send])[] = [
  [
    'DescribeVpcPeeringConnections',
    ec2(
      new DescribeVpcPeeringConnectionsCommand({
        ...filters,
        VpcPeeringConnectionIds: ['pcx-1'],
        MaxResults: 1000,
      }),
    ),
  ],
  ['DescribeVpcs', ec2(new DescribeVpcsCommand({ ...filters, VpcIds: ['vpc-a'], MaxResults: 1000 }))],
  [
    'DescribeRouteTables',
    ec2(new DescribeRouteTablesCommand({ ...filters, RouteTableIds: ['rtb-1'], MaxResults: 100 })),
  ],
  ['CreateRoute', ec2(new CreateRouteCommand({ ...route, ...peering }))],
  [
    'CreateRoute',
    ec2(
      new CreateRouteCommand({
        RouteTableId: 'rtb-1',
        DestinationIpv6CidrBlock: '2001:db8::/56',
        ...peering,
      }),
    ),
  ],
  ['ReplaceRoute', ec2(new ReplaceRouteCommand({ ...route, ...peering }))],
  ['DeleteRoute', ec2(new DeleteRouteCommand({ ...route, DryRun: true }))],
  ['AcceptVpcPeeringConnection', ec2(new AcceptVpcPeeringConnectionCommand(peering))],
  ['RejectVpcPeeringConnection', ec2(new RejectVpcPeeringConnectionCommand(peering))],
  [
    'ModifyVpcPeeringConnectionOptions',
    ec2(
      new ModifyVpcPeeringConnectionOptionsCommand({
        ...peering,
        AccepterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: true },
        RequesterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: false },
      }),
    ),
  ],
  [
    'CreateTags',
    ec2(
      new CreateTagsCommand({
        Resources: ['pcx-1', 'rtb-1'],
        Tags: [{ Key: 'peering-autopilot:decision', Value: 'accept & more' }],
      }),
    ),
  ],
  [
    'DescribeInstances',
    ec2(new DescribeInstancesCommand({ ...filters, InstanceIds: ['i-1'], MaxResults: 50 })),
  ],
  ['DescribeSubnets', ec2(new DescribeSubnetsCommand({ ...filters, SubnetIds: ['subnet-1'] }))],
  ['DescribeSecurityGroups', ec2(new DescribeSecurityGroupsCommand({ ...filters, GroupIds: ['sg-1'] }))],
  [
    'DescribeStaleSecurityGroups',
    ec2(new DescribeStaleSecurityGroupsCommand({ VpcId: 'vpc-a', MaxResults: 255 })),
  ],
  ['DescribeNetworkAcls', ec2(new DescribeNetworkAclsCommand({ ...filters, NetworkAclIds: ['acl-1'] }))],
  [
    'DescribeVpcAttribute',
    ec2(new DescribeVpcAttributeCommand({ VpcId: 'vpc-a', Attribute: 'enableDnsHostnames' })),
  ],
  [
    'SendCommand',
    ssm(
      new SendCommandCommand({
        DocumentName: 'ping',
        InstanceIds: ['i-1'],
        Parameters: { target: ['10.2.1.139'], count: ['5'] },
        TimeoutSeconds: 60,
      }),
    ),
  ],
  [
    'GetCommandInvocation',
    ssm(new GetCommandInvocationCommand({ CommandId: 'c-1', InstanceId: 'i-1', PluginName: 'pingLinux' })),
  ],
  ['ListCommandInvocations', ssm(new ListCommandInvocationsCommand({ CommandId: 'c-1', Details: true }))],
  [
    'DescribeInstanceInformation',
    ssm(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'InstanceIds', Values: ['i-1'] }],
        MaxResults: 50,
      }),
    ),
  ],
  [
    'DescribeNetworkInterfaces',
    ec2(
      new DescribeNetworkInterfacesCommand({ ...filters, NetworkInterfaceIds: ['eni-1'], MaxResults: 1000 }),
    ),
  ],
  ['DescribeManagedPrefixLists', ec2(new DescribeManagedPrefixListsCommand({ ...filters, MaxResults: 100 }))],
  [
    'GetManagedPrefixListEntries',
    ec2(new GetManagedPrefixListEntriesCommand({ PrefixListId: 'pl-1', MaxResults: 100, NextToken: 'a' })),
  ],
  [
    'GetParametersByPath',
    ssm(new GetParametersByPathCommand({ Path: '/p', Recursive: true, WithDecryption: false })),
  ],
  [
    'Query',
    dynamo(
      new QueryCommand({
        TableName: 'registry',
        ConsistentRead: true,
        KeyConditionExpression: '#region = :region',
        ExpressionAttributeNames: { '#region': 'region' },
        ExpressionAttributeValues: { ':region': { S: 'eu-west-1' } },
        ExclusiveStartKey: item.Key,
      }),
    ),
  ],
  ['GetItem', dynamo(new GetItemCommand({ ...item, ConsistentRead: true }))],
  [
    'UpdateItem',
    dynamo(
      new UpdateItemCommand({
        ...item,
        UpdateExpression: 'SET #at = :at ADD #destinations :given',
        ExpressionAttributeNames: { '#at': 'at', '#destinations': 'destinations' },
        ExpressionAttributeValues: { ':at': { N: '1' }, ':given': { SS: ['10.2.0.0/16'] } },
        ReturnValues: 'UPDATED_NEW',
      }),
    ),
  ],
  [
    'BatchWriteItem',
    dynamo(
      new BatchWriteItemCommand({
        RequestItems: {
          registry: [{ PutRequest: { Item: item.Key } }, { DeleteRequest: { Key: item.Key } }],
        },
      }),
    ),
  ],
  ['DeleteItem', dynamo(new DeleteItemCommand({ ...item, ConditionExpression: 'attribute_not_exists(a)' }))],
  ['DeleteParameter', ssm(new DeleteParameterCommand({ Name: '/p' }))],
  ['GetParameter', ssm(new GetParameterCommand({ Name: '/p' }))],
  ['PutParameter', ssm(new PutParameterCommand({ Name: '/p', Value: '1', Type: 'String', Overwrite: true }))],
  [
    'GetPublicAccessBlock',
    (requestHandler) =>
      new S3Client({ requestHandler, maxAttempts: 1, followRegionRedirects: true }).send(
        new GetPublicAccessBlockCommand({ Bucket: 'reports', ExpectedBucketOwner: '111111111111' }),
      ),
  ],
  [
    'PutObject',
    (requestHandler) =>
      new S3Client({ requestHandler, maxAttempts: 1, followRegionRedirects: true }).send(
        new PutObjectCommand({
          Bucket: 'reports',
          Key: 'net/peerings.html',
          ExpectedBucketOwner: '111111111111',
          Body: '<!doctype html>é',
          ContentType: 'text/html; charset=utf-8',
          CacheControl: 'no-store',
          ChecksumAlgorithm: 'SHA256',
        }),
      ),
  ],
  [
    'Publish',
    (requestHandler) =>
      new SNSClient({ requestHandler, maxAttempts: 1 }).send(
        new PublishCommand({
          TopicArn: 'arn:aws:sns:us-east-1:111111111111:t',
          Subject: 'é',
          Message: 'a\nb',
        }),
      ),
  ],
  [
    'PutEvents',
    (requestHandler) =>
      new EventBridgeClient({ requestHandler, maxAttempts: 1 }).send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: 'bus',
              Source: 's',
              DetailType: 'Sweep Requested',
              Detail: '{"a":1}',
              Time: new Date(0),
            },
          ],
        }),
      ),
  ],
];

const S3_ANSWERS: Readonly<Record<string, string>> = {
  GetPublicAccessBlock:
    '<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>',
  PutObject: '',
};

function answerTo(call: string): { statusCode: number; type: string; body: string } {
  const ofS3 = S3_ANSWERS[call];
  if (ofS3 !== undefined) {
    return { statusCode: 200, type: 'application/xml', body: ofS3 };
  }
  if (call === 'Publish') {
    const body =
      '<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>';
    return { statusCode: 200, type: 'text/xml', body };
  }
  const content = ANSWERS[call];
  return content === undefined
    ? { statusCode: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(JSON_ANSWERS[call]) }
    : { statusCode: 200, type: 'text/xml', body: xml(call, content) };
}

const s3Refusal = (code: string, statusCode: number) => ({
  statusCode,
  type: 'application/xml',
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message><RequestId>r-3</RequestId></Error>`,
});

const REFUSALS: Readonly<Record<string, { statusCode: number; type: string; body: string }>> = {
  GetPublicAccessBlock: s3Refusal('NoSuchPublicAccessBlockConfiguration', 404),
  PutObject: s3Refusal('AccessDenied', 403),
  CreateRoute: { statusCode: 400, type: 'text/xml', body: refusal },
  GetParameter: {
    statusCode: 400,
    type: 'application/x-amz-json-1.1',
    body: '{"__type":"com.amazonaws.ssm#ParameterNotFound","message":"no"}',
  },
  DeleteItem: {
    statusCode: 400,
    type: 'application/x-amz-json-1.0',
    body: '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}',
  },
  PutEvents: {
    statusCode: 400,
    type: 'application/x-amz-json-1.1',
    body: '{"__type":"ThrottlingException","message":"slow down"}',
  },
};

async function record(call: string, send: Send, answer: ReturnType<typeof answerTo>): Promise<RecordedCall> {
  const sent: unknown[] = [];
  const outcome = await send(handlerOf(answer, sent)).catch((error: unknown) => {
    const { name, message, $fault, $metadata } = error as Error & Record<string, unknown>;
    return { name, message, $fault, $metadata };
  });
  return { call, request: sent, answer: outcome };
}

/** Needs credentials and a Region in the environment, as Lambda gives them. */
export async function recordCalls(): Promise<RecordedCall[]> {
  const recorded: RecordedCall[] = [];
  for (const [call, send] of CALLS) {
    recorded.push(await record(call, send, answerTo(call)));
  }
  for (const [call, send] of CALLS) {
    const refused = REFUSALS[call];
    if (refused !== undefined) {
      recorded.push(await record(`${call}, refused`, send, refused));
    }
  }
  // Dates and bytes come out alike from both.
  return JSON.parse(JSON.stringify(recorded));
}
