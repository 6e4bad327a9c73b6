import { CliError, describeError, noCredentials } from '../errors.ts';
import { shown } from '../output.ts';

/** What CloudFormation says when an organization is not ready for StackSets, and what to do then. */
const REMEDIES: readonly {
  readonly says: RegExp;
  readonly remedy: string;
}[] = [
  {
    says: /enable organizations access/i,
    remedy:
      'Trusted access for StackSets is off. In the management account: aws cloudformation activate-organizations-access',
  },
  {
    says: /(management|master) account or delegated admin|not a delegated admin/i,
    remedy:
      'Use credentials of the management account; or, in an account registered as delegated administrator for StackSets, add --delegated-admin.',
  },
  {
    says: /OperationInProgressException/,
    remedy:
      'Another operation of this StackSet is under way. Wait for it (aws cloudformation list-stack-set-operations), then run this again.',
  },
  {
    says: /StackSetNotEmptyException/,
    remedy:
      'Some stacks are left, perhaps of accounts that moved to another OU. See aws cloudformation list-stack-instances, and delete those first.',
  },
  {
    says: /organizational ?unit|invalid OU|ParentNotFound/i,
    remedy: 'Check the OU ids: aws organizations list-organizational-units-for-parent --parent-id r-...',
  },
];

/** The line that a person reads: what happened, and what to do. */
export function describeStackSetError(error: unknown): string {
  if (!(error instanceof Error) || error instanceof CliError) {
    return describeError(error);
  }
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (each.name === 'CredentialsProviderError' || each.name === 'TokenProviderError') {
      return noCredentials(
        'Sign in to the management or delegated administrator account (aws sso login), or name a profile (AWS_PROFILE).',
      );
    }
  }
  const found = REMEDIES.find(({ says }) => says.test(error.message));
  return found === undefined
    ? describeError(error)
    : `${shown(error.message.replace(/\s*\n\s*/g, ' '), 400)} ${found.remedy}`;
}
