import type { Finding } from '../model/finding.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { DEAD_STATUSES, type Peering, type PeeringView } from '../model/peering.ts';
import type { Route } from '../model/route-table.ts';
import type { Policy } from '../policy/schema.ts';
import {
  type JudgedView,
  type ManagedView,
  type Management,
  managementOfView,
  type ViewDecision,
} from './management.ts';

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
function managementWithoutView({ state }: Route, peering: Peering | undefined): Management | undefined {
  if (peering === undefined) {
    // A peering leaves Describe some time after it died, and its routes turn to blackholes. One that is not
    // listed although its route works was not read.
    return state === 'blackhole'
      ? { kind: 'dead', why: 'no longer exists' }
      : { kind: 'untouchable', why: 'was not read', notRead: true };
  }
  return DEAD_STATUSES.has(peering.status) ? { kind: 'dead', why: whyDead(peering) } : undefined;
}

function managedByVpc(judged: readonly JudgedView[]): Map<string, ManagedView[]> {
  const byVpc = new Map<string, ManagedView[]>();
  for (const { management } of judged) {
    if (management.kind === 'managed') {
      const { vpcId } = management.managed.view.local;
      const managed = byVpc.get(vpcId) ?? [];
      managed.push(management.managed);
      byVpc.set(vpcId, managed);
    }
  }
  return byVpc;
}

/** What the decisions of one Region's views mean for routes to their peerings. */
export function regionManagementOf(
  inventory: RegionInventory,
  policy: Policy,
  decisions: readonly ViewDecision[],
): RegionManagement {
  const rules = new Map(policy.rules.map((rule) => [rule.name, rule]));
  const judged: JudgedView[] = [];
  const byVpc = new Map<string, Map<string, Management>>();
  for (const each of decisions) {
    const { rule } = each.decision;
    const { peering, local } = each.view;
    const ofView = managementOfView(each, rule === undefined ? undefined : rules.get(rule), policy.tagPrefix);
    judged.push(ofView);
    const byPeering = byVpc.get(local.vpcId) ?? new Map<string, Management>();
    byVpc.set(local.vpcId, byPeering.set(peering.peeringId, ofView.management));
  }
  const peerings = new Map<string, Peering>();
  for (const peering of inventory.peerings) peerings.set(peering.peeringId, peering);
  return {
    managedByVpc: managedByVpc(judged),
    findings: judged.flatMap(({ finding }) => finding ?? []),
    warnings: judged.flatMap(({ warning }) => warning ?? []),
    ofView: ({ peering, local }) => byVpc.get(local.vpcId)?.get(peering.peeringId),
    managementOf: (route, vpcId) =>
      managementWithoutView(route, peerings.get(route.target.id)) ??
      byVpc.get(vpcId)?.get(route.target.id) ?? {
        kind: 'untouchable',
        why: `has no side in ${vpcId} that this Region manages`,
      },
  };
}
