import {
  CreateTagsCommand,
  DeleteRouteCommand,
  DescribeInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateDocumentCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  ListDocumentsCommand,
  paginateDescribeInstanceInformation,
  SendCommandCommand,
  type SendCommandCommandInput,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { createSite, join, present, type Site } from '../../testing/sites.ts';
import { OWN, REGION, type SsmLab, startSsmLab } from '../../testing/ssm-lab.ts';

const OTHER = { accountId: '210987654321', region: 'eu-west-1' };

const PROBE_DOCUMENT = {
  schemaVersion: '2.2',
  parameters: {
    target: { type: 'String', allowedPattern: '^[0-9a-fA-F:.]{2,45}$' },
    count: { type: 'String', default: '5', allowedPattern: '^[1-9]$' },
  },
  mainSteps: [
    {
      name: 'pingFromLinux',
      action: 'aws:runShellScript',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { runCommand: ['ping -n -q -c {{ count }} -i 0.5 -W 2 {{ target }}'] },
    },
    {
      name: 'pingFromWindows',
      action: 'aws:runPowerShellScript',
      precondition: { StringEquals: ['platformType', 'Windows'] },
      inputs: { runCommand: ['ping -n {{ count }} {{ target }}', 'exit $LASTEXITCODE'] },
    },
  ],
};

let lab: SsmLab;
let one: Site;
let two: Site;
let windows: Site;
let abroad: Site;
/** Nothing leads there or back. */
let lonely: Site;
let peeringId: string;

beforeAll(async () => {
  lab = await startSsmLab({ visibleAfterMs: 0 });
  const ec2 = lab.ec2();
  one = await createSite(ec2, '10.1', { tags: { team: 'blue' } });
  two = await createSite(ec2, '10.2');
  lonely = await createSite(ec2, '10.3');
  windows = await createSite(ec2, '10.4', { platform: 'Windows' });
  abroad = await createSite(lab.ec2(OTHER), '10.5');
  peeringId = await join(one, two);
  await join(one, windows);
  await join(one, abroad, OTHER);
  await lab.ssm().send(
    new CreateDocumentCommand({
      Name: 'probe',
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      Content: JSON.stringify(PROBE_DOCUMENT),
    }),
  );
});

afterAll(async () => {
  await lab?.stop();
});

async function send(input: Partial<SendCommandCommandInput>, ssm: SSMClient = lab.ssm()): Promise<string> {
  const { Command } = await ssm.send(
    new SendCommandCommand({ DocumentName: 'AWS-RunShellScript', InstanceIds: [one.instanceId], ...input }),
  );
  return present(Command?.CommandId);
}

async function finished(
  input: Partial<SendCommandCommandInput>,
  ssm: SSMClient = lab.ssm(),
): Promise<string> {
  const commandId = await send(input, ssm);
  await lab.settle();
  return commandId;
}

async function shell(line: string, from: Site = one): Promise<GetCommandInvocationCommandOutput> {
  const { instanceId } = from;
  const commandId = await finished({ InstanceIds: [instanceId], Parameters: { commands: [line] } });
  return lab.ssm().send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }));
}

function eventsOf(commandId: string) {
  return lab.emitted.filter(({ event }) => event.detail['command-id'] === commandId);
}

it('EC2 calls the platform of an instance Windows, and of no other anything', async () => {
  const { Reservations } = await lab
    .ec2()
    .send(new DescribeInstancesCommand({ InstanceIds: [one.instanceId, windows.instanceId] }));
  const instances = Reservations?.flatMap(({ Instances }) => Instances ?? []) ?? [];
  expect(new Map(instances.map(({ InstanceId, Platform }) => [InstanceId, Platform]))).toEqual(
    new Map<string | undefined, string | undefined>([
      [one.instanceId, undefined],
      [windows.instanceId, 'Windows'],
    ]),
  );
});

describe('a ping from an instance', () => {
  it('is answered across a peering that both sides route', async () => {
    const invocation = await shell(`ping -c 4 ${two.address}`);

    expect(invocation).toMatchObject({
      Status: 'Success',
      StatusDetails: 'Success',
      ResponseCode: 0,
      PluginName: 'aws:runShellScript',
      StandardErrorContent: '',
    });
    expect(invocation.StandardOutputContent).toMatch(
      new RegExp(
        [
          String.raw`^PING 10\.2\.1\.10 \(10\.2\.1\.10\) 56\(84\) bytes of data\.`,
          ...[1, 2, 3, 4].map(
            (n) => String.raw`64 bytes from 10\.2\.1\.10: icmp_seq=${n} ttl=64 time=0\.\d{3} ms`,
          ),
          '',
          String.raw`--- 10\.2\.1\.10 ping statistics ---`,
          String.raw`4 packets transmitted, 4 received, 0% packet loss, time \d+ms`,
          String.raw`rtt min/avg/max/mdev = \d\.\d{3}/\d\.\d{3}/\d\.\d{3}/\d\.\d{3} ms`,
          '$',
        ].join('\n'),
      ),
    );
  });

  it('is lost where no route leads, and the program ends with 1', async () => {
    const invocation = await shell(`ping -c 3 ${lonely.address}`);

    expect(invocation).toMatchObject({ Status: 'Failed', StatusDetails: 'Failed', ResponseCode: 1 });
    expect(invocation.StandardOutputContent).toMatch(
      /^PING .*\n\n--- 10\.3\.1\.10 ping statistics ---\n3 packets transmitted, 0 received, 100% packet loss, time \d+ms\n\n$/,
    );
  });

  it('is lost when only the way back has no route', async () => {
    const there = await createSite(lab.ec2(), '10.6');
    await join(one, there);
    expect(await shell(`ping -c 1 ${there.address}`)).toMatchObject({ Status: 'Success' });

    await there.ec2.send(
      new DeleteRouteCommand({ RouteTableId: there.mainTableId, DestinationCidrBlock: one.cidr }),
    );

    expect(await shell(`ping -c 1 ${there.address}`)).toMatchObject({ Status: 'Failed', ResponseCode: 1 });
  });

  it('reaches an instance of another account in another Region, and takes longer', async () => {
    const { StandardOutputContent } = await shell(`ping -c 1 ${abroad.address}`);

    expect(Number(/time=([\d.]+) ms/.exec(StandardOutputContent ?? '')?.[1])).toBeGreaterThan(20);
  });

  it('starts no other program', async () => {
    expect(await shell('uname -a; id')).toMatchObject({
      Status: 'Failed',
      ResponseCode: 127,
      StandardOutputContent: '',
      StandardErrorContent: expect.stringContaining('Not run: uname -a; id'),
    });
  });

  it('that would never end runs into the time limit', async () => {
    expect(await shell(`ping ${two.address}`)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
      ResponseCode: -1,
      StandardOutputContent: '',
    });
  });
});

describe('a document of two steps', () => {
  async function probe(from: Site, parameters: Record<string, string[]>) {
    const commandId = await finished({
      DocumentName: 'probe',
      InstanceIds: [from.instanceId],
      Parameters: parameters,
    });
    return (PluginName?: string) =>
      lab
        .ssm()
        .send(
          new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: from.instanceId, PluginName }),
        );
  }

  it('runs the step of the platform and skips the other', async () => {
    const step = await probe(one, { target: [two.address], count: ['2'] });

    expect(await step('pingFromLinux')).toMatchObject({
      Status: 'Success',
      StandardOutputContent: expect.stringContaining('2 packets transmitted, 2 received, 0% packet loss'),
    });
    expect(await step('pingFromWindows')).toMatchObject({
      Status: 'Success',
      StandardOutputContent: expect.stringContaining('skipped due to unsatisfied preconditions'),
    });
  });

  it('prints what Windows prints on Windows', async () => {
    const step = await probe(windows, { target: [one.address], count: ['1'] });

    const { StandardOutputContent, ResponseCode } = await step('pingFromWindows');
    expect(ResponseCode).toBe(0);
    expect(StandardOutputContent?.split('\r\n')).toEqual([
      '',
      'Pinging 10.1.1.10 with 32 bytes of data:',
      'Reply from 10.1.1.10: bytes=32 time<1ms TTL=64',
      '',
      'Ping statistics for 10.1.1.10:',
      '    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),',
      'Approximate round trip times in milli-seconds:',
      '    Minimum = 0ms, Maximum = 0ms, Average = 0ms',
      '',
    ]);
  });

  it('must be asked for by step', async () => {
    const step = await probe(one, { target: [two.address] });

    await expect(step()).rejects.toMatchObject({ name: 'InvalidPluginName' });
    await expect(step('other')).rejects.toMatchObject({ name: 'InvalidPluginName' });
  });

  it.each([
    ['a value outside the allowed pattern', { target: ['10.2.1.10; reboot'] }],
    ['a parameter that it does not have', { target: ['10.2.1.10'], size: ['9'] }],
    ['no value for a parameter without a default', {}],
    ['two values for one', { target: ['10.2.1.10', '10.2.1.11'] }],
  ])('refuses %s', async (_, Parameters) => {
    await expect(send({ DocumentName: 'probe', Parameters })).rejects.toMatchObject({
      name: 'InvalidParameters',
    });
  });

  it('is refused by the agent when its pattern is beyond RE2', async () => {
    await lab.ssm().send(
      new CreateDocumentCommand({
        Name: 'lookahead',
        DocumentType: 'Command',
        DocumentFormat: 'JSON',
        Content: JSON.stringify({
          ...PROBE_DOCUMENT,
          parameters: {
            ...PROBE_DOCUMENT.parameters,
            target: { type: 'String', allowedPattern: '^(?=1).*$' },
          },
        }),
      }),
    );
    const commandId = await finished({ DocumentName: 'lookahead', Parameters: { target: [two.address] } });

    expect(
      await lab.ssm().send(
        new GetCommandInvocationCommand({
          CommandId: commandId,
          InstanceId: one.instanceId,
          PluginName: 'pingFromLinux',
        }),
      ),
    ).toMatchObject({ Status: 'Failed', ResponseCode: -1 });
  });
});

describe('a script that is known by its text', () => {
  it('prints what its owner says, with the parameters of the command, and leaves its lines to nobody else', async () => {
    const lines = ['traceroute {{ target }}'];
    const known = await startSsmLab({
      visibleAfterMs: 0,
      scripts: [
        {
          lines,
          async run({ bound, host, scriptWith }) {
            const stdout = `${host.instanceId}: ${scriptWith(bound)}\n`;
            return { stdout, stderr: '', exitCode: 0 };
          },
        },
      ],
    });
    try {
      const { instanceId } = await createSite(known.ec2(), '10.1');
      const document = (runCommand: readonly string[]) =>
        JSON.stringify({
          schemaVersion: '2.2',
          parameters: { target: { type: 'String' } },
          mainSteps: [{ name: 'trace', action: 'aws:runShellScript', inputs: { runCommand } }],
        });
      const printed = async (name: string, runCommand: readonly string[]) => {
        const ssm = known.ssm();
        await ssm.send(
          new CreateDocumentCommand({ Name: name, DocumentType: 'Command', Content: document(runCommand) }),
        );
        const { Command } = await ssm.send(
          new SendCommandCommand({
            DocumentName: name,
            InstanceIds: [instanceId],
            Parameters: { target: ['10.2.1.10'] },
          }),
        );
        await known.settle();
        const { StandardOutputContent, ResponseCode } = await ssm.send(
          new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: instanceId }),
        );
        return { StandardOutputContent, ResponseCode };
      };
      expect(await printed('known', lines)).toEqual({
        StandardOutputContent: `${instanceId}: traceroute 10.2.1.10\n`,
        ResponseCode: 0,
      });
      expect(await printed('alike', ['traceroute -n {{ target }}'])).toMatchObject({ ResponseCode: 127 });
    } finally {
      await known.stop();
    }
  });
});

describe('SendCommand', () => {
  const Parameters = { commands: ['ping -c 1 10.2.1.10'] };

  it('refuses instances that are unknown, stopped or offline, and names them', async () => {
    const ec2 = lab.ec2();
    const stopped = await createSite(ec2, '10.7');
    const offline = await createSite(ec2, '10.8', { tags: { 'lab:ssm': 'offline' } });
    await ec2.send(new StopInstancesCommand({ InstanceIds: [stopped.instanceId] }));

    for (const bad of ['i-0123456789abcdef0', stopped.instanceId, offline.instanceId]) {
      await expect(send({ InstanceIds: [one.instanceId, bad], Parameters })).rejects.toMatchObject({
        name: 'InvalidInstanceId',
        message: `Instances [[${bad}]] not in a valid state for account ${OWN}`,
      });
    }
  });

  it('refuses more than 50 instances, one instance twice, and no instance', async () => {
    const many = Array.from({ length: 51 }, (_, n) => `i-${String(n).padStart(17, '0')}`);

    await expect(send({ InstanceIds: many, Parameters })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(send({ InstanceIds: [one.instanceId, one.instanceId], Parameters })).rejects.toMatchObject({
      name: 'DuplicateInstanceId',
    });
    await expect(send({ InstanceIds: [], Parameters })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('refuses a document that nobody has made', async () => {
    await expect(send({ DocumentName: 'nothing', Parameters })).rejects.toMatchObject({
      name: 'InvalidDocument',
    });
  });

  it('finds instances by tag', async () => {
    const commandId = await finished({
      InstanceIds: [],
      Targets: [{ Key: 'tag:team', Values: ['blue'] }],
      Parameters,
    });

    expect(eventsOf(commandId).map(({ event }) => event.detail['instance-id'])).toEqual([
      one.instanceId,
      one.instanceId,
    ]);
  });

  it('tells its beginning and its end on the default bus of its account and Region', async () => {
    const commandId = await finished({ Parameters });

    expect(eventsOf(commandId)).toEqual(
      ['InProgress', 'Success'].map((status) => ({
        place: { accountId: OWN, region: REGION },
        event: {
          source: 'aws.ssm',
          'detail-type': 'EC2 Command Invocation Status-change Notification',
          resources: [`arn:aws:ec2:${REGION}:${OWN}:instance/${one.instanceId}`],
          detail: {
            'command-id': commandId,
            'document-name': 'AWS-RunShellScript',
            'instance-id': one.instanceId,
            'requested-date-time': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
            status,
          },
        },
      })),
    );
  });
});

describe('a command in another account and Region', () => {
  it('pings back over the peering, and tells of it there', async () => {
    const ssm = lab.ssm(OTHER);
    const InstanceId = abroad.instanceId;
    const commandId = await finished(
      { InstanceIds: [InstanceId], Parameters: { commands: [`ping -c 1 ${one.address}`] } },
      ssm,
    );

    expect(
      await ssm.send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId })),
    ).toMatchObject({
      Status: 'Success',
      StandardOutputContent: expect.stringContaining(', 0% packet loss'),
    });
    expect(eventsOf(commandId).map(({ place }) => place)).toEqual([OTHER, OTHER]);
    await expect(
      lab.ssm().send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId })),
    ).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
  });
});

describe('lists of commands', () => {
  it('show the command with its counts, and each instance with what it printed', async () => {
    const commandId = await finished({
      InstanceIds: [one.instanceId, two.instanceId],
      Parameters: { commands: [`ping -c 1 ${abroad.address}`] },
      Comment: 'two of them',
    });
    const ssm = lab.ssm();

    const { Commands } = await ssm.send(new ListCommandsCommand({ CommandId: commandId }));
    expect(Commands).toEqual([
      expect.objectContaining({
        CommandId: commandId,
        Comment: 'two of them',
        Status: 'Failed',
        TargetCount: 2,
        CompletedCount: 2,
        ErrorCount: 1,
        RequestedDateTime: expect.any(Date),
      }),
    ]);
    const { CommandInvocations } = await ssm.send(
      new ListCommandInvocationsCommand({ CommandId: commandId, Details: true }),
    );
    expect(
      CommandInvocations?.map(({ InstanceId, Status, CommandPlugins }) => ({
        InstanceId,
        Status,
        code: CommandPlugins?.[0]?.ResponseCode,
        output: /\d+% packet loss/.exec(CommandPlugins?.[0]?.Output ?? '')?.[0],
      })).sort((a, b) => (a.code ?? 0) - (b.code ?? 0)),
    ).toEqual([
      { InstanceId: one.instanceId, Status: 'Success', code: 0, output: '0% packet loss' },
      { InstanceId: two.instanceId, Status: 'Failed', code: 1, output: '100% packet loss' },
    ]);
  });

  it('come in pages, newest first, and only those of the caller', async () => {
    const ids: string[] = [];
    for (const count of [1, 2, 3]) {
      ids.push(await finished({ Parameters: { commands: [`ping -c ${count} ${two.address}`] } }));
    }
    const ssm = lab.ssm();

    const first = await ssm.send(new ListCommandsCommand({ MaxResults: 2, InstanceId: one.instanceId }));
    const second = await ssm.send(
      new ListCommandsCommand({ MaxResults: 2, InstanceId: one.instanceId, NextToken: first.NextToken }),
    );
    expect(
      [...(first.Commands ?? []), ...(second.Commands ?? [])].slice(0, 3).map((c) => c.CommandId),
    ).toEqual(ids.reverse());
    const theirs = (await lab.ssm(OTHER).send(new ListCommandsCommand({}))).Commands ?? [];
    expect(theirs.filter(({ CommandId }) => ids.includes(CommandId ?? ''))).toEqual([]);
    await expect(ssm.send(new ListCommandsCommand({ MaxResults: 51 }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('DescribeInstanceInformation', () => {
  it('shows running instances as Online, with their platform', async () => {
    const { InstanceInformationList } = await lab.ssm().send(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'InstanceIds', Values: [one.instanceId, windows.instanceId] }],
      }),
    );

    expect(
      InstanceInformationList?.map(({ InstanceId, PingStatus, PlatformType, IPAddress }) => ({
        InstanceId,
        PingStatus,
        PlatformType,
        IPAddress,
      })),
    ).toEqual([
      { InstanceId: one.instanceId, PingStatus: 'Online', PlatformType: 'Linux', IPAddress: one.address },
      {
        InstanceId: windows.instanceId,
        PingStatus: 'Online',
        PlatformType: 'Windows',
        IPAddress: windows.address,
      },
    ]);
  });

  it('follows the tag and comes in pages of 5 to 50', async () => {
    const ec2 = lab.ec2();
    await ec2.send(
      new CreateTagsCommand({ Resources: [lonely.instanceId], Tags: [{ Key: 'lab:ssm', Value: 'offline' }] }),
    );
    const ssm = lab.ssm();
    const found = new Map<string, string>();
    let pages = 0;
    for await (const page of paginateDescribeInstanceInformation({ client: ssm, pageSize: 5 }, {})) {
      pages += 1;
      for (const { InstanceId, PingStatus } of page.InstanceInformationList ?? []) {
        found.set(present(InstanceId), present(PingStatus));
      }
    }

    expect(pages).toBe(Math.ceil(found.size / 5));
    expect(found.get(lonely.instanceId)).toBe('ConnectionLost');
    expect(found.get(one.instanceId)).toBe('Online');
    await expect(ssm.send(new DescribeInstanceInformationCommand({ MaxResults: 4 }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(
      ssm.send(new DescribeInstanceInformationCommand({ Filters: [{ Key: 'Colour', Values: ['red'] }] })),
    ).rejects.toMatchObject({ name: 'InvalidInstanceInformationFilterValue' });
  });
});

describe('faults on request', () => {
  const line = () => `ping -c 5 ${two.address}`;

  afterEach(async () => {
    await fetch(`${lab.url}/_lab/ssm/faults`, { method: 'DELETE' });
  });

  it.each([
    ['Undeliverable', 'Failed', 'Undeliverable', ['Failed']],
    ['AccessDenied', 'Failed', 'AccessDenied', ['Failed']],
    ['DeliveryTimedOut', 'TimedOut', 'DeliveryTimedOut', ['TimedOut']],
    ['TimedOut', 'TimedOut', 'ExecutionTimedOut', ['InProgress', 'TimedOut']],
    ['Cancelled', 'Cancelled', 'Cancelled', ['InProgress', 'Cancelled']],
    ['NoResult', 'InProgress', 'InProgress', ['InProgress']],
  ])('%s ends without output, once', async (status, Status, StatusDetails, told) => {
    await lab.fault({ instanceId: one.instanceId, status });

    const invocation = await shell(line());
    expect(invocation).toMatchObject({ Status, StatusDetails, ResponseCode: -1, StandardOutputContent: '' });
    expect(eventsOf(present(invocation.CommandId)).map(({ event }) => event.detail.status)).toEqual(told);
    expect(await shell(line())).toMatchObject({ Status: 'Success' });
  });

  it('loses the given share of the packets of a peering', async () => {
    await lab.fault({ peeringId, lossPercent: 40 });

    expect((await shell(line())).StandardOutputContent).toContain(
      '5 packets transmitted, 3 received, 40% packet loss',
    );
    expect((await shell(`ping -c 5 ${windows.address}`)).StandardOutputContent).toContain(' 0% packet loss');
  });

  it('loses the packets of one instance, whichever end it is', async () => {
    await lab.fault({ instanceId: two.instanceId, lossPercent: 100 });

    expect((await shell(line())).StandardOutputContent).toContain('100% packet loss');
    expect((await shell(`ping -c 1 ${one.address}`, two)).StandardOutputContent).toContain(
      '100% packet loss',
    );
  });

  it('disconnects an agent until cleared', async () => {
    await lab.fault({ instanceId: one.instanceId, status: 'Offline' });

    await expect(send({ Parameters: { commands: [line()] } })).rejects.toMatchObject({
      name: 'InvalidInstanceId',
    });
  });

  it.each([
    [{ instanceId: 'i-1', status: 'Sleepy' }],
    [{ lossPercent: 10 }],
    [{ instanceId: 'i-1', lossPercent: 101 }],
    [{ instanceId: 'i-1', peeringId: 'pcx-1', lossPercent: 1 }],
  ])('refuses %j and says what it takes', async (fault) => {
    const answer = await lab.fault(fault);

    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringContaining('lossPercent') });
  });
});

it("leaves SSM's other actions to moto", async () => {
  const { DocumentIdentifiers } = await lab.ssm().send(new ListDocumentsCommand({}));

  expect(DocumentIdentifiers?.map(({ Name }) => Name)).toContain('probe');
  expect(lab.logged).toEqual([]);
});
