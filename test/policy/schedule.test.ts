import { scheduleProblem } from '../../lib/policy/schedule.ts';

describe('schedule expressions', () => {
  it.each([
    'rate(1 minute)',
    'rate(5 minutes)',
    'rate(1 hour)',
    'rate(12 hours)',
    'rate(1 day)',
    'rate(7 days)',
    'cron(0/5 * * * ? *)',
    'cron(0 10 * * ? *)',
    'cron(0 18 ? * MON-FRI *)',
    'cron(0 8 1 * ? *)',
    'cron(0 8 L * ? *)',
    'cron(0 9 ? * 2#1 *)',
    'cron(0 9 ? * FRI#5 *)',
    'cron(0 9 ? * 6L 2025-2030)',
    'cron(15,45 0-6/2 3W JAN,JUL ? *)',
  ])('takes %s', (expression) => {
    expect(scheduleProblem(expression)).toBeUndefined();
  });

  it.each([
    ['rate(1 minutes)', 'rate(1 minute)'],
    ['rate(5 minute)', 'rate(5 minutes)'],
    ['rate(0 minutes)', 'the shortest rate is rate(1 minute)'],
    ['rate(30 seconds)', 'whole number and a unit'],
    ['rate(1.5 hours)', 'whole number and a unit'],
    ['rate(5  minutes)', 'whole number and a unit'],
    ['rate(99999 days)', 'longer than EventBridge takes'],
    ['5 minutes', 'rate(...) or cron(...)'],
    ['rate(5 minutes) ', 'rate(...) or cron(...)'],
    ['cron(* * * * *)', '6 fields'],
    ['cron(* * * * * *)', '? in exactly one'],
    ['cron(* * ? * ? *)', '? in exactly one'],
    ['cron(60 * * * ? *)', 'minutes cannot be "60"'],
    ['cron(0 24 * * ? *)', 'hours cannot be "24"'],
    ['cron(0 0 32 * ? *)', 'day-of-month cannot be "32"'],
    ['cron(0 0 ? 13 1 *)', 'month cannot be "13"'],
    ['cron(0 0 ? * 0 *)', 'day-of-week cannot be "0"'],
    ['cron(0 0 ? * MON#6 *)', 'day-of-week cannot be "MON#6"'],
    ['cron(0 0 * * ? 1969)', 'year cannot be "1969"'],
    ['cron(0/0 0 * * ? *)', 'minutes cannot be "0/0"'],
    ['cron(5-1 0 * * ? *)', 'minutes cannot be "5-1"'],
    ['cron(, 0 * * ? *)', 'minutes cannot be ","'],
  ])('refuses %s', (expression, problem) => {
    expect(scheduleProblem(expression)).toContain(problem);
  });
});
