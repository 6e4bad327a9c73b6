import type { Finding } from '../model/finding.ts';
import { type OptIn, optInOf, selectsRule } from '../model/opt-in.ts';
import type { RouteTable } from '../model/route-table.ts';
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
}

function contains(destination: string, text: string): boolean {
  const [block, address] = [readDestination(destination), asAddress(text)];
  return block !== undefined && address !== undefined && inCidr(block, address);
}

/** What a person does about the tag, where the table does not take the routes of the rule; undefined where it does. */
function tagAdvice(optIn: OptIn, rule: string, tag: string, peeringId: string): string | undefined {
  if (selectsRule(optIn, rule)) {
    return undefined;
  }
  switch (optIn.kind) {
    case 'handed-back':
      return `The table is tagged ${tag} = none: whoever keeps its routes adds one to ${peeringId}.`;
    case 'gateway':
      return `It is the table of a gateway, to which this product writes nothing: add a route to ${peeringId} by hand.`;
    default:
      return `Tag the table ${tag} = * or ${rule}, by which rule ${rule} is routed, or add a route to ${peeringId} by hand.`;
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
    return `No rule of the policy routes ${peeringId}, so a tag brings nothing: add a rule, or a route to ${peeringId} by hand.`;
  }
  const optIn = optInOf(missing.table, policy.tagPrefix);
  return (
    tagAdvice(optIn, decision.rule, `${policy.tagPrefix}:routes`, peeringId) ??
    notWantedText(assessed, missing)
  );
}

/** @returns undefined where the assessment is not about the table or the peering. */
export function adviceOnRoute(
  { views, changes, findings }: Pick<Assessment, 'views' | 'changes' | 'findings'>,
  missing: MissingRoute,
  policy: Policy,
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
    const route = `The policy routes ${change.destination} to ${peeringId} in ${routeTableId}`;
    return change.heldBy === undefined
      ? `${route}, and it is not there yet: the next sweep writes it, or peering apply does now.`
      : `${route}, and that is held for now: peering plan says why.`;
  }
  const [finding] = keepingOut(findings, peeringId, isHere).filter(
    ({ destination }) => destination !== undefined && contains(destination, address),
  );
  return finding?.detail ?? managementAdvice(assessed, missing, policy);
}
