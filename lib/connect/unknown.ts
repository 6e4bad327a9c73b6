import type { Policy } from '../policy/schema.ts';
import type { ConnectState } from './selected.ts';
import type { Connections } from './types.ts';

/** Accounts whose VPCs the policy names and that were not read: which spokes are there is not known, so nothing is said of them. */
export function unknownIn(
  { accountId, others = [] }: ConnectState,
  { connect = [] }: Pick<Policy, 'connect'>,
): Connections['unknown'] {
  const read = new Set(others.map((inventory) => inventory.accountId));
  return connect.flatMap(({ name, spokes }) =>
    spokes.accounts
      .filter((account) => account !== 'self' && account !== accountId && !read.has(account))
      .map((account) => ({
        region: '*',
        resource: account,
        reason: `The VPCs of account ${account} were not read, so which of them connection ${name} wants peered is not known.`,
      })),
  );
}
