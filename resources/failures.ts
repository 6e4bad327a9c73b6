import { FUNCTIONS } from '../build/functions.ts';
import { functionLogicalId, getAtt, pascalCase, type Resources, ref } from './cloudformation.ts';

/**
 * EventBridge retries the delivery, Lambda the invocation: an event that fails inside the function twice more, or grows
 * too old meanwhile, goes to the same queue as one that was never delivered.
 */
export function failureHandling(): Resources {
  return Object.fromEntries(
    FUNCTIONS.map((name) => [
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
