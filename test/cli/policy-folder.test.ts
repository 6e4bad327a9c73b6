import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { policyOfAll } from '../../cli/rollout/run.ts';
import { commandOfFile, valid } from './support/command.ts';
import { peering as connection, id, OWN, table, vpc, writeAnswers } from './support/network.ts';

/** A folder of policies: each account is judged by its own file, at each stage, and the answer says by which. */

const OTHER = '222222222222';
const peering = commandOfFile();

beforeAll(() => {
  for (const account of [OWN, OTHER]) {
    writeAnswers(peering.inDirectory('net', 'accounts', account, 'us-east-1'), {
      VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2, account: OTHER })],
      RouteTables: [{ ...(account === OWN ? table(1, 1, []) : table(2, 2, [])), OwnerId: account }],
      Vpcs: [{ ...(account === OWN ? vpc(1, 'a') : vpc(2, 'b')), OwnerId: account }],
    });
  }
});

beforeEach(() => {
  rmSync(peering.inDirectory('policies'), { recursive: true, force: true });
  mkdirSync(peering.inDirectory('policies'));
});

const RULE = '{ name: peers, effect: accept, remote: { accounts: ["*"] } }';

function policy(name: string, rule = RULE): void {
  writeFileSync(
    peering.inDirectory('policies', name),
    `version: 1\nregions: [us-east-1]\nrules: [${rule}]\n`,
  );
}

async function plan(...args: readonly string[]) {
  return peering.run(['plan', '--snapshot', 'net', '--policy', 'policies', ...args]);
}

interface Plan {
  readonly judgedBy: readonly { readonly accountId: string; readonly file: string }[];
  readonly changes: readonly { readonly accountId: string; readonly rule: string | null }[];
}

async function judged(...args: readonly string[]) {
  const { stdout } = await plan('--json', ...args);
  const { judgedBy, changes } = valid('plan', stdout) as Plan;
  return {
    files: judgedBy.map(({ accountId, file }) => [accountId, file]),
    rules: changes.map(({ accountId, rule }) => [accountId, rule]),
  };
}

describe('a folder of policies', () => {
  it('judges each account by its own file, and says by which', async () => {
    policy('default.yml', RULE.replace('accept', 'reject'));
    policy(`${OTHER}.yml`);
    expect(await judged()).toEqual({
      files: [
        [OWN, 'policies/default.yml'],
        [OTHER, `policies/${OTHER}.yml`],
      ],
      rules: [[OTHER, 'peers']],
    });
    const { stderr } = await plan();
    expect(stderr).toContain(
      `note: Judged by policies/default.yml (${OWN}); policies/${OTHER}.yml (${OTHER}).`,
    );
  });

  it('is named by PEERING_POLICY, too, and a file of the command line goes before it', async () => {
    policy('default.yml');
    policy(`${OTHER}.yml`);
    writeFileSync(peering.inDirectory('mine.yml'), 'version: 1\n');
    const { stdout } = await peering.run(
      ['plan', '--snapshot', 'net', '--json', '--policy', `${OTHER}=mine.yml`],
      {
        env: { PEERING_POLICY: 'policies' },
      },
    );
    expect((valid('plan', stdout) as Plan).judgedBy).toMatchObject([
      { file: 'policies/default.yml' },
      { file: 'mine.yml' },
    ]);
  });

  it('judges by the stage, and where a file is for the account and another for the stage by neither', async () => {
    policy('default.yml');
    policy('dev.yml', RULE.replace('peers', 'trial'));
    expect((await judged('--stage', 'dev')).rules).toEqual([
      [OWN, 'trial'],
      [OTHER, 'trial'],
    ]);
    expect((await judged()).rules).toEqual([
      [OWN, 'peers'],
      [OTHER, 'peers'],
    ]);
    policy(`${OWN}.yml`);
    expect(await plan('--stage', 'dev')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`policies/${OWN}.dev.yml, which goes before both`),
    });
    expect((await plan()).code).toBe(2);
  });

  it('says for which account there is none, and what to write', async () => {
    policy(`${OTHER}.yml`);
    const { code, stderr } = await plan();
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`no policy for account ${OWN} at stage prod`),
    ]);
    expect((await plan('--account', OTHER)).code).toBe(2);
  });

  it('is refused with a file that might be meant as a policy, and with one that is none', async () => {
    policy('default.yml');
    policy('prod.yaml');
    expect((await plan()).stderr).toContain('policies: prod.yaml is no policy by its name');
    rmSync(peering.inDirectory('policies', 'prod.yaml'));
    policy(`${OTHER}.yml`, '{ name: x, efect: accept }');
    expect((await plan('--account', OWN)).stderr).toContain(
      `policies/${OTHER}.yml:3:20: rules[0].efect: unknown key`,
    );
  });
});

describe('policy check of a folder', () => {
  const check = (...args: readonly string[]) => peering.run(['policy', 'check', 'policies', ...args]);

  it('looks at every file, whatever its stage, and at all where one is wrong', async () => {
    policy('default.yml');
    policy('dev.yml', '{ name: x, efect: accept }');
    policy(`${OWN}.yml`, `{ name: theirs, effect: hold, local: { accounts: ["${OTHER}"] } }`);
    const { code, stdout, stderr } = await check();
    expect(code).toBe(1);
    expect(stderr).toContain('policies/dev.yml:3:20: rules[0].efect: unknown key');
    expect(stdout).toContain('ok policies/default.yml: 1 rule');
    expect(stdout).toContain(
      `rule theirs never matches in account ${OWN}, which is not in local.accounts [${OTHER}]`,
    );
    const document = valid('policy-check', (await check('--json')).stdout);
    expect(document).toMatchObject({
      file: 'policies',
      ok: false,
      problems: [
        { file: 'policies/dev.yml', line: 3 },
        { file: 'policies/dev.yml', line: 3 },
      ],
    });
  });

  it('with an account looks at the one that judges it, and with a file at rules that are not for it', async () => {
    policy('default.yml', `{ name: theirs, effect: hold, local: { accounts: ["${OTHER}"] } }`);
    policy('dev.yml', '{ name: x, efect: accept }');
    const own = await check('--account', OWN);
    expect([own.code, own.stdout]).toEqual([0, expect.stringContaining('never matches in account')]);
    const other = await check('--account', OTHER);
    expect([other.code, other.stdout]).toEqual([0, expect.not.stringContaining('never matches')]);
    expect((await check('--account', OWN, '--stage', 'dev')).code).toBe(1);
    const file = await peering.run(['policy', 'check', 'policies/default.yml', '--account', OWN]);
    expect(file.stdout).toContain('never matches in account');
    expect((await check('--account', '12')).stderr).toContain('--account 12 is no account');
  });
});

describe('policy test and explain', () => {
  it('take the file of the account that they are about', async () => {
    policy('default.yml', RULE.replace('accept', 'reject'));
    policy(`${OWN}.yml`);
    const cases = (account: string, expected: string) =>
      `account: "${account}"\ncases:\n  - name: one\n    requester: { account: "333333333333", cidrs: [10.9.0.0/16] }\n    accepter: { cidrs: [10.1.0.0/16] }\n    expect: ${expected}\n`;
    writeFileSync(peering.inDirectory('own.test.yml'), cases(OWN, 'accept'));
    writeFileSync(peering.inDirectory('other.test.yml'), cases(OTHER, 'reject'));
    for (const name of ['own.test.yml', 'other.test.yml']) {
      expect((await peering.run(['policy', 'test', name, '--policy', 'policies'])).stdout).toContain(
        '1 passed, 0 failed',
      );
    }
    const explained = [
      'policy',
      'explain',
      '--peering',
      id('pcx', 1),
      '--snapshot',
      'net',
      '--policy',
      'policies',
    ];
    expect((await peering.run([...explained, '--account', OWN, '--expect', 'accept'])).code).toBe(0);
    expect((await peering.run([...explained, '--account', OTHER, '--expect', 'reject'])).code).toBe(0);
  });
});

describe('a rollout to many accounts', () => {
  it('takes the file of the stage, and refuses a folder in which accounts differ', () => {
    const folder = peering.inDirectory('policies');
    policy('default.yml');
    policy('dev.yml');
    policy(`${OWN}.dev.yml`);
    expect(policyOfAll(folder, 'prod')).toBe(`${folder}/default.yml`);
    expect(() => policyOfAll(folder, 'dev')).toThrow(`so ${folder}/${OWN}.dev.yml would not be deployed`);
    rmSync(`${folder}/${OWN}.dev.yml`);
    expect(policyOfAll(folder, 'dev')).toBe(`${folder}/dev.yml`);
    expect(policyOfAll(`${folder}/dev.yml`, 'prod')).toBe(`${folder}/dev.yml`);
  });
});

describe('a policy that peering-stack.yml names for a stage', () => {
  const RUN = ['plan', '--snapshot', 'net', '--json'];

  async function filesOf(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { stdout } = await peering.run([...RUN, ...args], { env });
    return (valid('plan', stdout) as Plan).judgedBy.map(({ file }) => file);
  }

  beforeEach(() => {
    policy('dev.yml');
    writeFileSync(peering.inDirectory('peering-policy.yml'), `version: 1\nrules: [${RULE}]\n`);
    writeFileSync(peering.inDirectory('mine.yml'), 'version: 1\n');
    writeFileSync(
      peering.inDirectory('peering-stack.yml'),
      'version: 1\nstages: { dev: { policy: policies/dev.yml } }\n',
    );
  });

  afterEach(() => {
    for (const name of ['peering-policy.yml', 'peering-stack.yml', 'mine.yml']) {
      rmSync(peering.inDirectory(name));
    }
  });

  it('judges at that stage, and one of the command line goes before it', async () => {
    expect(await filesOf(['--stage', 'dev'])).toEqual(['policies/dev.yml', 'policies/dev.yml']);
    expect(await filesOf([])).toEqual(['peering-policy.yml', 'peering-policy.yml']);
    expect(await filesOf(['--stage', 'dev', '--policy', 'mine.yml'])).toEqual(['mine.yml', 'mine.yml']);
  });

  it('is what a check of the stage looks at', async () => {
    const { stdout } = await peering.run(['policy', 'check', '--stage', 'dev']);
    expect(stdout).toContain('ok policies/dev.yml: 1 rule');
  });

  it('is what a check takes for granted of peering-stack.yml, stage by stage', async () => {
    const CHANNEL = '{ slack: { workspace: T0123ABCDEF, channel: C0123ABCDEF } }';
    writeFileSync(
      peering.inDirectory('peering-stack.yml'),
      `version: 1\nchatChannel: ${CHANNEL}\nstages: { dev: { policy: policies/dev.yml } }\n`,
    );
    writeFileSync(peering.inDirectory('peering-policy.yml'), 'version: 1\nnotify: { chat: messages }\n');
    const atProd = await peering.run(['policy', 'check']);
    expect([atProd.code, atProd.stdout]).toEqual([0, expect.not.stringContaining('chatChannel')]);
    const atDev = await peering.run(['policy', 'check', '--stage', 'dev']);
    expect([atDev.code, atDev.stdout]).toEqual([
      0,
      expect.stringContaining(
        'peering-stack.yml:2:1: chatChannel: it counts for nothing at the stage dev: policies/dev.yml says nothing of chat,',
      ),
    ]);
    const json = valid(
      'policy-check',
      (await peering.run(['policy', 'check', '--stage', 'dev', '--json'])).stdout,
    );
    expect(json).toMatchObject({
      ok: true,
      warnings: expect.arrayContaining([expect.stringContaining('chatChannel')]),
    });
    expect((await peering.run(['policy', 'check', 'mine.yml'])).stdout).toContain(
      'mine.yml says nothing of chat',
    );
  });

  it('contradicts another one that PEERING_POLICY names, as in a deployment', async () => {
    const { code, stderr } = await peering.run([...RUN, '--stage', 'dev'], {
      env: { PEERING_POLICY: 'mine.yml' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'peering-stack.yml:2:18: stages.dev.policy: this stage has the policy policies/dev.yml here, and mine.yml was named',
    );
  });
});
