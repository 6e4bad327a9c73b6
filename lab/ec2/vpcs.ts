import type { Place } from '../types.ts';
import { type Cidr, networkOf } from './cidr.ts';
import type { AskMoto } from './moto.ts';
import { child, items, text } from './xml.ts';

export interface LabVpc {
  readonly vpcId: string;
  /** The primary IPv4 CIDR. */
  readonly cidrBlock: string;
  /** Every associated IPv4 CIDR, the primary one first. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** The VPCs as moto has them, kept until something may have changed them. */
export interface Vpcs {
  /** @returns undefined when that account has no such VPC in that Region. */
  find(end: Place & { readonly vpcId: string }): Promise<LabVpc | undefined>;
  invalidate(): void;
}

export function cidrsOf({ ipv4, ipv6 }: LabVpc): readonly Cidr[] {
  return [...ipv4, ...ipv6].flatMap((text) => networkOf(text) ?? []);
}

function isAssociated(state: string | undefined): boolean {
  return state === 'associated' || state === 'associating';
}

export function createVpcs(ask: AskMoto): Vpcs {
  const kept = new Map<string, Promise<ReadonlyMap<string, LabVpc>>>();

  async function read(place: Place): Promise<ReadonlyMap<string, LabVpc>> {
    const vpcs = items(await ask(place, { Action: 'DescribeVpcs' }), 'vpcSet').map((vpc): LabVpc => {
      const cidrBlock = text(vpc, 'cidrBlock') ?? '';
      const ipv4 = items(vpc, 'cidrBlockAssociationSet')
        .filter((block) => isAssociated(text(child(block, 'cidrBlockState'), 'state')))
        .map((block) => text(block, 'cidrBlock') ?? '');
      const ipv6 = items(vpc, 'ipv6CidrBlockAssociationSet')
        .filter((block) => isAssociated(text(child(block, 'ipv6CidrBlockState'), 'state')))
        .map((block) => text(block, 'ipv6CidrBlock') ?? '');
      return {
        vpcId: text(vpc, 'vpcId') ?? '',
        cidrBlock,
        ipv4: [...new Set([cidrBlock, ...ipv4])],
        ipv6,
      };
    });
    return new Map(vpcs.map((vpc) => [vpc.vpcId, vpc]));
  }

  return {
    async find({ accountId, region, vpcId }) {
      const key = `${accountId}/${region}`;
      const pending = kept.get(key) ?? read({ accountId, region });
      kept.set(key, pending);
      try {
        return (await pending).get(vpcId);
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    },
    invalidate() {
      kept.clear();
    },
  };
}
