import { pairKey } from '../../lib/model/pair.ts';
import { DEAD_STATUSES, type Peering, type PeeringStatus, type Vpc } from '../../lib/model/peering.ts';
import { overlaps, parseCidr } from '../../lib/network/cidr.ts';
import type { PeeringRequest } from '../../lib/ports/connect.ts';
import type { NetworkReader } from '../../lib/ports/network-reader.ts';
import { OWN } from './fixtures.ts';
import { awsError } from './memory-ec2.ts';

/** Where in a call a fault strikes: before EC2 does anything, or after it did everything. */
export interface PeeringFault {
  readonly when: 'before' | 'after';
  readonly error: Error;
}

export interface MemoryPeeringsOptions {
  readonly now: () => Date;
  readonly outstanding?: number;
  readonly perVpc?: number;
  readonly fault?: (call: string, index: number) => PeeringFault | undefined;
}

const DAYS = 24 * 60 * 60 * 1000;

function isRequest({ status }: Peering): boolean {
  return status === 'pending-acceptance' || status === 'initiating-request';
}

/**
 * An EC2 that refuses of peerings what EC2 refuses, with EC2's codes: a second one between two VPCs, more than the quotas allow;
 * and that fails a request whose ranges overlap.
 */
export function createMemoryPeerings(
  vpcs: Vpc[],
  { now, outstanding = 25, perVpc = 125, fault }: MemoryPeeringsOptions,
) {
  let peerings: Peering[] = [];
  const hidden = new Set<string>();
  const calls: string[] = [];
  let made = 0;

  function edit(peeringId: string, change: Partial<Peering>): void {
    peerings = peerings.map((each) => (each.peeringId === peeringId ? { ...each, ...change } : each));
  }

  function vpcOf(vpcId: string): Vpc {
    const found = vpcs.find((each) => each.vpcId === vpcId);
    if (found === undefined) throw awsError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
    return found;
  }

  const isLive = ({ status }: Peering) => !DEAD_STATUSES.has(status);
  const keyOf = ({ requester, accepter }: Peering) => pairKey(requester.vpcId, accepter.vpcId);

  async function through<Answer>(call: string, run: () => Answer): Promise<Answer> {
    const struck = fault?.(call, calls.length);
    calls.push(call);
    await Promise.resolve();
    if (struck?.when === 'before') throw struck.error;
    const answer = run();
    if (struck?.when === 'after') throw struck.error;
    return answer;
  }

  /** As a person or the product requests it. */
  function create(requester: Vpc, accepter: Vpc, tags: Readonly<Record<string, string>> = {}): string {
    const key = pairKey(requester.vpcId, accepter.vpcId);
    if (peerings.some((each) => isLive(each) && keyOf(each) === key)) {
      throw awsError('VpcPeeringConnectionAlreadyExists', `There is a peering between ${key} already.`);
    }
    const waiting = peerings.filter(
      (each) =>
        isRequest(each) &&
        each.requester.accountId === requester.accountId &&
        each.requester.region === requester.region,
    );
    if (waiting.length >= outstanding) {
      throw awsError('OutstandingVpcPeeringConnectionLimitExceeded', `${outstanding} requests wait already.`);
    }
    made += 1;
    const peeringId = `pcx-${made.toString(16).padStart(17, '0')}`;
    const isOverlapping = requester.cidrs.some((one) =>
      accepter.cidrs.some((other) => overlaps(parseCidr(one), parseCidr(other))),
    );
    const side = ({ vpcId, accountId, region }: Vpc) => ({ vpcId, accountId, region, cidrs: [] });
    peerings.push({
      peeringId,
      status: isOverlapping ? 'failed' : 'pending-acceptance',
      statusMessage: '',
      requester: side(requester),
      accepter: side(accepter),
      expiresAt: new Date(now().getTime() + 7 * DAYS),
      tags,
    });
    return peeringId;
  }

  const reader: NetworkReader = {
    async readPeerings(region, { peeringIds }) {
      await through(`readPeerings ${region}`, () => undefined);
      return (
        peerings
          .filter(({ requester, accepter }) =>
            [requester, accepter].some((side) => side.accountId === OWN && side.region === region),
          )
          .filter(({ peeringId }) => peeringIds === undefined || peeringIds.includes(peeringId))
          .filter(({ peeringId }) => !hidden.has(peeringId))
          // Tags are seen in the Region that set them only.
          .map((each) => (each.requester.region === region ? each : { ...each, tags: {} }))
      );
    },
    async readVpcs(region) {
      await through(`readVpcs ${region}`, () => undefined);
      return vpcs.filter((each) => each.region === region && each.accountId === OWN);
    },
    readTables: async () => [],
  };

  const writer = {
    requestPeering: (region: string, { vpcId, peer, tags }: PeeringRequest) =>
      through(`request ${vpcId} ${peer.vpcId}`, () => {
        const requester = vpcOf(vpcId);
        if (requester.region !== region)
          throw awsError('InvalidVpcID.NotFound', `${vpcId} is not in ${region}`);
        return { outcome: 'done' as const, peeringId: create(requester, vpcOf(peer.vpcId), tags) };
      }),
    deletePeering: (_region: string, peeringId: string) =>
      through(`delete ${peeringId}`, () => {
        edit(peeringId, { status: 'deleted' });
        return 'done' as const;
      }),
  };

  return {
    vpcs,
    calls,
    reader,
    writer,
    create,
    peerings: (): readonly Peering[] => peerings,
    live: () => peerings.filter(isLive),
    requestsMade: () => calls.filter((call) => call.startsWith('request ')),
    setStatus: (peeringId: string, status: PeeringStatus) => edit(peeringId, { status }),
    /** EC2 does not show these yet, until the test says so: it is eventually consistent. */
    hide(peeringIds: readonly string[]) {
      for (const peeringId of peeringIds) hidden.add(peeringId);
    },
    showAll: () => hidden.clear(),
    /** EC2 shows it no more. */
    forget(peeringId: string) {
      peerings = peerings.filter((each) => each.peeringId !== peeringId);
    },
    retag(vpcId: string, tags: Readonly<Record<string, string>>) {
      const index = vpcs.findIndex((each) => each.vpcId === vpcId);
      vpcs[index] = { ...vpcOf(vpcId), tags };
    },
    /** Whoever answers says yes to all, as far as EC2 has room. */
    acceptAll() {
      const full = (vpcId: string) =>
        peerings.filter(
          ({ status, requester, accepter }) =>
            status === 'active' && [requester.vpcId, accepter.vpcId].includes(vpcId),
        ).length >= perVpc;
      for (const { peeringId, requester, accepter } of peerings.filter(isRequest)) {
        if (!full(requester.vpcId) && !full(accepter.vpcId)) edit(peeringId, { status: 'active' });
      }
    },
    rejectAll() {
      for (const { peeringId } of peerings.filter(isRequest)) edit(peeringId, { status: 'rejected' });
    },
  };
}
