import type { EC2Client, SecurityGroup } from '@aws-sdk/client-ec2';
import { createConnectivityReader } from '../../lib/aws/connectivity.ts';
import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import { network, peerings, VPC_A, VPC_B } from '../connectivity/networks.ts';
import { PEER, peering, REGION, vpc } from '../support/fixtures.ts';

/** What DescribeSecurityGroups says of a reference to a group across a peering that was deleted. */
const CLOSED: SecurityGroup = {
  GroupId: 'sg-b',
  VpcId: VPC_B.vpcId,
  IpPermissions: [
    {
      IpProtocol: '-1',
      UserIdGroupPairs: [
        {
          GroupId: 'sg-old',
          UserId: PEER,
          VpcId: 'vpc-old',
          VpcPeeringConnectionId: 'pcx-old',
          PeeringStatus: 'deleted',
        },
        { GroupId: 'sg-b', UserId: VPC_B.accountId },
      ],
    },
  ],
};

function reader() {
  const client = { send: async () => ({ SecurityGroups: [CLOSED] }) } as unknown as EC2Client;
  return createConnectivityReader({ forRegion: () => client });
}

it('of a reference to a group it is known whose it is, and what became of the peering', async () => {
  const [group] = await reader().readSecurityGroups(REGION, [VPC_B.vpcId]);
  expect(group?.ingress).toEqual([
    {
      protocol: '-1',
      cidrs: [],
      prefixListIds: [],
      groupIds: ['sg-old', 'sg-b'],
      groupReferences: [
        { groupId: 'sg-old', vpcId: 'vpc-old', peeringId: 'pcx-old', peeringStatus: 'deleted' },
      ],
    },
  ]);
});

it('so the diagnosis is sure of it, although another VPC that was not read could have such a group', async () => {
  const [a] = network().securityGroups.filter(({ vpcId }) => vpcId === VPC_A.vpcId);
  const securityGroups = [
    ...(a === undefined ? [] : [a]),
    ...(await reader().readSecurityGroups(REGION, [VPC_B.vpcId])),
  ];
  const stranger = vpc('vpc-s', ['10.5.0.0/16'], { accountId: PEER });
  const { firstFailure } = diagnose(
    network({ securityGroups, peerings: [...peerings(), peering('pcx-bs', VPC_B, stranger)] }),
    'i-a',
    'i-b',
  );
  expect(firstFailure?.sentence).toContain(
    'refers to sg-old, a group that no longer counts: it is a group of vpc-old, and pcx-old is deleted.',
  );
});
