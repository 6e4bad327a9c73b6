import { interfaceFrom } from '../../lib/aws/network-mapping.ts';

const shown = {
  NetworkInterfaceId: 'eni-1',
  VpcId: 'vpc-a',
  SubnetId: 'subnet-a1',
  PrivateIpAddress: '10.1.1.13',
};

it('reads the blocks that are delegated to an interface, IPv4 and IPv6', () => {
  const prefixes = {
    Ipv4Prefixes: [{ Ipv4Prefix: '10.1.1.32/28' }, {}],
    Ipv6Prefixes: [{ Ipv6Prefix: '2001:db8:1:1:aaaa::/80' }],
  };
  expect(interfaceFrom({ ...shown, ...prefixes })?.delegated).toEqual([
    '10.1.1.32/28',
    '2001:db8:1:1:aaaa::/80',
  ]);
  expect(interfaceFrom(shown)).not.toHaveProperty('delegated');
});
