import type {
  NetworkInterface,
  NetworkSnapshot,
  SecurityGroup,
  SecurityGroupRule,
} from '../model/network.ts';
import { DEAD_STATUSES, type Peering } from '../model/peering.ts';
import { shellWord } from '../model/shell-word.ts';
import { endText, isLive, stateText } from './hops/advice.ts';
import { type NetworkModel, otherSide } from './network-model.ts';
import { matchText, type Packet, shareOf } from './traffic.ts';

/** References of rules to security groups that let nobody in, or out. */
export interface IdleReferences {
  /** Sentences for people; empty: there are none. */
  readonly text: string;
  /** The groups that are referred to. */
  readonly groupIds: readonly string[];
}

interface Idle {
  readonly groupId: string;
  /** The group of the interface whose rule refers to it. */
  readonly ownGroupId: string;
  readonly rule: SecurityGroupRule;
  readonly fits: boolean;
  readonly why: string;
  /** `stale`: EC2 counts it so. `abroad`: it never counted. `hidden`: nobody here can say. */
  readonly kind: 'stale' | 'abroad' | 'hidden';
}

/** How much of a group of many references is named. */
const MAX_NAMED = 3;

const DEAD: ReadonlySet<string> = DEAD_STATUSES;

/** Whether the security groups of a VPC were read: each has at least its default group. */
function areGroupsRead(model: NetworkModel, vpcId: string): boolean {
  return model.snapshot.securityGroups.some((group) => group.vpcId === vpcId);
}

function isAbroad({ requester, accepter }: Peering): boolean {
  return requester.region !== accepter.region;
}

/** Why a reference counts for nothing; undefined: it counts. */
type Idleness = Pick<Idle, 'why' | 'kind'> | undefined;

/** A reference to a group of a VPC that is known: it counts over a live peering inside one Region. */
function judgeAcross(
  model: NetworkModel,
  vpcId: string,
  home: string,
  groupId: string,
  isWhole: boolean,
): Idleness {
  const between = model.peeringsOf(vpcId).filter((each) => otherSide(each, vpcId)?.vpcId === home);
  const live = between.find(isLive);
  if (live === undefined && between.length === 0 && !isWhole) {
    return undefined;
  }
  if (live === undefined) {
    const last = between.find(({ status }) => DEAD.has(status)) ?? between[0];
    const gone = last === undefined ? '' : `: ${stateText(model, last)}`;
    return {
      kind: 'stale',
      why: `it is a group of ${home}, to which no live peering leads from ${vpcId}${gone}`,
    };
  }
  if (isAbroad(live)) {
    const region = otherSide(live, vpcId)?.region;
    return {
      kind: 'abroad',
      why: `it is a group of ${home} in ${region}, and groups cannot be referred to across Regions: name CIDRs in place of it`,
    };
  }
  return areGroupsRead(model, home) && model.group(groupId) === undefined
    ? { kind: 'stale', why: `${home} no longer has such a group` }
    : undefined;
}

/** A reference to a group of which not even the VPC is known. */
function judgeHidden(model: NetworkModel, vpcId: string, isWhole: boolean): Idleness {
  const near = model.peeringsOf(vpcId).filter((each) => isLive(each) && !isAbroad(each));
  const unread = near.filter((each) => !areGroupsRead(model, otherSide(each, vpcId)?.vpcId ?? ''));
  if (unread.length === 0 && isWhole) {
    return {
      kind: 'stale',
      why: `it is a group neither of ${vpcId} nor of any VPC to which a live peering leads from there`,
    };
  }
  const places = unread.map((each) => `${otherSide(each, vpcId)?.vpcId} (${each.peeringId})`).sort();
  return places.length === 0
    ? undefined
    : {
        kind: 'hidden',
        why: `it was not read, and counts only while it is a group of ${places.join(' or ')}`,
      };
}

/** What DescribeStaleSecurityGroups says of a reference, where it was asked. */
function listedAsStale(
  model: NetworkModel,
  own: Pick<SecurityGroup, 'vpcId' | 'groupId'>,
  groupId: string,
): Idleness {
  const groups = model.snapshot.staleGroups?.get(own.vpcId) ?? [];
  const found = groups
    .find((each) => each.groupId === own.groupId)
    ?.stale.find((each) => each.groupId === groupId);
  if (found === undefined) {
    return undefined;
  }
  const peering = found.peeringId === undefined ? undefined : model.peering(found.peeringId);
  const gone =
    found.peeringId === undefined
      ? ''
      : `, and ${peering === undefined ? goneText(model, found.peeringId) : stateText(model, peering)}`;
  return { kind: 'stale', why: `EC2 lists the reference as stale${gone}` };
}

function goneText(model: NetworkModel, peeringId: string): string {
  const end = endText(model, peeringId);
  if (end !== undefined) {
    return `${peeringId} was ${end}`;
  }
  return model.worksUnlisted(peeringId)
    ? `${peeringId} is not listed, although a route to it works`
    : `${peeringId} no longer exists`;
}

function judge(
  model: NetworkModel,
  { vpcId, groupId: ownGroupId }: SecurityGroup,
  { groupReferences = [] }: SecurityGroupRule,
  groupId: string,
  isWhole: boolean,
): Idleness {
  const reference = groupReferences.find((each) => each.groupId === groupId);
  const listed = listedAsStale(model, { vpcId, groupId: ownGroupId }, groupId);
  if (listed !== undefined) {
    return listed;
  }
  const home = model.group(groupId)?.vpcId ?? reference?.vpcId;
  if (home === vpcId) {
    return model.group(groupId) === undefined
      ? { kind: 'stale', why: `${vpcId} no longer has such a group` }
      : undefined;
  }
  const status = reference?.peeringStatus?.toLowerCase();
  if (reference !== undefined && status !== undefined && DEAD.has(status)) {
    const of = home === undefined ? '' : `it is a group of ${home}, and `;
    return { kind: 'stale', why: `${of}${reference.peeringId ?? 'its peering'} is ${status}` };
  }
  return home === undefined
    ? judgeHidden(model, vpcId, isWhole)
    : judgeAcross(model, vpcId, home, groupId, isWhole);
}

function idleOf(
  model: NetworkModel,
  direction: 'ingress' | 'egress',
  own: NetworkInterface,
  packet: Packet,
  isWhole: boolean,
): Idle[] {
  return own.securityGroupIds.flatMap((ownGroupId) => {
    const group = model.group(ownGroupId);
    return (group?.[direction] ?? []).flatMap((rule) =>
      rule.groupIds.flatMap((groupId): Idle[] => {
        const idleness = group === undefined ? undefined : judge(model, group, rule, groupId, isWhole);
        const fits = shareOf(rule, packet) === 'all';
        // Of a rule about other packets only what is sure is worth a word.
        return idleness === undefined || (idleness.kind === 'hidden' && !fits)
          ? []
          : [{ ...idleness, groupId, ownGroupId, rule, fits }];
      }),
    );
  });
}

/**
 * References of an interface's groups that count for nothing: to groups of VPCs without a live peering ("stale"), and
 * across Regions. Rules keep them when a peering is deleted ("Update your security groups to reference peer security
 * groups" in the VPC peering guide).
 *
 * @param isWhole whether every peering of the interface's VPC was read.
 */
export function idleReferences(
  model: NetworkModel,
  direction: 'ingress' | 'egress',
  own: NetworkInterface,
  packet: Packet,
  isWhole: boolean,
): IdleReferences {
  const found = idleOf(model, direction, own, packet, isWhole).sort(
    (a, b) => Number(b.fits) - Number(a.fits),
  );
  const named = found.slice(0, MAX_NAMED);
  const which = direction === 'egress' ? 'outbound' : 'inbound';
  const sentences = named.map(({ ownGroupId, rule, groupId, kind, why }) => {
    const says = kind === 'stale' ? ', a group that no longer counts' : kind === 'abroad' ? ' in vain' : '';
    return `The ${which} rule of ${ownGroupId} for ${matchText(rule)} refers to ${groupId}${says}: ${why}.`;
  });
  const more = found.length > named.length ? [`So do ${found.length - named.length} more references.`] : [];
  return {
    text: [...sentences, ...more, ...adviceFor(model, own.vpcId, found)].join(' '),
    groupIds: [...new Set(named.map(({ groupId }) => groupId))],
  };
}

function adviceFor(model: NetworkModel, vpcId: string, found: readonly Idle[]): string[] {
  if (!found.some(({ kind }) => kind === 'stale' || kind === 'hidden')) {
    return [];
  }
  const region = model.vpc(vpcId)?.region;
  const call = `aws ec2 describe-stale-security-groups --vpc-id ${shellWord(vpcId)}${region === undefined ? '' : ` --region ${shellWord(region)}`}`;
  const listed = staleElsewhere(model, vpcId, found);
  const toGateway = model.snapshot.routeTables.some(
    (table) => table.vpcId === vpcId && table.routes.some(({ target }) => target.kind === 'transit-gateway'),
  );
  return [
    listed ?? `Such a rule stays after the peering is gone; find the others with ${call}.`,
    ...(toGateway ? ['Groups that a transit gateway lets rules refer to are not visible here.'] : []),
  ];
}

/** What else EC2 lists as stale in a VPC; undefined: it was not asked. */
function staleElsewhere(model: NetworkModel, vpcId: string, found: readonly Idle[]): string | undefined {
  const groups = model.snapshot.staleGroups?.get(vpcId);
  if (groups === undefined) {
    return undefined;
  }
  const alreadyNamed = new Set(found.map(({ ownGroupId }) => ownGroupId));
  const others = groups.map(({ groupId }) => groupId).filter((groupId) => !alreadyNamed.has(groupId));
  const more = others.length > MAX_NAMED ? ` and ${others.length - MAX_NAMED} more` : '';
  return others.length === 0
    ? `Such a rule stays after the peering is gone; no other group of ${vpcId} has one.`
    : `Such a rule stays after the peering is gone; stale rules are also in ${others.slice(0, MAX_NAMED).join(', ')}${more} of ${vpcId}.`;
}

/** VPCs of the ends in which rules refer to other groups, where packets do not arrive: of no others can it matter what EC2 calls stale. */
export function vpcsWithDoubt(
  { securityGroups }: Pick<NetworkSnapshot, 'securityGroups'>,
  { reachable, vpcIds }: { readonly reachable: boolean | 'not-visible'; readonly vpcIds: readonly string[] },
): string[] {
  const refersToOthers = ({ groupId, ingress, egress }: SecurityGroup) =>
    [...ingress, ...egress].some(({ groupIds }) => groupIds.some((id) => id !== groupId));
  return reachable !== false
    ? []
    : vpcIds.filter((vpcId) =>
        securityGroups.some((group) => group.vpcId === vpcId && refersToOthers(group)),
      );
}
