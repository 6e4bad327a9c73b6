import type { ForwardingChange, ForwardingInPlace } from '../forwarding/plan.ts';
import type { UnusableRegion } from '../forwarding/unusable.ts';

/** Where forwarding is read and changed, one Region at a time. Filled by `aws/`, in tests by memory. */
export interface ForwardingStore {
  /** @throws AWS errors; what is not there is left out of the answer. */
  read(region: string): Promise<ForwardingInPlace>;
  apply(region: string, change: ForwardingChange): Promise<void>;
  /** Whether this account can use a Region at all. */
  readRegionState(region: string): Promise<RegionState>;
}

export type RegionState = 'enabled' | UnusableRegion;
