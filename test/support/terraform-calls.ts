import type { AwsCli } from './aws-cli.ts';

/**
 * What `terraform apply` calls for tables, routes and peerings, as lines for the AWS CLI. It follows Terraform's AWS provider
 * (hashicorp/terraform-provider-aws, internal/service/ec2: vpc_route_table, vpc_default_route_table, vpc_peering_connection,
 * vpc_peering_connection_accepter): what it reads, what counts as a difference, and in which order it calls. Terraform itself
 * is not run. A plan without lines is one that Terraform shows as _No changes_.
 */

export interface TableResource {
  readonly id: string;
  /** By destination. Left out as in a configuration without `route`: then Terraform leaves all routes as they are. */
  readonly route?: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** `lifecycle { ignore_changes = [route] }`. */
  readonly ignoreChanges?: readonly 'route'[];
}

export interface PeeringResource {
  readonly vpcId: string;
  readonly peerVpcId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly autoAccept?: true;
}

/** `provider "aws"`. */
export interface ProviderSettings {
  /** `ignore_tags { keys }`. */
  readonly ignoredKeys: readonly string[];
}

interface ReadRoute {
  readonly DestinationCidrBlock?: string;
  readonly GatewayId?: string;
  readonly VpcPeeringConnectionId?: string;
  readonly Origin?: string;
}

interface ReadTag {
  readonly Key: string;
  readonly Value: string;
}

function targetOption(target: string): string {
  return target.startsWith('pcx-') ? `--vpc-peering-connection-id ${target}` : `--gateway-id ${target}`;
}

/** First what goes, then what comes. */
function tagLines(
  id: string,
  found: readonly ReadTag[],
  wanted: Readonly<Record<string, string>>,
  { ignoredKeys }: ProviderSettings,
): string[] {
  const seen = found.filter(({ Key }) => !ignoredKeys.includes(Key));
  const gone = seen.filter(({ Key }) => wanted[Key] === undefined).map(({ Key }) => `Key=${Key}`);
  const come = Object.entries(wanted)
    .filter(([key, value]) => !seen.some(({ Key, Value }) => Key === key && Value === value))
    .map(([key, value]) => `Key=${key},Value=${value}`);
  return [
    ...(gone.length === 0 ? [] : [`ec2 delete-tags --resources ${id} --tags ${gone.sort().join(' ')}`]),
    ...(come.length === 0 ? [] : [`ec2 create-tags --resources ${id} --tags ${come.sort().join(' ')}`]),
  ];
}

/** The routes that the provider reads into its state: neither local nor propagated ones. */
function managedRoutes(routes: readonly ReadRoute[]): Map<string, string> {
  return new Map(
    routes
      .filter(({ GatewayId, Origin }) => GatewayId !== 'local' && Origin !== 'EnableVgwRoutePropagation')
      .map((route) => [
        route.DestinationCidrBlock ?? '',
        route.VpcPeeringConnectionId ?? route.GatewayId ?? '',
      ]),
  );
}

/** Routes are made and turned first, then those deleted that the configuration does not have. */
function routeLines({ id, route: wanted, ignoreChanges = [] }: TableResource, found: Map<string, string>) {
  if (wanted === undefined || ignoreChanges.includes('route')) {
    return [];
  }
  const call = (verb: string, destination: string, rest = '') =>
    `ec2 ${verb} --route-table-id ${id} --destination-cidr-block ${destination}${rest}`;
  return [
    ...Object.entries(wanted)
      .filter(([destination, target]) => found.get(destination) !== target)
      .map(([destination, target]) =>
        call(
          found.has(destination) ? 'replace-route' : 'create-route',
          destination,
          ` ${targetOption(target)}`,
        ),
      ),
    ...[...found.keys()]
      .filter((destination) => wanted[destination] === undefined)
      .map((destination) => call('delete-route', destination)),
  ];
}

export interface Terraform {
  planTable(table: TableResource): Promise<string[]>;
  planPeeringTags(peeringId: string, tags: PeeringResource['tags']): Promise<string[]>;
  apply(lines: readonly string[]): Promise<void>;
  /** `aws_default_route_table` that is not in the state yet: every route goes, then those of the configuration come. */
  adoptDefaultTable(table: TableResource): Promise<void>;
  createPeering(peering: PeeringResource): Promise<string>;
  /** `aws_vpc_peering_connection_accepter { auto_accept = true }`. */
  createAccepter(peeringId: string): Promise<'accepted' | 'was accepted'>;
}

export function terraform(aws: AwsCli, provider: ProviderSettings): Terraform {
  const read = async (line: string): Promise<unknown> => JSON.parse(await aws(`${line} --output json`));
  const readTable = async (id: string) => {
    const [routes, tags] = (await read(
      `ec2 describe-route-tables --route-table-ids ${id} --query RouteTables[0].[Routes,Tags]`,
    )) as [ReadRoute[], ReadTag[]];
    return { routes: managedRoutes(routes), tags };
  };
  const statusOf = (peeringId: string) =>
    aws(
      `ec2 describe-vpc-peering-connections --vpc-peering-connection-ids ${peeringId} --query VpcPeeringConnections[0].Status.Code`,
    );
  const apply = async (lines: readonly string[]) => {
    for (const line of lines) await aws(line);
  };
  const acceptPending = async (peeringId: string) => {
    if ((await statusOf(peeringId)) !== 'pending-acceptance') {
      return 'was accepted';
    }
    await aws(`ec2 accept-vpc-peering-connection --vpc-peering-connection-id ${peeringId}`);
    return 'accepted';
  };
  return {
    apply,
    async planTable(table) {
      const { routes, tags } = await readTable(table.id);
      return [...tagLines(table.id, tags, table.tags, provider), ...routeLines(table, routes)];
    },
    async planPeeringTags(peeringId, wanted) {
      const found = (await read(
        `ec2 describe-vpc-peering-connections --vpc-peering-connection-ids ${peeringId} --query VpcPeeringConnections[0].Tags`,
      )) as ReadTag[] | null;
      return tagLines(peeringId, found ?? [], wanted, provider);
    },
    async adoptDefaultTable({ id, route = {} }) {
      const { routes } = await readTable(id);
      await apply(routeLines({ id, route: {}, tags: {} }, routes));
      await apply(routeLines({ id, route, tags: {} }, new Map()));
    },
    async createPeering({ vpcId, peerVpcId, tags, autoAccept }) {
      const list = Object.entries(tags)
        .map(([key, value]) => `{Key=${key},Value=${value}}`)
        .join(',');
      const id = await aws(
        `ec2 create-vpc-peering-connection --vpc-id ${vpcId} --peer-vpc-id ${peerVpcId} --tag-specifications ResourceType=vpc-peering-connection,Tags=[${list}] --query VpcPeeringConnection.VpcPeeringConnectionId`,
      );
      if (autoAccept) await acceptPending(id);
      return id;
    },
    createAccepter: acceptPending,
  };
}
