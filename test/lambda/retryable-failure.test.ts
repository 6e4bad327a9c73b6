import { RetryableFailure } from '../../lib/lambda/retryable-failure.ts';

describe('RetryableFailure', () => {
  it('stays readable however much of a pass failed, and keeps every reason', () => {
    const reasons = Array.from({ length: 100_000 }, (_, index) => `CreateRoute of 10.0.${index}.0/24 failed`);
    const failure = new RetryableFailure(reasons);
    expect(failure.message.length).toBeLessThan(1000);
    expect(failure.message).toContain('100000 of this pass');
    expect(failure.reasons).toHaveLength(100_000);
  });
});
