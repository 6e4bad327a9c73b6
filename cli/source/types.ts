import type { NotJudged } from '../../lib/assessment/types.ts';
import type { Ec2Clients } from '../../lib/aws/ec2-clients.ts';
import type { RegionMemory } from '../../lib/model/memory.ts';
import type { PeeringEnd } from '../../lib/model/network.ts';
import type { AddressPlanLookup } from '../../lib/ports/address-plan.ts';
import type { ConnectivityReader } from '../../lib/ports/connectivity.ts';
import type { Memory } from '../../lib/ports/memory.ts';
import type { NetworkReader } from '../../lib/ports/network-reader.ts';
import type { OrganizationLookup, UnitLookup } from '../../lib/ports/organization.ts';

/** One account in one Region: what can be read there. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
  readonly reader: NetworkReader;
  readonly connectivity: ConnectivityReader;
  /** What the product remembers of the Region; `NO_MEMORY` where there is nothing to ask. */
  readonly readMemory: () => Promise<RegionMemory>;
  /** When these peerings were deleted, and by whom, as far as that is kept. */
  readonly readPeeringEnds?: (peeringIds: ReadonlySet<string>) => Promise<ReadonlyMap<string, PeeringEnd>>;
  /** By which its answers are saved; left out: they are saved already. */
  readonly ec2?: Ec2Clients;
}

/** Of an account what could not be read; where that is all of it, the Region is `*` and the resource the account. */
export type Unread = NotJudged & { readonly accountId: string };

/** Where a command looks: AWS with the caller's own credentials, many accounts (`--accounts`), or saved answers. */
export interface Source {
  readonly kind: 'live' | 'fleet' | 'snapshot';
  /** By account, then Region. */
  readonly scopes: readonly Scope[];
  /** Where what is done is remembered; left out, or undefined: nowhere (a snapshot, an account without the stack). */
  readonly memory?: () => Promise<Memory | undefined>;
  /** What of the scopes could not be read although the rest could, so far. */
  readonly unread?: () => readonly Unread[];
  /** Told of a scope that cannot be read; the others are shown without it. Left out: then nothing is shown. */
  readonly leaveOut?: (scope: Scope, error: unknown) => void;
  /** Left out: nothing of the organization can be read. */
  readonly organization?: OrganizationLookup;
  /** Left out: which accounts an organizational unit has cannot be read. */
  readonly units?: UnitLookup;
  /** Left out: nothing of the address plan can be read. */
  readonly addressPlan?: AddressPlanLookup;
  /** What was missing or could not be used, so far. */
  readonly notes: () => readonly string[];
}
