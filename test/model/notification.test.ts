import { withRunbook } from '../../lib/model/notification.ts';
import { ALARM_NAMES, runbookOf } from '../../lib/model/runbook.ts';

/** A message that goes with an alarm ends with the page of that alarm. */

const told = { severity: 'action' as const, subject: 'Drift', message: 'One route.\n' };

it.each(ALARM_NAMES)('the message that goes with %s ends with its page', (alarm) => {
  expect(withRunbook({ ...told, alarm }, 'https://git.example.com/docs/runbooks/')).toEqual({
    severity: 'action',
    subject: 'Drift',
    message: `One route.\n\nRunbook: https://git.example.com/docs/runbooks/${alarm}.md\n`,
  });
});

it('one that goes with none stays as it is', () => {
  expect(withRunbook(told, 'docs/runbooks')).toEqual(told);
});

it('a page lies in the project where no address is known', () => {
  expect(runbookOf('QuotaLow')).toBe('docs/runbooks/QuotaLow.md');
});
