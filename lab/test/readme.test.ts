import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The page for whoever comes to the lab from elsewhere: its example is run, and what it prints stands there. */

const LAB = join(__dirname, '..');
const PAGE = join(LAB, 'README.md');
const EXAMPLE = join(LAB, 'examples/two-vpcs.ts');

function run(): string {
  return execFileSync(process.execPath, ['--import', 'tsx', EXAMPLE], {
    cwd: LAB,
    encoding: 'utf8',
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  }).replace(/\n{3,}/g, '\n\n');
}

/** moto puts a subnet into any zone, and a ping takes its time by that. */
function timeless(text: string): string {
  return text.replaceAll(/\d+\.\d{3}/g, 'some');
}

function blocks(page: string): string[] {
  return [...page.matchAll(/```(?:ts|text)\n([\s\S]*?)```/g)].map(([, text = '']) => text);
}

it('shows the example as it is, and what it prints', () => {
  const page = readFileSync(PAGE, 'utf8');
  const code = readFileSync(EXAMPLE, 'utf8');
  const printed = `${run().trim()}\n`;
  if (process.env.UPDATE_DOCS === '1') {
    const [oldCode = '', oldOutput = ''] = blocks(page);
    writeFileSync(
      PAGE,
      page.replace(oldCode, () => code).replace(oldOutput, () => printed),
    );
  }
  const [shownCode, shownOutput = ''] = blocks(readFileSync(PAGE, 'utf8'));
  expect(shownCode).toBe(code);
  expect(timeless(shownOutput)).toBe(timeless(printed));
  // One way is not enough.
  expect(printed.match(/\d+% packet loss/g)).toEqual(['100% packet loss', '0% packet loss']);
});

it('says of every part that is exported what it has', () => {
  const { name, exports } = JSON.parse(readFileSync(join(LAB, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string>>;
  };
  const shown = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `([^`]+)` \| .+ \|$/gm)].map(([, from]) => from);
  const parts = Object.keys(exports).filter((part) => part !== './package.json');
  expect(shown).toEqual(expect.arrayContaining(parts.map((part) => part.replace('.', name))));
});
