import type { LabContext, Place } from '../types.ts';
import { notFound } from './call.ts';
import { overlaps } from './cidr.ts';
import { Ec2Error } from './errors.ts';
import type { AskMoto } from './moto.ts';
import {
  isVisible,
  type PeeringCode,
  type PeeringEnd,
  type PeeringRecord,
  type PeeringStatus,
  REQUEST_LIFETIME_MS,
  samePlace,
  statusAt,
  visibleCidrs,
} from './peering-life.ts';
import type { Ec2Settings } from './settings.ts';
import { cidrsOf, type LabVpc, type Vpcs } from './vpcs.ts';
import { child, items, list, tagSet, tagsIn, text, type Xml, type XmlNode } from './xml.ts';

/**
 * Every peering of every account and Region. moto keeps peerings too, for its routes and for CloudFormation; what
 * happened to them, and when, is kept here.
 */
export interface Peerings {
  /** The peerings that a place sees, whatever made them. */
  visible(place: Place): Promise<readonly PeeringRecord[]>;
  /** @throws {Ec2Error} when the place does not see it. */
  find(peeringId: string, place: Place): Promise<PeeringRecord>;
  put(record: PeeringRecord): void;
  status(record: PeeringRecord): PeeringStatus;
  /** Status codes by id, of peerings that somebody may still see or route to. */
  code(peeringId: string): PeeringCode | undefined;
  /** Peerings of a VPC, in one of these states. */
  ofVpc(end: PeeringEnd, codes: readonly PeeringCode[]): readonly PeeringRecord[];
  requestedBy(place: Place, codes: readonly PeeringCode[]): readonly PeeringRecord[];
  /** True when a VPC is missing or a CIDR of one side overlaps one of the other. */
  cannotPeer(requester: PeeringEnd, accepter: PeeringEnd): Promise<boolean>;
  /** As EC2 shows it to that place; tags belong to the place too. */
  show(
    record: PeeringRecord,
    place: Place,
    tags: Readonly<Record<string, string>>,
    as?: PeeringStatus,
  ): Promise<XmlNode>;
  /** Forgets the peerings that have ended, as if the hours had passed for which they are still shown. */
  forgetEnded(): void;
  /** Something outside the EC2 API (CloudFormation) may have made peerings. */
  invalidate(): void;
}

const ENDED: readonly PeeringCode[] = ['failed', 'expired', 'rejected', 'deleted'];

const NO_OPTIONS = { allowDnsResolutionFromRemoteVpc: false };

export function newRecord(
  peeringId: string,
  requester: PeeringEnd,
  accepter: PeeringEnd,
  createdAt: number,
): PeeringRecord {
  return {
    peeringId,
    requester,
    accepter,
    createdAt,
    requesterOptions: NO_OPTIONS,
    accepterOptions: NO_OPTIONS,
  };
}

export interface PeeringsOptions {
  readonly ask: AskMoto;
  readonly vpcs: Vpcs;
  readonly clock: LabContext['clock'];
  readonly settings: Ec2Settings;
}

export function createPeerings({ ask, vpcs, clock, settings }: PeeringsOptions): Peerings {
  const records = new Map<string, PeeringRecord>();
  /** Places whose peerings in moto are all known here. */
  const known = new Set<string>();
  /** Peerings that moto still has. */
  const forgotten = new Set<string>();
  const now = () => clock.now().getTime();
  const status = (record: PeeringRecord) => statusAt(record, now(), settings);

  function adopt(peering: XmlNode, place: Place): void {
    const peeringId = text(peering, 'vpcPeeringConnectionId') ?? '';
    if (records.has(peeringId) || forgotten.has(peeringId)) {
      return;
    }
    const end = (name: string): PeeringEnd => {
      const info = child(peering, name);
      return {
        accountId: text(info, 'ownerId') ?? place.accountId,
        region: text(info, 'region') ?? place.region,
        vpcId: text(info, 'vpcId') ?? '',
      };
    };
    const at = now();
    const record = newRecord(peeringId, end('requesterVpcInfo'), end('accepterVpcInfo'), at);
    const code = text(child(peering, 'status'), 'code');
    records.set(peeringId, {
      ...record,
      ...(code === 'active' ? { acceptedAt: at - settings.provisioningMs } : {}),
      ...(code === 'rejected' ? { rejectedAt: at } : {}),
      ...(code === 'deleted' ? { deleted: { at, byAccountId: place.accountId } } : {}),
    });
  }

  async function discover(place: Place): Promise<void> {
    const key = `${place.accountId}/${place.region}`;
    if (known.has(key)) {
      return;
    }
    const answer = await ask(place, { Action: 'DescribeVpcPeeringConnections' });
    for (const peering of items(answer, 'vpcPeeringConnectionSet')) {
      adopt(peering, place);
    }
    known.add(key);
  }

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

  return {
    status,
    async visible(place) {
      await discover(place);
      return [...records.values()].filter((record) => isVisible(record, place, now(), settings));
    },
    async find(peeringId, place) {
      if (!/^pcx-[0-9a-f]{8,17}$/.test(peeringId)) {
        throw new Ec2Error('InvalidVpcPeeringConnectionId.Malformed', `Invalid id: "${peeringId}"`);
      }
      await discover(place);
      const record = records.get(peeringId);
      if (record === undefined || !isVisible(record, place, now(), settings)) {
        throw notFound('vpcPeeringConnection', peeringId);
      }
      return record;
    },
    put(record) {
      records.set(record.peeringId, record);
    },
    code(peeringId) {
      const record = records.get(peeringId);
      return record && status(record).code;
    },
    ofVpc(end, codes) {
      const isEnd = (other: PeeringEnd) => other.vpcId === end.vpcId && samePlace(other, end);
      return [...records.values()].filter(
        (record) =>
          (isEnd(record.requester) || isEnd(record.accepter)) && codes.includes(status(record).code),
      );
    },
    requestedBy(place, codes) {
      return [...records.values()].filter(
        (record) => samePlace(record.requester, place) && codes.includes(status(record).code),
      );
    },
    async cannotPeer(requester, accepter) {
      const [own, other] = await Promise.all([vpcs.find(requester), vpcs.find(accepter)]);
      return (
        own === undefined ||
        other === undefined ||
        cidrsOf(own).some((a) => cidrsOf(other).some((b) => overlaps(a, b)))
      );
    },
    async show(record, place, tags, as = status(record)) {
      const cidrs = visibleCidrs(as.code);
      const requesterHidden =
        cidrs === 'none' ||
        (cidrs === 'requester' &&
          settings.pendingRequesterCidrs === 'hidden' &&
          place.accountId !== record.requester.accountId);
      const [requesterVpc, accepterVpc] = await Promise.all([
        requesterHidden ? undefined : vpcs.find(record.requester),
        cidrs === 'both' ? vpcs.find(record.accepter) : undefined,
      ]);
      const waiting = as.code === 'pending-acceptance' || as.code === 'initiating-request';
      return {
        accepterVpcInfo: showEnd(
          record.accepter,
          accepterVpc,
          cidrs === 'both' ? showOptions(record.accepter, record.accepterOptions, place) : {},
        ),
        ...(waiting
          ? { expirationTime: new Date(record.createdAt + REQUEST_LIFETIME_MS).toISOString() }
          : {}),
        requesterVpcInfo: showEnd(
          record.requester,
          requesterVpc,
          cidrs === 'none' ? {} : showOptions(record.requester, record.requesterOptions, place),
        ),
        status: { code: as.code, message: as.message },
        tagSet: tagSet(tags),
        vpcPeeringConnectionId: record.peeringId,
      };
    },
    forgetEnded() {
      for (const [peeringId, record] of records) {
        if (ENDED.includes(status(record).code)) {
          records.delete(peeringId);
          forgotten.add(peeringId);
        }
      }
    },
    invalidate() {
      known.clear();
    },
  };
}

export function tagsOfAnswer(peering: XmlNode | undefined): Readonly<Record<string, string>> {
  return tagsIn(peering, 'tagSet');
}
