import fc from 'fast-check';
import type {
  Instance,
  NetworkAcl,
  NetworkAclEntry,
  NetworkSnapshot,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
} from '../../lib/model/network.ts';
import type { Peering, PeeringStatus, Vpc } from '../../lib/model/peering.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { OWN, PEER, PREFIX, peering, REGION, route, vpc } from './fixtures.ts';

/**
 * Generated networks of a few VPCs: with peerings in several states, right and wrong routes, narrow and wide security
 * groups, network ACLs that forget the answers, and instances that are up or down. Addresses tell where they are:
 * 10.<VPC>.<subnet>.<instance>, 2001:db8:<VPC>:<subnet>::<instance>.
 */

const STATUSES: readonly PeeringStatus[] = [
  'active',
  'active',
  'active',
  'active',
  'provisioning',
  'pending-acceptance',
  'deleted',
];

const ALL = ['0.0.0.0/0', '::/0'] as const;

function groupRule(parts: Partial<SecurityGroupRule>): SecurityGroupRule {
  return { protocol: '-1', cidrs: [], prefixListIds: [], groupIds: [], ...parts };
}

const ANYTHING = groupRule({ cidrs: ALL });

function ingressRules(groupIds: readonly string[]): fc.Arbitrary<SecurityGroupRule[]> {
  const rule = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constant(
        groupRule({ protocol: 'icmp', fromPort: -1, toPort: -1, cidrs: ['10.0.0.0/8'] }),
      ),
    },
    { weight: 3, arbitrary: fc.constant(groupRule({ protocol: '58', cidrs: ['::/0'] })) },
    { weight: 2, arbitrary: fc.constant(ANYTHING) },
    {
      weight: 2,
      arbitrary: fc.constant(
        groupRule({ protocol: 'icmp', fromPort: 8, toPort: 0, cidrs: ['10.1.0.0/16', '10.2.0.0/16'] }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constant(groupRule({ protocol: 'icmp', fromPort: 0, toPort: -1, cidrs: ['0.0.0.0/0'] })),
    },
    {
      weight: 1,
      arbitrary: fc.constant(
        groupRule({ protocol: 'tcp', fromPort: 443, toPort: 443, cidrs: ['0.0.0.0/0'] }),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...groupIds).map((groupId) => groupRule({ groupIds: [groupId] })),
    },
  );
  return fc.array(rule, { maxLength: 3 });
}

function egressRules(groupIds: readonly string[]): fc.Arbitrary<SecurityGroupRule[]> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant<SecurityGroupRule[]>([ANYTHING]) },
    { weight: 1, arbitrary: fc.constant<SecurityGroupRule[]>([]) },
    {
      weight: 1,
      arbitrary: fc.constant<SecurityGroupRule[]>([
        groupRule({ protocol: 'tcp', fromPort: 0, toPort: 65535, cidrs: ['0.0.0.0/0'] }),
      ]),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...groupIds)
        .map((groupId): SecurityGroupRule[] => [groupRule({ groupIds: [groupId] })]),
    },
  );
}

const CLOSING: readonly NetworkAclEntry[] = [false, true].flatMap((egress) =>
  ALL.map((cidr): NetworkAclEntry => ({ ruleNumber: 32767, egress, action: 'deny', protocol: '-1', cidr })),
);

const OPEN: readonly NetworkAclEntry[] = [false, true].flatMap((egress) =>
  ALL.map(
    (cidr, index): NetworkAclEntry => ({
      ruleNumber: 100 + index,
      egress,
      action: 'allow',
      protocol: '-1',
      cidr,
    }),
  ),
);

const aclEntries: fc.Arbitrary<readonly NetworkAclEntry[]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(OPEN) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        ruleNumber: fc.constantFrom(90, 100, 110),
        egress: fc.boolean(),
        action: fc.constantFrom('allow', 'deny'),
        protocol: fc.constantFrom('-1', '1', '58', '6'),
        fromPort: fc.constantFrom(-1, 0, 8, 128, 129),
        cidr: fc.constantFrom('10.0.0.0/8', '10.2.0.0/16', '0.0.0.0/0', '::/0'),
      })
      .map((entry): readonly NetworkAclEntry[] => [
        ...OPEN.filter((open) => open.ruleNumber !== entry.ruleNumber || open.egress !== entry.egress),
        { ...entry, toPort: -1 },
      ]),
  },
);

interface VpcParts {
  readonly vpc: Vpc;
  readonly subnets: readonly Subnet[];
  readonly acls: readonly NetworkAcl[];
  readonly groups: readonly SecurityGroup[];
  readonly instances: readonly Instance[];
}

function groupIdsOf(number: number): readonly string[] {
  return [`sg-${number}a`, `sg-${number}b`];
}

function vpcArbitrary(number: number, allGroupIds: readonly string[]): fc.Arbitrary<VpcParts> {
  return fc
    .record({
      accountId: fc.constantFrom(OWN, OWN, PEER),
      region: fc.constantFrom(REGION, REGION, REGION, 'eu-west-1'),
      hasIpv6: fc.boolean(),
      subnetCount: fc.integer({ min: 1, max: 2 }),
      entries: fc.tuple(aclEntries, aclEntries),
      rules: fc.tuple(
        ingressRules(allGroupIds),
        egressRules(allGroupIds),
        ingressRules(allGroupIds),
        egressRules(allGroupIds),
      ),
      instances: fc.array(
        fc.record({
          subnet: fc.integer({ min: 1, max: 2 }),
          state: fc.constantFrom<Instance['state'][]>('running', 'running', 'running', 'running', 'stopped'),
          platform: fc.constantFrom<Instance['platform'][]>('linux', 'windows'),
          groups: fc.subarray([...groupIdsOf(number)], { minLength: 1 }),
          role: fc.constantFrom('source', 'target', 'both', undefined),
          zone: fc.boolean(),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    })
    .map(({ accountId, region, hasIpv6, subnetCount, entries, rules, instances }) => {
      const vpcId = `vpc-${number}`;
      const zoneOf = (subnet: number) => `${region === REGION ? 'use1' : 'euw1'}-az${subnet}`;
      const subnetNumbers = [1, 2].slice(0, subnetCount);
      const [ingressA, egressA, ingressB, egressB] = rules;
      const [a = '', b = ''] = groupIdsOf(number);
      return {
        vpc: vpc(vpcId, [`10.${number}.0.0/16`, ...(hasIpv6 ? [`2001:db8:${number}::/56`] : [])], {
          accountId,
          region,
        }),
        subnets: subnetNumbers.map((subnet) => ({
          subnetId: `subnet-${number}${subnet}`,
          vpcId,
          availabilityZoneId: zoneOf(subnet),
          cidrs: [`10.${number}.${subnet}.0/24`, ...(hasIpv6 ? [`2001:db8:${number}:${subnet}::/64`] : [])],
        })),
        acls: subnetNumbers.map((subnet, index) => ({
          networkAclId: `acl-${number}${subnet}`,
          vpcId,
          subnetIds: [`subnet-${number}${subnet}`],
          entries: [...(entries[index] ?? OPEN), ...CLOSING],
        })),
        groups: [
          { groupId: a, vpcId, ingress: ingressA, egress: egressA },
          { groupId: b, vpcId, ingress: ingressB, egress: egressB },
        ],
        instances: instances.map(({ subnet, state, platform, groups, role, zone }, index) => {
          const place = Math.min(subnet, subnetCount);
          return {
            instanceId: `i-${number}${index}`,
            accountId,
            region,
            vpcId,
            subnetId: `subnet-${number}${place}`,
            ...(zone ? { availabilityZoneId: zoneOf(place) } : {}),
            state,
            platform,
            ipv4Addresses: [`10.${number}.${place}.${index + 10}`],
            ipv6Addresses: hasIpv6 ? [`2001:db8:${number}:${place}::${index + 10}`] : [],
            securityGroupIds: groups,
            tags: role === undefined ? {} : { [`${PREFIX}:probe`]: role },
          };
        }),
      };
    });
}

/** One peering at most between any two VPCs, as EC2 has it. */
function peeringsArbitrary(vpcs: readonly Vpc[]): fc.Arbitrary<Peering[]> {
  const pairs = vpcs.flatMap((one, index) => vpcs.slice(index + 1).map((other) => [one, other] as const));
  return fc
    .tuple(
      fc.subarray(pairs, { minLength: Math.min(1, pairs.length) }),
      fc.array(fc.constantFrom(...STATUSES), { minLength: pairs.length, maxLength: pairs.length }),
    )
    .map(([chosen, statuses]) =>
      chosen.map(([one, other], index) =>
        peering(`pcx-${one.vpcId.slice(4)}${other.vpcId.slice(4)}`, one, other, {
          status: statuses[index] ?? 'active',
        }),
      ),
    );
}

/** Mostly the routes that one would want, some to the wrong peering, some elsewhere. */
function routesArbitrary(
  own: Vpc,
  vpcs: readonly Vpc[],
  peerings: readonly Peering[],
): fc.Arbitrary<Route[]> {
  const usable = peerings.filter(({ requester, accepter }) =>
    [requester.vpcId, accepter.vpcId].includes(own.vpcId),
  );
  const toPeering = (destination: string, { peeringId, status }: Peering) =>
    route(destination, peeringId, { state: status === 'active' ? 'active' : 'blackhole' });
  const wanted = usable.flatMap((each) => {
    const far = each.requester.vpcId === own.vpcId ? each.accepter.vpcId : each.requester.vpcId;
    const cidrs = vpcs.find(({ vpcId }) => vpcId === far)?.cidrs ?? [];
    return cidrs.map((cidr) => toPeering(cidr, each));
  });
  const others = vpcs.filter(({ vpcId }) => vpcId !== own.vpcId).flatMap(({ cidrs }) => cidrs);
  const stray = fc.oneof(
    fc.constantFrom('0.0.0.0/0', '::/0', '10.0.0.0/8').chain((destination) =>
      fc
        .constantFrom('igw-1', 'nat-1', 'tgw-1', 'eni-1', ...usable.map(({ peeringId }) => peeringId))
        .map((target) => {
          const found = usable.find(({ peeringId }) => peeringId === target);
          return found === undefined ? route(destination, target) : toPeering(destination, found);
        }),
    ),
    ...(usable.length === 0 || others.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom(...others), fc.constantFrom(...usable))
            .map(([destination, target]) => toPeering(destination, target)),
          fc
            .tuple(
              fc.constantFrom(...others.filter((cidr) => cidr.endsWith('/16'))),
              fc.integer({ min: 1, max: 2 }),
              fc.constantFrom(...usable),
            )
            .map(([cidr, subnet, target]) => toPeering(cidr.replace('.0.0/16', `.${subnet}.0/24`), target)),
        ]),
  );
  return fc
    .record({
      forgotten: fc.array(fc.integer({ min: 0, max: 5 }), {
        minLength: wanted.length,
        maxLength: wanted.length,
      }),
      strays: fc.array(stray, { maxLength: 2 }),
    })
    .map(({ forgotten, strays }) => {
      const routes = [...wanted.filter((_, index) => forgotten[index] !== 0), ...strays];
      // One route to each destination; the last one stands, as after ReplaceRoute.
      return [...new Map(routes.map((each) => [each.destination, each])).values()];
    });
}

function tablesArbitrary(
  parts: VpcParts,
  vpcs: readonly Vpc[],
  peerings: readonly Peering[],
): fc.Arbitrary<RouteTable[]> {
  const own = parts.vpc;
  const number = own.vpcId.slice(4);
  return fc
    .record({
      main: routesArbitrary(own, vpcs, peerings),
      custom: routesArbitrary(own, vpcs, peerings),
      associated: fc.subarray(parts.subnets.map(({ subnetId }) => subnetId)),
    })
    .map(({ main, custom, associated }) => {
      const local = own.cidrs.map((cidr) => route(cidr, 'local'));
      const base = { vpcId: own.vpcId, region: own.region, tags: {} };
      return [
        {
          ...base,
          routeTableId: `rtb-${number}m`,
          routes: [...local, ...main],
          associations: [{ main: true }],
        },
        {
          ...base,
          routeTableId: `rtb-${number}c`,
          routes: [...local, ...custom],
          associations: associated.map((subnetId) => ({ main: false, subnetId })),
        },
      ];
    });
}

export interface TopologyOptions {
  /** At least 2. */
  readonly maxVpcs?: number;
}

/** Networks in which every account is visible; see `seenBy` for what one account sees of them. */
export function topologyArbitrary({ maxVpcs = 4 }: TopologyOptions = {}): fc.Arbitrary<NetworkSnapshot> {
  return fc
    .integer({ min: 2, max: maxVpcs })
    .chain((count) => {
      const numbers = Array.from({ length: count }, (_, index) => index + 1);
      const groupIds = numbers.flatMap((number) => groupIdsOf(number));
      return fc.tuple(...numbers.map((number) => vpcArbitrary(number, groupIds)));
    })
    .chain((parts) => {
      const vpcs = parts.map((part) => part.vpc);
      return peeringsArbitrary(vpcs).chain((peerings) =>
        fc.tuple(...parts.map((part) => tablesArbitrary(part, vpcs, peerings))).map(
          (tables): NetworkSnapshot => ({
            vpcs,
            subnets: parts.flatMap(({ subnets }) => subnets),
            routeTables: tables.flat(),
            peerings,
            securityGroups: parts.flatMap(({ groups }) => groups),
            networkAcls: parts.flatMap(({ acls }) => acls),
            instances: parts.flatMap(({ instances }) => instances),
            interfaces: [],
            prefixLists: new Map(),
          }),
        ),
      );
    });
}

/** What one account reads of a network: nothing inside the VPCs of others, and only its own peerings. */
export function seenBy(accountId: string, network: NetworkSnapshot): NetworkSnapshot {
  const own = new Set(network.vpcs.filter((each) => each.accountId === accountId).map(({ vpcId }) => vpcId));
  const isOwn = ({ vpcId }: { readonly vpcId: string }) => own.has(vpcId);
  return {
    vpcs: network.vpcs.filter(isOwn),
    subnets: network.subnets.filter(isOwn),
    routeTables: network.routeTables.filter(isOwn),
    peerings: network.peerings.filter(({ requester, accepter }) => isOwn(requester) || isOwn(accepter)),
    securityGroups: network.securityGroups.filter(isOwn),
    networkAcls: network.networkAcls.filter(isOwn),
    instances: network.instances.filter(isOwn),
    interfaces: network.interfaces.filter(isOwn),
    prefixLists: network.prefixLists,
  };
}
