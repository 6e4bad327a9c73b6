import { inCidr, parseCidr } from '../network/cidr.ts';
import { type Endpoint, ofInstance } from './endpoint.ts';
import { walkAll } from './hops/path.ts';
import type { HopName, Walk } from './hops/walk.ts';

const FILTERS: ReadonlySet<HopName> = new Set([
  'security-group-out',
  'network-acl-out',
  'network-acl-in',
  'security-group-in',
]);

/**
 * The node from whose primary address a pod's packets may leave. The VPC CNI of EKS does that by default with all that goes to an
 * IPv4 address outside the VPC's blocks (EKS guide, "Enable outbound internet access for Pods"; AWS_VPC_K8S_CNI_EXTERNALSNAT in the
 * README of amazon-vpc-cni-k8s). Undefined: the source is no address of a delegated block, or nothing leaves its VPC.
 */
function nodeOf({ model, source, target, family }: Walk): (Endpoint & { instanceId: string }) | undefined {
  const { address, interface: own } = source;
  const isPod = own?.delegated?.some((block) => inCidr(parseCidr(block), address)) === true;
  if (!isPod || family !== 'ipv4' || source.vpcId === target.vpcId || target.stands === 'outside') {
    return undefined;
  }
  const { instanceId } = own;
  const node = instanceId === undefined ? undefined : ofInstance(model, instanceId, family);
  return node === undefined || instanceId === undefined ? undefined : { ...node, instanceId };
}

/**
 * What is to be known of a pod that may send from the address of its node. Where only the pod would get through it is a hop that is
 * not visible, as which address is used is a setting of the cluster.
 *
 * @param walk that of the pod, walked.
 * @returns what is said of it beside the hops; undefined: nothing.
 */
export function inspectNode(walk: Walk): string | undefined {
  const { hops, source } = walk;
  const node = nodeOf(walk);
  if (node === undefined) {
    return undefined;
  }
  const byNode: Walk = { ...walk, hops: [], source: node };
  walkAll(byNode);
  const lost = hops.find(({ status }) => status === 'fails');
  const nodesLost = byNode.hops.find(({ status }) => status === 'fails');
  const how = `${source.address.text} is of a block that is delegated to ${source.interface?.interfaceId}, as EKS uses them for pods. By default (AWS_VPC_K8S_CNI_EXTERNALSNAT=false) the VPC CNI sends what leaves the VPC from ${node.address.text}, the primary address of ${node.instanceId}`;
  if (lost === undefined && nodesLost !== undefined) {
    const sentence = `${how}, and from there it is lost: ${nodesLost.sentence}`;
    const ids = [node.instanceId, ...nodesLost.ids];
    hops.splice(1, 0, { name: 'source', direction: 'there', status: 'not-visible', ids, sentence });
    return undefined;
  }
  if (lost === undefined) {
    return byNode.hops.every(({ status }) => status === 'passes')
      ? `${how}: it gets through from there, too.`
      : `${how}: look at whether that is let in, too.`;
  }
  if (nodesLost === undefined) {
    return `${how}. From there nothing in the network is in the way.`;
  }
  // What stops every address of the subnet is said already.
  return FILTERS.has(nodesLost.name) ? `${how}. From there it is lost, too: let both in.` : undefined;
}
