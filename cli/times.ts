import { endText } from '../lib/policy/expiry-date.ts';
import type { Assessment } from './assess.ts';
import type { Document } from './documents.ts';
import { HELD_WORDS } from './held.ts';
import { nameAndId } from './named.ts';
import { type Output, shown } from './output.ts';

/** When peerings end, and which have: what verbs say of it. */

type Judged = Assessment['views'][number];

/** When the time of a view is over; null where nothing lets it end. */
export function expiresOf({
  decision,
}: Pick<Judged, 'decision'>): Document<'status'>['views'][number]['expires'] {
  const end = decision.expiry?.end;
  return end === undefined
    ? null
    : { at: new Date(end.at * 1000).toISOString(), by: end.by, state: end.state, onExpiry: end.onExpiry };
}

/** `2027-03-01 00:00 UTC`, with what says so where that is not the rule. */
export function expiresText(expires: ReturnType<typeof expiresOf>): string {
  if (expires === null) {
    return '-';
  }
  const at = endText(Math.floor(Date.parse(expires.at) / 1000));
  return expires.by === 'rule' ? at : `${at} (${expires.by})`;
}

/** Views whose time is over, for a document. */
export function expiredOf({ views }: Pick<Assessment, 'views'>): Document<'drift'>['expired'] {
  return views.flatMap(({ accountId, view, decision, standing }) => {
    const end = decision.expiry?.end;
    return standing !== 'expired' || end === undefined
      ? []
      : [
          {
            accountId,
            region: view.region,
            peeringId: view.peering.peeringId,
            localVpc: view.local.vpcId,
            rule: end.rule,
            at: new Date(end.at * 1000).toISOString(),
            onExpiry: end.onExpiry,
            why: end.why,
          },
        ];
  });
}

export function deletionsOf({ deletions }: Pick<Assessment, 'deletions'>): Document<'plan'>['deletions'] {
  return deletions.map(({ accountId, region, peeringId, rule, why, heldBy, waitsFor, unread }) => ({
    accountId,
    region,
    peeringId,
    rule,
    why,
    heldBy: heldBy ?? null,
    waitsFor: waitsFor ?? null,
    unread: [...unread],
  }));
}

/** Deletions that the next sweep of the stack makes. */
export function dueDeletions({ deletions }: Pick<Assessment, 'deletions'>): Assessment['deletions'] {
  return deletions.filter(({ heldBy, waitsFor }) => heldBy === undefined && waitsFor === undefined);
}

/** Peerings whose time is over, each side once. Nothing where there is none: they are no drift, and no alarm. */
export function writeExpired(
  assessment: Pick<Assessment, 'views' | 'names' | 'deletions'>,
  output: Output,
): void {
  const expired = expiredOf(assessment);
  if (expired.length === 0) {
    return;
  }
  output.line();
  output.line(output.paint(`Expired (${expired.length})`, 'bold'));
  for (const { accountId, region, peeringId, localVpc, why } of expired) {
    output.line(`  ${nameAndId(assessment, peeringId)} from ${localVpc} (${region})`);
    output.line(`      ${output.paint(shown(why), 'dim')}`);
    const deletion = assessment.deletions.find(
      (each) => each.accountId === accountId && each.region === region && each.peeringId === peeringId,
    );
    if (deletion !== undefined) {
      const { heldBy, waitsFor } = deletion;
      const held = heldBy === undefined ? '' : ` Held: ${HELD_WORDS[heldBy]}.`;
      const says = waitsFor ?? 'By the next sweep of the stack; peering apply deletes no peering.';
      output.line(`      ${output.paint('- delete the peering', 'red')} ${shown(says)}${held}`);
    }
  }
}
