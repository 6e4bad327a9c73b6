import { type Address, type AddressFamily, asAddress, parseAddress, parseCidr } from '../network/cidr.ts';
import {
  addressOf,
  compareText,
  type Endpoint,
  EndpointError,
  isInstanceId,
  isInterfaceId,
  isPeeringId,
  isSubnetId,
  isVpcId,
  ofBareAddress,
  ofInstance,
  ofInterface,
  ofOutside,
  type Rivals,
} from './endpoint.ts';
import { ofSubnet, ofVpc } from './endpoint-of-vpc.ts';
import { type NetworkModel, otherSide } from './network-model.ts';

export {
  type Endpoint,
  EndpointError,
  isInstanceId,
  isInterfaceId,
  isPeeringId,
  isSubnetId,
  isVpcId,
  type Rivals,
};

function familyText(family: AddressFamily): string {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}

/** @throws EndpointError for an instance that was not read, or has no address of the family. */
function ofInstanceId(model: NetworkModel, asked: string, family: AddressFamily): Endpoint {
  const endpoint = ofInstance(model, asked, family);
  if (endpoint !== undefined) {
    return endpoint;
  }
  // An instance of a participant in a shared subnet shows by its interfaces only.
  if (model.instance(asked) === undefined && model.interfacesOf(asked).length === 0) {
    throw new EndpointError(
      asked,
      'is in none of the accounts and Regions that were read. Name its private address to ask about an instance of another account.',
    );
  }
  throw new EndpointError(
    asked,
    `has no private ${familyText(family)} address. Terminated instances have none at all.`,
  );
}

/** @throws EndpointError for an interface that was not read, or has no address of the family. */
function ofInterfaceId(model: NetworkModel, asked: string, family: AddressFamily): Endpoint {
  const own = model.networkInterface(asked);
  if (own === undefined) {
    throw new EndpointError(
      asked,
      'is in none of the accounts and Regions that were read. Name its private address to ask about an interface of another account.',
    );
  }
  const address = addressOf(own.addresses, family);
  if (address === undefined) {
    throw new EndpointError(asked, `has no private ${familyText(family)} address.`);
  }
  return ofInterface(model, asked, own, address);
}

/**
 * Where an address is that no VPC is known to have: in the VPC to which the other end's table leads, whose CIDRs are not
 * visible, outside every VPC, or nowhere that the other end's table leads to.
 */
export type Elsewhere = { readonly vpcId: string } | 'outside' | { readonly unroutedBy: string };

/**
 * Of several VPCs with the same address the nearest one is meant, and of equally near ones one with a subnet that has it.
 *
 * @throws EndpointError
 */
function ofAddress(
  model: NetworkModel,
  asked: string,
  address: Address,
  near: readonly string[],
  elsewhere: Elsewhere | undefined,
): Endpoint {
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
  // Of those that are equally far, one with a subnet that has the address: of others nobody knows that they use it. Else by id.
  const isUnused = (vpcId: string) => Number(model.subnetAt(vpcId, address) === undefined);
  const [nearest] = model
    .vpcsWith(address)
    .toSorted((a, b) => distance(a) - distance(b) || isUnused(a) - isUnused(b));
  if (nearest !== undefined) {
    return ofBareAddress(model, asked, address, nearest);
  }
  if (elsewhere === undefined || (elsewhere !== 'outside' && 'unroutedBy' in elsewhere)) {
    const unrouted = elsewhere === undefined ? '' : `, and ${elsewhere.unroutedBy} has no route to it`;
    throw new EndpointError(asked, `is in no VPC that was read or that a peering shows${unrouted}.`);
  }
  return elsewhere === 'outside'
    ? ofOutside(asked, address)
    : ofBareAddress(model, asked, address, elsewhere.vpcId);
}

/** What to ask about in the place of what is nearly an address. */
function insteadOf(asked: string): string {
  const [, host, port] = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(asked) ?? [];
  if (host !== undefined) {
    return ` Ask about ${host}, and name the port by itself: --port ${port}.`;
  }
  if (/^[0-9a-f.:]+\/\d+$/i.test(asked)) {
    return ' Ask about one address of the block.';
  }
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+\.?$/i.test(asked)
    ? ' Look up the private address of that name, and ask about the address.'
    : '';
}

/**
 * Finds what was asked for.
 *
 * @param asked the id of an instance, a network interface, a subnet or a VPC, or an address.
 * @param family of the address to use, where `asked` does not say.
 * @param near where the other end is, or sends to: of several VPCs with the same address the first of these is meant,
 * then one that is peered with any of them.
 * @param elsewhere where an address is that no VPC is known to have; left out, or unrouted: it is refused.
 * @throws EndpointError
 */
export function endpointOf(
  model: NetworkModel,
  asked: string,
  family: AddressFamily,
  near: readonly string[],
  elsewhere?: Elsewhere,
): Endpoint {
  if (isInstanceId(asked)) {
    return ofInstanceId(model, asked, family);
  }
  if (isInterfaceId(asked)) {
    return ofInterfaceId(model, asked, family);
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
  if (isSubnetId(asked)) {
    const endpoint = ofSubnet(model, asked, family);
    if (endpoint === undefined) {
      throw new EndpointError(
        asked,
        model.subnet(asked) === undefined
          ? 'is in none of the accounts and Regions that were read.'
          : `has no ${familyText(family)} block.`,
      );
    }
    return endpoint;
  }
  const address = asAddress(asked);
  if (address === undefined) {
    throw new EndpointError(
      asked,
      `is no instance id (i-...), no VPC id (vpc-...) and no IPv4 or IPv6 address. Nothing that was read has it as its name (tag Name), either.${insteadOf(asked)}`,
    );
  }
  return ofAddress(model, asked, address, near, elsewhere);
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
    if (isInterfaceId(asked)) {
      const addresses = model.networkInterface(asked)?.addresses ?? [];
      return addresses.map((text) => parseAddress(text).family);
    }
    if (isSubnetId(asked)) {
      return (model.subnet(asked)?.cidrs ?? []).map((cidr) => parseCidr(cidr).family);
    }
    return (model.cidrsOf(asked) ?? []).map(({ family }) => family);
  };
  const theirs = families(other);
  const shared = families(one).filter((family) => theirs.includes(family));
  return shared.includes('ipv4') || !shared.includes('ipv6') ? 'ipv4' : 'ipv6';
}
