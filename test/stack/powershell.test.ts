import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { PATTERNS, scriptOf } from '../support/ping-scripts.ts';
import { runs } from '../support/runs.ts';
import { testTools } from '../support/venv.ts';

/** The documents' PowerShell, read by a grammar of others: PowerShell itself is on few machines that build this. */

const STEPS = ['pingOnWindows', 'probeOnWindows'] as const;
type Given = Readonly<Record<keyof typeof PATTERNS, string>>;
const USUAL: Given = {
  target: '10.2.1.139',
  count: '5',
  ping: 'yes',
  ports: '5432 443',
  sizes: '9001 1500',
  names: 'ip-10-2-1-139.ec2.internal',
};

interface Tree {
  readonly wrong: readonly string[];
  readonly kinds: string;
}

let parse: (scripts: readonly string[]) => Tree[];

beforeAll(async () => {
  const { python } = await testTools();
  parse = (scripts) =>
    JSON.parse(
      execFileSync(python, [join(__dirname, 'powershell-trees.py')], {
        input: JSON.stringify(scripts),
        maxBuffer: 256 * 1024 * 1024,
        encoding: 'utf8',
      }),
    );
});

describe.each(STEPS)('the PowerShell of %s', (step) => {
  it('is PowerShell', () => {
    const [tree] = parse([scriptOf(step, USUAL)]);
    expect(tree?.wrong).toEqual([]);
    expect(tree?.kinds.length).toBeGreaterThan(1000);
  });

  it('stays the same commands, whatever its parameters let through', () => {
    const given: fc.Arbitrary<Given> = fc.record({
      target: fc.stringMatching(new RegExp(PATTERNS.target)),
      count: fc.stringMatching(new RegExp(PATTERNS.count)),
      ping: fc.stringMatching(new RegExp(PATTERNS.ping)),
      ports: fc.stringMatching(new RegExp(PATTERNS.ports)),
      sizes: fc.stringMatching(new RegExp(PATTERNS.sizes)),
      names: fc.stringMatching(new RegExp(PATTERNS.names)),
    });
    const tried = fc.sample(given, runs(200));
    const [usual, ...trees] = parse([scriptOf(step, USUAL), ...tried.map((each) => scriptOf(step, each))]);
    expect(new Set(trees.map(({ kinds }) => kinds))).toEqual(new Set([usual?.kinds]));
  });

  it('would not, if a quote or a command came through', () => {
    const broken = ["'; Stop-Computer; '", "' + (Get-Date) + '", "'"].map((value) =>
      scriptOf(step, USUAL).replaceAll(`'${USUAL.target}'`, `'${value}'`),
    );
    const [usual, ...trees] = parse([scriptOf(step, USUAL), ...broken]);
    expect(trees).toHaveLength(3);
    for (const { kinds } of trees) expect(kinds).not.toBe(usual?.kinds);
  });
});
