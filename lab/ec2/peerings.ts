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
  samePlace,
  statusAt,
} from './peering-life.ts';
import type { Ec2Settings } from './settings.ts';
import { showPeering } from './show-peering.ts';
import { cidrsOf, type Vpcs } from './vpcs.ts';
import { child, items, tagsIn, text, type XmlNode } from './xml.ts';

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

/** A peering that moto has, and of which nothing else is known. */
function recordOf(
  peering: XmlNode,
  place: Place,
  at: number,
  { provisioningMs }: Ec2Settings,
): PeeringRecord {
  const peeringId = text(peering, 'vpcPeeringConnectionId') ?? '';
  const end = (name: string): PeeringEnd => {
    const info = child(peering, name);
    return {
      accountId: text(info, 'ownerId') ?? place.accountId,
      region: text(info, 'region') ?? place.region,
      vpcId: text(info, 'vpcId') ?? '',
    };
  };
  const record = newRecord(peeringId, end('requesterVpcInfo'), end('accepterVpcInfo'), at);
  const code = text(child(peering, 'status'), 'code');
  return {
    ...record,
    ...(code === 'active' ? { acceptedAt: at - provisioningMs } : {}),
    ...(code === 'rejected' ? { rejectedAt: at } : {}),
    ...(code === 'deleted' ? { deleted: { at, byAccountId: place.accountId } } : {}),
  };
}

/** What has happened to every peering; those that only moto knows are read once for each place. */
class PeeringRecords {
  readonly #options: Pick<PeeringsOptions, 'ask' | 'clock' | 'settings'>;
  readonly #records = new Map<string, PeeringRecord>();
  /** Places whose peerings in moto are all known here. */
  readonly #known = new Set<string>();
  /** Peerings that moto still has. */
  readonly #forgotten = new Set<string>();

  constructor(options: Pick<PeeringsOptions, 'ask' | 'clock' | 'settings'>) {
    this.#options = options;
  }

  all(): readonly PeeringRecord[] {
    return [...this.#records.values()];
  }

  get(peeringId: string): PeeringRecord | undefined {
    return this.#records.get(peeringId);
  }

  put(record: PeeringRecord): void {
    this.#records.set(record.peeringId, record);
  }

  /** It is not adopted from moto again. */
  forget({ peeringId }: PeeringRecord): void {
    this.#records.delete(peeringId);
    this.#forgotten.add(peeringId);
  }

  /** Adopts the peerings that moto has in a place. */
  async discover(place: Place): Promise<void> {
    const key = `${place.accountId}/${place.region}`;
    if (this.#known.has(key)) {
      return;
    }
    const { clock, settings } = this.#options;
    const answer = await this.#options.ask(place, { Action: 'DescribeVpcPeeringConnections' });
    for (const peering of items(answer, 'vpcPeeringConnectionSet')) {
      const record = recordOf(peering, place, clock.now().getTime(), settings);
      if (!this.#records.has(record.peeringId) && !this.#forgotten.has(record.peeringId)) {
        this.#records.set(record.peeringId, record);
      }
    }
    this.#known.add(key);
  }

  /** moto may have others by now. */
  invalidate(): void {
    this.#known.clear();
  }
}

export function createPeerings({ ask, vpcs, clock, settings }: PeeringsOptions): Peerings {
  const records = new PeeringRecords({ ask, clock, settings });
  const now = () => clock.now().getTime();
  const status = (record: PeeringRecord) => statusAt(record, now(), settings);

  return {
    status,
    async visible(place) {
      await records.discover(place);
      return records.all().filter((record) => isVisible(record, place, now(), settings));
    },
    async find(peeringId, place) {
      if (!/^pcx-[0-9a-f]{8,17}$/.test(peeringId)) {
        throw new Ec2Error('InvalidVpcPeeringConnectionId.Malformed', `Invalid id: "${peeringId}"`);
      }
      await records.discover(place);
      const record = records.get(peeringId);
      if (record === undefined || !isVisible(record, place, now(), settings)) {
        throw notFound('vpcPeeringConnection', peeringId);
      }
      return record;
    },
    put: (record) => records.put(record),
    code(peeringId) {
      const record = records.get(peeringId);
      return record && status(record).code;
    },
    ofVpc(end, codes) {
      const isEnd = (other: PeeringEnd) => other.vpcId === end.vpcId && samePlace(other, end);
      return records
        .all()
        .filter(
          (record) =>
            (isEnd(record.requester) || isEnd(record.accepter)) && codes.includes(status(record).code),
        );
    },
    requestedBy(place, codes) {
      return records
        .all()
        .filter((record) => samePlace(record.requester, place) && codes.includes(status(record).code));
    },
    async cannotPeer(requester, accepter) {
      const [own, other] = await Promise.all([vpcs.find(requester), vpcs.find(accepter)]);
      return (
        own === undefined ||
        other === undefined ||
        cidrsOf(own).some((a) => cidrsOf(other).some((b) => overlaps(a, b)))
      );
    },
    show: (record, place, tags, as = status(record)) =>
      showPeering({ vpcs, settings }, record, place, tags, as),
    forgetEnded() {
      for (const record of records.all()) {
        if (ENDED.includes(status(record).code)) {
          records.forget(record);
        }
      }
    },
    invalidate: () => records.invalidate(),
  };
}

export function tagsOfAnswer(peering: XmlNode | undefined): Readonly<Record<string, string>> {
  return tagsIn(peering, 'tagSet');
}
