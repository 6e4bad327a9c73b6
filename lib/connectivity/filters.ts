import type { NetworkAcl, NetworkInterface, SecurityGroupRule } from '../model/network.ts';
import { type Address, inCidr, parseCidr } from '../network/cidr.ts';
import type { NetworkModel } from './network-model.ts';
import { type Packet, shareOf } from './traffic.ts';

/** What a security group or network ACL makes of a packet. `unknown`: part of what decides is not visible. */
export interface Filtered {
  readonly outcome: 'passes' | 'fails' | 'unknown';
  /** What decided, or the group or list that is not visible. */
  readonly ids: readonly string[];
  /** Completes the sentence "<filter> …" where the outcome alone does not say it; of what passes, by what. */
  readonly detail?: string;
  /** The number of the entry that denies it; undefined where no entry is about it. */
  readonly deniedBy?: number;
}

/** The other end of a packet, as the security groups of this end see it. */
export interface FarEnd {
  readonly address: Address;
  /** Its interface, if that is visible. */
  readonly interface: NetworkInterface | undefined;
  /** Where it is: of two VPCs with the same addresses, groups of only one are meant. */
  readonly vpcId?: string;
  /**
   * Whether groups may be referenced at all: inside one VPC and across a peering inside one Region, but not across
   * Regions (EC2 user guide, "Update your security groups to reference peer security groups").
   */
  readonly groupReferences: 'apply' | 'do-not-apply';
}

type Fit = 'misfits' | { readonly fits: string | undefined } | { readonly unknown: string };

/** Whether EC2 says that a group lies in another VPC than the far end. */
function isElsewhere({ groupReferences = [] }: SecurityGroupRule, groupId: string, far: FarEnd): boolean {
  const vpcId = groupReferences.find((each) => each.groupId === groupId)?.vpcId;
  return vpcId !== undefined && far.vpcId !== undefined && vpcId !== far.vpcId;
}

function fitOf(model: NetworkModel, rule: SecurityGroupRule, far: FarEnd): Fit {
  if (rule.cidrs.some((cidr) => inCidr(parseCidr(cidr), far.address))) {
    return { fits: undefined };
  }
  let unknown: string | undefined;
  for (const id of rule.prefixListIds) {
    const cidrs = model.prefixList(id);
    const entry = cidrs?.find((cidr) => inCidr(cidr, far.address));
    if (entry !== undefined) {
      return { fits: `by entry ${entry.text} of ${id}` };
    }
    unknown = cidrs === undefined ? id : unknown;
  }
  if (far.groupReferences === 'apply') {
    for (const groupId of rule.groupIds) {
      if (far.interface?.securityGroupIds.includes(groupId)) {
        return { fits: undefined };
      }
      // The members of a group that is visible are visible too, and the far end is none of them.
      const isHidden = far.interface === undefined && model.group(groupId) === undefined;
      unknown = isHidden && !isElsewhere(rule, groupId, far) ? groupId : unknown;
    }
  }
  return unknown === undefined ? 'misfits' : { unknown };
}

/**
 * Whether any of an interface's security groups lets a packet in or out. Security groups only ever allow, and are
 * stateful: ask them about requests, never about answers.
 */
export function securityGroupsLet(
  model: NetworkModel,
  direction: 'ingress' | 'egress',
  own: NetworkInterface,
  far: FarEnd,
  packet: Packet,
): Filtered {
  let unknown: string | undefined;
  for (const groupId of own.securityGroupIds) {
    const group = model.group(groupId);
    if (group === undefined) {
      unknown = groupId;
      continue;
    }
    for (const rule of group[direction]) {
      if (shareOf(rule, packet) !== 'all') {
        continue;
      }
      const fit = fitOf(model, rule, far);
      if (fit !== 'misfits' && 'fits' in fit) {
        return {
          outcome: 'passes',
          ids: [groupId],
          ...(fit.fits === undefined ? {} : { detail: fit.fits }),
        };
      }
      unknown = fit === 'misfits' ? unknown : fit.unknown;
    }
  }
  return unknown === undefined
    ? { outcome: 'fails', ids: own.securityGroupIds }
    : { outcome: 'unknown', ids: [unknown], detail: `${unknown} is not visible` };
}

/**
 * What a network ACL makes of a packet: the entry with the lowest number that fits decides, and without one it is
 * denied. Network ACLs keep no state: ask them about answers too.
 *
 * @param far the address at the other end.
 */
export function networkAclLets(
  acl: NetworkAcl,
  direction: 'inbound' | 'outbound',
  far: Address,
  packet: Packet,
): Filtered {
  const entries = acl.entries
    .filter(({ egress, cidr }) => egress === (direction === 'outbound') && inCidr(parseCidr(cidr), far))
    .sort((a, b) => a.ruleNumber - b.ruleNumber);
  // Ports that no entry has decided yet; ICMP has none, so its first fitting entry decides.
  let open = 'type' in packet ? [] : [{ fromPort: packet.fromPort, toPort: packet.toPort }];
  for (const entry of entries) {
    const share = shareOf(entry, packet);
    if (share === 'none') {
      continue;
    }
    const decided = { ids: [acl.networkAclId], entry: `its entry ${entry.ruleNumber}` };
    if (share === 'all') {
      return entry.action === 'allow'
        ? { outcome: 'passes', ids: decided.ids }
        : {
            outcome: 'fails',
            ids: decided.ids,
            detail: `${decided.entry} denies it`,
            deniedBy: entry.ruleNumber,
          };
    }
    const touched = open.some(({ fromPort, toPort }) => share.fromPort <= toPort && fromPort <= share.toPort);
    if (!touched) {
      continue;
    }
    if (entry.action === 'deny') {
      const ports = `${share.fromPort}-${share.toPort}`;
      return {
        outcome: 'fails',
        ids: decided.ids,
        detail: `${decided.entry} denies ports ${ports} of these`,
        deniedBy: entry.ruleNumber,
      };
    }
    open = open.flatMap(({ fromPort, toPort }) =>
      [
        { fromPort, toPort: Math.min(toPort, share.fromPort - 1) },
        { fromPort: Math.max(fromPort, share.toPort + 1), toPort },
      ].filter((range) => range.fromPort <= range.toPort),
    );
    if (open.length === 0) {
      return { outcome: 'passes', ids: decided.ids };
    }
  }
  return { outcome: 'fails', ids: [acl.networkAclId], detail: 'no entry allows it' };
}
