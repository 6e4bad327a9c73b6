import { refusedProblem } from '../connect/problems.ts';
import type { ConnectProblem } from '../connect/types.ts';
import type { BusEvent } from '../model/events.ts';
import { asSentence } from '../model/sentence.ts';
import type { DeletedPair } from './delete-left.ts';
import { type RequestedPair, refusedNote } from './request-result.ts';

/** What follows from requests and deletes that were made, or failed. */

/** Whoever accepts, and whoever routes, hears of it: the product's own calls come back to it as no event. */
export function eventsOf(
  accountId: string,
  requested: readonly RequestedPair[],
  deleted: readonly DeletedPair[],
): BusEvent[] {
  return [
    ...requested.flatMap(({ result, peeringId, pair: { requester, accepter } }): BusEvent[] =>
      result !== 'requested' || peeringId === undefined
        ? []
        : [
            {
              type: 'Peering Requested',
              detail: {
                accountId,
                region: accepter.accountId === accountId ? accepter.region : requester.region,
                peeringId,
              },
            },
          ],
    ),
    ...deleted.flatMap(({ result, pair: { peeringId, requester, accepter } }): BusEvent[] =>
      result !== 'deleted' || peeringId === undefined
        ? []
        : [
            { type: 'Peering Deleted', detail: { accountId, region: requester.region, peeringId } },
            ...(accepter.accountId !== accountId || accepter.region === requester.region
              ? []
              : [
                  {
                    type: 'Peering Deleted' as const,
                    detail: { accountId, region: accepter.region, peeringId },
                  },
                ]),
          ],
    ),
  ];
}

/** What EC2 refused just now. @param at seconds since the epoch. */
export function refusedProblems(requested: readonly RequestedPair[], at: number): ConnectProblem[] {
  return requested
    .filter(({ result }) => result === 'refused')
    .map((each) => refusedProblem(each.pair, refusedNote(each, at)));
}

/** What AWS does not let the product do: once for each call and Region, however many pairs it is about. */
export function failedProblems(
  requested: readonly RequestedPair[],
  deleted: readonly DeletedPair[],
): ConnectProblem[] {
  const problems = new Map<string, ConnectProblem>();
  for (const { call, done } of [
    ...requested.map((each) => ({ call: 'CreateVpcPeeringConnection', done: each })),
    ...deleted.map((each) => ({ call: 'DeleteVpcPeeringConnection', done: each })),
  ]) {
    const { pair, result, reason, retry } = done;
    const key = `failed ${call} ${pair.requester.region}`;
    if (result === 'failed' && retry !== true && !problems.has(key)) {
      problems.set(key, {
        key,
        region: pair.requester.region,
        connection: pair.connection,
        signature: 'failed',
        says: `${call} failed for ${pair.name} in ${pair.requester.region}, and none of the others was tried; the next sweep tries again. AWS says: ${asSentence(reason)} docs/permissions.md lists what request-peerings needs; peering deploy puts its role right, and of a policy of the organization (SCP) its owner has to except it.`,
      });
    }
  }
  return [...problems.values()];
}
