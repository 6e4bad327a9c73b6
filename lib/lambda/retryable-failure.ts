/** The log has all of them, and Lambda takes no error of any length. */
const SHOWN = 10;

/** Thrown at the end of a pass of which a part may succeed when tried again: Lambda then invokes the function anew. */
export class RetryableFailure extends Error {
  override readonly name = 'RetryableFailure';
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    const shown = reasons.slice(0, SHOWN).join(' | ');
    const more = reasons.length > SHOWN ? ' | …' : '';
    super(`${reasons.length} of this pass failed and may succeed when tried again: ${shown}${more}`);
    this.reasons = reasons;
  }
}

/** @throws RetryableFailure when a failure may pass; failures that will not were reported and are not retried. */
export function throwIfRetryable(
  failures: readonly { readonly reason: string; readonly retry?: boolean }[],
): void {
  const retryable = failures.filter(({ retry }) => retry === true);
  if (retryable.length > 0) {
    throw new RetryableFailure(retryable.map(({ reason }) => reason));
  }
}
