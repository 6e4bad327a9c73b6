/** Route tables, desired routes, changes and findings, as data. Nothing here knows the AWS SDK. */

export type RouteTargetKind =
  | 'local'
  | 'peering'
  | 'internet-gateway'
  | 'egress-only-internet-gateway'
  | 'nat-gateway'
  | 'transit-gateway'
  | 'virtual-private-gateway'
  | 'local-gateway'
  | 'carrier-gateway'
  | 'network-interface'
  | 'instance'
  | 'core-network'
  | 'vpc-endpoint'
  | 'unknown';

export interface RouteTarget {
  readonly kind: RouteTargetKind;
  /** Id of the target; `local` for the VPC's own route. */
  readonly id: string;
}

export interface Route {
  /** IPv4 CIDR, IPv6 CIDR or prefix list id (`pl-…`), exactly as EC2 gives it. */
  readonly destination: string;
  readonly target: RouteTarget;
  readonly state: 'active' | 'blackhole' | 'filtered';
  readonly origin: 'CreateRouteTable' | 'CreateRoute' | 'EnableVgwRoutePropagation' | 'Advertisement';
}

export interface RouteTable {
  readonly routeTableId: string;
  readonly vpcId: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
  readonly associations: readonly RouteTableAssociation[];
}

export interface RouteTableAssociation {
  readonly main: boolean;
  readonly subnetId?: string;
  /** Set on gateway route tables (edge associations), which take no peering routes. */
  readonly gatewayId?: string;
}

/** What the policy asks for: one route in one opted-in table. */
export interface DesiredRoute {
  readonly region: string;
  readonly routeTableId: string;
  readonly destination: string;
  readonly peeringId: string;
  readonly rule: string;
}

export type ChangeAction = 'create' | 'replace' | 'delete';

/** One write that brings a table closer to its desired routes. */
export interface Change {
  readonly action: ChangeAction;
  readonly region: string;
  readonly routeTableId: string;
  readonly destination: string;
  /** create, replace: the peering to route to. delete: the peering the route points to now. */
  readonly peeringId: string;
  /** The rule that asks for the route; undefined when no rule does any more (delete). */
  readonly rule?: string;
  readonly reason: string;
  /** replace, delete: what the plan saw; apply reads again and skips if it is no longer so. */
  readonly seen?: Route;
  /** The kind of drift that the change mends; undefined for work that was never done before (pending). */
  readonly mends?: FindingKind;
}

export const FINDING_KINDS = [
  'missing',
  'wrong-target',
  'blackhole',
  'stale',
  'unexpected',
  'shadowed',
  'conflict',
  'over-limit',
  'untagged',
  'contested',
  'active-but-not-allowed',
  'dns-resolution',
] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

/** One way in which a table or peering differs from what the policy asks for. */
export interface Finding {
  readonly kind: FindingKind;
  readonly region: string;
  readonly routeTableId?: string;
  readonly destination?: string;
  readonly peeringId?: string;
  readonly rule?: string;
  /** One sentence: what was expected, what is there. */
  readonly detail: string;
  /** Whether a change of the same plan mends it. */
  readonly repairable: boolean;
}
