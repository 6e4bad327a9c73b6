import { asSent } from '../../lib/model/notification.ts';
import { ALARM_NAMES, runbookOf } from '../../lib/model/runbook.ts';

/** A message that goes with an alarm ends with the page of that alarm. */

const NOW = new Date('2026-03-01T12:00:30Z');
const told = { severity: 'action' as const, subject: 'Drift', message: 'One route.\n' };

it.each(ALARM_NAMES)('the message that goes with %s ends with its page', (alarm) => {
  expect(asSent({ ...told, alarm }, 'https://git.example.com/docs/runbooks/', NOW)).toEqual({
    severity: 'action',
    subject: 'Drift',
    message: `One route.\n\nNoticed: 2026-03-01 12:00 UTC\nRunbook: https://git.example.com/docs/runbooks/${alarm}.md\n`,
  });
});

it('one that goes with none says when it was noticed', () => {
  expect(asSent(told, 'docs/runbooks', NOW).message).toBe('One route.\n\nNoticed: 2026-03-01 12:00 UTC\n');
});

it('one that could not be sent before says so first, and when it was noticed', () => {
  const kept = { ...told, keptSince: Date.parse('2026-02-27T08:15:00Z') };
  expect(asSent(kept, 'docs/runbooks', NOW)).toEqual({
    ...told,
    message:
      'Noticed: 2026-02-27 08:15 UTC. This could not be sent when it was noticed, so what it says may be over by now: peering status, peering drift.\n\nOne route.\n\nNoticed: 2026-02-27 08:15 UTC\n',
  });
});

it('a page lies in the project where no address is known', () => {
  expect(runbookOf('QuotaLow')).toBe('docs/runbooks/QuotaLow.md');
});
