import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { GetQueueUrlCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createLabControl, type LabControl, type NewFault } from 'local-aws-peering';
import type { AlarmName } from '../../../lib/model/runbook.ts';
import { type Lab, startLab } from '../../../local/lab.ts';
import { createWorld, type World } from '../../../local/tutorial/world.ts';
import { builtCommand, type Ended } from '../../cli/support/command.ts';
import { eventually, type LabAccount, labAccount } from '../../support/lab-account.ts';
import { testTools } from '../../support/venv.ts';

/**
 * The deployed stack in a lab, with two peered VPCs whose servers ping each other; and a shell in which a page's commands run, at the
 * lab's time.
 */

export const REGION = 'us-east-1';
export const OTHER_REGION = 'eu-west-1';
export const STACK = 'vpc-peering-autopilot-prod';

export interface Scene {
  readonly lab: Lab;
  /** The text of its policy. */
  readonly policy: string;
  readonly control: LabControl;
  readonly own: LabAccount;
  readonly world: World;
  /** Between VPC-A and VPC-B. */
  readonly peeringId: string;
  /** Physical ids of the stack by logical id. */
  readonly resources: ReadonlyMap<string, string>;
  alarm(name: AlarmName): Promise<MetricAlarm>;
  /** The ends of the names of the alarms that are on. */
  ringing(): Promise<readonly string[]>;
  /** Runs a line as a person types it, with these variables set. */
  type(line: string, variables: Readonly<Record<string, string>>): Promise<Ended>;
  sweep(): Promise<void>;
  /** Has the stack ping, and read what became of it. */
  check(): Promise<void>;
  /** Lets so much time go by, with its sweeps. */
  timePasses(seconds: number): Promise<void>;
  /** Lets days go by in which nobody looked, and looks. */
  daysPass(days: number): Promise<void>;
  /** Calls a path of the lab's own. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  fault(fault: NewFault): Promise<void>;
  clearFaults(): Promise<void>;
  stop(): Promise<void>;
}

const CLOCK = pathToFileURL(join(__dirname, 'lab-clock.mjs')).href;

async function resourcesOf(endpoint: string): Promise<ReadonlyMap<string, string>> {
  const client = new CloudFormationClient({ endpoint, region: REGION });
  const found = new Map<string, string>();
  for await (const page of paginateListStackResources({ client }, { StackName: STACK })) {
    for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (LogicalResourceId && PhysicalResourceId) found.set(LogicalResourceId, PhysicalResourceId);
    }
  }
  return found;
}

/**
 * `npx peering` is the built command, and `aws` the AWS CLI. Version 1 of that goes to AWS for queues, whatever AWS_ENDPOINT_URL says
 * (its overridesslcommonname.py), unless it is told on the command line.
 */
async function placeCommands(directory: string): Promise<string> {
  const tools = await testTools();
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  const place = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  place('aws', `exec '${tools.python}' '${join(tools.bin, 'aws')}' --endpoint-url "$AWS_ENDPOINT_URL" "$@"`);
  place(
    'npx',
    `[ "$1" = peering ] || exit 127\nshift\nexec '${process.execPath}' --import '${CLOCK}' '${join(directory, 'cli/peering.mjs')}' "$@"`,
  );
  return bin;
}

function shellIn(
  directory: string,
  env: Readonly<Record<string, string>>,
): (line: string, variables: Readonly<Record<string, string>>) => Promise<Ended> {
  return (line, variables) =>
    new Promise((resolve, reject) => {
      const child = spawn('/bin/sh', ['-uc', line], { cwd: directory, env: { ...env, ...variables } });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.stdin.end();
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
}

async function peeredWorld(lab: Lab, own: LabAccount) {
  const world = await createWorld(new EC2Client({ endpoint: lab.url, region: REGION }));
  const peeringId = await own.request(world.vpcA, world.vpcB);
  for (const { optedInTableId } of [world.vpcA, world.vpcB]) {
    await eventually(`a route in ${optedInTableId}`, async () =>
      (await own.peeringRoutes(optedInTableId)).some((route) => route.includes(peeringId)) ? true : undefined,
    );
  }
  return { world, peeringId };
}

/** The queue of publish-report holds back for a minute what the sweep asks for, by the real clock, which no play waits for. */
export async function withoutDelay({ url: endpoint }: Lab): Promise<void> {
  const sqs = new SQSClient({ endpoint, region: REGION });
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${STACK}-publish-report.fifo` }));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '0' } }));
}

/** Sweeps lie no further apart than this, so that none is missed unless a play says so. */
const SWEEP_SECONDS = 600;

const DAY_SECONDS = 86_400;

function askerOf(url: string): Scene['ask'] {
  return async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

async function aheadMs(ask: Scene['ask']): Promise<number> {
  const { now } = (await ask('GET', '/_lab/clock')) as { readonly now: string };
  return Date.parse(now) - Date.now();
}

export interface SceneOptions {
  /** Makes what the policy names, and gives its text. */
  policy(lab: Lab): Promise<string>;
  /** Once the stack is there. */
  prepare?(lab: Lab): Promise<void>;
}

export async function openScene({ policy: policyOf, prepare }: SceneOptions): Promise<Scene> {
  const command = await builtCommand();
  const policyFile = join(command.directory, 'peering-policy.yml');
  const lab = await startLab({ progress: () => undefined });
  Object.assign(process.env, lab.env);
  const ask = askerOf(lab.url);
  const policy = await policyOf(lab);
  writeFileSync(policyFile, policy);
  await lab.deploy({ policyFile, region: REGION });
  await prepare?.(lab);
  const control = createLabControl(lab.url);
  const own = await labAccount({ endpoint: lab.url, region: REGION });
  const { world, peeringId } = await peeredWorld(lab, own);
  const bin = await placeCommands(command.directory);
  const cloudwatch = new CloudWatchClient({ endpoint: lab.url, region: REGION });
  const sweep = async () => {
    await control.fire('sweep');
    await control.idle();
  };
  await sweep();
  const type = shellIn(command.directory, {
    ...lab.env,
    PATH: `${bin}:${process.env.PATH ?? ''}`,
    HOME: command.directory,
    AWS_PAGER: '',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  });
  return {
    lab,
    policy,
    control,
    own,
    world,
    peeringId,
    resources: await resourcesOf(lab.url),
    async alarm(name) {
      await control.evaluateAlarms();
      const { MetricAlarms: [found] = [] } = await cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmNames: [`${STACK}-${name}`] }),
      );
      if (found === undefined) throw new Error(`The stack has no alarm ${name}.`);
      return found;
    },
    async ringing() {
      await control.evaluateAlarms();
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
      return MetricAlarms.map(({ AlarmName = '' }) => AlarmName.replace(`${STACK}-`, '')).sort();
    },
    async type(line, variables) {
      return type(line, { ...variables, LAB_CLOCK_AHEAD_MS: String(await aheadMs(ask)) });
    },
    sweep,
    ask,
    async check() {
      await control.fire('check-connectivity');
      await control.idle();
    },
    async timePasses(seconds) {
      for (let left = seconds; left > 0; left -= SWEEP_SECONDS) {
        // CloudWatch looks every minute: what was counted is seen before it is out of reach.
        await control.evaluateAlarms();
        await ask('POST', '/_lab/clock', { advanceSeconds: Math.min(left, SWEEP_SECONDS) });
        await sweep();
      }
    },
    async daysPass(days) {
      await ask('POST', '/_lab/clock', { advanceSeconds: days * DAY_SECONDS });
      await sweep();
    },
    async fault(fault) {
      await ask('POST', '/_lab/faults', fault);
    },
    async clearFaults() {
      await ask('DELETE', '/_lab/faults');
    },
    async stop() {
      await lab.stop();
      await command.remove();
    },
  };
}
