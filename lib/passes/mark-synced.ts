import type { Assessment } from '../assessment/types.ts';
import type { Change } from '../model/change.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { lazy } from '../model/lazy.ts';
import type { Peering } from '../model/peering.ts';
import { syncedTagKey } from '../model/tags.ts';
import type { Decision } from '../policy/decision.ts';
import { decidedByTag, decisionTags, tellsDecision } from '../policy/decision-tags.ts';
import type { Policy } from '../policy/schema.ts';
import type { Pace } from '../ports/pace.ts';
import { syncMarkOf, syncMarkValue } from '../routing/synced.ts';
import type { ApplyResult } from './apply-changes.ts';

export interface MarkDependencies {
  readonly policy: Policy;
  readonly writer: {
    tag(
      region: string,
      resourceId: string,
      tags: Readonly<Record<string, string>>,
    ): Promise<'done' | 'observed'>;
  };
  readonly pace: Pick<Pace, 'take'>;
  readonly now: () => Date;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly millisecondsLeft: () => number;
}

/** Of that, kept for the events and messages after the last tag. Milliseconds. */
export const TELLING_MS = 5_000;

/** Peerings of which not every route is as it should be after these changes. */
export function unfinishedPeerings(result: ApplyResult, heldBackChanges: readonly Change[]): Set<string> {
  return new Set([
    ...result.handedOn.map(({ peeringId }) => peeringId),
    ...heldBackChanges.map(({ peeringId }) => peeringId),
    ...result.outcomes
      .filter(({ outcome }) => outcome !== 'written' && outcome !== 'already-so')
      .map(({ change }) => change.peeringId),
  ]);
}

/** What is judged of one Region, as marking needs it. */
export type Judged = Pick<Assessment, 'views' | 'desiredIn' | 'fingerprintsIn'>;

/** The peerings whose tag does not say yet that exactly their desired routes are in place. */
function unmarkedPeerings(
  inventory: RegionInventory,
  fingerprints: ReadonlyMap<string, string>,
  { tagPrefix }: Pick<Policy, 'tagPrefix'>,
): Peering[] {
  return inventory.peerings.filter((peering) => {
    const fingerprint = fingerprints.get(peering.peeringId);
    return fingerprint !== undefined && syncMarkOf(peering, tagPrefix)?.fingerprint !== fingerprint;
  });
}

/**
 * Says on the peerings, in a tag for people, that all their routes are in place. One that cannot be marked does not stop the
 * others, and what time leaves over the next sweep asks for.
 */
export async function markSynced(
  { policy, writer, pace, now, millisecondsLeft }: MarkDependencies,
  inventory: RegionInventory,
  judged: Judged,
  unfinished: ReadonlySet<string>,
): Promise<{ marked: readonly string[]; failures: readonly unknown[] }> {
  const marked: string[] = [];
  const failures: unknown[] = [];
  const { region } = inventory;
  const routesOf = lazy(() => groupBy(judged.desiredIn(region), ({ peeringId }) => [peeringId]));
  const accepted = acceptances(judged, region);
  const fingerprints = judged.fingerprintsIn(region);
  for (const peering of unmarkedPeerings(inventory, fingerprints, policy)) {
    const { peeringId } = peering;
    const fingerprint = fingerprints.get(peeringId);
    if (fingerprint === undefined || unfinished.has(peeringId)) {
      continue;
    }
    const deadline = Date.now() + millisecondsLeft() - TELLING_MS;
    if (policy.mode === 'enforce' && (await pace.take(region, 'CreateTags', deadline)) === 'too-late') {
      break;
    }
    const tags = {
      ...missingDecisionTags(peering, accepted.get(peeringId), policy, now()),
      [syncedTagKey(policy.tagPrefix)]: syncMarkValue(now(), fingerprint, [
        ...new Set(
          routesOf()
            .get(peeringId)
            ?.map(({ rule }) => rule),
        ),
      ]),
    };
    try {
      if ((await writer.tag(region, peeringId, tags)) === 'done') {
        marked.push(peeringId);
      }
    } catch (error) {
      failures.push(error);
    }
  }
  return { marked, failures };
}

interface Accepted {
  readonly decision: Decision;
  /** A person's answer, given by this product: then its tags say so, whatever they said before. */
  readonly by?: string;
}

/**
 * The tags of the decision, as far as they are missing. One that was accepted although its tags were refused, or by hand,
 * gets them with the mark: nothing else comes back to it. What they say already stays, unless a person's answer was cut off
 * before it was written there.
 */
function missingDecisionTags(
  peering: Peering,
  accepted: Accepted | undefined,
  { tagPrefix }: Pick<Policy, 'tagPrefix'>,
  now: Date,
): Record<string, string> {
  if (accepted === undefined) {
    return {};
  }
  const { decision, by } = accepted;
  const isSaid =
    by === undefined
      ? tellsDecision(tagPrefix, peering)
      : peering.tags[`${tagPrefix}:decision`] === decision.decision;
  return isSaid
    ? {}
    : {
        ...decisionTags(tagPrefix, decision, now),
        ...(by === undefined ? {} : decidedByTag(tagPrefix, by)),
      };
}

/** What was decided of the peerings that were accepted here, by peering. */
function acceptances({ views }: Pick<Judged, 'views'>, region: string): Map<string, Accepted> {
  const accepted = new Map<string, Accepted>();
  for (const { view, facts, decision, management } of views) {
    if (view.region !== region || view.direction !== 'inbound' || management !== 'managed') {
      continue;
    }
    const { peeringId } = view.peering;
    if (facts.accepted !== undefined) {
      const { rule, by } = facts.accepted;
      accepted.set(peeringId, { decision: { ...decision, decision: 'accept', rule }, by });
    } else if (decision.decision === 'accept') {
      accepted.set(peeringId, { decision });
    }
  }
  return accepted;
}
