import { CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { GetCommandInvocationCommand, SendCommandCommand } from '@aws-sdk/client-ssm';
import { createSite, joinSites, type Site, type SsmLab, startSsmLab } from 'local-aws-peering/testing';
import { PRODUCT_SCRIPTS } from '../../local/probe-steps.ts';
import { pingDocument } from '../../resources/document.ts';
import { policyOf } from '../support/fixtures.ts';

/** The stack's own document in the local AWS, which knows its steps by their text. */

let lab: SsmLab;
let linux: Site;
let windows: Site;

beforeAll(async () => {
  lab = await startSsmLab({ visibleAfterMs: 0, scripts: PRODUCT_SCRIPTS });
  linux = await createSite(lab.ec2(), '10.1');
  windows = await createSite(lab.ec2(), '10.4', { platform: 'Windows' });
  await joinSites(linux, windows);
});

afterAll(() => lab?.stop());

const made = pingDocument({ policy: policyOf(), stage: 'prod' }).PingDocument;
const { Content, ...properties }: Record<string, unknown> = made?.Properties ?? {};

function send(name: string, from: Site, target: string) {
  return lab.ssm().send(
    new SendCommandCommand({
      DocumentName: name,
      InstanceIds: [from.instanceId],
      Parameters: { target: [target] },
    }),
  );
}

it.each([
  ['an object', Content],
  ['text', typeof Content === 'string' ? Content : JSON.stringify(Content)],
])('runs on both platforms, its content given to CloudFormation as %s', async (form, content) => {
  const name = form.replace(' ', '-');
  await lab.cloudFormation().send(
    new CreateStackCommand({
      StackName: `documents-${name}`,
      TemplateBody: JSON.stringify({
        Resources: {
          PingDocument: {
            Type: 'AWS::SSM::Document',
            Properties: { ...properties, Name: name, Content: content },
          },
        },
      }),
    }),
  );

  for (const [from, to, step] of [
    [linux, windows, 'pingOnLinux'],
    [windows, linux, 'pingOnWindows'],
  ] as const) {
    const { Command } = await send(name, from, to.address);
    await lab.settle();
    expect(
      await lab.ssm().send(
        new GetCommandInvocationCommand({
          CommandId: Command?.CommandId,
          InstanceId: from.instanceId,
          PluginName: step,
        }),
      ),
    ).toMatchObject({
      Status: 'Success',
      ResponseCode: 0,
      StandardOutputContent: expect.stringMatching(/5 received, 0% packet loss|Received = 5, Lost = 0/),
    });
  }
  await expect(send(name, linux, `${windows.address};id`)).rejects.toMatchObject({
    name: 'InvalidParameters',
  });
});
