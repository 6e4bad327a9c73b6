import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import { serverless } from '../support/packaged.ts';

/** Mistakes in a policy file, seen through the command that a person types. */

let directory = '';
let broken = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-policy-check-'));
  broken = join(directory, 'broken.yml');
  await writeFile(broken, 'version: 1\nrules:\n  - name: x\n    efect: accept\n');
});

afterAll(() => rm(directory, { recursive: true, force: true }));

function withPolicy(file: string, more: Readonly<Record<string, string>> = {}) {
  return { PEERING_POLICY: file, PEERING_BUILD_DIR: join(directory, 'build'), ...more };
}

describe('a policy that does not validate', () => {
  it.each(['package', 'print'])(
    'stops serverless %s, with file, line and column and no stack trace',
    async (command) => {
      const args = command === 'package' ? [command, '--package', join(directory, 'package')] : [command];
      const { code, stdout, stderr } = await serverless(args, withPolicy(broken));
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain(`${broken}:4:5: rules[0].efect: unknown key; did you mean "effect"?`);
      expect(stdout + stderr).not.toMatch(/^\s+at /m);
    },
  );

  it('stops serverless package when there is no file', async () => {
    const missing = join(directory, 'none.yml');
    const args = ['package', '--package', join(directory, 'package')];
    const { code, stdout, stderr } = await serverless(args, withPolicy(missing));
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain(`${missing}: there is no such file`);
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
  });

  it('does not keep anybody from removing the stack', async () => {
    // Stands in for AWS: answers that there is no such stack, and keeps what was asked for.
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        asked.push(Buffer.concat(parts).toString());
        response.statusCode = 400;
        response.end(
          '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id vpc-peering-autopilot-prod does not exist</Message></Error></ErrorResponse>',
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { stdout, stderr } = await serverless(
        ['remove'],
        withPolicy(broken, {
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
          AWS_MAX_ATTEMPTS: '1',
        }),
      );
      expect(stdout + stderr).not.toContain('efect');
      expect(asked.some((body) => body.includes('StackName=vpc-peering-autopilot-prod'))).toBe(true);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('a policy with something that is allowed and probably not meant', () => {
  it('is packaged, and says so once', async () => {
    const doubtful = join(directory, 'doubtful.yml');
    await writeFile(
      doubtful,
      'version: 1\nrules:\n  - { name: anybody, effect: accept, remote: { accounts: ["*"] } }\n',
    );
    const args = ['package', '--package', join(directory, 'package')];
    const { code, stdout, stderr } = await serverless(args, withPolicy(doubtful));
    expect(code).toBe(0);
    expect((stdout + stderr).split(`${doubtful}:3:`).length - 1).toBe(1);
  });
});

it('what peering-stack.yml names and the policy makes nothing of is packaged, and said once', async () => {
  const folder = join(directory, 'channel');
  await mkdir(folder);
  const file = join(folder, 'peering-policy.yml');
  const stackFile = join(folder, 'peering-stack.yml');
  await writeFile(file, 'version: 1\nrules: [{ name: x, effect: hold }]\n');
  await writeFile(
    stackFile,
    'version: 1\nchatChannel: { slack: { workspace: T0123ABCDEF, channel: C0123ABCDEF } }\n',
  );
  const args = ['package', '--package', join(directory, 'package')];
  const { code, stdout, stderr } = await serverless(args, withPolicy(file));
  expect(code).toBe(0);
  expect((stdout + stderr).split(`${stackFile}:2:1: chatChannel: it counts for nothing`).length - 1).toBe(1);
});

it('a topic in another Region stops a deployment there, and no packaging', async () => {
  const file = join(directory, 'topic.yml');
  await writeFile(
    file,
    'version: 1\nnotify: { topic: "arn:aws:sns:us-east-1:111122223333:network" }\nrules: [{ name: x, effect: hold }]\n',
  );
  const deploy = await serverless(['deploy', '--region', 'eu-west-1'], withPolicy(file));
  expect(deploy.code).not.toBe(0);
  expect(deploy.stdout + deploy.stderr).toContain(
    'notify in the policy names arn:aws:sns:us-east-1:111122223333:network, and the stack is deployed to eu-west-1',
  );
  const print = await serverless(['print', '--region', 'eu-west-1'], withPolicy(file));
  expect(print.code).toBe(0);
});

/** Stands in for STS, and says of everybody that they are of this account. */
async function callers(accountId: string, later = accountId) {
  let asked = 0;
  const answer = (account: string) =>
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/a</Arn><UserId>A</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      asked += 1;
      response.setHeader('content-type', 'text/xml');
      response.end(answer(asked === 1 ? accountId : later));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_MAX_ATTEMPTS: '1',
    },
    asked: () => asked,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

it.each([
  ['Region', 'region: eu-west-1', 'the stack is in eu-west-1, not in us-east-1'],
  [
    'account',
    'account: "210987654321"',
    'account 123456789012, and peering-stack.yml says that the stack belongs to 210987654321',
  ],
])('peering-stack.yml stops serverless deploy into another %s, in one line', async (name, option, says) => {
  const folder = join(directory, `elsewhere-${name}`);
  await mkdir(folder);
  await writeFile(join(folder, 'peering-policy.yml'), 'version: 1\nrules: [{ name: x, effect: hold }]\n');
  await writeFile(join(folder, 'peering-stack.yml'), `version: 1\n${option}\n`);
  const sts = await callers('123456789012');
  const { code, stdout, stderr } = await serverless(
    ['deploy'],
    withPolicy(join(folder, 'peering-policy.yml'), sts.env),
  );
  await sts.stop();
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain(says);
  expect(stdout + stderr).not.toMatch(/^\s+at /m);
});

describe('a folder of policies', () => {
  const OWN = '111111111111';
  const rule = (name: string) => `version: 1\nrules: [{ name: ${name}, effect: hold }]\n`;
  const fingerprint = (name: string) => policyFingerprint(parsePolicy(rule(name), 'text').policy);
  let folder = '';

  beforeAll(async () => {
    folder = join(directory, 'policies');
    await mkdir(folder);
    for (const name of ['default', 'dev', 'test', `${OWN}.prod`]) {
      await writeFile(join(folder, `${name}.yml`), rule(name.replace('.', '-')));
    }
  });

  it('gives the stack of a stage the policy of that stage, and asks nobody for the account', async () => {
    const { code, stdout, stderr } = await serverless(['print', '--stage', 'dev'], withPolicy(folder));
    expect([code, stdout]).toEqual([0, expect.stringContaining(fingerprint('dev'))]);
    expect(stdout + stderr).toContain(`The policy is ${join(folder, 'dev.yml')}`);
  });

  it('gives the stack of an account that has its own that one, and others the default', async () => {
    for (const [accountId, name] of [
      [OWN, `${OWN}-prod`],
      ['222222222222', 'default'],
    ] as const) {
      const sts = await callers(accountId);
      const { stdout } = await serverless(['print'], withPolicy(folder, sts.env));
      await sts.stop();
      expect(stdout).toContain(fingerprint(name));
      expect(sts.asked()).toBeGreaterThan(0);
    }
  });

  it('stops a deployment whose credentials are not those by which the policy was chosen', async () => {
    const sts = await callers(OWN, '222222222222');
    const { code, stdout, stderr } = await serverless(['print'], withPolicy(folder, sts.env));
    await sts.stop();
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain(`The policy is that of account ${OWN}`);
  });

  it('stops a deployment for which it has none', async () => {
    await rm(join(folder, 'default.yml'));
    const { code, stdout, stderr } = await serverless(['print', '--stage', 'beta'], withPolicy(folder));
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('has no policy for stage beta. Write');
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
  });
});

describe('a policy that peering-stack.yml names for a stage', () => {
  const rule = (name: string) => `version: 1\nrules: [{ name: ${name}, effect: hold }]\n`;
  let project = '';

  beforeAll(async () => {
    project = join(directory, 'project');
    await mkdir(join(project, 'policies'), { recursive: true });
    await writeFile(join(project, 'peering-policy.yml'), rule('common'));
    await writeFile(join(project, 'other.yml'), rule('other'));
    await writeFile(join(project, 'policies', 'dev.yml'), rule('trial'));
    await writeFile(
      join(project, 'peering-stack.yml'),
      'version: 1\nlogRetentionDays: 365\nstages: { dev: { policy: policies/dev.yml, logRetentionDays: 7 } }\n',
    );
  });

  it('is built into the stack of that stage, with its options', async () => {
    const place = withPolicy(join(project, 'peering-policy.yml'));
    const { code, stdout, stderr } = await serverless(['print', '--stage', 'dev'], place);
    const { policy } = parsePolicy(rule('trial'), 'text');
    expect([code, stdout]).toEqual([0, expect.stringContaining(policyFingerprint(policy))]);
    expect(stdout).toContain('RetentionInDays: 7\n');
    expect(stdout + stderr).toContain(`The policy is ${join(project, 'policies', 'dev.yml')}`);
    const { stdout: ofProd } = await serverless(['print'], place);
    expect(ofProd).toContain('RetentionInDays: 365\n');
    expect(ofProd).toContain(policyFingerprint(parsePolicy(rule('common'), 'text').policy));
  });

  it('stops a deployment for which another one was named', async () => {
    const { code, stdout, stderr } = await serverless(
      ['print', '--stage', 'dev'],
      withPolicy(join(project, 'other.yml')),
    );
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('stages.dev.policy: this stage has the policy');
  });
});
