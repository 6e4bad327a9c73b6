import type { FunctionName } from '../build/functions.ts';
import {
  functionLogicalId,
  getAtt,
  pascalCase,
  type Resource,
  type Resources,
  ref,
  type Value,
} from './cloudformation.ts';
import type { StackContext } from './context.ts';

/** One EventBridge rule and the function that it invokes. `events/` holds a sample event for each, by the rule's name. */
export interface RuleSpec {
  readonly name: string;
  readonly target: FunctionName;
  readonly description: string;
  /** Left out: the account's default bus. */
  readonly bus?: 'own';
  readonly pattern?: { readonly [key: string]: Value };
  readonly schedule?: string;
}

/**
 * Calls of the product itself come back as events. Their sessions were issued by roles under our path. A caller without
 * a session (an IAM user, the root user) has no such field, and `anything-but` alone would drop those.
 */
const NOT_OURS: Value = {
  sessionContext: {
    sessionIssuer: {
      arn: [{ exists: false }, { 'anything-but': { wildcard: 'arn:*:iam::*:role/vpc-peering-autopilot/*' } }],
    },
  },
};

/** A call of the EC2 API that succeeded: a failed one carries an `errorCode`. */
function calls(eventNames: readonly string[]): { readonly [key: string]: Value } {
  return {
    source: ['aws.ec2'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventSource: ['ec2.amazonaws.com'],
      eventName: eventNames,
      errorCode: [{ exists: false }],
      userIdentity: NOT_OURS,
    },
  };
}

function configItems(resourceType: string): { readonly [key: string]: Value } {
  return {
    source: ['aws.config'],
    'detail-type': ['Config Configuration Item Change'],
    // An item that is too large for an event arrives as a summary.
    $or: [
      { detail: { configurationItem: { resourceType: [resourceType] } } },
      { detail: { configurationItemSummary: { resourceType: [resourceType] } } },
    ],
  };
}

function tagChanges(resourceType: string, keys?: readonly string[]): { readonly [key: string]: Value } {
  return {
    source: ['aws.tag'],
    'detail-type': ['Tag Change on Resource'],
    detail: {
      service: ['ec2'],
      'resource-type': [resourceType],
      ...(keys === undefined ? {} : { 'changed-tag-keys': keys }),
    },
  };
}

/** EventBridge refuses a longer pattern (EventBridge quotas, "Event pattern size"). */
const MAX_PATTERN = 2048;

/** Changes of the tags that rules of the policy look at; of any tag where naming them all makes the pattern too long. */
function vpcTagChanges(keys: readonly string[]): { readonly [key: string]: Value } {
  const ofKeys = tagChanges('vpc', keys);
  return JSON.stringify(ofKeys).length <= MAX_PATTERN ? ofKeys : tagChanges('vpc');
}

function ownEvents(types: readonly string[]): { readonly [key: string]: Value } {
  return { source: ['vpc-peering-autopilot'], 'detail-type': types };
}

export function ruleSpecs({ policy }: StackContext): RuleSpec[] {
  const { tagPrefix } = policy;
  const localTagKeys = [...new Set(policy.rules.flatMap(({ local }) => Object.keys(local.tags)))].sort();
  return [
    {
      name: 'peering-requested-by-api',
      target: 'accept-requests',
      description: 'A peering was requested in this account',
      pattern: calls(['CreateVpcPeeringConnection']),
    },
    {
      name: 'peering-recorded-by-config',
      target: 'accept-requests',
      description: 'AWS Config recorded a change of a peering',
      pattern: configItems('AWS::EC2::VPCPeeringConnection'),
    },
    {
      name: 'requests-to-decide',
      target: 'accept-requests',
      description: 'Another stack asks to look at a request, or the sweep at all of them',
      bus: 'own',
      pattern: ownEvents(['Peering Requested', 'Sweep Requested']),
    },
    {
      name: 'peering-changed-by-api',
      target: 'sync-routes',
      description: 'Somebody accepted, rejected, deleted or changed a peering, or a CIDR of a VPC',
      pattern: calls([
        'AcceptVpcPeeringConnection',
        'RejectVpcPeeringConnection',
        'DeleteVpcPeeringConnection',
        'ModifyVpcPeeringConnectionOptions',
        'AssociateVpcCidrBlock',
        'DisassociateVpcCidrBlock',
      ]),
    },
    {
      name: 'table-tag-changed',
      target: 'sync-routes',
      description: 'A route table was opted in or out',
      pattern: tagChanges('route-table', [`${tagPrefix}:routes`]),
    },
    ...(localTagKeys.length === 0
      ? []
      : [
          {
            name: 'vpc-tag-changed',
            target: 'detect-drift' as const,
            description: 'A tag that rules of the policy look at changed on a VPC',
            pattern: vpcTagChanges(localTagKeys),
          },
        ]),
    {
      name: 'routes-to-sync',
      target: 'sync-routes',
      description: 'A peering was accepted, or another pass left work',
      bus: 'own',
      pattern: ownEvents(['Peering Accepted', 'Routes Remaining']),
    },
    {
      name: 'routes-changed-by-api',
      target: 'detect-drift',
      description: 'Somebody changed a route table',
      pattern: calls([
        'CreateRoute',
        'ReplaceRoute',
        'DeleteRoute',
        'EnableVgwRoutePropagation',
        'DisableVgwRoutePropagation',
      ]),
    },
    {
      name: 'table-recorded-by-config',
      target: 'detect-drift',
      description: 'AWS Config recorded a change of a route table',
      pattern: configItems('AWS::EC2::RouteTable'),
    },
    {
      name: 'tables-to-check',
      target: 'detect-drift',
      description: 'The sweep asks for a look at a Region',
      bus: 'own',
      pattern: ownEvents(['Sweep Requested']),
    },
    {
      name: 'connectivity-schedule',
      target: 'check-connectivity',
      description: 'Pings across the peerings from time to time',
      schedule: policy.schedules.connectivity,
    },
    {
      name: 'ping-ended',
      target: 'record-connectivity',
      description: 'A ping of this stack ended on an instance',
      pattern: {
        source: ['aws.ssm'],
        'detail-type': ['EC2 Command Invocation Status-change Notification'],
        detail: {
          'document-name': [ref('PingDocument')],
          status: ['Success', 'Failed', 'Cancelled', 'TimedOut'],
        },
      },
    },
    ...(policy.trust.organization === undefined && policy.trust.accounts.length === 0
      ? []
      : [
          {
            name: 'peer-verdict',
            target: 'record-connectivity' as const,
            description: 'The product in another account says how a common peering looks from there',
            bus: 'own' as const,
            pattern: {
              ...ownEvents(['Connectivity Verdict']),
              account: [{ 'anything-but': [ref('AWS::AccountId')] }],
            },
          },
        ]),
    {
      name: 'sweep-schedule',
      target: 'sweep',
      description: 'Looks over every managed Region from time to time: some changes emit no event',
      schedule: policy.schedules.sweep,
    },
  ];
}

export function ruleLogicalId({ name }: RuleSpec): string {
  return `${pascalCase(name)}Rule`;
}

/** Events are worth delivering for an hour: after that the sweep has been there many times. */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 };

function rule(spec: RuleSpec): Resource {
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      Description: spec.description,
      State: 'ENABLED',
      ...(spec.bus === 'own' ? { EventBusName: getAtt('EventBus', 'Name') } : {}),
      ...(spec.pattern === undefined ? {} : { EventPattern: spec.pattern }),
      ...(spec.schedule === undefined ? {} : { ScheduleExpression: spec.schedule }),
      Targets: [
        {
          Id: spec.target,
          Arn: getAtt(functionLogicalId(spec.target), 'Arn'),
          RetryPolicy: RETRY_POLICY,
          DeadLetterConfig: { Arn: getAtt('DeadLetterQueue', 'Arn') },
        },
      ],
    },
  };
}

function permission(spec: RuleSpec): Resource {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: getAtt(functionLogicalId(spec.target), 'Arn'),
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: getAtt(ruleLogicalId(spec), 'Arn'),
    },
  };
}

export function rules(specs: readonly RuleSpec[]): Resources {
  return Object.fromEntries(
    specs.flatMap((spec) => [
      [ruleLogicalId(spec), rule(spec)],
      [`${pascalCase(spec.name)}Permission`, permission(spec)],
    ]),
  );
}
