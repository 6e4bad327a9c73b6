import type { RegionInventory } from '../model/inventory.ts';
import type { UnitAnswers } from '../model/organizational-unit.ts';

/** All that is to be known of an account, to say which of its VPCs are to be connected. */
export interface ConnectState {
  readonly accountId: string;
  readonly managedRegions: readonly string[];
  /** Managed Regions of this account, each read whole. One that is not here was not read. */
  readonly regions: readonly RegionInventory[];
  /** Regions of other accounts, as far as they were read. */
  readonly others?: readonly RegionInventory[];
  /** What AWS Organizations says of the units in which the policy looks for spokes. Left out: nobody asked. */
  readonly units?: UnitAnswers;
}
