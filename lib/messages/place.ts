import type { Finding } from '../model/finding.ts';
import { type Names, named, shown } from './text.ts';

export interface Places extends Names {
  /** The VPC of a route table. */
  readonly vpcOf?: (routeTableId: string) => string | undefined;
}

/** `rtb-1 (private-a) of vpc-1 (prod): 10.64.0.0/16`, as far as it is known; empty where nothing is. */
export function placeOf(
  { routeTableId, destination }: Pick<Finding, 'routeTableId' | 'destination'>,
  context: Places,
): string {
  const vpcId = routeTableId === undefined ? undefined : context.vpcOf?.(routeTableId);
  const table = [routeTableId, vpcId].filter((id) => id !== undefined).map((id) => named(id, context));
  return [
    ...(table.length > 0 ? [table.join(' of ')] : []),
    ...(destination ? [shown(destination)] : []),
  ].join(': ');
}
