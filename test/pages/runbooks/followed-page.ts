import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  pageOf,
  RUNBOOKS,
  type RunbookPart,
  readRunbook,
  type ShownCommand,
  withOutputs,
} from '../../support/runbook.ts';
import { comparable } from '../../support/shown-output.ts';
import type { Scene } from './scene.ts';

/** A page of docs/runbooks whose commands are run as they stand there. `UPDATE_DOCS=1` writes what they print into the page. */

/** What a person who reads the page puts in for its variables. */
export type Variables = Readonly<Record<string, string>>;

/** `drift` and `plan` end with 2 where there is something to do. */
const SOMETHING_TO_DO = 2;

/** Whether the command may say by its code that there is something to do. */
type Ending = 'fine' | 'any';

function maySay(command: string, ending: Ending): readonly number[] {
  return ending === 'any' && /^npx peering [^|]*$/.test(command) ? [0, SOMETHING_TO_DO] : [0];
}

export interface Following {
  readonly variables: Variables;
  readonly ending: Ending;
  /** What of a command that was run for another cause before: it has to print the same, unless it shows each cause. */
  readonly again?: 'same' | 'other';
  /** After a command. */
  readonly after?: (command: string) => Promise<void>;
}

export interface FollowedPage {
  /** The causes under "Mend" that have commands. */
  readonly mends: readonly RunbookPart[];
  commandsUnder(heading: string): readonly ShownCommand[];
  follow(scene: Scene, commands: readonly ShownCommand[], following: Following): Promise<void>;
  /** Holds the page against what its commands printed. */
  expectShown(): void;
}

/** Read once: commands are known by what was read. */
export function followedPage(name: string): FollowedPage {
  const { sections } = readRunbook(name);
  const printed = new Map<ShownCommand, string>();
  const partsUnder = (heading: string) =>
    sections.find((section) => section.heading === heading)?.parts ?? [];
  return {
    mends: partsUnder('Mend').filter(({ commands }) => commands.length > 0),
    commandsUnder: (heading) => partsUnder(heading).flatMap(({ commands }) => commands),
    async follow(scene, commands, { variables, ending, again = 'same', after }) {
      for (const each of commands) {
        const { code, stdout, stderr } = await scene.type(each.command, variables);
        const output = `${stdout}${stderr}`;
        if (code === null || !maySay(each.command, ending).includes(code)) {
          throw new Error(`${each.command}\nended with ${code}:\n${output}`);
        }
        if (again === 'same' || !printed.has(each)) {
          expect([each.command, ...comparable(output)]).toEqual([
            each.command,
            ...comparable(printed.get(each) ?? output),
          ]);
          printed.set(each, output);
        }
        await after?.(each.command);
      }
    },
    expectShown() {
      const commands = sections.flatMap(({ parts }) => parts.flatMap((part) => part.commands));
      if (process.env.UPDATE_DOCS === '1') {
        const outputs = commands.map((each) => printed.get(each) ?? each.output);
        writeFileSync(join(RUNBOOKS, `${name}.md`), withOutputs(pageOf(name), outputs));
        return;
      }
      expect(commands.map(({ command, output }) => [command, ...comparable(output)])).toEqual(
        commands.map((each) => [each.command, ...comparable(printed.get(each) ?? 'It was not run.')]),
      );
    },
  };
}
