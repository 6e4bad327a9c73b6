import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { type LoadedPolicy, loadPolicy, PolicyError, parsePolicy } from '../../lib/policy/load.ts';
import type { Rule } from '../../lib/policy/schema.ts';
import { anyText } from '../support/any-text.ts';
import { runs } from '../support/runs.ts';

const FILE = 'peering-policy.yml';

function errorOf(call: () => unknown): PolicyError {
  try {
    call();
  } catch (error) {
    if (error instanceof PolicyError) {
      return error;
    }
    throw error;
  }
  throw new Error('expected a PolicyError');
}

/** What the file says, and the caret under it. */
const EXCERPT = /^ +[0-9]* \|/;

/** The lines of the error's message that tell of a problem. */
function problemsIn(text: string): string[] {
  return errorOf(() => parsePolicy(text, FILE))
    .message.split('\n')
    .filter((line) => !EXCERPT.test(line));
}

/** A policy with one rule, of these lines, on line 3 and after. */
function withRule(...lines: string[]): string {
  return ['version: 1', 'rules:', `  - ${lines.join('\n    ')}`].join('\n');
}

const RULE = ['name: peers', 'effect: accept', 'remote: { accounts: [self] }'];

function ruleOf({ policy }: LoadedPolicy): Rule {
  const [rule] = policy.rules;
  if (rule === undefined) {
    throw new Error('expected a rule');
  }
  return rule;
}

describe('parsePolicy', () => {
  it('fills in every default', () => {
    const { policy, warnings } = parsePolicy(withRule(...RULE), FILE);
    expect(policy).toEqual({
      version: 1,
      mode: 'enforce',
      regions: [],
      tagPrefix: 'peering-autopilot',
      notify: { emails: [] },
      schedules: { sweep: 'rate(5 minutes)', connectivity: 'rate(5 minutes)' },
      drift: { repair: true, onUntag: 'keep' },
      guardrails: {
        equalRoutes: 'hold',
        freeze: false,
        maxRemotePrefix: { ipv4: 8, ipv6: 32 },
        quotaHeadroom: 5,
        peeringsPerVpc: 50,
        routesPerTable: 500,
        widerRoutes: 'hold',
      },
      trust: { accounts: [] },
      metrics: { perPeering: false },
      connectivity: { periods: 3, lossThresholdPercent: 100, count: 5 },
      rules: [
        {
          name: 'peers',
          effect: 'accept',
          direction: 'any',
          local: { accounts: [], vpcs: [], tags: {}, cidrs: [], regions: [] },
          remote: {
            accounts: ['self'],
            vpcs: [],
            regions: [],
            cidrs: [],
            organizationalUnits: [],
            accountTags: {},
          },
          routes: { destinations: 'all', exclude: [], dnsResolution: false },
          probe: { targets: [] },
        },
      ],
    });
    expect(warnings).toEqual([]);
  });

  it('survives being written as JSON, which is how it gets into the bundle', () => {
    const { policy } = parsePolicy(withRule(...RULE), FILE);
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
  });

  it('makes addresses canonical and tag values lists', () => {
    const rule = ruleOf(
      parsePolicy(
        withRule(
          ...RULE.slice(0, 2),
          'local: { tags: { Environment: prod, Team: [a, "b*"] } }',
          'remote: { accounts: ["012345678901"], cidrs: ["2001:DB8::/32"] }',
          'probe: { targets: ["2001:DB8::1"] }',
        ),
        FILE,
      ),
    );
    expect(rule.local.tags).toEqual({ Environment: ['prod'], Team: ['a', 'b*'] });
    expect(rule.remote).toMatchObject({ accounts: ['012345678901'], cidrs: ['2001:db8::/32'] });
    expect(rule.probe.targets).toEqual(['2001:db8::1']);
  });

  it.each(['\uFEFF', '# comment\n', '%YAML 1.2\n---\n'])('reads a file that starts with %j', (start) => {
    expect(parsePolicy(`${start}${withRule(...RULE)}`, FILE).policy.rules).toHaveLength(1);
  });

  it('reads lines that end in CRLF, and counts them right', () => {
    const text = withRule(...RULE).replaceAll('\n', '\r\n');
    expect(parsePolicy(text, FILE).policy.rules).toHaveLength(1);
    expect(problemsIn(text.replace('effect: accept', 'effect: acept'))[0]).toMatch(
      /^peering-policy\.yml:4:13: /,
    );
  });

  it('follows an alias where it is used sensibly', () => {
    const text = [
      'version: 1',
      'rules:',
      '  - { name: a, effect: accept, remote: &partners { accounts: ["222222222222"] } }',
      '  - { name: b, effect: hold, remote: *partners }',
    ].join('\n');
    expect(parsePolicy(text, FILE).policy.rules.map(({ remote }) => remote.accounts)).toEqual([
      ['222222222222'],
      ['222222222222'],
    ]);
  });

  describe('says file, line, column, place and remedy', () => {
    it.each([
      [
        withRule(...RULE, 'efect: accept'),
        'peering-policy.yml:6:5: rules[0].efect: unknown key; did you mean "effect"? Allowed: name, effect, direction, local, remote, routes, probe, expireAfter, onExpiry.',
      ],
      [
        'version: 1\ntag-prefix: x',
        /^peering-policy\.yml:2:1: \["tag-prefix"\]: unknown key; did you mean "tagPrefix"\? Allowed: /,
      ],
      ['version: 1\nzzz: 1', /^peering-policy\.yml:2:1: zzz: unknown key\. Allowed: version, /],
      ['version: 2', 'peering-policy.yml:1:10: version: expected 1, found the number 2.'],
      // Quotes are the remedy only where the quoted text will do.
      [
        withRule(...RULE, 'expireAfter: 90'),
        'peering-policy.yml:6:18: rules[0].expireAfter: expected text, found the number 90; "90" is not valid: a time is days, such as 90d, from 1d to 3650d.',
      ],
      [
        'version: 1\ntrust: { accounts: [1e11] }',
        /accounts\[0\]: expected text, found the number 1e11; "1e11" is not valid: an account id is 12 digits/,
      ],
      // Characters that look like others.
      [
        'version: 1\ntrust: { accounts: [“111122223333”] }',
        'peering-policy.yml:2:21: these are typographic quotes, which YAML takes for a part of the text; write straight ones: "111122223333".',
      ],
      [
        withRule(...RULE, 'local: { tags: { ‘Environment’: prod } }'),
        /6:22: these are typographic quotes, .*: "Environment"\.$/,
      ],
      [
        withRule(...RULE, 'local: { tags: { Environment: prod\u00a0 } }'),
        /6:35: here is a no-break space \(U\+00A0\), .* take it out\.$/,
      ],
      ['version: 1\nmode: observe\u200b', /2:7: here is a zero-width space \(U\+200B\)/],
      [
        'version: 1\nrules:\n\u00a0 - name: a\n    effect: hold',
        /in this line is a no-break space .*write blanks\.$/,
      ],
      ['version:1', /^peering-policy\.yml:1:1: expected a map, .*; write a blank behind the colon\.$/],
      ['version: 1\nregions:[us-east-1]', /write a blank behind the colon\.$/],
      [
        'version: 1\nrules:\n  - name:a\n    effect:hold',
        /3:5: rules\[0\]: expected a map, .*; write a blank behind the colon\.$/,
      ],
      ['version: 1\nrules:\n  -name: a\n   effect: hold', /write a blank behind the hyphen\.$/],
      ['version: 1\nrules:\n  – name: a\n    effect: hold', /this is a dash, not a hyphen; write -\.$/],
      ['version： 1', /this is a full-width colon; write : and a blank behind it\.$/],
      ['```yaml\nversion: 1\n```', /this is a line of Markdown; take it out\.$/],
      ['version: 1\n<<<<<<< HEAD\nmode: observe', /a merge has left this line/],
      ['mode: observe', 'peering-policy.yml:1:1: version: is missing; write 1.'],
      [
        'version: 1\nmode: off',
        'peering-policy.yml:2:7: mode: expected one of enforce, observe, found the text "off".',
      ],
      [
        'version: 1\nmode: Observe',
        'peering-policy.yml:2:7: mode: expected one of enforce, observe, found the text "Observe"; did you mean "observe"?',
      ],
      [
        'version: 1\nregions: us-east-1',
        'peering-policy.yml:2:10: regions: expected a list, found the text "us-east-1"; write [us-east-1].',
      ],
      [
        'version: 1\nregions: [us-east]',
        /2:11: regions\[0\]: "us-east" is not valid: a Region looks like us-east-1/,
      ],
      [
        'version: 1\nguardrails:',
        'peering-policy.yml:2:1: guardrails: expected a map, found nothing; write something behind it, or leave the key out.',
      ],
      [
        'version: 1\nguardrails: { freeze: yes }',
        'peering-policy.yml:2:23: guardrails.freeze: expected true or false, found the text "yes"; write freeze: true.',
      ],
      [
        'version: 1\nguardrails: { maxRemotePrefix: { ipv4: 33 } }',
        /2:40: guardrails\.maxRemotePrefix\.ipv4: .*32/,
      ],
      [
        'version: 1\nschedules: { sweep: rate(1 minutes) }',
        /schedules\.sweep: .*EventBridge wants rate\(1 minute\)\.$/,
      ],
      ['version: 1\nnotify: { emails: [nobody] }', /2:20: notify\.emails\[0\]: this is no e-mail address\.$/],
      [
        'version: 1\norganization: { role: arn:aws:iam::1:user/x }',
        /2:23: organization\.role: .*arn:aws:iam::111122223333:role/,
      ],
      ['version: 1\nreport: { publish: true }', /2:20: report\.publish: /],
      ['version: 1\nreport: {}', /report\.publish: /],
      [
        'version: 1\nreport: { publish: my-reports }',
        /2:20: report\.publish: .*the page is kept in a bucket: write stack for one that the stack makes, or s3:\/\/BUCKET/,
      ],
      [
        'version: 1\nreport: { publish: "s3://My_Reports/" }',
        /report\.publish: .*this is no place in S3; write s3:/,
      ],
      ['version: 1\ntrust: { organization: acme }', /2:24: trust\.organization: .*o-a1b2c3d4e5\.$/],
      ['version: 1\ntagPrefix: "aws:x"', /tagPrefix: .*AWS keeps tags/],
      ['version: 1\ntagPrefix: "a b"', /tagPrefix: .*use letters, digits/],
      [`version: 1\ntagPrefix: ${'x'.repeat(112)}`, /tagPrefix: .*at most 111 characters/],
      ['version: 1\nversion: 1', /^peering-policy\.yml:2:1: this key is written twice/],
      ['version: 1\n---\nversion: 1', /one YAML document/],
      ['version: 1\n\tmode: observe', /^peering-policy\.yml:2:1: no valid YAML: /],
      ['version: !secret x', /^peering-policy\.yml:1:10: no valid YAML: Unresolved tag/],
      [
        '- version: 1',
        'peering-policy.yml:1:1: expected a map, found a list; write "key: value" without "- ".',
      ],
      ['version', 'peering-policy.yml:1:1: expected a map, found the text "version".'],
      [
        withRule('name: Peers', ...RULE.slice(1)),
        /3:11: rules\[0\]\.name: "Peers" is not valid: a rule name has/,
      ],
      [
        withRule('name: none', ...RULE.slice(1)),
        /3:11: rules\[0\]\.name: "none" is not valid: a rule cannot be named none, because a route table/,
      ],
      [
        withRule('name: peers', 'remote: { accounts: [self] }'),
        'peering-policy.yml:3:5: rules[0].effect: is missing; write one of accept, hold, reject.',
      ],
      [withRule('effect: hold'), 'peering-policy.yml:3:5: rules[0].name: is missing; it has to be text.'],
      [
        withRule(...RULE.slice(0, 2), 'remote: { accounts: [012345678901] }'),
        'peering-policy.yml:5:26: rules[0].remote.accounts[0]: expected text, found the number 012345678901; quote it: "012345678901" (YAML reads a number, and the leading zero is lost).',
      ],
      [
        withRule(...RULE, 'local: { accounts: ["12345"] }'),
        /rules\[0\]\.local\.accounts\[0\]: "12345" is not valid: an account here is 12 digits in quotes/,
      ],
      [
        withRule(...RULE, 'local: { accounts: [210987654321] }'),
        /rules\[0\]\.local\.accounts\[0\]: expected text, found the number 210987654321; quote it: "210987654321"/,
      ],
      [
        withRule(...RULE, 'local: { accounts: [self] }'),
        /"self" is not valid: .*; leave local\.accounts out if every account with this policy is meant/,
      ],
      [withRule(...RULE, 'local: { accounts: ["2*"] }'), /"2\*" is not valid: .*; leave local\.accounts out/],
      [
        withRule(...RULE.slice(0, 2), 'remote: { accounts: [me] }'),
        /5:26: rules\[0\]\.remote\.accounts\[0\]: "me" is not valid: .*"self" for this account/,
      ],
      [
        withRule(...RULE, 'local: { tags: { CostCenter: 12, Prod: true } }'),
        /6:34: rules\[0\]\.local\.tags\.CostCenter: a tag selector is text.*found the number 12; quote it: "12"\.$/,
      ],
      [
        withRule(...RULE, 'local: { tags: { Team: [a, 1] } }'),
        /local\.tags\.Team\[1\]: expected text, found the number 1; quote it: "1"\.$/,
      ],
      [withRule(...RULE, 'local: { tags: { 12: a } }'), /6:22: a key has to be text; quote it: "12"\.$/],
      [withRule(...RULE, 'local: { tags: { __proto__: a } }'), /6:22: the key __proto__ cannot be used\.$/],
      [
        withRule(...RULE, `local: { tags: { ${'k'.repeat(129)}: a } }`),
        /a tag key has at most 128 characters\.$/,
      ],
      [
        withRule(...RULE, '<<: { direction: any }'),
        /rules\[0\]\["<<"\]: unknown key; YAML 1\.2 has no merge keys/,
      ],
      [
        withRule(...RULE, 'local: { cidrs: [10.0.0.1/8] }'),
        'peering-policy.yml:6:22: rules[0].local.cidrs[0]: "10.0.0.1/8" has bits set behind its prefix length of 8; did you mean 10.0.0.0/8?',
      ],
      [
        withRule(...RULE, 'routes: { destinations: [10.0.0.1/8] }'),
        /routes\.destinations\[0\]: .*did you mean 10\.0\.0\.0\/8\?$/,
      ],
      [
        withRule(...RULE, 'routes: { destinations: some }'),
        /routes\.destinations: destinations is all, a list of blocks.*or tags of subnets.*found the text "some"\.$/,
      ],
      [
        withRule(...RULE, 'routes: { destinations: { subnetTags: {} } }'),
        /routes\.destinations\.subnetTags: name at least one tag, such as \{ Tier: shared \}/,
      ],
      [
        withRule(...RULE, 'routes: { destinations: { subnetTags: { Tier: 12 } } }'),
        /routes\.destinations\.subnetTags\.Tier: a tag selector is text.*quote it: "12"\.$/,
      ],
      [
        withRule(...RULE, 'routes: { destinations: { subnetTag: { Tier: shared } } }'),
        /routes\.destinations\.subnetTags: is missing/,
      ],
      [
        withRule(...RULE, 'routes: { destinations: { subnetTags: { Tier: [a, a] } } }'),
        /subnetTags\.Tier\[1\]: "a" is in this list already/,
      ],
      [
        withRule(...RULE, 'probe: { targets: [10.0.0.0/8] }'),
        /probe\.targets\[0\]: .*single address was expected\.$/,
      ],
      [withRule(...RULE, 'local: { vpcs: [vpc_1] }'), /local\.vpcs\[0\]: .*vpc-0123456789abcdef0/],
      [
        withRule('name: a', 'effect: accept'),
        /3:5: rules\[0\]\.remote\.accounts: an accept rule has to say whose requests it accepts/,
      ],
      [
        withRule('name: a', 'effect: accept', 'remote: { accounts: [] }'),
        /5:25: rules\[0\]\.remote\.accounts: an accept rule has to say whose/,
      ],
      [
        `${withRule(...RULE)}\n  - { name: peers, effect: hold }`,
        /6:13: rules\[1\]\.name: rules\[0\] has the name peers already/,
      ],
    ])('%j', (text, expected) => {
      const [problem] = problemsIn(text);
      if (typeof expected === 'string') {
        expect(problem).toBe(expected);
      } else {
        expect(problem).toMatch(expected);
      }
    });
  });

  it('takes tags of subnets as destinations, a value as a list of one', () => {
    const text = withRule(
      ...RULE,
      'routes: { destinations: { subnetTags: { Tier: shared, Env: [a, "b*"] } } }',
    );
    expect(parsePolicy(text, FILE).policy.rules[0]?.routes.destinations).toEqual({
      subnetTags: { Tier: ['shared'], Env: ['a', 'b*'] },
    });
  });

  it('gives each problem as data too', () => {
    expect(errorOf(() => parsePolicy(withRule(...RULE, 'efect: hold'), FILE)).problems).toEqual([
      {
        line: 6,
        column: 5,
        path: 'rules[0].efect',
        message: expect.stringContaining('did you mean "effect"?'),
        allowed: [
          'name',
          'effect',
          'direction',
          'local',
          'remote',
          'routes',
          'probe',
          'expireAfter',
          'onExpiry',
        ],
        excerpt: '    efect: hold\n    ^',
      },
    ]);
  });

  it('reports all problems at once, in the order of the file', () => {
    const text = 'mode: off\nversion: 3\nregions: [x]\nrules:\n  - { name: A, effect: no }\n';
    expect(problemsIn(text).map((problem) => problem.split(':').slice(1, 3).join(':'))).toEqual([
      '1:7',
      '2:10',
      '3:11',
      '5:13',
      '5:24',
    ]);
  });

  it('shows fifty problems and counts the others', () => {
    const text = `version: 1\nregions: [${'x, '.repeat(200)}x]`;
    const lines = problemsIn(text);
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe('151 more problems.');
  });

  it('lets an organization selector say whose requests are accepted', () => {
    const units = withRule(
      'name: a',
      'effect: accept',
      'remote: { organizationalUnits: [ou-ab12-cdef3456] }',
    );
    const tags = withRule('name: a', 'effect: accept', 'remote: { accountTags: { Team: net } }');
    expect(parsePolicy(`${units}\norganization: {}`, FILE).warnings).toEqual([]);
    expect(parsePolicy(`${tags}\norganization: {}`, FILE).warnings).toEqual([]);
  });

  it.each([
    ['maxDeletesPercent: 0', 'has to be at least 1; found the number 0.'],
    ['maxDeletesPercent: 101', 'has to be at most 100; found the number 101.'],
    ['maxRemotePrefix: { ipv4: 33 }', 'has to be at most 32; found the number 33.'],
  ])('says the bound of a number that is beyond it, and what stands there: %s', (line, says) => {
    const [problem] = problemsIn(`version: 1\nguardrails: { ${line} }\nrules: []`);
    expect(problem).toContain(says);
  });

  it.each(['', '\n', '# nothing\n', '---\n', 'null', '~'])('calls %j empty', (text) => {
    expect(problemsIn(text)).toEqual([
      'peering-policy.yml: the policy is empty; the shortest one is "version: 1", and peering init writes one.',
    ]);
  });

  it('refuses aliases that multiply', () => {
    const levels = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
      levels.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(', ')}]`);
    }
    expect(problemsIn(levels.join('\n'))[0]).toMatch(/aliases expand to far more/);
  });

  it.each([
    ['an alias inside itself', 'version: 1\nrules: &a [*a]'],
    ['a thousand brackets', `version: ${'['.repeat(1000)}`],
    ['a deep tree', `a:\n${'- '.repeat(5000)}`],
    ['an unknown alias', 'version: *nobody'],
    ['a control character', 'version: 1\nmode: "\\e[2J"'],
  ])('refuses %s', (_, text) => {
    for (const problem of problemsIn(text)) {
      expect(problem).toMatch(/^peering-policy\.yml(:\d+:\d+)?: /);
      expect(problem).not.toMatch(/\p{Cc}/u);
    }
  });

  it('refuses more than 256 KiB and more than 1000 rules', () => {
    expect(problemsIn(`version: 1\n#${'x'.repeat(256 * 1024)}`)[0]).toMatch(/larger than 256 KiB/);
    const many = Array.from({ length: 1001 }, (_, index) => `  - { name: r${index}, effect: hold }`);
    expect(problemsIn(`version: 1\nrules:\n${many.join('\n')}`)[0]).toMatch(/at most 1000 rules/);
  });

  it('answers any text with a policy or a PolicyError', () => {
    const words = [
      'version: 1',
      'rules:',
      '\n',
      '  ',
      '- ',
      'name: a',
      'effect: accept',
      'remote: ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '*a',
      '&a ',
      '!t ',
      '"',
      "'",
      '|',
      '>',
      '#',
      ': ',
      '? ',
      '---',
      '...',
      '%',
      '\t',
      '<<: ',
      '0x1',
      '1e999',
      '~',
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          anyText(),
          fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            expect(parsePolicy(text, FILE).policy.version).toBe(1);
          } catch (error) {
            expect(error).toBeInstanceOf(PolicyError);
          }
        },
      ),
      { numRuns: runs(1000) },
    );
  });

  it('answers any document with a policy or a PolicyError', () => {
    const key = fc.constantFrom(
      'name',
      'effect',
      'remote',
      'accounts',
      'tags',
      'local',
      'cidrs',
      'routes',
      'x',
    );
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('accept', 'self', '*', '10.0.0.0/8', 'all', 'a', 1, -1, true, null),
        fc.array(tie('document'), { maxLength: 3 }),
        fc.dictionary(key, tie('document'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(document, { maxLength: 3 }), document, (rules, guardrails) => {
        try {
          parsePolicy(JSON.stringify({ version: 1, rules, guardrails }), FILE);
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError);
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('text in straight quotes', () => {
  it('is as it stands there, whatever characters it begins and ends with', () => {
    const { policy } = parsePolicy(
      withRule(...RULE, 'local: { tags: { Environment: "“prod”", Stage: "\u00a0" } }'),
      'p.yml',
    );
    expect(policy.rules[0]?.local.tags).toEqual({ Environment: ['“prod”'], Stage: ['\u00a0'] });
  });
});

describe('warnings', () => {
  function warningsOf(...rules: string[]): string[] {
    return parsePolicy(
      `version: 1\nregions: [us-east-1]\nrules:\n${rules.map((rule) => `  - { ${rule} }`).join('\n')}`,
      FILE,
    ).warnings.slice();
  }

  it('a policy without rules', () => {
    expect(parsePolicy('version: 1', FILE).warnings).toEqual([
      'peering-policy.yml:1:1: there are no rules, so every request is held.',
    ]);
  });

  it('a headroom that leaves no peering', () => {
    const text = 'version: 1\nguardrails: { quotaHeadroom: 50 }\nrules: [{ name: a, effect: hold }]';
    expect(parsePolicy(text, FILE).warnings).toEqual([
      'peering-policy.yml:2:15: guardrails.quotaHeadroom: nothing is ever accepted: 50 of 50 peerings have to stay free.',
    ]);
  });

  it.each([
    ['remote: { accounts: ["*"] }', /rule a accepts requests of any AWS account in the world/],
    ['remote: { accounts: ["1*"] }', /rule a accepts requests of every AWS account like 1\*/],
    ['remote: { accounts: [self], cidrs: [0.0.0.0/0] }', /0\.0\.0\.0\/0 in rule a is every address there is/],
    [
      'remote: { accounts: [self] }, local: { regions: ["eu-*"] }',
      /rule a never matches: none of these Regions/,
    ],
    ['remote: { accounts: [self], vpcs: [vpc-123] }', /vpc-123 matches no VPC: an id has 8 or 17/],
    [
      'remote: { accounts: [self], cidrs: [10.0.0.0/8] }, routes: { destinations: [172.16.0.0/12] }',
      /172\.16\.0\.0\/12 is never routed/,
    ],
    [
      'remote: { accounts: [self], cidrs: [10.0.0.0/8] }, probe: { targets: [172.16.0.1] }',
      /172\.16\.0\.1 is never pinged/,
    ],
  ])('an accept rule with %s', (parts, expected) => {
    const warnings = warningsOf(`name: a, effect: accept, ${parts}`);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^peering-policy\.yml:4:\d+: rules\[0\]\./);
    expect(warnings[0]).toMatch(expected);
  });

  it('a rule that another one always beats, wherever it stands', () => {
    const narrow =
      'name: b, effect: accept, remote: { accounts: [self], cidrs: [10.1.0.0/16] }, direction: inbound';
    const wide = 'name: a, effect: hold, remote: { accounts: ["*", self] }, local: { regions: ["us-*"] }';
    expect(warningsOf(`${narrow}, local: { regions: [us-east-1] }`, wide)).toEqual([
      expect.stringMatching(
        /4:5: rules\[0\]: rule b \(accept\) never wins: rule a \(hold\) matches everything/,
      ),
    ]);
    expect(
      warningsOf(
        'name: b, effect: hold, local: { tags: { Environment: prod, Team: net } }',
        'name: a, effect: hold, local: { tags: { Environment: [prod, test] } }',
      ),
    ).toEqual([expect.stringMatching(/rule b \(hold\) never wins: .* and comes first by name/)]);
  });

  it('rules of different effect that overlap, and which of them wins', () => {
    expect(
      warningsOf(
        'name: partners, effect: accept, remote: { accounts: ["222222222222", self] }',
        'name: no-test, effect: hold, local: { tags: { Environment: test } }',
      ),
    ).toEqual([
      'peering-policy.yml:4:5: rules[0]: rule partners (accept) can match the same peering as no-test (hold); there the more restrictive rule wins.',
    ]);
  });

  it('a rule that selects by organization when the policy does not say how to look that up', () => {
    expect(
      warningsOf(
        'name: a, effect: accept, remote: { accounts: [self] }',
        'name: b, effect: accept, remote: { accountTags: { Team: net } }',
      ),
    ).toEqual([
      expect.stringMatching(
        /rules\[1\]\.remote: rule b selects by organization, and organization\.role names no/,
      ),
    ]);
  });

  it('a way to look up the organization that no rule needs', () => {
    const text = 'version: 1\norganization: {}\nrules: [{ name: a, effect: hold }]';
    expect(parsePolicy(text, FILE).warnings).toEqual([
      'peering-policy.yml:2:1: organization: no rule selects by organizationalUnits or accountTags.',
    ]);
  });

  it('nothing about rules of the same effect that overlap', () => {
    expect(
      warningsOf(
        'name: a, effect: hold, local: { tags: { Environment: prod } }',
        'name: b, effect: hold, local: { tags: { Team: net } }',
      ),
    ).toEqual([]);
  });

  it.each([
    ['accounts', 'remote: { accounts: [self] }', 'remote: { accounts: ["222222222222"] }'],
    ['directions', 'remote: { accounts: [self] }, direction: inbound', 'direction: outbound'],
    ['Regions', 'remote: { accounts: [self], regions: ["eu-*"] }', 'remote: { regions: [us-east-1] }'],
    [
      'tags',
      'remote: { accounts: [self] }, local: { cidrs: [10.0.0.0/8], tags: { E: prod } }',
      'local: { tags: { E: [test, "dev*"] } }',
    ],
    [
      'local CIDRs',
      'remote: { accounts: [self] }, local: { cidrs: [10.0.0.0/8] }',
      'local: { cidrs: [172.16.0.0/12] }',
    ],
  ])('nothing about rules with different %s', (_, accept, hold) => {
    expect(warningsOf(`name: a, effect: accept, ${accept}`, `name: b, effect: hold, ${hold}`)).toEqual([]);
  });
});

describe('loadPolicy', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'policy-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function written(content: string | Buffer): string {
    const path = join(directory, 'policy.yml');
    writeFileSync(path, content);
    return path;
  }

  it('reads a file, with or without byte order mark', () => {
    expect(loadPolicy(written(withRule(...RULE))).policy.rules).toHaveLength(1);
    expect(loadPolicy(written(`\uFEFF${withRule(...RULE)}`)).policy.rules).toHaveLength(1);
  });

  it.each([
    ['not UTF-8', Buffer.from('version: 1\n# Gr\u00fc\u00dfe\n', 'latin1'), /:2:1: this line is not UTF-8/],
    ['UTF-16', Buffer.from('\uFEFFversion: 1', 'utf16le'), /: it is UTF-16; save it as UTF-8/],
    ['too large', Buffer.alloc(300 * 1024, '#'), /: the policy is larger than 256 KiB/],
    ['empty', '', /: the policy is empty/],
  ])('says when a file is %s', (_, content, expected) => {
    expect(() => loadPolicy(written(content))).toThrow(expected);
  });

  it('says when there is no file, or a directory', () => {
    expect(() => loadPolicy(join(directory, 'none.yml'))).toThrow(/none\.yml: there is no such file/);
    expect(() => loadPolicy(directory)).toThrow(/it is a directory/);
  });

  it.each(['peering-policy.yml', 'peering-policy.example.yml'])(
    'takes %s of this project without warning',
    (name) => {
      expect(loadPolicy(resolve(__dirname, '../..', name)).warnings).toEqual([]);
    },
  );
});

describe('guardrails.ipam', () => {
  const POOL = '{ id: ipam-pool-0a1b2c3d4e5f60718, region: eu-west-1 }';
  const SCOPE = '{ id: ipam-scope-0a1b2c3d4e5f60718, region: eu-west-1 }';
  const named = (plan: string) => `version: 1\nguardrails: { ipam: ${plan} }\n`;
  const planOf = (plan: string) => parsePolicy(named(plan), FILE).policy.guardrails.ipam;

  it('names pools with their Regions, a scope, or both', () => {
    const pool = { id: 'ipam-pool-0a1b2c3d4e5f60718', region: 'eu-west-1' };
    const scope = { id: 'ipam-scope-0a1b2c3d4e5f60718', region: 'eu-west-1' };
    expect(planOf(`{ pools: [${POOL}] }`)).toEqual({ pools: [pool] });
    expect(planOf(`{ scope: ${SCOPE} }`)).toEqual({ pools: [], scope });
    expect(planOf(`{ pools: [${POOL}], scope: ${SCOPE} }`)).toEqual({ pools: [pool], scope });
  });

  it.each([
    ['{}', /name at least one pool, or the scope/],
    ['{ pools: [] }', /name at least one pool, or the scope/],
    [`{ pools: [${SCOPE}] }`, /"ipam-scope-0a1b2c3d4e5f60718" is not valid: it looks like ipam-pool-/],
    ['{ pools: [{ id: ipam-pool-0a1b2c3d4e5f60718 }] }', /region/],
    [`{ pools: [${POOL.replace('eu-west-1', 'eu-west-9')}] }`, /knows no Region "eu-west-9"/],
    [`{ pools: [${POOL.replace('eu-west-1', '"eu-*"')}] }`, /write every Region out here/],
    [`{ pools: [${POOL}, ${POOL}] }`, /"ipam-pool-0a1b2c3d4e5f60718" is in this list already/],
    [`{ pools: [${POOL}], scope: ${SCOPE.replace('eu-west-1', 'cn-north-1')} }`, /crosses partitions/],
    [`{ pool: ${POOL} }`, /pools/],
  ])('refuses %s', (plan, problem) => {
    expect(problemsIn(named(plan)).join('\n')).toMatch(problem);
  });
});

describe('the time of peerings', () => {
  const withRule = (parts: string) =>
    `version: 1\nrules:\n  - { name: a, effect: accept, remote: { accounts: [self] }, ${parts} }`;

  it('is none unless a rule says so, and then what it says', () => {
    expect(parsePolicy(withRule('direction: any'), 'p.yml').policy.rules[0]).not.toHaveProperty(
      'expireAfter',
    );
    expect(
      parsePolicy(withRule('expireAfter: 90d, onExpiry: delete'), 'p.yml').policy.rules[0],
    ).toMatchObject({ expireAfter: '90d', onExpiry: 'delete' });
  });

  it.each(['90', '0d', '3651d', '12h', 'P90D', '"90 days"', 'never'])('is not expireAfter: %s', (value) => {
    expect(problemsIn(withRule(`expireAfter: ${value}`))[0]).toMatch(/expireAfter/);
  });

  it('is not followed by anything but keep and delete', () => {
    expect(problemsIn(withRule('onExpiry: remove'))[0]).toMatch(/onExpiry.*keep/);
  });
});

describe('connect and mesh', () => {
  const withConnect = (...lines: string[]) => ['version: 1', ...lines].join('\n');
  const HUB = 'hub: { tags: { Role: hub } }';
  const SPOKES = 'spokes: { tags: { Role: [spoke, "branch-*"] } }';

  it('are not there unless the policy has them, so that its fingerprint is what it was', () => {
    const { policy } = parsePolicy('version: 1', FILE);
    expect(Object.keys(policy)).not.toContain('connect');
    expect(Object.keys(policy)).not.toContain('mesh');
    expect(Object.keys(policy.guardrails)).not.toContain('maxRequests');
  });

  it('keep what is peered, and look at this account, where nothing else is said', () => {
    const { policy } = parsePolicy(
      withConnect(`connect: [{ name: shared, ${HUB}, ${SPOKES} }]`, 'mesh: { tags: { Mesh: core } }'),
      FILE,
    );
    expect(policy.connect).toEqual([
      {
        name: 'shared',
        hub: { tags: { Role: ['hub'] } },
        spokes: { tags: { Role: ['spoke', 'branch-*'] }, accounts: [] },
        onLeave: 'keep',
        leaveAfter: '7d',
      },
    ]);
    expect(policy.mesh).toEqual({ tags: { Mesh: ['core'] }, onLeave: 'keep', leaveAfter: '7d' });
  });

  it.each([
    ['no tags', `connect: [{ name: a, hub: { tags: {} }, ${SPOKES} }]`, /name at least one tag/],
    ['no hub', `connect: [{ name: a, ${SPOKES} }]`, /hub/],
    ['a mesh without tags', 'mesh: { tags: {} }', /name at least one tag/],
    ['an empty list', 'connect: []', /names at least one connection/],
    ['the name of the mesh', `connect: [{ name: mesh, ${HUB}, ${SPOKES} }]`, /cannot be named mesh/],
    [
      'a name twice',
      `connect: [{ name: a, ${HUB}, ${SPOKES} }, { name: a, ${HUB}, ${SPOKES} }]`,
      /has the name a already/,
    ],
    [
      'a waiting time in weeks',
      'mesh: { tags: { Mesh: core }, onLeave: delete, leaveAfter: 1w }',
      /a number of hours or days: 12h, 7d/,
    ],
    [
      'a pattern of accounts',
      `connect: [{ name: a, ${HUB}, spokes: { tags: { Role: s }, accounts: ["*"] } }]`,
      /an account here is 12 digits in quotes/,
    ],
  ])('refuse %s', (_what, line, says) => {
    expect(problemsIn(withConnect(line)).join('\n')).toMatch(says);
  });
});
