import type { PairNote } from '../model/pair.ts';
import { DEAD_STATUSES, type Peering, type PeeringSide } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import type { Between } from './between.ts';
import { type Lost, leavingOf } from './leaving.ts';
import { mayBeUnseen } from './pair-status.ts';
import type { Selected } from './selected.ts';
import { unitMembershipOf } from './spoke-accounts.ts';
import type { ConnectState } from './state.ts';
import type { JudgedPair, PairEnd } from './types.ts';

/** Pairs of which something is remembered, and that the policy wants no more. */

interface NoteOf {
  readonly region: string;
  readonly key: string;
}

export interface LeftPairs {
  readonly pairs: readonly JudgedPair[];
  readonly forgotten: readonly NoteOf[];
  readonly changed: readonly (NoteOf & { readonly note: PairNote })[];
}

/** Without what a side of a peering has besides. */
function endOf({ vpcId, accountId, region, name }: PairEnd): PairEnd {
  return { vpcId, accountId, region, ...(name === undefined ? {} : { name }) };
}

/** The VPC as it was read now; undefined: it was not, so that it lost its tags is not known. */
function readEnd({ regions, others = [] }: ConnectState, side: PeeringSide): PairEnd | undefined {
  const inventory = [...regions, ...others].find(
    ({ accountId, region }) => accountId === side.accountId && region === side.region,
  );
  const vpc = inventory?.vpcs.get(side.vpcId);
  if (vpc === undefined) {
    return undefined;
  }
  const { vpcId, accountId, region, tags } = vpc;
  return { vpcId, accountId, region, ...(tags.Name ? { name: tags.Name } : {}) };
}

/**
 * Why a live peering that the product requested is wanted no more. The hub requests, so that the spoke is the accepter.
 *
 * @returns undefined where that is not known, because AWS Organizations does not say in which units the accounts are.
 */
function lostBy(
  policy: Policy,
  { units }: ConnectState,
  { requester, accepter }: Peering,
  { connection }: PairNote,
): Lost | undefined {
  const { connect = [] } = policy;
  const isOpen = connect.some(({ spokes }) =>
    [requester, accepter].some(({ accountId }) => unitMembershipOf(accountId, spokes, units) === 'unknown'),
  );
  if (isOpen) {
    return undefined;
  }
  const spokes = connect.find(({ name }) => name === connection)?.spokes;
  return spokes !== undefined && unitMembershipOf(accepter.accountId, spokes, units) === 'outside'
    ? { by: 'unit', accountId: accepter.accountId }
    : { by: 'tags' };
}

function pairOf(
  { key, region }: NoteOf,
  { peeringId, tags }: Peering,
  [from, to]: readonly [PairEnd, PairEnd],
  note: PairNote,
): Omit<JudgedPair, 'state' | 'why'> {
  const called = ({ vpcId, name }: PairEnd) => name ?? vpcId;
  const [requester, accepter] = [endOf(from), endOf(to)];
  return {
    key,
    noteRegion: region,
    note,
    connection: note.connection,
    requester,
    accepter,
    name: tags.Name || `${called(requester)}-to-${called(accepter)}`,
    peeringId,
  };
}

/** A refusal counts no more once the pair is not wanted; it is forgotten when EC2 does not show it any more. */
function withoutLive(
  key: string,
  between: Between,
  at: number,
): { readonly forget: 'yes' | 'no'; readonly note?: PairNote } {
  const note = between.remembered(key)?.note;
  const [shown] = between.dead(key);
  if (note === undefined || shown === undefined) {
    return { forget: note !== undefined && mayBeUnseen(note, at) ? 'no' : 'yes' };
  }
  return note.state === 'refused' && note.until !== undefined && note.until <= at
    ? { forget: 'no' }
    : {
        forget: 'no',
        note: { ...note, state: 'refused', peeringId: shown.peeringId, refusals: 0, until: at, at },
      };
}

/**
 * Only what the product requested, by the registry and by the tag of the peering, is ever deleted; and only while both VPCs were
 * read and do not have the tags.
 */
export function leftPairs({
  state,
  policy,
  between,
  selected,
  at,
}: {
  readonly state: ConnectState;
  readonly policy: Policy;
  readonly between: Between;
  readonly selected: Selected;
  readonly at: number;
}): LeftPairs {
  const pairs: JudgedPair[] = [];
  const forgotten: NoteOf[] = [];
  const changed: (NoteOf & { readonly note: PairNote })[] = [];
  for (const key of between.keys) {
    const [a = '', b = ''] = key.split(' ');
    const remembered = between.remembered(key);
    if (selected.isWanted(a, b) || remembered === undefined) {
      continue;
    }
    const { region, note } = remembered;
    const of = { region, key };
    const live = between.live(key);
    if (live === undefined || DEAD_STATUSES.has(live.status)) {
      if (regionsOf(state).has(region)) {
        const { forget, note: over } = withoutLive(key, between, at);
        if (forget === 'yes') forgotten.push(of);
        else if (over !== undefined) changed.push({ ...of, note: over });
      }
      continue;
    }
    if (note.madeBy !== 'product' || note.peeringId !== live.peeringId || !between.isTagged(live)) {
      // A request whose answer was lost: whose it is will be known when it is wanted again, or never.
      if (note.state !== 'asking') forgotten.push(of);
      continue;
    }
    const lost = lostBy(policy, state, live, note);
    const requester = readEnd(state, live.requester);
    // An account that is in the units no longer need not be looked at.
    const accepter = readEnd(state, live.accepter) ?? (lost?.by === 'unit' ? live.accepter : undefined);
    if (lost === undefined || requester === undefined || accepter === undefined) {
      continue;
    }
    const left = leavingOf(policy, live, note, { lost, at });
    const pair = { ...pairOf(of, live, [requester, accepter], note), lost: lost.by };
    if (left.state === 'leaving') {
      const news = left.isNews ? { isNews: true as const } : {};
      pairs.push({ ...pair, state: 'leaving', why: left.why, until: new Date(left.until * 1000), ...news });
    } else {
      pairs.push({ ...pair, state: left.state, why: left.why });
      const { until: _, ...rest } = note;
      if (left.state === 'kept' && note.state !== 'kept') {
        changed.push({ ...of, note: { ...rest, state: 'kept', at } });
      }
    }
  }
  return { pairs, forgotten, changed };
}

function regionsOf({ regions }: ConnectState): ReadonlySet<string> {
  return new Set(regions.map(({ region }) => region));
}
