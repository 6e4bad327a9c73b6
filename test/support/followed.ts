import { isPropagated, type Route, type RouteTable } from '../../lib/model/route-table.ts';
import { readDestination } from '../../lib/network/destination.ts';
import { route } from './fixtures.ts';

/** What a person does who follows what they are told: the commands of a text, done to route tables as EC2 does them, or refused. */

const COMMAND = /aws ec2 ((?:create|replace|delete)-route)((?: --[a-z0-9-]+ [^ ]+)+)/g;

interface Options {
  readonly [option: string]: string | undefined;
}

function optionsOf(text: string): Options {
  return Object.fromEntries(
    [...text.matchAll(/ --([a-z0-9-]+) ([^ ]+)/g)].map(([, name, value]) => [name, value]),
  );
}

function destinationOf(options: Options): string {
  const [v4, v6] = [options['destination-cidr-block'], options['destination-ipv6-cidr-block']];
  const destination = v4 ?? v6 ?? '';
  const family = readDestination(destination)?.family;
  if (family !== (v6 === undefined ? 'ipv4' : 'ipv6')) {
    throw new Error(
      `InvalidParameterValue: ${destination} is no ${v6 === undefined ? 'IPv4' : 'IPv6'} block.`,
    );
  }
  return destination;
}

function routesAfter(action: string, routes: readonly Route[], options: Options): readonly Route[] {
  const destination = destinationOf(options);
  // Beside a propagated route a static one to the same block may stand.
  const isIt = (each: Route) => each.destination === destination && !isPropagated(each);
  const there = routes.some(isIt);
  if (there !== (action !== 'create-route')) {
    throw new Error(
      there ? `RouteAlreadyExists: ${destination}` : `There is no route defined for ${destination}.`,
    );
  }
  const others = routes.filter((each) => !isIt(each));
  const peeringId = options['vpc-peering-connection-id'];
  return peeringId === undefined ? others : [...others, route(destination, peeringId)];
}

/** The tables once every command of the text was done. @throws where EC2 would refuse one, or there is none. */
export function followed(text: string, tables: readonly RouteTable[]): readonly RouteTable[] {
  const commands = [...text.matchAll(COMMAND)];
  if (commands.length === 0) {
    throw new Error(`No command in: ${text}`);
  }
  return commands.reduce((before, [, action = '', said = '']) => {
    const options = optionsOf(said);
    const concerns = (each: RouteTable) =>
      each.routeTableId === options['route-table-id'] && each.region === options.region;
    if (!before.some(concerns)) {
      throw new Error(`InvalidRouteTableID.NotFound: ${options['route-table-id']} in ${options.region}`);
    }
    return before.map((each) =>
      concerns(each) ? { ...each, routes: routesAfter(action, each.routes, options) } : each,
    );
  }, tables);
}

/** The tables once one has another tag: what `aws ec2 create-tags` does. */
export function tagged(
  tables: readonly RouteTable[],
  routeTableId: string,
  value: string,
): readonly RouteTable[] {
  return tables.map((each) =>
    each.routeTableId === routeTableId
      ? { ...each, tags: { ...each.tags, 'peering-autopilot:routes': value } }
      : each,
  );
}

/** The tables once somebody has deleted a route. */
export function without(
  tables: readonly RouteTable[],
  routeTableId: string,
  destination: string,
): readonly RouteTable[] {
  return tables.map((each) =>
    each.routeTableId === routeTableId
      ? { ...each, routes: each.routes.filter((one) => one.destination !== destination) }
      : each,
  );
}
