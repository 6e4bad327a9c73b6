import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkInterface, NetworkSnapshot } from '../../lib/model/network.ts';
import { PEER } from '../support/fixtures.ts';
import { instance, network, OWN, VPC_A } from './networks.ts';

/** Interfaces of which this account sees less than of its instances' own. */

function card(parts: Partial<NetworkInterface>): NetworkInterface {
  return {
    interfaceId: 'eni-1',
    accountId: OWN,
    vpcId: 'vpc-b',
    subnetId: 'subnet-b1',
    addresses: ['10.2.1.50'],
    securityGroupIds: ['sg-b'],
    ...parts,
  };
}

function explained(parts: Partial<NetworkSnapshot>, target: string, port?: number) {
  const traffic = port === undefined ? {} : { traffic: { protocol: 'tcp', port } as const };
  return diagnose(network(parts), 'i-a', target, { ...traffic, suggest: 'other-ports' });
}

describe('an interface without security groups', () => {
  it.each([
    ['nat_gateway', 'a NAT gateway'],
    ['vpc_endpoint', 'an interface endpoint'],
    ['network_load_balancer', 'a Network Load Balancer'],
    ['gateway_load_balancer_endpoint', 'a Gateway Load Balancer endpoint'],
    [undefined, 'a service'],
  ])('of type %s is not visible, and no rule of group "" is advised', (kind, words) => {
    const interfaces = [card({ securityGroupIds: [], ...(kind === undefined ? {} : { kind }) })];
    for (const port of [undefined, 443]) {
      const { reachable, hops, summary } = explained({ interfaces }, '10.2.1.50', port);
      expect(reachable).toBe('not-visible');
      const hop = hops.find(({ name }) => name === 'security-group-in');
      expect(hop).toMatchObject({ status: 'not-visible', ids: ['eni-1'] });
      expect(hop?.sentence).toContain(`${words} shows no security groups`);
      expect(`${summary} ${hops.map(({ sentence }) => sentence).join(' ')}`).not.toMatch(
        /Security group {2}|rule for it/,
      );
    }
  });

  it('as the source is not visible, either', () => {
    const interfaces = [
      card({ securityGroupIds: [], vpcId: 'vpc-a', subnetId: 'subnet-a1', addresses: ['10.1.1.50'] }),
    ];
    const { hops } = diagnose(network({ interfaces }), '10.1.1.50', 'i-b', {
      traffic: { protocol: 'tcp', port: 1 },
    });
    expect(hops.find(({ name }) => name === 'security-group-out')?.status).toBe('not-visible');
  });

  it('says by its type what it belongs to', () => {
    const interfaces = [card({ kind: 'lambda' })];
    expect(
      explained({ interfaces }, '10.2.1.50', 443).hops.find(({ name }) => name === 'target')?.sentence,
    ).toContain('belongs to a Lambda function');
  });
});

describe('an instance of a participant in a shared subnet', () => {
  const interfaces = [card({ accountId: PEER, instanceId: 'i-theirs' })];

  it.each(['10.2.1.50', 'eni-1', 'i-theirs'])('is found by %s, and its state is not visible', (target) => {
    const { reachable, hops } = explained({ interfaces }, target);
    expect(reachable).toBe('not-visible');
    expect(hops.filter(({ status }) => status === 'fails')).toEqual([]);
    const hop = hops.find(({ name }) => name === 'target');
    expect(hop).toMatchObject({ status: 'not-visible', ids: ['i-theirs'] });
    expect(hop?.sentence).toBe(
      `i-theirs (10.2.1.50) is an instance of account ${PEER} in a subnet that is shared with it; whether it runs is not visible.`,
    );
  });

  it('is judged by its groups and lists like others', () => {
    const failing = [card({ accountId: PEER, instanceId: 'i-theirs', securityGroupIds: ['sg-a'] })];
    const shut = network({
      interfaces: failing,
      securityGroups: network().securityGroups.map((each) => ({ ...each, ingress: [] })),
    });
    expect(diagnose(shut, 'i-a', 'i-theirs').firstFailure?.hop).toBe('security-group-in');
  });
});

it('in a VPC that is shared with this account, what is not seen is not visible, and never missing', () => {
  const shared = { partialVpcs: new Set(['vpc-b']) };
  for (const target of ['10.2.1.77', '10.2.200.1']) {
    const { reachable, hops } = explained(shared, target);
    expect(reachable).toBe('not-visible');
    expect(hops.find(({ name }) => name === 'target')?.status).toBe('not-visible');
  }
  const own = explained({ ...shared, instances: [instance('i-a', VPC_A, 1, 13)] }, '10.2.1.77');
  expect(own.hops.find(({ name }) => name === 'security-group-in')?.status).toBe('not-visible');
});
