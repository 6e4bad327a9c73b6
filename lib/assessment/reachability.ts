import type { Finding } from '../model/finding.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import type { PeeringView } from '../model/peering.ts';
import { type Blind, blindKey, readBlind, type WatchedTarget, watchedTargets } from '../model/watch-notes.ts';
import { asAddress, inCidr, parseCidr } from '../network/cidr.ts';
import type { Policy } from '../policy/schema.ts';
import type { AssessedView, LostTarget, NetworkMemory, Reachability } from './types.ts';

/** What is remembered of the connectivity check is part of how the network is: a lost peering is not well because its routes are. */

/** The targets of a view: several views of a peering may be pinged from one Region. */
function targetsOf(
  { remote, peering }: PeeringView,
  watched: ReadonlyMap<string, readonly WatchedTarget[]>,
): readonly WatchedTarget[] {
  const blocks = remote.cidrs.map(parseCidr);
  return (watched.get(peering.peeringId) ?? []).filter(({ target }) => {
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

/** @returns how a view of a Region is, by what is remembered of that Region's pings. */
export function createReachability(
  memory: NetworkMemory,
  { connectivity: { periods } }: Pick<Policy, 'connectivity'>,
): (view: PeeringView, standing: AssessedView['standing']) => Reachability | undefined {
  const byRegion = new Map<string, ReadonlyMap<string, readonly WatchedTarget[]>>();
  const watchedIn = (region: string, notes: RegionMemory['notes']) => {
    const watched = byRegion.get(region) ?? watchedTargets(notes);
    byRegion.set(region, watched);
    return watched;
  };
  return (view, standing) => {
    const { registry, notes } = memory.get(view.region) ?? NO_MEMORY;
    if (registry === 'none' || standing !== 'managed' || view.peering.status !== 'active') {
      return undefined;
    }
    const targets = targetsOf(view, watchedIn(view.region, notes));
    const blind = readBlind(notes.get(blindKey(view.peering.peeringId, view.local.vpcId)));
    return {
      wasChecked: targets.length > 0,
      lost: lostOf(targets, periods),
      notChecked: blind !== undefined && blind.times >= periods ? blind : undefined,
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

function notChecked({ region, peering, local }: PeeringView, { since, why }: Blind): Finding {
  const { peeringId } = peering;
  return {
    kind: 'not-checked',
    region,
    peeringId,
    vpcId: local.vpcId,
    detail: `${peeringId} has not been checked from ${local.vpcId} since ${new Date(since * 1000).toISOString()}, and it was before. ${why}`,
    repairable: false,
  };
}

/** Managed peerings whose pings are lost, and those that were checked and are not any more. */
export function reachabilityFindings(
  views: readonly AssessedView[],
  policy: Pick<Policy, 'mode' | 'connectivity'>,
): Finding[] {
  return views.flatMap(({ view, reachability }) => {
    const { lost = [], notChecked: blind } = reachability ?? {};
    return [
      ...(lost.length === 0 ? [] : [unreachable(view, lost, policy)]),
      ...(blind === undefined ? [] : [notChecked(view, blind)]),
    ];
  });
}
