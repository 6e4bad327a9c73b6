import { DEAD_STATUSES, type Peering, type PeeringSide } from '../../lib/model/peering.ts';
import type { Assessment } from '../assess.ts';
import type { Options } from '../options.ts';
import { shown } from '../output.ts';

/** What the picture shows, whatever it is drawn with. */

export interface GraphVpc {
  readonly vpcId: string;
  readonly accountId: string;
  readonly region: string;
  readonly name?: string;
  /** Empty: not visible. */
  readonly cidrs: readonly string[];
  /** `own`: of an account that was read. */
  readonly owner: 'own' | 'other';
}

/**
 * `routed`: managed, all of its routes in place. `drift`: something differs from the policy. `pending`: a request,
 * or not active or not routed yet. `unmanaged`: active, and no rule routes it. `gone`: dead, and routes still point to it.
 */
export type EdgeState = 'routed' | 'drift' | 'pending' | 'unmanaged' | 'gone';

export interface GraphEdge {
  readonly peeringId: string;
  readonly requester: string;
  readonly accepter: string;
  readonly status: string;
  readonly state: EdgeState;
  /** Rule of a view, or what is decided where there is none. */
  readonly says: string;
}

export interface PeeringGraph {
  readonly vpcs: readonly GraphVpc[];
  readonly edges: readonly GraphEdge[];
}

export const STATE_TEXT: Readonly<Record<EdgeState, string>> = {
  routed: 'routed as the policy says',
  drift: 'differs from the policy',
  pending: 'requested, or not active or routed yet',
  unmanaged: 'active, but no rule routes it',
  gone: 'gone, but routes still point to it',
};

/** Findings are about a peering or the route that should go to it. */
function stateOf(peering: Peering, assessment: Assessment): EdgeState | undefined {
  const { peeringId, status } = peering;
  const found = assessment.findings.some((finding) => finding.peeringId === peeringId);
  if (DEAD_STATUSES.has(status)) {
    return found ? 'gone' : undefined;
  }
  if (found) {
    return 'drift';
  }
  if (status !== 'active') {
    return 'pending';
  }
  const views = assessment.views.filter(({ view }) => view.peering.peeringId === peeringId);
  if (!views.some(({ decision }) => decision.managed)) {
    return 'unmanaged';
  }
  return views.every(({ routes }) => routes.present === routes.desired) ? 'routed' : 'pending';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Own VPCs, peered or not, and the VPCs of others that they are peered with. */
export async function readGraph(
  assessment: Assessment,
  { vpc: onlyVpcs = [], region: onlyRegions = [] }: Pick<Options, 'vpc' | 'region'>,
): Promise<PeeringGraph> {
  const selected = ({ vpcId, region }: { readonly vpcId: string; readonly region: string }) =>
    (onlyVpcs.length === 0 || onlyVpcs.includes(vpcId)) &&
    (onlyRegions.length === 0 || onlyRegions.includes(region));
  const vpcs = new Map<string, GraphVpc>();
  const peerings = new Map<string, Peering>();
  for (const { scope, inventory } of assessment.regions) {
    const { accountId, region, reader } = scope;
    const vpcIds = [...new Set(inventory.tables.map(({ vpcId }) => vpcId))].sort();
    const read = new Map(
      (vpcIds.length === 0 ? [] : await reader.readVpcs(region, vpcIds)).map((vpc) => [vpc.vpcId, vpc]),
    );
    for (const vpcId of vpcIds) {
      const vpc = read.get(vpcId);
      const name = vpc?.tags.Name;
      vpcs.set(vpcId, {
        vpcId,
        accountId: vpc?.accountId ?? accountId,
        region,
        cidrs: vpc?.cidrs ?? [],
        owner: 'own',
        ...(name === undefined || name === '' ? {} : { name: shown(name, 60) }),
      });
    }
    for (const peering of inventory.peerings) {
      peerings.set(peering.peeringId, peering);
    }
  }

  const edges: GraphEdge[] = [];
  const add = ({ vpcId, accountId, region, cidrs }: PeeringSide) => {
    if (!vpcs.has(vpcId)) {
      vpcs.set(vpcId, { vpcId, accountId, region, cidrs, owner: 'other' });
    }
  };
  for (const peering of [...peerings.values()].sort((a, b) => compare(a.peeringId, b.peeringId))) {
    const { peeringId, status, requester, accepter } = peering;
    const state = stateOf(peering, assessment);
    if (state === undefined || !(selected(requester) || selected(accepter))) {
      continue;
    }
    add(requester);
    add(accepter);
    const decision = assessment.views.find(({ view }) => view.peering.peeringId === peeringId)?.decision;
    const says = decision === undefined ? '' : (decision.rule ?? decision.decision);
    edges.push({ peeringId, requester: requester.vpcId, accepter: accepter.vpcId, status, state, says });
  }
  const touched = new Set(edges.flatMap(({ requester, accepter }) => [requester, accepter]));
  return {
    vpcs: [...vpcs.values()]
      .filter((vpc) => selected(vpc) || touched.has(vpc.vpcId))
      .sort((a, b) =>
        compare(`${a.accountId} ${a.region} ${a.vpcId}`, `${b.accountId} ${b.region} ${b.vpcId}`),
      ),
    edges,
  };
}

/** VPCs by account, then Region, in order. */
export function grouped(vpcs: readonly GraphVpc[]): {
  readonly accountId: string;
  readonly regions: { readonly region: string; readonly vpcs: GraphVpc[] }[];
}[] {
  const accounts = new Map<string, Map<string, GraphVpc[]>>();
  for (const vpc of vpcs) {
    const regions = accounts.get(vpc.accountId) ?? new Map<string, GraphVpc[]>();
    regions.set(vpc.region, [...(regions.get(vpc.region) ?? []), vpc]);
    accounts.set(vpc.accountId, regions);
  }
  return [...accounts].map(([accountId, regions]) => ({
    accountId,
    regions: [...regions].map(([region, own]) => ({ region, vpcs: own })),
  }));
}

const MAX_CIDRS = 4;

/** The lines in a VPC's box: name, id, CIDRs. */
export function linesOf({ name, vpcId, cidrs }: GraphVpc): string[] {
  const more = cidrs.length - MAX_CIDRS;
  return [
    ...(name === undefined ? [] : [name]),
    vpcId,
    ...(cidrs.length === 0 ? ['CIDRs not visible'] : cidrs.slice(0, MAX_CIDRS)),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}
