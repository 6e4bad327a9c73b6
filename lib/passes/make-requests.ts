import type { JudgedPair } from '../connect/types.ts';
import { append } from '../model/append.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { pairNote } from '../model/pair.ts';
import { connectionTagKey } from '../model/tags.ts';
import { CONNECT_RESERVE_MS, type ConnectDependencies } from './connect-dependencies.ts';
import { afterwards, askingNote, type RequestedPair, resultOf } from './request-result.ts';

/** What is needed to request peerings; a person's `peering apply` requests in the same way. */
export type RequestingDependencies = Pick<
  ConnectDependencies,
  'policy' | 'writer' | 'memory' | 'pace' | 'journal' | 'now' | 'millisecondsLeft'
>;

/** The tags of a new peering: what it is called, and which connection of the policy it is for. */
function tagsOfRequest({ name, connection }: JudgedPair, tagPrefix: string): Record<string, string> {
  return { Name: name, [connectionTagKey(tagPrefix)]: connection };
}

async function requestOne(
  { policy, writer, pace, millisecondsLeft }: RequestingDependencies,
  pair: JudgedPair,
): Promise<RequestedPair> {
  const { requester, accepter } = pair;
  const deadline = Date.now() + millisecondsLeft() - CONNECT_RESERVE_MS;
  if ((await pace.take(requester.region, 'CreateVpcPeeringConnection', deadline)) === 'too-late') {
    return { pair, result: 'too-late', reason: 'Time ran out before its turn.' };
  }
  try {
    const { peeringId } = await writer.requestPeering(requester.region, {
      vpcId: requester.vpcId,
      peer: { vpcId: accepter.vpcId, accountId: accepter.accountId, region: accepter.region },
      tags: tagsOfRequest(pair, policy.tagPrefix),
    });
    return { pair, result: 'requested', reason: pair.why, ...(peeringId === undefined ? {} : { peeringId }) };
  } catch (error) {
    if (classifyAwsError(error).kind === 'throttled') {
      pace.drain(requester.region, 'CreateVpcPeeringConnection');
    }
    return resultOf(pair, error);
  }
}

/** One after the other; after what EC2 will say of the next ones too, they are left for the next look. */
async function requestEach(
  dependencies: RequestingDependencies,
  pairs: readonly JudgedPair[],
): Promise<RequestedPair[]> {
  const results: RequestedPair[] = [];
  for (const pair of pairs) {
    const last = results.at(-1)?.result;
    const done: RequestedPair =
      last === 'too-late' || last === 'failed'
        ? { pair, result: 'too-late', reason: 'The request before it was not taken, so this one waits.' }
        : await requestOne(dependencies, pair);
    dependencies.journal.info('peering requested', {
      connection: pair.connection,
      requesterVpc: pair.requester.vpcId,
      accepterVpc: pair.accepter.vpcId,
      result: done.result,
      reason: done.reason,
      ...(done.peeringId === undefined ? {} : { peeringId: done.peeringId }),
    });
    results.push(done);
  }
  return results;
}

/** Updates of pairs, each in the Region where its pair is remembered. */
async function rememberPairs(
  { memory }: Pick<RequestingDependencies, 'memory'>,
  updates: readonly { readonly pair: JudgedPair; readonly update: MemoryUpdate }[],
): Promise<void> {
  for (const region of new Set(updates.map(({ pair }) => pair.noteRegion))) {
    const here = updates.filter(({ pair }) => pair.noteRegion === region);
    await memory.update(
      region,
      here.map(({ update }) => update),
    );
  }
}

/**
 * Requests these pairs, Region by Region. One that EC2 refuses does not stop the others; what time does not suffice for, or
 * EC2 has no room for, is left for the next look.
 *
 * @throws AWS errors of remembering, before anything is requested in that Region or after.
 */
export async function makeRequests(
  dependencies: RequestingDependencies,
  pairs: readonly JudgedPair[],
): Promise<RequestedPair[]> {
  const at = () => Math.floor(dependencies.now().getTime() / 1000);
  const results: RequestedPair[] = [];
  for (const region of new Set(pairs.map(({ requester }) => requester.region))) {
    const here = pairs.filter(({ requester }) => requester.region === region);
    // Before EC2 is asked: of a request whose answer gets lost it is known later that it was the product's.
    await rememberPairs(
      dependencies,
      here.map((pair) => ({ pair, update: pairNote(pair.key, askingNote(pair, at())) })),
    );
    const done = await requestEach(dependencies, here);
    await rememberPairs(
      dependencies,
      done.flatMap((each) => {
        const update = afterwards(each, at());
        return update === undefined ? [] : [{ pair: each.pair, update }];
      }),
    );
    append(results, done);
  }
  return results;
}
