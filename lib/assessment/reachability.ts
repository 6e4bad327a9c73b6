import type { Finding } from '../model/finding.ts';
import { NO_MEMORY, type Note, type RegionMemory } from '../model/memory.ts';
import type { PeeringView } from '../model/peering.ts';
import { utc } from '../model/utc.ts';
import {
  type Blind,
  blindKey,
  blindPeerings,
  endsBlindness,
  lastSignOf,
  type NotedResult,
  notedResults,
  readBlind,
  type WatchedTarget,
  watchedTargets,
} from '../model/watch-notes.ts';
import { asAddress, inCidr, parseCidr } from '../network/cidr.ts';
import { resultsDueWithin } from '../policy/interval.ts';
import type { Policy } from '../policy/schema.ts';
import type { AssessedView, LostTarget, NetworkMemory, Reachability } from './types.ts';

/** What is remembered of the connectivity check is part of how the network is: a lost peering is not well because its routes are. */

/** What is about the targets of a view: several views of a peering may be pinged from one Region. */
function ofTargets<About extends Pick<WatchedTarget, 'target'>>(
  { remote, peering }: PeeringView,
  byPeering: ReadonlyMap<string, readonly About[]>,
): readonly About[] {
  const abouts = byPeering.get(peering.peeringId);
  if (abouts === undefined) {
    return [];
  }
  const blocks = remote.cidrs.map(parseCidr);
  return abouts.filter(({ target }) => {
    const address = asAddress(target);
    return address !== undefined && blocks.some((block) => inCidr(block, address));
  });
}

function lostOf(targets: readonly WatchedTarget[], periods: number): LostTarget[] {
  const lost = targets.filter(({ watch }) => watch.lost >= periods);
  const byText = new Map(
    lost.map(({ target, watch: { source, port } }) => {
      const of = {
        target,
        ...(source === undefined ? {} : { source }),
        ...(port === undefined ? {} : { port }),
      };
      return [lostText(of), of] as const;
    }),
  );
  return [...byText.values()];
}

function lostText({ target, port }: LostTarget): string {
  return port === undefined ? `ping of ${target}` : `TCP ${port} of ${target}`;
}

interface Remembered {
  readonly watched: ReadonlyMap<string, readonly WatchedTarget[]>;
  readonly results: ReadonlyMap<string, readonly NotedResult[]>;
  /** Nothing about pings at all, of any of the Region's thousands of views. */
  readonly isNothing: boolean;
}

function remembered(notes: RegionMemory['notes']): Remembered {
  const [watched, results] = [watchedTargets(notes), notedResults(notes)];
  return {
    watched,
    results,
    isNothing: watched.size + results.size === 0 && blindPeerings(notes).size === 0,
  };
}

const NEVER_CHECKED: Reachability = {
  wasChecked: false,
  lost: [],
  notChecked: undefined,
  isCheckStopped: false,
};

/** What the check noted, unless a ping has come back since: until its next look the note is about what is over. */
function lastingIn(
  note: Note | undefined,
  results: readonly NotedResult[],
  periods: number,
): Blind | undefined {
  const blind = readBlind(note);
  return note === undefined ||
    blind === undefined ||
    blind.times < periods ||
    results.some((result) => endsBlindness(result.note, note))
    ? undefined
    : blind;
}

type Checking = Pick<Policy, 'mode' | 'connectivity' | 'schedules'>;

/**
 * That no result has come for so long that the check does not run, or nobody reads what it finds: the check itself cannot say so.
 * Where the mode is observe nothing is sent, and nothing is late.
 */
function stoppedCheck(
  targets: readonly WatchedTarget[],
  results: readonly NotedResult[],
  blind: Note | undefined,
  { mode, connectivity: { periods }, schedules: { connectivity } }: Checking,
  now: Date,
): Blind | undefined {
  const sinceSign = now.getTime() / 1000 - lastSignOf(results, blind);
  if (mode === 'observe' || targets.length === 0 || sinceSign <= resultsDueWithin(connectivity, periods)) {
    return undefined;
  }
  const wasLost = targets.some(({ watch }) => watch.lost > 0);
  return {
    times: periods,
    since: Math.max(...results.map(({ at }) => at)),
    why: `No result has come since then, although the policy asks for a check at ${connectivity}: check-connectivity does not run, or fails, or nothing reads its results.${wasLost ? ' The last result was a loss.' : ''} Run: peering doctor, and peering logs check-connectivity.`,
  };
}

/**
 * @param now of a snapshot the time at which it was saved counts instead, where that is known.
 * @returns how a view of a Region is, by what is remembered of that Region's pings.
 */
export function createReachability(
  memory: NetworkMemory,
  policy: Checking,
  now: Date,
): (view: PeeringView, management: AssessedView['management']) => Reachability | undefined {
  const { periods } = policy.connectivity;
  const byRegion = new Map<string, Remembered>();
  const rememberedIn = (region: string, notes: RegionMemory['notes']): Remembered => {
    const known = byRegion.get(region) ?? remembered(notes);
    byRegion.set(region, known);
    return known;
  };
  return (view, management) => {
    const { registry, notes, readAt = now } = memory.get(view.region) ?? NO_MEMORY;
    if (registry === 'none' || management !== 'managed' || view.peering.status !== 'active') {
      return undefined;
    }
    const { watched, results, isNothing } = rememberedIn(view.region, notes);
    if (isNothing) {
      return NEVER_CHECKED;
    }
    const targets = ofTargets(view, watched);
    const note = notes.get(blindKey(view.peering.peeringId, view.local.vpcId));
    const ofView = ofTargets(view, results);
    const lastingBlindness = lastingIn(note, ofView, periods);
    const stopped = stoppedCheck(
      targets,
      ofView,
      lastingBlindness === undefined ? undefined : note,
      policy,
      readAt,
    );
    return {
      wasChecked: targets.length > 0,
      lost: lostOf(targets, periods),
      notChecked: stopped ?? lastingBlindness,
      isCheckStopped: stopped !== undefined,
    };
  };
}

/** More targets than this nobody reads in a sentence. */
const MAX_TARGETS = 5;

const AS_IT_WAS =
  '(as it was when it was checked last: the policy says mode: observe, so nothing is sent now)';

function unreachable(
  { region, peering, local }: PeeringView,
  lost: readonly LostTarget[],
  { mode, connectivity: { periods } }: Pick<Policy, 'mode' | 'connectivity'>,
): Finding {
  const { peeringId } = peering;
  const more = lost.length > MAX_TARGETS ? ` and ${lost.length - MAX_TARGETS} more` : '';
  const [first] = lost;
  const port = first?.port === undefined ? '' : ` --port ${first.port}`;
  return {
    kind: 'unreachable',
    region,
    peeringId,
    vpcId: local.vpcId,
    detail:
      `Lost from ${local.vpcId} across ${peeringId}, in ${periods} ${periods === 1 ? 'check' : 'checks in a row'} or more: ` +
      `${lost.slice(0, MAX_TARGETS).map(lostText).join(', ')}${more}. ` +
      `Where: peering explain ${first?.source ?? local.vpcId} ${first?.target}${port}${mode === 'observe' ? ` ${AS_IT_WAS}` : ''}`,
    repairable: false,
  };
}

function notChecked(
  { region, peering, local }: PeeringView,
  { since, why }: Blind,
  isCheckStopped: boolean,
): Finding {
  const { peeringId } = peering;
  return {
    kind: 'not-checked',
    region,
    peeringId,
    vpcId: local.vpcId,
    detail: `${peeringId} has not been checked from ${local.vpcId} since ${utc(new Date(since * 1000))}, and it was before. ${why}`,
    ...(isCheckStopped ? { checkStopped: true } : {}),
    repairable: false,
  };
}

/** Managed peerings whose pings are lost, and those that were checked and are not any more. */
export function reachabilityFindings(
  views: readonly AssessedView[],
  policy: Pick<Policy, 'mode' | 'connectivity'>,
): Finding[] {
  const findings: Finding[] = [];
  for (const { view, reachability } of views) {
    if (reachability === undefined) continue;
    const { lost, notChecked: blind, isCheckStopped } = reachability;
    if (lost.length > 0) findings.push(unreachable(view, lost, policy));
    if (blind !== undefined) findings.push(notChecked(view, blind, isCheckStopped));
  }
  return findings;
}
