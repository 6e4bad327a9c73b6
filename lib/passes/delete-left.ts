import type { JudgedPair } from '../connect/types.ts';
import { classifyAwsError, isRetryable } from '../model/aws-error.ts';
import { forgetPair } from '../model/pair.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import { connectionTagKey } from '../model/tags.ts';
import { CONNECT_RESERVE_MS, type ConnectDependencies } from './connect-dependencies.ts';
import { deletePeering } from './delete-peering.ts';
import { type Failure, failureOf } from './failure.ts';

/** What is needed to delete peerings that the policy wants no more. */
export type DeletingDependencies = Pick<
  ConnectDependencies,
  'accountId' | 'policy' | 'reader' | 'writer' | 'memory' | 'pace' | 'journal' | 'millisecondsLeft'
>;

export interface DeletedPair {
  readonly pair: JudgedPair;
  /** `skipped`: it is not what it was when it was judged. `too-late`: left for the next look. */
  readonly result: 'deleted' | 'skipped' | 'too-late' | 'failed';
  readonly reason: string;
  readonly retry?: boolean;
  /** deleted: why the registry still names it. It does until EC2 shows the peering no more. */
  readonly unremembered?: Failure;
}

/** Read again right before: whether it is the product's own request still, between these VPCs. */
async function isStillOurs(
  { accountId, policy, reader }: DeletingDependencies,
  { peeringId, requester, accepter, connection }: JudgedPair,
): Promise<boolean> {
  if (peeringId === undefined) {
    return false;
  }
  const found = await reader.readPeerings(requester.region, { peeringIds: [peeringId] });
  return found.some(
    (each) =>
      each.peeringId === peeringId &&
      !DEAD_STATUSES.has(each.status) &&
      each.requester.accountId === accountId &&
      each.requester.vpcId === requester.vpcId &&
      each.accepter.vpcId === accepter.vpcId &&
      each.tags[connectionTagKey(policy.tagPrefix)] === connection,
  );
}

async function deleteOne(dependencies: DeletingDependencies, pair: JudgedPair): Promise<DeletedPair> {
  const { memory, pace, millisecondsLeft } = dependencies;
  const { peeringId, requester } = pair;
  const deadline = Date.now() + millisecondsLeft() - CONNECT_RESERVE_MS;
  if (
    peeringId === undefined ||
    (await pace.take(requester.region, 'DeleteVpcPeeringConnection', deadline)) === 'too-late'
  ) {
    return { pair, result: 'too-late', reason: 'Time ran out before its turn.' };
  }
  try {
    if (!(await isStillOurs(dependencies, pair))) {
      return {
        pair,
        result: 'skipped',
        reason: `${peeringId} is not any more what it was when it was judged.`,
      };
    }
    await deletePeering(dependencies, requester.region, peeringId);
  } catch (error) {
    const info = classifyAwsError(error);
    if (info.kind === 'throttled') pace.drain(requester.region, 'DeleteVpcPeeringConnection');
    // It was there when it was read, and is: what EC2 says of it passes.
    const retry = isRetryable(info) || info.kind === 'not-found' || info.kind === 'conflict';
    return { pair, result: 'failed', reason: info.message, retry };
  }
  const deleted = { pair, result: 'deleted', reason: pair.why } as const;
  try {
    await memory.update(pair.noteRegion, [forgetPair(pair.key)]);
    return deleted;
  } catch (error) {
    // It is gone, whatever becomes of the note: people have to hear of it.
    return { ...deleted, unremembered: failureOf(error) };
  }
}

/** Deletes these, one after the other, each read again right before. One that fails does not stop the others. */
export async function deleteLeft(
  dependencies: DeletingDependencies,
  pairs: readonly JudgedPair[],
): Promise<DeletedPair[]> {
  const results: DeletedPair[] = [];
  for (const pair of pairs) {
    const done = await deleteOne(dependencies, pair);
    dependencies.journal.info('peering deleted', {
      connection: pair.connection,
      peeringId: pair.peeringId ?? '',
      result: done.result,
      reason: done.reason,
    });
    results.push(done);
  }
  return results;
}
