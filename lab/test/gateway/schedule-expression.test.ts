import { untilDue } from '../../schedule-expression.ts';

const MINUTE = 60_000;
const now = new Date('2026-03-04T10:20:30Z'); // a Wednesday

describe('schedule expressions', () => {
  it.each([
    ['rate(1 minute)', MINUTE],
    ['rate(5 minutes)', 5 * MINUTE],
    ['rate(2 hours)', 120 * MINUTE],
    ['rate(1 day)', 1440 * MINUTE],
  ])('%s is due after its time', (expression, expected) => {
    expect(untilDue(expression, now)).toBe(expected);
  });

  it.each([
    ['cron(* * * * ? *)', '2026-03-04T10:21:00Z'],
    ['cron(0/15 * * * ? *)', '2026-03-04T10:30:00Z'],
    ['cron(0 12 * * ? *)', '2026-03-04T12:00:00Z'],
    ['cron(0 9 ? * MON-FRI *)', '2026-03-05T09:00:00Z'],
    ['cron(0 9 ? * SUN *)', '2026-03-08T09:00:00Z'],
    ['cron(30 6 1 JAN,APR ? *)', '2026-04-01T06:30:00Z'],
    ['cron(5,25 10 4 3 ? 2026)', '2026-03-04T10:25:00Z'],
  ])('%s is due at %s', (expression, expected) => {
    expect(new Date(now.getTime() + untilDue(expression, now)).toISOString()).toBe(
      expected.replace('Z', '.000Z'),
    );
  });

  it('refuses what is no schedule', () => {
    expect(() => untilDue('every day', now)).toThrow('"every day"');
    expect(() => untilDue('cron(0 9 ? * XXX *)', now)).toThrow('"XXX"');
  });
});
