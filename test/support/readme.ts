import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The commands that README shows. A test that runs one of them asks for it by `readmeCommand`, so that none is changed in one place
 * alone; test/stack/readme.test.ts holds that each is asked for.
 */

const ROOT = join(__dirname, '../..');

/** The commands in the `sh` blocks of a page, in order: one for each line and each part between `&&`, without comments. */
export function commandsIn(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.split('\n'))
    .flatMap((line) => line.replace(/(^|\s)#.*$/, '').split('&&'))
    .map((command) => command.trim())
    .filter((command) => command !== '');
}

/** @returns the command. @throws when README does not show it to the letter. */
export function readmeCommand(command: string): string {
  if (!commandsIn('README.md').includes(command)) {
    throw new Error(`README.md does not show the command ${JSON.stringify(command)} any more`);
  }
  return command;
}
