import { classifyAwsError } from '../model/aws-error.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import type { NetworkReader } from '../ports/network-reader.ts';

export interface PeeringDeleting {
  readonly reader: Pick<NetworkReader, 'readPeerings'>;
  readonly writer: { deletePeering(region: string, peeringId: string): Promise<unknown> };
}

async function isGone({ reader }: PeeringDeleting, region: string, peeringId: string): Promise<boolean> {
  const found = await reader.readPeerings(region, { peeringIds: [peeringId] });
  return found.every(({ status }) => DEAD_STATUSES.has(status));
}

/**
 * Deletes a peering. An answer that got lost may have been a yes, and the SDK's next try then hears that there is none: so EC2 is
 * asked whether it is gone before the call counts as failed.
 *
 * @throws AWS errors of the call, where the peering is still there; and of asking.
 */
export async function deletePeering(
  deleting: PeeringDeleting,
  region: string,
  peeringId: string,
): Promise<void> {
  try {
    await deleting.writer.deletePeering(region, peeringId);
  } catch (error) {
    const { kind } = classifyAwsError(error);
    const mayBeDone = kind === 'transient' || kind === 'conflict' || kind === 'not-found';
    if (!mayBeDone || !(await isGone(deleting, region, peeringId))) {
      throw error;
    }
  }
}
