import { arnIn } from '../arn.ts';
import type { Place } from '../types.ts';

/** Resource types as ARNs name them, by the prefix of the id. */
const TYPES: Readonly<Record<string, string>> = {
  rtb: 'route-table',
  vpc: 'vpc',
  pcx: 'vpc-peering-connection',
  i: 'instance',
  subnet: 'subnet',
  sg: 'security-group',
  acl: 'network-acl',
  eni: 'network-interface',
  igw: 'internet-gateway',
  nat: 'natgateway',
  tgw: 'transit-gateway',
  pl: 'prefix-list',
};

/** `route-table` for `rtb-…`; undefined for an id of another kind. */
export function resourceTypeOf(id: string): string | undefined {
  return TYPES[id.slice(0, id.indexOf('-'))];
}

export function ec2Arn(place: Place, type: string, id: string): string {
  return arnIn(place, 'ec2', `${type}/${id}`);
}
