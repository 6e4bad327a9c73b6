import { resolve } from 'node:path';
import { regionsOfSdk } from '../../build/known-regions.ts';
import { excerptOf } from '../../lib/policy/excerpt.ts';
import { PARTITIONS } from '../../lib/policy/known-regions.ts';
import { PolicyError, type PolicyProblem, parsePolicy } from '../../lib/policy/load.ts';
import { partitionOf, urlSuffixOf } from '../../lib/policy/regions.ts';

function errorOf(text: string): PolicyError {
  try {
    parsePolicy(text, 'policy.yml');
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  throw new Error('expected a PolicyError');
}

/** Each problem as `line:column path: message`. */
function problemsOf(text: string): string[] {
  const shown = ({ line, column, path, message }: PolicyProblem) => `${line}:${column} ${path}: ${message}`;
  return errorOf(text).problems.map(shown);
}

/** A policy with a valid rule, of which the last line is line 5. */
function withRule(...lines: string[]): string {
  return ['version: 1', 'rules:', '  - name: peers', '    effect: hold', ...lines].join('\n');
}

describe('a Region that does not exist', () => {
  it.each([
    ['us-east-9', 'us-east-1'],
    ['eu-west-4', 'eu-west-1'],
    ['usx-west-2', 'us-west-2'],
  ])('%s is an error, with the one that was meant and the key that lets a new one through', (text, near) => {
    expect(problemsOf(`version: 1\nregions: [${text}]`)).toEqual([
      `2:11 regions[0]: this version knows no Region "${text}"; did you mean "${near}"? If AWS has opened it since, write newRegions: [${text}] too.`,
    ]);
  });

  it('is not taken for one at the other end of the world', () => {
    expect(problemsOf('version: 1\nregions: [us-south-1]')).toEqual([
      '2:11 regions[0]: this version knows no Region "us-south-1". If AWS has opened it since, write newRegions: [us-south-1] too.',
    ]);
  });

  it.each([
    ['eu-west1', 'eu-west-1'],
    ['useast1', 'us-east-1'],
    ['us-east-1a', 'us-east-1'],
    ['US-EAST-1', 'us-east-1'],
    ['us_east_1', 'us-east-1'],
    ['" us-east-1"', 'us-east-1'],
  ])('%s is no Region at all; %s was meant', (text, near) => {
    expect(problemsOf(`version: 1\nregions: [${text}]`)).toEqual([
      expect.stringMatching(
        new RegExp(`^2:11 regions\\[0\\]: .*a Region looks like .*; did you mean "${near}"\\?$`),
      ),
    ]);
  });

  it.each(['local', 'remote'])('is an error in %s.regions too, and so is a pattern of none', (side) => {
    expect(problemsOf(withRule(`    ${side}: { regions: [eu-west-9, "xx-*", "eu-*", "*"] }`))).toEqual([
      expect.stringMatching(/regions\[0\]: this version knows no Region "eu-west-9"/),
      expect.stringMatching(/regions\[1\]: no Region matches "xx-\*"; names of Regions start with af, ap, /),
    ]);
  });

  it('is let through by newRegions, also in rules and for patterns', () => {
    const text = `${withRule('    remote: { regions: [nz-south-1, "nz-*"] }')}\nregions: [us-east-1, us-south-1]`;
    const { policy, warnings } = parsePolicy(`${text}\nnewRegions: [us-south-1, nz-south-1]`, 'policy.yml');
    expect(policy.regions).toEqual(['us-east-1', 'us-south-1']);
    expect(warnings).toEqual([]);
  });

  it('that this version knows by now should leave newRegions', () => {
    const { warnings } = parsePolicy(`${withRule()}\nnewRegions: [us-west-2]`, 'policy.yml');
    expect(warnings).toEqual([
      'policy.yml:5:14: newRegions[0]: this version knows us-west-2; take it out of newRegions.',
    ]);
  });

  it('is no pattern where Regions are written out', () => {
    expect(problemsOf('version: 1\nregions: ["eu-*"]')).toEqual([
      expect.stringMatching(
        /"eu-\*" is not valid: patterns select in rules only; write every Region out here/,
      ),
    ]);
  });

  it('is told of together with everything else, in the order of the file', () => {
    expect(problemsOf('version: 1\nregions: [us-east-9]\nmode: Observe\ndrift: { repair: 1 }')).toEqual([
      expect.stringMatching(/^2:11 .*us-east-9/),
      expect.stringMatching(/^3:7 .*did you mean "observe"\?$/),
      expect.stringMatching(/^4:18 /),
    ]);
  });
});

describe('the known Regions', () => {
  it('are those of the installed AWS SDK (node --import tsx build/known-regions.ts)', () => {
    expect(PARTITIONS).toEqual(regionsOfSdk(resolve(__dirname, '../..')));
    expect(PARTITIONS.find(({ id }) => id === 'aws')?.regions.length).toBeGreaterThan(30);
  });

  it.each([
    ['us-east-1', 'aws', 'amazonaws.com'],
    ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
    ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
    ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
    ['us-isob-east-1', 'aws-iso-b', 'sc2s.sgov.gov'],
    // Newer than this version.
    ['cn-south-7', 'aws-cn', 'amazonaws.com.cn'],
    ['eu-isoe-north-3', 'aws-iso-e', 'cloud.adc-e.uk'],
  ])('%s is in %s, and its endpoints end with %s', (region, partition, suffix) => {
    expect([partitionOf(region), urlSuffixOf(region)]).toEqual([partition, suffix]);
  });

  it('all make a policy, each partition by itself', () => {
    for (const { regions } of PARTITIONS) {
      expect(parsePolicy(`version: 1\nregions: [${regions.join(', ')}]`, 'p').policy.regions).toEqual(
        regions,
      );
    }
  });
});

describe('Regions of several partitions', () => {
  it.each([
    ['regions: [us-east-1, cn-north-1]', 'aws-cn', 'us-east-1', 'aws'],
    ['regions: [us-gov-west-1, us-west-1]', 'aws', 'us-gov-west-1', 'aws-us-gov'],
    ['regions: [eu-central-1, eusc-de-east-1]', 'aws-eusc', 'eu-central-1', 'aws'],
  ])('%s', (line, other, first, home) => {
    expect(problemsOf(`version: 1\n${line}`)).toEqual([
      expect.stringMatching(
        new RegExp(
          `is in the partition ${other}, but "${first}" is in ${home}; .* give each partition a policy file of its own\\.$`,
        ),
      ),
    ]);
  });

  it('in rules, as patterns and in a role', () => {
    const text = [
      withRule('    remote: { regions: ["cn-*", "us-*", "*"] }', '    local: { regions: [cn-north-1] }'),
      'regions: [us-east-1]',
      'organization: { role: "arn:aws-us-gov:iam::111122223333:role/reader" }',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^5:25 rules\[0\]\.remote\.regions\[0\]: "cn-\*" is in the partition aws-cn/),
      expect.stringMatching(/^6:24 rules\[0\]\.local\.regions\[0\]: "cn-north-1" is in/),
      expect.stringMatching(/^8:23 organization\.role: .* is in the partition aws-us-gov, but "us-east-1"/),
    ]);
  });
});

it('a Region that does not exist is in no partition', () => {
  expect(problemsOf('version: 1\nregions: [us-east-9, cn-north-1, cn-north-9]')).toEqual([
    expect.stringMatching(/us-east-9/),
    expect.stringMatching(/knows no Region "cn-north-9"/),
  ]);
});

describe('the same twice in a list', () => {
  it.each([
    ['regions: [us-east-1, us-west-1, us-east-1]', /^2:33 regions\[2\]: "us-east-1" is in this list already/],
    ['notify: { emails: [a@example.com, a@example.com] }', /^2:35 notify\.emails\[1\]: /],
    ['trust: { accounts: ["111111111111", "111111111111"] }', /^2:37 trust\.accounts\[1\]: /],
    ['newRegions: [us-south-1, us-south-1]', /^2:26 newRegions\[1\]: /],
  ])('%s', (line, expected) => {
    expect(problemsOf(`version: 1\n${line}`)).toEqual([expect.stringMatching(expected)]);
  });

  it.each([
    ['remote: { accounts: [self, self] }', /"self" is in this list already; take one of them out\.$/],
    ['remote: { cidrs: [10.0.0.0/8, 10.0.0.0/8] }', /"10\.0\.0\.0\/8" is in this list already/],
    [
      'remote: { cidrs: ["2001:DB8::/32", "2001:db8:0::/32"] }',
      /"2001:db8:0::\/32" is "2001:DB8::\/32", which is in this list already/,
    ],
    ['local: { vpcs: [vpc-12345678, vpc-12345678] }', /local\.vpcs\[1\]/],
    ['local: { tags: { Team: [a, b, a] } }', /local\.tags\.Team\[2\]/],
    ['remote: { accountTags: { Team: [a, a] } }', /accountTags\.Team\[1\]/],
    ['routes: { exclude: [10.0.0.0/8, 10.0.0.0/8] }', /routes\.exclude\[1\]/],
    ['routes: { destinations: [10.0.0.0/8, 10.0.0.0/8] }', /routes\.destinations\[1\]/],
    ['probe: { targets: ["::1", "0:0::1"] }', /probe\.targets\[1\]/],
  ])('%s', (line, expected) => {
    expect(problemsOf(withRule(`    ${line}`))).toEqual([expect.stringMatching(expected)]);
  });

  it('is not said of what is wrong in itself', () => {
    expect(problemsOf('version: 1\nregions: [x, x]')).toHaveLength(2);
  });
});

describe('a star without quotes', () => {
  it.each([
    ['    remote: { accounts: [*] }', 26, '*'],
    ['    remote: { accounts: * }', 25, '*'],
    ['    remote: { accounts: [self, *] }', 32, '*'],
    ['    local: { regions: [*-west-1] }', 24, '*-west-1'],
    ['    local: { tags: { Environment: *prod } }', 35, '*prod'],
    ['    local: { tags: { Environment: *prod*, Team: a } }', 35, '*prod*'],
  ])('%s', (line, column, star) => {
    const [problem, ...others] = problemsOf(withRule(line));
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^5:${column} : without quotes, `));
    expect(problem?.endsWith(`; quote it: "${star}".`)).toBe(true);
  });

  it('is told of wherever it stands', () => {
    expect(
      problemsOf(withRule('    remote: { accounts: [*], vpcs: [*] }', '    local: { regions: * }')),
    ).toHaveLength(3);
    expect(
      problemsOf(withRule('    remote: { accounts: [*a], vpcs: [*b] }', '    local: &c { vpcs: *c }')),
    ).toEqual([
      expect.stringMatching(/\*a is a YAML alias, and nothing before it has the anchor &a; quote it: "\*a"/),
      expect.stringMatching(/\*b/),
    ]);
  });
});

describe('a value of the wrong type, or another word for it', () => {
  it.each([
    ['version: "1"', /version: expected 1, found the text "1"; write version: 1 without quotes\.$/],
    ['version: 1\nmode: Enforce', /did you mean "enforce"\?$/],
    ['version: 1\nmode: dry-run', /did you mean "observe"\?$/],
    ['version: 1\ndrift: { repair: "true" }', /found the text "true"; write repair: true without quotes\.$/],
    ['version: 1\ndrift: { repair: "off" }', /; write repair: false without quotes\.$/],
    ['version: 1\ndrift: { onUntag: delete }', /did you mean "remove"\?$/],
    ['version: 1\nguardrails: { quotaHeadroom: "5" }', /; write quotaHeadroom: 5 without quotes\.$/],
    ['version: 1\nguardrails: { widerRoutes: deny }', /did you mean "hold"\?$/],
    ['version: 1\nmetrics: { perPeering: { on: true } }', /found a map\.$/],
    ['version: 1\nrules: { name: a }', /expected a list, found a map; put "- " in front of each item\.$/],
    [
      'version: 1\nrules: [{ name: a, action: deny }]',
      /rules\[0\]\.action: unknown key; did you mean "effect"\?/,
    ],
    ['version: 1\ntrust: { accounts: [123456789012] }', /; quote it: "123456789012"\.$/],
    [
      'version: 1\ntrust: { accounts: [012345678901] }',
      /quote it: "012345678901" \(YAML reads a number, and the leading zero is lost\)\.$/,
    ],
    [
      'version: 1\ntrust: { accounts: [12345678901] }',
      /with all 12 digits: "012345678901", if leading zeros/,
    ],
    ['version: 1\ntrust: { accounts: ["12345678901"] }', /this has 11, so write "012345678901" if leading/],
    ['version: 1\ntrust: { accounts: ["1234-5678-9012"] }', /; write "123456789012"\.$/],
    ['version: 1\ntrust: { accounts: ["arn:aws:iam::123456789012:root"] }', /; write "123456789012"\.$/],
    ['version: 1\ntrust: { accounts: 123456789012 }', /expected a list.*; write \["123456789012"\]\.$/],
    ['version: 1\nnotify: { emails: net@example.com }', /; write \[net@example\.com\]\.$/],
  ])('%j', (text, expected) => {
    expect(problemsOf(text).some((problem) => expected.test(problem))).toBe(true);
  });

  it.each([
    ['allow', 'accept'],
    ['deny', 'reject'],
    ['Accept', 'accept'],
    ['block', 'reject'],
    ['manual', 'hold'],
  ])('effect: %s: did you mean %s?', (word, effect) => {
    expect(problemsOf(`version: 1\nrules: [{ name: a, effect: ${word} }]`)).toEqual([
      `2:28 rules[0].effect: expected one of accept, hold, reject, found the text "${word}"; did you mean "${effect}"?`,
    ]);
  });

  it.each([
    ['me', /; write self\.$/],
    ['any', /; write "\*" if anybody was meant\.$/],
    ['1234 5678 9012', /; write "123456789012"\.$/],
  ])('remote.accounts: [%s]', (word, expected) => {
    expect(problemsOf(withRule(`    remote: { accounts: [${word}] }`))).toEqual([
      expect.stringMatching(expected),
    ]);
  });
});

describe('the line and the caret', () => {
  it('stand under every problem', () => {
    const text = 'version: "1"\nregions: [us-east-9]\nrules:\n  - name: A\n    effect: hold\n';
    expect(errorOf(text).message.split('\n')).toEqual([
      'policy.yml:1:10: version: expected 1, found the text "1"; write version: 1 without quotes.',
      ' 1 | version: "1"',
      '   |          ^',
      expect.stringMatching(/^policy\.yml:2:11: regions\[0\]: /),
      ' 2 | regions: [us-east-9]',
      '   |           ^',
      expect.stringMatching(/^policy\.yml:4:11: rules\[0\]\.name: /),
      ' 4 |   - name: A',
      '   |           ^',
    ]);
  });

  it.each([
    ['version: 1\n\tmode: observe', ' 2 |  mode: observe\n   | ^'],
    ['version: 1\r\nmode: off\r\n', ' 2 | mode: off\n   |       ^'],
    ['\uFEFFversion: 2', ' 1 | version: 2\n   |          ^'],
    ['version: 1\nversion: 1', ' 2 | version: 1\n   | ^'],
    ['version: 1\nrules: [*]', ' 2 | rules: [*]\n   |         ^'],
  ])('of %j', (text, expected) => {
    expect(errorOf(text).message).toContain(`\n${expected}`);
  });

  it('are not there for the file as a whole', () => {
    expect(errorOf('').message).not.toContain('\n');
  });

  it('point at the place behind tabs, wide characters and what is not printable', () => {
    expect(excerptOf('\tname: x', 8)).toBe(' name: x\n       ^');
    expect(excerptOf('Team: [\u7f51\u7edc, x]', 12)).toBe(`Team: [\u7f51\u7edc, x]\n${' '.repeat(13)}^`);
    expect(excerptOf('a\u200b: b', 4)).toBe(`a\\u{200b}: b\n${' '.repeat(10)}^`);
  });

  it('of a long line show what is near', () => {
    const excerpt = excerptOf(`${'a'.repeat(1000)}X${'b'.repeat(1000)}`, 1001).split('\n');
    expect(excerpt).toEqual([`...${'a'.repeat(60)}X${'b'.repeat(59)}...`, `${' '.repeat(63)}^`]);
  });

  it('stay within the line', () => {
    expect(excerptOf('', 1)).toBe('\n^');
    expect(excerptOf('ab', 9)).toBe('ab\n  ^');
  });
});
