import { isPrefixListId } from '../model/route-table.ts';
import { type AddressFamily, parseCidr } from '../network/cidr.ts';
import { compareText, type Endpoint, ofBareAddress, ofInstance } from './endpoint.ts';
import { firstOf, type NetworkModel, otherSide, sampleOf } from './network-model.ts';

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
    note: `${address.text} stands for ${vpcId}, where no running instance is visible: no security group is judged there.`,
  };
}
