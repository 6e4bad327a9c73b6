import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { stackJsonSchema } from '../../build/policy-json-schema.ts';
import { PolicyError } from '../../lib/policy/checked-file.ts';
import { loadStackFile, parseStackFile, stackFileBeside } from '../../lib/policy/stack-file.ts';
import { DEFAULT_STACK_OPTIONS } from '../../lib/policy/stack-schema.ts';

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
    [...Object.keys(DEFAULT_STACK_OPTIONS), 'fleetReader', 'permissionsBoundary', 'runbooks'].sort(),
  );
  expect(options).toMatchObject({ rolePath: '/platform/', tags: { Team: 'network' } });
});

it('shows the line, and a caret under the place', () => {
  expect(problemsOf('version: 1\nrolePth: /platform/\n')).toBe(
    [
      'peering-stack.yml:2:1: rolePth: unknown key; did you mean "rolePath"? Allowed: version, account, region, permissionsBoundary, rolePath, keys, fleetReader, logRetentionDays, memory, dashboard, runbooks, tags.',
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
  [
    'version: 1\nkeys: { topic: alias/mine }',
    'roles cannot be limited to an alias; write the ARN of the key',
  ],
  [
    'version: 1\nkeys: { logs: arn:aws:kms:us-east-1:111122223333:alias/mine }',
    'roles cannot be limited to an alias',
  ],
  ['version: 1\nkeys: { topic: 1234abcd }', 'a key is written as its ARN'],
  ['version: 1\nkeys: { table: x }', 'Allowed: topic, queues, logs.'],
  ['version: 1\nlogRetentionDays: 31', 'expected one of 1, 3, 5, 7, 14, 30,'],
  ['version: 1\npermissionsBoundary: "arn:aws:iam::1:policy/x"', 'a permissions boundary is the name of'],
  ['version: 1\ntags: { "aws:x": y }', 'AWS keeps tags that start with aws: to itself'],
  ['version: 1\ntags: { a@b: y }', 'use letters, digits, blanks'],
  [
    `version: 1\ntags: {${Array.from({ length: 50 }, (_, index) => `t${index}: a`).join(', ')}}`,
    'a stack has at most 49 tags of its own',
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

describe('beside the policy', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stack-file-'));
  const file = stackFileBeside(join(directory, 'my-policy.yml'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('it is read if it is there, and only then', () => {
    expect(file).toBe(join(directory, 'peering-stack.yml'));
    expect(loadStackFile(file)).toEqual(DEFAULT_STACK_OPTIONS);
    writeFileSync(file, 'version: 1\nlogRetentionDays: 7\n');
    expect(loadStackFile(file).logRetentionDays).toBe(7);
    writeFileSync(file, 'version: 2\n');
    expect(() => loadStackFile(file)).toThrow(`${file}:1:10: version: expected 1, found the number 2`);
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
    expect(valid({ version: 1, key: {} })).toBe(false);
    expect(valid({ version: 1, logRetentionDays: 31 })).toBe(false);
  });
});
