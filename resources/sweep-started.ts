import { policyFingerprint } from '../lib/policy/fingerprint.ts';
import { functionsOf } from '../lib/policy/functions.ts';
import { functionLogicalId, getAtt, type Resources } from './cloudformation.ts';
import type { StackContext } from './context.ts';

/** Seconds. CloudFormation would otherwise wait an hour for a function that cannot start. */
const ANSWER_WITHIN = 120;

/** What is invoked comes before in any case. */
const SWEEP = 'sweep';

/** What has to be as the new policy says before anything is looked at by it. */
const COMES_BEFORE = new Set([
  'AWS::Events::Rule',
  'AWS::Lambda::EventSourceMapping',
  'Custom::EventForwarding',
]);

/**
 * Has the deployment invoke the sweep. The first time nothing is swept, as the people whom it would tell have not confirmed their
 * subscription yet: it shows that the function runs, and gives CloudWatch the first value of its invocations, without which the alarm
 * SweepMissing could not miss any. A deployment that changes the policy has it look at once, after all else is in place.
 *
 * @param made the other resources of the stack.
 */
export function sweepStarted({ policy }: Pick<StackContext, 'policy'>, made: Resources): Resources {
  const before = Object.entries(made).flatMap(([id, { Type }]) => (COMES_BEFORE.has(Type) ? [id] : []));
  const functions = functionsOf(policy).filter((name) => name !== SWEEP);
  return {
    SweepStarted: {
      Type: 'Custom::SweepStarted',
      DependsOn: [...functions.map(functionLogicalId), ...before],
      Properties: {
        ServiceToken: getAtt(functionLogicalId(SWEEP), 'Arn'),
        ServiceTimeout: ANSWER_WITHIN,
        Policy: policyFingerprint(policy),
      },
    },
  };
}
