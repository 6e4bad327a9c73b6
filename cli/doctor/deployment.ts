import { POLICY_FINGERPRINT, policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { shown } from '../output.ts';
import { stackOptionsOf } from '../policy.ts';
import { outputsOf, stackName } from '../stack.ts';
import { type Check, fail, pass, warn } from './check.ts';
import type { Patient } from './patient.ts';

/** Who is calling, and whether it is the account that the stack belongs to. */
export function callerCheck({ caller, invocation }: Patient): Check {
  const { account } = stackOptionsOf(invocation);
  const says = `${shown(caller.arn, 200)} of account ${caller.accountId}.`;
  return account === undefined || account === caller.accountId
    ? pass('caller', null, says)
    : fail(
        'caller',
        null,
        `${says} peering-stack.yml says that the stack belongs to account ${account}.`,
        'Choose another profile with --profile, or change account in peering-stack.yml',
      );
}

/** Whether the stack is there. */
export function deployment({ stack, invocation, homeRegion }: Patient): readonly Check[] {
  return stack === undefined
    ? [
        fail(
          'stack',
          homeRegion,
          `The stack ${stackName(invocation.options.stage)} is not there.`,
          'peering deploy, or name another stage with --stage, or the Region of the stack with AWS_REGION',
        ),
      ]
    : [pass('stack', stack.region, `${stack.name} is deployed.`)];
}

/** Whether the stack was deployed with this policy, and whether that does anything. */
export async function deployedPolicy({ stack, policyFile, policy }: Patient): Promise<readonly Check[]> {
  const observe =
    policy.mode === 'observe'
      ? [
          warn(
            'policy',
            null,
            'The policy says mode: observe: nothing is accepted or routed.',
            'Write mode: enforce and deploy, once peering plan shows what you want.',
          ),
        ]
      : [];
  if (stack === undefined) {
    return observe;
  }
  const deployed = (await outputsOf(stack)).get(POLICY_FINGERPRINT);
  const file = shown(policyFile);
  if (deployed === undefined) {
    return [
      ...observe,
      warn(
        'policy',
        stack.region,
        `Whether ${file} is the policy that is deployed is not known: the stack does not say.`,
        'peering deploy, so that it does',
      ),
    ];
  }
  return [
    ...observe,
    deployed === policyFingerprint(policy)
      ? pass('policy', stack.region, `${file} is the policy that is deployed.`)
      : warn(
          'policy',
          stack.region,
          `${file} is not the policy that is deployed: it says something else.`,
          'peering deploy, or look at the file that was deployed with --policy FILE',
        ),
  ];
}
