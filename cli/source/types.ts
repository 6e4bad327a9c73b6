import type { ConnectivityReader } from '../../lib/ports/connectivity.ts';
import type { NetworkReader } from '../../lib/ports/network-reader.ts';
import type { OrganizationLookup } from '../../lib/ports/organization.ts';

/** One account in one Region: what can be read there. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
  readonly reader: NetworkReader;
  readonly connectivity: ConnectivityReader;
}

/** Where a command looks: AWS, or saved answers. */
export interface Source {
  readonly kind: 'live' | 'snapshot';
  /** By account, then Region. */
  readonly scopes: readonly Scope[];
  /** Left out: nothing of the organization can be read. */
  readonly organization?: OrganizationLookup;
  /** What was missing or could not be used, so far. */
  readonly notes: () => readonly string[];
}
