import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { AcceptVpcPeeringConnectionCommand, DeleteVpcPeeringConnectionCommand } from '@aws-sdk/client-ec2';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ListDocumentsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import { createServer, createVpc } from '../../local/tutorial/world.ts';
import { eventually, type LabAccount, type LabVpc, labAccount, tagOf } from '../support/lab-account.ts';

/**
 * Every kind of peering, with the deployed stack in one account or in both, asked for before the stack came or after, and
 * deleted from either side. `alpha` and `beta` run the product and trust each other, `bare` runs nothing.
 */

const HOME = 'us-east-1';
const FAR = 'eu-west-1';
const ACCOUNTS = { alpha: '123456789012', beta: '210987654321', bare: '555555555555' } as const;
type Who = keyof typeof ACCOUNTS;
type Side = 'requester' | 'accepter';
type When = 'before the stack' | 'after the stack';

const RUNS_STACK: ReadonlySet<Who> = new Set(['alpha', 'beta']);
const POLICY = join(__dirname, 'both-sides.yml');

/** Forged events. Ten thousand take a minute and show the same: FLOOD_EVENTS=10000. */
const FLOOD = Number(process.env.FLOOD_EVENTS ?? 2000);

let lab: Lab;
const accounts = new Map<string, LabAccount>();
const control = {} as Record<'alpha' | 'beta', LabControl>;
let nextBlock = 0;

function block(): string {
  nextBlock += 1;
  return `10.${nextBlock}.0.0/16`;
}

async function at(who: Who, region: string): Promise<LabAccount> {
  const key = `${who} ${region}`;
  const known = accounts.get(key);
  if (known !== undefined) return known;
  const made = await labAccount({ endpoint: lab.url, region, accountId: ACCOUNTS[who] });
  accounts.set(key, made);
  return made;
}

async function sweep(): Promise<void> {
  await Promise.all(Object.values(control).map((each) => each.fire('sweep')));
  await lab.idle();
}

interface End {
  readonly who: Who;
  readonly region: string;
  readonly account: LabAccount;
  readonly vpc: LabVpc;
}

interface Case {
  readonly requester: Who;
  readonly accepter: Who;
  readonly accepterRegion: string;
  readonly when: When;
  readonly deleter: Side;
}

interface Asked extends Case {
  readonly ends: Readonly<Record<Side, End>>;
  readonly peeringId: string;
}

async function end(who: Who, region: string): Promise<End> {
  const account = await at(who, region);
  return { who, region, account, vpc: await account.createVpc(block()) };
}

async function ask(made: Case): Promise<Asked> {
  const requester = await end(made.requester, HOME);
  const accepter = await end(made.accepter, made.accepterRegion);
  const peeringId = await requester.account.request(requester.vpc, accepter.vpc, {
    accountId: ACCOUNTS[made.accepter],
    region: made.accepterRegion,
  });
  return { ...made, ends: { requester, accepter }, peeringId };
}

const OWNERS: readonly (readonly [requester: Who, accepter: Who])[] = [
  ['alpha', 'alpha'],
  ['alpha', 'beta'],
  ['alpha', 'bare'],
  ['bare', 'alpha'],
];

const CASES: readonly Case[] = OWNERS.flatMap(([requester, accepter]) =>
  [HOME, FAR].flatMap((accepterRegion) =>
    (['before the stack', 'after the stack'] as const).flatMap((when) =>
      (['requester', 'accepter'] as const).map((deleter) => ({
        requester,
        accepter,
        accepterRegion,
        when,
        deleter,
      })),
    ),
  ),
);

function title({ requester, accepter, accepterRegion, when, deleter }: Case): string {
  const region = accepterRegion === HOME ? 'same Region' : 'other Region';
  return `${requester} asks ${accepter}, ${region}, ${when}; deleted by the ${deleter}`;
}

async function routesOf({ account, vpc }: End): Promise<string[]> {
  return account.peeringRoutes(vpc.tableId);
}

async function routed(asked: Asked, side: Side): Promise<void> {
  const here = asked.ends[side];
  const there = asked.ends[side === 'requester' ? 'accepter' : 'requester'];
  const wanted = [`${there.vpc.cidr} -> ${asked.peeringId} active`];
  await eventually(`route ${wanted} of ${here.who} in ${here.vpc.tableId}`, async () =>
    JSON.stringify(await routesOf(here)) === JSON.stringify(wanted) ? true : undefined,
  );
  expect(await here.account.peeringRoutes(here.vpc.plainTableId)).toEqual([]);
}

async function clean(here: End): Promise<void> {
  await eventually(`no peering route of ${here.who} in ${here.vpc.tableId}`, async () =>
    (await routesOf(here)).length === 0 ? true : undefined,
  );
}

const SIDES = ['requester', 'accepter'] as const;
const managed = (asked: Asked) => SIDES.filter((side) => RUNS_STACK.has(asked.ends[side].who));

/** Asked before any stack was deployed, by title. */
const early = new Map<string, Asked>();

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  for (const made of CASES.filter(({ when }) => when === 'before the stack')) {
    early.set(title(made), await ask(made));
  }
  control.alpha = createLabControl(lab.url, ACCOUNTS.alpha);
  control.beta = createLabControl(lab.url, ACCOUNTS.beta);
  await Promise.all([
    lab.deploy({ account: ACCOUNTS.alpha, policyFile: POLICY }),
    lab.deploy({ account: ACCOUNTS.beta, policyFile: POLICY }),
  ]);
});

afterAll(async () => {
  await lab?.stop();
});

describe('a peering', () => {
  it.each(CASES.map((made) => [title(made), made] as const))('%s', async (name, made) => {
    const known = early.get(name);
    const asked = known ?? (await ask(made));
    const { accepter } = asked.ends;
    if (!RUNS_STACK.has(accepter.who)) {
      await accepter.account.ec2.send(
        new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: asked.peeringId }),
      );
    }
    // Where both sides run the stack and it was there first, events are enough.
    const byEvent = known === undefined && SIDES.every((side) => RUNS_STACK.has(asked.ends[side].who));
    if (!byEvent) await sweep();

    for (const side of managed(asked)) {
      await routed(asked, side);
    }
    await lab.idle();
    for (const side of SIDES.filter((each) => !managed(asked).includes(each))) {
      expect(await routesOf(asked.ends[side])).toEqual([]);
    }
    if (RUNS_STACK.has(accepter.who)) {
      const seen = await accepter.account.peering(asked.peeringId);
      expect(tagOf(seen, 'rule')).toBe('all-of-ours');
    }

    const deleter = asked.ends[asked.deleter];
    await deleter.account.ec2.send(
      new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: asked.peeringId }),
    );
    if (asked.ends.requester.who !== asked.ends.accepter.who) await sweep();
    for (const side of managed(asked)) {
      await clean(asked.ends[side]);
    }
  });
});

describe('the connectivity check of two accounts', () => {
  it('pings in each account and Region, and tells the account at the other end what it saw', async () => {
    const near = await at('alpha', HOME);
    const far = await at('beta', FAR);
    const a = await createVpc(near.ec2, 'VPC-A', '10.201.0.0/16', '10.201.1.0/24');
    const b = await createVpc(far.ec2, 'VPC-B', '10.202.0.0/16', '10.202.1.0/24');
    await createServer(near.ec2, a, 'server1', '10.201.1.13');
    await createServer(far.ec2, b, 'server2', '10.202.1.139');
    const pcx = await near.request(a, b, { accountId: ACCOUNTS.beta, region: FAR });
    for (const [account, here, there] of [
      [near, a, b],
      [far, b, a],
    ] as const) {
      await eventually(`a route to ${there.cidr}`, async () =>
        (await account.peeringRoutes(here.optedInTableId)).includes(`${there.cidr} -> ${pcx} active`)
          ? true
          : undefined,
      );
    }
    await lab.idle();

    await Promise.all(Object.values(control).map((each) => each.fire('check-connectivity')));
    await lab.idle();

    for (const [who, region] of [
      ['alpha', HOME],
      ['beta', FAR],
    ] as const) {
      const metrics = await fetch(`${lab.url}/_lab/metrics?name=PacketLoss&account=${ACCOUNTS[who]}`);
      const values = (await metrics.json()) as { readonly value: number }[];
      expect([who, values.map(({ value }) => value)]).toEqual([who, [0]]);
      const { credentials } = await at(who, HOME);
      const registry = new DynamoDBClient({ endpoint: lab.url, region: HOME, credentials });
      const note = await eventually(`a note of the other side's verdict in ${who}`, async () => {
        const { Item } = await registry.send(
          new GetItemCommand({
            TableName: 'vpc-peering-autopilot-prod',
            Key: { region: { S: region }, item: { S: `note#peer ${pcx}` } },
          }),
        );
        return Item?.value?.S;
      });
      expect(JSON.parse(note)).toMatchObject({
        accountId: ACCOUNTS[who === 'alpha' ? 'beta' : 'alpha'],
        verdict: 'reachable',
      });
    }
  });
});

describe('a trusted account that sends forged events', () => {
  /** The bus takes events in roles of this product only, but whoever administers an account can give itself such a role. */
  const FORGER = { Path: '/vpc-peering-autopilot/prod/', RoleName: 'forger' };
  let forger: EventBridgeClient;

  beforeAll(async () => {
    const { credentials } = await at('beta', HOME);
    const config = { endpoint: lab.url, region: HOME, credentials };
    const iam = new IAMClient(config);
    const statement = (of: object) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...of }] });
    const { Role } = await iam.send(
      new CreateRoleCommand({
        ...FORGER,
        AssumeRolePolicyDocument: statement({ Principal: { AWS: ACCOUNTS.beta }, Action: 'sts:AssumeRole' }),
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: FORGER.RoleName,
        PolicyName: 'everything',
        PolicyDocument: statement({ Action: 'events:PutEvents', Resource: '*' }),
      }),
    );
    const { Credentials } = await new STSClient(config).send(
      new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'forger' }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    forger = new EventBridgeClient({
      ...config,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    });
  });

  /** @returns how many of them the bus refused. */
  async function put(entries: readonly PutEventsRequestEntry[], events = forger): Promise<number> {
    const EventBusName = `arn:aws:events:${HOME}:${ACCOUNTS.alpha}:event-bus/vpc-peering-autopilot-prod`;
    let refused = 0;
    for (let start = 0; start < entries.length; start += 10) {
      const answer = await events.send(
        new PutEventsCommand({
          Entries: entries.slice(start, start + 10).map((entry) => ({ EventBusName, ...entry })),
        }),
      );
      refused += answer.FailedEntryCount ?? 0;
    }
    return refused;
  }

  const hint = (detail: Readonly<Record<string, unknown>>, DetailType = 'Peering Requested') => ({
    Source: 'vpc-peering-autopilot',
    DetailType,
    Detail: JSON.stringify({ accountId: ACCOUNTS.beta, region: HOME, ...detail }),
  });

  /** A request that no rule allows: it comes from an account that the policy does not name. */
  async function unwanted(): Promise<{ peeringId: string; victim: End }> {
    const stranger = await labAccount({ endpoint: lab.url, region: HOME, accountId: '333333333333' });
    const from = await stranger.createVpc(block());
    const victim = await end('alpha', HOME);
    return { peeringId: await stranger.request(from, victim.vpc, { accountId: ACCOUNTS.alpha }), victim };
  }

  it('gets nothing accepted or routed that policy and EC2 do not give', async () => {
    const { peeringId, victim } = await unwanted();
    const forged = [
      hint({ peeringId }),
      hint({ peeringId, accountId: ACCOUNTS.alpha, decision: 'accept', rule: 'all-of-ours' }),
      hint({ peeringId }, 'Routes Synced'),
      hint({ peeringId: 'pcx-0123456789abcdef0' }),
      hint({ peeringId: ['pcx-1'], region: { name: HOME } }),
      hint({ peeringId, padding: 'x'.repeat(100_000) }),
      hint({ peeringId: `${peeringId}\u001b[2J<script>` }),
    ];
    expect(await put([...forged, ...forged])).toBe(0);
    await lab.idle();
    const account = await at('alpha', HOME);
    expect((await account.peering(peeringId))?.Status?.Code).toBe('pending-acceptance');
    expect(await routesOf(victim)).toEqual([]);
  });

  it('cannot send anything but in a role of this product', async () => {
    const { credentials } = await at('beta', HOME);
    const administrator = new EventBridgeClient({ endpoint: lab.url, region: HOME, credentials });
    expect(await put([hint({}), hint({}, 'Routes Synced')], administrator)).toBe(2);
  });

  it('cannot send what only this account sends', async () => {
    expect(await put([hint({}, 'Sweep Requested'), hint({ peeringId: 'pcx-1' }, 'Peering Accepted')])).toBe(
      2,
    );
    expect(await put([{ ...hint({}), Source: 'aws.ec2' }])).toBe(1);
  });

  it('changes nothing by sending thousands, and the next real request is decided', async () => {
    const { peeringId } = await unwanted();
    // Peerings that are not there are looked for a moment longer than others, so there are fewer of them here.
    const lies = [{ peeringId }, { peeringId: 7 }, { peeringId }, {}];
    const flood = Array.from({ length: FLOOD }, (_, index) =>
      hint(
        index % 100 === 0 ? { peeringId: `pcx-${randomUUID().slice(0, 8)}` } : (lies[index % 4] ?? {}),
        index % 8 < 4 ? 'Peering Requested' : 'Routes Synced',
      ),
    );
    expect(await put(flood)).toBe(0);
    expect(await lab.idle(400_000)).toBe(true);
    const account = await at('alpha', HOME);
    expect((await account.peering(peeringId))?.Status?.Code).toBe('pending-acceptance');
    const asked = await ask({
      requester: 'beta',
      accepter: 'alpha',
      accepterRegion: HOME,
      when: 'after the stack',
      deleter: 'requester',
    });
    await routed(asked, 'accepter');
    await routed(asked, 'requester');
  });
});

describe('an account whose policy changes its Regions', () => {
  const ACCOUNT = '666666666666';
  let directory = '';
  let policyFile = '';

  const regions = async (list: readonly string[]) => {
    await writeFile(
      policyFile,
      `version: 1\nregions: [${list.join(', ')}]\nrules:\n  - { name: own, effect: accept, remote: { accounts: [self] } }\n`,
    );
    await lab.deploy({ account: ACCOUNT, policyFile });
  };

  /** Everything in a Region whose name says that it is ours. */
  async function left(region: string): Promise<string[]> {
    const { credentials } = await labAccount({ endpoint: lab.url, region, accountId: ACCOUNT });
    const config = { endpoint: lab.url, region, credentials };
    const ours = (names: readonly (string | undefined)[]) =>
      names.filter((name): name is string => name?.includes('vpc-peering-autopilot') === true);
    const { Rules = [] } = await new EventBridgeClient(config).send(new ListRulesCommand({}));
    const { QueueUrls = [] } = await new SQSClient(config).send(new ListQueuesCommand({}));
    const { DocumentIdentifiers = [] } = await new SSMClient(config).send(
      new ListDocumentsCommand({ Filters: [{ Key: 'Owner', Values: ['Self'] }] }),
    );
    const { Roles = [] } = await new IAMClient(config).send(new ListRolesCommand({}));
    return [
      ...ours(Rules.map(({ Name }) => Name)),
      ...ours(QueueUrls),
      ...ours(DocumentIdentifiers.map(({ Name }) => Name)),
      ...ours(Roles.map(({ Path, RoleName }) => `${Path}${RoleName}`)),
    ];
  }

  async function own(region: string): Promise<LabAccount> {
    return labAccount({ endpoint: lab.url, region, accountId: ACCOUNT });
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'peering-regions-'));
    policyFile = join(directory, 'policy.yml');
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('has requests of a new Region accepted and routed by event alone', async () => {
    await regions([HOME]);
    const far = await own(FAR);
    const [a, b] = [await far.createVpc(block()), await far.createVpc(block())];
    const pending = await far.request(a, b);
    await lab.idle();
    expect((await far.peering(pending))?.Status?.Code).toBe('pending-acceptance');

    await regions([HOME, FAR]);
    const [c, d] = [await far.createVpc(block()), await far.createVpc(block())];
    const pcx = await far.request(c, d);
    await eventually(`routes of ${pcx}`, async () =>
      (await far.peeringRoutes(c.tableId)).includes(`${d.cidr} -> ${pcx} active`) &&
      (await far.peeringRoutes(d.tableId)).includes(`${c.cidr} -> ${pcx} active`)
        ? true
        : undefined,
    );
  });

  it('is told once of a Region that AWS refuses to show, while the other Region goes on', async () => {
    const [here, far, told] = [await own(HOME), await own(FAR), createLabControl(lab.url, ACCOUNT)];
    const fault = await fetch(`${lab.url}/_lab/faults`, {
      method: 'POST',
      body: JSON.stringify({
        service: 'ec2',
        action: 'DescribeRouteTables',
        kind: 'denied',
        times: 100_000,
        principal: `${ACCOUNT}:assumed-role/vpc-peering-autopilot`,
        region: FAR,
      }),
    });
    expect(fault.status).toBe(200);
    const [a, b] = [await here.createVpc(block()), await here.createVpc(block())];
    const [c, d] = [await far.createVpc(block()), await far.createVpc(block())];
    const [near, held] = [await here.request(a, b), await far.request(c, d)];
    for (let times = 0; times < 3; times += 1) {
      await told.fire('sweep');
      await lab.idle();
    }
    expect(await here.peeringRoutes(a.tableId)).toEqual([`${b.cidr} -> ${near} active`]);
    expect((await far.peering(held))?.Status?.Code).toBe('pending-acceptance');
    const subjects = (await told.notifications()).map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject?.startsWith('AWS refuses'))).toEqual([
      `AWS refuses DescribeRouteTables in ${ACCOUNT} (${FAR})`,
    ]);

    await fetch(`${lab.url}/_lab/faults`, { method: 'DELETE' });
    await told.fire('sweep');
    await lab.idle();
    await eventually(`routes of ${held}`, async () =>
      (await far.peeringRoutes(c.tableId)).includes(`${d.cidr} -> ${held} active`) ? true : undefined,
    );
  });

  it('gets back by the sweep what somebody deleted in a Region', async () => {
    const { credentials } = await own(FAR);
    const events = new EventBridgeClient({ endpoint: lab.url, region: FAR, credentials });
    const Name = 'vpc-peering-autopilot.prod.peering-requested-by-api';
    await events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ['home-bus'] }));
    await events.send(new DeleteRuleCommand({ Name }));
    await createLabControl(lab.url, ACCOUNT).fire('sweep');
    await eventually(`rule ${Name}`, async () => {
      const { Rules = [] } = await events.send(new ListRulesCommand({ NamePrefix: Name }));
      const [rule] = Rules;
      if (rule === undefined) return undefined;
      const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
      return Targets.length === 1 ? true : undefined;
    });
  });

  it('is deployed without a Region that is not enabled, and people are told which', async () => {
    const missing = 'af-south-1';
    const setting = await fetch(`${lab.url}/_lab/regions/${missing}?account=${ACCOUNT}`, {
      method: 'PUT',
      body: JSON.stringify({ optInStatus: 'not-opted-in' }),
    });
    expect(setting.status).toBe(200);
    await regions([HOME, FAR, missing]);
    await lab.idle();
    const told = await createLabControl(lab.url, ACCOUNT).notifications();
    expect(told.map(({ subject }) => subject)).toContain(`VPC peering: not managed in ${missing}`);
  });

  it('has nothing left in a Region that is dropped', async () => {
    expect((await left(FAR)).filter((name) => !name.startsWith('/'))).not.toEqual([]);
    await regions([HOME]);
    expect((await left(FAR)).filter((name) => !name.startsWith('/'))).toEqual([]);
  });

  it('has nothing left in any Region when the stack is removed', async () => {
    await regions([HOME, FAR]);
    await lab.remove({ account: ACCOUNT, policyFile });
    expect(await left(HOME)).toEqual([]);
    expect(await left(FAR)).toEqual([]);
  });
});
