import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import { commonFamily, EndpointError, endpointOf } from '../../lib/connectivity/endpoints.ts';
import { createNetworkModel } from '../../lib/connectivity/network-model.ts';
import type { NetworkInterface, NetworkSnapshot } from '../../lib/model/network.ts';
import { asAddress } from '../../lib/network/cidr.ts';
import { PEER, peering, route, vpc } from '../support/fixtures.ts';
import { instance, mainTable, network, subnet, VPC_A, VPC_B, VPC_C } from './networks.ts';

const model = (parts: Partial<NetworkSnapshot> = {}) => createNetworkModel(network(parts));

function found(
  parts: Partial<NetworkSnapshot>,
  asked: string,
  near: readonly string[] = [],
  family: 'ipv4' | 'ipv6' = 'ipv4',
) {
  const {
    vpcId,
    address,
    stands,
    instance: machine,
    subnet: place,
    note,
  } = endpointOf(model(parts), asked, family, near);
  return {
    vpcId,
    address: address.text,
    stands,
    ...(machine === undefined ? {} : { instance: machine.instanceId }),
    ...(place === undefined ? {} : { subnet: place.subnetId }),
    ...(note === undefined ? {} : { note }),
  };
}

const stands = (text: string, vpcId: string) =>
  `${text} stands for ${vpcId}, where no running instance is visible: routes and network ACLs are judged there, no security group is.`;

describe('an instance as an end', () => {
  it('is found with its place and its address of the family', () => {
    const place = { vpcId: 'vpc-a', stands: 'interface', instance: 'i-a', subnet: 'subnet-a1' };
    expect(found({}, 'i-a')).toEqual({ ...place, address: '10.1.1.13' });
    expect(found({}, 'i-a', [], 'ipv6')).toEqual({ ...place, address: '2001:db8:1:1::13' });
  });

  it('has to have an address of the family', () => {
    expect(() => found({}, 'i-c', [], 'ipv6')).toThrow(
      'i-c has no private IPv6 address. Terminated instances have none at all.',
    );
    const instances = [instance('i-a', VPC_A, 1, 13, { state: 'terminated' })];
    expect(() => found({ instances }, 'i-a')).toThrow(
      'i-a has no private IPv4 address. Terminated instances have none at all.',
    );
  });

  it('has its place even where its subnet was not read', () => {
    expect(found({ subnets: [] }, 'i-a')).not.toHaveProperty('subnet');
  });
});

describe('a VPC as an end', () => {
  it('is stood for by the running instance with the first id', () => {
    const instances = [
      instance('i-4', VPC_A, 1, 14),
      instance('i-2', VPC_A, 1, 12),
      instance('i-1', VPC_A, 1, 11, { state: 'stopped' }),
      instance('i-0', VPC_B, 1, 10),
      instance('i-3', VPC_A, 1, 13),
    ];
    expect(found({ instances }, 'vpc-a')).toEqual({
      vpcId: 'vpc-a',
      address: '10.1.1.12',
      stands: 'interface',
      instance: 'i-2',
      subnet: 'subnet-a1',
      note: 'i-2 (10.1.1.12) stands for vpc-a.',
    });
  });

  it('is stood for by the next instance where the first has no address of the family', () => {
    const instances = [instance('i-1', VPC_A, 1, 11, { ipv6Addresses: [] }), instance('i-2', VPC_A, 1, 12)];
    expect(found({ instances }, 'vpc-a', [], 'ipv6').instance).toBe('i-2');
  });

  it('is stood for by an address of its first subnet where it has no instance', () => {
    const subnets = [subnet(VPC_B, 1), subnet(VPC_A, 4), subnet(VPC_A, 2), subnet(VPC_A, 3)];
    expect(found({ instances: [], subnets }, 'vpc-a')).toEqual({
      vpcId: 'vpc-a',
      address: '10.1.2.4',
      stands: 'sample',
      subnet: 'subnet-a2',
      note: stands('10.1.2.4', 'vpc-a'),
    });
  });

  const foreign = vpc('vpc-z', ['10.7.0.0/16', '2001:db8:7::/56'], { accountId: PEER });
  const seen = {
    peerings: [peering('pcx-az', VPC_A, foreign), peering('pcx-ab', VPC_A, VPC_B)],
    routeTables: [
      mainTable(VPC_A, [
        route('pl-7', 'pcx-az'),
        route('10.2.1.0/24', 'pcx-ab'),
        route('10.7.9.0/24', 'igw-1'),
        route('10.7.3.0/24', 'pcx-az'),
        route('10.7.5.0/24', 'pcx-az'),
        route('10.7.4.0/24', 'pcx-az'),
        route('2001:db8:7:3::/64', 'pcx-az'),
        route('10.7.1.0/24', 'pcx-gone'),
      ]),
      mainTable(VPC_B, [route('10.7.2.0/24', 'pcx-az')]),
    ],
  };

  it('is stood for by an address that the other end routes to it, where it is not visible', () => {
    expect(found(seen, 'vpc-z', ['vpc-a'])).toEqual({
      vpcId: 'vpc-z',
      address: '10.7.3.4',
      stands: 'sample',
      note: stands('10.7.3.4', 'vpc-z'),
    });
    expect(found(seen, 'vpc-z', ['vpc-a'], 'ipv6').address).toBe('2001:db8:7:3::4');
  });

  it('is stood for by an address of its first CIDR, where nothing is routed to it', () => {
    expect(found(seen, 'vpc-z').address).toBe('10.7.0.4');
    expect(found(seen, 'vpc-z', ['vpc-c']).address).toBe('10.7.0.4');
    expect(found({ instances: [], subnets: [] }, 'vpc-c').address).toBe('10.3.0.4');
  });

  it('has to be visible, with a CIDR of the family', () => {
    expect(() => found({}, 'vpc-nobody')).toThrow(
      'vpc-nobody is in none of the accounts and Regions that were read, and no peering shows a CIDR of it for ipv4.',
    );
    expect(() => found({ instances: [] }, 'vpc-c', [], 'ipv6')).toThrow('shows a CIDR of it for ipv6.');
  });
});

describe('an address as an end', () => {
  const shared = (id: string) => vpc(id, ['10.5.0.0/16']);
  const [W, X, Y, Z] = ['vpc-w', 'vpc-x', 'vpc-y', 'vpc-z'].map(shared) as [
    typeof VPC_A,
    typeof VPC_A,
    typeof VPC_A,
    typeof VPC_A,
  ];
  const all = [Z, Y, X, W, VPC_A, VPC_B];
  const parts = {
    vpcs: all,
    subnets: all.map((each) => subnet(each, 1)),
    peerings: [
      peering('pcx-ay', VPC_A, Y),
      peering('pcx-xa', X, VPC_A, { status: 'deleted' }),
      peering('pcx-zb', Z, VPC_B),
    ],
  };
  const machines = (...of: readonly (typeof VPC_A)[]) => ({
    ...parts,
    instances: of.map((each) => instance(`i-${each.vpcId.slice(4)}`, each, 1, 9)),
  });

  it('is the machine that has it', () => {
    expect(found({}, '10.2.1.139')).toEqual({
      vpcId: 'vpc-b',
      address: '10.2.1.139',
      stands: 'interface',
      instance: 'i-b',
      subnet: 'subnet-b1',
    });
  });

  it('is, of several machines, the one in the VPC that is meant first, then one in a VPC peered with those', () => {
    const four = machines(W, X, Y, Z);
    expect(found(four, '10.5.1.9', ['vpc-x']).instance).toBe('i-x');
    expect(found(four, '10.5.1.9', ['vpc-z', 'vpc-x']).instance).toBe('i-z');
    expect(found(four, '10.5.1.9', ['vpc-x', 'vpc-z', 'vpc-a']).instance).toBe('i-x');
    expect(found(four, '10.5.1.9', ['vpc-a']).instance).toBe('i-y');
    expect(found(four, '10.5.1.9', ['vpc-b']).instance).toBe('i-z');
    expect(found(four, '10.5.1.9', ['vpc-c', 'vpc-b']).instance).toBe('i-z');
  });

  it('is refused where several machines are as near', () => {
    const names = ['w', 'x', 'z'].map((id) => `the primary interface of i-${id} in vpc-${id}`).join(', ');
    expect(() => found(machines(Z, X, W), '10.5.1.9', ['vpc-a'])).toThrow(
      new EndpointError('10.5.1.9', `belongs to several: ${names}. Name the instance instead.`),
    );
    expect(() => found(machines(Y, Z), '10.5.1.9', ['vpc-a', 'vpc-b'])).toThrow('belongs to several');
    expect(found(machines(Z), '10.5.1.9', ['vpc-a']).instance).toBe('i-z');
  });

  it('is, where no machine has it, of the VPC that is nearest, else of the one with the first id', () => {
    const none = { ...parts, instances: [] };
    expect(found(none, '10.5.1.9')).toEqual({
      vpcId: 'vpc-w',
      address: '10.5.1.9',
      stands: 'interface',
      subnet: 'subnet-w1',
    });
    expect(found(none, '10.5.1.9', ['vpc-x']).vpcId).toBe('vpc-x');
    expect(found(none, '10.5.1.9', ['vpc-a']).vpcId).toBe('vpc-y');
    expect(found(none, '10.5.77.9', ['vpc-b'])).toEqual({
      vpcId: 'vpc-z',
      address: '10.5.77.9',
      stands: 'interface',
    });
  });

  it('is, where several VPCs are as near, of one with a subnet that has it', () => {
    const hidden = { ...parts, instances: [], subnets: [subnet(X, 1), subnet(Y, 1)] };
    expect(found(hidden, '10.5.1.9').vpcId).toBe('vpc-x');
    expect(found(hidden, '10.5.77.9').vpcId).toBe('vpc-w');
    expect(found(hidden, '10.5.1.9', ['vpc-b']).vpcId).toBe('vpc-z');
  });

  it('has to be in some VPC', () => {
    expect(() => found({}, '192.0.2.1')).toThrow(
      '192.0.2.1 is in no VPC that was read or that a peering shows.',
    );
    expect(() => found({}, 'server')).toThrow(
      'server is no instance id (i-...), no VPC id (vpc-...) and no IPv4 or IPv6 address.',
    );
  });

  it('is told from text that is none', () => {
    expect(asAddress('10.0.0.1')?.text).toBe('10.0.0.1');
    expect(asAddress('10.0.0.1/8')).toBeUndefined();
  });

  it('is refused with an error that names what was asked for', () => {
    expect(new EndpointError('x', 'is nothing.')).toMatchObject({
      name: 'EndpointError',
      asked: 'x',
      message: 'x is nothing.',
    });
  });
});

describe('the family that both ends can use', () => {
  const six = [
    instance('i-4', VPC_A, 1, 1, { ipv6Addresses: [] }),
    instance('i-6', VPC_A, 1, 2, { ipv4Addresses: [] }),
    instance('i-46', VPC_B, 1, 3),
  ];
  const only6 = vpc('vpc-6', ['2001:db8:6::/56']);
  const seen = model({ instances: six, vpcs: [VPC_A, VPC_B, VPC_C, only6] });

  it.each([
    ['i-4', 'i-46', 'ipv4'],
    ['i-6', 'i-46', 'ipv6'],
    ['i-46', 'i-6', 'ipv6'],
    ['i-46', 'i-46', 'ipv4'],
    ['i-4', 'i-6', 'ipv4'],
    ['vpc-6', 'i-46', 'ipv6'],
    ['vpc-6', 'vpc-a', 'ipv6'],
    ['vpc-c', 'vpc-a', 'ipv4'],
    ['vpc-6', 'vpc-c', 'ipv4'],
    ['vpc-nobody', 'vpc-6', 'ipv4'],
    ['vpc-nobody', 'vpc-nobody', 'ipv4'],
    ['2001:db8::1', 'i-46', 'ipv6'],
    ['10.0.0.1', 'i-46', 'ipv4'],
  ])('is, for %s and %s, %s', (one, other, family) => {
    expect(commonFamily(seen, one, other)).toBe(family);
  });
});

describe('an address of a block that is delegated to an interface', () => {
  const node: NetworkInterface = {
    interfaceId: 'eni-node',
    vpcId: 'vpc-a',
    subnetId: 'subnet-a1',
    addresses: ['10.1.1.13'],
    delegated: ['10.1.1.32/28', '2001:db8:1:1:aaaa::/80'],
    securityGroupIds: ['sg-a'],
    instanceId: 'i-a',
  };

  it.each(['10.1.1.32', '10.1.1.47', '2001:db8:1:1:aaaa::7'])('%s is that of its instance', (address) => {
    expect(found({ interfaces: [node] }, address)).toMatchObject({ instance: 'i-a', address });
  });

  it('does not reach beyond the block', () => {
    expect(found({ interfaces: [node] }, '10.1.1.48')).not.toHaveProperty('instance');
  });

  it('lets a pod be reached, which EC2 lists nowhere', () => {
    const interfaces = [
      { ...node, interfaceId: 'eni-b', vpcId: 'vpc-b', subnetId: 'subnet-b1', instanceId: 'i-b' },
    ];
    const pods = interfaces.map((each) => ({
      ...each,
      addresses: ['10.2.1.139'],
      delegated: ['10.2.1.32/28'],
    }));
    const groups = pods.map((each) => ({ ...each, securityGroupIds: ['sg-b'] }));
    expect(diagnose(network({ interfaces: groups }), 'i-a', '10.2.1.40').reachable).toBe(true);
    expect(diagnose(network({ interfaces: groups }), 'i-a', '10.2.1.50').reachable).toBe(false);
  });
});
