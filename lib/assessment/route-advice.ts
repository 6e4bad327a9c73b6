import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { type OptIn, optInOf, selectsRule } from '../model/opt-in.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { asAddress, inCidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import type { Policy } from '../policy/schema.ts';
import type { AssessedView, Assessment } from './types.ts';

/** What helps where a table has no route to a peering: by what the assessment says of it, never by what is usual. */

/** Findings that say why a wanted route is not in its table, and what to do. */
const KEEPS_OUT: ReadonlySet<Finding['kind']> = new Set([
  'conflict',
  'shadowed',
  'over-limit',
  'contested',
  'untagged',
  'blackhole',
]);

/** Findings that keep routes to a peering out of tables. */
export function keepingOut(
  findings: readonly Finding[],
  peeringId: string,
  isTable: (routeTableId: string) => boolean,
): readonly Finding[] {
  return findings.filter(
    (finding) =>
      finding.peeringId === peeringId &&
      KEEPS_OUT.has(finding.kind) &&
      finding.routeTableId !== undefined &&
      isTable(finding.routeTableId),
  );
}

/** A route to a peering that is not in a table, and the address for which it is missing. */
export interface MissingRoute {
  readonly table: RouteTable;
  readonly peeringId: string;
  readonly address: string;
  /** A route of the table at the same block or narrower, to elsewhere: a new route would not get the address. */
  readonly instead?: Route;
}

/** What a person does without the product. */
function byHandText(peeringId: string, instead: Route | undefined): string {
  return instead === undefined
    ? `add a route to ${peeringId} by hand`
    : `point its route to ${instead.destination} to ${peeringId} by hand`;
}

function contains(destination: string, text: string): boolean {
  const [block, address] = [readDestination(destination), asAddress(text)];
  return block !== undefined && address !== undefined && inCidr(block, address);
}

/** What a person does about the tag, where the table does not take the routes of the rule; undefined where it does. */
function tagAdvice(
  optIn: OptIn,
  rule: string,
  tag: string,
  { peeringId, instead }: MissingRoute,
): string | undefined {
  if (selectsRule(optIn, rule)) {
    return undefined;
  }
  switch (optIn.kind) {
    case 'handed-back':
      return instead === undefined
        ? `The table is tagged ${tag} = none: whoever keeps its routes adds one to ${peeringId}.`
        : `The table is tagged ${tag} = none: whoever keeps its routes points that to ${instead.destination} to ${peeringId}.`;
    case 'gateway':
      return `It is the table of a gateway, to which this product writes nothing: ${byHandText(peeringId, instead)}.`;
    default: {
      const value = `${tag} = * or ${rule}, by which rule ${rule} is routed`;
      // Beside a route that somebody else made at the block, the tag alone brings a conflict; and without it there is a gap.
      return instead === undefined
        ? `Tag the table ${value}, or ${byHandText(peeringId, instead)}.`
        : `To use the peering, ${byHandText(peeringId, instead)}, which leaves no gap; for the product to keep it, tag the table ${value}, after that.`;
    }
  }
}

/** Of a managed view whose table takes the routes of its rule, and has none of them for the address. */
function notWantedText({ decision, view }: AssessedView, { address }: MissingRoute): string {
  const leftOut = decision.leftOut ?? [];
  return leftOut.length > 0
    ? `Rule ${decision.rule} leaves it out: ${leftOut.join(' ')}`
    : `The table is tagged for rule ${decision.rule}, which routes no addresses with ${address} to ${view.peering.peeringId}: its routes.destinations or routes.exclude leave them out, or they are none of the peer's.`;
}

function managementAdvice(assessed: AssessedView, missing: MissingRoute, policy: Policy): string {
  const { decision, management, view } = assessed;
  const { peeringId } = view.peering;
  if (decision.effect === 'reject') {
    return `Rule ${decision.rule} of the policy rejects ${peeringId}, so nothing is routed to it: change the policy if it is meant to carry this, else delete the peering.`;
  }
  if (management === 'undecidable') {
    return `Nothing is routed to ${peeringId} as long as it cannot be judged: ${decision.reasons.join(' ')}`;
  }
  if (management === 'expired') {
    return `The time for which ${peeringId} may carry traffic is over, so nothing is routed to it: ${decision.reasons.join(' ')}`;
  }
  if (management !== 'managed' || decision.rule === undefined) {
    return `No rule of the policy routes ${peeringId}, so a tag brings nothing: add a rule, or ${byHandText(peeringId, missing.instead)}.`;
  }
  const optIn = optInOf(missing.table, policy.tagPrefix);
  return (
    tagAdvice(optIn, decision.rule, `${policy.tagPrefix}:routes`, missing) ?? notWantedText(assessed, missing)
  );
}

/** What becomes of a change that the plan has. */
function changeAdvice(change: Change, refusalText: RefusalText): string {
  const { destination, peeringId, routeTableId, heldBy } = change;
  const route = `The policy routes ${destination} to ${peeringId} in ${routeTableId}`;
  if (heldBy !== undefined) {
    return `${route}, and that is held for now: peering plan says why.`;
  }
  const refusal = refusalText(change);
  return refusal === undefined
    ? `${route}, and it is not there yet: the next sweep of the stack writes it, or peering apply does now. Should the sweep not, peering doctor says what keeps the stack from it.`
    : `${route}, and it is not there: ${refusal}`;
}

/** Why AWS does not let a change be made, from the words `AWS has refused` on; undefined where nothing is known of that. */
type RefusalText = (change: Change) => string | undefined;

/**
 * @param refusalText left out: nothing is known of calls that AWS refused.
 * @returns undefined where the assessment is not about the table or the peering.
 */
export function adviceOnRoute(
  { views, changes, findings, undecided }: Pick<Assessment, 'views' | 'changes' | 'findings' | 'undecided'>,
  missing: MissingRoute,
  policy: Policy,
  refusalText: RefusalText = () => undefined,
): string | undefined {
  const { table, peeringId, address } = missing;
  const { routeTableId, vpcId } = table;
  const assessed = views.find(
    ({ view }) => view.peering.peeringId === peeringId && view.local.vpcId === vpcId,
  );
  if (assessed === undefined) {
    return undefined;
  }
  const isHere = (id: string) => id === routeTableId;
  const change = changes.find(
    (each) =>
      each.action !== 'delete' &&
      each.peeringId === peeringId &&
      isHere(each.routeTableId) &&
      contains(each.destination, address),
  );
  if (change !== undefined) {
    return changeAdvice(change, refusalText);
  }
  const [finding] = keepingOut(findings, peeringId, isHere).filter(
    ({ destination }) => destination !== undefined && contains(destination, address),
  );
  if (finding !== undefined) {
    return finding.detail;
  }
  const waits = undecided.find(
    (each) =>
      each.peeringId === peeringId && isHere(each.routeTableId) && contains(each.destination, address),
  );
  return waits === undefined
    ? managementAdvice(assessed, missing, policy)
    : `The policy routes ${waits.destination} to ${peeringId} in ${routeTableId}, and that waits, as something could not be judged: peering plan says what.`;
}
