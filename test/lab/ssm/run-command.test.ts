import {
  CreateDocumentCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  ListDocumentsCommand,
  paginateDescribeInstanceInformation,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import { CreateTagsCommand, DeleteRouteCommand, StopInstancesCommand } from '@aws-sdk/client-ec2';
import { OWN, REGION, type SsmLab, startSsmLab } from './gateway.ts';
import { createSite, join, present, type Site } from './world.ts';

jest.setTimeout(120_000);

let lab: SsmLab;
let one: Site;
let two: Site;
let lonely: Site;
let peeringId: string;

beforeAll(async () => {
  lab = await startSsmLab({ visibleAfterMs: 40 });
  const ec2 = lab.ec2();
  one = await createSite(ec2, '10.1');
  two = await createSite(ec2, '10.2');
  lonely = await createSite(ec2, '10.3');
  peeringId = await join(one, two);
});

afterAll(async () => {
  await lab?.stop();
});

async function run(
  commands: readonly string[],
  options: { readonly from?: Site; readonly ssm?: ReturnType<SsmLab['ssm']> } = {},
): Promise<GetCommandInvocationCommandOutput> {
  const ssm = options.ssm ?? lab.ssm();
  const instanceId = (options.from ?? one).instanceId;
  const { Command } = await ssm.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [instanceId],
      Parameters: { commands: [...commands] },
    }),
  );
  await lab.settle();
  await new Promise((resolve) => setTimeout(resolve, 60));
  return ssm.send(
    new GetCommandInvocationCommand({ CommandId: present(Command?.CommandId), InstanceId: instanceId }),
  );
}

it('pings across a peering that both sides route', async () => {
  const invocation = await run([`ping -c 4 ${two.address}`]);
  console.log(invocation, lab.logged);
  expect(invocation).toMatchObject({ Status: 'Success', ResponseCode: 0, PluginName: 'aws:runShellScript' });
  expect(invocation.StandardOutputContent).toContain('4 packets transmitted, 4 received, 0% packet loss');
  expect(lab.logged).toEqual([]);
});
