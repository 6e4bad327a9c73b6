import type { RegionInventory } from '../../lib/model/inventory.ts';
import type { PeerSubnet, PeerSubnets } from '../../lib/model/peer-subnets.ts';
import type { Peering, PeeringSide, PeeringStatus, Vpc } from '../../lib/model/peering.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable, RouteTargetKind } from '../../lib/model/route-table.ts';
import { type Policy, policySchema } from '../../lib/policy/schema.ts';

/** Account numbers of the tests: ours, a peer that policies name, and one that none names. */
export const OWN = '111111111111';
export const PEER = '222222222222';
export const STRANGER = '333333333333';
export const REGION = 'us-east-1';
export const PREFIX = 'peering-autopilot';

/** What a policy file may leave out is filled in with the schema's defaults. */
export function policyOf(parts: Record<string, unknown> = {}): Policy {
  return policySchema.parse({
    version: 1,
    tagPrefix: PREFIX,
    regions: [REGION],
    rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] } }],
    ...parts,
  });
}

export function vpc(vpcId: string, cidrs: readonly string[], parts: Partial<Vpc> = {}): Vpc {
  return { vpcId, accountId: OWN, region: REGION, cidrs, tags: {}, ...parts };
}

function sideOf({ vpcId, accountId, region, cidrs }: Vpc): PeeringSide {
  return { vpcId, accountId, region, cidrs };
}

export interface PeeringParts {
  readonly status?: PeeringStatus;
  readonly tags?: Readonly<Record<string, string>>;
  readonly requesterDns?: boolean;
}

/** A peering as EC2 shows it: the accepter's CIDRs are hidden until it is accepted, both are once it is dead. */
export function peering(peeringId: string, requester: Vpc, accepter: Vpc, parts: PeeringParts = {}): Peering {
  const status = parts.status ?? 'active';
  const live = status === 'active' || status === 'provisioning';
  const pending = status === 'pending-acceptance';
  return {
    peeringId,
    status,
    statusMessage: status,
    requester: {
      ...sideOf(requester),
      cidrs: live || pending ? requester.cidrs : [],
      ...(parts.requesterDns === undefined ? {} : { dnsResolution: parts.requesterDns }),
    },
    accepter: { ...sideOf(accepter), cidrs: live ? accepter.cidrs : [] },
    tags: parts.tags ?? {},
  };
}

/** The tag of a peering whose routes were all in place once, whichever they were. */
export const SYNCED = { [`${PREFIX}:routes-synced-at`]: '2026-01-31T12:00:00.000Z' };

const KINDS: readonly (readonly [string, RouteTargetKind])[] = [
  ['local', 'local'],
  ['pcx-', 'peering'],
  ['igw-', 'internet-gateway'],
  ['nat-', 'nat-gateway'],
  ['tgw-', 'transit-gateway'],
  ['vgw-', 'virtual-private-gateway'],
  ['vpce-', 'vpc-endpoint'],
  ['eni-', 'network-interface'],
];

/** @param targetId its prefix says what kind of target it is. */
export function route(destination: string, targetId: string, parts: Partial<Route> = {}): Route {
  const kind = KINDS.find(([start]) => targetId.startsWith(start))?.[1] ?? 'unknown';
  return {
    destination,
    target: { kind, id: targetId },
    state: 'active',
    origin: kind === 'local' ? 'CreateRouteTable' : 'CreateRoute',
    ...parts,
  };
}

export interface TableParts {
  /** Value of the tag `<prefix>:routes`; left out: no such tag. */
  readonly optIn?: string;
  readonly gatewayId?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A table of the VPC that holds the VPC's local routes and the given ones. */
export function table(
  routeTableId: string,
  of: Vpc,
  routes: readonly Route[],
  parts: TableParts = {},
): RouteTable {
  return {
    routeTableId,
    vpcId: of.vpcId,
    region: of.region,
    tags: { ...parts.tags, ...(parts.optIn === undefined ? {} : { [`${PREFIX}:routes`]: parts.optIn }) },
    routes: [...of.cidrs.map((cidr) => route(cidr, 'local')), ...routes],
    associations: [
      {
        main: false,
        ...(parts.gatewayId === undefined
          ? { subnetId: `subnet-of-${routeTableId}` }
          : { gatewayId: parts.gatewayId }),
      },
    ],
  };
}

/** A list of ours. Without CIDRs its entries could not be read. */
export function prefixList(
  prefixListId: string,
  cidrs: readonly string[] | undefined,
  parts: Partial<PrefixList> = {},
): PrefixList {
  return {
    prefixListId,
    name: prefixListId,
    owner: 'customer',
    ...(cidrs === undefined ? { problem: 'not permitted' } : { cidrs, maxEntries: cidrs.length }),
    ...parts,
  };
}

/** @param cidrs one, or more where it has IPv6 as well. */
export function subnet(
  subnetId: string,
  of: Vpc,
  cidrs: string | readonly string[],
  tags: Readonly<Record<string, string>> = {},
): PeerSubnet {
  return { subnetId, vpcId: of.vpcId, cidrs: typeof cidrs === 'string' ? [cidrs] : cidrs, tags };
}

export function inventory(parts: {
  readonly vpcs: readonly Vpc[];
  readonly peerings: readonly Peering[];
  readonly tables: readonly RouteTable[];
  readonly prefixLists?: readonly PrefixList[];
  /** By VPC; left out: none was read. */
  readonly peerSubnets?: Readonly<Record<string, PeerSubnets>>;
}): RegionInventory {
  return {
    accountId: OWN,
    region: REGION,
    peerings: parts.peerings,
    vpcs: new Map(parts.vpcs.map((each) => [each.vpcId, each])),
    tables: parts.tables,
    ...(parts.prefixLists === undefined
      ? {}
      : { prefixLists: new Map(parts.prefixLists.map((list) => [list.prefixListId, list])) }),
    ...(parts.peerSubnets === undefined ? {} : { peerSubnets: new Map(Object.entries(parts.peerSubnets)) }),
  };
}
