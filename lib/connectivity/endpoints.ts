import type { Instance, NetworkInterface, Subnet } from '../model/network.ts';
import { printable } from '../model/printable.ts';
import { type Address, type AddressFamily, CidrError, parseAddress, parseCidr } from '../network/cidr.ts';
import { firstOf, type NetworkModel, otherSide, sampleOf } from './network-model.ts';

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
   * `interface`: a machine or its address. `sample`: a VPC in which there is no machine to speak of, so that only the
   * routing can be judged.
   */
  readonly stands: 'interface' | 'sample';
  /** One sentence about what stands for what was asked for, where that is not the same. */
  readonly note?: string;
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

function addressOf(texts: readonly string[], family: AddressFamily): Address | undefined {
  return texts.map(parseAddress).find((address) => address.family === family);
}

/** Undefined for text that is no address. */
export function asAddress(text: string): Address | undefined {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof CidrError) {
      return undefined;
    }
    throw error;
  }
}

export function isInstanceId(text: string): boolean {
  return text.startsWith('i-');
}

export function isVpcId(text: string): boolean {
  return text.startsWith('vpc-');
}

function ofInterface(
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
function ofInstance(model: NetworkModel, instanceId: string, family: AddressFamily): Endpoint | undefined {
  for (const each of model.interfacesOf(instanceId)) {
    const address = addressOf(each.addresses, family);
    if (address !== undefined) {
      return ofInterface(model, instanceId, each, address);
    }
  }
  return undefined;
}

/** An address in no interface that is visible: of a VPC of another account, or of nothing. */
function ofBareAddress(model: NetworkModel, asked: string, address: Address, vpcId: string): Endpoint {
  const subnet = model.subnetAt(vpcId, address);
  return { asked, vpcId, address, stands: 'interface', ...(subnet === undefined ? {} : { subnet }) };
}

/** For ids, which are all different. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/**
 * A VPC is stood for by one of its running instances, else by an address that the other end routes to it, else by a
 * typical address.
 */
function ofVpc(
  model: NetworkModel,
  vpcId: string,
  family: AddressFamily,
  towards: string | undefined,
): Endpoint | undefined {
  const instances = model.snapshot.instances
    .filter((instance) => instance.vpcId === vpcId && instance.state === 'running')
    .sort((a, b) => compareText(a.instanceId, b.instanceId));
  for (const { instanceId } of instances) {
    const endpoint = ofInstance(model, instanceId, family);
    if (endpoint !== undefined) {
      return {
        ...endpoint,
        asked: vpcId,
        note: `${instanceId} (${endpoint.address.text}) stands for ${vpcId}.`,
      };
    }
  }
  const cidrs = model.cidrsOf(vpcId);
  const subnet = model.snapshot.subnets
    .filter((each) => each.vpcId === vpcId)
    .sort((a, b) => compareText(a.subnetId, b.subnetId))[0];
  const routed = model.snapshot.routeTables
    .filter((table) => table.vpcId === towards)
    .flatMap(({ routes }) => routes)
    .filter(({ target, destination }) => {
      const peering = target.kind === 'peering' ? model.peering(target.id) : undefined;
      const isThere =
        peering !== undefined && towards !== undefined && otherSide(peering, towards)?.vpcId === vpcId;
      return isThere && !destination.startsWith('pl-') && destination.includes(':') === (family === 'ipv6');
    })
    .map(({ destination }) => destination)
    .sort()[0];
  const block =
    (subnet === undefined ? undefined : firstOf(subnet.cidrs.map(parseCidr), family)) ??
    (routed === undefined ? undefined : firstOf([parseCidr(routed)], family)) ??
    firstOf(cidrs, family);
  if (block === undefined) {
    return undefined;
  }
  const address = sampleOf(block);
  return {
    ...ofBareAddress(model, vpcId, address, vpcId),
    stands: 'sample',
    note: `${address.text} stands for ${vpcId}, where no running instance is visible: no security group is judged there.`,
  };
}

/**
 * Finds what was asked for.
 *
 * @param asked an instance id, a private address or a VPC id.
 * @param family of the address to use, where `asked` does not say.
 * @param near where the other end is, or sends to: of several VPCs with the same address the first of these is meant,
 * then one that is peered with any of them.
 * @throws EndpointError
 */
export function endpointOf(
  model: NetworkModel,
  asked: string,
  family: AddressFamily,
  near: readonly string[],
): Endpoint {
  if (isInstanceId(asked)) {
    if (model.instance(asked) === undefined) {
      throw new EndpointError(
        asked,
        'is in none of the accounts and Regions that were read. Name its private address to ask about an instance of another account.',
      );
    }
    const endpoint = ofInstance(model, asked, family);
    if (endpoint === undefined) {
      const name = family === 'ipv4' ? 'IPv4' : 'IPv6';
      throw new EndpointError(
        asked,
        `has no private ${name} address. Terminated instances have none at all.`,
      );
    }
    return endpoint;
  }
  if (isVpcId(asked)) {
    const endpoint = ofVpc(model, asked, family, near.at(-1));
    if (endpoint === undefined) {
      throw new EndpointError(
        asked,
        `is in none of the accounts and Regions that were read, and no peering shows a CIDR of it for ${family}.`,
      );
    }
    return endpoint;
  }
  const address = asAddress(asked);
  if (address === undefined) {
    throw new EndpointError(
      asked,
      'is no instance id (i-...), no VPC id (vpc-...) and no IPv4 or IPv6 address.',
    );
  }
  const peers = new Set(
    near.flatMap((vpcId) =>
      model
        .peeringsOf(vpcId)
        .filter(({ status }) => status === 'active')
        .flatMap((peering) => otherSide(peering, vpcId)?.vpcId ?? []),
    ),
  );
  const distance = (vpcId: string) => {
    const place = near.indexOf(vpcId);
    return place >= 0 ? place : near.length + (peers.has(vpcId) ? 0 : 1);
  };
  const found = [...model.interfacesWith(address)].sort(
    (a, b) => distance(a.vpcId) - distance(b.vpcId) || compareText(a.interfaceId, b.interfaceId),
  );
  const [first, second] = found;
  if (first !== undefined && second !== undefined && distance(first.vpcId) === distance(second.vpcId)) {
    const names = found.map(({ interfaceId, vpcId }) => `${interfaceId} in ${vpcId}`).join(', ');
    throw new EndpointError(asked, `belongs to several: ${names}. Name the instance instead.`);
  }
  if (first !== undefined) {
    return ofInterface(model, asked, first, address);
  }
  // Those that are equally far stay in the order of their ids.
  const [vpcId] = model.vpcsWith(address).toSorted((a, b) => distance(a) - distance(b));
  if (vpcId === undefined) {
    throw new EndpointError(asked, 'is in no VPC that was read or that a peering shows.');
  }
  return ofBareAddress(model, asked, address, vpcId);
}

/** The family that both ends can use; IPv4 where both would do, or where it cannot be told. */
export function commonFamily(model: NetworkModel, one: string, other: string): AddressFamily {
  const families = (asked: string): readonly AddressFamily[] => {
    const address = asAddress(asked);
    if (address !== undefined) {
      return [address.family];
    }
    if (isInstanceId(asked)) {
      const addresses = model.interfacesOf(asked).flatMap((each) => each.addresses);
      return addresses.map((text) => parseAddress(text).family);
    }
    return (model.cidrsOf(asked) ?? []).map(({ family }) => family);
  };
  const theirs = families(other);
  const shared = families(one).filter((family) => theirs.includes(family));
  return shared.includes('ipv4') || !shared.includes('ipv6') ? 'ipv4' : 'ipv6';
}
