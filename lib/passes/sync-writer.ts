import type { PeeringStatus } from '../model/peering.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { RouteEc2 } from '../ports/route-ec2.ts';
import type { OptionWriter } from './set-options.ts';

/** The writes that a pass over the routes can lead to. */
export interface SyncWriter extends OptionWriter {
  createRoute(region: string, routeTableId: string, destination: string, peeringId: string): Promise<unknown>;
  replaceRoute(
    region: string,
    routeTableId: string,
    destination: string,
    peeringId: string,
  ): Promise<unknown>;
  deleteRoute(region: string, routeTableId: string, destination: string): Promise<unknown>;
  /** From the Region of a side of this account. */
  deletePeering(region: string, peeringId: string): Promise<unknown>;
  tag(
    region: string,
    resourceId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<'done' | 'observed'>;
}

/** Reader and writer as changes of routes need them. */
export function routeEc2({
  reader,
  writer,
}: {
  readonly reader: Pick<NetworkReader, 'readTables' | 'readPeerings'>;
  readonly writer: Pick<SyncWriter, 'createRoute' | 'replaceRoute' | 'deleteRoute'>;
}): RouteEc2 {
  return {
    async readTable(region, routeTableId) {
      const tables = await reader.readTables(region, { routeTableIds: [routeTableId] }, (problem) => {
        // Taken for a table that is gone otherwise.
        throw new Error(problem);
      });
      return tables.find((table) => table.routeTableId === routeTableId);
    },
    async readPeeringStatus(region, peeringId) {
      let shown: PeeringStatus | undefined;
      const peerings = await reader.readPeerings(region, { peeringIds: [peeringId] }, () => {
        // EC2 lists it, whatever it is: its routes must not go as those of one that is not there.
        shown = 'unknown';
      });
      return peerings.find((peering) => peering.peeringId === peeringId)?.status ?? shown;
    },
    createRoute: ({ region, routeTableId, destination, peeringId }) =>
      writer.createRoute(region, routeTableId, destination, peeringId),
    replaceRoute: ({ region, routeTableId, destination, peeringId }) =>
      writer.replaceRoute(region, routeTableId, destination, peeringId),
    deleteRoute: ({ region, routeTableId, destination }) =>
      writer.deleteRoute(region, routeTableId, destination),
  };
}
