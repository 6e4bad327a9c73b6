import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_NAMES, type AlarmName } from '../../lib/model/runbook.ts';
import { followedPage } from './runbooks/followed-page.ts';
import { PLAYS, type Play } from './runbooks/plays.ts';
import { openScene, type Scene, withoutDelay } from './runbooks/scene.ts';

/**
 * docs/runbooks, page by page: something is broken so that the alarm rings, the commands of the page are run as they stand there, and
 * the alarm ends. What the page shows has to be what they print, but for ids and times. `UPDATE_DOCS=1` writes the real output
 * into the pages instead. The pages of what rings no alarm are played by runbooks-situations.test.ts.
 */

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({
    policy: async () => readFileSync(join(__dirname, 'runbooks.yml'), 'utf8'),
    prepare: withoutDelay,
  });
});

afterAll(async () => {
  await scene?.stop();
});

/** SweepMissing is on while it has no data. */
function ringing(alarm: AlarmName): 'ALARM' | 'INSUFFICIENT_DATA' {
  return alarm === 'SweepMissing' ? 'INSUFFICIENT_DATA' : 'ALARM';
}

/** How often people were told that the alarm is in this state. */
async function toldOf(alarm: AlarmName, state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'): Promise<number> {
  const told = await scene.control.notifications();
  return told.filter(({ subject }) => subject.startsWith(`${state}: "`) && subject.includes(`-${alarm}"`))
    .length;
}

/** As long as the alarm looks back, with a look before and after. */
async function untilAlarmLooks({ alarm, looks = 'sweep' }: Play): Promise<void> {
  const { Period = 0, EvaluationPeriods = 1 } = await scene.alarm(alarm);
  await scene[looks]();
  // The sweep looks again meanwhile.
  await scene.timePasses(Period * EvaluationPeriods + 1);
  if (looks === 'check') {
    await scene.check();
  }
}

it('plays every alarm once', () => {
  expect(PLAYS.map(({ alarm }) => alarm).sort()).toEqual([...ALARM_NAMES].sort());
});

describe.each(PLAYS)('$alarm', (play: Play) => {
  const { alarm, causes } = play;
  const page = followedPage(alarm);

  it('has a play for each cause that the page mends by commands', () => {
    expect(page.mends.map(({ cause }) => cause)).toEqual(Object.keys(causes));
  });

  const breakages = Object.entries(causes).flatMap(([cause, ways]) =>
    Object.entries(typeof ways === 'function' ? { '': ways } : ways).map(([way, breakIt]) => ({
      cause,
      breakIt,
      way: way === '' ? '' : `, ${way}`,
    })),
  );

  it.each(breakages.map((each, index) => ({ ...each, index })))(
    'rings, and ends by what the page says: $cause$way',
    async ({ cause, breakIt, index }) => {
      expect((await scene.alarm(alarm)).StateValue).toBe('OK');
      const over = await toldOf(alarm, 'OK');
      const on = await toldOf(alarm, ringing(alarm));
      const ends: (() => Promise<void>)[] = [];
      const variables = await breakIt(scene, (end) => ends.push(end));
      expect((await scene.alarm(alarm)).StateValue).toBe(ringing(alarm));
      expect(await toldOf(alarm, ringing(alarm))).toBe(on + 1);
      if (index === 0) {
        await page.follow(scene, page.commandsUnder('Look'), { variables, ending: 'any' });
      }
      const mend = page.mends.find((part) => part.cause === cause)?.commands ?? [];
      await page.follow(scene, mend, { variables, ending: 'any' });
      await untilAlarmLooks(play);
      expect((await scene.alarm(alarm)).StateValue).toBe('OK');
      await page.follow(scene, page.commandsUnder('Be sure'), { variables, ending: 'fine' });
      expect(await toldOf(alarm, 'OK')).toBe(over + 1);
      for (const end of ends) await end();
    },
  );

  it('shows what the commands print', () => {
    page.expectShown();
  });
});
