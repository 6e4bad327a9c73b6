import type { GraphEdge, GraphVpc, PeeringGraph } from '../../lib/graph/model.ts';
import { asAddress, type Cidr, CidrError, inCidr, overlaps, parseCidr } from '../../lib/network/cidr.ts';

/** What a person looks for in the picture: names, ids, accounts, Regions, states, addresses and CIDRs. */

export interface Found {
  readonly vpcs: ReadonlySet<string>;
  readonly peerings: ReadonlySet<string>;
}

function asCidr(text: string): Cidr | undefined {
  try {
    return parseCidr(text);
  } catch (error) {
    if (error instanceof CidrError) return undefined;
    throw error;
  }
}

/** Whether a VPC's address space has the address, or some of the CIDR, that the word is. */
function isInside(word: string): (vpc: GraphVpc) => boolean {
  const address = asAddress(word);
  const wanted = word.includes('/') ? asCidr(word) : undefined;
  if (address === undefined && wanted === undefined) return () => false;
  return ({ cidrs }) =>
    cidrs.some((text) => {
      const cidr = asCidr(text);
      if (cidr === undefined) return false;
      if (address !== undefined) return inCidr(cidr, address);
      return wanted !== undefined && overlaps(cidr, wanted);
    });
}

function vpcWords({ vpcId, name = '', accountId, region, cidrs }: GraphVpc): string {
  return [name, vpcId, accountId, region, ...cidrs].join('\n').toLowerCase();
}

function edgeWords({ peeringId, name = '', state, status, says }: GraphEdge): string {
  return [name, peeringId, state, status, says].join('\n').toLowerCase();
}

/** VPCs and peerings that have every word; undefined where no word is given. */
export function find({ vpcs, edges }: PeeringGraph, query: string): Found | undefined {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return undefined;
  const wanted = words.map((word) => ({ word, isInside: isInside(word) }));
  return {
    vpcs: new Set(
      vpcs
        .filter((vpc) => wanted.every(({ word, isInside: has }) => vpcWords(vpc).includes(word) || has(vpc)))
        .map(({ vpcId }) => vpcId),
    ),
    peerings: new Set(
      edges
        .filter((edge) => words.every((word) => edgeWords(edge).includes(word)))
        .map(({ peeringId }) => peeringId),
    ),
  };
}
