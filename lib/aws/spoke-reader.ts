import type { Vpc } from '../model/peering.ts';
import type { SpokeReader } from '../ports/connect.ts';
import { assumedRole } from './assumed-role.ts';
import { createClients } from './clients.ts';
import { createEc2Clients } from './ec2-clients.ts';
import { createNetworkReader } from './reads.ts';

/**
 * Reads VPCs of other accounts with a role that each of them has.
 *
 * @param role its ARN, with `ACCOUNT` in the place of the account's number.
 * @param homeRegion of the STS endpoint that is asked.
 */
export function createSpokeReader(
  role: string,
  homeRegion: string,
  onSkipped: (problem: string) => void,
): SpokeReader {
  const readers = new Map<string, ReturnType<typeof createNetworkReader>>();
  const readerOf = (accountId: string) => {
    const known =
      readers.get(accountId) ??
      createNetworkReader(
        createEc2Clients(
          createClients({ credentials: assumedRole(role.replace('ACCOUNT', accountId), homeRegion) }),
        ),
        onSkipped,
      );
    readers.set(accountId, known);
    return known;
  };
  return {
    readVpcs: async (accountId, region): Promise<readonly Vpc[]> => {
      const vpcs = await readerOf(accountId).readVpcs(region);
      return vpcs.filter((vpc) => vpc.accountId === accountId);
    },
  };
}
