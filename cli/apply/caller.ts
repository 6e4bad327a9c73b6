import type { Assessment } from '../assess.ts';
import { CliError } from '../errors.ts';

/** The ARN of whoever runs the command, as STS gives it: their user, or the role and session that they assumed. */
export async function callerOf({ source }: Pick<Assessment, 'source'>): Promise<string> {
  const [scope] = source.scopes;
  if (scope === undefined) {
    throw new CliError('There is no account to change anything in.');
  }
  const { callerAccount } = await import('../source/live.ts');
  return (await callerAccount(scope.region)).arn;
}
