import type { PeeringStatus } from '../model/peering.ts';
import type { RouteTable } from '../model/route-table.ts';

export interface RouteKey {
  readonly region: string;
  readonly routeTableId: string;
  readonly destination: string;
}

export interface RouteWrite extends RouteKey {
  readonly peeringId: string;
}

/** What apply needs of EC2. Errors are thrown as the SDK throws them. */
export interface RouteEc2 {
  /** undefined: there is no such table. */
  readTable(region: string, routeTableId: string): Promise<RouteTable | undefined>;
  /** undefined: EC2 does not list it. Left out: nobody is asked whether a peering that seems to have vanished is there. */
  readPeeringStatus?(region: string, peeringId: string): Promise<PeeringStatus | undefined>;
  createRoute(write: RouteWrite): Promise<unknown>;
  replaceRoute(write: RouteWrite): Promise<unknown>;
  deleteRoute(write: RouteKey): Promise<unknown>;
}
