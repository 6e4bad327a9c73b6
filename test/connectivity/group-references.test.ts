import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkSnapshot, SecurityGroupRule } from '../../lib/model/network.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { PEER, peering, route, vpc } from '../support/fixtures.ts';
import { network, peerings, rule, securityGroup, tables, VPC_A, VPC_B, VPC_C } from './networks.ts';

const WHOLE = { extent: 'whole-regions' } as const;
const FIND =
  'Such a rule stays after the peering is gone; find the others with aws ec2 describe-stale-security-groups --vpc-id vpc-b --region us-east-1.';

function closedBy(ingress: readonly SecurityGroupRule[], parts: Partial<NetworkSnapshot> = {}) {
  const securityGroups = [VPC_A, VPC_C].map((each) => securityGroup(each));
  return network({ securityGroups: [...securityGroups, securityGroup(VPC_B, { ingress })], ...parts });
}

function failureOf(snapshot: NetworkSnapshot, options: Parameters<typeof diagnose>[3] = WHOLE) {
  const { firstFailure } = diagnose(snapshot, 'i-a', 'i-b', options);
  expect(firstFailure?.hop).toBe('security-group-in');
  return firstFailure;
}

describe('a rule that refers to a group which no longer counts', () => {
  const postgres = rule({ protocol: 'tcp', fromPort: 5432, toPort: 5432, groupIds: ['sg-old'] });

  it('is named with the group, and how to find the others', () => {
    const failure = failureOf(closedBy([postgres]), { ...WHOLE, traffic: { protocol: 'tcp', port: 5432 } });
    expect(failure?.sentence).toBe(
      `Security group sg-b of i-b (10.2.1.139) does not let TCP port 5432 in from 10.1.1.13. The inbound rule of sg-b for TCP 5432 refers to sg-old, a group that no longer counts: it is a group neither of vpc-b nor of any VPC to which a live peering leads from there. ${FIND} Add an inbound rule for it.`,
    );
    expect(failure?.ids).toEqual(['sg-b', 'sg-old']);
  });

  it('is named in an answer about other packets, too', () => {
    expect(failureOf(closedBy([postgres]))?.sentence).toContain('for TCP 5432 refers to sg-old');
  });

  it('of a VPC whose peering was deleted is named with AWS’s words about it', () => {
    const gone: Peering = {
      ...peering('pcx-bd', VPC_B, vpc('vpc-d', ['10.4.0.0/16']), { status: 'deleted' }),
      statusMessage: 'Deleted by 222222222222',
    };
    const far = securityGroup(vpc('vpc-d', ['10.4.0.0/16']), { groupId: 'sg-d' });
    const snapshot = closedBy([rule({ groupIds: ['sg-d'] })], { peerings: [...peerings(), gone] });
    const seen = { ...snapshot, securityGroups: [...snapshot.securityGroups, far] };
    for (const extent of [WHOLE, {}]) {
      expect(failureOf(seen, extent)?.sentence).toContain(
        'The inbound rule of sg-b for all traffic refers to sg-d, a group that no longer counts: it is a group of vpc-d, to which no live peering leads from vpc-b: pcx-bd is deleted (AWS says: "Deleted by 222222222222").',
      );
    }
  });

  it('is known by what EC2 says of the reference, even of a VPC that was never visible', () => {
    const stranger = vpc('vpc-s', ['10.5.0.0/16'], { accountId: PEER });
    const reference = { groupId: 'sg-s', vpcId: 'vpc-x', peeringId: 'pcx-x', peeringStatus: 'deleted' };
    const snapshot = closedBy([rule({ groupIds: ['sg-s'], groupReferences: [reference] })], {
      // Another account that is still peered could have the group, if EC2 did not say better.
      peerings: [...peerings(), peering('pcx-bs', VPC_B, stranger)],
    });
    expect(failureOf(snapshot, {})?.sentence).toContain(
      'refers to sg-s, a group that no longer counts: it is a group of vpc-x, and pcx-x is deleted.',
    );
  });

  it('may be of an account that is still peered: then it is only said what it hangs on', () => {
    const stranger = vpc('vpc-s', ['10.5.0.0/16'], { accountId: PEER });
    const snapshot = closedBy([rule({ groupIds: ['sg-s'] })], {
      peerings: [...peerings(), peering('pcx-bs', VPC_B, stranger)],
    });
    const sentence = failureOf(snapshot)?.sentence;
    expect(sentence).toContain(
      'refers to sg-s: it was not read, and counts only while it is a group of vpc-s (pcx-bs).',
    );
    expect(sentence).not.toContain('no longer counts');
  });

  it('is not claimed where not every peering was read', () => {
    expect(failureOf(closedBy([postgres]), {})?.sentence).not.toContain('sg-old');
  });

  it('is told of an outbound rule of the source just so', () => {
    const egress = [rule({ groupIds: ['sg-old'] })];
    const snapshot = network({
      securityGroups: [securityGroup(VPC_A, { egress }), securityGroup(VPC_B), securityGroup(VPC_C)],
    });
    const { firstFailure } = diagnose(snapshot, 'i-a', 'i-b', WHOLE);
    expect(firstFailure?.hop).toBe('security-group-out');
    expect(firstFailure?.sentence).toContain('The outbound rule of sg-a for all traffic refers to sg-old');
    expect(firstFailure?.sentence).toContain('--vpc-id vpc-a');
  });

  it('is told where the packet is lost because the peering is gone', () => {
    const snapshot = closedBy([rule({ groupIds: ['sg-a'] })], { peerings: peerings('deleted') });
    const { firstFailure, summary } = diagnose(snapshot, 'i-a', 'i-b', WHOLE);
    expect(firstFailure?.hop).toBe('peering');
    expect(summary).toContain(
      'The inbound rule of sg-b for all traffic refers to sg-a, a group that no longer counts',
    );
    expect(summary).toContain(FIND);
  });

  it('is not made a certainty where a transit gateway may carry the reference', () => {
    const snapshot = closedBy([postgres], {
      routeTables: tables({
        b: [route('10.1.0.0/16', 'pcx-ab'), route('10.3.0.0/16', 'pcx-bc'), route('10.9.0.0/16', 'tgw-1')],
      }),
    });
    expect(failureOf(snapshot)?.sentence).toContain(
      'Groups that a transit gateway lets rules refer to are not visible here.',
    );
  });

  it('is one of at most three that are told', () => {
    const ids = ['sg-1', 'sg-2', 'sg-3', 'sg-4', 'sg-5'];
    expect(failureOf(closedBy([rule({ groupIds: ids })]))?.sentence).toContain('So do 2 more references.');
  });
});

describe('a rule that refers to a group', () => {
  it('of another Region is told to name CIDRs', () => {
    const abroad = vpc('vpc-a', VPC_A.cidrs, { region: 'eu-west-1' });
    const snapshot = closedBy([rule({ groupIds: ['sg-a'] })], {
      vpcs: [abroad, VPC_B, VPC_C],
      peerings: [peering('pcx-ab', abroad, VPC_B)],
    });
    const sentence = failureOf(snapshot)?.sentence;
    expect(sentence).toContain(
      'refers to sg-a in vain: it is a group of vpc-a in eu-west-1, and groups cannot be referred to across Regions: name CIDRs in place of it.',
    );
    expect(sentence).not.toContain('describe-stale-security-groups');
  });

  it('of a VPC with a live peering counts, whether or not the source is in it', () => {
    expect(failureOf(closedBy([rule({ groupIds: ['sg-c'] })]))?.sentence).not.toContain('sg-c');
  });

  it('that was deleted since is named', () => {
    const told = (vpcId: string) => [{ groupId: 'sg-gone', vpcId }];
    for (const home of ['vpc-b', 'vpc-c']) {
      const ingress = [rule({ groupIds: ['sg-gone'], groupReferences: told(home) })];
      expect(failureOf(closedBy(ingress))?.sentence).toContain(`${home} no longer has such a group`);
    }
  });

  it('of a VPC that is not the source’s decides nothing about an address that is not visible', () => {
    const foreign = vpc('vpc-a', VPC_A.cidrs, { accountId: PEER });
    const parts = (vpcId: string) =>
      closedBy([rule({ groupIds: ['sg-x'], groupReferences: [{ groupId: 'sg-x', vpcId }] })], {
        vpcs: [VPC_B, VPC_C],
        instances: network().instances.slice(1),
        peerings: [peering('pcx-ab', foreign, VPC_B), ...peerings().slice(1)],
      });
    const groupHop = (vpcId: string) =>
      diagnose(parts(vpcId), '10.1.1.13', 'i-b', WHOLE).hops.find(({ name }) => name === 'security-group-in');
    expect(groupHop('vpc-a')?.status).toBe('not-visible');
    expect(groupHop('vpc-c')?.status).toBe('fails');
  });
});
