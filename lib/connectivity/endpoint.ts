import type { Instance, NetworkInterface, Subnet } from '../model/network.ts';
import { printable } from '../model/printable.ts';
import { type Address, type AddressFamily, parseAddress } from '../network/cidr.ts';
import type { NetworkModel } from './network-model.ts';

/** One end of a diagnosis. */
export interface Endpoint {
  /** As it was asked for. */
  readonly asked: string;
  readonly vpcId: string;
  readonly address: Address;
  readonly subnet?: Subnet;
  readonly interface?: NetworkInterface;
  readonly instance?: Instance;
  /**
   * `interface`: a machine or its address. `sample`: a VPC or subnet in which there is no machine to speak of, so that
   * only the routing can be judged. `outside`: an address that no VPC has, so that `vpcId` names none.
   */
  readonly stands: 'interface' | 'sample' | 'outside';
  /** Of an address that several VPCs have: the other peers of the source that have it, and by which peering. */
  readonly rivals?: Rivals;
  /** One sentence about what stands for what was asked for, where that is not the same. */
  readonly note?: string;
}

/** Peers of one VPC with the same address in their ranges. */
export interface Rivals {
  /** `several`: nothing tells which is meant. `routed`: the source's table leads to one, and these are the others. */
  readonly kind: 'several' | 'routed';
  readonly peers: readonly { readonly vpcId: string; readonly peeringId: string }[];
}

/** Something asked about that is not in what was read, or is not one thing. */
export class EndpointError extends Error {
  readonly asked: string;

  constructor(asked: string, problem: string) {
    super(`${printable(asked, 100)} ${problem}`);
    this.name = 'EndpointError';
    this.asked = asked;
  }
}

export function addressOf(texts: readonly string[], family: AddressFamily): Address | undefined {
  return texts.map(parseAddress).find((address) => address.family === family);
}

export function isInstanceId(text: string): boolean {
  return text.startsWith('i-');
}

export function isInterfaceId(text: string): boolean {
  return text.startsWith('eni-');
}

export function isVpcId(text: string): boolean {
  return text.startsWith('vpc-');
}

export function isSubnetId(text: string): boolean {
  return text.startsWith('subnet-');
}

export function isPeeringId(text: string): boolean {
  return text.startsWith('pcx-');
}

export function ofInterface(
  model: NetworkModel,
  asked: string,
  each: NetworkInterface,
  address: Address,
  note?: string,
): Endpoint {
  const subnet = model.subnet(each.subnetId);
  const instance = each.instanceId === undefined ? undefined : model.instance(each.instanceId);
  return {
    asked,
    vpcId: each.vpcId,
    address,
    interface: each,
    stands: 'interface',
    ...(subnet === undefined ? {} : { subnet }),
    ...(instance === undefined ? {} : { instance }),
    ...(note === undefined ? {} : { note }),
  };
}

/** The instance's first address of the family, on its primary interface if that has one. */
export function ofInstance(
  model: NetworkModel,
  instanceId: string,
  family: AddressFamily,
): Endpoint | undefined {
  for (const each of model.interfacesOf(instanceId)) {
    const address = addressOf(each.addresses, family);
    if (address !== undefined) {
      return ofInterface(model, instanceId, each, address);
    }
  }
  return undefined;
}

/** An address in no interface that is visible: of a VPC of another account, or of nothing. */
export function ofBareAddress(model: NetworkModel, asked: string, address: Address, vpcId: string): Endpoint {
  const subnet = model.subnetAt(vpcId, address);
  return { asked, vpcId, address, stands: 'interface', ...(subnet === undefined ? {} : { subnet }) };
}

/** An address that no VPC has: of the internet, of a network on premises, of a VPC that nobody here sees. */
export function ofOutside(asked: string, address: Address): Endpoint {
  return { asked, vpcId: 'no VPC that is visible', address, stands: 'outside' };
}

/** For ids, which are all different. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
