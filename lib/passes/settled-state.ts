import type { Hint } from '../model/hint.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { DEAD_STATUSES, type Peering } from '../model/peering.ts';
import { readInventory } from './read-inventory.ts';
import type { ReadRegion } from './read-state.ts';
import type { SyncDependencies } from './sync-dependencies.ts';

/** How long EC2 may take until every Region and call shows what just happened to a peering. */
export const SETTLING_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/** `Routes Synced` comes from the other end only: it was accepted there. */
const ACCEPTED: ReadonlySet<string> = new Set([
  'Peering Accepted',
  'AcceptVpcPeeringConnection',
  'Routes Synced',
]);
const ENDED: ReadonlySet<string> = new Set(['DeleteVpcPeeringConnection', 'RejectVpcPeeringConnection']);

/** Whether an event says that a peering was accepted, here or at the other end. */
export function saysAccepted({ cause }: Hint): boolean {
  return ACCEPTED.has(cause);
}

function shows(peering: Peering | undefined, hint: Hint): boolean {
  if (saysAccepted(hint)) {
    return (
      peering !== undefined &&
      (peering.status === 'active' || peering.status === 'provisioning' || DEAD_STATUSES.has(peering.status))
    );
  }
  return !ENDED.has(hint.cause) || peering === undefined || DEAD_STATUSES.has(peering.status);
}

/** Reads the Region until it shows what the hints say has happened, or long enough. */
export async function readSettled(
  {
    accountId,
    policy,
    reader,
    memory,
    sleep,
  }: Pick<SyncDependencies, 'accountId' | 'policy' | 'reader' | 'memory' | 'sleep'>,
  region: string,
  hints: readonly Hint[],
): Promise<ReadRegion> {
  const read = () => readInventory(reader, { accountId, region }, policy);
  const [first, remembered] = await Promise.all([read(), memory.read(region)]);
  let inventory: RegionInventory = first;
  for (const wait of SETTLING_WAITS_MS) {
    const peerings = new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
    if (hints.every((hint) => hint.kind !== 'peering' || shows(peerings.get(hint.peeringId), hint))) {
      break;
    }
    await sleep(wait);
    inventory = await read();
  }
  return { inventory, remembered };
}

/** Other managed Regions in which this account owns a side of what the hints are about. */
export function otherRegions(
  { accountId, managedRegions }: Pick<SyncDependencies, 'accountId' | 'managedRegions'>,
  inventory: RegionInventory,
  hints: readonly Hint[],
): string[] {
  const peeringIds = new Set(hints.flatMap((hint) => (hint.kind === 'peering' ? [hint.peeringId] : [])));
  const vpcIds = new Set(hints.flatMap((hint) => (hint.kind === 'vpc' ? [hint.vpcId] : [])));
  // An event of a subnet does not say of which VPC, so any may be meant; what is routed from the other Regions hangs on it.
  const isAny = hints.some(({ kind }) => kind === 'subnet');
  const regions = inventory.peerings
    .filter(
      ({ peeringId, requester, accepter }) =>
        isAny || peeringIds.has(peeringId) || vpcIds.has(requester.vpcId) || vpcIds.has(accepter.vpcId),
    )
    .flatMap(({ requester, accepter }) => [requester, accepter])
    .filter((side) => side.accountId === accountId && side.region !== inventory.region)
    .map(({ region }) => region)
    .filter((region) => managedRegions.includes(region));
  return [...new Set(regions)].sort();
}

/** Without the hints of other accounts' stacks about peerings that they have no side of. One read, so that lies cost little. */
export async function withoutForeign(
  { reader, journal }: Pick<SyncDependencies, 'reader' | 'journal'>,
  region: string,
  hints: readonly Hint[],
): Promise<Hint[]> {
  const fromPeers = hints.flatMap((hint) =>
    hint.kind === 'peering' && hint.peerAccountId !== undefined ? [hint.peeringId] : [],
  );
  if (fromPeers.length === 0) {
    return [...hints];
  }
  const found = await reader.readPeerings(region, { peeringIds: [...new Set(fromPeers)] });
  const peerings = new Map(found.map((peering) => [peering.peeringId, peering]));
  return hints.filter((hint) => {
    if (hint.kind !== 'peering' || hint.peerAccountId === undefined) {
      return true;
    }
    const peering = peerings.get(hint.peeringId);
    const atAnEnd = [peering?.requester, peering?.accepter].some(
      (side) => side?.accountId === hint.peerAccountId,
    );
    if (!atAnEnd) {
      journal.warn('event dropped', {
        ...hint,
        reason: 'the account that sent it is not at the other end of this peering',
      });
    }
    return atAnEnd;
  });
}
