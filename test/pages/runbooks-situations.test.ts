import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/lab-account.ts';
import { readRunbook, SITUATIONS } from '../support/runbook.ts';
import { followedPage } from './runbooks/followed-page.ts';
import { openScene, type Scene } from './runbooks/scene.ts';
import { SITUATION_PLAYS, type SituationPlay, withAddressPlan } from './runbooks/situations.ts';

/**
 * The pages of docs/runbooks about what has no alarm of its own, played like those of alarms: it happens, the commands of the page are run as
 * they stand there, and it is over. `UPDATE_DOCS=1` writes the real output into the pages.
 */

let scene: Scene;

beforeAll(async () => {
  const policy = readFileSync(join(__dirname, 'runbooks-situations.yml'), 'utf8');
  scene = await openScene({ policy: (lab) => withAddressPlan(lab, policy) });
});

afterAll(async () => {
  await scene?.stop();
});

it('plays every page once', () => {
  expect(SITUATION_PLAYS.map(({ page }) => page).sort()).toEqual([...SITUATIONS].sort());
});

describe.each(SITUATION_PLAYS)('$page', ({ page: name, causes, rings = [] }: SituationPlay) => {
  const page = followedPage(name);

  it('has a play for each cause that the page mends by commands, and for some that it tells in words', () => {
    const told = readRunbook(name).sections.flatMap(({ parts }) => parts.map(({ cause }) => cause));
    expect(told).toEqual(expect.arrayContaining(Object.keys(causes)));
    const byCommands = Object.entries(causes).filter(([, { byHand }]) => byHand === undefined);
    expect(page.mends.map(({ cause }) => cause)).toEqual(byCommands.map(([cause]) => cause));
  });

  it.each(Object.entries(causes).map(([cause, play], index) => ({ cause, play, index })))(
    'happens, and ends by what the page says: $cause',
    async ({ cause, play: { happen, inWords = {}, byHand }, index }) => {
      const { variables, isOver } = await happen(scene);
      expect(await isOver()).toBe(false);
      expect(await scene.ringing()).toEqual(rings);
      if (index === 0) {
        await page.follow(scene, page.commandsUnder('Look'), { variables, ending: 'any' });
      }
      const mend = page.mends.find((part) => part.cause === cause)?.commands ?? [];
      const after = async (command: string) => {
        const [, act] = Object.entries(inWords).find(([start]) => command.startsWith(start)) ?? [];
        await act?.(scene, variables);
      };
      await page.follow(scene, mend, { variables, ending: 'any', again: 'other', after });
      const then = (await byHand?.(scene, variables)) ?? variables;
      await scene.sweep();
      await eventually(`the end of: ${cause}`, async () => ((await isOver()) ? true : undefined));
      await page.follow(scene, page.commandsUnder('Be sure'), {
        variables: then,
        ending: 'fine',
        again: 'other',
      });
    },
  );

  it('shows what the commands print', () => {
    page.expectShown();
  });
});
