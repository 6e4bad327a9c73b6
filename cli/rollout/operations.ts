import type { Step } from './plan.ts';
import { isUnderWay, type OperationResult, type StackSets } from './stack-sets.ts';

/** Carries steps out, one after the other, and waits for each. */

export interface StepOutcome {
  readonly call: Step['call'];
  readonly operationId: string | null;
  /** SUCCEEDED, FAILED or STOPPED. */
  readonly status: string;
  readonly reason: string | null;
  readonly succeeded: number;
  /** Accounts where it did not work, with CloudFormation's reason. */
  readonly failed: readonly OperationResult[];
  /** Accounts that were not tried any more. */
  readonly cancelled: number;
}

export interface WaitOptions {
  /** Told how far a running operation is. */
  progress(line: string): void;
  sleep(milliseconds: number): Promise<void>;
}

/** A stack takes minutes; a short operation is still seen to end soon. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** So much longer is each wait than the one before: at its end an operation has been over for at most a third of its time. */
const GROWTH = 1.5;

async function waitFor(
  stackSets: Pick<StackSets, 'operation' | 'results'>,
  { call, operationId }: { readonly call: string; readonly operationId: string },
  { progress, sleep }: WaitOptions,
): Promise<Omit<StepOutcome, 'call'>> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(GROWTH * wait, LONGEST_WAIT_MS)) {
    const { status, reason } = await stackSets.operation(operationId);
    const results = await stackSets.results(operationId);
    const count = (wanted: string) => results.filter((result) => result.status === wanted).length;
    const failed = results.filter((result) => result.status === 'FAILED');
    if (!isUnderWay(status)) {
      return {
        operationId,
        status,
        reason: reason ?? null,
        succeeded: count('SUCCEEDED'),
        failed,
        cancelled: count('CANCELLED'),
      };
    }
    progress(
      `${call} ${status.toLowerCase()}: ${count('SUCCEEDED')} of ${results.length} accounts done, ${failed.length} failed`,
    );
    await sleep(wait);
  }
}

/**
 * Waits for what is under way, whoever began it: until then the StackSet is not what it will be, and CloudFormation may refuse
 * another operation. What became of it is seen in what is read after.
 */
export async function settled(
  stackSets: Pick<StackSets, 'underWay' | 'operation' | 'results'>,
  options: WaitOptions,
): Promise<void> {
  for (;;) {
    const [first] = await stackSets.underWay();
    if (first === undefined) return;
    const { action, operationId } = first;
    await waitFor(stackSets, { call: `waiting for what is under way: ${action}`, operationId }, options);
    await options.sleep(FIRST_WAIT_MS);
  }
}

/**
 * Stops behind the first step that does not succeed everywhere: deleting a StackSet whose stacks are still there, or going
 * on to further OUs with a template that failed, would make it worse.
 */
export async function carryOut(
  stackSets: StackSets,
  steps: readonly Step[],
  options: WaitOptions,
): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (const step of steps) {
    options.progress(`${step.call} ${step.input.StackSetName}`);
    const operationId = await stackSets.carryOut(step);
    const outcome: StepOutcome =
      operationId === undefined
        ? {
            call: step.call,
            operationId: null,
            status: 'SUCCEEDED',
            reason: null,
            succeeded: 0,
            failed: [],
            cancelled: 0,
          }
        : { call: step.call, ...(await waitFor(stackSets, { call: step.call, operationId }, options)) };
    outcomes.push(outcome);
    if (!worked(outcome)) break;
  }
  return outcomes;
}

/** An operation within its failure tolerance is SUCCEEDED to CloudFormation; the accounts that failed still need help. */
export function worked({ status, failed }: StepOutcome): boolean {
  return status === 'SUCCEEDED' && failed.length === 0;
}
