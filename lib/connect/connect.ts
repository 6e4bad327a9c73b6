import { freezeIn } from '../model/freeze.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import { forgetPair, pairNote } from '../model/pair.ts';
import type { Vpc } from '../model/peering.ts';
import { printable } from '../model/printable.ts';
import { connects } from '../policy/connects.ts';
import type { Policy } from '../policy/schema.ts';
import { type Between, createBetween } from './between.ts';
import { leftPairs } from './left.ts';
import { createTaken, maxRequestsOf, OUTSTANDING_REQUESTS, type Taken } from './limits.ts';
import { NO_CONNECTIONS } from './no-connections.ts';
import { type PairStatus, pairStatusOf } from './pair-status.ts';
import { createPeerRanges } from './peer-ranges.ts';
import { createPolicyProblems } from './policy-problems.ts';
import { problemsOf } from './problems.ts';
import { roomOf } from './room.ts';
import { type Selected, selectPairs, type WantedPair } from './selected.ts';
import { fitRemark, vpcRoomText } from './sizes.ts';
import type { ConnectState } from './state.ts';
import { type Connections, isNew, type JudgedPair, type PairEnd, type PairHeldBy } from './types.ts';
import { remarksOn, unknownIn } from './unknown.ts';

/** A tag has at most 256 characters; names of VPCs may be as long. */
const MAX_NAME = 120;

/** `A-to-B`, by the tags `Name` of the VPCs; by their ids where there is none. */
function peeringNameOf(
  requester: Pick<Vpc, 'vpcId' | 'tags'>,
  accepter: Pick<Vpc, 'vpcId' | 'tags'>,
): string {
  const nameOf = ({ vpcId, tags }: Pick<Vpc, 'vpcId' | 'tags'>) => printable(tags.Name || vpcId, MAX_NAME);
  return `${nameOf(requester)}-to-${nameOf(accepter)}`;
}

function endOf({ vpcId, accountId, region, tags }: Vpc): PairEnd {
  return { vpcId, accountId, region, ...(tags.Name ? { name: tags.Name } : {}) };
}

/** A list in a map of lists. */
class Learned {
  readonly #byRegion = new Map<string, MemoryUpdate[]>();

  add(region: string, update: MemoryUpdate): void {
    this.#byRegion.set(region, [...(this.#byRegion.get(region) ?? []), update]);
  }

  get(): ReadonlyMap<string, readonly MemoryUpdate[]> {
    return this.#byRegion;
  }
}

function judged(
  pair: WantedPair,
  { state, why, peeringId, until, learned, isUnseen }: Omit<PairStatus, 'refusals'>,
  between: Between,
): JudgedPair {
  const remembered = between.remembered(pair.key);
  const note = learned ?? remembered?.note;
  return {
    key: pair.key,
    connection: pair.connection,
    requester: endOf(pair.requester),
    accepter: endOf(pair.accepter),
    name: peeringNameOf(pair.requester, pair.accepter),
    state,
    why,
    noteRegion: remembered?.region ?? pair.requester.region,
    ...(note === undefined ? {} : { note }),
    ...(peeringId === undefined ? {} : { peeringId }),
    ...(until === undefined ? {} : { until: new Date(until * 1000) }),
    ...(isUnseen === undefined ? {} : { isUnseen }),
  };
}

/** Why a pair that could be requested has to wait, and for what. */
function waitsFor(
  pair: WantedPair,
  taken: Taken,
  policy: Policy,
  state: ConnectState,
): { readonly why: string; readonly fullVpc?: string; readonly isNext?: true } | undefined {
  const { requester, accepter } = pair;
  const unread = state.managedRegions.find((region) => !state.regions.some((each) => each.region === region));
  if (unread !== undefined) {
    return {
      why: `${unread} was not read. With it there may be more VPCs to connect than are let through at once, so nothing is requested meanwhile.`,
    };
  }
  for (const { vpcId } of [requester, accepter]) {
    if (taken.ofVpc(vpcId) >= roomOf(policy)) {
      return { fullVpc: vpcId, why: vpcRoomText(vpcId, taken.ofVpc(vpcId), policy) };
    }
  }
  taken.takeRoom(pair);
  const unseen = state.regions.find(
    ({ region, skipped = [] }) => [requester.region, accepter.region].includes(region) && skipped.length > 0,
  );
  if (unseen !== undefined) {
    return {
      why: `Not everything that EC2 shows in ${unseen.region} could be understood, so that there is a peering already cannot be ruled out.`,
    };
  }
  return taken.outstandingIn(requester.region) >= OUTSTANDING_REQUESTS
    ? {
        isNext: true,
        why: `${OUTSTANDING_REQUESTS} requests of this account in ${requester.region} may wait for an answer at once, and so many do or will. It comes after them.`,
      }
    : undefined;
}

/** What keeps the functions from writing anything for a pair. */
function heldBy(
  policy: Policy,
  memory: ReadonlyMap<string, RegionMemory>,
  now: Date,
): (region: string) => PairHeldBy | undefined {
  const frozen = new Set(
    [...memory].filter(([, { notes }]) => freezeIn(notes, now) !== undefined).map(([region]) => region),
  );
  return (region) => {
    if (policy.mode === 'observe') return 'observe';
    return policy.guardrails.freeze || frozen.has(region) ? 'frozen' : undefined;
  };
}

interface Judging {
  readonly state: ConnectState;
  readonly policy: Policy;
  readonly memory: ReadonlyMap<string, RegionMemory>;
  readonly between: Between;
  readonly selected: Selected;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly now: Date;
  readonly heldByIn: (region: string) => PairHeldBy | undefined;
  readonly learned: Learned;
}

/** Every wanted pair. What waits for nothing but its turn counts as new, too. */
function judgeWanted({
  state,
  policy,
  memory,
  between,
  selected,
  at,
  now,
  heldByIn,
  learned,
}: Judging): JudgedPair[] {
  const statuses = selected.pairs.map((pair) => ({ pair, status: pairStatusOf(pair, between, at) }));
  for (const { pair, status } of statuses) {
    if (status.learned !== undefined) {
      const region = between.remembered(pair.key)?.region ?? pair.requester.region;
      learned.add(region, pairNote(pair.key, status.learned));
    }
  }
  const taken = createTaken(state);
  for (const { pair } of statuses.filter(({ status }) => status.isUnseen === true)) {
    taken.takeRoom(pair);
    taken.takeRequest(pair);
  }
  const ranges = createPeerRanges(state, policy, memory, now);
  const policyProblemOf = createPolicyProblems(state, policy);
  const pairs = statuses.map(({ pair, status }): JudgedPair => {
    const problem =
      status.state === 'to-request' ? (policyProblemOf(pair) ?? ranges.problemOf(pair)) : undefined;
    if (problem !== undefined) {
      return judged(pair, { ...status, state: 'impossible', why: problem }, between);
    }
    if (status.state === 'to-request' || status.isUnseen === true) ranges.add(pair);
    const waits = status.state === 'to-request' ? waitsFor(pair, taken, policy, state) : undefined;
    if (status.state === 'to-request' && waits === undefined) taken.takeRequest(pair);
    return waits === undefined
      ? judged(pair, status, between)
      : { ...judged(pair, { ...status, state: 'waits', why: waits.why }, between), ...waits };
  });
  const isTooMany = pairs.filter(isNew).length > maxRequestsOf(policy);
  return pairs.map((pair): JudgedPair => {
    if (pair.state !== 'to-request') {
      return pair;
    }
    const by = heldByIn(pair.requester.region) ?? heldByIn(pair.accepter.region);
    const kept = by ?? (isTooMany ? 'mass-request' : undefined);
    return kept === undefined ? pair : { ...pair, heldBy: kept };
  });
}

/** Notes of pairs that are wanted no more and have no live peering of the product say nothing any more. */
function judgeLeft({ state, policy, between, selected, at, heldByIn, learned }: Judging): JudgedPair[] {
  const { pairs, forgotten, changed } = leftPairs({ state, policy, between, selected, at });
  for (const { region, key } of forgotten) learned.add(region, forgetPair(key));
  for (const { region, key, note } of changed) learned.add(region, pairNote(key, note));
  return pairs.map((pair) => {
    const by = pair.state === 'to-delete' ? heldByIn(pair.requester.region) : undefined;
    return by === undefined ? pair : { ...pair, heldBy: by };
  });
}

/**
 * Says of every pair of VPCs that `connect` or `mesh` wants peered how it stands and what comes next, and what becomes of the
 * peerings that the product requested and the policy wants no more. The only place where that is done.
 *
 * Pure and deterministic: of a pair both orders, and of what was read every order, give the same. Once all that is requested
 * is live, there is nothing left to do.
 *
 * @param memory by Region, of every managed Region that was read.
 */
export function connectionsOf(
  state: ConnectState,
  policy: Policy,
  memory: ReadonlyMap<string, RegionMemory>,
  now: Date,
): Connections {
  if (!connects(policy)) {
    return NO_CONNECTIONS;
  }
  const selected = selectPairs(policy, state, roomOf(policy));
  const judging: Judging = {
    state,
    policy,
    memory,
    between: createBetween(state, memory, policy.tagPrefix),
    selected,
    at: Math.floor(now.getTime() / 1000),
    now,
    heldByIn: heldBy(policy, memory, now),
    learned: new Learned(),
  };
  const wanted = judgeWanted(judging);
  const pairs = [...wanted, ...judgeLeft(judging)];
  return {
    pairs,
    problems: problemsOf(pairs, selected, policy),
    learned: judging.learned.get(),
    sizes: selected.sizes,
    remarks: [
      ...remarksOn(state, policy),
      ...selected.sizes.flatMap((size) => fitRemark(size, policy) ?? []),
    ],
    unknown: unknownIn(state, policy),
  };
}
