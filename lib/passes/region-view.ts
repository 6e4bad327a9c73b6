import type { Assessment, NotJudged } from '../assessment/types.ts';
import type { Change } from '../model/change.ts';
import { type Finding, isOfCheck } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import type { WantedOption } from '../routing/options.ts';
import type { QuotaWarning } from '../routing/quota.ts';
import type { ReadState } from './read-state.ts';

/** What an assessment says of one Region. */
export interface RegionView {
  readonly region: string;
  readonly inventory: RegionInventory;
  readonly remembered: RegionMemory;
  readonly assessment: Assessment;
  readonly changes: readonly Change[];
  /** Without those of the connectivity check, of which it tells people itself. */
  readonly findings: readonly Finding[];
  readonly options: readonly WantedOption[];
  readonly quotas: readonly QuotaWarning[];
  readonly warnings: readonly string[];
  readonly notJudged: readonly NotJudged[];
  /** The VPC of a route table. */
  vpcOf(routeTableId: string): string | undefined;
  /** The tag Name of a VPC, route table or peering. */
  nameOf(id: string): string | undefined;
}

/** The parts of an assessment that are about one Region. Lists without a Region (warnings, quotas) go with the first one. */
export function regionViews({ state, memory }: ReadState, assessment: Assessment): RegionView[] {
  return state.regions.map((inventory, index): RegionView => {
    const { region } = inventory;
    const here = <Item extends { readonly region: string }>(items: readonly Item[]): readonly Item[] =>
      state.regions.length === 1 ? items : items.filter((item) => item.region === region);
    let tables: Map<string, RegionInventory['tables'][number]> | undefined;
    const tableOf = (id: string) => {
      tables ??= new Map(inventory.tables.map((table) => [table.routeTableId, table]));
      return tables.get(id);
    };
    let peerings: Map<string, RegionInventory['peerings'][number]> | undefined;
    const peeringOf = (id: string) => {
      peerings ??= new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
      return peerings.get(id);
    };
    return {
      region,
      inventory,
      remembered: memory.get(region) ?? NO_MEMORY,
      assessment,
      changes: here(assessment.changes),
      findings: here(assessment.findings).filter((finding) => !isOfCheck(finding)),
      options: here(assessment.options).filter(({ heldBy }) => heldBy === undefined),
      quotas: index === 0 ? assessment.quotas : [],
      warnings: index === 0 ? assessment.warnings : [],
      notJudged: here(assessment.notJudged),
      vpcOf: (routeTableId) => tableOf(routeTableId)?.vpcId,
      nameOf(id) {
        const name = (inventory.vpcs.get(id) ?? tableOf(id) ?? peeringOf(id))?.tags.Name;
        return name === undefined || name === '' ? undefined : name;
      },
    };
  });
}
