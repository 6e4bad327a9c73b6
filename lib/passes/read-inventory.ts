import { classifyAwsError, isRetryable } from '../model/aws-error.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { PeerSubnet, PeerSubnets, PeerSubnetsByVpc } from '../model/peer-subnets.ts';
import type { Peering, Vpc } from '../model/peering.ts';
import type { PrefixList } from '../model/prefix-list.ts';
import { isPrefixListId, type RouteTable } from '../model/route-table.ts';
import { type SubnetQuestion, subnetsAsked } from '../policy/peer-subnets.ts';
import type { Policy } from '../policy/schema.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import { allRead } from './all-read.ts';

export interface InventoryScope {
  readonly accountId: string;
  readonly region: string;
  /** Only these local VPCs and what touches them; left out: the whole Region. */
  readonly vpcIds?: readonly string[];
}

function localVpcIds(peering: Peering, { accountId, region }: InventoryScope): string[] {
  return [peering.requester, peering.accepter]
    .filter((side) => side.accountId === accountId && side.region === region)
    .map((side) => side.vpcId);
}

/**
 * Reads what the assessment needs, in the fewest calls, those that don't depend on each other side by side.
 *
 * Tables are read whether they opted in or not: a table that lost its tag, and a route whose peering has vanished
 * from EC2, can be found in no other way. As a peering made meanwhile may be missing, whoever removes the route of one that
 * looks vanished asks for it again first (`applyPlan`).
 *
 * @param policy what its rules ask for besides is read too: subnets of the VPCs at the other ends.
 */
export async function readInventory(
  reader: NetworkReader,
  scope: InventoryScope,
  policy: Pick<Policy, 'rules'>,
): Promise<RegionInventory> {
  const { accountId, region, vpcIds } = scope;
  const skipped: string[] = [];
  const onSkipped = (problem: string) => skipped.push(problem);
  const [tables, everyPeering, vpcs] = await allRead([
    reader.readTables(region, vpcIds === undefined ? {} : { vpcIds }, onSkipped),
    reader.readPeerings(region, {}, onSkipped),
    reader.readVpcs(region, vpcIds, onSkipped),
  ]);
  const wanted = vpcIds === undefined ? undefined : new Set(vpcIds);
  const peerings = everyPeering.filter((peering) => {
    const local = localVpcIds(peering, scope);
    return local.length > 0 && (wanted === undefined || local.some((vpcId) => wanted.has(vpcId)));
  });
  const questions = subnetsAsked(scope, peerings, policy);
  const [prefixLists, peerSubnets] = await Promise.all([
    readPrefixLists(reader, region, tables),
    questions.length === 0 ? undefined : readPeerSubnets(reader, scope, questions),
  ]);
  return {
    accountId,
    region,
    peerings,
    vpcs: new Map(vpcs.map((vpc): [string, Vpc] => [vpc.vpcId, vpc])),
    tables,
    ...(prefixLists === undefined ? {} : { prefixLists }),
    ...(peerSubnets === undefined ? {} : { peerSubnets }),
    ...(skipped.length === 0 ? {} : { skipped: skipped.sort() }),
  };
}

/**
 * Those of endpoints are mostly AWS's own, and of no matter to a peering; but an endpoint of a Gateway Load Balancer takes the
 * addresses of any list.
 */
async function readPrefixLists(
  reader: NetworkReader,
  region: string,
  tables: readonly RouteTable[],
): Promise<ReadonlyMap<string, PrefixList> | undefined> {
  const ids = new Set<string>();
  for (const { routes } of tables) {
    for (const { destination } of routes) {
      if (isPrefixListId(destination)) {
        ids.add(destination);
      }
    }
  }
  if (ids.size === 0 || reader.readPrefixLists === undefined) {
    return undefined;
  }
  const lists = await reader.readPrefixLists(region, [...ids].sort());
  return new Map(lists.map((list) => [list.prefixListId, list]));
}

function subnetsOf(
  { vpcId, accountId }: SubnetQuestion['vpcs'][number],
  scope: InventoryScope,
  subnets: readonly PeerSubnet[],
): PeerSubnets {
  const found = subnets.filter((subnet) => subnet.vpcId === vpcId);
  if (accountId === scope.accountId) {
    return { seen: 'all', subnets: found };
  }
  return found.length === 0
    ? {
        seen: 'none',
        problem: `${vpcId} belongs to account ${accountId}, and shares no subnet with account ${scope.accountId}.`,
      }
    : { seen: 'shared', subnets: found };
}

/**
 * Subnets by VPC, one call for each Region in which there are any. Another Region that does not answer takes nothing from
 * this one but what depends on it.
 *
 * @throws what may pass, of the Region itself.
 */
async function readPeerSubnets(
  reader: NetworkReader,
  scope: InventoryScope,
  questions: readonly SubnetQuestion[],
): Promise<PeerSubnetsByVpc> {
  const byVpc = new Map<string, PeerSubnets>();
  await Promise.all(
    questions.map(async ({ region, vpcs }) => {
      try {
        const ids = vpcs.map(({ vpcId }) => vpcId);
        const skipped: string[] = [];
        const subnets =
          (await reader.readPeerSubnets?.(region, ids, (problem) => skipped.push(problem))) ?? [];
        const [first] = skipped;
        for (const vpc of reader.readPeerSubnets === undefined ? [] : vpcs) {
          // One that is left out would look like one that is gone.
          byVpc.set(
            vpc.vpcId,
            first === undefined
              ? subnetsOf(vpc, scope, subnets)
              : { seen: 'none', problem: `Not every subnet in ${region} could be understood: ${first}` },
          );
        }
      } catch (error) {
        const { kind, message } = classifyAwsError(error);
        if (region === scope.region && isRetryable({ kind })) {
          throw error;
        }
        const problem = `The subnets in ${region} could not be read: ${message}`;
        for (const { vpcId } of vpcs) byVpc.set(vpcId, { seen: 'none', problem, problemKind: kind });
      }
    }),
  );
  return byVpc;
}
