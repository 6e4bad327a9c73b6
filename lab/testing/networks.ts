import { readBlock } from '../network/address.ts';
import type {
  AclEntry,
  GroupRule,
  Host,
  Network,
  NetworkPeering,
  NetworkRoute,
  NetworkTable,
} from '../network/types.ts';

/**
 * Three VPCs a, b and c with one subnet and one running instance each. a-b and b-c are peered and routed. Group and ACL
 * let everything through. Addresses: 10.1.1.10, 10.2.1.10, 10.3.1.10; fd00:1::10, fd00:2::10, fd00:3::10.
 */

const ANY = ['0.0.0.0/0', '::/0'].map(readBlock);

const OPEN: GroupRule = { protocol: '-1', type: undefined, code: undefined, blocks: ANY, groupIds: [] };

export function groupRule(
  settings: Partial<Omit<GroupRule, 'blocks'>> & { readonly cidrs?: string[] },
): GroupRule {
  const { cidrs = [], ...rest } = settings;
  return { ...OPEN, ...rest, blocks: cidrs.map(readBlock) };
}

export function aclEntry(
  settings: Partial<Omit<AclEntry, 'block'>> & { readonly cidr?: string } = {},
): AclEntry {
  const { cidr = '0.0.0.0/0', ...rest } = settings;
  return {
    number: 100,
    egress: false,
    allow: true,
    protocol: '-1',
    type: undefined,
    code: undefined,
    block: readBlock(cidr),
    ...rest,
  };
}

export const OPEN_ACL: readonly AclEntry[] = [true, false].flatMap((egress) =>
  ['0.0.0.0/0', '::/0'].map((cidr) => aclEntry({ egress, cidr })),
);

export function routeTo(
  cidr: string,
  target: string,
  source: NetworkRoute['source'] = 'static',
): NetworkRoute {
  return {
    block: readBlock(cidr),
    source,
    target: target.startsWith('pcx-')
      ? { kind: 'peering', peeringId: target }
      : target === 'local'
        ? { kind: 'local' }
        : { kind: 'other', id: target },
  };
}

export const SITES = ['a', 'b', 'c'] as const;
export type SiteName = (typeof SITES)[number];

export interface SiteSettings {
  readonly region?: string;
  readonly state?: string;
  readonly routes?: readonly NetworkRoute[];
  readonly ingress?: readonly GroupRule[];
  readonly egress?: readonly GroupRule[];
  readonly acl?: readonly AclEntry[];
  readonly cidrs?: readonly string[];
  readonly addresses?: readonly string[];
}

export interface NetworkSettings extends Partial<Record<SiteName, SiteSettings>> {
  /** Statuses by peering; default `active`. */
  readonly peerings?: Partial<Record<'pcx-ab' | 'pcx-bc', string>>;
  readonly more?: readonly Host[];
}

function numberOf(name: SiteName): number {
  return SITES.indexOf(name) + 1;
}

function cidrsOf(name: SiteName): string[] {
  return [`10.${numberOf(name)}.0.0/16`, `fd00:${numberOf(name)}::/56`];
}

export function routesBetween(peeringId: string, to: SiteName): NetworkRoute[] {
  return cidrsOf(to).map((cidr) => routeTo(cidr, peeringId));
}

const USUAL_ROUTES: Readonly<Record<SiteName, readonly NetworkRoute[]>> = {
  a: routesBetween('pcx-ab', 'b'),
  b: [...routesBetween('pcx-ab', 'a'), ...routesBetween('pcx-bc', 'c')],
  c: routesBetween('pcx-bc', 'b'),
};

function keyed<T, K extends keyof T>(items: readonly T[], key: K): ReadonlyMap<T[K], T> {
  return new Map(items.map((item) => [item[key], item]));
}

export function hostIn(
  name: SiteName,
  settings: Partial<Host> & { readonly addresses?: readonly string[] },
): Host {
  const { addresses = [`10.${numberOf(name)}.1.10`, `fd00:${numberOf(name)}::10`], ...rest } = settings;
  const instanceId = rest.instanceId ?? `i-${name}`;
  return {
    instanceId,
    state: 'running',
    platform: 'Linux',
    accountId: '111111111111',
    region: 'us-east-1',
    tags: {},
    interfaces: [
      {
        interfaceId: `eni-${instanceId}`,
        subnetId: `subnet-${name}`,
        vpcId: `vpc-${name}`,
        addresses,
        groupIds: [`sg-${name}`],
      },
    ],
    ...rest,
  };
}

export function networkOf(settings: NetworkSettings = {}): Network {
  const site = (name: SiteName): SiteSettings => settings[name] ?? {};
  const peering = (peeringId: 'pcx-ab' | 'pcx-bc', one: SiteName, other: SiteName): NetworkPeering => ({
    peeringId,
    status: settings.peerings?.[peeringId] ?? 'active',
    vpcIds: [`vpc-${one}`, `vpc-${other}`],
  });
  const tables = SITES.map(
    (name): NetworkTable => ({
      tableId: `rtb-${name}`,
      vpcId: `vpc-${name}`,
      routes: [
        ...cidrsOf(name).map((cidr) => routeTo(cidr, 'local')),
        ...(site(name).routes ?? USUAL_ROUTES[name]),
      ],
    }),
  );
  return {
    vpcs: keyed(
      SITES.map((name) => ({
        vpcId: `vpc-${name}`,
        accountId: '111111111111',
        region: site(name).region ?? 'us-east-1',
        blocks: (site(name).cidrs ?? cidrsOf(name)).map(readBlock),
      })),
      'vpcId',
    ),
    subnets: keyed(
      SITES.map((name) => ({
        subnetId: `subnet-${name}`,
        vpcId: `vpc-${name}`,
        zoneId: `use1-az${numberOf(name)}`,
        blocks: [`10.${numberOf(name)}.1.0/24`, `fd00:${numberOf(name)}::/64`].map(readBlock),
        tableId: `rtb-${name}`,
        aclId: `acl-${name}`,
      })),
      'subnetId',
    ),
    tables: keyed(tables, 'tableId'),
    peerings: keyed([peering('pcx-ab', 'a', 'b'), peering('pcx-bc', 'b', 'c')], 'peeringId'),
    groups: keyed(
      SITES.map((name) => ({
        groupId: `sg-${name}`,
        vpcId: `vpc-${name}`,
        ingress: site(name).ingress ?? [OPEN],
        egress: site(name).egress ?? [OPEN],
      })),
      'groupId',
    ),
    acls: keyed(
      SITES.map((name) => ({ aclId: `acl-${name}`, entries: site(name).acl ?? OPEN_ACL })),
      'aclId',
    ),
    hosts: keyed(
      [
        ...SITES.map((name) =>
          hostIn(name, {
            state: site(name).state ?? 'running',
            region: site(name).region ?? 'us-east-1',
            ...(site(name).addresses === undefined ? {} : { addresses: site(name).addresses }),
          }),
        ),
        ...(settings.more ?? []),
      ],
      'instanceId',
    ),
  };
}
