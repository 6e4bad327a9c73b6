import { newsKeys, newsOf } from '../messages/news.ts';
import { refusedLately } from '../messages/refused.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { ApplyResult } from './apply-changes.ts';
import { endsToTell, toldAsEnds } from './ends.ts';
import type { Attempts } from './failure.ts';
import type { RegionView } from './region-view.ts';
import { type FindSilence, silenceIn } from './silenced.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { tagRejected } from './tag-rejected.ts';
import { acceptancesToTell, tellAcceptedByHand } from './tell-accepted.ts';
import { tellChecksOver } from './tell-checks-over.ts';
import { tellEnded, tellOwnRequestsEnded } from './tell-ended.ts';
import { tellExpiry } from './tell-expiry.ts';
import { tellFindings } from './tell-findings.ts';
import { tellFreeze } from './tell-freeze.ts';
import { tellUntold } from './tell-untold.ts';
import { tellUnsent } from './unsent.ts';

/** For what another message tells people. */
function untold(dependencies: SyncDependencies): SyncDependencies {
  return { ...dependencies, topic: { notify: async () => undefined } };
}

/** What people are told of one look: the ends of peerings, acts by hand, and everything else that differs. */
export async function tell(
  dependencies: SyncDependencies,
  view: RegionView,
  hints: readonly Hint[],
  { attempt }: Attempts,
): Promise<void> {
  const { region, remembered, nameOf, vpcOf } = view;
  const now = dependencies.now();
  const ended = await endsToTell(dependencies, view, hints);
  const peerings = new Map(view.inventory.peerings.map((peering) => [peering.peeringId, peering]));
  const peeringOf = (peeringId: string) => peerings.get(peeringId);
  const silence = silenceIn(view, now);
  const refused = (finding: Finding) => refusedLately(remembered.notes, finding, now);
  const ofEnds = toldAsEnds(ended);
  const acceptances = acceptancesToTell(dependencies, { view, hints });
  const ofAcceptances = new Set(acceptances.flatMap(({ named }) => named));
  const rest = view.findings.filter((finding) => !ofEnds.has(finding) && !ofAcceptances.has(finding));
  const how = { region, hints, remembered, silence, context: { nameOf, vpcOf, peeringOf, refused } };
  await Promise.all([
    attempt(() => tellFindings(dependencies, rest, how)),
    // The message about the acceptance names them: the bus and the history have them all the same.
    attempt(() => tellFindings(untold(dependencies), [...ofAcceptances], how)),
    attempt(() => tellEnded(dependencies, { view, hints }, ended)),
    attempt(() => tellOwnRequestsEnded(dependencies, { view, hints })),
    attempt(() => tellAcceptedByHand(dependencies, { view, hints }, acceptances)),
    attempt(() => tellExpiry(dependencies, { view, hints })),
    attempt(() => tellChecksOver(dependencies, view)),
  ]);
}

/** What earlier passes could not tell, in messages and tags. */
export async function tellFromBefore(
  dependencies: SyncDependencies,
  view: RegionView,
  { attempt }: Attempts,
  state: 'frozen' | 'free',
): Promise<void> {
  await Promise.all([
    attempt(() => tellFreeze(dependencies, view)),
    attempt(() => tellUnsent(dependencies, view.region, view.remembered)),
    attempt(() => tellUntold(dependencies, view)),
    ...(state === 'frozen' ? [] : [attempt(() => tagRejected(dependencies, view))]),
  ]);
}

/**
 * Findings of tables without room of which the refused call is told in this pass, with what AWS says and what to do: a second
 * message would say the same.
 */
function createIsToldAsRefusal(
  { outcomes }: Pick<ApplyResult, 'outcomes'>,
  { remembered }: RegionView,
  silence: FindSilence,
  now: Date,
): (finding: Finding) => boolean {
  const failed = outcomes.filter(({ outcome, call }) => outcome === 'failed' && call === CREATE);
  return ({ kind, routeTableId = '' }) => {
    // As the refusal is told: once for each table, by its first route.
    const first = failed.find(({ change }) => change.routeTableId === routeTableId);
    return (
      kind === 'over-limit' &&
      first?.errorCode !== undefined &&
      silence({ routeTableId, peeringId: first.change.peeringId }) === undefined &&
      newsOf(remembered.notes, newsKeys.callFailed(CREATE, routeTableId), first.errorCode, now).isNews
    );
  };
}

const CREATE = 'CreateRoute';

/** What came to light while the changes were made. It is on the bus and in the history, whatever message tells people of it. */
export async function tellLater(
  dependencies: SyncDependencies,
  view: RegionView,
  hints: readonly Hint[],
  { findings, outcomes }: Pick<ApplyResult, 'findings' | 'outcomes'>,
): Promise<void> {
  const { region, remembered, nameOf, vpcOf } = view;
  const now = dependencies.now();
  const how = { region, hints, remembered, silence: silenceIn(view, now), context: { nameOf, vpcOf } };
  const isToldAsRefusal = createIsToldAsRefusal({ outcomes }, view, how.silence, now);
  const others = findings.filter((finding) => !isToldAsRefusal(finding));
  const asRefusal = findings.filter(isToldAsRefusal);
  await tellFindings(dependencies, others, how);
  await tellFindings(untold(dependencies), asRefusal, how);
}
