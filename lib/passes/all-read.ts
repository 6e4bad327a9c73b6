import { classifyAwsError, isRetryable } from '../model/aws-error.ts';

/** What may pass first: as long as there is any of it, the rest is no reason to give up. */
function byRetry(a: unknown, b: unknown): number {
  return Number(isRetryable(classifyAwsError(b))) - Number(isRetryable(classifyAwsError(a)));
}

/**
 * All of these, or an error that holds what went wrong with each: whoever has to permit one call has to hear of the others.
 *
 * @throws {AggregateError} of several errors; it counts as what its cause is.
 */
export async function allRead<Reads extends readonly Promise<unknown>[] | []>(
  reads: Reads,
): Promise<{ -readonly [Name in keyof Reads]: Awaited<Reads[Name]> }> {
  const settled = await Promise.allSettled(reads);
  const [first, ...others] = settled
    .flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []))
    .sort(byRetry);
  if (others.length > 0) {
    throw new AggregateError([first, ...others], classifyAwsError(first).message, { cause: first });
  }
  return Promise.all(reads);
}
