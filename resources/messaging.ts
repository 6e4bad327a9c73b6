import { FORWARDER_ROLE_ARN } from '../lib/forwarding/desired.ts';
import { POLICY_FINGERPRINT, policyFingerprint } from '../lib/policy/fingerprint.ts';
import { getAtt, type Resource, type Resources, ref, sub, type Value } from './cloudformation.ts';
import { rolePath, type StackContext, takesForwarded } from './context.ts';
import { peoplesTopics, topicOutputs } from './people.ts';
import { queuePolicy } from './queues.ts';
import { reportOutputs } from './report.ts';

/**
 * Who may put events on the bus besides the functions: the role that carries them from other Regions, and the roles of this
 * product, of the same stage, in accounts and in the organization that the policy trusts. The ARN of a role that somebody
 * assumed is `aws:PrincipalArn` with its path (IAM user guide, "AWS global condition context keys").
 */
function busPolicies(context: StackContext): Resources {
  const { trust } = context.policy;
  const rolesIn = (account: string): Value =>
    sub(`arn:\${AWS::Partition}:iam::${account}:role${rolePath(context)}*`);
  const onlyHints = {
    'events:source': 'vpc-peering-autopilot',
    'events:detail-type': ['Peering Requested', 'Routes Synced', 'Connectivity Verdict'],
  };
  const statement = (
    sid: string,
    principal: Value,
    condition: { readonly [operator: string]: Value },
  ): Resource => ({
    Type: 'AWS::Events::EventBusPolicy',
    Properties: {
      EventBusName: getAtt('EventBus', 'Name'),
      StatementId: sid,
      Statement: {
        Effect: 'Allow',
        Principal: principal,
        Action: 'events:PutEvents',
        Resource: getAtt('EventBus', 'Arn'),
        Condition: condition,
      },
    },
  });
  return {
    ...(takesForwarded(context)
      ? {
          // Whether a bus asks for this of its own account's rules in another Region is unproven. The account with a condition,
          // not the role itself: IAM may not know yet a role that was made a moment ago. No condition on the source of the
          // event: whether those keys are there when a rule sends it is unproven too.
          OwnForwarderBusPolicy: statement(
            'OwnForwarder',
            { AWS: sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root`) },
            { ArnEquals: { 'aws:PrincipalArn': getAtt('ForwarderRole', 'Arn') } },
          ),
        }
      : {}),
    ...(trust.accounts.length === 0
      ? {}
      : {
          TrustedAccountsBusPolicy: statement(
            'TrustedAccounts',
            { AWS: trust.accounts.map((account) => sub(`arn:\${AWS::Partition}:iam::${account}:root`)) },
            {
              StringEquals: onlyHints,
              ArnLike: { 'aws:PrincipalArn': trust.accounts.map(rolesIn) },
            },
          ),
        }),
    ...(trust.organization === undefined
      ? {}
      : {
          TrustedOrganizationBusPolicy: statement('TrustedOrganization', '*', {
            StringEquals: { ...onlyHints, 'aws:PrincipalOrgID': trust.organization },
            ArnLike: { 'aws:PrincipalArn': rolesIn('*') },
          }),
        }),
  };
}

/** The own event bus, the topics for people, and the queue for what could not be delivered or handled. */
export function messaging(context: StackContext, ruleIds: readonly string[]): Resources {
  const { stage } = context;
  return {
    EventBus: {
      Type: 'AWS::Events::EventBus',
      Properties: { Name: `vpc-peering-autopilot-${stage}` },
    },
    ...busPolicies(context),
    ...peoplesTopics(context),
    DeadLetterQueue: {
      Type: 'AWS::SQS::Queue',
      // Fourteen days, the longest SQS keeps a message: long enough for somebody to come back from holiday.
      Properties: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
    },
    DeadLetterQueuePolicy: queuePolicy('DeadLetterQueue', ruleIds),
  };
}

interface StackOutput {
  readonly Description: string;
  readonly Value: Value;
}

/** The output of the stack that says which version of the product it is of. */
export const VERSION_OUTPUT = 'Version';

export function outputs({ policy, version }: StackContext): { readonly [name: string]: StackOutput } {
  return {
    EventBusName: {
      Description: 'The own event bus: subscribe to decisions here',
      Value: getAtt('EventBus', 'Name'),
    },
    ...topicOutputs({ policy }),
    ...reportOutputs({ policy }),
    DeadLetterQueueUrl: {
      Description: 'Events that could not be delivered',
      Value: ref('DeadLetterQueue'),
    },
    UnhandledEventsQueueUrl: {
      Description: 'Events that were delivered and could not be handled',
      Value: ref('UnhandledEventsQueue'),
    },
    [FORWARDER_ROLE_ARN]: {
      Description:
        'In which other Regions put their events on the bus, which peering doctor compares with their rules',
      Value: getAtt('ForwarderRole', 'Arn'),
    },
    ...(version === undefined
      ? {}
      : {
          [VERSION_OUTPUT]: {
            Description: 'Version of vpc-peering-autopilot that deployed the stack',
            Value: version,
          },
        }),
    [POLICY_FINGERPRINT]: {
      Description: 'Fingerprint of the policy inside, which peering doctor compares with the file',
      Value: policyFingerprint(policy),
    },
  };
}
