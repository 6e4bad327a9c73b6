import type { HopName } from '../../../lib/connectivity/diagnosis.ts';
import type { Traffic } from '../../../lib/connectivity/traffic.ts';

/**
 * Networks on which Batfish, a network verifier (github.com/batfish/batfish), publishes what becomes of a packet, as facts
 * in a form of our own: nothing here is its text. `answers.ts` writes them as EC2 answers.
 */

/** One permission; `ports` are type and code where the protocol is ICMP. Left out: all. */
export interface RuleFact {
  readonly protocol: string;
  readonly ports?: readonly [first: number, last: number];
  /** A CIDR, the id of a prefix list or that of a group. */
  readonly peer: string;
}

export interface EntryFact {
  readonly number: number;
  readonly action: 'allow' | 'deny';
  readonly protocol: string;
  readonly ports?: readonly [first: number, last: number];
  readonly cidr: string;
}

export interface InterfaceFact {
  readonly subnet: string;
  readonly address: string;
  readonly groups: readonly string[];
}

type RouteFact = readonly [destination: string, target: string, state?: 'blackhole'];

/** Everything by its id. The local routes of a table are those of its VPC. */
export interface NetworkFacts {
  readonly vpcs: Readonly<Record<string, { readonly cidr: string; readonly account?: string }>>;
  readonly subnets: Readonly<Record<string, { readonly vpc: string; readonly cidr: string }>>;
  /** A table without `subnets` is its VPC's main one. */
  readonly tables: Readonly<
    Record<
      string,
      { readonly vpc: string; readonly subnets?: readonly string[]; readonly routes: readonly RouteFact[] }
    >
  >;
  readonly peerings?: Readonly<Record<string, readonly [requester: string, accepter: string]>>;
  /** A group without `egress` lets everything out. */
  readonly groups: Readonly<
    Record<
      string,
      { readonly vpc: string; readonly ingress: readonly RuleFact[]; readonly egress?: readonly RuleFact[] }
    >
  >;
  /** A subnet that none names has its VPC's default one, which lets everything through. */
  readonly acls?:
    | 'not-saved'
    | Readonly<
        Record<
          string,
          {
            readonly subnets: readonly string[];
            readonly ingress: readonly EntryFact[];
            readonly egress: readonly EntryFact[];
          }
        >
      >;
  /** The interfaces of an instance, the primary one first. */
  readonly instances: Readonly<Record<string, readonly InterfaceFact[]>>;
  /** Interfaces of no instance, with what EC2 calls their type. */
  readonly services?: Readonly<Record<string, InterfaceFact & { readonly type: string }>>;
  readonly prefixLists?: Readonly<Record<string, readonly string[]>>;
}

/** In Batfish's words. What its tests ask both ways has to be accepted, or to leave what is modelled: they do not say which. */
export type Disposition =
  | 'ACCEPTED'
  | 'DENIED_IN'
  | 'DENIED_OUT'
  | 'NO_ROUTE'
  | 'NULL_ROUTED'
  | 'NEIGHBOR_UNREACHABLE'
  | 'EXITS_NETWORK'
  | 'ACCEPTED or EXITS_NETWORK';

/** Why the diagnosis rightly leaves open, or refuses, what Batfish decides. */
export type Unjudged =
  | 'a transit gateway is not modelled'
  | 'what lies behind a gateway or gateway endpoint is not modelled'
  | 'EC2 shows nothing of what a load balancer or NAT gateway lets in'
  | 'the network ACLs were not saved'
  | 'only ends inside a VPC are asked about'
  | 'an address of no VPC that nothing leads to is refused, as it may be a slip';

export interface Flow {
  /** Class and method of the test that publishes it, in org.batfish.representation.aws. */
  readonly test: string;
  readonly from: string;
  readonly to: string;
  /** Left out: ping. Batfish's flows of no protocol are asked as pings: neither is the TCP that its groups let in. */
  readonly traffic?: Traffic;
  readonly disposition: Disposition;
  /** Where Batfish's trace ends, as the hop of the diagnosis that stands for that node; of what is lost. */
  readonly lostAt?: HopName;
  /** The packet that is lost is the answer. */
  readonly way?: 'back';
  readonly unjudged?: Unjudged;
}

export interface Published {
  readonly name: string;
  readonly facts: NetworkFacts;
  readonly flows: readonly Flow[];
}

export function tcp(port: number): Traffic {
  return { protocol: 'tcp', port };
}

export const ANYTHING: RuleFact = { protocol: '-1', peer: '0.0.0.0/0' };
export const SSH: RuleFact = { protocol: 'tcp', ports: [22, 22], peer: '0.0.0.0/0' };
export const PING: RuleFact = { protocol: 'icmp', ports: [8, 0], peer: '0.0.0.0/0' };
