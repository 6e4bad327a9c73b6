import { CliError } from './errors.ts';
import type { Invocation } from './verb.ts';

/**
 * Whether the person agrees to what was shown; `--yes` does.
 *
 * @param question one sentence, such as `Carry this out?`
 * @param look the command that shows the same without doing anything.
 * @throws CliError where there is nobody to ask.
 */
export async function agrees(
  { options, ask, output }: Pick<Invocation, 'options' | 'ask' | 'output'>,
  question: string,
  look: string,
): Promise<boolean> {
  if (options.yes) {
    return true;
  }
  if (ask === undefined || options.json) {
    throw new CliError(
      options.json
        ? `With --json nobody can be asked. Look at ${look}, then add --yes.`
        : `There is no terminal to ask on, so nothing was changed. Look at ${look}, then add --yes.`,
    );
  }
  const answer = await ask(`${question} (yes, anything else is no) `);
  const agreed = ['y', 'yes'].includes(answer.trim().toLowerCase());
  if (!agreed) output.note('Nothing was changed.');
  return agreed;
}
