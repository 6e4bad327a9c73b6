import type { NetworkAcl, Subnet } from '../../model/network.ts';
import type { Address } from '../../network/cidr.ts';
import type { Endpoint } from '../endpoints.ts';
import { type Filtered, networkAclLets, securityGroupsLet } from '../filters.ts';
import { idleReferences } from '../group-references.ts';
import { type Packet, packetText } from '../traffic.ts';
import { ownerText } from './machine.ts';
import { type Arrival, describeEnd, type FarEndpoint, type Hop, type Walk } from './walk.ts';
import { notVisibleText } from './whose.ts';

const OUTCOME = { passes: 'passes', fails: 'fails', unknown: 'not-visible' } as const;

interface Words {
  readonly subject: string;
  readonly packet: string;
  readonly remedy: string;
  /** What else is to be known of a filter that lets nothing through; empty: nothing. */
  readonly also?: string;
}

function remedyFor({ insteadOfPing }: Walk, remedy: string): string {
  const instead = insteadOfPing?.();
  return instead === undefined
    ? remedy
    : `${instead} Only to ping it: ${remedy.charAt(0).toLowerCase()}${remedy.slice(1)}`;
}

function addFiltered(
  walk: Walk,
  hop: Pick<Hop, 'name' | 'direction'>,
  { outcome, ids, detail }: Filtered,
  { subject, packet, remedy, also = '' }: Words,
): void {
  const because = detail === undefined ? '' : `: ${detail}`;
  const sentences = {
    passes: () => `${subject} lets ${packet}${detail === undefined ? '' : `, ${detail}`}.`,
    fails: () =>
      [`${subject} does not let ${packet}${because}.`, also, remedyFor(walk, remedy)]
        .filter((text) => text !== '')
        .join(' '),
    unknown: () => `Whether ${subject} lets ${packet} is not visible${because}.`,
  };
  walk.hops.push({ ...hop, status: OUTCOME[outcome], ids, sentence: sentences[outcome]() });
}

/** The security groups of one end. They keep state, so only the request is asked about. */
export function inspectGroups(
  walk: Walk,
  direction: 'egress' | 'ingress',
  own: Endpoint,
  far: FarEndpoint,
  arrival: Arrival | undefined,
): void {
  const { model, request } = walk;
  const name = direction === 'egress' ? 'security-group-out' : 'security-group-in';
  if (own.stands === 'sample') {
    const sentence = `No running instance is visible in ${own.asked}, so no security group was judged for ${describeEnd(own)}.`;
    walk.hops.push({ name, direction: 'there', status: 'not-visible', ids: [own.vpcId], sentence });
    return;
  }
  if (own.interface === undefined) {
    if (!model.isWhole(own.vpcId)) {
      const subject = `The security groups of ${describeEnd(own)}`;
      const sentence = notVisibleText(model, subject, own.vpcId, 'are');
      walk.hops.push({ name, direction: 'there', status: 'not-visible', ids: [own.vpcId], sentence });
    }
    return;
  }
  if (own.interface.securityGroupIds.length === 0) {
    const sentence = `${describeEnd(own)} of ${ownerText(own.interface)} shows no security groups; what filters there is not visible.`;
    const { interfaceId } = own.interface;
    walk.hops.push({ name, direction: 'there', status: 'not-visible', ids: [interfaceId], sentence });
    return;
  }
  const peering = arrival?.peering;
  const isOtherRegion = peering !== undefined && peering.requester.region !== peering.accepter.region;
  const filtered = securityGroupsLet(
    model,
    direction,
    own.interface,
    {
      address: far.endpoint.address,
      interface: far.interface,
      vpcId: far.endpoint.vpcId,
      groupReferences: isOtherRegion ? 'do-not-apply' : 'apply',
    },
    request,
  );
  const idle =
    filtered.outcome === 'fails'
      ? idleReferences(model, direction, own.interface, request, walk.isWhole)
      : { text: '', groupIds: [] };
  const groups = filtered.outcome === 'passes' ? filtered.ids : own.interface.securityGroupIds;
  const where = `${direction === 'egress' ? 'out to' : 'in from'} ${far.endpoint.address.text}`;
  addFiltered(
    walk,
    { name, direction: 'there' },
    { ...filtered, ids: [...filtered.ids, ...idle.groupIds] },
    {
      subject: `Security group ${groups.join(', ')} of ${describeEnd(own)}`,
      packet: `${packetText(request)} ${where}`,
      also: idle.text,
      remedy: `Add an ${direction === 'egress' ? 'outbound' : 'inbound'} rule for it.`,
    },
  );
}

/** How an entry lets a packet in. Numbers begin with 1, and each is taken once for each direction (VPC guide, "Network ACL rules"). */
function entryRemedy({ entries }: NetworkAcl, isOut: boolean, deniedBy: number | undefined): string {
  const allow = `Allow it in an ${isOut ? 'outbound' : 'inbound'} entry`;
  if (deniedBy === undefined) {
    return allow;
  }
  const before = entries.filter(({ egress, ruleNumber }) => egress === isOut && ruleNumber < deniedBy);
  return before.length < deniedBy - 1
    ? `${allow} with a number below ${deniedBy}`
    : `No number below ${deniedBy} is free: delete that entry, or give it a higher number and allow it in an ${isOut ? 'outbound' : 'inbound'} entry before it`;
}

/** The network ACL of one end's subnet. It keeps no state, so it is asked about answers, too. */
export function inspectAcl(
  walk: Walk,
  hop: { readonly name: 'network-acl-out' | 'network-acl-in'; readonly direction: Hop['direction'] },
  own: { readonly subnet?: Subnet; readonly vpcId: string },
  far: Address,
  packet: Packet,
): void {
  const { model } = walk;
  const acl = own.subnet === undefined ? undefined : model.aclOf(own.subnet.subnetId);
  if (own.subnet === undefined || acl === undefined) {
    // A VPC of ours without a subnet there has no ACL to ask.
    if (own.subnet !== undefined || !model.isWhole(own.vpcId)) {
      const where = own.subnet === undefined ? `the subnet in ${own.vpcId}` : own.subnet.subnetId;
      walk.hops.push({
        ...hop,
        status: 'not-visible',
        ids: [own.subnet?.subnetId ?? own.vpcId],
        sentence: notVisibleText(model, `The network ACL of ${where}`, own.vpcId),
      });
    }
    return;
  }
  const isOut = hop.name === 'network-acl-out';
  const isBack = hop.direction === 'back';
  const filtered = networkAclLets(acl, isOut ? 'outbound' : 'inbound', far, packet);
  addFiltered(walk, hop, filtered, {
    subject: `Network ACL ${acl.networkAclId} of ${own.subnet.subnetId}`,
    packet: `${isBack ? 'the answer, ' : ''}${packetText(packet)}, ${isOut ? 'out to' : 'in from'} ${far.text}`,
    remedy: `${entryRemedy(acl, isOut, filtered.deniedBy)}${isBack ? '; network ACLs keep no state, so answers need entries of their own' : ''}.`,
  });
}
