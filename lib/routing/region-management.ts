import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { DEAD_STATUSES, type Peering, type PeeringView } from '../model/peering.ts';
import type { Route } from '../model/route-table.ts';
import type { Policy } from '../policy/schema.ts';
import { type ManagedView, type Management, managementOfView, type ViewDecision } from './management.ts';
import { createWorksUnlisted } from './unlisted.ts';

export interface RegionManagement {
  /** By local VPC, each list by peering id. */
  readonly managedByVpc: ReadonlyMap<string, readonly ManagedView[]>;
  readonly ofView: (view: PeeringView) => Management | undefined;
  /** @param route a route to a peering, in a table of VPC `vpcId`. */
  readonly managementOf: (route: Route, vpcId: string) => Management;
  /** About peerings as such: `active-but-not-allowed`. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** EC2's own words say who ended it, where they say more than the status. */
function whyDead({ status, statusMessage }: Peering): string {
  return statusMessage.toLowerCase() === status ? `is ${status}` : `is ${status} (${statusMessage})`;
}

/** What a route stands for whose peering is gone or was not read; undefined where its view says it. */
function managementWithoutView(
  { state, target }: Route,
  peering: Peering | undefined,
  worksUnlisted: (peeringId: string) => boolean,
): Management | undefined {
  if (peering === undefined) {
    // A peering leaves Describe some time after it died, and its routes turn to blackholes. One that is not
    // listed although a route to it works was not read.
    return state === 'blackhole' && !worksUnlisted(target.id)
      ? { kind: 'dead', why: 'no longer exists' }
      : { kind: 'untouchable', why: 'was not read', notRead: true };
  }
  return DEAD_STATUSES.has(peering.status) ? { kind: 'dead', why: whyDead(peering) } : undefined;
}

/** What the decisions of one Region's views mean for routes to their peerings. */
export function regionManagementOf(
  inventory: RegionInventory,
  policy: Policy,
  decisions: readonly ViewDecision[],
): RegionManagement {
  const rules = new Map(policy.rules.map((rule) => [rule.name, rule]));
  const managedByVpc = new Map<string, ManagedView[]>();
  const [findings, warnings]: [Finding[], string[]] = [[], []];
  const byVpc = new Map<string, Map<string, Management>>();
  for (const each of decisions) {
    const { rule } = each.decision;
    const { peering, local } = each.view;
    const { vpcId } = local;
    const ofView = managementOfView(each, rule === undefined ? undefined : rules.get(rule), policy.tagPrefix);
    const { management, finding, warning } = ofView;
    const byPeering = byVpc.get(vpcId) ?? new Map<string, Management>();
    byVpc.set(vpcId, byPeering.set(peering.peeringId, management));
    if (management.kind === 'managed') {
      const managed = managedByVpc.get(vpcId) ?? [];
      managedByVpc.set(vpcId, managed);
      managed.push(management.managed);
    }
    if (finding !== undefined) findings.push(finding);
    if (warning !== undefined) warnings.push(warning);
  }
  const peerings = new Map<string, Peering>();
  for (const peering of inventory.peerings) peerings.set(peering.peeringId, peering);
  const worksUnlisted = createWorksUnlisted(inventory);
  return {
    managedByVpc,
    findings,
    warnings,
    ofView: ({ peering, local }) => byVpc.get(local.vpcId)?.get(peering.peeringId),
    managementOf: (route, vpcId) =>
      managementWithoutView(route, peerings.get(route.target.id), worksUnlisted) ??
      byVpc.get(vpcId)?.get(route.target.id) ?? {
        kind: 'untouchable',
        why: `has no side in ${vpcId} that this Region manages`,
      },
  };
}
