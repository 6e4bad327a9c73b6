import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_NAMES, type AlarmName } from '../../lib/model/runbook.ts';
import {
  pageOf,
  RUNBOOKS,
  type RunbookPart,
  readRunbook,
  type ShownCommand,
  withOutputs,
} from '../support/runbook.ts';
import { comparable } from '../support/shown-output.ts';
import { PLAYS, type Play } from './runbooks/plays.ts';
import { openScene, type Scene } from './runbooks/scene.ts';

/**
 * docs/runbooks, page by page: something is broken so that the alarm rings, the commands of the page are run as they stand there, and
 * the alarm ends. What the page shows has to be what they print, but for ids and times. `UPDATE_DOCS=1` writes the real output
 * into the pages instead.
 */

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(async () => {
  await scene?.stop();
});

type Variables = Readonly<Record<string, string>>;

/** `drift` and `plan` end with 2 where there is something to do. */
const SOMETHING_TO_DO = 2;

/** Whether the command may say by its code that there is something to do. */
type Ending = 'fine' | 'any';

function maySay(command: string, ending: Ending): readonly number[] {
  return ending === 'any' && /^npx peering [^|]*$/.test(command) ? [0, SOMETHING_TO_DO] : [0];
}

/** What the commands of a page print, by their place in it. */
type Printed = Map<ShownCommand, string>;

/** Runs them as they stand there. One that was run for another cause before has to print the same. */
async function follow(
  commands: readonly ShownCommand[],
  variables: Variables,
  { printed, ending }: { readonly printed: Printed; readonly ending: Ending },
): Promise<void> {
  for (const each of commands) {
    const { code, stdout, stderr } = await scene.type(each.command, variables);
    const output = `${stdout}${stderr}`;
    if (code === null || !maySay(each.command, ending).includes(code)) {
      throw new Error(`${each.command}\nended with ${code}:\n${output}`);
    }
    expect([each.command, ...comparable(output)]).toEqual([
      each.command,
      ...comparable(printed.get(each) ?? output),
    ]);
    printed.set(each, output);
  }
}

/** Read once: commands are known by what was read. */
const SECTIONS = new Map(ALARM_NAMES.map((alarm) => [alarm, readRunbook(alarm).sections]));

function partsUnder(alarm: AlarmName, heading: string): readonly RunbookPart[] {
  return SECTIONS.get(alarm)?.find((section) => section.heading === heading)?.parts ?? [];
}

function commandsUnder(alarm: AlarmName, heading: string): readonly ShownCommand[] {
  return partsUnder(alarm, heading).flatMap(({ commands }) => commands);
}

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

function allCommands(alarm: AlarmName): readonly ShownCommand[] {
  return (SECTIONS.get(alarm) ?? []).flatMap(({ parts }) => parts.flatMap(({ commands }) => commands));
}

it('plays every alarm once', () => {
  expect(PLAYS.map(({ alarm }) => alarm).sort()).toEqual([...ALARM_NAMES].sort());
});

describe.each(PLAYS)('$alarm', (play: Play) => {
  const { alarm, causes } = play;
  const printed: Printed = new Map();
  const mends = partsUnder(alarm, 'Mend').filter(({ commands }) => commands.length > 0);

  it('has a play for each cause that the page mends by commands', () => {
    expect(mends.map(({ cause }) => cause)).toEqual(Object.keys(causes));
  });

  it.each(Object.entries(causes).map(([cause, breakIt], index) => ({ cause, breakIt, index })))(
    'rings, and ends by what the page says: $cause',
    async ({ cause, breakIt, index }) => {
      expect((await scene.alarm(alarm)).StateValue).toBe('OK');
      const over = await toldOf(alarm, 'OK');
      const on = await toldOf(alarm, ringing(alarm));
      const variables = await breakIt(scene);
      expect((await scene.alarm(alarm)).StateValue).toBe(ringing(alarm));
      expect(await toldOf(alarm, ringing(alarm))).toBe(on + 1);
      if (index === 0) {
        await follow(commandsUnder(alarm, 'Look'), variables, { printed, ending: 'any' });
      }
      const mend = mends.find((part) => part.cause === cause)?.commands ?? [];
      await follow(mend, variables, { printed, ending: 'any' });
      await untilAlarmLooks(play);
      expect((await scene.alarm(alarm)).StateValue).toBe('OK');
      await follow(commandsUnder(alarm, 'Be sure'), variables, { printed, ending: 'fine' });
      expect(await toldOf(alarm, 'OK')).toBe(over + 1);
    },
  );

  it('shows what the commands print', () => {
    const commands = allCommands(alarm);
    if (process.env.UPDATE_DOCS === '1') {
      const outputs = commands.map((each) => printed.get(each) ?? each.output);
      writeFileSync(join(RUNBOOKS, `${alarm}.md`), withOutputs(pageOf(alarm), outputs));
      return;
    }
    expect(commands.map(({ command, output }) => [command, ...comparable(output)])).toEqual(
      commands.map((each) => [each.command, ...comparable(printed.get(each) ?? 'It was not run.')]),
    );
  });
});
