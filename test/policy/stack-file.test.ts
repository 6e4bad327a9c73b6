import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { stackJsonSchema } from '../../build/policy-json-schema.ts';
import {
  filesAtStage,
  optionsBeside,
  parseStackFile,
  stackFileBeside,
  unusedOptions,
} from '../../lib/policy/stack-file.ts';
import { DEFAULT_STACK_OPTIONS, optionsAtStage } from '../../lib/policy/stack-schema.ts';
import { PolicyError } from '../../lib/policy/validated-file.ts';
import { policyOf } from '../support/fixtures.ts';

/** `peering-stack.yml`: what it may say, and what a person is told who got it wrong. */

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

function problemsOf(text: string): string {
  try {
    parseStackFile(text, 'peering-stack.yml');
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  return 'none';
}

it('says nothing that is not the default, where there is none', () => {
  expect(parseStackFile('version: 1', 'f')).toEqual(DEFAULT_STACK_OPTIONS);
  expect(DEFAULT_STACK_OPTIONS).toEqual({
    version: 1,
    rolePath: '/',
    keys: {},
    memory: {},
    logRetentionDays: 30,
    dashboard: 'stack',
    tags: {},
  });
});

it('is read in full', () => {
  const text = `version: 1
permissionsBoundary: team/boundary
rolePath: /platform/network/
keys: { topic: ${KEY}, queues: ${KEY}, logs: ${KEY} }
logRetentionDays: 365
runbooks: https://git.example.com/net/peering/-/blob/main/docs/runbooks/
tags: { Team: network, "cost center": "42" }
account: "111122223333"
region: eu-west-1
memory: { sync-routes: 2048 }
`;
  expect(parseStackFile(text, 'f')).toEqual({
    version: 1,
    account: '111122223333',
    region: 'eu-west-1',
    permissionsBoundary: 'team/boundary',
    memory: { 'sync-routes': 2048 },
    rolePath: '/platform/network/',
    keys: { topic: KEY, queues: KEY, logs: KEY },
    logRetentionDays: 365,
    dashboard: 'stack',
    runbooks: 'https://git.example.com/net/peering/-/blob/main/docs/runbooks/',
    tags: { Team: 'network', 'cost center': '42' },
  });
});

it('is as docs/stack.md shows it', () => {
  const [, shown = ''] =
    /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(
      readFileSync(resolve(__dirname, '../../docs/stack.md'), 'utf8'),
    ) ?? [];
  const options = parseStackFile(shown, 'docs/stack.md');
  expect(Object.keys(options).sort()).toEqual(
    [
      ...Object.keys(DEFAULT_STACK_OPTIONS),
      'account',
      'chatChannel',
      'alarmActions',
      'fleetReader',
      'permissionsBoundary',
      'region',
      'runbooks',
      'stages',
    ].sort(),
  );
  expect(options).toMatchObject({ rolePath: '/platform/', tags: { Team: 'network' } });
});

it('shows the line, and a caret under the place', () => {
  expect(problemsOf('version: 1\nrolePth: /platform/\n')).toBe(
    [
      'peering-stack.yml:2:1: rolePth: unknown key; did you mean "rolePath"? Allowed: version, account, region, permissionsBoundary, rolePath, keys, alarmActions, chatChannel, fleetReader, logRetentionDays, memory, dashboard, runbooks, tags, stages.',
      ' 2 | rolePth: /platform/',
      '   | ^',
    ].join('\n'),
  );
});

it.each([
  [
    '',
    'peering-stack.yml: the stack file is empty; the shortest one is "version: 1", which changes nothing.',
  ],
  ['rolePath: /', 'is missing; write 1.'],
  ['version: 1\nrolePath: platform', 'a path of roles starts and ends with a slash, such as /platform/.'],
  ['version: 1\nrolePath: /a*/', 'a path of roles starts and ends with a slash'],
  [`version: 1\nrolePath: /${'a'.repeat(300)}/`, 'at most 256 characters'],
  ['version: 1\nchatChannel: {}', 'chatChannel: name a channel: slack with workspace and channel, or teams'],
  [
    'version: 1\nchatChannel: { slack: { workspace: acme, channel: C0123ABCDEF } }',
    'chatChannel.slack.workspace: "acme" is not valid: a Slack workspace is named by its id, such as T0123ABCDEF',
  ],
  [
    'version: 1\nchatChannel: { slack: { workspace: T0123ABCDEF, channel: "#network" } }',
    'chatChannel.slack.channel: "#network" is not valid: a Slack channel is named by its id, such as C0123ABCDEF',
  ],
  [
    'version: 1\nchatChannel: { slack: { workspace: T0123ABCDEF, channel: D0123ABCDEF } }',
    'this is the id of a direct message; name that of a channel',
  ],
  [
    'version: 1\nchatChannel: { teams: { tenant: acme.onmicrosoft.com, team: 66666666-7777-8888-9999-000000000000, channel: "19%3Aa%40thread.tacv2" } }',
    'the tenant is named by its id, such as 12345678-1234-1234-1234-123456789012: tenantId in the link',
  ],
  [
    'version: 1\nchatChannel: { teams: { tenant: 66666666-7777-8888-9999-000000000000, team: 66666666-7777-8888-9999-000000000000, channel: "19:ab6e@thread.tacv2" } }',
    'with %3A for : and %40 for @: 19%3Aab6e%40thread.tacv2',
  ],
  [
    'version: 1\nkeys: { topic: alias/mine }',
    'roles cannot be limited to an alias; write the ARN of the key',
  ],
  [
    'version: 1\nkeys: { logs: arn:aws:kms:us-east-1:111122223333:alias/mine }',
    'roles cannot be limited to an alias',
  ],
  ['version: 1\nkeys: { topic: 1234abcd }', 'a key is written as its ARN'],
  ['version: 1\nkeys: { table: x }', 'Allowed: topic, queues, logs, report.'],
  ['version: 1\nlogRetentionDays: 31', 'expected one of 1, 3, 5, 7, 14, 30,'],
  ['version: 1\npermissionsBoundary: "arn:aws:iam::1:policy/x"', 'a permissions boundary is the name of'],
  ['version: 1\ntags: { "aws:x": y }', 'AWS keeps tags that start with aws: to itself'],
  ['version: 1\ntags: { a@b: y }', 'use letters, digits, blanks'],
  [
    `version: 1\ntags: {${Array.from({ length: 50 }, (_, index) => `t${index}: a`).join(', ')}}`,
    'tags: a stack has at most 49 tags of its own',
  ],
  [
    `version: 1\ntags: { a: b }\nstages: { dev: { tags: {${Array.from({ length: 49 }, (_, index) => `t${index}: a`).join(', ')}} } }`,
    'stages.dev.tags: a stack has at most 49 tags of its own',
  ],
  [
    'version: 1\nstages: { dev: { rolPath: /a/ } }',
    'stages.dev.rolPath: unknown key; did you mean "rolePath"? Allowed: policy, account, region, permissionsBoundary,',
  ],
  ['version: 1\nstages: { dev: { version: 1 } }', 'stages.dev.version: unknown key'],
  ['version: 1\nstages: { dev: { rolePath: a } }', 'stages.dev.rolePath: "a" is not valid: a path of roles'],
  [
    'version: 1\nstages: { 1a: {} }',
    'a stage has at most 32 letters, digits and -, and begins with a letter',
  ],
  ['version: 1\nstages: { dev: { policy: "" } }', 'name the file of the policy, such as policies/dev.yml'],
  [
    'version: 1\nalarmActions: { alarm: [page] }',
    'alarmActions.alarm[0]: "page" is not valid: an action is the ARN of an SNS topic, a Lambda function',
  ],
  [
    'version: 1\nalarmActions: { alarm: ["arn:aws:sns:us-east-1:111122223333:a.fifo"] }',
    'alarms cannot publish on a FIFO topic',
  ],
  [
    'version: 1\nalarmActions: { ok: ["arn:aws:ssm:us-east-1:111122223333:opsitem:2"] }',
    'CloudWatch does this only when an alarm goes off',
  ],
  [
    `version: 1\nalarmActions: { alarm: [${Array.from({ length: 4 }, (_, index) => `"arn:aws:sns:us-east-1:111122223333:t${index}"`).join(', ')}] }`,
    'at most 3, because an alarm has at most 5 actions for each state, and telling people takes 2',
  ],
  [
    'version: 1\nalarmActions: { people: not-told }',
    'an alarm would tell nobody and do nothing; name an action under alarm, or leave people out',
  ],
  ['version: 1\nrunbooks: docs/runbooks', 'the runbooks are in a folder on the web: https://…'],
  ['version: 1\nrunbooks: http://git.example.com/runbooks', 'the runbooks are in a folder on the web'],
  ['version: 1\nrunbooks: "https://git.example.com/a b"', 'without blanks and without ? or #'],
  [`version: 1\nrunbooks: https://git.example.com/${'a'.repeat(256)}`, 'at most 256 characters'],
  ['version: 1\nregion: eu-west-9', 'there is no such Region'],
  ['version: 1\naccount: "123"', 'account'],
  ['version: 1\nmemory: { sync-route: 2048 }', 'sync-route'],
  ['version: 1\nmemory: { sweep: 64 }', '128'],
  ['version: 1\ntags: { Team: 5 }', 'expected text, found the number 5; quote it: "5"'],
])('refuses %j', (text, message) => {
  expect(problemsOf(text)).toContain(message);
});

describe('a stage', () => {
  const file = parseStackFile(
    `version: 1
logRetentionDays: 365
keys: { topic: ${KEY}, logs: ${KEY} }
account: "111122223333"
memory: { sweep: 512, sync-routes: 2048 }
tags: { Team: network, Stage: all }
fleetReader: { account: "111122223333", organization: o-a1b2c3d4e5 }
alarmActions: { alarm: ["arn:aws:sns:us-east-1:111122223333:a"], ok: ["arn:aws:sns:us-east-1:111122223333:a"] }
stages:
  dev:
    policy: policies/dev.yml
    logRetentionDays: 7
    keys: { logs: ${KEY.replace('1234abcd', 'ffffffff')} }
    account: "444455556666"
    memory: { sweep: 256 }
    tags: { Stage: dev }
    alarmActions: { alarm: ["arn:aws:sns:us-east-1:111122223333:b"] }
  eu: {}
`,
    'f',
  );

  it('has what stands there, of keys, memory and tags key by key, of all else whole, and else what stands for all', () => {
    expect(optionsAtStage(file, 'dev')).toEqual({
      ...optionsAtStage(file, 'prod'),
      account: '444455556666',
      memory: { sweep: 256, 'sync-routes': 2048 },
      logRetentionDays: 7,
      keys: { topic: KEY, logs: KEY.replace('1234abcd', 'ffffffff') },
      tags: { Team: 'network', Stage: 'dev' },
      alarmActions: { alarm: ['arn:aws:sns:us-east-1:111122223333:b'], ok: [], people: 'told' },
    });
  });

  it.each(['prod', 'eu', 'constructor'])('that says nothing has what stands for all: %s', (stage) => {
    const { stages: _, ...common } = file;
    expect(optionsAtStage(file, stage)).toEqual(common);
  });
});

describe('beside the policy', () => {
  let directory = '';
  const at = (...names: string[]) => join(directory, ...names);
  const write = (name: string, text: string) => writeFileSync(at(name), text);
  const policyAt = (place: string, stage: string) => filesAtStage(at(place), stage).policy;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stack-file-'));
    mkdirSync(at('policies'));
    write('policies/dev.yml', 'version: 1\n');
    write('peering-policy.yml', 'version: 1\n');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('it is read if it is there, and only then', () => {
    const policy = at('my-policy.yml');
    expect(stackFileBeside(policy)).toBe(at('peering-stack.yml'));
    expect(filesAtStage(policy, 'prod')).toEqual({ policy, options: DEFAULT_STACK_OPTIONS });
    expect(optionsBeside(policy, 'prod')).toEqual(DEFAULT_STACK_OPTIONS);
    write('peering-stack.yml', 'version: 1\nlogRetentionDays: 7\n');
    expect(filesAtStage(policy, 'prod').options.logRetentionDays).toBe(7);
    expect(optionsBeside(policy, 'prod').logRetentionDays).toBe(7);
    write('peering-stack.yml', 'version: 2\n');
    expect(() => filesAtStage(policy, 'prod')).toThrow(
      `${at('peering-stack.yml')}:1:10: version: expected 1, found the number 2`,
    );
  });

  it('of a folder of policies it is the one in the folder', () => {
    write('policies/peering-stack.yml', 'version: 1\nstages: { dev: { logRetentionDays: 7 } }\n');
    expect(filesAtStage(at('policies'), 'dev')).toEqual({
      policy: at('policies'),
      options: { ...DEFAULT_STACK_OPTIONS, logRetentionDays: 7 },
    });
  });

  describe('what the policy makes nothing of', () => {
    const SLACK = '{ slack: { workspace: T0123ABCDEF, channel: C0123ABCDEF } }';
    const file = 'peering-policy.yml';
    const unused = (stage: string, parts: Parameters<typeof policyOf>[0]) =>
      unusedOptions(at(file), stage, { policy: policyOf(parts), file });

    it('is a chat channel without chat in the policy, at its place, with what to do', () => {
      write('peering-stack.yml', `version: 1\nchatChannel: ${SLACK}\n`);
      expect(unused('prod', {})).toEqual([
        `${at('peering-stack.yml')}:2:1: chatChannel: it counts for nothing at the stage prod: peering-policy.yml says nothing of chat, so the stack makes no configuration of the channel; write notify: { chat: messages } or buttons there, or take it out here.`,
      ]);
      expect(unused('prod', { notify: { chat: 'messages' } })).toEqual([]);
      expect(unused('prod', { notify: { action: { chat: 'buttons' } } })).toEqual([]);
    });

    it('is a key for the report without a bucket of the stack', () => {
      write('peering-stack.yml', `version: 1\nkeys: { report: ${KEY} }\n`);
      const says = [expect.stringMatching(/peering-stack\.yml:2:9: keys\.report: it counts for nothing at/)];
      expect(unused('prod', {})).toEqual(says);
      expect(unused('prod', { report: { publish: 's3://somebodys/page.html' } })).toEqual(says);
      expect(unused('prod', { report: { publish: 'stack' } })).toEqual([]);
    });

    it('is looked for stage by stage, and named where the stage says it', () => {
      write(
        'peering-stack.yml',
        `version: 1\nstages: { dev: { chatChannel: ${SLACK} }, eu: { keys: { report: ${KEY} } } }\n`,
      );
      expect(unused('prod', {})).toEqual([]);
      expect(unused('dev', {})).toEqual([
        expect.stringMatching(/:2:18: stages\.dev\.chatChannel: it counts for nothing at the stage dev/),
      ]);
      expect(unused('eu', {})).toEqual([expect.stringContaining(' stages.eu.keys.report: ')]);
    });

    it('is memory of a function that this stack does not have, with what would bring it', () => {
      write(
        'peering-stack.yml',
        'version: 1\nmemory:\n  sweep: 256\n  answer-request: 1024\n  request-peerings: 1024\n  publish-report: 2048\n',
      );
      const nothing = (line: number, name: string, without: string) =>
        `${at('peering-stack.yml')}:${line}:3: memory["${name}"]: it counts for nothing at the stage prod: peering-policy.yml ${without}, or take it out here.`;
      expect(unused('prod', { mode: 'enforce' })).toEqual([
        nothing(
          4,
          'answer-request',
          'has nobody answer from chat, so the stack has no such function; write mode: enforce and notify: { chat: buttons } there',
        ),
        nothing(
          5,
          'request-peerings',
          'says no connect or mesh, so the stack has no such function; write which VPCs should be peered there',
        ),
        nothing(
          6,
          'publish-report',
          'keeps no report, so the stack has no such function; write report: { publish: stack } there',
        ),
      ]);
      const buttons = { notify: { chat: 'buttons' } } as const;
      expect(unused('prod', { ...buttons, mode: 'observe' })).toContainEqual(
        expect.stringContaining(':4:3: memory["answer-request"]: it counts for nothing'),
      );
      expect(
        unused('prod', {
          ...buttons,
          mode: 'enforce',
          mesh: { tags: { Mesh: 'core' } },
          report: { publish: 's3://somebodys/page.html' },
        }),
      ).toEqual([]);
    });

    it('is named of the memory that a stage says, and not of what another stage says', () => {
      write('peering-stack.yml', 'version: 1\nstages: { dev: { memory: { publish-report: 2048 } } }\n');
      expect(unused('prod', {})).toEqual([]);
      expect(unused('dev', {})).toEqual([
        expect.stringContaining(
          ' stages.dev.memory["publish-report"]: it counts for nothing at the stage dev',
        ),
      ]);
    });

    it('is nothing without a stack file', () => {
      expect(unused('prod', {})).toEqual([]);
    });
  });

  describe('with a policy of its own for a stage', () => {
    beforeEach(() =>
      write('peering-stack.yml', 'version: 1\nstages: { dev: { policy: policies/dev.yml } }\n'),
    );

    it('that one takes the place of peering-policy.yml, at that stage', () => {
      expect(policyAt('peering-policy.yml', 'dev')).toBe(at('policies', 'dev.yml'));
      expect(policyAt('peering-policy.yml', 'prod')).toBe(at('peering-policy.yml'));
    });

    it('another one that was named is refused, with the place', () => {
      write('other.yml', 'version: 1\n');
      expect(policyAt('other.yml', 'prod')).toBe(at('other.yml'));
      expect(() => policyAt('other.yml', 'dev')).toThrow(
        [
          `${at('peering-stack.yml')}:2:18: stages.dev.policy: this stage has the policy ${at('policies', 'dev.yml')} here, and ${at('other.yml')} was named; name one of them only.`,
          ' 2 | stages: { dev: { policy: policies/dev.yml } }',
          '   |                  ^',
        ].join('\n'),
      );
    });

    it('the same one may be named', () => {
      write('peering-stack.yml', 'version: 1\nstages: { dev: { policy: dev-policy.yml } }\n');
      write('dev-policy.yml', 'version: 1\n');
      expect(policyAt('dev-policy.yml', 'dev')).toBe(at('dev-policy.yml'));
    });

    it.each([
      ['nowhere.yml', 'there is no file'],
      ['policies', 'is a folder; a stage has one policy here'],
    ])('%s is refused', (policy, message) => {
      write('peering-stack.yml', `version: 1\nstages: { dev: { policy: ${policy} } }\n`);
      expect(() => policyAt('peering-policy.yml', 'dev')).toThrow(message);
    });

    it('so is one with a stack file beside it, which nobody would read', () => {
      write('policies/peering-stack.yml', 'version: 1\n');
      expect(() => policyAt('peering-policy.yml', 'dev')).toThrow(
        `${at('policies', 'peering-stack.yml')} would not be read`,
      );
    });

    it('so is any in a folder of policies, whose names say it', () => {
      write('policies/peering-stack.yml', 'version: 1\nstages: { dev: { policy: dev.yml } }\n');
      expect(() => policyAt('policies', 'dev')).toThrow(
        `the policies are in the folder ${at('policies')}, where names say which one counts; take this out, or call the policy dev.yml there`,
      );
    });
  });
});

describe('its JSON Schema', () => {
  const committed: unknown = JSON.parse(
    readFileSync(resolve(__dirname, '../../docs/peering-stack.schema.json'), 'utf8'),
  );

  it('is committed as the source has it (node --import tsx build/policy-json-schema.ts)', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(stackJsonSchema())));
  });

  it('takes what the loader takes, and flags unknown keys', () => {
    const valid = new Ajv().compile(committed as object);
    expect(valid({ version: 1, keys: { topic: KEY }, tags: { a: 'b' } })).toBe(true);
    expect(valid({ version: 1, stages: { dev: { policy: 'a.yml', dashboard: 'none' } } })).toBe(true);
    expect(valid({ version: 1, stages: { dev: { version: 1 } } })).toBe(false);
    expect(valid({ version: 1, key: {} })).toBe(false);
    expect(valid({ version: 1, logRetentionDays: 31 })).toBe(false);
  });
});
