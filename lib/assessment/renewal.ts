import type { Change } from '../model/change.ts';
import { type Renewal, renewalNote } from '../model/expiry.ts';
import { type MemoryUpdate, NO_MEMORY, type Note, type RegionMemory } from '../model/memory.ts';
import { withName } from '../model/nameable.ts';
import { DEAD_STATUSES, REQUEST_STATUSES } from '../model/peering.ts';
import { expireSeconds, latestEnd, type PeeringEnd } from '../policy/expiry.ts';
import { endText } from '../policy/expiry-date.ts';
import type { Policy } from '../policy/schema.ts';
import { assess } from './assess.ts';
import type { Judging } from './proposal.ts';
import type { AssessedView, NetworkMemory } from './types.ts';

/** A side of a peering, with when it ends. */
export interface RenewedSide {
  readonly view: AssessedView;
  readonly before: PeeringEnd;
  readonly after: PeeringEnd | undefined;
}

/** What follows if a person gives a peering more time. */
export type ProposedRenewal =
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'possible';
      readonly sides: readonly RenewedSide[];
      /** Routes that are made, or come back, because of it. */
      readonly changes: readonly Change[];
      /** Where it has to be remembered. */
      readonly regions: readonly string[];
    };

function refused(why: string): ProposedRenewal {
  return { kind: 'refused', why };
}

/** Why a peering has no time that could be given more of. */
function notRenewable({ state }: Judging, peeringId: string, views: readonly AssessedView[]): string {
  const peering = state.regions
    .flatMap(({ peerings }) => peerings)
    .find((each) => each.peeringId === peeringId);
  if (peering === undefined) {
    return `${peeringId} is in none of the Regions that were read: ${state.regions.map(({ region }) => region).join(', ')}.`;
  }
  const { status, tags } = peering;
  const named = withName(peeringId, tags.Name);
  if (DEAD_STATUSES.has(status) || REQUEST_STATUSES.has(status) || status === 'unknown') {
    return `${named} is ${status}; only a peering that is active has a time that can be renewed.`;
  }
  const [slip] = views.flatMap(({ decision }) => decision.expiry?.slip ?? []);
  return slip === undefined
    ? `${named} does not end: neither its rule (expireAfter) nor its tag says so.`
    : `${named} does not end. ${slip}`;
}

/** What rules allow at the most. */
function beyondRule(
  sides: readonly RenewedSide[],
  { rules }: Policy,
  { at, until }: Renewal,
): string | undefined {
  for (const { before } of sides) {
    const rule = rules.find(({ name }) => name === before.rule);
    const lasts = rule === undefined ? undefined : expireSeconds(rule);
    if (rule !== undefined && lasts !== undefined && until > latestEnd(at, lasts)) {
      return `Rule ${rule.name} says expireAfter: ${rule.expireAfter}, so it can be renewed until ${endText(latestEnd(at, lasts))} at the latest.`;
    }
  }
  return undefined;
}

function remembering(memory: NetworkMemory, regions: readonly string[], update: MemoryUpdate): NetworkMemory {
  if (update.kind !== 'note') {
    return memory;
  }
  const { key, value, at } = update;
  const withNote = (region: string): RegionMemory => {
    const remembered = memory.get(region) ?? NO_MEMORY;
    return { ...remembered, notes: new Map<string, Note>([...remembered.notes, [key, { value, at }]]) };
  };
  return new Map([...memory, ...regions.map((region) => [region, withNote(region)] as const)]);
}

/**
 * Judges what a person is about to order, by the same assessment as everything else. A renewal only ever gives time, and no more than the rule
 * gives a new peering: whoever wants an earlier end sets the tag, and whoever wants more changes the policy.
 */
export function proposeRenewal(judging: Judging, peeringId: string, renewal: Renewal): ProposedRenewal {
  const { state, policy, memory, now } = judging;
  const views = assess(state, policy, memory, now).views.filter(
    ({ view }) => view.peering.peeringId === peeringId,
  );
  const ending = views.flatMap((view) => {
    const end = view.decision.expiry?.end;
    return end === undefined ? [] : [{ view, before: end, after: undefined }];
  });
  if (ending.length === 0) {
    return refused(notRenewable(judging, peeringId, views));
  }
  if (renewal.until * 1000 <= now.getTime()) {
    return refused(`${endText(renewal.until)} has passed.`);
  }
  const beyond = beyondRule(ending, policy, renewal);
  if (beyond !== undefined) {
    return refused(beyond);
  }
  if (ending.every(({ before }) => before.at >= renewal.until)) {
    return refused(
      `It goes on until ${endText(ending[0]?.before.at ?? 0)} as it is; a renewal cannot bring that forward. The tag can.`,
    );
  }
  const regions = [...new Set(views.map(({ view }) => view.region))];
  const later = assess(state, policy, remembering(memory, regions, renewalNote(peeringId, renewal)), now);
  const after = new Map(
    later.views.map((each) => [
      `${each.view.region} ${each.view.local.vpcId} ${each.view.peering.peeringId}`,
      each,
    ]),
  );
  return {
    kind: 'possible',
    sides: ending.map(({ view: side, before }) => ({
      view: side,
      before,
      after: after.get(`${side.view.region} ${side.view.local.vpcId} ${peeringId}`)?.decision.expiry?.end,
    })),
    changes: later.changes.filter((change) => change.peeringId === peeringId),
    regions,
  };
}
