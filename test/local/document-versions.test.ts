import { CreateStackCommand, DeleteStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  GetDocumentCommand,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import { createSite, REGION, type Site, type SsmLab, startSsmLab } from 'local-aws-peering/testing';
import type { Clients } from '../../lib/aws/clients.ts';
import { changeDocument, readDocument } from '../../lib/aws/forwarding-document.ts';
import { createRunCommand } from '../../lib/aws/run-command.ts';
import { PING_DOCUMENT_CONTENT } from '../../lib/connectivity/ping-document.ts';
import { PING_ONLY } from '../../lib/model/probe-kinds.ts';
import { PRODUCT_SCRIPTS } from '../../local/probe-steps.ts';

/** The ping document through updates that were cut short, and what a command runs then. */

const NAME = 'vpc-peering-autopilot-prod-ping';
const WANTED = JSON.stringify(PING_DOCUMENT_CONTENT);
/** Of versions before this one, and of somebody else. */
const other = (description: string) => JSON.stringify({ ...PING_DOCUMENT_CONTENT, description });

let lab: SsmLab;
let site: Site;

beforeAll(async () => {
  lab = await startSsmLab({ visibleAfterMs: 0, scripts: PRODUCT_SCRIPTS });
  site = await createSite(lab.ec2(), '10.1');
});

afterAll(async () => {
  await lab?.stop();
});

const create = (content: string) =>
  changeDocument(lab.ssm(), REGION, { action: 'create-document', name: NAME, content });
const update = (content: string) =>
  changeDocument(lab.ssm(), REGION, { action: 'update-document', name: NAME, content });
/** The first half of an update. */
const addVersion = (content: string) =>
  lab.ssm().send(new UpdateDocumentCommand({ Name: NAME, Content: content, DocumentVersion: '$LATEST' }));

/** As `lib/` sends it. */
async function ping(): Promise<string | undefined> {
  const clients = { of: () => lab.ssm() } as unknown as Clients;
  const commands = createRunCommand({ documentName: NAME, mode: 'enforce' }, clients);
  await commands.sendPing(
    {
      region: REGION,
      target: site.address,
      instanceIds: [site.instanceId],
      comment: 'a ping',
      asked: PING_ONLY,
    },
    1,
  );
  await lab.settle();
  const { CommandInvocations } = await lab.ssm().send(new ListCommandInvocationsCommand({}));
  return CommandInvocations?.[0]?.DocumentVersion;
}

describe('in a Region that the functions keep', () => {
  afterEach(async () => {
    await lab.ssm().send(new DeleteDocumentCommand({ Name: NAME }));
  });

  it('an update that ended before its version became the default is brought to its end', async () => {
    await create(other('older'));
    await addVersion(WANTED);
    expect((await readDocument(lab.ssm(), REGION, NAME))?.content).toBe(other('older'));
    // What the sweep does about it.
    await update(WANTED);
    expect((await readDocument(lab.ssm(), REGION, NAME))?.content).toBe(WANTED);
    const { Document } = await lab.ssm().send(new DescribeDocumentCommand({ Name: NAME }));
    expect([Document?.DefaultVersion, Document?.LatestVersion]).toEqual(['2', '2']);
  });

  it('a version that only an old one equals is made anew', async () => {
    await create(WANTED);
    for (const text of ['a', 'b', 'c']) {
      await update(other(text));
    }
    await update(WANTED);
    expect((await readDocument(lab.ssm(), REGION, NAME))?.content).toBe(WANTED);
    expect(await ping()).toBe('1');
  });

  it('a command names the version that it means, whichever is the default', async () => {
    await create(other('older'));
    await addVersion(WANTED);
    expect(await ping()).toBe('2');
    await addVersion(other('of a deployment under way'));
    expect(await ping()).toBe('2');
  });

  it('nothing is sent where no version is the one that is meant', async () => {
    await create(other('of somebody else'));
    await expect(ping()).rejects.toThrow(`no recent version of SSM document ${NAME} in ${REGION} is the one`);
  });
});

describe('in the Region of deployment', () => {
  const template = (content: unknown) =>
    JSON.stringify({
      Resources: {
        PingDocument: {
          Type: 'AWS::SSM::Document',
          Properties: {
            Name: NAME,
            DocumentType: 'Command',
            DocumentFormat: 'JSON',
            TargetType: '/AWS::EC2::Instance',
            UpdateMethod: 'NewVersion',
            Content: content,
          },
        },
      },
    });
  const StackName = 'with-a-document';

  it('CloudFormation may leave the default as it was, and commands run the new version all the same', async () => {
    const stack = lab.cloudFormation();
    await stack.send(
      new CreateStackCommand({ StackName, TemplateBody: template(JSON.parse(other('older'))) }),
    );
    await stack.send(new UpdateStackCommand({ StackName, TemplateBody: template(PING_DOCUMENT_CONTENT) }));
    const byDefault = await lab.ssm().send(new GetDocumentCommand({ Name: NAME }));
    expect(byDefault.DocumentVersion).toBe('1');
    expect(await ping()).toBe('2');
    await stack.send(new DeleteStackCommand({ StackName }));
  });
});

describe('the lab', () => {
  beforeAll(async () => {
    await create(WANTED);
    // No step of it runs anywhere, so which version ran shows.
    await addVersion(other('newer'));
  });

  const send = (version?: string) =>
    lab.ssm().send(
      new SendCommandCommand({
        DocumentName: NAME,
        InstanceIds: [site.instanceId],
        Parameters: { target: [site.address] },
        ...(version === undefined ? {} : { DocumentVersion: version }),
      }),
    );

  it('refuses a version that is not there', async () => {
    await expect(send('7')).rejects.toMatchObject({ name: 'InvalidDocumentVersion' });
    await expect(send('2')).resolves.toMatchObject({ Command: { DocumentVersion: '2' } });
    await expect(send('$LATEST')).resolves.toBeDefined();
    await expect(send()).resolves.toBeDefined();
  });

  it('refuses the content of any version again', async () => {
    await expect(addVersion(WANTED)).rejects.toMatchObject({ name: 'DuplicateDocumentContent' });
    await lab.ssm().send(new UpdateDocumentDefaultVersionCommand({ Name: NAME, DocumentVersion: '2' }));
    expect((await readDocument(lab.ssm(), REGION, NAME))?.content).toBe(other('newer'));
  });
});
