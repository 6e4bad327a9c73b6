import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkInterface } from '../../lib/model/network.ts';
import { route } from '../support/fixtures.ts';
import { network, networkAcl, OPEN_ENTRIES, rule, securityGroup, tables, VPC_A, VPC_B } from './networks.ts';

const HTTPS = { protocol: 'tcp', port: 443 } as const;
const NODE: NetworkInterface = {
  interfaceId: 'eni-node',
  vpcId: 'vpc-a',
  subnetId: 'subnet-a1',
  addresses: ['10.1.1.13'],
  securityGroupIds: ['sg-a'],
  instanceId: 'i-a',
};
const PODS: NetworkInterface = {
  ...NODE,
  interfaceId: 'eni-pods',
  addresses: ['10.1.1.40'],
  delegated: ['10.1.1.64/28', '2001:db8:1:1:aaaa::/80'],
};
const TARGET: NetworkInterface = {
  ...NODE,
  interfaceId: 'eni-b',
  vpcId: 'vpc-b',
  subnetId: 'subnet-b1',
  addresses: ['10.2.1.139', '2001:db8:2:1::139'],
  securityGroupIds: ['sg-b'],
  instanceId: 'i-b',
};

function asked(source: string, lets: readonly string[], target = '10.2.1.139') {
  const ingress = [rule({ protocol: 'tcp', fromPort: 443, toPort: 443, cidrs: lets })];
  const parts = {
    interfaces: [NODE, PODS, TARGET],
    securityGroups: [securityGroup(VPC_A, { ingress }), securityGroup(VPC_B, { ingress })],
    networkAcls: [VPC_A, VPC_B].map((each) => networkAcl(each, OPEN_ENTRIES)),
    routeTables: tables({
      a: [route('10.2.0.0/16', 'pcx-ab'), route('2001:db8:2::/56', 'pcx-ab')],
      b: [route('10.1.0.0/16', 'pcx-ab'), route('2001:db8:1::/56', 'pcx-ab')],
    }),
  };
  return diagnose(network(parts), source, target, { traffic: HTTPS });
}

const BY_DEFAULT = 'sends what leaves the VPC from 10.1.1.13, the primary address of i-a';

describe('a pod of a delegated block, which the VPC CNI may let send from its node', () => {
  it('is said to, and to get through from there, too', () => {
    const { reachable, summary } = asked('10.1.1.70', ['10.1.1.0/24']);
    expect(reachable).toBe(true);
    expect(summary).toContain(BY_DEFAULT);
    expect(summary).toContain('AWS_VPC_K8S_CNI_EXTERNALSNAT');
    expect(summary).toContain('gets through from there, too');
  });

  it('is not said to get through where the peer would refuse its node', () => {
    const { reachable, summary, hops } = asked('10.1.1.70', ['10.1.1.64/28']);
    expect(reachable).toBe('not-visible');
    expect(summary).toContain(BY_DEFAULT);
    expect(summary).toContain('sg-b');
    expect(summary).toContain('in from 10.1.1.13');
    expect(hops.filter(({ status }) => status !== 'passes').map(({ name }) => name)).toEqual(['source']);
  });

  it('is said to get through from its node where only that is let in', () => {
    const { reachable, summary } = asked('10.1.1.70', ['10.1.1.13/32']);
    expect(reachable).toBe(false);
    expect(summary).toContain('From there nothing in the network is in the way');
  });

  it('says nothing of it inside the VPC, of IPv6, or of an address that is no pod', () => {
    const all = ['0.0.0.0/0', '::/0'];
    for (const { summary, reachable } of [
      asked('10.1.1.70', all, '10.1.1.13'),
      asked('2001:db8:1:1:aaaa::7', all, '2001:db8:2:1::139'),
      asked('10.1.1.40', all),
      asked('i-a', all),
    ]) {
      expect(reachable).toBe(true);
      expect(summary).not.toContain('EXTERNALSNAT');
    }
  });
});
