/** An account with many VPCs as `peering snapshot` saves it: what the command is measured with. The same every time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OWN = '111111111111';
const REGION = 'us-east-1';
const PREFIX = 'peering-autopilot';

/** /20s of 10.0.0.0/8. */
const MOST_VPCS = 4096;

export interface SnapshotShape {
  readonly vpcs: number;
  readonly peerings: number;
  /** Instances of each VPC, with subnets, security groups and network ACLs; left out: of none is anything saved. */
  readonly instances?: number;
  /**
   * `many`: every second VPC is not opted in yet, as in the middle of a rollout, so that its peerings are routed from one side; of
   * the others some routes lead elsewhere, and some tables lead to a prefix list. Left out: `few`.
   */
  readonly findings?: 'few' | 'many';
}

/** What `explain` is measured with. */
export const INHABITED: SnapshotShape = { vpcs: 300, peerings: 1500, instances: 20 };

export const LARGE: SnapshotShape = { vpcs: 2000, peerings: 10_000 };

/** The same in the middle of a rollout. */
export const HALFWAY: SnapshotShape = { ...LARGE, findings: 'many' };

/** Accepts what is inside the account; nothing is left open. */
export const SNAPSHOT_POLICY = `version: 1
tagPrefix: ${PREFIX}
regions: [${REGION}]
rules:
  - name: own-vpcs
    effect: accept
    remote: { accounts: [self] }
`;

const id = (kind: string, index: number) => `${kind}-${index.toString(16).padStart(17, '0')}`;
const block = (vpc: number) => `10.${vpc >> 4}.${(vpc & 15) << 4}.0/20`;
const tags = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([Key, Value]) => ({ Key, Value }));

type State = 'active' | 'pending-acceptance' | 'deleted';

interface Link {
  readonly index: number;
  readonly requester: number;
  readonly accepter: number;
  readonly state: State;
}

/** Every 500th was deleted, every 250th is a request; of the others each VPC has about the same number. */
function linksOf({ vpcs, peerings }: SnapshotShape): Link[] {
  return Array.from({ length: peerings }, (_, index) => {
    const requester = index % vpcs;
    const accepter = (requester + 1 + Math.floor(index / vpcs) * 37) % vpcs;
    const state = index % 500 === 7 ? 'deleted' : index % 250 === 3 ? 'pending-acceptance' : 'active';
    return { index, requester, accepter, state };
  });
}

function side(vpc: number, shows: 'cidrs' | 'nothing') {
  const CidrBlock = block(vpc);
  return {
    ...(shows === 'cidrs' ? { CidrBlock, CidrBlockSet: [{ CidrBlock }] } : {}),
    OwnerId: OWN,
    PeeringOptions: {
      AllowDnsResolutionFromRemoteVpc: false,
      AllowEgressFromLocalClassicLinkToRemoteVpc: false,
      AllowEgressFromLocalVpcToRemoteClassicLink: false,
    },
    VpcId: id('vpc', vpc),
    Region: REGION,
  };
}

function connection({ index, requester, accepter, state }: Link) {
  return {
    AccepterVpcInfo: side(accepter, state === 'active' ? 'cidrs' : 'nothing'),
    ...(state === 'pending-acceptance' ? { ExpirationTime: '2099-12-01T00:00:00+00:00' } : {}),
    RequesterVpcInfo: side(requester, state === 'deleted' ? 'nothing' : 'cidrs'),
    Status: { Code: state, Message: state },
    Tags: tags({ Name: `team-${requester}-to-${accepter}`, [`${PREFIX}:decision`]: 'accept' }),
    VpcPeeringConnectionId: id('pcx', index),
  };
}

function vpcAnswer(vpc: number) {
  return {
    OwnerId: OWN,
    InstanceTenancy: 'default',
    CidrBlockAssociationSet: [
      {
        AssociationId: id('vpc-cidr-assoc', vpc),
        CidrBlock: block(vpc),
        CidrBlockState: { State: 'associated' },
      },
    ],
    IsDefault: false,
    Tags: tags({ Name: `team-${vpc}`, Environment: vpc % 3 === 0 ? 'prod' : 'test' }),
    VpcId: id('vpc', vpc),
    State: 'available',
    CidrBlock: block(vpc),
    DhcpOptionsId: id('dopt', 1),
  };
}

function local(vpc: number) {
  return {
    DestinationCidrBlock: block(vpc),
    GatewayId: 'local',
    Origin: 'CreateRouteTable',
    State: 'active',
  };
}

/** Every tenth VPC leads to a list, the next two hundred to the same ones again. */
const LIST_EVERY = 10;

const LISTS = 20;

function listOf(vpc: number): string {
  return id('pl', (vpc / LIST_EVERY) % LISTS);
}

/** Fifty blocks, ten of them parts of what VPCs that lead to the list are peered with. */
function entriesOf(list: number): readonly string[] {
  const apart = Array.from({ length: 40 }, (_, nth) => `172.${16 + (list % 16)}.${nth}.0/24`);
  const ofPeers = Array.from({ length: 10 }, (_, nth) => {
    const peer = (list + nth * LISTS) * LIST_EVERY + 1;
    return block(peer).replace('/20', '/26');
  });
  return [...apart, ...ofPeers];
}

function prefixLists() {
  const lists = Array.from({ length: LISTS }, (_, list) => list);
  return {
    ManagedPrefixLists: {
      PrefixLists: lists.map((list) => ({
        PrefixListId: id('pl', list),
        AddressFamily: 'IPv4',
        State: 'create-complete',
        PrefixListName: `list-${list}`,
        MaxEntries: 100,
        OwnerId: OWN,
        Version: 1,
      })),
    },
    PrefixListEntries: {
      PrefixListEntries: Object.fromEntries(
        lists.map((list) => [id('pl', list), entriesOf(list).map((Cidr) => ({ Cidr }))]),
      ),
    },
  };
}

function toTransitGateway(
  destination: { readonly DestinationCidrBlock: string } | { readonly DestinationPrefixListId: string },
) {
  return {
    ...destination,
    Origin: 'CreateRoute',
    State: 'active',
    TransitGatewayId: 'tgw-0123456789abcdef0',
  };
}

/** What a table has where much is found. */
function halfwayRoutes(vpc: number, routes: readonly ReturnType<typeof linkRoutes>[number][]) {
  if (vpc % 2 === 1) {
    return [];
  }
  return [
    ...routes.map((route, index) =>
      (vpc + index) % 11 === 0
        ? toTransitGateway({ DestinationCidrBlock: route.DestinationCidrBlock })
        : route,
    ),
    ...(vpc % LIST_EVERY === 0 ? [toTransitGateway({ DestinationPrefixListId: listOf(vpc) })] : []),
  ];
}

/** Every route is there but every 97th, and those of deleted peerings still are. */
function linkRoutes(vpc: number, links: readonly Link[]) {
  return links
    .filter(({ index, state }) => state === 'deleted' || (state === 'active' && index % 97 !== 0))
    .map(({ index, requester, accepter, state }) => ({
      DestinationCidrBlock: block(requester === vpc ? accepter : requester),
      Origin: 'CreateRoute',
      State: state === 'active' ? 'active' : 'blackhole',
      VpcPeeringConnectionId: id('pcx', index),
    }));
}

/** The table of the tagged subnets. */
function routedTable(vpc: number, links: readonly Link[], findings: SnapshotShape['findings']) {
  const isTagged = findings !== 'many' || vpc % 2 === 0;
  const all = linkRoutes(vpc, links);
  const routes = findings === 'many' ? halfwayRoutes(vpc, all) : all;
  return {
    Associations: [0, 1, 2].map((subnet) => ({
      Main: false,
      RouteTableAssociationId: id('rtbassoc', vpc * 4 + subnet),
      RouteTableId: id('rtb', vpc * 2),
      SubnetId: id('subnet', vpc * 4 + subnet),
      AssociationState: { State: 'associated' },
    })),
    PropagatingVgws: [],
    RouteTableId: id('rtb', vpc * 2),
    Routes: [local(vpc), ...routes],
    Tags: tags({ Name: `private-${vpc}`, ...(isTagged ? { [`${PREFIX}:routes`]: '*' } : {}) }),
    VpcId: id('vpc', vpc),
    OwnerId: OWN,
  };
}

function mainTable(vpc: number) {
  return {
    Associations: [
      {
        Main: true,
        RouteTableAssociationId: id('rtbassoc', vpc * 4 + 3),
        RouteTableId: id('rtb', vpc * 2 + 1),
        AssociationState: { State: 'associated' },
      },
    ],
    PropagatingVgws: [],
    RouteTableId: id('rtb', vpc * 2 + 1),
    Routes: [
      local(vpc),
      {
        DestinationCidrBlock: '0.0.0.0/0',
        GatewayId: id('igw', vpc),
        Origin: 'CreateRoute',
        State: 'active',
      },
    ],
    Tags: [],
    VpcId: id('vpc', vpc),
    OwnerId: OWN,
  };
}

const address = (vpc: number, subnet: number, host: number) =>
  `10.${vpc >> 4}.${((vpc & 15) << 4) + subnet}.${host + 10}`;

/** Three subnets, a group with fifty rules and an ACL of a VPC. */
function places(vpc: number) {
  const VpcId = id('vpc', vpc);
  const subnets = [0, 1, 2].map((subnet) => ({
    SubnetId: id('subnet', vpc * 4 + subnet),
    VpcId,
    CidrBlock: `10.${vpc >> 4}.${((vpc & 15) << 4) + subnet}.0/24`,
    AvailabilityZoneId: `use1-az${subnet + 1}`,
    Tags: tags({ Name: `private-${vpc}-${subnet}` }),
  }));
  const rules = Array.from({ length: 50 }, (_, index) => ({
    IpProtocol: 'tcp',
    FromPort: 5000 + index,
    ToPort: 5000 + index,
    IpRanges: [{ CidrIp: '10.0.0.0/8' }],
    UserIdGroupPairs: [{ GroupId: id('sg', (vpc + 1) % 7), UserId: OWN }],
  }));
  const group = {
    GroupId: id('sg', vpc),
    VpcId,
    IpPermissions: rules,
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  };
  const entry = (Egress: boolean) => ({
    RuleNumber: 100,
    Egress,
    RuleAction: 'allow',
    Protocol: '-1',
    CidrBlock: '0.0.0.0/0',
  });
  const acl = {
    NetworkAclId: id('acl', vpc),
    VpcId,
    Associations: subnets.map(({ SubnetId }) => ({ SubnetId })),
    Entries: [entry(false), entry(true)],
  };
  return { subnets, group, acl };
}

/** An instance with its interface, as both calls show it. */
function machine(vpc: number, index: number) {
  const number = vpc * 1000 + index;
  const subnet = index % 3;
  const one = {
    NetworkInterfaceId: id('eni', number),
    VpcId: id('vpc', vpc),
    SubnetId: id('subnet', vpc * 4 + subnet),
    PrivateIpAddress: address(vpc, subnet, index),
    PrivateIpAddresses: [{ PrivateIpAddress: address(vpc, subnet, index), Primary: true }],
    Groups: [{ GroupId: id('sg', vpc) }],
    OwnerId: OWN,
  };
  const instance = {
    InstanceId: id('i', number),
    VpcId: one.VpcId,
    SubnetId: one.SubnetId,
    PrivateIpAddress: one.PrivateIpAddress,
    State: { Name: 'running' },
    SecurityGroups: one.Groups,
    NetworkInterfaces: [{ ...one, Attachment: { DeviceIndex: 0 } }],
    Tags: tags({ Name: `machine-${vpc}-${index}` }),
  };
  return {
    interface: { ...one, Attachment: { InstanceId: instance.InstanceId, DeviceIndex: 0 } },
    reservation: { OwnerId: OWN, Instances: [instance] },
  };
}

function insides(vpcs: readonly number[], instances: number) {
  const within = vpcs.map(places);
  const machines = vpcs.flatMap((vpc) =>
    Array.from({ length: instances }, (_, index) => machine(vpc, index)),
  );
  return {
    Subnets: within.flatMap(({ subnets }) => subnets),
    SecurityGroups: within.map(({ group }) => group),
    NetworkAcls: within.map(({ acl }) => acl),
    NetworkInterfaces: machines.map((each) => each.interface),
    Reservations: machines.map(({ reservation }) => reservation),
  };
}

/** @returns the files that were written. */
export function writeExistingSnapshot(directory: string, shape: SnapshotShape): string[] {
  if (shape.vpcs > MOST_VPCS) {
    throw new Error(`There are blocks for ${MOST_VPCS} VPCs, not for ${shape.vpcs}.`);
  }
  const links = linksOf(shape);
  const linksOfVpc = new Map<number, Link[]>();
  for (const link of links) {
    for (const vpc of [link.requester, link.accepter]) {
      const own = linksOfVpc.get(vpc);
      if (own === undefined) linksOfVpc.set(vpc, [link]);
      else own.push(link);
    }
  }
  const vpcs = Array.from({ length: shape.vpcs }, (_, vpc) => vpc);
  const place = join(directory, 'accounts', OWN, REGION);
  mkdirSync(place, { recursive: true });
  const answers = {
    VpcPeeringConnections: links.map(connection),
    RouteTables: vpcs.flatMap((vpc) => [
      routedTable(vpc, linksOfVpc.get(vpc) ?? [], shape.findings),
      mainTable(vpc),
    ]),
    Vpcs: vpcs.map(vpcAnswer),
    ...(shape.instances === undefined ? {} : insides(vpcs, shape.instances)),
  };
  const files = {
    ...Object.fromEntries(Object.entries(answers).map(([name, items]) => [name, { [name]: items }])),
    ...(shape.findings === 'many' ? prefixLists() : {}),
  };
  return Object.entries(files).map(([name, content]) => {
    const file = join(place, `${name}.json`);
    // As the AWS CLI writes them.
    writeFileSync(file, JSON.stringify(content, undefined, 4));
    return file;
  });
}
