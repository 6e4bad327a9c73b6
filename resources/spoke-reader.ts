import { fleetReaderRole } from '../lib/model/names.ts';
import { sub, type Value } from './cloudformation.ts';
import { rolePath, type StackContext } from './context.ts';

/**
 * By which request-peerings looks at the VPCs of the accounts in which `connect` looks for spokes: the reader's role of their
 * stacks (`fleetReader` of peering-stack.yml there), which has to trust this account.
 */

/** Stands for the account's number, where the function puts it in. */
const SPOKE_ACCOUNT = 'ACCOUNT';

/** Where the policy names organizational units alone, IAM cannot say which accounts are in them. */
const ANY_ACCOUNT = '*';

/** Other accounts in which `connect` looks for spokes: each once, sorted; `*` for those of organizational units. */
export function otherSpokeAccounts({ connect = [] }: StackContext['policy']): readonly string[] {
  const named = connect.flatMap(({ spokes: { accounts, organizationalUnits } }) =>
    accounts.length === 0 && organizationalUnits !== undefined ? [ANY_ACCOUNT] : accounts,
  );
  const others = [...new Set(named)].filter((account) => account !== 'self').sort();
  return others.includes(ANY_ACCOUNT) ? [ANY_ACCOUNT] : others;
}

function roleIn(context: StackContext, account: string): Value {
  return sub(
    `arn:\${AWS::Partition}:iam::${account}:role${rolePath(context)}${fleetReaderRole(context.stage)}`,
  );
}

export function spokeReaderRoles(context: StackContext): Value[] {
  return otherSpokeAccounts(context.policy).map((account) => roleIn(context, account));
}

/** Only where the policy looks for spokes in other accounts. */
export function spokeReaderEnvironment(context: StackContext): { readonly SPOKE_READER_ROLE?: Value } {
  return otherSpokeAccounts(context.policy).length === 0
    ? {}
    : { SPOKE_READER_ROLE: roleIn(context, SPOKE_ACCOUNT) };
}
