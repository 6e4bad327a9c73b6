import type { GraphEdge, GraphVpc } from '../../lib/graph/model.ts';

/** What Mermaid and DOT share. */

/** VPCs by account, then Region, in order. */
export function grouped(vpcs: readonly GraphVpc[]): {
  readonly accountId: string;
  readonly regions: { readonly region: string; readonly vpcs: GraphVpc[] }[];
}[] {
  const accounts = new Map<string, Map<string, GraphVpc[]>>();
  for (const vpc of vpcs) {
    const regions = accounts.get(vpc.accountId) ?? new Map<string, GraphVpc[]>();
    const own = regions.get(vpc.region);
    if (own === undefined) regions.set(vpc.region, [vpc]);
    else own.push(vpc);
    accounts.set(vpc.accountId, regions);
  }
  return [...accounts].map(([accountId, regions]) => ({
    accountId,
    regions: [...regions].map(([region, own]) => ({ region, vpcs: own })),
  }));
}

const MAX_CIDRS = 4;

/** The lines in a VPC's box: name, id, CIDRs. */
export function linesOf({ name, vpcId, cidrs }: GraphVpc): readonly string[] {
  const more = cidrs.length - MAX_CIDRS;
  return [
    ...(name === undefined ? [] : [name]),
    vpcId,
    ...(cidrs.length === 0 ? ['CIDRs not visible'] : cidrs.slice(0, MAX_CIDRS)),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/** The lines at a peering: name, id, state, what EC2 says and by which rule. */
export function edgeLines({ name, peeringId, state, status, says }: GraphEdge): readonly string[] {
  return [
    ...(name === undefined ? [] : [name]),
    peeringId,
    state,
    says === '' ? status : `${status}, ${says}`,
  ];
}
