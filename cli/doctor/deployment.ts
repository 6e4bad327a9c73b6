import { POLICY_FINGERPRINT, policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { VERSION_OUTPUT } from '../../resources/messaging.ts';
import { shown } from '../output.ts';
import { stackOptionsOf } from '../policy.ts';
import { installation } from '../release/installation.ts';
import { conditionOf, hasHeart, troubleOf } from '../release/stack-condition.ts';
import { createStacks, type StackState } from '../release/stacks.ts';
import { outputsOf, stackName } from '../stack.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';
import type { Patient } from './patient.ts';

/** Who is calling, and whether it is the account that the stack belongs to. */
export function callerCheck({ caller, invocation }: Patient): DoctorCheck {
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

/** The stack as CloudFormation has it, and what it is held against. */
export interface SeenStack {
  readonly name: string;
  readonly region: string;
  /** undefined: it is not there. */
  readonly state: StackState | undefined;
  readonly logicalIds: readonly string[];
  /** Of the command. */
  readonly version: string;
}

/** Nothing that the product needs of a stack can be asked of one that is not its own, or not there yet. */
function notLookedAt(logicalIds: readonly string[]): string {
  return hasHeart(logicalIds) || logicalIds.length === 0
    ? ''
    : ' What depends on the stack (registry, rules, queues, alarms, recipients) is not looked at.';
}

/** Whether the stack is there, whole, and of this version. */
export function stackChecks({ name, region, state, logicalIds, version }: SeenStack): readonly DoctorCheck[] {
  if (state === undefined || conditionOf(state, name, region).kind === 'absent') {
    return [
      fail(
        'stack',
        region,
        `The stack ${name} is not there.`,
        'peering deploy, or name another stage with --stage, or the Region of the stack with AWS_REGION',
      ),
    ];
  }
  const trouble = troubleOf(state, { name, region }, logicalIds);
  const failOrWarn = trouble?.kind === 'lasting' ? fail : warn;
  const deployed = state.outputs.get(VERSION_OUTPUT);
  return [
    trouble === undefined
      ? pass('stack', region, `${name} is deployed.`)
      : failOrWarn('stack', region, `${trouble.says}${notLookedAt(logicalIds)}`, trouble.remedy),
    ...(deployed === undefined || deployed === version
      ? []
      : [
          warn(
            'stack',
            region,
            `${name} was deployed by version ${shown(deployed, 40)}; this command is ${version}.`,
            'Install the version of the stack, or look at what this one would change with peering deploy --dry-run.',
          ),
        ]),
  ];
}

/** Also of a stack without resources, as a change set leaves it that nobody carried out. */
export async function deployment({
  found,
  invocation,
  homeRegion,
}: Patient): Promise<readonly DoctorCheck[]> {
  const { name, region } = found ?? {
    name: stackName(invocation.options.stage),
    region: homeRegion,
  };
  return stackChecks({
    name,
    region,
    state: await createStacks({ name, region }).read(),
    logicalIds: [...(found?.resources.keys() ?? [])],
    version: installation().manifest.version,
  });
}

/** Whether the stack was deployed with this policy, and whether that does anything. */
export async function deployedPolicy({
  stack,
  policyFile,
  policy,
}: Patient): Promise<readonly DoctorCheck[]> {
  const observeModeChecks =
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
    return observeModeChecks;
  }
  const deployed = (await outputsOf(stack)).get(POLICY_FINGERPRINT);
  const file = shown(policyFile);
  if (deployed === undefined) {
    return [
      ...observeModeChecks,
      warn(
        'policy',
        stack.region,
        `Whether ${file} is the policy that is deployed is not known: the stack does not say.`,
        'peering deploy, so that it does',
      ),
    ];
  }
  return [
    ...observeModeChecks,
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
