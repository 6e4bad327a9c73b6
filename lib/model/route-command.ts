import { readDestination } from '../network/destination.ts';
import type { ChangeAction } from './change.ts';
import { shellWord } from './shell-word.ts';

/** A route, by what the AWS CLI asks for. */
export interface CommandedRoute {
  readonly region: string;
  readonly routeTableId: string;
  /** A block. Of a prefix list no route is made by hand on advice. */
  readonly destination: string;
  readonly peeringId: string;
}

/** The command by which a person does to a route of a peering what the product would: to be pasted, whatever Region or family it is of. */
export function routeCommand(
  action: ChangeAction,
  { region, routeTableId, destination, peeringId }: CommandedRoute,
): string {
  const option =
    readDestination(destination)?.family === 'ipv6'
      ? 'destination-ipv6-cidr-block'
      : 'destination-cidr-block';
  const to = action === 'delete' ? '' : ` --vpc-peering-connection-id ${shellWord(peeringId)}`;
  return `aws ec2 ${action}-route --region ${shellWord(region)} --route-table-id ${shellWord(routeTableId)} --${option} ${shellWord(destination)}${to}`;
}
