import { functionLogicalId, getAtt, pascalCase, type Resources, ref } from './cloudformation.ts';
import type { StackContext } from './context.ts';
import { functionsOf } from './functions.ts';
import { isQueued } from './queued-functions.ts';

/**
 * For functions that EventBridge invokes itself: it retries the delivery, Lambda the invocation. An event that fails inside
 * the function twice more, or grows too old meanwhile, goes to the same queue as one that was never delivered. Functions with a
 * queue of their own get their events from there again.
 */
export function failureHandling({ policy }: StackContext): Resources {
  return Object.fromEntries(
    functionsOf(policy)
      .filter((name) => !isQueued(name))
      .map((name) => [
        `${pascalCase(name)}InvokeConfig`,
        {
          Type: 'AWS::Lambda::EventInvokeConfig',
          Properties: {
            FunctionName: ref(functionLogicalId(name)),
            Qualifier: '$LATEST',
            MaximumRetryAttempts: 2,
            MaximumEventAgeInSeconds: 3600,
            DestinationConfig: { OnFailure: { Destination: getAtt('DeadLetterQueue', 'Arn') } },
          },
        },
      ]),
  );
}
