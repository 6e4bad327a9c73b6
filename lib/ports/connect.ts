import type { Vpc } from '../model/peering.ts';

/** A peering to request. */
export interface PeeringRequest {
  /** Of this account, in the Region that is asked. */
  readonly vpcId: string;
  readonly peer: { readonly vpcId: string; readonly accountId: string; readonly region: string };
  readonly tags: Readonly<Record<string, string>>;
}

/** VPCs of other accounts, as far as those let this one look. `aws/spoke-reader.ts` fills it from AWS. */
export interface SpokeReader {
  /** @throws AWS errors, also where the account does not let this one look. */
  readVpcs(accountId: string, region: string): Promise<readonly Vpc[]>;
}
