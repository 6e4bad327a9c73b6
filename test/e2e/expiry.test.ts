import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { type BuiltCommand, builtCommand, type Ended, valid } from '../cli/support/command.ts';
import { eventually, type LabAccount, type LabVpc, labAccount, tagOf } from '../support/lab-account.ts';
import { documentedStatements, personWith } from '../support/person.ts';

/**
 * Peerings that live for a time, in the deployed stack: the lab's clock goes ahead by days, and the functions see it. The command sees the
 * clock of this machine.
 */

const REGION = 'us-east-1';
const OWN = '123456789012';
const POLICY = join(__dirname, 'expiry.yml');
const HOUR = 3600;
const DAY = 24 * HOUR;
const EXPIRES = 'peering-autopilot:expires';

let lab: Lab;
let control: LabControl;
let command: BuiltCommand;
let own: LabAccount;
let engineer: Readonly<Record<string, string>>;

interface Peered {
  readonly pcx: string;
  readonly from: LabVpc;
  readonly to: LabVpc;
}

function peering(...args: readonly string[]): Promise<Ended> {
  return command.run(args, { env: { ...lab.env, ...engineer } });
}

async function routed({ tableId }: LabVpc, expected: readonly string[]): Promise<void> {
  await eventually(`routes ${expected.join() || '(none)'} in ${tableId}`, async () =>
    JSON.stringify(await own.peeringRoutes(tableId)) === JSON.stringify(expected) ? true : undefined,
  );
}

async function peered(from: string, to: string): Promise<Peered> {
  const [a, b] = [await own.createVpc(from), await own.createVpc(to)];
  const pcx = await own.request(a, b);
  await isRouted({ pcx, from: a, to: b });
  return { pcx, from: a, to: b };
}

async function isRouted({ pcx, from, to }: Peered): Promise<void> {
  await routed(from, [`${to.cidr} -> ${pcx} active`]);
  await routed(to, [`${from.cidr} -> ${pcx} active`]);
}

async function isNotRouted({ from, to }: Peered): Promise<void> {
  await routed(from, []);
  await routed(to, []);
}

async function sweep(): Promise<void> {
  await control.fire('sweep');
  await control.idle();
}

async function later(seconds: number): Promise<void> {
  const answer = await fetch(`${lab.url}/_lab/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceSeconds: seconds }),
  });
  expect(answer.status).toBe(200);
  await sweep();
}

async function labNow(): Promise<number> {
  const { now } = (await (await fetch(`${lab.url}/_lab/clock`)).json()) as { readonly now: string };
  return Date.parse(now) / 1000;
}

async function expires({ pcx }: Peered, at: number): Promise<void> {
  const Value = new Date(at * 1000).toISOString().replace(/\.\d+Z/, 'Z');
  await own.ec2.send(new CreateTagsCommand({ Resources: [pcx], Tags: [{ Key: EXPIRES, Value }] }));
}

/** Subjects of messages about a peering, oldest first; several of one look come in one message. */
async function told({ pcx }: Peered): Promise<string[]> {
  const all = await control.notifications();
  return all.flatMap(({ subject, message }) =>
    [subject, ...[...message.matchAll(/^ {2}- (.*)$/gm)].map(([, line = '']) => line)].filter((line) =>
      new RegExp(`^VPC peering ${pcx} (ends|has ended|was deleted)`).test(line),
    ),
  );
}

async function statusOf({ pcx }: Peered): Promise<string | undefined> {
  return (await own.peering(pcx))?.Status?.Code;
}

beforeAll(async () => {
  command = await builtCommand();
  writeFileSync(join(command.directory, 'peering-policy.yml'), readFileSync(POLICY));
  lab = await startLab({ progress: () => undefined });
  control = createLabControl(lab.url);
  own = await labAccount({ endpoint: lab.url, region: REGION });
  await lab.deploy({ policyFile: POLICY, region: REGION });
  engineer = await personWith('network-engineer', documentedStatements(), {
    endpoint: lab.url,
    region: REGION,
    accountId: OWN,
    credentials: own.credentials,
  });
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

describe('peerings of rules that say expireAfter: 10d', () => {
  let kept: Peered;
  let renewed: Peered;
  let trial: Peered;

  it('are accepted and routed, and status and reasons say when they end', async () => {
    kept = await peered('10.64.0.0/16', '10.65.0.0/16');
    renewed = await peered('10.96.0.0/16', '10.97.0.0/16');
    await expires(renewed, (await labNow()) + 10 * DAY);
    trial = await peered('10.80.0.0/16', '10.81.0.0/16');
    await sweep();
    const { code, stdout, stderr } = await peering('status', '--sort', 'expires', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const { views } = valid('status', stdout) as {
      views: {
        peeringId: string;
        health: string;
        expires: { by: string; onExpiry: string };
        reasons: string[];
      }[];
    };
    expect(
      views.map(({ peeringId, expires }) => `${peeringId} ${expires.by} ${expires.onExpiry}`).sort(),
    ).toEqual(
      [kept, kept, renewed, renewed, trial, trial]
        .map(
          (each) => `${each.pcx} ${each === renewed ? 'tag' : 'rule'} ${each === trial ? 'delete' : 'keep'}`,
        )
        .sort(),
    );
    const [one] = views.filter(({ peeringId }) => peeringId === kept.pcx);
    expect(one?.reasons.join(' ')).toMatch(/says expireAfter: 10d, and it was accepted 20/);
  });

  it('are told a week before, and one is renewed by the command', async () => {
    await later(4 * DAY);
    for (const each of [kept, renewed, trial]) {
      expect(await told(each)).toEqual([expect.stringMatching(/ends .* UTC, in 5 days$/)]);
    }
    const refused = await peering('renew', kept.pcx, '--until', '2099-01-01', '--because', 'x', '--yes');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('at the latest') });
    const { code, stdout, stderr } = await peering(
      ...['renew', renewed.pcx, '--for', '30d'],
      ...['--because', 'the audit takes longer', '--yes', '--json'],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(valid('renew', stdout)).toMatchObject({ peeringId: renewed.pcx, regions: [REGION], changes: [] });
    const history = await peering('history', renewed.pcx, '--json');
    expect(JSON.parse(history.stdout).events).toContainEqual(
      expect.objectContaining({
        kind: 'expiry',
        by: `arn:aws:sts::${OWN}:assumed-role/network-engineer/ann`,
        what: expect.stringContaining(`${renewed.pcx} was renewed until`),
        why: 'the audit takes longer',
      }),
    );
    await sweep();
    expect((await told(renewed)).at(-1)).toMatch(/ends .* UTC/);
  });

  it('are told a day before, and go on', async () => {
    await later(5 * DAY + HOUR);
    for (const each of [kept, trial]) {
      expect((await told(each)).at(-1)).toMatch(/ends .* UTC, in 2[23] hours$/);
      await isRouted(each);
    }
  });

  it('end: own routes go, the peering stays, and it is no drift', async () => {
    await later(DAY);
    await Promise.all([kept, trial].map(isNotRouted));
    await isRouted(renewed);
    for (const each of [kept, trial]) {
      expect((await told(each)).at(-1)).toContain('has ended: its time is over');
      expect(await statusOf(each)).toBe('active');
    }
    await control.evaluateAlarms();
    const log = await (await fetch(`${lab.url}/_lab/logs?function=sync-routes`)).text();
    expect(log).not.toContain('"message":"drift"');
  });

  it('come back when their tag gives them more time', async () => {
    await expires(kept, (await labNow()) + 5 * DAY);
    await sweep();
    await isRouted(kept);
    expect((await told(kept)).at(-1)).toMatch(/ends .* UTC, in 4 days$/);
  });

  it('are deleted a day later where the rule says so, also if AWS refuses it at first', async () => {
    expect(tagOf(await own.peering(trial.pcx), 'ended-at')).toMatch(/^20/);
    // The SDK tries each three times: its clock is not that of the lab's answers, so that it takes any error for one of clocks.
    const fault = await fetch(`${lab.url}/_lab/faults`, {
      method: 'POST',
      body: JSON.stringify({
        service: 'ec2',
        action: 'DeleteVpcPeeringConnection',
        kind: 'denied',
        times: 3,
      }),
    });
    expect(fault.status).toBe(200);
    await later(DAY);
    expect(await statusOf(trial)).toBe('active');
    const messages = await control.notifications();
    expect(messages.map(({ subject }) => subject)).toContainEqual(
      expect.stringContaining('DeleteVpcPeeringConnection'),
    );
    await sweep();
    expect(await statusOf(trial)).toBe('deleted');
    expect(await told(trial)).toContain(`VPC peering ${trial.pcx} was deleted: its time was over`);
    expect(await statusOf(kept)).toBe('active');
    expect(await statusOf(renewed)).toBe('active');
  });
});
