import { type Alarm, alarmChecks } from '../../cli/doctor/alarms.ts';

/** What doctor says of the stack's alarms. */

const REGION = 'us-east-1';

const alarm = (name: string, parts: Partial<Alarm> = {}): Alarm => ({
  AlarmName: `vpc-peering-autopilot-prod-${name}`,
  AlarmDescription: `What ${name} means. Run: peering drift`,
  StateValue: 'OK',
  StateUpdatedTimestamp: new Date('2026-03-01T12:10:30Z'),
  ...parts,
});

it('passes where none is on', () => {
  const quiet = [alarm('RouteDrift'), alarm('QuotaLow', { StateValue: 'INSUFFICIENT_DATA' })];
  expect(alarmChecks(REGION, quiet)).toEqual([
    expect.objectContaining({ result: 'pass', says: "None of the stack's 2 alarms is on." }),
  ]);
});

it('fails for each that is on, and says since when and what it means', () => {
  const ringing = alarm('RouteDrift', { StateValue: 'ALARM' });
  expect(alarmChecks(REGION, [ringing, alarm('QuotaLow')])).toEqual([
    {
      area: 'alarms',
      region: REGION,
      result: 'fail',
      says: 'vpc-peering-autopilot-prod-RouteDrift is on since 2026-03-01 12:10 UTC.',
      remedy: 'What RouteDrift means. Run: peering drift',
    },
  ]);
});

it('counts one that tells people of missing data as on while it has none', () => {
  const sweep = alarm('SweepMissing', { StateValue: 'INSUFFICIENT_DATA', InsufficientDataActions: ['arn'] });
  expect(alarmChecks(REGION, [sweep]).map(({ result }) => result)).toEqual(['fail']);
  const fresh = { ...sweep, StateReason: 'Unchecked: Initial alarm creation' };
  expect(alarmChecks(REGION, [fresh]).map(({ result }) => result)).toEqual(['pass']);
});

it('says so where none is to be seen: that is no all-clear', () => {
  expect(alarmChecks(REGION, [])).toEqual([expect.objectContaining({ result: 'warn' })]);
});
