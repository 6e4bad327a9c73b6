import type { Policy } from '../policy/schema.ts';

/**
 * The events of AWS itself that the product listens to, on the default bus of every managed Region. One list for the
 * rules of the stack and for those that carry the events of other Regions home.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type EventPattern = { readonly [key: string]: Json };

export const WATCHED = [
  'peering-requested-by-api',
  'peering-recorded-by-config',
  'peering-changed-by-api',
  'table-tag-changed',
  'vpc-tag-changed',
  'routes-changed-by-api',
  'table-recorded-by-config',
  'ping-ended',
] as const;

export type WatchedName = (typeof WATCHED)[number];

export interface WatchedEvent {
  readonly name: WatchedName;
  /** For whoever looks at the rule in the console. */
  readonly description: string;
  readonly pattern: EventPattern;
}

/**
 * Calls of the product itself come back as events. Their sessions were issued by roles under our path. A caller without
 * a session (an IAM user, the root user) has no such field, and `anything-but` alone would drop those.
 */
const NOT_OURS: Json = {
  sessionContext: {
    sessionIssuer: {
      arn: [{ exists: false }, { 'anything-but': { wildcard: 'arn:*:iam::*:role/vpc-peering-autopilot/*' } }],
    },
  },
};

/** A call of the EC2 API that succeeded: a failed one carries an `errorCode`. */
function calls(eventNames: readonly string[]): EventPattern {
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

function configItems(resourceType: string): EventPattern {
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

function tagChanges(resourceType: string, keys?: readonly string[]): EventPattern {
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
function vpcTagChanges(keys: readonly string[]): EventPattern {
  const ofKeys = tagChanges('vpc', keys);
  return JSON.stringify(ofKeys).length <= MAX_PATTERN ? ofKeys : tagChanges('vpc');
}

export function watchedEvents(policy: Policy, pingDocument: string): WatchedEvent[] {
  const localTagKeys = [...new Set(policy.rules.flatMap(({ local }) => Object.keys(local.tags)))].sort();
  return [
    {
      name: 'peering-requested-by-api',
      description: 'A peering was requested in this account',
      pattern: calls(['CreateVpcPeeringConnection']),
    },
    {
      name: 'peering-recorded-by-config',
      description: 'AWS Config recorded a change of a peering',
      pattern: configItems('AWS::EC2::VPCPeeringConnection'),
    },
    {
      name: 'peering-changed-by-api',
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
      description: 'A route table was opted in or out',
      pattern: tagChanges('route-table', [`${policy.tagPrefix}:routes`]),
    },
    ...(localTagKeys.length === 0
      ? []
      : [
          {
            name: 'vpc-tag-changed' as const,
            description: 'A tag that rules of the policy look at changed on a VPC',
            pattern: vpcTagChanges(localTagKeys),
          },
        ]),
    {
      name: 'routes-changed-by-api',
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
      description: 'AWS Config recorded a change of a route table',
      pattern: configItems('AWS::EC2::RouteTable'),
    },
    {
      name: 'ping-ended',
      description: 'A ping of this stack ended on an instance',
      pattern: {
        source: ['aws.ssm'],
        'detail-type': ['EC2 Command Invocation Status-change Notification'],
        detail: {
          'document-name': [pingDocument],
          status: ['Success', 'Failed', 'Cancelled', 'TimedOut'],
        },
      },
    },
  ];
}
