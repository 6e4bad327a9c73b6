import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answers, writeAnswers } from '../../cli/support/network.ts';
import type { EntryFact, InterfaceFact, NetworkFacts, RuleFact } from './facts.ts';

/** Facts as `aws ec2 describe-…` answers, by account, as `peering snapshot` would have saved them. */

export const REGION = 'us-east-2';
const OWN = '111111111111';

const ALLOWS_ALL: EntryFact = { number: 100, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' };
const DENIES_THE_REST: EntryFact = { number: 32767, action: 'deny', protocol: '-1', cidr: '0.0.0.0/0' };
const OUT: readonly RuleFact[] = [{ protocol: '-1', peer: '0.0.0.0/0' }];

const TARGETS: Readonly<Record<string, string>> = {
  'pcx-': 'VpcPeeringConnectionId',
  'nat-': 'NatGatewayId',
  'tgw-': 'TransitGatewayId',
};

function targetOf(target: string): object {
  const key = Object.entries(TARGETS).find(([prefix]) => target.startsWith(prefix))?.[1] ?? 'GatewayId';
  return { [key]: target };
}

function destinationOf(destination: string): object {
  return destination.startsWith('pl-')
    ? { DestinationPrefixListId: destination }
    : { DestinationCidrBlock: destination };
}

function permission({ protocol, ports, peer }: RuleFact): object {
  const isGroup = peer.startsWith('sg-');
  const isList = peer.startsWith('pl-');
  return {
    IpProtocol: protocol,
    ...(ports === undefined ? {} : { FromPort: ports[0], ToPort: ports[1] }),
    IpRanges: isGroup || isList ? [] : [{ CidrIp: peer }],
    PrefixListIds: isList ? [{ PrefixListId: peer }] : [],
    UserIdGroupPairs: isGroup ? [{ GroupId: peer, UserId: OWN }] : [],
  };
}

/** EC2 writes the protocol of an entry as a number, and ICMP types apart from ports. */
function entryOf(egress: boolean): (entry: EntryFact) => object {
  return ({ number, action, protocol, ports, cidr }) => ({
    RuleNumber: number,
    Egress: egress,
    RuleAction: action,
    Protocol: protocol,
    CidrBlock: cidr,
    ...(ports === undefined
      ? {}
      : protocol === '1'
        ? { IcmpTypeCode: { Type: ports[0], Code: ports[1] } }
        : { PortRange: { From: ports[0], To: ports[1] } }),
  });
}

function aclsOf({ vpcs, subnets, acls = {} }: NetworkFacts) {
  const named = Object.entries(acls === 'not-saved' ? {} : acls);
  const taken = new Set(named.flatMap(([, acl]) => acl.subnets));
  const defaults = Object.keys(vpcs).map((vpc) => ({
    id: `acl-of-${vpc}`,
    vpc,
    subnets: Object.keys(subnets).filter((subnet) => subnets[subnet]?.vpc === vpc && !taken.has(subnet)),
    ingress: [ALLOWS_ALL],
    egress: [ALLOWS_ALL],
  }));
  const others = named.map(([id, acl]) => ({ id, vpc: subnets[acl.subnets[0] ?? '']?.vpc ?? '', ...acl }));
  return [...defaults, ...others].map(({ id, vpc, ...acl }) => ({
    NetworkAclId: id,
    VpcId: vpc,
    Associations: acl.subnets.map((SubnetId) => ({ SubnetId, NetworkAclId: id })),
    Entries: [
      ...[...acl.ingress, DENIES_THE_REST].map(entryOf(false)),
      ...[...acl.egress, DENIES_THE_REST].map(entryOf(true)),
    ],
  }));
}

function interfaceFields({ address, groups }: InterfaceFact): object {
  return {
    PrivateIpAddress: address,
    PrivateIpAddresses: [{ PrivateIpAddress: address, Primary: true }],
    Groups: groups.map((GroupId) => ({ GroupId })),
  };
}

function placeOf({ subnets }: NetworkFacts, { subnet }: InterfaceFact) {
  return { VpcId: subnets[subnet]?.vpc ?? '', SubnetId: subnet };
}

function interfacesOf(facts: NetworkFacts) {
  const ofInstances = Object.entries(facts.instances).flatMap(([InstanceId, interfaces]) =>
    interfaces.map((each, DeviceIndex) => ({
      ...placeOf(facts, each),
      ...interfaceFields(each),
      NetworkInterfaceId: `eni-${DeviceIndex}-of-${InstanceId}`,
      InterfaceType: 'interface',
      Attachment: { InstanceId, DeviceIndex },
    })),
  );
  const ofServices = Object.entries(facts.services ?? {}).map(([NetworkInterfaceId, each]) => ({
    ...placeOf(facts, each),
    ...interfaceFields(each),
    NetworkInterfaceId,
    InterfaceType: each.type,
  }));
  return [...ofInstances, ...ofServices];
}

function instancesOf(facts: NetworkFacts) {
  return Object.entries(facts.instances).flatMap(([InstanceId, [primary]]) =>
    primary === undefined
      ? []
      : [
          {
            ...placeOf(facts, primary),
            InstanceId,
            State: { Name: 'running' },
            PrivateIpAddress: primary.address,
            SecurityGroups: primary.groups.map((GroupId) => ({ GroupId })),
            NetworkInterfaces: [
              {
                ...interfaceFields(primary),
                NetworkInterfaceId: `eni-0-of-${InstanceId}`,
                Attachment: { DeviceIndex: 0 },
              },
            ],
          },
        ],
  );
}

function tablesOf({ vpcs, tables }: NetworkFacts) {
  return Object.entries(tables).map(([RouteTableId, { vpc, subnets, routes }]) => ({
    RouteTableId,
    VpcId: vpc,
    Associations: subnets?.map((SubnetId) => ({ Main: false, SubnetId })) ?? [{ Main: true }],
    Routes: [
      {
        DestinationCidrBlock: vpcs[vpc]?.cidr,
        GatewayId: 'local',
        Origin: 'CreateRouteTable',
        State: 'active',
      },
      ...routes.map(([destination, target, State = 'active']) => ({
        ...destinationOf(destination),
        ...targetOf(target),
        Origin: 'CreateRoute',
        State,
      })),
    ],
  }));
}

function accountOf({ vpcs }: NetworkFacts, vpc: string): string {
  return vpcs[vpc]?.account ?? OWN;
}

function peeringsOf(facts: NetworkFacts) {
  const side = (VpcId: string) => {
    const CidrBlock = facts.vpcs[VpcId]?.cidr;
    const OwnerId = accountOf(facts, VpcId);
    return { VpcId, OwnerId, Region: REGION, CidrBlock, CidrBlockSet: [{ CidrBlock }] };
  };
  return Object.entries(facts.peerings ?? {}).map(([VpcPeeringConnectionId, [requester, accepter]]) => ({
    VpcPeeringConnectionId,
    Status: { Code: 'active', Message: 'Active' },
    RequesterVpcInfo: side(requester),
    AccepterVpcInfo: side(accepter),
    vpcIds: [requester, accepter],
  }));
}

/** What one account would have saved, but for prefix lists. */
function answersOf(facts: NetworkFacts, account: string): Answers {
  const isOwn = (vpc: string) => accountOf(facts, vpc) === account;
  const ofOwn = <Item extends { readonly VpcId: string }>(items: readonly Item[]) =>
    items.filter(({ VpcId }) => isOwn(VpcId)).map((item) => ({ ...item, OwnerId: account }));
  return {
    Vpcs: Object.entries(facts.vpcs)
      .filter(([vpc]) => isOwn(vpc))
      .map(([VpcId, { cidr }]) => ({
        VpcId,
        OwnerId: account,
        CidrBlock: cidr,
        CidrBlockAssociationSet: [{ CidrBlock: cidr, CidrBlockState: { State: 'associated' } }],
      })),
    Subnets: ofOwn(
      Object.entries(facts.subnets).map(([SubnetId, { vpc, cidr }]) => ({
        SubnetId,
        VpcId: vpc,
        CidrBlock: cidr,
        AvailabilityZoneId: 'use2-az1',
      })),
    ),
    RouteTables: ofOwn(tablesOf(facts)),
    VpcPeeringConnections: peeringsOf(facts)
      .filter(({ vpcIds }) => vpcIds.some(isOwn))
      .map(({ vpcIds: _, ...answer }) => answer),
    SecurityGroups: ofOwn(
      Object.entries(facts.groups).map(([GroupId, { vpc, ingress, egress = OUT }]) => ({
        GroupId,
        VpcId: vpc,
        IpPermissions: ingress.map(permission),
        IpPermissionsEgress: egress.map(permission),
      })),
    ),
    ...(facts.acls === 'not-saved' ? {} : { NetworkAcls: ofOwn(aclsOf(facts)) }),
    NetworkInterfaces: ofOwn(interfacesOf(facts)),
    Reservations: [{ OwnerId: account, Instances: instancesOf(facts).filter(({ VpcId }) => isOwn(VpcId)) }],
  };
}

/** Writes a snapshot of every account. Prefix lists are saved in two answers: what they are, and by id what they hold. */
export function writeSnapshot(facts: NetworkFacts, directory: string): void {
  const accounts = new Set(Object.keys(facts.vpcs).map((vpc) => accountOf(facts, vpc)));
  const lists = Object.entries(facts.prefixLists ?? {});
  for (const account of accounts) {
    const place = join(directory, 'accounts', account, REGION);
    writeAnswers(place, answersOf(facts, account));
    const described = lists.map(([PrefixListId]) => ({ PrefixListId, OwnerId: account }));
    const entries = Object.fromEntries(lists.map(([id, cidrs]) => [id, cidrs.map((Cidr) => ({ Cidr }))]));
    writeFileSync(join(place, 'ManagedPrefixLists.json'), JSON.stringify({ PrefixLists: described }));
    writeFileSync(join(place, 'PrefixListEntries.json'), JSON.stringify({ PrefixListEntries: entries }));
  }
}
