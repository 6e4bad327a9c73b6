import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../cli/commands.ts';

/** Every command that a message, a finding or an alarm names is one: what people type at night has to be taken. */

const ROOT = join(__dirname, '../..');

/** `"peering drift"`, `Run: peering drift`, and a line of its own: `  peering accept PEERING`. */
const NAMED = /(?:"|: |^ {2}|'\s{2}|`\s{2})peering ((?:[a-z]+)(?: [^"`'.;,]*)?)/gm;

function namedIn(folder: string): { readonly file: string; readonly line: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, folder, file), 'utf8')
        .replace(/^\s*(\/?\*|\/\/).*$/gm, '')
        .replace(/\$\{[^}]*\}/g, 'X');
      return (
        [...text.matchAll(NAMED)]
          .map(([, line = '']) => ({
            file: join(folder, file),
            line: line.replace(/ (and|say|says) .*$/, '').trim(),
          }))
          // Prose: a peering is, leads, goes.
          .filter(({ line }) => !/^(is|leads|goes|has|that)\b/.test(line))
      );
    });
}

/** Why a line is none that the command takes; undefined: it is. */
function problemOf(line: string): string | undefined {
  const command = COMMANDS.find(({ name }) => line === name || line.startsWith(`${name} `));
  if (command === undefined) {
    return 'no such command';
  }
  const rest = line.slice(command.name.length).trim().split(/\s+/);
  const end = rest.findIndex((word) => word.startsWith('--'));
  const places = rest
    .slice(0, end === -1 ? undefined : end)
    .filter((word) => /^(X|[A-Z]+|PEERING)$/.test(word));
  const unknown = rest
    .filter((word) => /^--[a-z-]+$/.test(word))
    .filter((word) => !command.options.some((option) => `--${option}` === word));
  if (places.length > command.positionals.length) {
    return `${command.name} takes ${command.positionals.length} of these: ${places.join(' ')}`;
  }
  return unknown.length === 0 ? undefined : `${command.name} has no ${unknown.join(' ')}`;
}

const LINES = ['lib', 'resources'].flatMap(namedIn);

it('finds those that are named', () => {
  expect(LINES.length).toBeGreaterThan(50);
});

it('names only commands with what they take', () => {
  const problems = LINES.flatMap(({ file, line }) => {
    const problem = problemOf(line);
    return problem === undefined ? [] : [`${file}: peering ${line}: ${problem}`];
  });
  expect(problems).toEqual([]);
});

it.each([
  ['ping PEERING', 'ping takes 0 of these: PEERING'],
  ['look', 'no such command'],
  ['drift --loud', 'drift has no --loud'],
])('would say of "%s": %s', (line, problem) => {
  expect(problemOf(line)).toBe(problem);
});
