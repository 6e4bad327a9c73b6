import type { Change } from '../model/change.ts';
import { routeCommand } from '../model/route-command.ts';
import type { Route } from '../model/route-table.ts';

/** That somebody made a route at the destination of a change after the plan was made, and what a person does. */
export function meanwhileText(
  { routeTableId, region, destination, peeringId }: Change,
  found: Route,
): string {
  const command = routeCommand('replace', { region, routeTableId, destination, peeringId });
  return `${routeTableId} in ${region} should route ${destination} to ${peeringId}, but meanwhile routes it to ${found.target.id}, which is left alone. If its addresses shall use the peering, run: ${command} (without a gap, and nothing else moves). Else peering drift says how to leave the destination out.`;
}
