import type { NetworkInterface } from '../../model/network.ts';
import type { Direction, HopName } from '../../model/peer-fault.ts';
import type { Peering, PeeringSide } from '../../model/peering.ts';
import type { Route, RouteTable } from '../../model/route-table.ts';
import type { AddressFamily } from '../../network/cidr.ts';
import type { Endpoint } from '../endpoints.ts';
import type { NetworkModel } from '../network-model.ts';
import type { Packet } from '../traffic.ts';

export type { HopName };

/** One place that lets the packet on, or does not. */
export interface Hop {
  readonly name: HopName;
  readonly direction: Direction;
  /** `not-visible`: it lies in another account, or was not read. Nothing is guessed about it. */
  readonly status: 'passes' | 'fails' | 'not-visible';
  /** The resources it is about. */
  readonly ids: readonly string[];
  /** What was seen, and what to do where it fails. */
  readonly sentence: string;
}

/**
 * What the policy makes of a route that a table does not have for an address, and what helps, as sentences. Undefined: nobody here
 * knows.
 */
export type AdviseRoute = (missing: {
  readonly table: RouteTable;
  readonly peeringId: string;
  readonly address: string;
  /** A route of the table beside which a new one to the peering would not get the address. */
  readonly instead?: Route;
}) => string | undefined;

/** What every check of a hop looks at, and where it writes what it found. */
export interface Walk {
  readonly model: NetworkModel;
  readonly hops: Hop[];
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly request: Packet;
  readonly answer: Packet;
  readonly family: AddressFamily;
  /** Whether every peering of the Regions of both ends was read, so that one that is not there is none. */
  readonly isWhole: boolean;
  /** Left out: by whatever leads there. */
  readonly by?: 'peering';
  /**
   * Says what else is open where a filter stops a ping that nobody asked for by name; undefined: nothing to say, so
   * that the advice is about ping.
   */
  readonly insteadOfPing?: () => string | undefined;
  readonly adviseRoute?: AdviseRoute;
}

/** Where routing ends. */
export interface Arrival {
  readonly vpcId: string;
  /** Undefined inside one VPC. */
  readonly peering?: Peering;
}

/** The other end, as the filters of one end see it. */
export interface FarEndpoint {
  readonly endpoint: Endpoint;
  readonly interface: NetworkInterface | undefined;
}

export function describeEnd({ address, instance, interface: own, vpcId, stands }: Endpoint): string {
  if (stands === 'outside') {
    return address.text;
  }
  const id = instance?.instanceId ?? own?.instanceId ?? own?.interfaceId;
  return id === undefined ? `${address.text} in ${vpcId}` : `${id} (${address.text})`;
}

export function sideText({ vpcId, accountId, cidrs }: PeeringSide): string {
  return `${vpcId} of account ${accountId}${cidrs.length === 0 ? '' : ` (${cidrs.join(', ')})`}`;
}
