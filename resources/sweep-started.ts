import { functionLogicalId, getAtt, type Resources } from './cloudformation.ts';

/** Seconds. CloudFormation would otherwise wait an hour for a function that cannot start. */
const ANSWER_WITHIN = 120;

/**
 * Has the deployment invoke the sweep once, which sweeps nothing then. It shows that the function runs, and gives CloudWatch the first
 * value of its invocations, without which the alarm SweepMissing could not miss any.
 */
export function sweepStarted(): Resources {
  return {
    SweepStarted: {
      Type: 'Custom::SweepStarted',
      Properties: {
        ServiceToken: getAtt(functionLogicalId('sweep'), 'Arn'),
        ServiceTimeout: ANSWER_WITHIN,
      },
    },
  };
}
