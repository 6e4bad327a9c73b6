import type { Finding, FindingKind } from '../model/finding.ts';
import type { HeldBy } from '../model/held-by.ts';
import { shellWord } from '../model/shell-word.ts';
import { OPTION_CALL, type RefusedCall } from './refused.ts';
import { shown } from './text.ts';

/** How much of what is the product's own a plan would delete. */
export interface MassDelete {
  readonly deletes: number;
  readonly ownRoutes: number;
}

function massDeleteText(massDelete: MassDelete | undefined): string {
  const share =
    massDelete === undefined
      ? 'an unusual share of the routes that are its own'
      : `${massDelete.deletes} of the ${massDelete.ownRoutes} routes that are its own`;
  return (
    `Not done: the product would delete ${share}, which is more than guardrails.maxDeletesPercent allows. ` +
    'Look at "peering plan". If that is meant, run "peering apply" or raise guardrails.maxDeletesPercent; if not, put the policy right.'
  );
}

const HELD: Readonly<Record<Exclude<HeldBy, 'mass-delete'>, string>> = {
  observe:
    'Not repaired: the policy says mode: observe, so nothing is written. "peering plan" shows what mode: enforce would do.',
  'repair-off':
    'Not repaired: the policy says drift.repair: false. Run "peering apply" to have it put right, or set drift.repair: true and deploy.',
  contested:
    'Not repaired for now: something has undone this repair three times within an hour. Find out what changes the table ' +
    '(CloudTrail names it; mostly it is an infrastructure-as-code run) and make it leave this route alone. ' +
    'An hour after the last repair the product tries again; peering apply does not before. By hand it can be done at any time, and the product keeps it.',
  acceptance:
    'Not done yet: the peering is a request that the policy accepts, and it is not accepted yet. Once it is, this follows by itself. ' +
    'Should AWS refuse the acceptance, a message "AWS refuses …" follows, with what to do.',
  rejection:
    'Not done yet: the route leads to a request that the policy rejects, and goes once that is done.',
  activation:
    'Not done yet: the route takes addresses over from a path that works, and its peering carries nothing before it is active. It follows by itself, with the next sweep after that.',
  frozen:
    'Not done: a person froze this Region ("peering freeze"), so that nothing is accepted or written there. "peering thaw" ends it; then it is done, unless something else holds it.',
  gap:
    'Not done yet: another change has to come first and is kept back, and without it some addresses would have no route meanwhile. ' +
    'Look at the other findings of this table. When they are settled, this follows by itself.',
};

/** What keeps a change from being made, and what a person can do about it. */
export function heldBackText(heldBy: HeldBy, massDelete?: MassDelete): string {
  return heldBy === 'mass-delete' ? massDeleteText(massDelete) : HELD[heldBy];
}

/** What is not the product's to mend. The detail of the finding says before this what is the matter. */
const TO_DO: Readonly<Record<Exclude<FindingKind, 'mass-delete'>, string>> = {
  missing: 'Not repaired by the product. Look at "peering drift" for what stands in the way.',
  'wrong-target':
    'Not repaired by the product. If the traffic shall use the peering that the policy names, change the route by hand.',
  blackhole:
    'Not repaired by the product: the route is right and its peering is active, but EC2 drops what it gets.',
  // Of a peering that has ended no rule can allow anything.
  stale:
    'Left in place. If nobody needs the route, delete it by hand. If its peering lives and the route shall stay, ' +
    'let a rule of the policy allow the peering again.',
  // Somebody else's route, or one of the product's own that is in use.
  unexpected:
    'Left as it is, for the reason above. If nobody needs the route, delete it by hand; else let the rule ask for what the other VPC has of it.',
  shadowed:
    'Not repaired by the product: a person decides which of the two shall have the addresses, in one of the ways named above.',
  conflict:
    // The finding itself says how: to remove a wider route would move other traffic as well.
    'Never overwritten by the product: a person decides which of the two shall have the addresses, in one of the ways named above.',
  'over-limit':
    'Not written: the table is full. Delete routes that nobody needs, or have the quota "Routes per route table" raised ' +
    'and set guardrails.routesPerTable to it.',
  // The route may be there or gone, and its peering may have ended: what the tag would bring about is in the detail.
  untagged:
    'Left alone: the product writes only to tables whose tag names the rule. Decide whether this one shall get routes of the rule: ' +
    'if so, tag it again, and the product does what is said above; if not, let go of the route as is said there.',
  'one-sided':
    'Answers have no way back by the peering until the side without routes has them: do there what is said above, or ask the account that owns that side.',
  contested: HELD.contested,
  'active-but-not-allowed':
    'The product ends no peering. Delete it, or change the rule that rejects it and deploy.',
  'dns-resolution':
    'Not set: EC2 allows it only where both VPCs have DNS support and DNS hostnames on. ' +
    'Turn them on as is said above; the product tries again with its next sweep.',
  'not-connected':
    'Not done, for the reason above: it is done once that is settled. "peering plan" names every pair of VPCs.',
  unreachable:
    'Nothing that the product mends: its routes are findings of their own. The command above names the first hop that fails, and what to change there.',
  'not-checked':
    'Nobody knows whether this peering carries traffic. Put right what is named above; "peering doctor" looks at probe instances and Systems Manager.',
};

/** What is tried again and again, of which nobody can say that it is being done. */
function refusedText({ call, code }: RefusedCall): string {
  const where = call === OPTION_CALL ? 'for this peering' : 'in this table';
  return (
    `Tried at each sweep, but AWS has refused ${shown(call)} ${where} within the last day (${shown(code)}), as people were told: ` +
    'unless that is settled, nothing changes here.'
  );
}

/**
 * People are told before the change is made, so that they are where a function ends in between: what becomes of it is not known
 * here, and has to be true either way.
 */
const BEING_REPAIRED =
  'Being repaired; nothing to do. Should AWS refuse the change, a message "AWS refuses …" follows, with what to do.';

/** What happens about a finding, or what a person has to do. Says "being repaired" of nothing that is not. */
export function remedyText(
  { kind, repairable, heldBy, awaited }: Finding,
  { massDelete, refused }: { readonly massDelete?: MassDelete; readonly refused?: RefusedCall } = {},
): string {
  if (repairable && heldBy !== undefined) {
    return heldBackText(heldBy, massDelete);
  }
  if (repairable) {
    return refused === undefined ? BEING_REPAIRED : refusedText(refused);
  }
  if (awaited === true) {
    return 'Nothing to do now: the policy lets the route wait for that one to go (guardrails.equalRoutes: wait).';
  }
  return kind === 'mass-delete' ? massDeleteText(massDelete) : TO_DO[kind];
}

/** A command that shows more. */
export function closerLook({ region, routeTableId, peeringId }: Finding): string {
  if (routeTableId !== undefined) {
    return `aws ec2 describe-route-tables --region ${shellWord(shown(region))} --route-table-ids ${shellWord(shown(routeTableId))}`;
  }
  return peeringId === undefined
    ? 'peering drift'
    : `aws ec2 describe-vpc-peering-connections --region ${shellWord(shown(region))} --vpc-peering-connection-ids ${shellWord(shown(peeringId))}`;
}
