import { createHash } from 'node:crypto';
import { PING_DOCUMENT_CONTENT } from '../lib/connectivity/ping-document.ts';
import { watchedEvents } from '../lib/forwarding/watched-events.ts';
import { functionLogicalId, getAtt, type Resources, ref } from './cloudformation.ts';
import { rolePath, type StackContext, takesForwarded, watchedNames } from './context.ts';

/** Seconds. The function answers sooner; CloudFormation would otherwise wait an hour for a function that cannot start. */
const ANSWER_WITHIN = 300;

/** Changes when what has to be in the other Regions does, so that CloudFormation calls the function again. */
function fingerprint(context: StackContext): string {
  const { policy } = context;
  const wanted = [
    policy.mode,
    watchedEvents(policy, watchedNames(context)),
    PING_DOCUMENT_CONTENT,
    takesForwarded(context),
  ];
  return createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 16);
}

/**
 * What brings the events of the other managed Regions here: the role with which their rules put events on the own bus,
 * and the resource through which a deployment has forward-events make those rules, and a removal remove them.
 */
export function forwarding(context: StackContext): Resources {
  const { regions } = context.policy;
  return {
    ForwarderRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Path: rolePath(context),
        Description: `Carries events of other Regions to the bus of vpc-peering-autopilot (${context.stage})`,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'events.amazonaws.com' },
              Action: 'sts:AssumeRole',
              Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
            },
          ],
        },
        Policies: [
          {
            PolicyName: 'forward',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Sid: 'PutOnOwnBus',
                  Effect: 'Allow',
                  Action: ['events:PutEvents'],
                  Resource: getAtt('EventBus', 'Arn'),
                },
              ],
            },
          },
        ],
      },
    },
    EventForwarding: {
      Type: 'Custom::EventForwarding',
      Properties: {
        ServiceToken: getAtt(functionLogicalId('forward-events'), 'Arn'),
        ServiceTimeout: ANSWER_WITHIN,
        Regions: regions.length === 0 ? [ref('AWS::Region')] : regions,
        Fingerprint: fingerprint(context),
      },
    },
  };
}
