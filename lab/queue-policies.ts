import { UnknownToLab } from './iam/conditions.ts';
import { isAbout, principalsOf, type StatementPrincipal, statementsOf } from './queue-statements.ts';
import { type LabQueue, problemIn, type Queues } from './queues.ts';
import { createPolicyMaker } from './resource-policies.ts';
import type { ResourceMaker } from './stacks.ts';
import type { Place } from './types.ts';

const SEND_MESSAGE = 'sqs:SendMessage';
const EVENTBRIDGE = 'events.amazonaws.com';

function namesEventBridge(principal: StatementPrincipal): boolean {
  return (
    principalsOf(principal, 'Service').some((name) => name === EVENTBRIDGE || name === '*') ||
    principalsOf(principal, 'AWS').includes('*')
  );
}

/**
 * Why EventBridge may not send to a queue for a rule; `undefined` when the queue's policy lets it. EventBridge asks the
 * policy in the own account too.
 */
export function eventBridgeRefusal(
  queue: Pick<LabQueue, 'arn' | 'policy'>,
  rule: Place & { readonly arn: string },
): string | undefined {
  const context = {
    'aws:SourceArn': rule.arn,
    'aws:SourceAccount': rule.accountId,
    'aws:SecureTransport': 'true',
  };
  try {
    const access = { action: SEND_MESSAGE, context, namedBy: namesEventBridge };
    const effects = statementsOf(queue)
      .filter((statement) => isAbout(statement, queue.arn, access))
      .map(({ Effect }) => Effect);
    if (effects.includes('Deny')) {
      return `The policy of ${queue.arn} denies ${EVENTBRIDGE} sqs:SendMessage for ${rule.arn}.`;
    }
    return effects.includes('Allow')
      ? undefined
      : `The policy of ${queue.arn} does not let ${EVENTBRIDGE} send for ${rule.arn}; add a statement with this aws:SourceArn to an AWS::SQS::QueuePolicy.`;
  } catch (error) {
    if (error instanceof UnknownToLab) {
      return `The policy of ${queue.arn} could not be evaluated, so it allows nothing: ${error.message}`;
    }
    throw error;
  }
}

/** `AWS::SQS::QueuePolicy`: the whole policy of each of its queues. */
export function createQueuePolicyMaker(queues: Queues): ResourceMaker {
  async function put(place: Place, QueueUrl: string, Policy: string): Promise<void> {
    const answer = await queues.call(place, 'SetQueueAttributes', { QueueUrl, Attributes: { Policy } });
    queues.invalidate();
    // A queue that has gone took its policy along.
    if (answer.status !== 200 && !(Policy === '' && answer.body.includes('NonExistentQueue'))) {
      throw new Error(`The policy of ${QueueUrl} could not be set: ${problemIn(answer)}`);
    }
  }

  return createPolicyMaker({
    type: 'AWS::SQS::QueuePolicy',
    ownersOf: ({ properties }) => (properties as { readonly Queues?: readonly string[] }).Queues ?? [],
    put: (place, url, document) => put(place, url, JSON.stringify(document)),
    reset: (place, url) => put(place, url, ''),
  });
}
