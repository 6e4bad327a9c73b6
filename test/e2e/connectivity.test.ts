import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteNetworkAclEntryCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeNetworkAclsCommand,
  EC2Client,
  ReplaceRouteCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import {
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
} from '@aws-sdk/client-eventbridge';
import { createLabControl, type LabControl } from 'local-aws-peering';
import { type Lab, startLab } from '../../local/lab.ts';
import {
  createServer,
  createVpc,
  createWorld,
  type TutorialVpc,
  type World,
} from '../../local/tutorial/world.ts';
import { type BuiltCommand, builtCommand } from '../cli/support/command.ts';
import { eventually, type LabAccount, labAccount } from '../support/lab-account.ts';

/**
 * The deployed connectivity check over the lab's network: the tutorial's servers, pinged by the stack itself. And the engineer at
 * night: what breaks is told once, with its cause, and shows wherever one looks.
 */

const REGION = 'us-east-1';
/** Has no stack; connectivity.yml names the address of its server. */
const PARTNER = '222222222222';
const THEIR_ADDRESS = '10.9.1.20';

interface ShownMetric {
  readonly name: string;
  readonly value: number;
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

let lab: Lab;
let control: LabControl;
let world: World;
let own: LabAccount;
let command: BuiltCommand;
let pcx: string;
let toldBefore = 0;

async function metrics(name: string): Promise<number[]> {
  const answer = await fetch(`${lab.url}/_lab/metrics`);
  return ((await answer.json()) as ShownMetric[])
    .filter((each) => each.name === name)
    .map(({ value }) => value);
}

async function alarmState(name: string): Promise<string | undefined> {
  await control.evaluateAlarms();
  const cloudwatch = new CloudWatchClient({ endpoint: lab.url, region: REGION });
  const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({}));
  return MetricAlarms?.find(({ AlarmName }) => AlarmName?.endsWith(`-${name}`))?.StateValue;
}

async function check(): Promise<void> {
  await control.fire('check-connectivity');
  await control.idle();
}

/** What people were told since the breakage, without what alarms add. */
async function told(): Promise<{ readonly subject: string; readonly message: string }[]> {
  const all = await control.notifications();
  return all.slice(toldBefore).filter(({ subject }) => !/^(ALARM|OK|INSUFFICIENT)/.test(subject));
}

const peering = async (...args: readonly string[]) => {
  const { code, stdout } = await command.run(args, { env: lab.env });
  return { code, stdout };
};

/** The command at the time of the lab, which its functions see and a process does not. */
async function atLabTime(...args: readonly string[]) {
  const { now } = (await (await fetch(`${lab.url}/_lab/clock`)).json()) as { readonly now: string };
  const shift = join(command.directory, 'lab-time.mjs');
  writeFileSync(
    shift,
    `const Machine = Date;
     const now = () => Machine.now() + ${new Date(now).getTime() - Date.now()};
     globalThis.Date = class extends Machine {
       constructor(...given) { if (given.length === 0) super(now()); else super(...given); }
       static now() { return now(); }
     };`,
  );
  return command.run(args, { env: { ...lab.env, NODE_OPTIONS: `--import=${shift}` } });
}

interface ShownPing {
  readonly at: string;
  readonly verdict: string;
  readonly averageRtt: number | null;
  readonly priceClasses: readonly string[];
}

/** As `peering status` shows them, of each view. */
async function lastPings(): Promise<readonly (ShownPing | null)[]> {
  const { stdout } = await peering('status', '--json');
  const { views } = JSON.parse(stdout) as {
    readonly views: readonly { readonly lastPing: ShownPing | null }[];
  };
  return views.map(({ lastPing }) => lastPing);
}

/** Every verb says of the network that nothing is wrong with it. */
async function expectWell(ends?: readonly string[]): Promise<void> {
  const { drift, status, explain, report } = await shown(ends);
  expect([drift.code, explain.code]).toEqual([0, 0]);
  expect(drift.stdout).toContain('No drift');
  expect(status).not.toMatch(/lost|unreachable|missing|not checked/);
  expect(report).not.toMatch(/class="edge lost"|unreachable|not checked since|peering lost/);
}

async function sweep(): Promise<void> {
  await control.fire('sweep');
  await control.idle();
}

async function laterBy(minutes: number): Promise<void> {
  await fetch(`${lab.url}/_lab/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceSeconds: minutes * 60 }),
  });
}

/** What each verb says of the network now. */
async function shown(ends: readonly string[] = [world.server1.instanceId, world.server2.address]) {
  const [drift, status, explain] = await Promise.all([
    peering('drift'),
    peering('status'),
    peering('explain', ...ends),
  ]);
  const file = join(command.directory, 'report.html');
  await peering('report', '--out', file);
  return { drift, status: status.stdout, explain, report: readFileSync(file, 'utf8') };
}

beforeAll(async () => {
  command = await builtCommand();
  const policy = join(__dirname, '../../local/tutorial/policy.yml');
  writeFileSync(join(command.directory, 'peering-policy.yml'), readFileSync(policy));
  lab = await startLab({ progress: () => undefined });
  Object.assign(process.env, lab.env);
  control = createLabControl(lab.url);
  await lab.deploy({ policyFile: policy, region: REGION });
  world = await createWorld(new EC2Client({ endpoint: lab.url, region: REGION }));
  own = await labAccount({ endpoint: lab.url, region: REGION });
  pcx = await own.request(world.vpcA, world.vpcB);
  await eventually('routes on both sides', async () => {
    const routes = [
      ...(await own.peeringRoutes(world.vpcA.optedInTableId)),
      ...(await own.peeringRoutes(world.vpcB.optedInTableId)),
    ];
    return routes.filter((route) => route.endsWith(`${pcx} active`)).length === 2 ? true : undefined;
  });
  await control.idle();
});

beforeEach(async () => {
  toldBefore = (await control.notifications()).length;
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

describe('the connectivity check', () => {
  it('pings from both sides, and shows loss, round-trip times and the price class of the path; no metric but that of the alarm', async () => {
    await check();
    const pings = await lastPings();
    expect(pings).toHaveLength(2);
    for (const ping of pings) {
      expect(ping).toMatchObject({ verdict: 'reachable', lossPercent: 0 });
      expect(ping?.averageRtt).toBeGreaterThan(0);
      expect(ping?.averageRtt).toBeLessThan(10);
      expect(ping?.priceClasses.join()).toMatch(/same-zone|other-zone/);
    }
    expect([await metrics('PacketLoss'), await metrics('RoundTripTime')]).toEqual([[], []]);
    expect(await alarmState('ConnectivityLost')).toBe('OK');
  });

  it('is read by one invocation, which says nothing of what is settled, and noted each time', async () => {
    const [before] = await lastPings();
    const logged = async () =>
      (await (await fetch(`${lab.url}/_lab/logs?function=record-connectivity`)).text()).split(
        '"connectivity"',
      ).length;
    const invoked = async () => {
      const answer = await fetch(`${lab.url}/_lab/invocations?function=record-connectivity`);
      return ((await answer.json()) as readonly unknown[]).length;
    };
    const [lines, invocations] = [await logged(), await invoked()];
    await laterBy(1);
    await check();
    expect([await logged(), await invoked()]).toEqual([lines, invocations + 1]);
    const [after] = await lastPings();
    expect(Date.parse(after?.at ?? '')).toBeGreaterThan(Date.parse(before?.at ?? ''));
  });

  it('tells at once where pings are lost, alarms, and tells when they are answered again', async () => {
    const { ec2, server2, server1 } = world;
    const groupId = server2.securityGroupId;
    const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    // server2 can still be reached, and can no longer ask.
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [all] }));
    await check();
    const lost = await eventually('a message about lost pings', async () =>
      (await control.notifications()).find(
        ({ subject }) => subject === `Connectivity lost: VPC-A - VPC-B (${pcx}), 100% loss`,
      ),
    );
    expect(lost.message).toContain(groupId);
    expect(lost.message).toContain(`peering explain ${server2.instanceId} ${server1.address}`);
    await eventually('the alarm', async () =>
      (await alarmState('ConnectivityLost')) === 'ALARM' ? true : undefined,
    );

    await check();
    const told = (await control.notifications()).filter(({ subject }) =>
      subject.startsWith('Connectivity lost'),
    );
    expect(told).toHaveLength(1);

    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [all] }));
    await check();
    await eventually('a message about restored pings', async () =>
      (await control.notifications()).find(
        ({ subject }) => subject === `Connectivity restored: VPC-A - VPC-B (${pcx})`,
      ),
    );
  });

  it('counts a command that Systems Manager could not deliver as no verdict, not as loss', async () => {
    await fetch(`${lab.url}/_lab/ssm/faults`, {
      method: 'POST',
      body: JSON.stringify({ instanceId: world.server1.instanceId, status: 'Undeliverable', times: 1 }),
    });
    await check();
    expect((await lastPings()).map((ping) => ping?.verdict).sort()).toEqual(['none', 'reachable']);
    expect(Math.max(...(await metrics('ProbesWithoutVerdict')))).toBe(1);
    // The next checks tell that, and once their pings have come back that it is over: one check makes it news.
    await eventually('a message that it is checked again', async () => {
      await check();
      return (await told()).some(({ subject }) => subject.startsWith('Checked again')) ? true : undefined;
    });
    expect((await told()).map(({ subject }) => subject)).toEqual([
      `Not checked any more: VPC-A - VPC-B (${pcx})`,
      `Checked again: VPC-A - VPC-B (${pcx})`,
    ]);
  });

  it('connects to the ports that a tag names, by the same command, and tells of the one that does not answer', async () => {
    const { ec2, server2 } = world;
    const Resources = [server2.instanceId];
    const tag = (Key: string, Value: string) => ({ Key, Value });
    const Tags = [tag('lab:listens', '5432'), tag('peering-autopilot:probe-ports', '5432')];
    await ec2.send(new CreateTagsCommand({ Resources, Tags }));
    // The tutorial's groups let in pings alone.
    await check();
    const [lost] = await eventually('a message about the port', async () => {
      const messages = await told();
      return messages.length === 0 ? undefined : messages;
    });
    expect(lost?.message).toMatch(/^Connections to TCP 5432 of \S+ across/);
    expect(lost?.message).toMatch(/fails: security-group-in/);
    expect(lost?.message).toContain(`${server2.address} --port 5432`);

    const from = [{ CidrIp: '10.0.0.0/8' }];
    const permissions = [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: from }];
    const GroupId = server2.securityGroupId;
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: permissions }));
    await check();
    await eventually('a message that it answers again', async () =>
      (await told()).some(({ subject }) => subject.startsWith('Connectivity restored')) ? true : undefined,
    );
    const logs = await (await fetch(`${lab.url}/_lab/logs?function=record-connectivity`)).text();
    expect(logs).toContain('TCP port 5432 took the connection');
    expect(logs).toContain('Packets of 9,001 bytes pass');
    await ec2.send(new DeleteTagsCommand({ Resources, Tags }));
  });
});

async function aclOf(vpcId: string): Promise<string> {
  const { NetworkAcls = [] } = await world.ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
  );
  return NetworkAcls[0]?.NetworkAclId ?? '';
}

const ICMP = { IpProtocol: 'icmp', FromPort: -1, ToPort: -1, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };

interface Breakage {
  readonly what: string;
  breaks(): Promise<unknown>;
  mends(): Promise<unknown>;
  /** What is at fault. */
  cause(): Promise<string>;
}

const LOSING: readonly Breakage[] = [
  {
    what: 'a network ACL denies',
    async breaks() {
      await world.ec2.send(
        new CreateNetworkAclEntryCommand({
          NetworkAclId: await aclOf(world.vpcB.vpcId),
          RuleNumber: 10,
          Protocol: '-1',
          RuleAction: 'deny',
          Egress: false,
          CidrBlock: world.vpcA.cidr,
        }),
      );
    },
    async mends() {
      await world.ec2.send(
        new DeleteNetworkAclEntryCommand({
          NetworkAclId: await aclOf(world.vpcB.vpcId),
          RuleNumber: 10,
          Egress: false,
        }),
      );
    },
    cause: () => aclOf(world.vpcB.vpcId),
  },
  {
    what: 'a rule of a security group is removed',
    breaks: () =>
      world.ec2.send(
        new RevokeSecurityGroupIngressCommand({
          GroupId: world.server2.securityGroupId,
          IpPermissions: [ICMP],
        }),
      ),
    mends: () =>
      world.ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: world.server2.securityGroupId,
          IpPermissions: [ICMP],
        }),
      ),
    cause: async () => world.server2.securityGroupId,
  },
];

describe.each(LOSING)('$what', ({ breaks, mends, cause }) => {
  it('is one message that names cause and cure, shows everywhere, and is told as over once mended', async () => {
    await breaks();
    await check();
    const [lost, ...more] = await eventually('a message', async () => {
      const messages = await told();
      return messages.length === 0 ? undefined : messages;
    });
    expect([lost?.subject, more]).toEqual([`Connectivity lost: VPC-A - VPC-B (${pcx}), 100% loss`, []]);
    expect(lost?.message).toContain('The fault is visible from here');
    expect(lost?.message).toContain(await cause());
    const { server1, server2 } = world;
    expect(lost?.message).toContain(`${server1.instanceId} -> ${server2.address}: unreachable`);
    expect(lost?.message).toContain(`${server2.instanceId} -> ${server1.address}: `);

    const { drift, status, explain, report } = await shown();
    expect([drift.code, drift.stdout]).toEqual([2, expect.stringContaining('unreachable')]);
    expect(drift.stdout).toContain(`peering explain ${world.server1.instanceId} ${world.server2.address}`);
    expect(status).toMatch(/unreachable.*unreachable/);
    expect(explain.stdout).toContain(await cause());
    expect(report).toContain('unreachable');
    expect(report).toContain('peering lost');
    expect(report).toContain('class="edge lost"');

    await check();
    expect(await told()).toHaveLength(1);
    await mends();
    await check();
    expect((await told()).map(({ subject }) => subject).slice(1)).toEqual([
      `Connectivity restored: VPC-A - VPC-B (${pcx})`,
    ]);
    const after = await shown();
    expect([after.drift.code, after.explain.code]).toEqual([0, 0]);
    expect(after.status).not.toContain('unreachable');
  });
});

describe('the source goes offline', () => {
  it('is told once, is not called fine anywhere meanwhile, and is told as over once a ping is back', async () => {
    const faults = `${lab.url}/_lab/ssm/faults`;
    const { instanceId } = world.server1;
    await fetch(faults, { method: 'POST', body: JSON.stringify({ instanceId, status: 'Offline' }) });
    await check();
    await check();
    const messages = await told();
    expect(messages.map(({ subject }) => subject)).toEqual([`Not checked any more: VPC-A - VPC-B (${pcx})`]);
    expect(messages[0]?.message).toContain(
      `Systems Manager does not see ${instanceId} of ${world.vpcA.vpcId} online`,
    );

    const { drift, status, report } = await shown();
    expect([drift.code, drift.stdout]).toEqual([2, expect.stringContaining('not-checked')]);
    expect(status).toContain('not checked since');
    expect(report).toContain('not checked since');
    expect(report).toContain('peering not checked any more');
    expect(report).toContain('class="edge lost"');

    await fetch(faults, { method: 'DELETE' });
    await check();
    await check();
    expect((await told()).map(({ subject }) => subject).slice(1)).toEqual([
      `Checked again: VPC-A - VPC-B (${pcx})`,
    ]);
    expect((await shown()).drift.code).toBe(0);
  });
});

async function deleteRouteToB(): Promise<void> {
  await world.ec2.send(
    new DeleteRouteCommand({
      RouteTableId: world.vpcA.optedInTableId,
      DestinationCidrBlock: world.vpcB.cidr,
    }),
  );
  await control.idle();
}

/** As if CloudTrail were late: what an event brings comes with the next sweep. */
async function withoutEvents(change: () => Promise<void>): Promise<void> {
  const events = new EventBridgeClient({ endpoint: lab.url, region: REGION });
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  const names = Rules.flatMap(({ Name, EventPattern }) => (Name && EventPattern ? [Name] : []));
  for (const Name of names) await events.send(new DisableRuleCommand({ Name }));
  await change();
  for (const Name of names) await events.send(new EnableRuleCommand({ Name }));
}

async function deletePeering(): Promise<void> {
  await world.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: pcx }));
  await control.idle();
  await sweep();
  await check();
}

describe('a route is deleted', () => {
  it('is one message, and is back before a check can miss it', async () => {
    await deleteRouteToB();
    await check();
    await sweep();
    const [drift, ...more] = await told();
    expect(more).toEqual([]);
    expect(drift?.subject).toMatch(/^Route drift in 123456789012 \(us-east-1\): 1 missing in rtb-/);
    expect(drift?.message).toContain(world.vpcA.optedInTableId);
    expect(drift?.message).toMatch(/Changed by: .*\(DeleteRoute\)/);
    expect(drift?.message).toContain('Being repaired; nothing to do.');
    await expectWell();
  });
});

describe('the check does not run', () => {
  const rule = () => ({ GroupId: world.server2.securityGroupId, IpPermissions: [ICMP] });

  it('is told once by the sweeps, leaves the alarm of a loss on, and is over when it runs again', async () => {
    await world.ec2.send(new RevokeSecurityGroupIngressCommand(rule()));
    await check();
    await eventually('the alarm', async () =>
      (await alarmState('ConnectivityLost')) === 'ALARM' ? true : undefined,
    );
    // Nothing checks for as long as results may be late, and sweeps are rare.
    await laterBy(25);
    expect(await alarmState('ConnectivityLost')).toBe('ALARM');
    await sweep();
    await laterBy(14);
    await sweep();
    const [lost, stopped, ...more] = await told();
    expect([lost?.subject, stopped?.subject, more]).toEqual([
      `Connectivity lost: VPC-A - VPC-B (${pcx}), 100% loss`,
      'Route drift in 123456789012 (us-east-1): 1 not-checked',
      [],
    ]);
    expect(stopped?.message).toContain('check-connectivity does not run');
    expect(stopped?.message).toContain('Run: peering doctor, and peering logs check-connectivity.');
    expect([await alarmState('ConnectivityLost'), await alarmState('RouteDriftUnrepaired')]).toEqual([
      'ALARM',
      'ALARM',
    ]);
    const [drift, status] = await Promise.all([atLabTime('drift'), atLabTime('status')]);
    expect([drift.code, drift.stdout]).toEqual([2, expect.stringContaining('not-checked')]);
    expect(drift.stdout).toContain('The last result was a loss.');
    expect(status.stdout).toContain('not checked since');

    await world.ec2.send(new AuthorizeSecurityGroupIngressCommand(rule()));
    await laterBy(6);
    await check();
    expect((await told()).slice(2).map(({ subject }) => subject)).toEqual([
      `Connectivity restored: VPC-A - VPC-B (${pcx})`,
    ]);
    expect(await alarmState('ConnectivityLost')).toBe('OK');
    await laterBy(61);
    await check();
    await sweep();
    expect(await alarmState('RouteDriftUnrepaired')).toBe('OK');
    expect(await told()).toHaveLength(3);
    expect(await atLabTime('drift')).toMatchObject({ code: 0 });
  });
});

describe('the check does not run, and nothing was lost', () => {
  it('is told once, and once when it runs again', async () => {
    await check();
    const before = (await told()).length;
    await laterBy(25);
    await sweep();
    await sweep();
    await laterBy(6);
    await check();
    await sweep();
    await sweep();
    const [stopped, again, ...more] = (await told()).slice(before);
    expect([stopped?.subject, again?.subject, more]).toEqual([
      'Route drift in 123456789012 (us-east-1): 1 not-checked',
      `Checked again: VPC-A - VPC-B (${pcx})`,
      [],
    ]);
    expect(again?.message).toContain('The check had stopped.');
    expect(await atLabTime('drift')).toMatchObject({ code: 0 });
  });
});

describe('the peering is deleted', () => {
  it('is one message that says by whom and how to have it again, and every verb says that it has ended', async () => {
    await deletePeering();
    const [ended, ...more] = await told();
    expect(more).toEqual([]);
    expect(ended?.message).toContain(
      `${pcx} (${world.vpcA.vpcId} (VPC-A) - ${world.vpcB.vpcId} (VPC-B)) was deleted by arn:aws:iam::123456789012:root.`,
    );
    expect(ended?.message).toContain('2 routes to it are being removed.');
    expect(ended?.message).toContain(`account 123456789012, us-east-1, ${world.vpcA.cidr}`);
    expect(ended?.message).toContain(
      `aws ec2 create-vpc-peering-connection --vpc-id ${world.vpcA.vpcId} --peer-vpc-id ${world.vpcB.vpcId} --region us-east-1`,
    );
    const { status, explain, report, drift } = await shown();
    expect(status).toContain('Ended (1)');
    expect(report).toContain('Ended');
    expect(explain.code).toBe(2);
    expect(explain.stdout).toMatch(new RegExp(`${pcx} was deleted on .* by arn:aws:iam::123456789012:root`));
    expect([drift.code, drift.stdout]).toEqual([0, expect.stringContaining('No drift')]);
    const alone = await peering('explain', pcx);
    expect([alone.code, alone.stdout]).toEqual([2, expect.stringContaining('request it anew')]);
  });

  it('is over with the one that takes its place, which one message tells', async () => {
    const before = pcx;
    pcx = await own.request(world.vpcA, world.vpcB);
    await control.idle();
    await check();
    await sweep();
    await check();
    const [accepted, ...more] = await told();
    expect([accepted?.subject, more]).toEqual([
      `VPC peering ${pcx} accepted: 123456789012 -> ${world.vpcB.vpcId}`,
      [],
    ]);
    expect(accepted?.message).toContain(`Before:    ${before}, between the same VPCs, was deleted`);
    await expectWell();
  });
});

describe('where nothing is repaired by itself', () => {
  let partner: LabAccount;
  let vpcX: TutorialVpc;
  let theirs: string;
  const ends = () => [world.server1.instanceId, THEIR_ADDRESS];

  async function peerWithThem(): Promise<void> {
    theirs = await partner.request(vpcX, world.vpcA, { accountId: '123456789012' });
    // No event of the call comes from an account without a stack.
    await sweep();
    await eventually('the route to them', async () =>
      (await own.peeringRoutes(world.vpcA.optedInTableId)).some((route) => route.endsWith(`${theirs} active`))
        ? true
        : undefined,
    );
  }

  beforeAll(async () => {
    const policy = join(__dirname, 'connectivity.yml');
    writeFileSync(join(command.directory, 'peering-policy.yml'), readFileSync(policy));
    await lab.deploy({ policyFile: policy, region: REGION });
    partner = await labAccount({ endpoint: lab.url, region: REGION, accountId: PARTNER });
    vpcX = await createVpc(partner.ec2, 'VPC-X', '10.9.0.0/16', '10.9.1.0/24');
    await createServer(partner.ec2, vpcX, 'serverX', THEIR_ADDRESS);
  });

  /** @param known how many messages there were. */
  async function expectMendedByApply(known: number): Promise<void> {
    expect(await peering('apply', '--yes')).toMatchObject({ code: 0 });
    await control.idle();
    await check();
    await sweep();
    expect((await told()).slice(known).map(({ subject }) => subject)).toEqual([
      `Connectivity restored: VPC-A - VPC-B (${pcx})`,
    ]);
    await expectWell();
  }

  it('a route that is deleted is one message, and pings that are lost for it are no second one', async () => {
    await check();
    const before = await told();
    await deleteRouteToB();
    await check();
    await sweep();
    await check();
    const [drift, ...more] = (await told()).slice(before.length);
    expect([drift?.subject, more]).toEqual([
      expect.stringMatching(/^Route drift in 123456789012 \(us-east-1\): 1 missing in rtb-/),
      [],
    ]);
    expect(drift?.message).toMatch(/Changed by: .*\(DeleteRoute\)/);
    expect(drift?.message).toContain('Run "peering apply" to have it put right');
    const found = await shown();
    expect([found.drift.code, found.drift.stdout]).toEqual([2, expect.stringContaining('missing')]);
    expect(found.drift.stdout).toContain('unreachable');
    expect(found.status).toMatch(/lost .*1 missing, unreachable/);
    expect([found.explain.code, found.explain.stdout]).toEqual([
      2,
      expect.stringContaining(`${world.vpcA.optedInTableId} of ${world.vpcA.subnetId} has no route to`),
    ]);
    expect(found.report).toContain('class="edge lost"');
    const history = await peering('history');
    expect(history.stdout).toContain('People were told of that route.');

    await expectMendedByApply(before.length + 1);
  });

  it('pings that are lost for a route that is gone are one message, and its drift, which is found later, is no second one', async () => {
    await check();
    const before = (await told()).length;
    await withoutEvents(deleteRouteToB);
    await check();
    const [lost, ...more] = (await told()).slice(before);
    expect([lost?.subject, more]).toEqual([`Connectivity lost: VPC-A - VPC-B (${pcx}), 100% loss`, []]);
    expect(lost?.message).toContain(world.vpcA.optedInTableId);
    await sweep();
    await check();
    await sweep();
    expect((await told()).slice(before)).toHaveLength(1);
    const found = await shown();
    expect([found.drift.code, found.drift.stdout]).toEqual([2, expect.stringContaining('missing')]);
    const history = await peering('history');
    expect(history.stdout).toContain('People were told of the pings that are lost for it.');

    await expectMendedByApply(before + 1);
  });

  it('a peering that the people of the other account delete is one message that names them', async () => {
    await peerWithThem();
    await partner.ec2.send(
      new CreateRouteCommand({
        RouteTableId: vpcX.optedInTableId,
        DestinationCidrBlock: world.vpcA.cidr,
        VpcPeeringConnectionId: theirs,
      }),
    );
    await check();
    const before = (await told()).length;
    await partner.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: theirs }));
    await control.idle();
    await sweep();
    await check();
    const [ended, ...more] = (await told()).slice(before);
    expect([ended?.subject, more]).toEqual([`VPC peering ${theirs} deleted in 123456789012 (us-east-1)`, []]);
    expect(ended?.message).toContain(`was deleted by account ${PARTNER}.`);
    expect(ended?.message).toContain(`--peer-vpc-id ${vpcX.vpcId} --peer-owner-id ${PARTNER}`);
    const { drift, status, explain, report } = await shown(ends());
    expect(drift).toMatchObject({ code: 0 });
    expect(status).toMatch(new RegExp(`${theirs} .*deleted .*Deleted by ${PARTNER}`));
    expect(report).toContain('Ended');
    expect([explain.code, explain.stdout]).toEqual([2, expect.stringContaining(`${theirs} was deleted`)]);
    expect(explain.stdout).toContain(`Deleted by ${PARTNER}`);
    expect(explain.stdout).toContain(`${THEIR_ADDRESS} was pinged across it`);
  });

  it('is over with the next peering, which one message tells', async () => {
    const ended = theirs;
    await peerWithThem();
    await partner.ec2.send(
      new ReplaceRouteCommand({
        RouteTableId: vpcX.optedInTableId,
        DestinationCidrBlock: world.vpcA.cidr,
        VpcPeeringConnectionId: theirs,
      }),
    );
    await sweep();
    await check();
    const [accepted, ...more] = await told();
    expect([accepted?.subject, more]).toEqual([
      `VPC peering ${theirs} accepted: ${PARTNER} -> ${world.vpcA.vpcId}`,
      [],
    ]);
    expect(accepted?.message).toContain(`Before:    ${ended}`);
    const { drift, status } = await shown(ends());
    expect([drift.code, status]).toEqual([0, expect.stringMatching(new RegExp(`ok +${theirs} .*reachable`))]);
  });
});

describe('instances that have lost their tag', () => {
  it('are not used, and the log says why', async () => {
    const { ec2, server1, server2 } = world;
    await ec2.send(
      new DeleteTagsCommand({
        Resources: [server1.instanceId, server2.instanceId],
        Tags: [{ Key: 'peering-autopilot:probe' }],
      }),
    );
    await check();
    const logs = await (await fetch(`${lab.url}/_lab/logs?function=check-connectivity`)).text();
    expect(logs).toContain('not probed');
  });
});
