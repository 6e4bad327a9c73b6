import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { startLab } from 'local-aws-peering';
import { codeOf, createSite, eventually } from 'local-aws-peering/testing';

const lab = await startLab();
Object.assign(process.env, lab.env); // the SDK's clients find the lab by these
const ec2 = new EC2Client();
const ssm = new SSMClient();

// A VPC, a subnet and a running instance in it that answers pings: 10.1.1.10 and 10.2.1.10.
const a = await createSite(ec2, '10.1');
const b = await createSite(ec2, '10.2');

async function ping(): Promise<void> {
  const { Command } = await ssm.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [a.instanceId],
      Parameters: { commands: [`ping -c 2 ${b.address}`] },
    }),
  );
  await lab.idle();
  const invocation = { CommandId: Command?.CommandId, InstanceId: a.instanceId };
  const { StandardOutputContent } = await ssm.send(new GetCommandInvocationCommand(invocation));
  console.log(StandardOutputContent);
}

const { VpcPeeringConnection } = await ec2.send(
  new CreateVpcPeeringConnectionCommand({ VpcId: a.vpcId, PeerVpcId: b.vpcId }),
);
console.log(`${VpcPeeringConnection?.Status?.Message}\n`);
const VpcPeeringConnectionId = VpcPeeringConnection?.VpcPeeringConnectionId ?? '';
await ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
const isActive = async () => (await codeOf(ec2, VpcPeeringConnectionId)) === 'active' || undefined;
await eventually('the peering becoming active', isActive);

await ec2.send(
  new CreateRouteCommand({
    RouteTableId: a.mainTableId,
    DestinationCidrBlock: b.cidr,
    VpcPeeringConnectionId,
  }),
);
await ping(); // there, but not back

await ec2.send(
  new CreateRouteCommand({
    RouteTableId: b.mainTableId,
    DestinationCidrBlock: a.cidr,
    VpcPeeringConnectionId,
  }),
);
await ping();

await lab.stop();
