import type { ConnectState } from '../lib/connect/state.ts';
import { type VpcSizes, vpcSizes } from '../lib/connect/vpc-sizes.ts';
import type { RegionInventory } from '../lib/model/inventory.ts';
import type { NetworkSnapshot } from '../lib/model/network.ts';
import { connects } from '../lib/policy/connects.ts';
import { spokeUnitsOf } from '../lib/policy/organization.ts';
import type { Policies } from './policy.ts';
import type { Source } from './source/types.ts';

/** How large the connections of VPCs are, and how much room these have, by the network that was read to explain something. */

/** What the policy of an account makes of it. */
export type AccountSizes = VpcSizes & { readonly accountId: string };

function inventoriesOf({ vpcs, peerings }: NetworkSnapshot, { scopes }: Source): RegionInventory[] {
  return scopes.map(({ accountId, region }) => ({
    accountId,
    region,
    peerings: peerings.filter(({ requester, accepter }) =>
      [requester, accepter].some((side) => side.accountId === accountId && side.region === region),
    ),
    vpcs: new Map(vpcs.filter((vpc) => vpc.region === region).map((vpc) => [vpc.vpcId, vpc])),
    tables: [],
  }));
}

/** Scopes of which something could not be read are left out, so that nothing is concluded from half of one. */
function readWhole(inventories: readonly RegionInventory[], source: Source): RegionInventory[] {
  const unread = source.unread?.() ?? [];
  return inventories.filter(
    ({ accountId, region }) =>
      !unread.some((each) => each.accountId === accountId && ['*', region].includes(each.region)),
  );
}

/**
 * By account whose policy says something: of these VPCs the room, and the size of the connections that select one of them.
 *
 * @throws CliError where an account has no policy, AWS errors of asking AWS Organizations.
 */
export async function sizesAround(
  source: Source,
  network: NetworkSnapshot,
  policies: Pick<Policies, 'of'>,
  vpcIds: readonly string[],
): Promise<readonly AccountSizes[]> {
  const inventories = readWhole(inventoriesOf(network, source), source);
  const accountIds = [...new Set(source.scopes.map(({ accountId }) => accountId))];
  const all = accountIds.map(async (accountId): Promise<AccountSizes[]> => {
    const policy = policies.of(accountId);
    if (policy.rules.length === 0 && !connects(policy)) {
      // Where nobody wrote a policy there are defaults, which say nothing of the account.
      return [];
    }
    const own = source.scopes.filter((scope) => scope.accountId === accountId);
    const units = spokeUnitsOf([policy]);
    const answers = units.length === 0 ? undefined : await source.units?.lookUp(units);
    const state: ConnectState = {
      accountId,
      managedRegions: policy.regions.length > 0 ? policy.regions : own.map(({ region }) => region),
      regions: inventories.filter((inventory) => inventory.accountId === accountId),
      others: inventories.filter((inventory) => inventory.accountId !== accountId),
      ...(answers === undefined ? {} : { units: answers }),
    };
    return [{ accountId, ...vpcSizes(state, policy, vpcIds) }];
  });
  return (await Promise.all(all)).flat();
}
