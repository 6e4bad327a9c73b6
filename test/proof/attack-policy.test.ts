import { closeSync, mkdtempSync, openSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPolicy, PolicyError, parsePolicy } from '../../lib/policy/load.ts';
import { reviewPolicy } from '../../lib/policy/review.ts';
import { scheduleProblem } from '../../lib/policy/schedule.ts';
import { policySchema } from '../../lib/policy/schema.ts';

/** Policy files that are made to use up memory or time, or to say something else than they seem to. */

function refusal(text: string): string {
  try {
    parsePolicy(text, 'policy.yml');
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  return 'accepted';
}

const bomb = [
  'a: &a [x,x,x,x,x,x,x,x,x,x]',
  ...Array.from({ length: 12 }, (_, index) => {
    const [name, before] = [String.fromCharCode(98 + index), String.fromCharCode(97 + index)];
    return `${name}: &${name} [${`*${before},`.repeat(10)}]`;
  }),
].join('\n');

describe('a policy file that is made to use up memory or time', () => {
  it.each([
    ['aliases that multiply', bomb, /aliases|unknown key/],
    ['an alias that contains itself', 'rules: &a [*a]', /aliases|expected|found/],
    ['10 MB', `#${'x'.repeat(10 * 1024 * 1024)}\nversion: 1`, /larger than 256 KiB/],
    ['lists in lists', `rules: ${'['.repeat(50_000)}`, /nested too deeply|no valid YAML|expected/],
    ['maps in maps', `rules: ${'{a: '.repeat(50_000)}`, /nested too deeply|no valid YAML|expected/],
    [
      'block lists in block lists',
      `rules:\n${'- '.repeat(60_000)}x`,
      /nested too deeply|no valid YAML|expected/,
    ],
    ['100,000 rules', `version: 1\nrules:\n${'- {}\n'.repeat(100_000)}`, /larger than|at most|is missing/],
    [
      '50,000 rules in the room there is',
      `version: 1\nrules: [${'{},'.repeat(50_000)}]`,
      /1,?000|is missing/,
    ],
    ['a very long number', `version: ${'9'.repeat(200_000)}`, /expected 1|version/],
    ['a very long key', `"${'k'.repeat(200_000)}": 1`, /unknown key|at most 1024/],
    ['20,000 unknown keys', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'), /unknown key/],
    [
      'anchors without end',
      Array.from({ length: 20_000 }, (_, i) => `- &a${i} x`).join('\n'),
      /expected|a map/,
    ],
  ])('%s is refused', (_, text, why) => {
    const message = refusal(text);
    expect(message).toMatch(why);
  });

  it('is told of in messages of bounded length, line by line', () => {
    for (const line of refusal(`${'k'.repeat(200_000)}: 1\nversion: 2`).split('\n')) {
      expect(line.length).toBeLessThan(1200);
      expect(line).not.toMatch(/[^\P{C}]/u);
    }
  });

  it.each([
    ['!!js/function "function () { process.exit(7) }"'],
    ['!!python/object/apply:os.system ["id"]'],
    ['!!binary "aWQ="'],
    ['!include /etc/passwd'],
  ])('%s runs and reads nothing: tags are refused', (value) => {
    expect(refusal(`version: 1\ntagPrefix: ${value}`)).not.toBe('accepted');
  });

  it.each(['__proto__', '"__proto__"', '? __proto__\n'])('the key %j sets no prototype', (key) => {
    expect(refusal(`version: 1\n${key}: { mode: observe }`)).not.toBe('accepted');
    expect(refusal(`version: 1\ndrift: { ${key.trim().replace('? ', '')}: { repair: false } }`)).not.toBe(
      'accepted',
    );
    expect(Reflect.get({}, 'repair')).toBeUndefined();
  });

  it('that is a device is read no further than the limit', () => {
    expect(() => loadPolicy('/dev/zero')).toThrow(/larger than 256 KiB/);
  });

  it('that is a link to a directory, or a sparse file of 4 GB, is refused', () => {
    const directory = mkdtempSync(join(tmpdir(), 'attack-policy-'));
    try {
      symlinkSync(directory, join(directory, 'link.yml'));
      expect(() => loadPolicy(join(directory, 'link.yml'))).toThrow(/directory/);
      const file = openSync(join(directory, 'sparse.yml'), 'w');
      writeSync(file, 'x', 4 * 1024 ** 3);
      closeSync(file);
      expect(() => loadPolicy(join(directory, 'sparse.yml'))).toThrow(/larger than 256 KiB/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a policy of the largest size', () => {
  it('with hundreds of rules of wildcards is reviewed to the end', () => {
    const rules = Array.from({ length: 300 }, (_, index) => ({
      name: `rule-${index}`,
      effect: index % 2 === 0 ? 'accept' : 'hold',
      local: { tags: { Name: `*a*b*c*${index}*` } },
      remote: { accounts: ['self'], vpcs: [`*${'a*'.repeat(20)}${index}`] },
    }));
    const policy = policySchema.parse({ version: 1, tagPrefix: 'p', rules });
    expect(Array.isArray(reviewPolicy(policy))).toBe(true);
  });

  it('with schedules that look like numbers without end is checked by their form', () => {
    for (const expression of [
      `rate(${'9'.repeat(100_000)} minutes)`,
      `cron(${'0,'.repeat(50_000)}0 * * * ? *)`,
      `cron(${' '.repeat(100_000)})`,
      `rate(5 minutes)${'\n'.repeat(1000)}`,
      `cron(${'*/'.repeat(50_000)})`,
    ]) {
      expect(typeof (scheduleProblem(expression) ?? '')).toBe('string');
    }
    expect(scheduleProblem('rate(5 minutes)\n')).toBeDefined();
  });
});
