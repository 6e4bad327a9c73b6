import { whatToTell } from '../messages/news.ts';
import { refusedLately } from '../messages/refused.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { ApplyResult } from './apply-changes.ts';
import type { RegionView } from './region-view.ts';
import type { OptionOutcome } from './set-options.ts';
import { silenceIn } from './silenced.ts';
import type { TellDependencies } from './tell-dependencies.ts';

/** Whether AWS refused the call that would have mended a finding, in this very look. */
function refusedNow(
  { outcomes }: ApplyResult,
  options: readonly OptionOutcome[],
): (finding: Finding) => boolean {
  const routes = new Set(
    outcomes.flatMap(({ outcome, call, errorCode, change: { routeTableId, destination } }) =>
      outcome === 'failed' && call !== undefined && errorCode !== undefined
        ? [`${routeTableId} ${destination}`]
        : [],
    ),
  );
  const peerings = new Set(
    options.flatMap(({ option: { peeringId }, refused }) => (refused === undefined ? [] : [peeringId])),
  );
  return ({ kind, routeTableId, destination, peeringId = '' }) =>
    kind === 'dns-resolution' ? peerings.has(peeringId) : routes.has(`${routeTableId} ${destination}`);
}

/**
 * An event of what is repaired at once is told without a note, as it is over by the next look. Where AWS then refuses the repair it
 * lasts, and people know: of the drift by its message, and of the refusal by its own. It is noted, so that no sweep tells it
 * once more.
 */
export async function noteRefusedRepairs(
  { policy, memory, now }: Pick<TellDependencies, 'policy' | 'memory' | 'now'>,
  view: RegionView,
  hints: readonly Hint[],
  changes: ApplyResult,
  options: readonly OptionOutcome[],
): Promise<void> {
  const { region, remembered, findings } = view;
  if (policy.mode === 'observe' || hints.every(({ kind }) => kind === 'region')) {
    return;
  }
  const isRefused = refusedNow(changes, options);
  const silence = silenceIn(view, now());
  const lasting = findings.filter(
    (finding) =>
      finding.repairable &&
      finding.heldBy === undefined &&
      isRefused(finding) &&
      refusedLately(remembered.notes, finding, now()) === undefined &&
      silence(finding) === undefined,
  );
  const updates = [...whatToTell(remembered.notes, lasting, now()).updates.values()].flat();
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
}
