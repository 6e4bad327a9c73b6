import { classifyAwsError } from '../model/aws-error.ts';

/** Something that was not done: why, and whether trying again can help. */
export interface Failure {
  readonly reason: string;
  readonly retry: boolean;
}

export function failureOf(error: unknown): Failure {
  const { kind, message } = classifyAwsError(error);
  return { reason: message, retry: kind === 'throttled' || kind === 'transient' };
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
