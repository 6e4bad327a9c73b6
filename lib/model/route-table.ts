/** Route tables as data. Nothing here knows the AWS SDK. */
import { groupBy } from './group-by.ts';

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

/**
 * The gateway of a gateway route table: it routes what comes into the VPC there, and nothing that leaves its subnets (VPC guide,
 * "Gateway route tables"). Undefined of all other tables.
 */
export function gatewayOf({ associations }: Pick<RouteTable, 'associations'>): string | undefined {
  return associations.find(({ gatewayId }) => gatewayId !== undefined)?.gatewayId;
}

/**
 * Whether subnets use a table, as far as its associations say: one uses the table that is associated with it, or the main one of
 * its VPC (VPC guide, "Subnet route tables"). Whether any uses the main one is not known without the subnets.
 */
export function servesSubnets({ associations }: Pick<RouteTable, 'associations'>): boolean {
  return associations.some(({ main, subnetId }) => main || subnetId !== undefined);
}

/**
 * The tables of a VPC whose routes may carry something. A VPC always has a main table: where none of these is one, not all of
 * them were read, and each counts.
 */
export function tablesInUse(ofVpc: readonly RouteTable[]): readonly RouteTable[] {
  const hasMain = ofVpc.some(({ associations }) => associations.some(({ main }) => main));
  return hasMain ? ofVpc.filter(servesSubnets) : ofVpc;
}

/** By table, its VPC: of tables whose routes may carry something. */
export function vpcOfTablesInUse(tables: readonly RouteTable[]): ReadonlyMap<string, string> {
  return new Map(
    [...tablesByVpc(tables)].flatMap(([vpcId, ofVpc]) =>
      tablesInUse(ofVpc).map(({ routeTableId }) => [routeTableId, vpcId] as const),
    ),
  );
}

/** Whether a gateway or route server announced it: such routes come and go by themselves. */
export function isPropagated({ origin }: Pick<Route, 'origin'>): boolean {
  return origin === 'EnableVgwRoutePropagation' || origin === 'Advertisement';
}

/** Whether a destination is a prefix list rather than a block. */
export function isPrefixListId(destination: string): boolean {
  return destination.startsWith('pl-');
}

export function tablesByVpc(tables: readonly RouteTable[]): ReadonlyMap<string, readonly RouteTable[]> {
  return groupBy(tables, ({ vpcId }) => [vpcId]);
}
