import {
  ANYTHING,
  type EntryFact,
  type Flow,
  type InterfaceFact,
  type NetworkFacts,
  type Published,
  type RuleFact,
  SSH,
  tcp,
} from './facts.ts';

/**
 * What Batfish's tests of single filters say that a rule matches, as flows at and just beyond its bounds. The filter stands
 * before `i-own`; the others are in VPCs that are peered with its own, and let everything through themselves.
 */

interface Filters {
  /** Beside the one group `sg-own`; left out: everything is let through. */
  readonly groups?: NetworkFacts['groups'];
  readonly acl?: { readonly ingress: readonly EntryFact[]; readonly egress: readonly EntryFact[] };
  readonly prefixLists?: NetworkFacts['prefixLists'];
  /** The interfaces of `i-own`; left out: one at 10.9.9.9 with every group. */
  readonly interfaces?: readonly Omit<InterfaceFact, 'subnet'>[];
  /** Others by address, with the groups that they have beside the one that lets everything through. */
  readonly others: Readonly<Record<string, readonly string[]>>;
}

/** Of 1.2.3.4: 1.2.3.0/24. */
function blockOf(address: string): string {
  return address.replace(/\.\d+$/, '.0/24');
}

const OWN = '10.9.9.9';

function networkOf({ groups = {}, acl, prefixLists, interfaces, others }: Filters): NetworkFacts {
  const own = interfaces ?? [{ address: OWN, groups: Object.keys(groups) }];
  const ownBlock = blockOf(own[0]?.address ?? OWN);
  const blocks = [...new Set(Object.keys(others).map(blockOf))];
  const byBlock = <Value>(of: (block: string, index: number) => Value) =>
    blocks.map((block, index) => of(block, index));
  return {
    vpcs: Object.fromEntries([
      ['vpc-own', { cidr: ownBlock }],
      ...byBlock((block, index) => [`vpc-${index}`, { cidr: block }]),
    ]),
    subnets: Object.fromEntries([
      ['subnet-own', { vpc: 'vpc-own', cidr: ownBlock }],
      ...byBlock((block, index) => [`subnet-${index}`, { vpc: `vpc-${index}`, cidr: block }]),
    ]),
    tables: Object.fromEntries([
      ['rtb-own', { vpc: 'vpc-own', routes: byBlock((block, index) => [block, `pcx-${index}`] as const) }],
      ...byBlock((_block, index) => [
        `rtb-${index}`,
        { vpc: `vpc-${index}`, routes: [[ownBlock, `pcx-${index}`] as const] },
      ]),
    ]),
    peerings: Object.fromEntries(
      byBlock((_block, index) => [`pcx-${index}`, ['vpc-own', `vpc-${index}`] as const]),
    ),
    groups: {
      ...groups,
      'sg-open': { vpc: 'vpc-own', ingress: [ANYTHING] },
      ...Object.fromEntries(
        byBlock((_block, index) => [`sg-open-${index}`, { vpc: `vpc-${index}`, ingress: [ANYTHING] }]),
      ),
    },
    ...(acl === undefined ? {} : { acls: { 'acl-own': { subnets: ['subnet-own'], ...acl } } }),
    instances: Object.fromEntries([
      [
        'i-own',
        own.map((each) => ({
          ...each,
          subnet: 'subnet-own',
          groups: each.groups.length === 0 ? ['sg-open'] : each.groups,
        })),
      ],
      ...Object.entries(others).map(([address, more]) => {
        const index = blocks.indexOf(blockOf(address));
        return [
          `i-${address}`,
          [{ subnet: `subnet-${index}`, address, groups: [`sg-open-${index}`, ...more] }],
        ];
      }),
    ]),
    ...(prefixLists === undefined ? {} : { prefixLists }),
  };
}

/** A group of one rule, which 1.2.3.4 and 1.2.3.5 try. */
function ruled(test: string, rule: RuleFact, flows: readonly Omit<Flow, 'test' | 'to'>[]): Published {
  return {
    name: `a group: ${test}`,
    facts: networkOf({
      groups: { 'sg-own': { vpc: 'vpc-own', ingress: [rule] } },
      others: { '1.2.3.4': [], '1.2.3.5': [] },
    }),
    flows: flows.map((flow) => ({ ...flow, test: `SecurityGroupsTest.${test}`, to: OWN })),
  };
}

type Asked = Pick<Flow, 'traffic'>;

function letIn({ traffic }: Asked, from = 'i-1.2.3.4'): Omit<Flow, 'test' | 'to'> {
  return { from, ...(traffic === undefined ? {} : { traffic }), disposition: 'ACCEPTED' };
}

function keptOut(asked: Asked, from?: string): Omit<Flow, 'test' | 'to'> {
  return { ...letIn(asked, from), disposition: 'DENIED_IN', lostAt: 'security-group-in' };
}

const PINGED: Asked = {};
const on = (port: number): Asked => ({ traffic: tcp(port) });
const udp = (port: number): Asked => ({ traffic: { protocol: 'udp', port } });

function from1234(protocol: string, first: number, last: number): RuleFact {
  return { protocol, ports: [first, last], peer: '1.2.3.4/32' };
}

const RULES: readonly Published[] = [
  ruled('testSinglePort', from1234('tcp', 22, 22), [
    letIn(on(22)),
    keptOut(on(21)),
    keptOut(on(23)),
    keptOut(udp(22)),
    keptOut(PINGED),
    keptOut(on(22), 'i-1.2.3.5'),
  ]),
  ruled('testBeginningHalfOpenInterval', from1234('tcp', 0, 22), [
    letIn(on(1)),
    letIn(on(22)),
    keptOut(on(23)),
  ]),
  ruled('testEndHalfOpenInterval', from1234('tcp', 65530, 65535), [
    keptOut(on(65529)),
    letIn(on(65530)),
    letIn(on(65535)),
  ]),
  ruled('testFullInterval', from1234('tcp', 0, 65535), [letIn(on(1)), letIn(on(65535)), keptOut(udp(53))]),
  ruled('testClosedInterval', from1234('tcp', 45, 50), [
    keptOut(on(44)),
    letIn(on(45)),
    letIn(on(50)),
    keptOut(on(51)),
  ]),
  ruled('testAllTrafficAllowed', ANYTHING, [letIn(PINGED), letIn(udp(53)), letIn(on(22), 'i-1.2.3.5')]),
  ruled('testIcmpType', { protocol: 'icmp', ports: [8, -1], peer: '0.0.0.0/0' }, [
    letIn(PINGED),
    keptOut(on(8)),
  ]),
  // A ping is of code 0.
  ruled('testIcmpTypeAndCode', { protocol: 'icmp', ports: [8, 9], peer: '0.0.0.0/0' }, [keptOut(PINGED)]),
];

const stateful: Published = {
  name: 'a group that lets SSH in and web out',
  facts: networkOf({
    groups: {
      'sg-own': {
        vpc: 'vpc-own',
        ingress: [from1234('tcp', 22, 22)],
        egress: [{ protocol: 'tcp', ports: [80, 80], peer: '5.6.7.8/32' }],
      },
    },
    others: { '1.2.3.4': [], '5.6.7.8': [] },
  }),
  flows: [
    {
      test: 'SecurityGroupsTest.testAllowedSynAckResponse',
      from: 'i-1.2.3.4',
      to: OWN,
      ...on(22),
      disposition: 'ACCEPTED',
    },
    {
      test: 'SecurityGroupsTest.testStatefulTcpRules',
      from: 'i-own',
      to: '5.6.7.8',
      ...on(80),
      disposition: 'ACCEPTED',
    },
    {
      test: 'SecurityGroupsTest.testStatefulTcpRules',
      from: 'i-own',
      to: '5.6.7.8',
      ...on(81),
      disposition: 'DENIED_OUT',
      lostAt: 'security-group-out',
    },
    {
      test: 'SecurityGroupsTest.testDeniedSynOnlyResponse',
      from: 'i-own',
      to: '1.2.3.4',
      ...on(49152),
      disposition: 'DENIED_OUT',
      lostAt: 'security-group-out',
    },
  ],
};

const prefixLists: readonly Published[] = [
  {
    name: 'a group that lets out to a prefix list',
    facts: networkOf({
      groups: {
        'sg-own': { vpc: 'vpc-own', ingress: [], egress: [{ protocol: '-1', peer: 'pl-one' }] },
      },
      prefixLists: { 'pl-one': ['10.10.10.0/24'] },
      others: { '10.10.10.1': [], '1.1.1.1': [] },
    }),
    flows: [
      {
        test: 'SecurityGroupsTest.testPrefixList',
        from: 'i-own',
        to: '10.10.10.1',
        ...on(10),
        disposition: 'ACCEPTED',
      },
      {
        test: 'SecurityGroupsTest.testPrefixList',
        from: 'i-own',
        to: '1.1.1.1',
        ...on(10),
        disposition: 'DENIED_OUT',
        lostAt: 'security-group-out',
      },
    ],
  },
  {
    name: 'a group that lets in from a prefix list of several blocks',
    facts: networkOf({
      groups: {
        'sg-own': { vpc: 'vpc-own', ingress: [{ protocol: 'tcp', ports: [22, 22], peer: 'pl-two' }] },
      },
      prefixLists: { 'pl-two': ['1.1.1.0/24', '2.2.2.0/24'] },
      others: { '1.1.1.1': [], '2.2.2.2': [], '3.3.3.3': [] },
    }),
    flows: [letIn(on(22), 'i-1.1.1.1'), letIn(on(22), 'i-2.2.2.2'), keptOut(on(22), 'i-3.3.3.3')].map(
      (flow) => ({ ...flow, test: 'IpPermissionsTest.testCollectPrefixLists', to: OWN }),
    ),
  },
];

/** The VPCs are peered inside one Region, where groups of the peer may be named. */
const references: Published = {
  name: 'a group that lets in the members of another',
  facts: networkOf({
    groups: {
      'sg-own': { vpc: 'vpc-own', ingress: [{ protocol: 'tcp', ports: [22, 22], peer: 'sg-open-0' }] },
    },
    others: { '1.2.3.4': [], '7.7.7.7': [] },
  }),
  flows: [letIn(on(22)), keptOut(on(23)), keptOut(on(22), 'i-7.7.7.7')].map((flow) => ({
    ...flow,
    test: 'IpPermissionsTest.testUserIdGroupTracing',
    to: OWN,
  })),
};

const twoGroups: Published = {
  name: 'two groups on one interface',
  facts: networkOf({
    groups: {
      'sg-own': { vpc: 'vpc-own', ingress: [{ protocol: 'tcp', ports: [22, 22], peer: '2.2.2.0/24' }] },
      'sg-mail': { vpc: 'vpc-own', ingress: [{ protocol: 'tcp', ports: [25, 25], peer: '2.2.2.0/24' }] },
    },
    others: { '2.2.2.2': [] },
  }),
  flows: [letIn(on(22), 'i-2.2.2.2'), letIn(on(25), 'i-2.2.2.2'), keptOut(on(23), 'i-2.2.2.2')].map(
    (flow) => ({ ...flow, test: 'RegionTest.testSecurityGroupAclTracer', to: OWN }),
  ),
};

/** 10.0.0.1 lets SSH in and 10.0.0.2 HTTP; AWS keeps these addresses of a subnet, so here they end in .11 and .12. */
const twoInterfaces: Published = {
  name: 'two interfaces of one instance, each with its group',
  facts: networkOf({
    groups: {
      'sg-ssh': { vpc: 'vpc-own', ingress: [SSH] },
      'sg-http': { vpc: 'vpc-own', ingress: [{ protocol: 'tcp', ports: [80, 80], peer: '0.0.0.0/0' }] },
    },
    interfaces: [
      { address: '10.0.0.11', groups: ['sg-ssh'] },
      { address: '10.0.0.12', groups: ['sg-http'] },
    ],
    others: { '8.8.8.8': [] },
  }),
  flows: [
    { ...letIn(on(22), 'i-8.8.8.8'), to: '10.0.0.11' },
    { ...keptOut(on(80), 'i-8.8.8.8'), to: '10.0.0.11' },
    { ...letIn(on(80), 'i-8.8.8.8'), to: '10.0.0.12' },
    { ...keptOut(on(22), 'i-8.8.8.8'), to: '10.0.0.12' },
  ].map((flow) => ({ ...flow, test: 'InstanceWithMultipleInterfacesTest.testInterfaceSpecificSgs' })),
};

const ALLOWS_ALL: EntryFact = { number: 200, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' };

/** A network ACL whose only outbound entry is about 1.1.1.0/24; everything comes in. */
function outbound(
  test: string,
  entry: Pick<EntryFact, 'protocol' | 'ports'>,
  flows: readonly Omit<Flow, 'test'>[],
): Published {
  return {
    name: `a network ACL: ${test}`,
    facts: networkOf({
      acl: {
        ingress: [ALLOWS_ALL],
        egress: [{ number: 100, action: 'allow', cidr: '1.1.1.0/24', ...entry }],
      },
      others: { '1.1.1.10': [], '2.2.2.2': [] },
    }),
    flows: flows.map((flow) => ({ ...flow, test: `NetworkAclTest.${test}` })),
  };
}

function out({ traffic }: Asked, to = '1.1.1.10'): Omit<Flow, 'test'> {
  return { from: 'i-own', to, ...(traffic === undefined ? {} : { traffic }), disposition: 'ACCEPTED' };
}

function heldBack(asked: Asked, to?: string): Omit<Flow, 'test'> {
  return { ...out(asked, to), disposition: 'DENIED_OUT', lostAt: 'network-acl-out' };
}

const COMES_IN = { from: 'i-1.1.1.10', to: OWN } as const;
/** The answer goes to a port of the client's choice, which the entry has to let out. */
const ANSWER_IS_LOST = { disposition: 'DENIED_OUT', lostAt: 'network-acl-out', way: 'back' } as const;

const ACLS: readonly Published[] = [
  outbound('testGetAclLineAllProtocols', { protocol: '-1' }, [
    out(PINGED),
    out(on(443)),
    out(udp(53)),
    heldBack(on(443), '2.2.2.2'),
    { ...COMES_IN, ...on(443), disposition: 'ACCEPTED' },
    { from: 'i-2.2.2.2', to: OWN, ...on(443), ...ANSWER_IS_LOST },
  ]),
  outbound('testGetAclLineTcpAll', { protocol: '6' }, [
    out(on(1)),
    out(on(65535)),
    heldBack(udp(53)),
    heldBack(PINGED),
    { ...COMES_IN, ...on(22), disposition: 'ACCEPTED' },
    { ...COMES_IN, ...ANSWER_IS_LOST },
  ]),
  outbound('testGetAclLineTcpPorts', { protocol: '6', ports: [1, 21] }, [
    out(on(1)),
    out(on(21)),
    heldBack(on(22)),
    heldBack(udp(21)),
    { ...COMES_IN, ...on(21), ...ANSWER_IS_LOST },
  ]),
  outbound('testGetAclLineIcmpAll', { protocol: '1', ports: [-1, -1] }, [
    out(PINGED),
    heldBack(on(22)),
    { ...COMES_IN, disposition: 'ACCEPTED' },
  ]),
  outbound('testGetAclLineIcmpType', { protocol: '1', ports: [1, 2] }, [
    heldBack(PINGED),
    { ...COMES_IN, ...ANSWER_IS_LOST },
  ]),
  {
    name: 'a network ACL that denies what comes from one block',
    facts: networkOf({
      acl: {
        ingress: [{ number: 100, action: 'deny', protocol: '-1', cidr: '1.1.1.0/24' }, ALLOWS_ALL],
        egress: [ALLOWS_ALL],
      },
      others: { '1.1.1.10': [], '2.2.2.2': [] },
    }),
    flows: [
      { ...COMES_IN, ...on(22), disposition: 'DENIED_IN' as const, lostAt: 'network-acl-in' as const },
      { from: 'i-2.2.2.2', to: OWN, ...on(22), disposition: 'ACCEPTED' as const },
    ].map((flow) => ({ ...flow, test: 'NetworkAclTest.testGetAclLineAllProtocols' })),
  },
  {
    name: 'a network ACL that denies one port from one address',
    facts: networkOf({
      acl: {
        ingress: [
          { number: 100, action: 'deny', protocol: '6', ports: [3306, 3306], cidr: '162.243.144.192/32' },
          ALLOWS_ALL,
        ],
        egress: [{ ...ALLOWS_ALL, number: 100 }],
      },
      others: { '162.243.144.192': [], '162.243.144.193': [] },
    }),
    flows: [
      {
        from: 'i-162.243.144.192',
        to: OWN,
        ...on(3306),
        disposition: 'DENIED_IN' as const,
        lostAt: 'network-acl-in' as const,
      },
      { from: 'i-162.243.144.192', to: OWN, ...on(3307), disposition: 'ACCEPTED' as const },
      { from: 'i-162.243.144.193', to: OWN, ...on(3306), disposition: 'ACCEPTED' as const },
    ].map((flow) => ({ ...flow, test: 'NetworkAclTest.testDeserialization' })),
  },
];

export const FILTERS: readonly Published[] = [
  ...RULES,
  stateful,
  ...prefixLists,
  references,
  twoGroups,
  twoInterfaces,
  ...ACLS,
];
