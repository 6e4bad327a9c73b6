import { isPrefixListId } from './route-table.ts';

/** A route that a person writes with the AWS CLI. */
export interface RouteByHand {
  readonly call: 'create-route' | 'replace-route' | 'delete-route';
  readonly region: string;
  readonly routeTableId: string;
  /** As the table has it, where it has it. */
  readonly destination: string;
  readonly peeringId: string;
}

function destinationFlag(destination: string): string {
  if (isPrefixListId(destination)) {
    return '--destination-prefix-list-id';
  }
  return destination.includes(':') ? '--destination-ipv6-cidr-block' : '--destination-cidr-block';
}

/** The command that a person can paste. */
export function routeCommand({ call, region, routeTableId, destination, peeringId }: RouteByHand): string {
  const target = call === 'delete-route' ? '' : ` --vpc-peering-connection-id ${peeringId}`;
  return `aws ec2 ${call} --region ${region} --route-table-id ${routeTableId} ${destinationFlag(destination)} ${destination}${target}`;
}
