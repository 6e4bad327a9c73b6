import type { Instance } from '../model/network.ts';
import { isPrefixListId } from '../model/route-table.ts';
import { type Address, type AddressFamily, parseCidr } from '../network/cidr.ts';
import { compareText, type Endpoint, ofBareAddress, ofInstance } from './endpoint.ts';
import { firstOf, type NetworkModel, otherSide, sampleOf } from './network-model.ts';

/** The first running instance of a place, to stand for it. */
function runningIn(
  model: NetworkModel,
  asked: string,
  isThere: (instance: Instance) => boolean,
  family: AddressFamily,
): Endpoint | undefined {
  const instances = model.snapshot.instances
    .filter((instance) => isThere(instance) && instance.state === 'running')
    .sort((a, b) => compareText(a.instanceId, b.instanceId));
  for (const { instanceId } of instances) {
    const endpoint = ofInstance(model, instanceId, family);
    if (endpoint !== undefined) {
      const note = `${instanceId} (${endpoint.address.text}) stands for ${asked}.`;
      return { ...endpoint, asked, note };
    }
  }
  return undefined;
}

function sampleNote(address: Address, asked: string): string {
  return `${address.text} stands for ${asked}, where no running instance is visible: routes and network ACLs are judged there, no security group is.`;
}

/** A subnet is stood for by one of its running instances, else by a typical address of it. */
export function ofSubnet(model: NetworkModel, subnetId: string, family: AddressFamily): Endpoint | undefined {
  const running = runningIn(model, subnetId, ({ subnetId: of }) => of === subnetId, family);
  const subnet = model.subnet(subnetId);
  const block = subnet === undefined ? undefined : firstOf(subnet.cidrs.map(parseCidr), family);
  if (running !== undefined || subnet === undefined || block === undefined) {
    return running;
  }
  const address = sampleOf(block);
  const { vpcId } = subnet;
  return { asked: subnetId, vpcId, address, subnet, stands: 'sample', note: sampleNote(address, subnetId) };
}

/**
 * A VPC is stood for by one of its running instances, else by an address that the other end routes to it, else by a
 * typical address.
 */
export function ofVpc(
  model: NetworkModel,
  vpcId: string,
  family: AddressFamily,
  towards: string | undefined,
): Endpoint | undefined {
  const running = runningIn(model, vpcId, ({ vpcId: of }) => of === vpcId, family);
  if (running !== undefined) {
    return running;
  }
  const cidrs = model.cidrsOf(vpcId);
  const subnet = model.snapshot.subnets
    .filter((each) => each.vpcId === vpcId)
    .sort((a, b) => compareText(a.subnetId, b.subnetId))[0];
  const routed = model.snapshot.routeTables
    .filter((table) => table.vpcId === towards)
    .flatMap(({ routes }) => routes)
    .filter(({ target }) => {
      const peering = target.kind === 'peering' ? model.peering(target.id) : undefined;
      return peering !== undefined && towards !== undefined && otherSide(peering, towards)?.vpcId === vpcId;
    })
    .flatMap(({ destination }) =>
      isPrefixListId(destination)
        ? (model.prefixList(destination) ?? []).map(({ text }) => text)
        : [destination],
    )
    .filter((destination) => destination.includes(':') === (family === 'ipv6'))
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
    note: sampleNote(address, vpcId),
  };
}
