import { acceptanceOf } from '../model/acceptance.ts';
import { countedOf, isRenewalUnreadable, renewalOf, toldEndOf } from '../model/expiry.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import { notedDecision } from '../model/noted-decision.ts';
import { type PeeringView, REQUEST_STATUSES } from '../model/peering.ts';
import { expiresTagKey } from '../model/tags.ts';
import { hasTimes, type Lifetime } from './expiry.ts';
import type { Policy } from './schema.ts';

/** When it was accepted by the product: by a person, or for the policy. Of a request what was noted is what may come. */
function acceptedAt({ peering }: PeeringView, { notes }: Pick<RegionMemory, 'notes'>): number | undefined {
  const { peeringId, status } = peering;
  const byHand = acceptanceOf(notes, peeringId)?.at;
  const noted = REQUEST_STATUSES.has(status) ? undefined : notedDecision(notes, peeringId);
  return byHand ?? (noted?.decision === 'accept' ? noted.at : undefined);
}

/** What is remembered of the time of a peering. @param there what the accepter's Region remembers, which answered the request. */
function lifetimeOf(view: PeeringView, { notes }: RegionMemory, there: RegionMemory, now: Date): Lifetime {
  const { peering, local } = view;
  const { peeringId } = peering;
  const [renewal, counted, toldEnd, accepted] = [
    renewalOf(notes, peeringId),
    countedOf(notes, peeringId),
    toldEndOf(notes, peeringId, local.vpcId),
    acceptedAt(view, { notes }) ?? acceptedAt(view, there),
  ];
  return {
    now,
    ...(renewal === undefined ? {} : { renewal }),
    ...(counted === undefined ? {} : { counted }),
    ...(toldEnd === undefined ? {} : { toldEnd }),
    ...(accepted === undefined ? {} : { accepted }),
    ...(isRenewalUnreadable(notes, peeringId) ? { isRenewalUnreadable: true } : {}),
  };
}

/**
 * @param memory by Region.
 * @returns what is remembered of the time of a view's peering; undefined where neither a rule nor a tag gives any an end.
 */
export function createLifetimes(
  policy: Pick<Policy, 'rules' | 'tagPrefix'>,
  memory: ReadonlyMap<string, RegionMemory>,
  now: Date,
): (view: PeeringView) => Lifetime | undefined {
  const timed = hasTimes(policy);
  const tag = expiresTagKey(policy.tagPrefix);
  return (view) =>
    timed || view.peering.tags[tag] !== undefined
      ? lifetimeOf(
          view,
          memory.get(view.region) ?? NO_MEMORY,
          memory.get(view.peering.accepter.region) ?? NO_MEMORY,
          now,
        )
      : undefined;
}
