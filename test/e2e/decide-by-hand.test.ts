import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateTagsCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
} from '@aws-sdk/client-ec2';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { loadPolicy } from '../../lib/policy/load.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { functionsOf } from '../../resources/functions.ts';
import { type BuiltCommand, builtCommand, type Ended, valid } from '../cli/support/command.ts';
import { eventually, type LabAccount, type LabVpc, labAccount, tagOf } from '../support/lab-account.ts';
import { documentedStatements, personWith } from '../support/person.ts';

/**
 * What people decide with the command, and what the deployed stack makes of it. One lab for all, because it takes half a minute
 * to start.
 */

const REGION = 'us-east-1';
const OWN = '123456789012';
const STRANGER = '333333333333';
const REJECTED = '444444444444';
const POLICY = join(__dirname, 'decide.yml');

let lab: Lab;
let control: LabControl;
let command: BuiltCommand;
let own: LabAccount;
let engineer: Readonly<Record<string, string>>;

const person = (name: string, statements: readonly object[]) =>
  personWith(name, statements, {
    endpoint: lab.url,
    region: REGION,
    accountId: OWN,
    credentials: own.credentials,
  });

function as(credentials: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> {
  return command.run(args, { env: { ...lab.env, ...credentials } });
}

async function asked(cidr: string, to: string, accountId = STRANGER): Promise<{ pcx: string; here: LabVpc }> {
  const other = await labAccount({ endpoint: lab.url, region: REGION, accountId });
  const from = await other.createVpc(cidr);
  const here = await own.createVpc(to);
  const pcx = await other.request(from, here, { accountId: OWN });
  // No event of an account without the product tells of its requests.
  await control.fire('sweep');
  await control.idle();
  return { pcx, here };
}

async function statusOf(pcx: string): Promise<string | undefined> {
  return (await own.peering(pcx))?.Status?.Code;
}

async function routed({ tableId }: LabVpc, expected: readonly string[]): Promise<void> {
  await eventually(`routes ${expected.join() || '(none)'} in ${tableId}`, async () =>
    JSON.stringify(await own.peeringRoutes(tableId)) === JSON.stringify(expected) ? true : undefined,
  );
}

interface History {
  readonly events: readonly { kind: string; by: string | null; what: string; why: string }[];
}

async function history(...args: readonly string[]): Promise<History['events']> {
  const { code, stdout, stderr } = await as(engineer, 'history', ...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return (valid('history', stdout) as History).events;
}

beforeAll(async () => {
  command = await builtCommand();
  writeFileSync(join(command.directory, 'peering-policy.yml'), readFileSync(POLICY));
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  await lab.deploy({ policyFile: POLICY, region: REGION });
  engineer = await person('network-engineer', documentedStatements());
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

const ANN = `arn:aws:sts::${OWN}:assumed-role/network-engineer/ann`;

describe('a request that no rule matches', () => {
  it('is not accepted until somebody says by whose routes, and then is managed like any other', async () => {
    const { pcx, here } = await asked('10.20.0.0/16', '10.1.0.0/16');
    // The history has whole seconds, and no person is as quick as this test.
    await setTimeout(1000);
    const unnamed = await as(engineer, 'accept', pcx, '--yes');
    expect(unnamed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--as RULE: partners, reviewed'),
    });
    expect(await as(engineer, 'accept', pcx, '--as', 'partner', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Did you mean partners?'),
    });
    expect(await statusOf(pcx)).toBe('pending-acceptance');

    const { code, stdout, stderr } = await as(engineer, 'accept', pcx, '--as', 'partners', '--yes', '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(valid('accept', stdout)).toMatchObject({
      accepted: true,
      rule: 'partners',
      how: 'chosen',
      by: ANN,
      changes: [{ action: 'create', routeTableId: here.tableId, destination: '10.20.0.0/16', heldBy: null }],
      left: [],
    });
    const route = `10.20.0.0/16 -> ${pcx} active`;
    await routed(here, [route]);
    expect(await own.peeringRoutes(here.plainTableId)).toEqual([]);
    expect(tagOf(await own.peering(pcx), 'decided-by')).toBe(ANN);

    const plan = await as(engineer, 'plan', '--all');
    expect(plan.stdout).toContain(`Accepted by ${ANN} as rule partners`);
    expect((await as(engineer, 'status')).stdout).toContain('accepted by network-engineer/ann as partners');

    // What was accepted by hand is kept as everything else is.
    await own.ec2.send(
      new DeleteRouteCommand({ RouteTableId: here.tableId, DestinationCidrBlock: '10.20.0.0/16' }),
    );
    await routed(here, []);
    await routed(here, [route]);
    await control.fire('sweep');
    await control.idle();
    expect(await own.peeringRoutes(here.tableId)).toEqual([route]);

    const events = await history(pcx);
    expect(events.map(({ kind, by }) => [kind, by])).toEqual([
      ['decided', 'policy'],
      ['accepted-by-hand', ANN],
      ['routes', 'policy'],
      ['drift', expect.stringContaining('arn:')],
      ['repaired', 'policy'],
    ]);
    expect(events[1]).toMatchObject({ what: expect.stringContaining('accepted as rule partners') });
    const ofTable = (await history(here.tableId)).map(({ kind }) => kind);
    expect(ofTable).toEqual(['routes', 'drift', 'repaired']);

    await own.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
    await routed(here, []);
    await control.idle();
    const [ended] = (await history(pcx)).filter(({ kind }) => kind === 'ended');
    expect(ended?.by).toContain('arn:');
  });
});

describe('a request that a rule holds', () => {
  it('is managed by that rule, and no other can be named', async () => {
    const { pcx, here } = await asked('10.65.0.0/16', '10.2.0.0/16');
    expect(await as(engineer, 'accept', pcx, '--as', 'partners', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Rule reviewed matches'),
    });
    const { code, stdout } = await as(engineer, 'accept', pcx, '--yes');
    expect([code, stdout]).toEqual([0, expect.stringContaining('as rule reviewed')]);
    await routed(here, [`10.65.0.0/16 -> ${pcx} active`]);
  });
});

describe('what is not accepted, whoever asks', () => {
  it('would take addresses that lead elsewhere', async () => {
    const first = await asked('10.66.0.0/16', '10.4.0.0/16');
    await as(engineer, 'accept', first.pcx, '--yes');
    await routed(first.here, [`10.66.0.0/16 -> ${first.pcx} active`]);
    const other = await labAccount({ endpoint: lab.url, region: REGION, accountId: STRANGER });
    const pcx = await other.request(await other.createVpc('10.66.0.0/16'), first.here, { accountId: OWN });
    await control.idle();
    expect(await as(engineer, 'accept', pcx, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(first.pcx),
    });
    expect(await statusOf(pcx)).toBe('pending-acceptance');
  });

  it('is asked where nobody can answer, or where there is no stack', async () => {
    const { pcx } = await asked('10.67.0.0/16', '10.5.0.0/16');
    expect(await as(engineer, 'accept', pcx)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('add --yes'),
    });
    expect(await as(engineer, 'accept', pcx, '--yes', '--stage', 'other')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no stack was found'),
    });
    expect(await statusOf(pcx)).toBe('pending-acceptance');
  });

  it('cannot be remembered, because the caller may not write the registry', async () => {
    const { pcx } = await asked('10.68.0.0/16', '10.6.0.0/16');
    const reader = await person(
      'without-registry',
      documentedStatements().filter(({ Sid }) => Sid !== 'RememberAnswers'),
    );
    for (const verb of ['accept', 'reject']) {
      expect(await as(reader, verb, pcx, '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('remembered in the registry'),
      });
    }
    expect(await statusOf(pcx)).toBe('pending-acceptance');
    expect((await history(pcx)).filter(({ kind }) => kind.endsWith('by-hand'))).toEqual([]);
  });

  it('is forgotten again when EC2 does not take it', async () => {
    const { pcx } = await asked('10.69.0.0/16', '10.7.0.0/16');
    const remembering = await person(
      'without-ec2',
      documentedStatements().filter(({ Sid }) => Sid !== 'AnswerRequests'),
    );
    expect(await as(remembering, 'accept', pcx, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('AcceptVpcPeeringConnection'),
    });
    expect((await history(pcx)).filter(({ kind }) => kind.endsWith('by-hand'))).toEqual([]);
  });
});

describe('peering reject', () => {
  it('rejects, says who and why in the history, and prints nothing raw', async () => {
    const { pcx } = await asked('10.70.0.0/16', '10.8.0.0/16');
    const { code, stdout } = await as(
      engineer,
      'reject',
      pcx,
      '--because',
      'not our partner\u202e',
      '--yes',
      '--json',
    );
    expect(code).toBe(0);
    expect(valid('reject', stdout)).toMatchObject({ rejected: true, by: ANN, left: [] });
    expect(await statusOf(pcx)).toBe('rejected');
    const [event] = (await history(pcx)).filter(({ kind }) => kind === 'rejected-by-hand');
    expect(event).toMatchObject({ by: ANN, why: 'not our partner\\u{202e}' });
    expect(await as(engineer, 'reject', pcx, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is rejected'),
    });
  });

  it('stands in the report with who did it, the newest first', async () => {
    expect(await as(engineer, 'report', '--out', 'report.html')).toMatchObject({ code: 0 });
    const page = readFileSync(join(command.directory, 'report.html'), 'utf8');
    const [, rows = ''] = /<section aria-labelledby="history">([\s\S]*?)<\/section>/.exec(page) ?? [];
    const [newest = ''] = rows.split('<tr').filter((row) => row.includes('data-head="Kind"'));
    expect(newest).toContain('rejected-by-hand');
    expect(newest).toContain(`by ${ANN}`);
    expect(rows).toContain('by the policy');
  });

  it('says of a request that the policy has rejected that there is nothing to answer', async () => {
    const { pcx } = await asked('10.9.0.0/16', '10.71.0.0/16', REJECTED);
    await eventually('the rejection', async () => ((await statusOf(pcx)) === 'rejected' ? true : undefined));
    expect(await as(engineer, 'accept', pcx, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is rejected'),
    });
  });
});

describe('a peering by its tag Name', () => {
  const NAME = 'partner to shop';

  async function named(cidr: string, to: string, name = NAME) {
    const one = await asked(cidr, to);
    await own.ec2.send(new CreateTagsCommand({ Resources: [one.pcx], Tags: [{ Key: 'Name', Value: name }] }));
    return one;
  }

  it('is the one that lives, for each verb that decides or writes, and none where several have the name', async () => {
    const before = await named('10.77.0.0/16', '10.17.0.0/16');
    expect(await as(engineer, 'reject', NAME, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${before.pcx} (${NAME}) rejected by ${ANN}`),
      stderr: expect.stringContaining(`note: ${NAME} is ${before.pcx}.`),
    });
    for (const verb of ['accept', 'reject']) {
      expect(await as(engineer, verb, NAME, '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          `${NAME} is the name of what has ended, and of nothing that is there:\n  ${before.pcx} (${NAME})  rejected: `,
        ),
      });
    }
    const { pcx, here } = await named('10.78.0.0/16', '10.18.0.0/16');
    expect(await as(engineer, 'accept', NAME, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${pcx} (${NAME}) accepted by ${ANN}`),
      stderr: expect.stringContaining(
        `note: ${NAME} is ${pcx}. ${before.pcx} had the name, too, and has ended.`,
      ),
    });
    await routed(here, [`10.78.0.0/16 -> ${pcx} active`]);

    const silenced = await as(engineer, 'silence', NAME, '--for', '4h', '--because', 'x', '--json');
    expect(silenced).toMatchObject({ code: 0, stderr: expect.stringContaining(`${NAME} is ${pcx}.`) });
    expect(valid('silence', silenced.stdout)).toMatchObject({ silences: [{ id: pcx }] });
    expect((await as(engineer, 'silence', NAME, '--end')).stdout).toContain(`about ${pcx} are sent again`);
    const past = await as(engineer, 'history', NAME, '--json');
    expect(past.stderr).toContain(`note: ${NAME} is ${pcx}.`);
    expect((valid('history', past.stdout) as History).events.map(({ kind }) => kind)).toEqual(
      (await history(pcx)).map(({ kind }) => kind),
    );

    // Its rule gives it no end; that this is said of its id shows what is meant.
    expect(await as(engineer, 'renew', NAME, '--for', '1d', '--because', 'x', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(
          `note: ${NAME} is ${pcx}\\..*\\npeering: ${pcx} is not renewed. ${pcx} \\(${NAME}\\) does not end`,
        ),
      ),
    });

    const second = await named('10.79.0.0/16', '10.19.0.0/16');
    for (const verb of [
      ['accept', NAME, '--yes'],
      ['reject', NAME, '--yes'],
      ['renew', NAME, '--for', '1d', '--because', 'x', '--yes'],
      ['silence', NAME, '--for', '1h', '--because', 'x'],
      ['silence', NAME, '--end'],
      ['history', NAME],
    ]) {
      const { code, stdout, stderr } = await as(engineer, ...verb);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(`${NAME} is the name of several. Name one by its id:`);
      for (const each of [pcx, second.pcx]) expect(stderr).toContain(`\n  ${each} (${NAME})  `);
      expect(stderr).not.toContain(before.pcx);
    }
    expect([await statusOf(pcx), await statusOf(second.pcx)]).toEqual(['active', 'pending-acceptance']);
    expect((await as(engineer, 'silence')).stdout).toBe('Nothing is silenced.\n');
  });

  it('that nothing has is answered with what is near', async () => {
    const { pcx } = await named('10.80.0.0/16', '10.21.0.0/16', 'archive-to-shop');
    for (const verb of [
      ['accept', 'archive to shop'],
      ['silence', 'archive to shop', '--end'],
    ]) {
      expect(await as(engineer, ...verb)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`Did you mean ${pcx} (archive-to-shop)?`),
      });
    }
  });
});

describe('peering logs', () => {
  interface Logs {
    readonly functions: readonly {
      name: string;
      extent: string;
      entries: readonly {
        level: string;
        what: string;
        why: string;
        times: number;
        requestId: string | null;
      }[];
    }[];
  }

  async function logs(
    ...args: readonly string[]
  ): Promise<{ code: number | null; functions: Logs['functions'] }> {
    const { code, stdout, stderr } = await as(engineer, 'logs', ...args, '--json');
    expect(stderr).toBe('');
    return { code, functions: (valid('logs', stdout) as Logs).functions };
  }

  it('says in words what failed in a function, once however often it did, and exits 2', async () => {
    const before = new Date().toISOString();
    expect(await logs('sync-routes', '--since', before)).toEqual({
      code: 0,
      functions: [{ name: 'sync-routes', extent: 'whole', entries: [] }],
    });
    const faults = `${lab.url}/_lab/faults`;
    await fetch(faults, {
      method: 'POST',
      body: JSON.stringify({ action: 'DescribeVpcPeeringConnections', kind: 'denied', times: 100 }),
    });
    await control.fire('sweep');
    await control.fire('sweep');
    await control.idle();
    await fetch(faults, { method: 'DELETE' });
    const { code, functions } = await logs('sync-routes', '--since', before);
    expect(code).toBe(2);
    const entries = functions.flatMap((each) => each.entries);
    expect(entries.every(({ level, requestId }) => level === 'error' && requestId !== null)).toBe(true);
    expect(
      entries.map(({ why, times }) => [why.includes('DescribeVpcPeeringConnections'), times >= 2]),
    ).toContainEqual([true, true]);
    const { stdout } = await as(engineer, 'logs', 'sync-routes', '--since', before);
    expect(stdout).toMatch(/ {2}error {2}sync-routes {2}\d+ times since /);
  });

  it('tells of warnings when asked, and names a function without a log', async () => {
    expect((await logs()).functions.map(({ name }) => name)).toEqual(
      [...functionsOf(loadPolicy(POLICY).policy)].sort(),
    );
    const { functions } = await logs('--all');
    expect(functions.flatMap(({ entries }) => entries).some(({ level }) => level === 'warning')).toBe(true);
    const cloudWatch = new CloudWatchLogsClient({
      endpoint: lab.url,
      region: REGION,
      credentials: own.credentials,
    });
    const logGroupName = '/aws/lambda/vpc-peering-autopilot-prod-record-connectivity';
    await cloudWatch.send(new DeleteLogGroupCommand({ logGroupName }));
    const { stdout } = await as(engineer, 'logs', 'record-connectivity');
    expect(stdout).toContain('record-connectivity has written no log');
  });

  it('says which functions there are when the name is none', async () => {
    expect(await as(engineer, 'logs', 'sweeper')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no function sweeper; its functions: accept-requests, '),
    });
  });

  it('needs the right to read the logs, and says so', async () => {
    const without = await person(
      'without-logs',
      documentedStatements().filter(({ Sid }) => Sid !== 'ReadTheLogs'),
    );
    expect(await as(without, 'logs', 'sweep')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('FilterLogEvents'),
    });
  });
});
/** Messages that were sent since a moment ago, but those of alarms: one rings for what was refused before, whenever CloudWatch looks. */
async function messagesSince(count: number) {
  return (await control.notifications()).slice(count).filter(({ subject }) => !/^(ALARM|OK): /.test(subject));
}

async function settledWith(cidr: string, to: string): Promise<{ pcx: string; here: LabVpc; route: string }> {
  const { pcx, here } = await asked(cidr, to);
  expect(await as(engineer, 'accept', pcx, '--yes')).toMatchObject({ code: 0 });
  const route = `${cidr} -> ${pcx} active`;
  await routed(here, [route]);
  await control.fire('sweep');
  await control.idle();
  return { pcx, here, route };
}

async function deleteRoute({ tableId }: LabVpc, cidr: string): Promise<void> {
  await own.ec2.send(new DeleteRouteCommand({ RouteTableId: tableId, DestinationCidrBlock: cidr }));
}

describe('peering silence', () => {
  it('keeps people from messages about a peering, shows that everywhere, and loses nothing', async () => {
    const cidr = '10.72.0.0/16';
    const { pcx, here, route } = await settledWith(cidr, '10.12.0.0/16');
    const begun = await as(engineer, 'silence', pcx, '--for', '4h', '--because', 'moved\u202e', '--json');
    expect(begun).toMatchObject({ code: 0 });
    const said = { id: pcx, by: ANN, because: 'moved\\u{202e}', regions: [REGION] };
    expect(valid('silence', begun.stdout)).toMatchObject({ silences: [said] });
    expect(valid('silence', (await as(engineer, 'silence', '--json')).stdout)).toMatchObject({
      silences: [said],
    });
    await own.ec2.send(
      new CreateTagsCommand({ Resources: [pcx], Tags: [{ Key: 'Name', Value: 'shop-to-data' }] }),
    );
    const listed = (await as(engineer, 'silence')).stdout;
    expect(listed).toMatch(
      new RegExp(
        `^No messages are sent about ${pcx} \\(shop-to-data\\) until \\S+ \\S+ UTC \\(${REGION}\\)\\n    moved.*\\n    by ${ANN}, \\S+ \\S+ UTC\\n$`,
      ),
    );
    const sent = (await control.notifications()).length;
    await deleteRoute(here, cidr);
    await routed(here, []);
    await routed(here, [route]);
    await control.idle();
    expect(await messagesSince(sent)).toEqual([]);
    const drift = (await history(pcx)).filter(({ kind }) => kind === 'drift');
    expect(drift).toEqual([
      expect.objectContaining({ why: expect.stringContaining(`${pcx} is silenced by ${ANN}`) }),
    ]);
    for (const verb of ['status', 'doctor']) {
      const { stdout, stderr } = await as(engineer, verb);
      expect(`${stdout}${stderr}`).toContain(`No messages are sent about ${pcx} (shop-to-data) until`);
    }
    expect((await as(engineer, 'silence', pcx, '--end')).stdout).toContain('are sent again');
    expect(await as(engineer, 'silence', pcx, '--end')).toMatchObject({ code: 1 });
    await deleteRoute(here, cidr);
    await routed(here, []);
    await routed(here, [route]);
    await control.idle();
    expect((await messagesSince(sent)).map(({ subject }) => subject)).toEqual([
      expect.stringContaining('Route drift'),
    ]);
  });

  it.each([
    [['pcx-0123456789abcdef0', '--for', '4h', '--because', 'x'], 'is in none of the Regions'],
    [['pcx-0123456789abcdef0', '--for', '31d', '--because', 'x'], 'at most 30d'],
    [['pcx-0123456789abcdef0', '--for', '4h'], 'Say for how long and why'],
    [['i-0123456789abcdef0', '--end'], 'is an instance; peering silence takes a peering, route table or VPC'],
    [['--for', '4h', '--because', 'x'], 'Name what it is about'],
  ])('takes no %j', async (args, says) => {
    expect(await as(engineer, 'silence', ...args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(says),
    });
  });
});

describe('peering freeze', () => {
  it('keeps the stack and the command from accepting and writing until it is thawed, and is told twice', async () => {
    const cidr = '10.73.0.0/16';
    const { pcx, here, route } = await settledWith(cidr, '10.13.0.0/16');
    const waiting = await asked('10.74.0.0/16', '10.14.0.0/16');
    const sent = (await control.notifications()).length;
    const frozen = await as(engineer, 'freeze', '--because', 'audit', '--yes', '--json');
    expect(frozen).toMatchObject({ code: 0 });
    expect(valid('freeze', frozen.stdout)).toMatchObject({ by: ANN, because: 'audit', until: null });

    await deleteRoute(here, cidr);
    await control.idle();
    await control.fire('sweep');
    await control.idle();
    expect(await own.peeringRoutes(here.tableId)).toEqual([]);
    const plan = await as(engineer, 'plan');
    expect(`${plan.stdout}${plan.stderr}`).toContain(`Frozen by ${ANN} since`);
    expect(plan.stdout).toContain('somebody froze the Region (peering freeze)');
    const applied = await as(engineer, 'apply', '--yes');
    expect(`${applied.stdout}${applied.stderr}`).toContain('somebody froze the Region');
    expect(await own.peeringRoutes(here.tableId)).toEqual([]);
    for (const verb of ['accept', 'reject']) {
      expect(await as(engineer, verb, waiting.pcx, '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`Frozen by ${ANN}`),
      });
    }
    expect(await statusOf(waiting.pcx)).toBe('pending-acceptance');
    expect((await as(engineer, 'doctor')).stdout).toContain('peering thaw ends it');

    const thawed = await as(engineer, 'thaw', '--because', 'done', '--yes', '--json');
    expect(valid('thaw', thawed.stdout)).toMatchObject({ by: ANN, because: 'done', regions: [REGION] });
    await control.fire('sweep');
    await control.idle();
    await routed(here, [route]);
    expect(await as(engineer, 'thaw', '--yes')).toMatchObject({ code: 1 });
    const subjects = (await messagesSince(sent)).map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject.includes('frozen'))).toEqual([
      `VPC peering is frozen in ${OWN} (${REGION})`,
      `VPC peering is no longer frozen in ${OWN} (${REGION})`,
    ]);
    const events = (await history()).filter(({ kind }) => kind === 'freeze');
    expect(events).toEqual([
      expect.objectContaining({ by: ANN, what: `${REGION} frozen.`, why: 'audit' }),
      expect.objectContaining({ by: ANN, what: `${REGION} thawed.` }),
    ]);
    expect(pcx).toMatch(/^pcx-/);
  });

  it('cannot be got round by who may not read what the stack remembers: nothing is written then', async () => {
    const cidr = '10.75.0.0/16';
    const { here } = await settledWith(cidr, '10.15.0.0/16');
    expect(await as(engineer, 'freeze', '--because', 'audit', '--yes')).toMatchObject({ code: 0 });
    await deleteRoute(here, cidr);
    await control.idle();
    const writer = { Effect: 'Allow', Action: ['ec2:CreateRoute', 'ec2:CreateTags'], Resource: '*' };
    const blind = await person('without-memory', [
      ...documentedStatements().filter(({ Sid }) => Sid !== 'ReadWhatTheStackRemembers'),
      writer,
    ]);
    expect(await as(blind, 'apply', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing was changed.'),
    });
    expect(await own.peeringRoutes(here.tableId)).toEqual([]);
    expect(await as(engineer, 'thaw', '--yes')).toMatchObject({ code: 0 });
  });
});
