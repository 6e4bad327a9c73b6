import { DescribeRouteTablesCommand, type EC2Client, type Route } from '@aws-sdk/client-ec2';
import ipaddr from 'ipaddr.js';

/** Where a table in the lab leads IPv4 addresses: by AWS's rules alone, not by the product's own code. */

function targetOf({ VpcPeeringConnectionId, GatewayId, State }: Route): string {
  return State === 'blackhole' ? 'dropped' : (VpcPeeringConnectionId ?? GatewayId ?? 'unknown');
}

function longestMatch(routes: readonly Route[], address: string): string {
  const parsed = ipaddr.IPv4.parse(address);
  const best = routes
    .flatMap((route) => {
      if (route.DestinationCidrBlock === undefined) return [];
      const [network, length] = ipaddr.IPv4.parseCIDR(route.DestinationCidrBlock);
      return parsed.match(network, length) ? [{ route, length }] : [];
    })
    .sort((a, b) => b.length - a.length)[0];
  return best === undefined ? 'nowhere' : targetOf(best.route);
}

async function routesOf(ec2: EC2Client, tableId: string): Promise<readonly Route[]> {
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [tableId] }));
  return RouteTables?.[0]?.Routes ?? [];
}

/** @param to an address, or a block of which the first one is asked. */
export async function leadOf(ec2: EC2Client, tableId: string, to: string): Promise<string> {
  const [address = to] = to.split('/');
  return longestMatch(await routesOf(ec2, tableId), address);
}

const PAUSE_MS = 30;

/** Where the table led each address at any time while something was done: of each, every target once, in order. */
export async function ledDuring(
  ec2: EC2Client,
  tableId: string,
  addresses: readonly string[],
  action: () => Promise<unknown>,
): Promise<string[][]> {
  const seen = addresses.map(() => new Set<string>());
  const look = async () => {
    const routes = await routesOf(ec2, tableId);
    for (const [index, address] of addresses.entries()) seen[index]?.add(longestMatch(routes, address));
  };
  let state: 'watching' | 'over' = 'watching';
  const watch = async () => {
    while (state === 'watching') {
      await look();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  await look();
  const watching = watch();
  try {
    await action();
  } finally {
    state = 'over';
    await watching;
  }
  await look();
  return seen.map((targets) => [...targets]);
}
