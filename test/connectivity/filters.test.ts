import { networkAclLets, securityGroupsLet } from '../../lib/connectivity/filters.ts';
import { createNetworkModel } from '../../lib/connectivity/network-model.ts';
import { type Packet, PING, requestOf } from '../../lib/connectivity/traffic.ts';
import type { NetworkAclEntry, NetworkInterface, SecurityGroup } from '../../lib/model/network.ts';
import { parseAddress } from '../../lib/network/cidr.ts';
import { network, networkAcl, rule, securityGroup, VPC_A, VPC_B } from './networks.ts';

const FAR = parseAddress('10.1.1.13');

describe('a network ACL', () => {
  const ping = requestOf(PING, 'ipv4');
  const answer: Packet = { protocol: 'tcp', fromPort: 100, toPort: 200 };
  const entry = (ruleNumber: number, parts: Partial<NetworkAclEntry> = {}): NetworkAclEntry => ({
    ruleNumber,
    egress: false,
    action: 'allow',
    protocol: '6',
    cidr: '10.0.0.0/8',
    ...parts,
  });
  const ports = (ruleNumber: number, fromPort: number, toPort: number, action: 'allow' | 'deny' = 'allow') =>
    entry(ruleNumber, { fromPort, toPort, action });
  const lets = (entries: readonly NetworkAclEntry[], packet: Packet) =>
    networkAclLets(networkAcl(VPC_A, entries), 'inbound', FAR, packet);
  const passes = { outcome: 'passes', ids: ['acl-a'] };
  const fails = (detail: string) => {
    const deniedBy = /^its entry (\d+) denies/.exec(detail)?.[1];
    const by = deniedBy === undefined ? {} : { deniedBy: Number(deniedBy) };
    return { outcome: 'fails', ids: ['acl-a'], detail, ...by };
  };
  const none = fails('no entry allows it');

  it('goes by the entry with the lowest number', () => {
    const allow = entry(20, { protocol: '-1' });
    const deny = entry(10, { protocol: '-1', action: 'deny' });
    expect(lets([allow, deny], ping)).toEqual(fails('its entry 10 denies it'));
    expect(lets([deny, { ...allow, ruleNumber: 5 }], ping)).toEqual(passes);
  });

  it.each<[string, Partial<NetworkAclEntry>]>([
    ['of the other direction', { egress: true }],
    ['about other addresses', { cidr: '10.2.0.0/16' }],
    ['about the other family', { cidr: '::/0' }],
    ['about another protocol', { protocol: '17' }],
  ])('does not heed an entry %s', (_, parts) => {
    expect(lets([entry(1, { protocol: '-1', ...parts })], ping)).toEqual(none);
    expect(lets([entry(1, { protocol: '-1', ...parts, action: 'deny' }), entry(2)], answer)).toEqual(passes);
  });

  it('lets nothing pass without an entry', () => {
    expect(lets([], ping)).toEqual(none);
    expect(lets([], answer)).toEqual(none);
    expect(lets([entry(1, { protocol: 'icmp', fromPort: 0 })], ping)).toEqual(none);
  });

  it.each<[string, NetworkAclEntry[], unknown]>([
    ['all of them', [ports(1, 100, 200)], passes],
    ['two halves', [ports(1, 100, 150), ports(2, 151, 200)], passes],
    ['two halves, the upper one first', [ports(1, 151, 200), ports(2, 100, 150)], passes],
    ['halves that overlap', [ports(1, 100, 160), ports(2, 140, 200)], passes],
    ['the middle and both sides', [ports(1, 120, 130), ports(2, 131, 200), ports(3, 100, 119)], passes],
    ['all but one port', [ports(1, 100, 149), ports(2, 151, 200)], none],
    ['all but the first port', [ports(1, 101, 200)], none],
    ['all but the last port', [ports(1, 100, 199)], none],
    ['only the first port', [ports(1, 50, 100)], none],
    [
      'all, after some are denied',
      [ports(1, 120, 130, 'deny'), ports(2, 100, 200)],
      fails('its entry 1 denies ports 120-130 of these'),
    ],
    [
      'all, after the last one is denied',
      [ports(1, 200, 300, 'deny'), ports(2, 100, 200)],
      fails('its entry 1 denies ports 200-200 of these'),
    ],
    [
      'what another entry denies later',
      [ports(1, 100, 150), ports(2, 100, 150, 'deny'), ports(3, 100, 200)],
      passes,
    ],
    [
      'what another entry denies later, and one more',
      [ports(1, 100, 150), ports(2, 100, 151, 'deny'), ports(3, 100, 200)],
      fails('its entry 2 denies ports 100-151 of these'),
    ],
    [
      'two ends, and the denied middle between them',
      [ports(1, 100, 120), ports(2, 140, 200), ports(3, 110, 150, 'deny')],
      fails('its entry 3 denies ports 110-150 of these'),
    ],
    [
      'all but the middle, and what lies beside it is denied',
      [
        ports(1, 100, 120),
        ports(2, 140, 200),
        ports(3, 100, 120, 'deny'),
        ports(4, 140, 145, 'deny'),
        ports(5, 121, 139),
      ],
      passes,
    ],
    [
      'nothing beyond those it denies',
      [ports(1, 300, 400, 'deny'), ports(2, 1, 99, 'deny'), ports(3, 100, 200)],
      passes,
    ],
  ])('judges every port of an answer, where its entries allow %s', (_, entries, expected) => {
    expect(lets(entries, answer)).toEqual(expected);
  });
});

describe('security groups', () => {
  const ping = requestOf(PING, 'ipv4');
  const own: NetworkInterface = {
    interfaceId: 'eni-b',
    vpcId: 'vpc-b',
    subnetId: 'subnet-b1',
    addresses: ['10.2.1.139'],
    securityGroupIds: ['sg-b'],
  };
  const far: NetworkInterface = { ...own, interfaceId: 'eni-a', securityGroupIds: ['sg-far', 'sg-a'] };

  function asked(
    groups: readonly SecurityGroup[],
    parts: {
      readonly own?: readonly string[];
      readonly far?: NetworkInterface;
      readonly apply?: boolean;
    } = {},
  ) {
    const model = createNetworkModel(
      network({
        securityGroups: [securityGroup(VPC_A), ...groups],
        prefixLists: new Map([
          ['pl-here', ['10.9.0.0/16', '10.1.0.0/16']],
          ['pl-else', ['10.9.0.0/16']],
        ]),
      }),
    );
    return securityGroupsLet(
      model,
      'ingress',
      { ...own, securityGroupIds: parts.own ?? ['sg-b'] },
      {
        address: FAR,
        interface: parts.far,
        groupReferences: parts.apply === false ? 'do-not-apply' : 'apply',
      },
      ping,
    );
  }
  const group = (...ingress: Parameters<typeof rule>[0][]) =>
    securityGroup(VPC_B, { ingress: ingress.map((each) => rule(each)) });
  const passes = { outcome: 'passes', ids: ['sg-b'] };
  const byEntry = { ...passes, detail: 'by entry 10.1.0.0/16 of pl-here' };
  const fails = { outcome: 'fails', ids: ['sg-b'] };
  const unknown = (id: string) => ({ outcome: 'unknown', ids: [id], detail: `${id} is not visible` });

  it.each<[string, Parameters<typeof asked>, unknown]>([
    ['by a block', [[group({ cidrs: ['10.9.0.0/16', '10.1.0.0/16'] })]], passes],
    ['by a prefix list, one entry of which is enough', [[group({ prefixListIds: ['pl-here'] })]], byEntry],
    ['by one of two lists', [[group({ prefixListIds: ['pl-unread', 'pl-here'] })]], byEntry],
    ['by the other rule', [[group({ prefixListIds: ['pl-unread'] }, { cidrs: ['10.0.0.0/8'] })]], passes],
    ['by a group of the far end', [[group({ groupIds: ['sg-a'] })], { far }], passes],
    ['not by other blocks', [[group({ cidrs: ['10.9.0.0/16'] })]], fails],
    ['not by a rule about something else', [[group({ protocol: 'tcp', cidrs: ['0.0.0.0/0'] })]], fails],
    ['not by another list', [[group({ prefixListIds: ['pl-else'] })]], fails],
    ['not by a group that the far end is not in', [[group({ groupIds: ['sg-b'] })], { far }], fails],
    ['not by a group that is not visible', [[group({ groupIds: ['sg-x'] })], { far }], fails],
    ['not by a group of ours, where the far end is not visible', [[group({ groupIds: ['sg-a'] })]], fails],
    ['not by a group across Regions', [[group({ groupIds: ['sg-a'] })], { far, apply: false }], fails],
    [
      'perhaps by a list that was not read',
      [[group({ prefixListIds: ['pl-unread', 'pl-else'] })]],
      unknown('pl-unread'),
    ],
    ['perhaps by a group of another account', [[group({ groupIds: ['sg-x', 'sg-a'] })]], unknown('sg-x')],
    [
      'perhaps by the first of two rules',
      [[group({ prefixListIds: ['pl-unread'] }, { cidrs: ['10.9.0.0/16'] })]],
      unknown('pl-unread'),
    ],
    [
      'perhaps by a group that was not read',
      [[group()], { own: ['sg-unread', 'sg-b'] }],
      unknown('sg-unread'),
    ],
    ['by the other group', [[group({ cidrs: ['10.0.0.0/8'] })], { own: ['sg-unread', 'sg-b'] }], passes],
  ])('let a packet in %s', (_, args, expected) => {
    expect(asked(...args)).toEqual(expected);
  });
});
