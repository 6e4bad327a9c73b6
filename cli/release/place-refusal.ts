import type { StackOptions } from '../../lib/policy/stack-schema.ts';

/** Where a stack is, or is about to be. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** Why nothing is deployed or removed there: `peering-stack.yml` says that the stack is elsewhere. */
export function placeRefusal(
  { account, region }: Pick<StackOptions, 'account' | 'region'>,
  place: Place,
): string | undefined {
  if (account !== undefined && account !== place.accountId) {
    return `The credentials are those of account ${place.accountId}, and peering-stack.yml says that the stack belongs to ${account}. Choose another profile, or change the file.`;
  }
  return region !== undefined && region !== place.region
    ? `peering-stack.yml says that the stack is in ${region}, not in ${place.region}. Leave --region out, or change the file.`
    : undefined;
}
