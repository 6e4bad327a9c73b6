import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import { policyPlace } from '../policy.ts';
import { rolloutArguments } from '../rollout/arguments.ts';
import { describeStackSetError } from '../rollout/errors.ts';
import { runRemoval, runRollout } from '../rollout/run.ts';
import { defaultRegion } from '../source/live.ts';
import type { Verb } from '../verb.ts';

/** Deploys the product to many accounts with one CloudFormation StackSet, or removes it from there. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress, ifInterrupted } = invocation;
  const settingsRegion =
    options.region === undefined
      ? await defaultRegion('Name that of the StackSet with --region, or set AWS_REGION.')
      : '';
  const args = rolloutArguments(options, settingsRegion);
  const wait = {
    output,
    ifInterrupted,
    progress: (line: string) => progress.step(line),
    sleep: async (milliseconds: number) => {
      await sleep(milliseconds);
    },
  };
  try {
    return args.verb === 'rollout'
      ? await runRollout(args, { ...wait, policyPlace: policyPlace(invocation) })
      : await runRemoval(args, wait);
  } catch (error) {
    if (error instanceof Error && error.name === 'PolicyError') {
      throw error;
    }
    throw new CliError(describeStackSetError(error), { cause: error });
  }
};
