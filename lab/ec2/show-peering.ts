import type { Place } from '../types.ts';
import {
  type PeeringEnd,
  type PeeringRecord,
  type PeeringStatus,
  REQUEST_LIFETIME_MS,
  visibleCidrs,
} from './peering-life.ts';
import type { Ec2Settings } from './settings.ts';
import type { LabVpc, Vpcs } from './vpcs.ts';
import { list, tagSet, type Xml, type XmlNode } from './xml.ts';

function showEnd(end: PeeringEnd, vpc: LabVpc | undefined, options: XmlNode): XmlNode {
  const shown: Record<string, Xml> = { ownerId: end.accountId, vpcId: end.vpcId, region: end.region };
  if (vpc !== undefined) {
    shown.cidrBlock = vpc.cidrBlock;
    shown.cidrBlockSet = list(vpc.ipv4.map((cidrBlock) => ({ cidrBlock })));
    // An empty list of these is left out.
    if (vpc.ipv6.length > 0) {
      shown.ipv6CidrBlockSet = list(vpc.ipv6.map((ipv6CidrBlock) => ({ ipv6CidrBlock })));
    }
  }
  return { ...shown, ...options };
}

/** An account is shown the options of its own side only. */
function showOptions(end: PeeringEnd, options: PeeringRecord['requesterOptions'], place: Place): XmlNode {
  if (end.accountId !== place.accountId) {
    return {};
  }
  return {
    peeringOptions: {
      allowDnsResolutionFromRemoteVpc: String(options.allowDnsResolutionFromRemoteVpc),
      allowEgressFromLocalClassicLinkToRemoteVpc: 'false',
      allowEgressFromLocalVpcToRemoteClassicLink: 'false',
    },
  };
}

/** The VPCs of requester and accepter, where the place sees their CIDRs. */
function visibleVpcs(
  { vpcs, settings }: { readonly vpcs: Vpcs; readonly settings: Ec2Settings },
  record: PeeringRecord,
  place: Place,
  cidrs: ReturnType<typeof visibleCidrs>,
): Promise<[LabVpc | undefined, LabVpc | undefined]> {
  const requesterHidden =
    cidrs === 'none' ||
    (cidrs === 'requester' &&
      settings.pendingRequesterCidrs === 'hidden' &&
      place.accountId !== record.requester.accountId);
  return Promise.all([
    requesterHidden ? undefined : vpcs.find(record.requester),
    cidrs === 'both' ? vpcs.find(record.accepter) : undefined,
  ]);
}

/**
 * As EC2 shows a peering to a place: with the CIDRs and the options that the place may see.
 *
 * @param as the state that is shown.
 */
export async function showPeering(
  { vpcs, settings }: { readonly vpcs: Vpcs; readonly settings: Ec2Settings },
  record: PeeringRecord,
  place: Place,
  tags: Readonly<Record<string, string>>,
  as: PeeringStatus,
): Promise<XmlNode> {
  const cidrs = visibleCidrs(as.code);
  const [requesterVpc, accepterVpc] = await visibleVpcs({ vpcs, settings }, record, place, cidrs);
  const waiting = as.code === 'pending-acceptance' || as.code === 'initiating-request';
  return {
    accepterVpcInfo: showEnd(
      record.accepter,
      accepterVpc,
      cidrs === 'both' ? showOptions(record.accepter, record.accepterOptions, place) : {},
    ),
    ...(waiting ? { expirationTime: new Date(record.createdAt + REQUEST_LIFETIME_MS).toISOString() } : {}),
    requesterVpcInfo: showEnd(
      record.requester,
      requesterVpc,
      cidrs === 'none' ? {} : showOptions(record.requester, record.requesterOptions, place),
    ),
    status: { code: as.code, message: as.message },
    tagSet: tagSet(tags),
    vpcPeeringConnectionId: record.peeringId,
  };
}
