import { asksSubnets, subnetTagKeys } from '../policy/peer-subnets.ts';
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
  'network-changed-by-api',
  'tag-changed',
  'table-recorded-by-config',
  'vpc-tagged',
] as const;

export type WatchedName = (typeof WATCHED)[number];

export interface WatchedEvent {
  readonly name: WatchedName;
  /** For whoever looks at the rule in the console. */
  readonly description: string;
  readonly pattern: EventPattern;
}

/** What is called differently in each stack. */
export interface WatchedNames {
  /** What the ARNs of the product's roles in this account begin with: text, or what CloudFormation makes text of. */
  readonly ownRoles: Json;
}

/** @param productPath what the paths of the product's own roles start with: `/vpc-peering-autopilot/` */
export function ownRolesOf(partition: string, accountId: string, productPath: string): string {
  return `arn:${partition}:iam::${accountId}:role${productPath}`;
}

/**
 * Calls of the product itself come back as events. Their sessions were issued by roles under our path. A caller without
 * a session (an IAM user, the root user) has no such field, and `anything-but` alone would drop those.
 */
function notOurs(ownRoles: Json): Json {
  return {
    sessionContext: {
      sessionIssuer: { arn: [{ exists: false }, { 'anything-but': { prefix: ownRoles } }] },
    },
  };
}

/** A call of the EC2 API that succeeded: a failed one carries an `errorCode`. */
function calls(eventNames: readonly string[], ownRoles: Json): EventPattern {
  return {
    source: ['aws.ec2'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventSource: ['ec2.amazonaws.com'],
      eventName: eventNames,
      errorCode: [{ exists: false }],
      userIdentity: notOurs(ownRoles),
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

interface TaggedResource {
  readonly type: 'route-table' | 'vpc' | 'subnet';
  /** Left out: changes of any tag. */
  readonly keys?: readonly string[];
}

/** `$or` takes two or more (EventBridge user guide, "Comparison operators"). */
function tagChanges(...resources: readonly TaggedResource[]): EventPattern {
  const details = resources.map(({ type, keys }) => ({
    detail: {
      service: ['ec2'],
      'resource-type': [type],
      ...(keys === undefined ? {} : { 'changed-tag-keys': keys }),
    },
  }));
  return {
    source: ['aws.tag'],
    'detail-type': ['Tag Change on Resource'],
    ...(details.length === 1 ? details[0] : { $or: details }),
  };
}

/** EventBridge refuses a longer pattern (EventBridge quotas, "Event pattern size"). */
const MAX_PATTERN = 2048;

/**
 * Changes of the tag that opts tables in, and of those tags of VPCs and subnets that rules of the policy look at; of any tag
 * of theirs where naming them all makes the pattern too long.
 */
function tagsLookedAt({ tagPrefix, rules }: Policy): EventPattern {
  const table: TaggedResource = { type: 'route-table', keys: [`${tagPrefix}:routes`] };
  const ofVpcs = [...new Set(rules.flatMap(({ local }) => Object.keys(local.tags)))].sort();
  const ofSubnets = subnetTagKeys({ rules });
  const looked: readonly Required<TaggedResource>[] = [
    ...(ofVpcs.length === 0 ? [] : [{ type: 'vpc', keys: ofVpcs } as const]),
    ...(ofSubnets.length === 0 ? [] : [{ type: 'subnet', keys: ofSubnets } as const]),
  ];
  const named = tagChanges(table, ...looked);
  return JSON.stringify(named).length <= MAX_PATTERN
    ? named
    : tagChanges(table, ...looked.map(({ type }) => ({ type })));
}

/** Calls that change which subnets there are, and their CIDRs: of matter only where a rule routes subnets. */
const SUBNET_CALLS = [
  'CreateSubnet',
  'DeleteSubnet',
  'AssociateSubnetCidrBlock',
  'DisassociateSubnetCidrBlock',
];

/** Changes of those tags by which VPCs are hubs, spokes or of the mesh; of any tag where naming them makes the pattern too long. */
function tagsThatConnect({ connect = [], mesh }: Policy): EventPattern {
  const selectors = [...connect.flatMap(({ hub, spokes }) => [hub.tags, spokes.tags]), mesh?.tags ?? {}];
  const keys = [...new Set(selectors.flatMap((tags) => Object.keys(tags)))].sort();
  const named = tagChanges({ type: 'vpc', keys });
  return JSON.stringify(named).length <= MAX_PATTERN ? named : tagChanges({ type: 'vpc' });
}

export function watchedEvents(policy: Policy, { ownRoles }: WatchedNames): WatchedEvent[] {
  const routesSubnets = asksSubnets(policy);
  return [
    {
      name: 'peering-requested-by-api',
      description: 'A peering was requested in this account',
      pattern: calls(['CreateVpcPeeringConnection'], ownRoles),
    },
    {
      name: 'peering-recorded-by-config',
      description: 'AWS Config recorded a change of a peering',
      pattern: configItems('AWS::EC2::VPCPeeringConnection'),
    },
    {
      name: 'network-changed-by-api',
      description: `Somebody accepted, rejected, deleted or changed a peering, a CIDR of a VPC, ${routesSubnets ? 'a subnet, ' : ''}or a route table`,
      pattern: calls(
        [
          'AcceptVpcPeeringConnection',
          'RejectVpcPeeringConnection',
          'DeleteVpcPeeringConnection',
          'ModifyVpcPeeringConnectionOptions',
          'AssociateVpcCidrBlock',
          'DisassociateVpcCidrBlock',
          'CreateRoute',
          'ReplaceRoute',
          'DeleteRoute',
          'EnableVgwRoutePropagation',
          'DisableVgwRoutePropagation',
          ...(routesSubnets ? SUBNET_CALLS : []),
        ],
        ownRoles,
      ),
    },
    {
      name: 'tag-changed',
      description: `A route table was opted in or out, or a tag changed on a VPC ${routesSubnets ? 'or subnet ' : ''}that rules of the policy look at`,
      pattern: tagsLookedAt(policy),
    },
    {
      name: 'table-recorded-by-config',
      description: 'AWS Config recorded a change of a route table',
      pattern: configItems('AWS::EC2::RouteTable'),
    },
    ...(policy.connect === undefined && policy.mesh === undefined
      ? []
      : [
          {
            name: 'vpc-tagged' as const,
            description: 'A tag changed by which VPCs are to be connected',
            pattern: tagsThatConnect(policy),
          },
        ]),
  ];
}
