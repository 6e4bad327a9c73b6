import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  EC2Client,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2';
import { type Lab, startLab } from '../../lab/lab.ts';
import { createLabControl, type LabControl } from '../../lab/tutorial/control.ts';
import { createWorld, type World } from '../../lab/tutorial/world.ts';
import { eventually, labAccount } from '../support/lab-account.ts';

/** The deployed connectivity check over the lab's network: the tutorial's servers, pinged by the stack itself. */

const REGION = 'us-east-1';

interface ShownMetric {
  readonly name: string;
  readonly value: number;
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

let lab: Lab;
let control: LabControl;
let world: World;
let pcx: string;

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

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  Object.assign(process.env, lab.env);
  control = createLabControl(lab.url);
  await lab.deploy({ policyFile: join(__dirname, '../../lab/tutorial/policy.yml'), region: REGION });
  const ec2 = new EC2Client({ endpoint: lab.url, region: REGION });
  world = await createWorld(ec2);
  const own = await labAccount({ endpoint: lab.url, region: REGION });
  pcx = await own.request(world.vpcA, world.vpcB);
  for (const [from, to] of [
    [world.vpcA, world.vpcB],
    [world.vpcB, world.vpcA],
  ] as const) {
    await eventually(`a route to ${to.cidr}`, async () =>
      (await own.peeringRoutes(from.optedInTableId)).includes(`${to.cidr} -> ${pcx} active`)
        ? true
        : undefined,
    );
  }
  await control.idle();
});

afterAll(async () => {
  await lab?.stop();
});

describe('the connectivity check', () => {
  it('pings from both sides and publishes loss and round-trip times, with the price class of the path', async () => {
    await check();
    await eventually('two results', async () =>
      (await metrics('PacketLoss')).length >= 2 ? true : undefined,
    );
    expect(await metrics('PacketLoss')).toEqual([0, 0]);
    const times = await metrics('RoundTripTime');
    expect(times).toHaveLength(2);
    expect(times.every((milliseconds) => milliseconds > 0 && milliseconds < 10)).toBe(true);
    expect(await alarmState('ConnectivityLost')).toBe('OK');
    const logs = await (await fetch(`${lab.url}/_lab/logs?function=record-connectivity`)).text();
    expect(logs).toMatch(/same-zone|other-zone/);
  });

  it('tells at once where pings are lost, alarms, and tells when they are answered again', async () => {
    const { ec2, server2, server1 } = world;
    const groupId = server2.securityGroupId;
    const all = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    // server2 can still be reached, and can no longer ask.
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [all] }));
    await check();
    const lost = await eventually('a message about lost pings', async () =>
      (await control.notifications()).find(({ subject }) => subject.startsWith(`Connectivity lost: ${pcx}`)),
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
      (await control.notifications()).find(({ subject }) =>
        subject.startsWith(`Connectivity restored: ${pcx}`),
      ),
    );
  });

  it('counts a command that Systems Manager could not deliver as no verdict, not as loss', async () => {
    const before = (await metrics('PacketLoss')).length;
    await fetch(`${lab.url}/_lab/ssm/faults`, {
      method: 'POST',
      body: JSON.stringify({ instanceId: world.server1.instanceId, status: 'Undeliverable', times: 1 }),
    });
    await check();
    await eventually('the other result', async () =>
      (await metrics('PacketLoss')).length === before + 1 ? true : undefined,
    );
    expect(Math.max(...(await metrics('ProbesWithoutVerdict')))).toBe(1);
  });

  it('connects to the ports that a tag names, by the same command, and tells of the one that does not answer', async () => {
    const { ec2, server2 } = world;
    await fetch(`${lab.url}/_lab/ssm/faults`, { method: 'DELETE' });
    const set = (key: string, value: string) =>
      ec2.send(
        new CreateTagsCommand({ Resources: [server2.instanceId], Tags: [{ Key: key, Value: value }] }),
      );
    await set('lab:listens', '5432');
    await set('peering-autopilot:probe-ports', '5432');
    // The tutorial's groups let in pings alone.
    await check();
    const lost = await eventually('a message about the port', async () =>
      (await control.notifications()).find(({ message }) => message.startsWith('Connections to TCP 5432')),
    );
    expect(lost.message).toMatch(/fails: security-group-in/);
    expect(lost.message).toContain(`${server2.address} --port 5432`);

    const from = [{ CidrIp: '10.0.0.0/8' }];
    const permissions = [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: from }];
    const GroupId = server2.securityGroupId;
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: permissions }));
    await check();
    await eventually('a message that it answers again', async () => {
      const sent = await control.notifications();
      return sent.filter(({ subject }) => subject.startsWith('Connectivity restored')).length === 2
        ? true
        : undefined;
    });
    const logs = await (await fetch(`${lab.url}/_lab/logs?function=record-connectivity`)).text();
    expect(logs).toContain('TCP port 5432 took the connection');
    expect(logs).toContain('Packets of 9,001 bytes pass');
  });

  it('says why an instance without the tag is not used', async () => {
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
