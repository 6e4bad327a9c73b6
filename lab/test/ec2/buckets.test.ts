import { createBuckets } from '../../ec2/buckets.ts';

const here = { accountId: '123456789012', region: 'us-east-1' };

describe('the buckets of an account in a Region', () => {
  it('refuse what comes at once beyond their size, and fill up again', () => {
    const buckets = createBuckets();
    const at = (time: number, count: number) =>
      Array.from({ length: count }, () => buckets.take(here, 'CreateRoute', time)).filter(
        (outcome) => outcome === 'taken',
      ).length;
    expect(at(0, 60)).toBe(50);
    expect(at(1000, 60)).toBe(5);
    expect(at(1_000_000, 60)).toBe(50);
  });

  it('are apart from those of other calls, accounts and Regions', () => {
    const buckets = createBuckets();
    for (let count = 0; count < 50; count++) buckets.take(here, 'CreateRoute', 0);
    expect(buckets.take(here, 'CreateRoute', 0)).toBe('refused');
    expect(buckets.take(here, 'DeleteRoute', 0)).toBe('taken');
    expect(buckets.take({ ...here, region: 'eu-west-1' }, 'CreateRoute', 0)).toBe('taken');
    expect(buckets.take({ ...here, accountId: '210987654321' }, 'CreateRoute', 0)).toBe('taken');
  });

  it('hold any number of calls that have none', () => {
    const buckets = createBuckets();
    const taken = Array.from({ length: 500 }, () => buckets.take(here, 'CreateSubnet', 0));
    expect(new Set(taken)).toEqual(new Set(['taken']));
  });
});
