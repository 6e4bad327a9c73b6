import type { ShownAssessment } from '../../lib/report/shown-assessment.ts';
import { aboutOf } from '../../lib/report/summary.ts';
import { policyOf } from '../support/fixtures.ts';

/** What the page of the report says first of the accounts that it is of. */

function about(enforcing: number, observing = 0): string {
  const accounts = [...Array(enforcing).fill('enforce'), ...Array(observing).fill('observe')].map(
    (mode, index) => ({ accountId: String(100000000001 + index), policy: policyOf({ mode }) }),
  );
  return aboutOf({ accounts } as unknown as ShownAssessment, ['us-east-1', 'eu-west-1', 'us-east-1']);
}

it('names a few accounts, and the mode of each where they differ', () => {
  expect(about(1)).toBe('Account 100000000001, us-east-1, eu-west-1, policy in mode enforce.');
  expect(about(1, 1)).toBe(
    'Accounts 100000000001, 100000000002, us-east-1, eu-west-1, policy of 100000000001 in mode enforce, policy of 100000000002 in mode observe.',
  );
});

it('counts many, so that the page begins with its findings and not with eighty numbers', () => {
  expect(about(80)).toBe('80 accounts, us-east-1, eu-west-1, policy in mode enforce.');
  expect(about(60, 20)).toBe(
    '80 accounts, us-east-1, eu-west-1, policy of 60 in mode enforce, policy of 20 in mode observe.',
  );
});
