import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../cli/commands.ts';
import { commandsIn } from '../support/readme.ts';

/** README's commands are those of the tests, and of CI. */

const ROOT = join(__dirname, '../..');

/** Not in the tests, which are what it runs: `.ci/run` begins with an empty machine. */
const RUN_BY_CI = ['npm ci', 'npm test'];

/** Which commands tests, and what they share, ask for by `readmeCommand`. */
function askedFor(): Set<string> {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true }) as string[];
  const tests = files.filter((file) => file.endsWith('.ts') && !file.endsWith('support/readme.ts'));
  return new Set(
    tests.flatMap((file) =>
      [...readFileSync(join(ROOT, 'test', file), 'utf8').matchAll(/readmeCommand\('([^']+)'\)/g)].map(
        ([, command = '']) => command,
      ),
    ),
  );
}

it('shows no command that nothing runs, and none is run that it does not show', () => {
  const run = new Set([...askedFor(), ...RUN_BY_CI]);
  expect([...run].sort()).toEqual([...new Set(commandsIn('README.md'))].sort());
});

it('has CI run what it says to developers', () => {
  const lines = readFileSync(join(ROOT, '.ci/run'), 'utf8').split('\n');
  const ran = lines.filter((line) => line.startsWith('npm ')).map((line) => line.replace(/ --no-.*$/, ''));
  expect(ran).toEqual(RUN_BY_CI);
});

it('says the same of a deployment as docs/deploy.md', () => {
  const commands = commandsIn('README.md').filter((command) => /peering/.test(command));
  expect(commands).toHaveLength(3);
  // Those of other tools come after: test/pages/other-tools.test.ts runs them.
  expect(commandsIn('docs/deploy.md').slice(0, commands.length)).toEqual(commands);
});

it('names scripts and verbs that are there, beside its blocks too', () => {
  const page = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const named = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, name = '']) => name);
  const [verbs, runs] = [named(/npx peering ([a-z-]+)/g), named(/npm run ([a-z-]+)/g)];
  expect(verbs.length * runs.length).toBeGreaterThan(0);
  expect(verbs.filter((verb) => !COMMANDS.some(({ name }) => name === verb))).toEqual([]);
  expect(runs.filter((script) => scripts[script] === undefined)).toEqual([]);
});
