import { fleetReaderRole } from '../lib/model/names.ts';
import { sub, type Value } from './cloudformation.ts';
import { rolePath, type StackContext } from './context.ts';

/**
 * By which request-peerings looks at the VPCs of the accounts in which `connect` looks for spokes: the reader's role of their
 * stacks (`fleetReader` of peering-stack.yml there), which has to trust this account.
 */

/** Stands for the account's number, where the function puts it in. */
const SPOKE_ACCOUNT = 'ACCOUNT';

function spokeAccounts({ policy: { connect = [] } }: StackContext): string[] {
  return [...new Set(connect.flatMap(({ spokes }) => spokes.accounts))]
    .filter((account) => account !== 'self')
    .sort();
}

function roleIn(context: StackContext, account: string): Value {
  return sub(
    `arn:\${AWS::Partition}:iam::${account}:role${rolePath(context)}${fleetReaderRole(context.stage)}`,
  );
}

export function spokeReaderRoles(context: StackContext): Value[] {
  return spokeAccounts(context).map((account) => roleIn(context, account));
}

/** Only where the policy looks for spokes in other accounts. */
export function spokeReaderEnvironment(context: StackContext): { readonly SPOKE_READER_ROLE?: Value } {
  return spokeAccounts(context).length === 0 ? {} : { SPOKE_READER_ROLE: roleIn(context, SPOKE_ACCOUNT) };
}
