import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { type Ec2Lab, startEc2Lab } from 'local-aws-peering/testing';
import { createLiveMemory } from '../../cli/source/live-memory.ts';
import { POLICY_FINGERPRINT, policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { loadPolicy } from '../../lib/policy/load.ts';
import { commandOfFile } from './support/command.ts';

/** What the verbs that judge say of the stack by whose memory they judge: that it is not there, or runs another policy. */

const OWN = '123456789012';
const HOME = 'us-east-1';
const POLICY = join(__dirname, '../../local/tutorial/policy.yml');
const VERBS = ['drift', 'status', 'plan', 'requests'] as const;

const command = commandOfFile();
let lab: Ec2Lab;

beforeAll(async () => {
  lab = await startEc2Lab();
  const cloudformation = new CloudFormationClient({
    endpoint: lab.url,
    region: HOME,
    credentials: { accessKeyId: OWN, secretAccessKey: 'test' },
  });
  const topics = Array.from({ length: 100 }, (_, index) => [`Topic${index}`, { Type: 'AWS::SNS::Topic' }]);
  const attributes = ['region', 'item'].map((name) => ({ AttributeName: name, AttributeType: 'S' }));
  const deploy = (StackName: string, others: object) =>
    cloudformation.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: JSON.stringify({
          Resources: {
            ...others,
            Registry: {
              Type: 'AWS::DynamoDB::Table',
              Properties: {
                TableName: StackName,
                BillingMode: 'PAY_PER_REQUEST',
                AttributeDefinitions: attributes,
                KeySchema: [
                  { AttributeName: 'region', KeyType: 'HASH' },
                  { AttributeName: 'item', KeyType: 'RANGE' },
                ],
              },
            },
          },
          Outputs: { [POLICY_FINGERPRINT]: { Value: policyFingerprint(loadPolicy(POLICY).policy) } },
        }),
      }),
    );
  await deploy('vpc-peering-autopilot-prod', {});
  await deploy('vpc-peering-autopilot-large', Object.fromEntries(topics));
  writeFileSync(join(command.directory, 'peering-policy.yml'), readFileSync(POLICY));
  writeFileSync(
    join(command.directory, 'draft.yml'),
    readFileSync(POLICY, 'utf8').replace('mode: enforce', 'mode: observe'),
  );
}, 120_000);

afterAll(() => lab?.stop());

function peering(region: string, ...args: readonly string[]) {
  return command.run(args, {
    env: {
      AWS_ENDPOINT_URL: lab.url,
      AWS_ACCESS_KEY_ID: OWN,
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: region,
    },
  });
}

const notFound = (stage: string, region: string) =>
  `note: No stack of stage ${stage} was found in ${region} of account ${OWN}, so nothing is known to be the product's own: a route that is missing may not count as drift. If there is one, name its Region (--region or AWS_REGION) or its stage (--stage).\n`;

it.each(VERBS)('%s says once that no stack was found in the Region that was looked at', async (verb) => {
  expect(await peering('eu-west-1', verb)).toMatchObject({ code: 0, stderr: notFound('prod', 'eu-west-1') });
});

it('names the stage that was looked for, also beside JSON', async () => {
  expect(await peering(HOME, 'status', '--stage', 'dev', '--json')).toMatchObject({
    code: 0,
    stderr: notFound('dev', HOME),
  });
});

it.each(VERBS)('%s says nothing of a stack that is there and runs the policy', async (verb) => {
  expect(await peering(HOME, verb)).toMatchObject({ code: 0, stderr: '' });
});

it('everything in a stack of more than a hundred resources is known, of which CloudFormation describes the first', async () => {
  expect(await peering(HOME, 'history', '--stage', 'large')).toMatchObject({ code: 0, stderr: '' });
});

it.each(VERBS)('%s says once that the stack runs another policy', async (verb) => {
  expect(await peering(HOME, verb, '--policy', 'draft.yml')).toMatchObject({
    stderr: `note: This is judged by another policy than the one that vpc-peering-autopilot-prod in ${HOME} runs, so the functions do not judge so until this one is deployed (peering deploy). Name the policy of the stack with --policy or --stage to see what they do.\n`,
  });
});

it('what a person orders is remembered whatever mode the policy has, as the command says that it is', async () => {
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: lab.url,
    AWS_ACCESS_KEY_ID: OWN,
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  try {
    const { policy } = loadPolicy(join(command.directory, 'draft.yml'));
    expect(policy.mode).toBe('observe');
    const live = createLiveMemory({ regions: [HOME], stage: undefined, accountId: OWN, policy });
    const registry = await live.store();
    await registry?.update(HOME, [
      { kind: 'note', key: 'renewed pcx-1', value: '{}', at: Math.floor(Date.now() / 1000) },
    ]);
    expect((await live.read(HOME)).notes.get('renewed pcx-1')?.value).toBe('{}');
  } finally {
    process.env = before;
  }
});
