import {
  CreateRouteCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  RejectVpcPeeringConnectionCommand,
  ReplaceRouteCommand,
  type RouteTable,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import type { LabVpc } from '../test/support/lab-account.ts';
import { clearVpcs } from './clear-vpcs.ts';
import { createVpcWithNames, type Flow, type PreparedFlow, quietClient, tagLines } from './flows.ts';
import { OWN, type Stack } from './stack.ts';

/** VPCs of the own account by name, and one each of two others. */
interface Network {
  readonly own: Readonly<Record<'a' | 'b' | 'c' | 'd', LabVpc>>;
  /** Of the account whose requests the policy rejects. */
  readonly far: LabVpc;
  /** Of the account that no rule is about. */
  readonly farther: LabVpc;
}

function peeringLines(peering: VpcPeeringConnection): string[] {
  const name = peering.VpcPeeringConnectionId ?? '';
  const status = peering.Status?.Code;
  const side = (which: 'Requester' | 'Accepter') => {
    const options = peering[`${which}VpcInfo`]?.PeeringOptions;
    return options?.AllowDnsResolutionFromRemoteVpc === true ? [`${name} ${which} resolves DNS`] : [];
  };
  return [
    `${name} ${status}`,
    ...(status === 'active' ? [...side('Requester'), ...side('Accepter')] : []),
    ...(status === 'deleted' ? [] : tagLines(name, peering.Tags)),
  ];
}

function routeLines({ RouteTableId, Routes = [] }: RouteTable): string[] {
  return Routes.map(
    (route) =>
      `${RouteTableId} ${route.DestinationCidrBlock} -> ${route.VpcPeeringConnectionId ?? route.GatewayId} ${route.State}`,
  );
}

/** Part of a VPC's /24. */
function partOf({ cidr }: LabVpc): string {
  return cidr.replace('.0/24', '.64/26');
}

/** Requests, decisions, routes, options, drift of every kind that is repaired, and the end of a peering. */
class PreparedRoutes implements PreparedFlow {
  readonly #stack: Stack;
  readonly #quiet: EC2Client;
  readonly #network: Network;
  /** By name. */
  readonly #peerings: Record<string, string>;

  constructor(
    stack: Stack,
    options: {
      readonly quiet: EC2Client;
      readonly network: Network;
      readonly peerings: Readonly<Record<string, string>>;
    },
  ) {
    this.#stack = stack;
    this.#quiet = options.quiet;
    this.#network = options.network;
    this.#peerings = { ...options.peerings };
  }

  async act(): Promise<void> {
    const { own, rejected, stranger } = this.#stack;
    const { far, farther } = this.#network;
    const { a, b, c, d } = this.#network.own;
    this.#peerings.fresh = await own.request(c, d);
    this.#peerings.refused = await rejected.request(far, b, { accountId: OWN });
    this.#peerings.held = await stranger.request(farther, b, { accountId: OWN });
    const ended = { VpcPeeringConnectionId: this.#id('ended') };
    await own.ec2.send(new DeleteVpcPeeringConnectionCommand(ended));
    const deleted = { RouteTableId: a.tableId, DestinationCidrBlock: b.cidr };
    await own.ec2.send(new DeleteRouteCommand(deleted));
    const elsewhere = { RouteTableId: b.tableId, VpcPeeringConnectionId: this.#id('other') };
    await own.ec2.send(new ReplaceRouteCommand({ ...elsewhere, DestinationCidrBlock: a.cidr }));
    await own.ec2.send(new CreateRouteCommand({ ...elsewhere, DestinationCidrBlock: partOf(c) }));
    await this.#sweep();
  }

  settle(): Promise<void> {
    return this.#sweep();
  }

  async state(): Promise<readonly string[]> {
    const { VpcPeeringConnections = [] } = await this.#stack.own.ec2.send(
      new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: Object.values(this.#peerings) }),
    );
    const tables = await this.#tables(this.#vpcs().map(({ tableId }) => tableId));
    return [...VpcPeeringConnections.flatMap(peeringLines), ...tables.flatMap(routeLines)]
      .map((line) => this.#readable(line))
      .sort();
  }

  async foreign(): Promise<readonly string[]> {
    const vpcs = this.#vpcs();
    const plain = await this.#tables(vpcs.map(({ plainTableId }) => plainTableId));
    const { Vpcs = [] } = await this.#stack.own.ec2.send(
      new DescribeVpcsCommand({ VpcIds: vpcs.map(({ vpcId }) => vpcId) }),
    );
    const opted = await this.#tables(vpcs.map(({ tableId }) => tableId));
    return [
      ...[...plain, ...Vpcs].map((each) => JSON.stringify(each)),
      ...opted.map(({ RouteTableId, Tags, Associations }) =>
        JSON.stringify({ RouteTableId, Tags, Associations }),
      ),
    ].sort();
  }

  async clearAway(): Promise<void> {
    for (const name of ['kept', 'other', 'fresh']) {
      const which = { VpcPeeringConnectionId: this.#id(name) };
      await this.#quiet.send(new DeleteVpcPeeringConnectionCommand(which));
    }
    // A request of another account can only be rejected from here.
    const held = { VpcPeeringConnectionId: this.#id('held') };
    await this.#quiet.send(new RejectVpcPeeringConnectionCommand(held));
    await clearVpcs(
      this.#quiet,
      this.#vpcs().map(({ vpcId }) => vpcId),
    );
  }

  #vpcs(): readonly LabVpc[] {
    return Object.values(this.#network.own);
  }

  #id(name: string): string {
    const known = this.#peerings[name];
    if (known === undefined) {
      throw new Error(`The flow has made no peering ${name} yet.`);
    }
    return known;
  }

  async #sweep(): Promise<void> {
    await this.#stack.fire('sweep');
    await this.#stack.idle();
  }

  async #tables(tableIds: readonly string[]): Promise<readonly RouteTable[]> {
    const { RouteTables = [] } = await this.#stack.own.ec2.send(
      new DescribeRouteTablesCommand({ RouteTableIds: [...tableIds] }),
    );
    return RouteTables;
  }

  /** Ids and CIDRs of this run by their names. */
  #readable(text: string): string {
    let named = text;
    for (const [name, peeringId] of Object.entries(this.#peerings)) {
      named = named.replaceAll(peeringId, name);
    }
    for (const [name, vpc] of Object.entries(this.#network.own)) {
      named = named
        .replaceAll(vpc.cidr, `cidr-${name}`)
        .replaceAll(partOf(vpc), `part-of-${name}`)
        .replaceAll(vpc.tableId, `table-${name}`)
        .replaceAll(vpc.plainTableId, `plain-${name}`)
        .replaceAll(vpc.vpcId, `vpc-${name}`);
    }
    return named;
  }
}

export async function createRoutesFlow(stack: Stack): Promise<Flow> {
  const { own, rejected, stranger } = stack;
  const quiet = await quietClient(stack.url);
  let blocks = 0;

  /** 10.4.0.0/24 and on, each used once. */
  function block(): string {
    blocks += 1;
    return `10.${4 + Math.floor(blocks / 256)}.${blocks % 256}.0/24`;
  }

  const vpc = () => createVpcWithNames(own, block(), { CostCenter: '4711' });

  async function prepare(): Promise<PreparedFlow> {
    const [a, b, c, d] = [await vpc(), await vpc(), await vpc(), await vpc()];
    const [far, farther] = [await rejected.createVpc(block()), await stranger.createVpc(block())];
    const peerings = {
      kept: await own.request(a, b),
      ended: await own.request(a, c),
      other: await own.request(b, c),
    };
    await stack.idle();
    return new PreparedRoutes(stack, { quiet, network: { own: { a, b, c, d }, far, farther }, peerings });
  }
  return { name: 'routes', prepare };
}
