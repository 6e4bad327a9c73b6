import { type NetworkFacts, PING, type Published, type RuleFact, SSH, tcp } from './facts.ts';

/** The networks of Batfish's end-to-end tests. All but that of Direct Connect were once saved from AWS. */

const WEB: RuleFact = { protocol: 'tcp', ports: [443, 443], peer: '0.0.0.0/0' };
const TRACEROUTE: RuleFact = { protocol: 'udp', ports: [33434, 33534], peer: '0.0.0.0/0' };

/** B and C have the same CIDR, and A peers with both: each /24 is routed to the right one. */
const PEERED: NetworkFacts = {
  vpcs: {
    'vpc-a': { cidr: '10.10.0.0/16' },
    'vpc-b': { cidr: '192.168.0.0/16' },
    'vpc-c': { cidr: '192.168.0.0/16' },
  },
  subnets: {
    'subnet-a': { vpc: 'vpc-a', cidr: '10.10.10.0/24' },
    'subnet-b': { vpc: 'vpc-b', cidr: '192.168.1.0/24' },
    'subnet-c': { vpc: 'vpc-c', cidr: '192.168.2.0/24' },
  },
  tables: {
    'rtb-a': {
      vpc: 'vpc-a',
      routes: [
        ['192.168.1.0/24', 'pcx-ab'],
        ['192.168.2.0/24', 'pcx-ac'],
      ],
    },
    'rtb-b': {
      vpc: 'vpc-b',
      routes: [
        ['10.10.0.0/16', 'pcx-ab'],
        ['0.0.0.0/0', 'igw-b', 'blackhole'],
      ],
    },
    'rtb-c': { vpc: 'vpc-c', routes: [['10.10.0.0/16', 'pcx-ac']] },
  },
  peerings: { 'pcx-ab': ['vpc-a', 'vpc-b'], 'pcx-ac': ['vpc-a', 'vpc-c'] },
  groups: {
    'sg-a': { vpc: 'vpc-a', ingress: [SSH] },
    'sg-b': { vpc: 'vpc-b', ingress: [SSH] },
    'sg-c': { vpc: 'vpc-c', ingress: [SSH] },
  },
  instances: {
    'i-a': [{ subnet: 'subnet-a', address: '10.10.10.157', groups: ['sg-a'] }],
    'i-b': [{ subnet: 'subnet-b', address: '192.168.1.106', groups: ['sg-b'] }],
    'i-c': [{ subnet: 'subnet-c', address: '192.168.2.229', groups: ['sg-c'] }],
  },
};

const peering: Published = {
  name: 'VPC peering, where two peers have the same CIDR',
  facts: PEERED,
  flows: [
    {
      test: 'AwsConfigurationVpcPeeringTest.testFromAtoB',
      from: 'i-a',
      to: '192.168.1.106',
      disposition: 'DENIED_IN',
      lostAt: 'security-group-in',
    },
    {
      test: 'AwsConfigurationVpcPeeringTest.testFromBtoA',
      from: 'i-b',
      to: '10.10.10.157',
      disposition: 'DENIED_IN',
      lostAt: 'security-group-in',
    },
    {
      test: 'AwsConfigurationVpcPeeringTest.testFromAtoUnusedSubnet',
      from: 'i-a',
      to: '192.168.100.1',
      disposition: 'NO_ROUTE',
      lostAt: 'route-table',
    },
    {
      test: 'AwsConfigurationVpcPeeringTest.testFromBtoUnusedSubnet',
      from: 'i-b',
      to: '10.10.100.1',
      disposition: 'NULL_ROUTED',
      lostAt: 'target',
    },
    {
      test: 'AwsConfigurationVpcPeeringTest.testFromBtoUnusedIp',
      from: 'i-b',
      to: '10.10.10.11',
      disposition: 'NEIGHBOR_UNREACHABLE',
      lostAt: 'target',
    },
  ],
};

/** The main tables have local routes only: it is those of the subnets that count. */
const ACROSS_ACCOUNTS: NetworkFacts = {
  vpcs: {
    'vpc-bat': { cidr: '10.1.0.0/16', account: '123456789012' },
    'vpc-fish': { cidr: '10.2.0.0/16', account: '123456789013' },
  },
  subnets: {
    'subnet-bat': { vpc: 'vpc-bat', cidr: '10.1.1.0/24' },
    'subnet-fish': { vpc: 'vpc-fish', cidr: '10.2.1.0/24' },
  },
  tables: {
    'rtb-bat': {
      vpc: 'vpc-bat',
      subnets: ['subnet-bat'],
      routes: [
        ['10.2.0.0/16', 'pcx-bat'],
        ['0.0.0.0/0', 'igw-bat'],
      ],
    },
    'rtb-bat-main': { vpc: 'vpc-bat', routes: [] },
    'rtb-fish': {
      vpc: 'vpc-fish',
      subnets: ['subnet-fish'],
      routes: [
        ['10.1.0.0/16', 'pcx-bat'],
        ['0.0.0.0/0', 'igw-fish'],
      ],
    },
    'rtb-fish-main': { vpc: 'vpc-fish', routes: [] },
  },
  peerings: { 'pcx-bat': ['vpc-bat', 'vpc-fish'] },
  groups: {
    'sg-bat': { vpc: 'vpc-bat', ingress: [TRACEROUTE, SSH, PING] },
    'sg-fish': { vpc: 'vpc-fish', ingress: [TRACEROUTE, SSH, PING] },
  },
  instances: {
    'i-bat': [{ subnet: 'subnet-bat', address: '10.1.1.100', groups: ['sg-bat'] }],
    'i-fish': [{ subnet: 'subnet-fish', address: '10.2.1.252', groups: ['sg-fish'] }],
  },
};

const BAT_TO_FISH = {
  test: 'AwsConfigurationVpcPeeringCrossAccountTest.testFromAtoB',
  from: 'i-bat',
  to: '10.2.1.252',
  traffic: tcp(22),
  disposition: 'ACCEPTED',
} as const;
const FISH_TO_BAT = {
  test: 'AwsConfigurationVpcPeeringCrossAccountTest.testFromBtoA',
  from: 'i-fish',
  to: '10.1.1.100',
  traffic: tcp(22),
  disposition: 'ACCEPTED',
} as const;

/** Batfish's snapshot has no network ACLs, which it takes for none; every VPC has one. */
const acrossAccounts: readonly Published[] = [
  {
    name: 'VPC peering of two accounts, with the network ACLs that VPCs are made with',
    facts: ACROSS_ACCOUNTS,
    flows: [BAT_TO_FISH, FISH_TO_BAT],
  },
  {
    name: 'VPC peering of two accounts, as it was saved',
    facts: { ...ACROSS_ACCOUNTS, acls: 'not-saved' },
    flows: [BAT_TO_FISH, FISH_TO_BAT].map((flow) => ({
      ...flow,
      unjudged: 'the network ACLs were not saved',
    })),
  },
];

const insideSubnet: Published = {
  name: 'one subnet with two instances',
  facts: {
    vpcs: { 'vpc-s': { cidr: '10.10.0.0/16' } },
    subnets: { 'subnet-s': { vpc: 'vpc-s', cidr: '10.10.1.0/24' } },
    tables: { 'rtb-s': { vpc: 'vpc-s', routes: [] } },
    groups: {
      'sg-1': { vpc: 'vpc-s', ingress: [SSH] },
      'sg-2': { vpc: 'vpc-s', ingress: [SSH] },
    },
    instances: {
      'i-1': [{ subnet: 'subnet-s', address: '10.10.1.228', groups: ['sg-2'] }],
      'i-2': [{ subnet: 'subnet-s', address: '10.10.1.44', groups: ['sg-1'] }],
    },
  },
  flows: [
    {
      test: 'AwsConfigurationSubnetTest.testInstanceToInstance',
      from: 'i-1',
      to: '10.10.1.44',
      disposition: 'DENIED_IN',
      lostAt: 'security-group-in',
    },
    {
      test: 'AwsConfigurationSubnetTest.testInstanceToOutsideSubnet',
      from: 'i-1',
      to: '10.10.0.1',
      disposition: 'NULL_ROUTED',
      lostAt: 'target',
    },
  ],
};

/** The public subnet sends the rest to the internet, the private one to the VPN, which carries 19.168.0.0/16 only. */
const publicAndPrivate: Published = {
  name: 'a public subnet, and a private one with a VPN',
  facts: {
    vpcs: { 'vpc-p': { cidr: '10.0.0.0/16' } },
    subnets: {
      'subnet-public': { vpc: 'vpc-p', cidr: '10.0.0.0/24' },
      'subnet-private': { vpc: 'vpc-p', cidr: '10.0.1.0/24' },
    },
    tables: {
      'rtb-main': { vpc: 'vpc-p', routes: [['0.0.0.0/0', 'vgw-p']] },
      'rtb-public': { vpc: 'vpc-p', subnets: ['subnet-public'], routes: [['0.0.0.0/0', 'igw-p']] },
    },
    groups: {
      'sg-public': { vpc: 'vpc-p', ingress: [SSH] },
      'sg-private': { vpc: 'vpc-p', ingress: [SSH] },
    },
    instances: {
      'i-public': [{ subnet: 'subnet-public', address: '10.0.0.47', groups: ['sg-public'] }],
      'i-private': [{ subnet: 'subnet-private', address: '10.0.1.204', groups: ['sg-private'] }],
    },
  },
  flows: [
    {
      test: 'AwsConfigurationPublicPrivateSubnetTest.testFromPrivateToPublicSubnet',
      from: 'i-private',
      to: '10.0.0.47',
      disposition: 'DENIED_IN',
      lostAt: 'security-group-in',
    },
    {
      test: 'AwsConfigurationPublicPrivateSubnetTest.testFromPrivateToPublicSubnet',
      from: 'i-private',
      to: '13.58.55.60',
      disposition: 'NO_ROUTE',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
    {
      test: 'AwsConfigurationPublicPrivateSubnetTest.testFromPublicToPrivateSubnet',
      from: 'i-public',
      to: '10.0.1.204',
      disposition: 'DENIED_IN',
      lostAt: 'security-group-in',
    },
    {
      test: 'AwsConfigurationPublicPrivateSubnetTest.testToInternet',
      from: 'i-public',
      to: '8.8.8.8',
      disposition: 'EXITS_NETWORK',
    },
    {
      test: 'AwsConfigurationPublicPrivateSubnetTest.testToInternet',
      from: 'i-private',
      to: '8.8.8.8',
      disposition: 'NO_ROUTE',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
    {
      test: 'AwsConfigurationPublicPrivateSubnetTest.testToSite',
      from: 'i-public',
      to: '19.168.0.0',
      disposition: 'EXITS_NETWORK',
    },
    {
      test: 'AwsConfigurationPublicPrivateSubnetTest.testToSite',
      from: 'i-private',
      to: '19.168.0.0',
      disposition: 'EXITS_NETWORK',
    },
    {
      test: 'AwsConfigurationPublicPrivateSubnetTest.testFromInternet',
      from: '8.8.8.8',
      to: '10.0.0.47',
      disposition: 'NULL_ROUTED',
      unjudged: 'only ends inside a VPC are asked about',
    },
  ],
};

/** On premises a default route is announced, and the router there has none of its own. */
const vpn: Published = {
  name: 'a private subnet whose only way out is a VPN',
  facts: {
    vpcs: { 'vpc-v': { cidr: '10.0.0.0/16' } },
    subnets: { 'subnet-v': { vpc: 'vpc-v', cidr: '10.0.1.0/24' } },
    tables: { 'rtb-v': { vpc: 'vpc-v', routes: [['0.0.0.0/0', 'vgw-v']] } },
    groups: { 'sg-v': { vpc: 'vpc-v', ingress: [SSH] } },
    instances: { 'i-v': [{ subnet: 'subnet-v', address: '10.0.1.204', groups: ['sg-v'] }] },
  },
  flows: [
    {
      test: 'AwsConfigurationVpnGatewayTest.testToOnPrem',
      from: 'i-v',
      to: '8.8.8.8',
      disposition: 'NO_ROUTE',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
    {
      test: 'AwsConfigurationVpnGatewayTest.testInstanceToUnderlayInterfaceIp',
      from: 'i-v',
      to: '18.217.248.9',
      disposition: 'NO_ROUTE',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
    {
      test: 'AwsConfigurationVpnGatewayTest.testFromOnPrem',
      from: '1.1.1.2',
      to: '10.0.1.204',
      disposition: 'DENIED_IN',
      unjudged: 'only ends inside a VPC are asked about',
    },
  ],
};

const directConnect: Published = {
  name: 'a private virtual interface of Direct Connect',
  facts: {
    vpcs: { 'vpc-d': { cidr: '10.50.0.0/16' } },
    subnets: { 'subnet-d': { vpc: 'vpc-d', cidr: '10.50.1.0/24' } },
    tables: { 'rtb-d': { vpc: 'vpc-d', subnets: ['subnet-d'], routes: [['0.0.0.0/0', 'vgw-d']] } },
    groups: { 'sg-d': { vpc: 'vpc-d', ingress: [{ protocol: '-1', peer: '0.0.0.0/0' }] } },
    instances: { 'i-d': [{ subnet: 'subnet-d', address: '10.50.1.10', groups: ['sg-d'] }] },
  },
  flows: [
    {
      test: 'AwsConfigurationDirectConnectPrivateVifTest.testInstanceToOnPremPrefersHighDxCommunity',
      from: 'i-d',
      to: '10.20.0.1',
      disposition: 'ACCEPTED',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
  ],
};

/** The gateway is not attached in the zone of subnet-a2. */
const transitGateway: Published = {
  name: 'a transit gateway between two VPCs',
  facts: {
    vpcs: { 'vpc-a': { cidr: '10.10.0.0/16' }, 'vpc-b': { cidr: '192.168.0.0/16' } },
    subnets: {
      'subnet-a': { vpc: 'vpc-a', cidr: '10.10.10.0/24' },
      'subnet-a2': { vpc: 'vpc-a', cidr: '10.10.20.0/24' },
      'subnet-b': { vpc: 'vpc-b', cidr: '192.168.1.0/24' },
    },
    tables: {
      'rtb-a': { vpc: 'vpc-a', routes: [['192.168.0.0/16', 'tgw-ab']] },
      'rtb-b': {
        vpc: 'vpc-b',
        routes: [
          ['10.10.0.0/16', 'tgw-ab'],
          ['0.0.0.0/0', 'igw-b'],
        ],
      },
    },
    groups: {
      'sg-a': { vpc: 'vpc-a', ingress: [SSH] },
      'sg-a2': { vpc: 'vpc-a', ingress: [SSH] },
      'sg-b': { vpc: 'vpc-b', ingress: [SSH] },
    },
    instances: {
      'i-a': [{ subnet: 'subnet-a', address: '10.10.10.157', groups: ['sg-a'] }],
      'i-a2': [{ subnet: 'subnet-a2', address: '10.10.20.154', groups: ['sg-a2'] }],
      'i-b': [{ subnet: 'subnet-b', address: '192.168.1.106', groups: ['sg-b'] }],
    },
    services: {
      'eni-tgw-a': { subnet: 'subnet-a', address: '10.10.10.132', groups: [], type: 'transit_gateway' },
      'eni-tgw-b': { subnet: 'subnet-b', address: '192.168.1.95', groups: [], type: 'transit_gateway' },
    },
  },
  flows: [
    { method: 'testFromAtoB', from: 'i-a', to: '192.168.1.106', disposition: 'DENIED_IN' } as const,
    { method: 'testFromBtoA', from: 'i-b', to: '10.10.10.157', disposition: 'DENIED_IN' } as const,
    { method: 'testFromA2toB', from: 'i-a2', to: '192.168.1.106', disposition: 'NULL_ROUTED' } as const,
    { method: 'testFromBtoA2', from: 'i-b', to: '10.10.20.154', disposition: 'NULL_ROUTED' } as const,
  ].map(({ method, ...flow }) => ({
    ...flow,
    test: `AwsConfigurationTransitGatewayTest.${method}`,
    unjudged: 'a transit gateway is not modelled',
  })),
};

/** 52.216.0.0/15 is of S3 in us-east-1; 54.222.57.0/24 is another one of Amazon's. */
const gatewayEndpoint: Published = {
  name: 'a gateway endpoint, routed by its prefix list',
  facts: {
    vpcs: { 'vpc-g': { cidr: '10.1.0.0/16' } },
    subnets: {
      'subnet-public': { vpc: 'vpc-g', cidr: '10.1.1.0/24' },
      'subnet-private': { vpc: 'vpc-g', cidr: '10.1.101.0/24' },
    },
    tables: {
      'rtb-private': { vpc: 'vpc-g', subnets: ['subnet-private'], routes: [['pl-s3', 'vpce-s3']] },
      'rtb-public': {
        vpc: 'vpc-g',
        subnets: ['subnet-public'],
        routes: [
          ['0.0.0.0/0', 'igw-g'],
          ['pl-s3', 'vpce-s3'],
        ],
      },
      'rtb-main': { vpc: 'vpc-g', routes: [] },
    },
    groups: { 'sg-g': { vpc: 'vpc-g', ingress: [SSH, WEB, PING, TRACEROUTE] } },
    instances: {
      'i-public': [{ subnet: 'subnet-public', address: '10.1.1.169', groups: ['sg-g'] }],
      'i-private': [{ subnet: 'subnet-private', address: '10.1.101.36', groups: ['sg-g'] }],
    },
    prefixLists: { 'pl-s3': ['52.216.0.0/15'] },
  },
  flows: [
    {
      test: 'AwsConfigurationVpcEndpointGatewayTest.testFromSubnetPrivate_configuredAwsService',
      from: 'i-private',
      to: '52.216.237.77',
      traffic: tcp(443),
      disposition: 'ACCEPTED or EXITS_NETWORK',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
    {
      test: 'AwsConfigurationVpcEndpointGatewayTest.testFromSubnetPublic_configuredAwsService',
      from: 'i-public',
      to: '52.216.237.77',
      traffic: tcp(443),
      disposition: 'ACCEPTED or EXITS_NETWORK',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
    {
      test: 'AwsConfigurationVpcEndpointGatewayTest.testFromSubnetPrivate_otherAwsServices',
      from: 'i-private',
      to: '54.222.57.1',
      traffic: tcp(443),
      disposition: 'NO_ROUTE',
      unjudged: 'an address of no VPC that nothing leads to is refused, as it may be a slip',
    },
    {
      test: 'AwsConfigurationVpcEndpointGatewayTest.testFromSubnetPublic_otherAwsServices',
      from: 'i-public',
      to: '54.222.57.1',
      traffic: tcp(443),
      disposition: 'ACCEPTED or EXITS_NETWORK',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
  ],
};

const interfaceEndpoint: Published = {
  name: 'an interface endpoint in one of two subnets',
  facts: {
    vpcs: { 'vpc-e': { cidr: '10.1.0.0/16' } },
    subnets: {
      'subnet-without': { vpc: 'vpc-e', cidr: '10.1.1.0/24' },
      'subnet-with': { vpc: 'vpc-e', cidr: '10.1.101.0/24' },
    },
    tables: {
      'rtb-e': {
        vpc: 'vpc-e',
        subnets: ['subnet-without', 'subnet-with'],
        routes: [['0.0.0.0/0', 'igw-e']],
      },
    },
    groups: { 'sg-e': { vpc: 'vpc-e', ingress: [SSH, WEB, PING, TRACEROUTE] } },
    instances: {
      'i-without': [{ subnet: 'subnet-without', address: '10.1.1.88', groups: ['sg-e'] }],
      'i-with': [{ subnet: 'subnet-with', address: '10.1.101.63', groups: ['sg-e'] }],
    },
    services: {
      'eni-e': { subnet: 'subnet-with', address: '10.1.101.97', groups: ['sg-e'], type: 'vpc_endpoint' },
    },
  },
  flows: [
    {
      test: 'AwsConfigurationVpcEndpointInterfaceTest.testFromSubnetEndpoint',
      from: 'i-with',
      to: '10.1.101.97',
      traffic: tcp(443),
      disposition: 'ACCEPTED',
    },
    {
      test: 'AwsConfigurationVpcEndpointInterfaceTest.testFromSubnetNonEndpoint',
      from: 'i-without',
      to: '10.1.101.97',
      traffic: tcp(443),
      disposition: 'ACCEPTED',
    },
  ],
};

const natGateway: Published = {
  name: 'a NAT gateway',
  facts: {
    vpcs: { 'vpc-n': { cidr: '10.1.0.0/16' } },
    subnets: {
      'subnet-nat': { vpc: 'vpc-n', cidr: '10.1.250.0/24' },
      'subnet-1': { vpc: 'vpc-n', cidr: '10.1.1.0/24' },
    },
    tables: {
      'rtb-nat': { vpc: 'vpc-n', subnets: ['subnet-nat'], routes: [['0.0.0.0/0', 'igw-n']] },
      'rtb-1': { vpc: 'vpc-n', subnets: ['subnet-1'], routes: [['0.0.0.0/0', 'nat-n']] },
      'rtb-main': { vpc: 'vpc-n', routes: [] },
    },
    groups: { 'sg-n': { vpc: 'vpc-n', ingress: [SSH, PING] } },
    acls: {
      'acl-nat': {
        subnets: ['subnet-nat'],
        ingress: [
          { number: 100, action: 'allow', protocol: '-1', cidr: '10.1.1.0/24' },
          { number: 200, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' },
        ],
        egress: [{ number: 100, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' }],
      },
    },
    instances: {
      'i-jump': [{ subnet: 'subnet-nat', address: '10.1.250.116', groups: ['sg-n'] }],
      'i-1': [{ subnet: 'subnet-1', address: '10.1.1.98', groups: ['sg-n'] }],
    },
    services: {
      'eni-nat': { subnet: 'subnet-nat', address: '10.1.250.210', groups: [], type: 'nat_gateway' },
    },
  },
  flows: [
    {
      test: 'AwsConfigurationNatGatewayTest.testInstanceToInternet_bidirectional',
      from: 'i-1',
      to: '8.8.8.8',
      traffic: tcp(80),
      disposition: 'ACCEPTED or EXITS_NETWORK',
      unjudged: 'what lies behind a gateway or gateway endpoint is not modelled',
    },
    {
      test: 'AwsConfigurationNatGatewayTest.testIntraSubnetPacket',
      from: 'i-jump',
      to: '10.1.250.210',
      traffic: tcp(80),
      disposition: 'DENIED_IN',
      unjudged: 'EC2 shows nothing of what a load balancer or NAT gateway lets in',
    },
  ],
};

/** A Network Load Balancer in both server subnets takes TCP 80 and hands it on to 22. */
const loadBalancer: Published = {
  name: 'a Network Load Balancer with two servers',
  facts: {
    vpcs: { 'vpc-l': { cidr: '10.1.0.0/16' } },
    subnets: {
      'subnet-1': { vpc: 'vpc-l', cidr: '10.1.1.0/24' },
      'subnet-20': { vpc: 'vpc-l', cidr: '10.1.20.0/24' },
      'subnet-client': { vpc: 'vpc-l', cidr: '10.1.250.0/24' },
    },
    tables: {
      'rtb-client': { vpc: 'vpc-l', subnets: ['subnet-client'], routes: [['0.0.0.0/0', 'igw-l']] },
      'rtb-main': { vpc: 'vpc-l', routes: [] },
    },
    groups: {
      'sg-server': { vpc: 'vpc-l', ingress: [SSH] },
      'sg-client': { vpc: 'vpc-l', ingress: [SSH, PING] },
    },
    instances: {
      'i-1': [{ subnet: 'subnet-1', address: '10.1.1.189', groups: ['sg-server'] }],
      'i-2': [{ subnet: 'subnet-20', address: '10.1.20.95', groups: ['sg-server'] }],
      'i-client': [{ subnet: 'subnet-client', address: '10.1.250.112', groups: ['sg-client'] }],
    },
    services: {
      'eni-lb1': { subnet: 'subnet-1', address: '10.1.1.237', groups: [], type: 'network_load_balancer' },
      'eni-lb2': { subnet: 'subnet-20', address: '10.1.20.123', groups: [], type: 'network_load_balancer' },
    },
  },
  flows: [
    ...['i-1', 'i-2'].map((to) => ({
      test: 'AwsConfigurationLoadBalancerTest.testClientToServerReachability',
      from: 'i-client',
      to,
      traffic: tcp(22),
      disposition: 'ACCEPTED' as const,
    })),
    ...['10.1.1.237', '10.1.20.123'].flatMap((to) => [
      {
        test: 'AwsConfigurationLoadBalancerTest.testClientToLbTrace',
        from: 'i-client',
        to,
        traffic: tcp(80),
        disposition: 'ACCEPTED' as const,
        unjudged: 'EC2 shows nothing of what a load balancer or NAT gateway lets in' as const,
      },
      {
        test: 'AwsConfigurationLoadBalancerTest.testClientToLb_nonListenedPort',
        from: 'i-client',
        to,
        traffic: tcp(81),
        disposition: 'DENIED_IN' as const,
        unjudged: 'EC2 shows nothing of what a load balancer or NAT gateway lets in' as const,
      },
    ]),
  ],
};

export const NETWORKS: readonly Published[] = [
  peering,
  ...acrossAccounts,
  insideSubnet,
  publicAndPrivate,
  vpn,
  directConnect,
  transitGateway,
  gatewayEndpoint,
  interfaceEndpoint,
  natGateway,
  loadBalancer,
];
