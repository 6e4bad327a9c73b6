import type { PairNote } from '../model/pair.ts';
import type { Policy } from '../policy/schema.ts';
import { maxRequestsOf } from './limits.ts';
import { refusedText } from './pair-status.ts';
import type { Outgrown, Selected } from './selected.ts';
import { REMEDY, ROOM_REMEDY, roomText, sizeText } from './sizes.ts';
import { type ConnectProblem, isNew, type JudgedPair, type PairEnd } from './types.ts';

/** What keeps VPCs from being connected until a person does something. */

function called({ vpcId, name }: PairEnd): string {
  return name === undefined ? vpcId : `${vpcId} (${name})`;
}

function ofPair({
  key,
  connection,
  requester,
  accepter,
  state,
  why,
  peeringId,
  until,
}: JudgedPair): ConnectProblem {
  return {
    key,
    region: requester.region,
    connection,
    vpcId: requester.vpcId,
    ...(peeringId === undefined ? {} : { peeringId }),
    // The time of the next try is no news.
    signature:
      state === 'refused'
        ? `refused ${peeringId ?? ''} ${until === undefined ? 'for good' : ''}`
        : `${state} ${why}`,
    says: `Connection ${connection}: ${called(requester)} is not peered with ${called(accepter)}. ${why}`,
  };
}

/** Of a pair whose request EC2 refused just now: the same as the next look would find, which would be minutes later. */
export function refusedProblem(pair: JudgedPair, note: PairNote): ConnectProblem {
  const { until, peeringId } = note;
  return ofPair({
    ...pair,
    state: 'refused',
    why: refusedText(note, until),
    ...(peeringId === undefined ? {} : { peeringId }),
    ...(until === undefined ? {} : { until: new Date(until * 1000) }),
  });
}

/** One for each VPC that has no room, however many pairs wait for it. */
function fullVpcs(pairs: readonly JudgedPair[]): ConnectProblem[] {
  const waiting = new Map<string, { readonly first: JudgedPair; readonly vpcId: string; count: number }>();
  for (const pair of pairs) {
    const vpcId = pair.fullVpc;
    if (vpcId !== undefined) {
      const known = waiting.get(vpcId) ?? { first: pair, vpcId, count: 0 };
      known.count += 1;
      waiting.set(vpcId, known);
    }
  }
  return [...waiting.values()].map(({ first, vpcId, count }) => ({
    key: `full ${vpcId}`,
    region:
      [first.requester, first.accepter].find((end) => end.vpcId === vpcId)?.region ?? first.requester.region,
    connection: first.connection,
    vpcId,
    signature: 'full',
    says: `Connection ${first.connection}: ${count} ${count === 1 ? 'peering waits' : 'peerings wait'} for room. ${first.why} ${ROOM_REMEDY}`,
  }));
}

function outgrown({ first, ...size }: Outgrown, policy: Policy): ConnectProblem {
  const { connection } = size;
  return {
    key: `outgrown ${connection}`,
    region: first.region,
    connection,
    vpcId: first.vpcId,
    signature: 'outgrown',
    says: `${sizeText(size)}. ${roomText(policy)} That has outgrown peering: ${REMEDY}. What is peered stays, and nothing more is requested for it.`,
  };
}

function tooMany(pairs: readonly JudgedPair[], policy: Policy): ConnectProblem[] {
  const heldBack = pairs.filter((pair) => pair.heldBy === 'mass-request');
  const [first] = heldBack;
  if (first === undefined) {
    return [];
  }
  const wanted = pairs.filter(isNew).length;
  return [
    {
      key: 'too-many',
      region: first.requester.region,
      connection: first.connection,
      vpcId: first.requester.vpcId,
      signature: 'too-many',
      says: `${wanted} peerings are to be requested, which is more than ${maxRequestsOf(policy)} (guardrails.maxRequests): perhaps a tag was set on VPCs that were not meant. None is requested. Look at "peering plan". If that is meant, raise guardrails.maxRequests, or run "peering apply", which requests what has room now; if not, take the tags off.`,
    },
  ];
}

export function problemsOf(
  pairs: readonly JudgedPair[],
  selected: Pick<Selected, 'outgrown'>,
  policy: Policy,
): ConnectProblem[] {
  return [
    ...selected.outgrown.map((each) => outgrown(each, policy)),
    ...tooMany(pairs, policy),
    ...fullVpcs(pairs),
    ...pairs.filter(({ state }) => state === 'impossible' || state === 'refused').map(ofPair),
  ];
}
