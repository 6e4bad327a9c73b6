import type { Notification } from '../../lib/model/notification.ts';
import { bySeverity, onlyLogged } from '../../lib/passes/by-severity.ts';

/** Each message goes where its severity goes; one that goes to nobody is in the log. */

const message = (severity: Notification['severity']): Notification => ({
  severity,
  subject: `about ${severity}`,
  message: 'x\n',
});

it('sends each message where its severity goes', async () => {
  const sent: string[] = [];
  const topic = (name: string) => ({
    notify: async ({ subject }: Notification) => void sent.push(`${name}: ${subject}`),
  });
  const topics = bySeverity({ action: topic('on call'), notice: topic('team') });
  await topics.notify(message('notice'));
  await topics.notify(message('action'));
  expect(sent).toEqual(['team: about notice', 'on call: about action']);
});

it('logs what goes to nobody', async () => {
  const logged: unknown[] = [];
  await onlyLogged({ info: (...entry) => void logged.push(entry) }).notify(message('notice'));
  expect(logged).toEqual([
    ['told nobody, as the policy says', { severity: 'notice', subject: 'about notice' }],
  ]);
});
