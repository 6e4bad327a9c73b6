import { type Alarm, alarmChecks } from '../../cli/doctor/alarms.ts';
import { ALARM_NAMES, type AlarmName } from '../../lib/model/runbook.ts';
import { alarms } from '../../resources/alarms.ts';
import { policyOf } from '../support/fixtures.ts';
import { VARIANTS } from '../support/packaged.ts';

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
  const quiet = [alarm('RouteDriftUnrepaired'), alarm('QuotaLow', { StateValue: 'INSUFFICIENT_DATA' })];
  expect(alarmChecks(REGION, quiet)).toEqual([
    expect.objectContaining({ result: 'pass', says: "None of the stack's 2 alarms is on." }),
  ]);
});

it('fails for each that is on, and says since when and what it means', () => {
  const ringing = alarm('RouteDriftUnrepaired', { StateValue: 'ALARM' });
  expect(alarmChecks(REGION, [ringing, alarm('QuotaLow')])).toEqual([
    {
      area: 'alarms',
      region: REGION,
      result: 'fail',
      says: 'vpc-peering-autopilot-prod-RouteDriftUnrepaired is on since 2026-03-01 12:10 UTC.',
      remedy:
        'What RouteDriftUnrepaired means. Run: peering drift Runbook: docs/runbooks/RouteDriftUnrepaired.md',
    },
  ]);
});

it('names the page of the alarm as the stack wrote it, however long the description is', () => {
  const page = 'Runbook: https://git.example.com/net/docs/runbooks/QuotaLow.md';
  const ringing = alarm('QuotaLow', {
    StateValue: 'ALARM',
    AlarmDescription: `${'Nearly used up. '.repeat(60)}${page}`,
  });
  const [check] = alarmChecks(REGION, [ringing]);
  expect(check?.remedy).toMatch(/^Nearly used up\. /);
  expect(check?.remedy?.endsWith(` ${page}`)).toBe(true);
  expect(check?.remedy?.length).toBeLessThan(750);
});

describe('what helps with an alarm', () => {
  const described = new Map(
    Object.values(VARIANTS)
      .flatMap((parts) => Object.values(alarms({ policy: policyOf(parts), stage: 'prod' })))
      .map(({ Properties: { AlarmName, AlarmDescription } }) => [
        String(AlarmName).replace('vpc-peering-autopilot-prod-', ''),
        String(AlarmDescription),
      ]),
  );

  it.each(ALARM_NAMES)('%s is a command, or another line of doctor, and never doctor itself', (name) => {
    const ringing = alarm(name, { StateValue: 'ALARM', AlarmDescription: described.get(name) });
    const [check] = alarmChecks(REGION, [ringing]);
    expect(check?.remedy).toMatch(/peering (?:logs|drift|status)|[Tt]he lines about (?:queues|quotas|rules)/);
    expect(check?.remedy).not.toContain('peering doctor');
    // What it means stands first, in whole sentences, and each command once.
    expect(check?.remedy?.slice(0, 30)).toBe(described.get(name)?.slice(0, 30));
    expect(check?.remedy).not.toMatch(/\.\.| \.|;\./);
    const commands = [...(check?.remedy ?? '').matchAll(/Run: peering \w+/g)].map(([text]) => text);
    expect(commands).toEqual([...new Set(commands)]);
  });

  it('takes the place of the advice to run doctor, and of nothing else', () => {
    const remedy = (name: AlarmName) =>
      alarmChecks(REGION, [alarm(name, { StateValue: 'ALARM', AlarmDescription: described.get(name) })])[0]
        ?.remedy;
    expect(remedy('QuotaLow')).toBe(
      'A route table or a VPC has nearly used up its quota of routes or peerings. Everything still works; what comes next may find no room. The lines about quotas name it, with how much is left. Runbook: docs/runbooks/QuotaLow.md',
    );
    expect(remedy('PermanentFailures')).toContain(
      'The log of the function names the call, the resource and the reason. Run: peering logs --since 1h.',
    );
    expect(remedy('RouteDriftUnrepaired')).toContain(
      'Run: peering drift. It names each finding, with what to do.',
    );
  });
});

it('names no page for an alarm that has none', () => {
  const [check] = alarmChecks(REGION, [
    alarm('SweepErrors', { StateValue: 'ALARM', AlarmDescription: undefined }),
  ]);
  expect(check?.remedy).toBe('docs/stack.md says what it means.');
});

it('counts one that tells people of missing data as on while it has none', () => {
  const sweep = alarm('SweepMissing', { StateValue: 'INSUFFICIENT_DATA', InsufficientDataActions: ['arn'] });
  expect(alarmChecks(REGION, [sweep]).map(({ result }) => result)).toEqual(['fail']);
  const fresh = { ...sweep, StateReason: 'Unchecked: Initial alarm creation' };
  expect(alarmChecks(REGION, [fresh]).map(({ result }) => result)).toEqual(['pass']);
});

it('counts it as on where the policy has its alarms tell nobody, too', () => {
  const sweep = alarm('SweepMissing', { StateValue: 'INSUFFICIENT_DATA', TreatMissingData: 'missing' });
  expect(alarmChecks(REGION, [sweep]).map(({ result }) => result)).toEqual(['fail']);
});

it('says so where none is to be seen: that is no all-clear', () => {
  expect(alarmChecks(REGION, [])).toEqual([expect.objectContaining({ result: 'warn' })]);
});
