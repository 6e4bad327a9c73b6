import { stringify } from 'yaml';
import { SERVICE } from '../../lib/model/names.ts';
import type { Value } from '../../resources/cloudformation.ts';
import {
  deployerPolicy,
  deployerPolicyForChat,
  deployerPolicyForChatChannel,
  deployerPolicyForReport,
} from '../../resources/deployer-policy.ts';
import { type PipelineHost, type PipelineNames, pipelineNames } from './pipeline-files.ts';

/**
 * `peering-ci-roles.yml`, and beside it one for each further stage: a template with the two roles of a pipeline, which nobody has keys of. The tokens of the pipeline's host
 * say which repository and which branch a job runs for, and each role trusts one kind of job only.
 */

interface Host {
  readonly issuer: string;
  /** The parameter that names the repository, and what is typed there. */
  readonly parameter: { readonly name: string; readonly description: string; readonly pattern: string };
  /** The claim `sub` of jobs that may plan, and of those that may deploy. */
  readonly planSubjects: readonly string[];
  readonly deploySubjects: (names: PipelineNames) => readonly string[];
}

const HOSTS: Readonly<Record<PipelineHost, Host>> = {
  // Source: GitHub documentation, "OpenID Connect reference", example subject claims.
  github: {
    issuer: 'token.actions.githubusercontent.com',
    parameter: {
      name: 'Repository',
      description: 'OWNER/NAME on GitHub',
      pattern: '^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$',
    },
    planSubjects: [`repo:\${Repository}:pull_request`],
    // Of a job with an environment, the subject is that, whatever its branch: the environment has to be limited to main.
    deploySubjects: ({ environment }) => [`repo:\${Repository}:environment:${environment}`],
  },
  // Source: GitLab documentation, "Connect to cloud services", the format of the subject.
  gitlab: {
    issuer: 'gitlab.com',
    parameter: {
      name: 'Project',
      description: 'GROUP/PROJECT on gitlab.com',
      pattern: '^[A-Za-z0-9_./-]+$',
    },
    planSubjects: [`project_path:\${Project}:ref_type:branch:ref:*`],
    deploySubjects: () => [`project_path:\${Project}:ref_type:branch:ref:main`],
  },
};

function trust({ issuer }: Host, subjects: readonly string[]): Value {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: {
          Federated: {
            'Fn::If': [
              'MakesProvider',
              { Ref: 'Provider' },
              { 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:oidc-provider/${issuer}` },
            ],
          },
        },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com' },
          StringLike: { [`${issuer}:sub`]: subjects.map((subject) => ({ 'Fn::Sub': subject })) },
        },
      },
    ],
  };
}

/** What `peering deploy --dry-run` and `peering plan` read; docs/cli.md lists it for people. */
const PLANS: Value = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'cloudformation:DescribeStacks',
        'cloudformation:DescribeStackResources',
        'cloudformation:GetTemplate',
        'cloudformation:ListStackResources',
        'ec2:DescribeManagedPrefixLists',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcPeeringConnections',
        'ec2:DescribeVpcs',
        'ec2:GetManagedPrefixListEntries',
        'ssm:GetParametersByPath',
      ],
      Resource: '*',
    },
    {
      Effect: 'Allow',
      Action: 'dynamodb:Query',
      Resource: { 'Fn::Sub': `arn:\${AWS::Partition}:dynamodb:*:\${AWS::AccountId}:table/${SERVICE}-*` },
    },
  ],
};

/** Beside what deploying takes: whether another Region, or a StackSet, has a stack of this stage already. */
const LOOKS_ELSEWHERE: Value = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'cloudformation:DescribeStackResources', Resource: '*' }],
};

/** With account, Region and partition as CloudFormation knows them. */
function withPseudoParameters(value: unknown): Value {
  if (typeof value === 'string') {
    return value.includes('${') ? { 'Fn::Sub': value } : value;
  }
  if (Array.isArray(value)) {
    return value.map(withPseudoParameters);
  }
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, unknown>>).map(([key, inner]) => [
      key,
      withPseudoParameters(inner),
    ]),
  );
}

/** Apart from the roles of the functions, which the role that deploys may write: not this one. */
const ROLE_PATH = '/vpc-peering-autopilot-deployment/';

function role(
  name: string,
  description: string,
  trusted: Value,
  policies: Readonly<Record<string, Value>>,
): Value {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: name,
      Path: ROLE_PATH,
      Description: description,
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: trusted,
      Policies: Object.entries(policies).map(([PolicyName, PolicyDocument]) => ({
        PolicyName,
        PolicyDocument,
      })),
    },
  };
}

/** The template, as YAML. @param stage of the stack that the pipeline deploys. */
export function pipelineRolesFile(host: PipelineHost, stage: string): string {
  const { issuer, parameter, planSubjects, deploySubjects } = HOSTS[host];
  const names = pipelineNames(stage);
  const place = {
    partition: `\${AWS::Partition}`,
    region: `\${AWS::Region}`,
    accountId: `\${AWS::AccountId}`,
    stage,
  };
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description:
      'Roles for the pipeline of vpc-peering-autopilot: one that reads, one that deploys. No keys.',
    Parameters: {
      [parameter.name]: {
        Type: 'String',
        Description: parameter.description,
        AllowedPattern: parameter.pattern,
      },
      MakeProvider: {
        Type: 'String',
        Description: `no, if the account has the identity provider ${issuer} already: it can have one only`,
        AllowedValues: ['yes', 'no'],
        Default: 'yes',
      },
    },
    Conditions: { MakesProvider: { 'Fn::Equals': [{ Ref: 'MakeProvider' }, 'yes'] } },
    Resources: {
      Provider: {
        Type: 'AWS::IAM::OIDCProvider',
        Condition: 'MakesProvider',
        Properties: { Url: `https://${issuer}`, ClientIdList: ['sts.amazonaws.com'] },
      },
      PlanRole: role(
        `vpc-peering-autopilot-${stage}-plan`,
        'Reads, to show what a change would do',
        trust(HOSTS[host], planSubjects),
        {
          plan: PLANS,
        },
      ),
      DeployRole: role(
        `vpc-peering-autopilot-${stage}-deploy`,
        `Deploys the stack vpc-peering-autopilot-${stage} in the Region of this one`,
        trust(HOSTS[host], deploySubjects(names)),
        {
          deploy: withPseudoParameters(deployerPolicy(place)),
          'look-elsewhere': LOOKS_ELSEWHERE,
          'deploy-chat': withPseudoParameters(deployerPolicyForChat(place)),
          'deploy-chat-channel': withPseudoParameters(deployerPolicyForChatChannel(place)),
          'deploy-report': withPseudoParameters(deployerPolicyForReport(place)),
        },
      ),
    },
    Outputs: {
      PlanRoleArn: {
        Description: `${names.planRole} of the pipeline`,
        Value: { 'Fn::GetAtt': ['PlanRole', 'Arn'] },
      },
      DeployRoleArn: {
        Description: `${names.deployRole} of the pipeline`,
        Value: { 'Fn::GetAtt': ['DeployRole', 'Arn'] },
      },
    },
  };
  // Version 1.1 is what CloudFormation reads: there yes and no are truths unless they are quoted.
  return `# Written by peering init. Deploy it once, into the account and Region of the stack, by hand:
# aws cloudformation deploy --stack-name ${names.rolesStack} --template-file ${names.rolesFile} \\
#   --capabilities CAPABILITY_NAMED_IAM --parameter-overrides ${parameter.name}=…
${stringify(template, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`;
}
