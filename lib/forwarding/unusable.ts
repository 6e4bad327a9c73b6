/** `denied`: a service control policy of the organization keeps the account out of it. */
export type UnusableRegion = 'not-enabled' | 'unknown-region' | 'denied';

export interface UnusableText {
  readonly what: string;
  readonly remedy: string;
}

/** Why a managed Region cannot be used, and what to do, in words for people. */
export function unusableText(region: string, accountId: string, state: UnusableRegion): UnusableText {
  const orLeaveIt = 'or take it out of regions in the policy.';
  switch (state) {
    case 'not-enabled':
      return {
        what: `The policy manages ${region}, which is not enabled in account ${accountId}.`,
        remedy: `Enable it (aws account enable-region --region-name ${region}), ${orLeaveIt}`,
      };
    case 'unknown-region':
      return {
        what: `The policy manages ${region}, which AWS does not know for account ${accountId}.`,
        remedy: 'Correct regions in the policy.',
      };
    case 'denied':
      return {
        what: `The policy manages ${region}, and a service control policy of the organization keeps account ${accountId} out of it (in AWS Control Tower: Region deny).`,
        remedy: `Have that policy let the product's roles through, ${orLeaveIt}`,
      };
  }
}
