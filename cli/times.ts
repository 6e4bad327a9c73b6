import { HELD_WORDS } from '../lib/report/held.ts';
import type { Assessment } from './assess.ts';
import type { Document } from './documents.ts';
import { nameAndId } from './named.ts';
import { type Output, shown } from './output.ts';

/** Which peerings have ended: what verbs say of it. */

/** Views whose time is over, for a document. */
export function expiredOf({ views }: Pick<Assessment, 'views'>): Document<'drift'>['expired'] {
  return views.flatMap(({ accountId, view, decision, management }) => {
    const end = decision.expiry?.end;
    return management !== 'expired' || end === undefined
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
      const heldBackText = heldBy === undefined ? [] : [`Held: ${HELD_WORDS[heldBy]}.`];
      const bySweep =
        heldBy === undefined ? 'By the next sweep of the stack; peering apply deletes no peering.' : [];
      const says = [waitsFor ?? bySweep, heldBackText].flat().join(' ');
      output.line(`      ${output.paint('- delete the peering', 'red')} ${shown(says)}`);
    }
  }
}
