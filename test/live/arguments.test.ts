import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from '../../live/arguments.ts';
import { CHECKS } from '../../live/checks.ts';
import { exitCodeOf, type Outcome } from '../../live/outcome.ts';
import { outcomesText } from '../../live/text.ts';

describe('npm run live-check', () => {
  it.each([
    [['--only', 'repeated-rout'], /no question "repeated-rout"\. Did you mean repeated-route\?/],
    [['--region', 'us-esat-1'], /no Region "us-esat-1".*Did you mean us-east-1\?/],
    [['--other-region', 'mars'], /--other-region: there is no Region "mars"/],
    [['--quiet', 'soon'], /--quiet takes seconds, not "soon"/],
    [['--longest=-1'], /--longest takes seconds/],
    [['--all'], /--all.*See --help/],
    [['repeated-route'], /repeated-route.*See --help/],
  ])('says of %j what is wrong', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });

  it('asks every question once, whatever --only repeats', () => {
    expect(readArguments([]).checks).toEqual(CHECKS);
    const { checks } = readArguments(['--only', 'new-alarm', '--only', 'queue-polls', '--only', 'new-alarm']);
    expect(checks.map(({ name }) => name)).toEqual(['new-alarm', 'queue-polls']);
  });

  it('repeats where it was for the command that cleans up', () => {
    expect(readArguments(['--region', 'eu-west-1', '--peer-profile', 'two', '--yes']).places).toBe(
      ' --region eu-west-1 --peer-profile two',
    );
  });
});

describe('docs/unproven.md', () => {
  const TABLE = readFileSync(join(__dirname, '../../docs/unproven.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));

  it.each(CHECKS.map((check) => [check.name, check] as const))('has %s with its command', (name, check) => {
    const rows = TABLE.filter((line) => line.includes(`\`--only ${name}\``));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.replaceAll('\\*', '*')).toContain(check.question);
  });

  it('names no question that cannot be asked', () => {
    const named = [...TABLE.join('\n').matchAll(/`--only ([a-z-]+)`/g)].map(([, name]) => name);
    expect(named).toEqual(CHECKS.map(({ name }) => name));
  });
});

describe('the result', () => {
  const outcome = (verdict: 'agrees' | 'differs'): Outcome => ({
    name: 'a',
    question: 'b or c | d?',
    expected: 'b',
    seconds: 1,
    verdict,
    seen: 'b',
  });
  const untried: Outcome = { ...outcome('agrees'), verdict: 'not tried', seen: 'No.', remedy: 'Do it.' };
  const leftover = { what: 'a queue', why: 'denied', byHand: 'aws' };

  it.each([
    [[outcome('agrees'), untried], [], 0],
    [[outcome('agrees'), outcome('differs')], [], 2],
    [[untried], [], 3],
    [[outcome('differs')], [leftover], 1],
  ] as const)('ends accordingly (%#)', (outcomes, leftovers, code) => {
    expect(exitCodeOf({ outcomes, leftovers })).toBe(code);
  });

  it('is a table that stays one, whatever is in it', () => {
    const lines = outcomesText([outcome('agrees'), untried], 'about').slice(2);
    expect(lines.map((line) => line.replaceAll('\\|', '').split('|').length)).toEqual([7, 7, 7, 7]);
    expect(lines.at(-1)).toContain('| No. Do it. | not tried |');
  });
});
