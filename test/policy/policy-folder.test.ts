import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  choosePolicy,
  dependsOnAccount,
  policiesAtStage,
  policyInFolder,
  readPolicyFolder,
} from '../../lib/policy/policy-folder.ts';
import { OWN, PEER } from '../support/fixtures.ts';

/** Which file of a folder judges. What the files say is no matter here. */

let place = '';

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'peering-policies-'));
});

afterEach(() => rmSync(place, { recursive: true, force: true }));

function folder(...names: readonly string[]) {
  for (const name of names) writeFileSync(join(place, name), 'version: 1\n');
  return readPolicyFolder(place);
}

/** The name of the file that judges, or why none does. */
function judge(names: readonly string[], stage: string, accountId?: string): string {
  const chosen = choosePolicy(folder(...names), { stage, ...(accountId === undefined ? {} : { accountId }) });
  return chosen.kind === 'found' ? basename(chosen.policy.file) : chosen.kind;
}

const ALL = ['default.yml', 'dev.yml', `${OWN}.yml`, `${OWN}.dev.yml`];

describe('the file that judges', () => {
  it.each([
    ['account and stage', ALL, 'dev', OWN, `${OWN}.dev.yml`],
    ['the account', ALL, 'prod', OWN, `${OWN}.yml`],
    ['the stage', ALL, 'dev', PEER, 'dev.yml'],
    ['neither', ALL, 'prod', PEER, 'default.yml'],
    ['the stage, where no account is known', ALL, 'dev', undefined, 'dev.yml'],
    ['neither, where no account is known', ALL, 'prod', undefined, 'default.yml'],
    [
      'the account, though another stage has one too',
      [`${OWN}.yml`, `${OWN}.dev.yml`],
      'prod',
      OWN,
      `${OWN}.yml`,
    ],
  ] as const)('is the one that names %s', (_what, names, stage, accountId, file) => {
    expect(judge(names, stage, accountId)).toBe(file);
  });

  it('is none where one names the account and another the stage', () => {
    const both = folder('default.yml', 'dev.yml', `${OWN}.yml`);
    expect(choosePolicy(both, { stage: 'dev', accountId: OWN })).toEqual({
      kind: 'several',
      says: `Both ${join(place, `${OWN}.yml`)} and ${join(place, 'dev.yml')} are for account ${OWN} at stage dev, and nothing says which one counts. Write ${join(place, `${OWN}.dev.yml`)}, which goes before both.`,
    });
    expect(() => policyInFolder(both, { stage: 'dev', accountId: OWN })).toThrow(/^\S+: Both /);
  });

  it('is none where nothing is for the account, and what to write is said', () => {
    const theirs = folder(`${PEER}.yml`, `${OWN}.dev.yml`);
    expect(choosePolicy(theirs, { stage: 'prod', accountId: OWN })).toMatchObject({
      kind: 'none',
      says: expect.stringMatching(
        new RegExp(
          `has no policy for account ${OWN} at stage prod\\. Write .*${OWN}\\.yml or .*prod\\.yml or .*default\\.yml\\.$`,
        ),
      ),
    });
  });

  it('is known without the account where no file at the stage names one', () => {
    const some = folder('default.yml', `${OWN}.dev.yml`);
    expect([dependsOnAccount(some, 'dev'), dependsOnAccount(some, 'prod')]).toEqual([true, false]);
    expect(policiesAtStage(some, 'prod').map(({ file }) => basename(file))).toEqual(['default.yml']);
  });
});

describe('a folder', () => {
  it.each([
    'default.yaml',
    'default.prod.yml',
    '12345.yml',
    '1234567890123.yml',
    `${OWN}.2.yml`,
    `${OWN}.prod.eu.yml`,
    'policy.json',
    '2-prod.yml',
    'a_b.yml',
  ])('with %s is refused, because it might have been meant as a policy', (name) => {
    expect(() => folder('default.yml', name)).toThrow(`${name} is no policy by its name`);
  });

  it('may hold the options of the stack, hidden files and texts for people, and no folders', () => {
    expect(folder('default.yml', 'peering-stack.yml', '.gitkeep', 'README.md').policies).toEqual([
      { file: join(place, 'default.yml') },
    ]);
    mkdirSync(join(place, 'old.yml'));
    expect(() => readPolicyFolder(place)).toThrow('old.yml is no policy by its name');
  });

  it('without a policy is refused, and so is one that cannot be read', () => {
    expect(() => folder('README.md')).toThrow('there is no policy in this folder');
    expect(() => readPolicyFolder(join(place, 'none'))).toThrow('the folder cannot be read');
  });
});
