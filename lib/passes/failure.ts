import { classifyAwsError, isRetryable } from '../model/aws-error.ts';
import type { Journal } from '../ports/journal.ts';

/** Something that was not done: why, and whether trying again can help. */
export interface Failure {
  readonly reason: string;
  readonly retry: boolean;
}

export function failureOf(error: unknown): Failure {
  const info = classifyAwsError(error);
  return { reason: info.message, retry: isRetryable(info) };
}

/** Counts the failures that will not pass by themselves. The only place that raises `PermanentFailures`. */
export function countPermanent(
  journal: Pick<Journal, 'metric'>,
  failures: readonly { readonly retry?: boolean }[],
): void {
  const permanent = failures.filter(({ retry }) => retry !== true).length;
  if (permanent > 0) {
    journal.metric('PermanentFailures', permanent);
  }
}

/**
 * Counts a call that is not permitted, where the work goes on without it. Anything else that such a call fails of passes, or
 * is made up for later.
 */
export function countDenied(journal: Pick<Journal, 'metric'>, error: unknown): void {
  if (classifyAwsError(error).kind === 'denied') {
    countPermanent(journal, [{ retry: false }]);
  }
}

/** Steps of which each is tried, whatever becomes of the others. */
export interface Attempts {
  attempt(step: () => Promise<void>): Promise<void>;
  readonly failures: readonly Failure[];
}

export function createAttempts(known: readonly Failure[] = []): Attempts {
  const failures = [...known];
  return {
    failures,
    async attempt(step) {
      try {
        await step();
      } catch (error) {
        failures.push(failureOf(error));
      }
    },
  };
}
