import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import { type Lab, startLab } from '../../lab.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
});

afterAll(() => lab?.stop());

function template(policies: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    Resources: {
      Reader: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
          Policies: Object.entries(policies).map(([PolicyName, Action]) => ({
            PolicyName,
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: [Action], Resource: '*' }],
            },
          })),
        },
      },
    },
  });
}

describe('a role of a stack that is updated', () => {
  it('allows what the new template says, and no longer what the old one said', async () => {
    const config = {
      endpoint: lab.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    const cloudFormation = new CloudFormationClient(config);
    const iam = new IAMClient(config);
    const StackName = 'updated-roles';
    await cloudFormation.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: template({ kept: 'ec2:DescribeVpcs', dropped: 'sns:Publish' }),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    await cloudFormation.send(
      new UpdateStackCommand({
        StackName,
        TemplateBody: template({ kept: 'ec2:CreateRoute', added: 'sqs:SendMessage' }),
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );

    const { Roles = [] } = await iam.send(new ListRolesCommand({}));
    const RoleName = Roles.find((role) => role.RoleName?.startsWith(StackName))?.RoleName;
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    expect([...PolicyNames].sort()).toEqual(['added', 'kept']);
    const { PolicyDocument = '' } = await iam.send(
      new GetRolePolicyCommand({ RoleName, PolicyName: 'kept' }),
    );
    expect(decodeURIComponent(PolicyDocument)).toContain('ec2:CreateRoute');
    expect(decodeURIComponent(PolicyDocument)).not.toContain('ec2:DescribeVpcs');
  });
});
