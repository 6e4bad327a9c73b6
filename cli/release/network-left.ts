import {
  DeleteTagsCommand,
  type EC2Client,
  paginateDescribeVpcPeeringConnections,
} from '@aws-sdk/client-ec2';
import { namingCall } from '../../lib/aws/call-error.ts';
import { createEc2Clients } from '../../lib/aws/ec2-clients.ts';
import { createMemory } from '../../lib/aws/memory.ts';
import { createNetworkReader } from '../../lib/aws/reads.ts';
import { createEc2Writer } from '../../lib/aws/writes.ts';
import { type Freeze, freezeNote } from '../../lib/model/freeze.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { type OwnRouteInPlace, ownRoutesInPlace } from './own-in-place.ts';
import type { WaitOptions } from './wait.ts';

/** What the product made in the network, for `peering remove`: to say what stays, or to take it along. */

export interface NetworkLeft {
  readonly routes: readonly OwnRouteInPlace[];
  /** Peerings with tags of the product. */
  readonly marked: readonly { readonly region: string; readonly peeringId: string }[];
}

/** The registry that knows it. */
export interface LeftAsked {
  readonly table: string;
  /** Of the table. */
  readonly home: string;
  readonly regions: readonly string[];
  readonly tagPrefix: string;
}

/** On peerings. On route tables and instances people set the product's tags, so those are not touched. */
const MARKS = ['decision', 'rule', 'decided-at', 'decided-by', 'routes-synced-at', 'reminded-at'];

async function markedIn(ec2: EC2Client, region: string, tagPrefix: string): Promise<NetworkLeft['marked']> {
  const keys = MARKS.map((mark) => `${tagPrefix}:${mark}`);
  const asked = { Filters: [{ Name: 'tag-key', Values: keys }] };
  const found: { readonly region: string; readonly peeringId: string }[] = [];
  await namingCall('DescribeVpcPeeringConnections', region, 'peerings', async () => {
    for await (const page of paginateDescribeVpcPeeringConnections({ client: ec2 }, asked)) {
      for (const { VpcPeeringConnectionId: peeringId } of page.VpcPeeringConnections ?? []) {
        if (peeringId !== undefined) found.push({ region, peeringId });
      }
    }
  });
  return found;
}

/** Reads the registry, and what of it is still in the tables. */
export async function readNetworkLeft({ table, home, regions, tagPrefix }: LeftAsked): Promise<NetworkLeft> {
  const memory = createMemory(table, home, { mode: 'observe' });
  const clients = createEc2Clients();
  const reader = createNetworkReader(clients, () => undefined);
  const perRegion = await Promise.all(
    regions.map(async (region) => {
      const { routes } = await memory.read(region);
      const tables =
        routes.size === 0 ? [] : await reader.readTables(region, { routeTableIds: [...routes.keys()] });
      return {
        routes: ownRoutesInPlace(routes, tables),
        marked: await markedIn(clients.forRegion(region), region, tagPrefix),
      };
    }),
  );
  return {
    routes: perRegion.flatMap(({ routes }) => routes),
    marked: perRegion.flatMap(({ marked }) => marked),
  };
}

/** So many tags of resources are deleted by one call (EC2 API reference, DeleteTags: up to 1,000 resources). */
const RESOURCES_A_CALL = 500;

async function unmark(
  { marked }: NetworkLeft,
  tagPrefix: string,
  clients: ReturnType<typeof createEc2Clients>,
): Promise<void> {
  const Tags = MARKS.map((mark) => ({ Key: `${tagPrefix}:${mark}` }));
  for (const region of new Set(marked.map((each) => each.region))) {
    const ids = marked.filter((each) => each.region === region).map(({ peeringId }) => peeringId);
    for (let start = 0; start < ids.length; start += RESOURCES_A_CALL) {
      const Resources = ids.slice(start, start + RESOURCES_A_CALL);
      await namingCall('DeleteTags', region, `${Resources.length} peerings`, () =>
        clients.forRegion(region).send(new DeleteTagsCommand({ Resources, Tags })),
      );
    }
  }
}

/**
 * Deletes the own routes and the product's tags. The Regions are frozen first, or the functions would put the routes back;
 * interrupted, the freeze stays, and a second run goes on.
 */
export async function takeNetworkAlong(
  asked: LeftAsked,
  left: NetworkLeft,
  by: Pick<Freeze, 'by'>,
  { progress, sleep }: WaitOptions,
): Promise<void> {
  const memory = createMemory(asked.table, asked.home, { mode: 'enforce' });
  const since = Math.floor(Date.now() / 1000);
  progress('freezing the Regions');
  for (const region of asked.regions) {
    await memory.update(region, [freezeNote({ ...by, because: 'peering remove --all', since })]);
  }
  const clients = createEc2Clients();
  const writer = createEc2Writer(clients, { mode: 'enforce', onWrite: () => undefined });
  const pace = createPace({ now: Date.now, sleep });
  // What was read before the freeze may have changed until it held.
  const { routes } = await readNetworkLeft(asked);
  for (const [index, { region, routeTableId, destination }] of routes.entries()) {
    progress(`deleting own routes, ${index + 1} of ${routes.length}`);
    await pace.take(region, 'DeleteRoute');
    await writer.deleteRoute(region, routeTableId, destination);
  }
  progress('removing tags of the product');
  await unmark(left, asked.tagPrefix, clients);
}
