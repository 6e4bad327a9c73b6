import { type OptionName, optionSpec } from './options.ts';
import type { Command } from './verb.ts';

/** The option that a letter stands for is a matter of the command: `-o` is a format, or a file where there is none. */
export function shortOf(name: OptionName, command: Command): string | undefined {
  const { short } = optionSpec(name);
  return short !== undefined && command.options.find((each) => optionSpec(each).short === short) === name
    ? short
    : undefined;
}
