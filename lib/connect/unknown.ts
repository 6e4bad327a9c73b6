import type { Connection, Policy } from '../policy/schema.ts';
import { type SpokeAccounts, spokeAccountsOf } from './spoke-accounts.ts';
import type { ConnectState } from './state.ts';
import type { Connections } from './types.ts';

/** What is not known of the accounts in which the policy looks for spokes, and which of them select nothing. */

/** Accounts that one sentence names; more are counted. */
const MOST_NAMED = 5;

function named(accounts: readonly string[]): string {
  const [first = ''] = accounts;
  const shown = [...accounts].sort().slice(0, MOST_NAMED).join(', ');
  const more = accounts.length - MOST_NAMED;
  return accounts.length === 1
    ? `account ${first}`
    : `accounts ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

function unitReason(unit: string, { units }: ConnectState): string {
  const answer = units?.get(unit);
  return answer !== undefined && 'unread' in answer
    ? answer.unread.reason
    : 'AWS Organizations was not asked';
}

/** Those of which nothing was read although they are looked for spokes. */
function unreadAccounts({ accountId, others = [] }: ConnectState, spokes: SpokeAccounts): readonly string[] {
  const read = new Set([accountId, ...others.map((inventory) => inventory.accountId)]);
  return spokes.accounts.filter((account) => !read.has(account) && !spokes.closed.has(account)).sort();
}

function ofUnits(
  { name, spokes: { organizationalUnits: units = [] } }: Connection,
  spokes: SpokeAccounts,
  state: ConnectState,
): Connections['unknown'] {
  const closed = [...spokes.closed].sort().map(([account, is]) => `${account} (${is})`);
  const [unit = ''] = units;
  return [
    ...spokes.unreadUnits.map((resource) => ({
      region: '*',
      resource,
      reason: `Which accounts are in organizational unit ${resource} is not known: ${unitReason(resource, state)}. So which of their VPCs connection ${name} wants peered is not known either, and nothing is requested or deleted for it there.`,
    })),
    ...(closed.length === 0
      ? []
      : [
          {
            region: '*',
            resource: unit,
            reason: `The VPCs of ${named(closed)} are not looked at, because the account is not active in AWS Organizations, so connection ${name} requests nothing there.`,
          },
        ]),
  ];
}

/** Accounts whose VPCs the policy looks among and that were not read: which spokes are there is not known, so nothing is said of them. */
export function unknownIn(
  state: ConnectState,
  { connect = [] }: Pick<Policy, 'connect'>,
): Connections['unknown'] {
  return connect.flatMap((connection) => {
    const { name, spokes } = connection;
    const asked = spokeAccountsOf(spokes, state.accountId, state.units);
    const unread = unreadAccounts(state, asked);
    const units = spokes.organizationalUnits;
    // Named one by one, each stands for itself; a unit may have hundreds.
    const groups = units === undefined || unread.length <= 1 ? unread.map((each) => [each]) : [unread];
    return [
      ...groups.map((accounts) => ({
        region: '*',
        resource: accounts.length === 1 ? (accounts[0] ?? '') : (units?.[0] ?? ''),
        reason: `The VPCs of ${named(accounts)} were not read, so which of them connection ${name} wants peered is not known.`,
      })),
      ...ofUnits(connection, asked, state),
    ];
  });
}

/** Connections that look for spokes where there can be none: that is known, and may not be meant. Sentences. */
export function remarksOn(state: ConnectState, { connect = [] }: Pick<Policy, 'connect'>): readonly string[] {
  return connect.flatMap(({ name, spokes }) => {
    const { organizationalUnits: units } = spokes;
    if (units === undefined) {
      return [];
    }
    const { accounts, outside, unreadUnits } = spokeAccountsOf(spokes, state.accountId, state.units);
    const which = units.join(', ');
    return [
      ...(outside.length === 0
        ? []
        : [
            `Connection ${name}: ${named(outside)} ${outside.length === 1 ? 'is' : 'are'} in none of its organizational units (${which}), so no VPC there is a spoke.`,
          ]),
      ...(outside.length === 0 && accounts.length === 0 && unreadUnits.length === 0
        ? [
            `Connection ${name}: there is no account in its organizational units (${which}), so it has no spoke.`,
          ]
        : []),
    ];
  });
}
