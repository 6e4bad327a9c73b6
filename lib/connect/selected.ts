import { pairKey } from '../model/pair.ts';
import type { Vpc } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import { type Members, membersOf, membersSize } from './members.ts';
import { type ConnectionSize, fitOf } from './sizes.ts';
import type { ConnectState } from './state.ts';

/** Which VPCs the policy wants peered with which. */

/** Two VPCs that are to be peered. The first one's account is this one. */
export interface WantedPair {
  readonly key: string;
  readonly connection: string;
  readonly requester: Vpc;
  readonly accepter: Vpc;
}

/** A connection that would need more peerings than a VPC can have, or more than anybody means. */
export interface Outgrown extends ConnectionSize {
  readonly first: Vpc;
}

export interface Selected {
  /** Each pair once, in the order of the policy and then of the VPCs' ids. */
  readonly pairs: readonly WantedPair[];
  readonly outgrown: readonly Outgrown[];
  /** Of each connection that has VPCs. */
  readonly sizes: readonly ConnectionSize[];
  /** Whether a pair is wanted, also by a connection that has outgrown peering and so has no entry in `pairs`. */
  readonly isWanted: (vpcId: string, otherVpcId: string) => boolean;
}

/** More pairs of one connection than this nobody means: no VPC takes more than 125 peerings (VPC quotas). */
const MAX_PAIRS = 20_000;

/** A hub that has room for some of its spokes gets these; of a mesh nobody can say which half is meant. */
function outgrownOf(members: Members, room: number): Outgrown | undefined {
  const size = membersSize(members);
  const [first] = members.hubs;
  const isTooMuch = members.shape === 'mesh' ? fitOf(size, room) === 'outgrown' : size.peerings > MAX_PAIRS;
  return first === undefined || !isTooMuch ? undefined : { ...size, first };
}

function pairsOf({ connection, shape, hubs, spokes }: Members): WantedPair[] {
  return hubs.flatMap((requester) =>
    spokes
      .filter(({ vpcId }) => (shape === 'mesh' ? requester.vpcId < vpcId : requester.vpcId !== vpcId))
      .map((accepter) => ({
        key: pairKey(requester.vpcId, accepter.vpcId),
        connection,
        requester,
        accepter,
      })),
  );
}

/**
 * @param room how many peerings a VPC may have by the policy.
 */
export function selectPairs(
  policy: Pick<Policy, 'connect' | 'mesh'>,
  state: ConnectState,
  room: number,
): Selected {
  const pairs = new Map<string, WantedPair>();
  const outgrown: Outgrown[] = [];
  const tooLarge: { readonly hubs: ReadonlySet<string>; readonly spokes: ReadonlySet<string> }[] = [];
  const selected = membersOf(policy, state);
  for (const members of selected) {
    const tooMuch = outgrownOf(members, room);
    if (tooMuch === undefined) {
      for (const pair of pairsOf(members)) if (!pairs.has(pair.key)) pairs.set(pair.key, pair);
    } else {
      outgrown.push(tooMuch);
      tooLarge.push({
        hubs: new Set(members.hubs.map(({ vpcId }) => vpcId)),
        spokes: new Set(members.spokes.map(({ vpcId }) => vpcId)),
      });
    }
  }
  return {
    pairs: [...pairs.values()],
    outgrown,
    sizes: selected.filter(({ hubs, spokes }) => hubs.length > 0 && spokes.length > 0).map(membersSize),
    isWanted: (a, b) =>
      pairs.has(pairKey(a, b)) ||
      tooLarge.some(({ hubs, spokes }) => (hubs.has(a) && spokes.has(b)) || (hubs.has(b) && spokes.has(a))),
  };
}
