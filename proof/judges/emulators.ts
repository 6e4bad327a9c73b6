import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToolRunner } from 'local-aws-peering/parts';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { createDeployer } from '../../local/deploy.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { ACCOUNT, type Door, openDoor, REGION } from './emulators/door.ts';
import { type EmulatorSpec, startEmulator } from './emulators/process.ts';
import { type Step, storyElsewhere } from './emulators/story.ts';
import type { Judge, JudgeResult } from './judge.ts';

/** The stack in AWS as others wrote it: every service but EC2 and Systems Manager, which the local AWS lends. */

interface Played {
  readonly passed: readonly string[];
  readonly faults: readonly string[];
}

interface JudgedEmulator extends EmulatorSpec {
  readonly version: string;
  /** Whether its IAM was on, in words. */
  readonly iam: string;
  /** What it cannot do, and who does it instead. */
  readonly cannot: readonly string[];
}

const IAM_ON =
  'Its IAM was on: each function called with a session of its own role, and what a role or a resource does not allow was refused';

const POLICY = join(PROJECT_ROOT, 'local/tutorial/policy.yml');

/** Stops at the first step that does not hold: the others stand on it. */
async function play(steps: readonly Step[], progress: (line: string) => void): Promise<Played> {
  const passed: string[] = [];
  for (const { name, run } of steps) {
    progress(name);
    try {
      await run();
      passed.push(name);
    } catch (error) {
      return { passed, faults: [`${name}: ${error instanceof Error ? error.message : error}`] };
    }
  }
  return { passed, faults: [] };
}

async function playIn(
  spec: JudgedEmulator,
  { lab, door, directory }: { readonly lab: Lab; readonly door: Door; readonly directory: string },
  progress: (line: string) => void,
): Promise<Played> {
  const emulator = await startEmulator(
    spec,
    { AWS_ENDPOINT_URL_EC2: door.url, AWS_ENDPOINT_URL_SSM: door.url, PROOF_ACCOUNT: ACCOUNT },
    progress,
  );
  const env = { AWS_ENDPOINT_URL: emulator.url, AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: 'proof' };
  const tools = createToolRunner({
    envOf: () => env,
    envInRole: async () => env,
    region: REGION,
    progress: () => undefined,
  });
  const deployer = createDeployer({ run: tools.run, directory });
  const stack = { policyFile: POLICY, tool: 'serverless', region: REGION } as const;
  try {
    const deployed = await play([{ name: 'serverless deploy', run: () => deployer.deploy(stack) }], progress);
    if (deployed.faults.length > 0) {
      progress(emulator.said().slice(-6000));
      return deployed;
    }
    await door.carryEventsTo(emulator.url);
    const played = await play(
      [
        ...(await storyElsewhere(lab, emulator.url)),
        { name: 'serverless remove', run: () => deployer.remove(stack) },
      ],
      progress,
    );
    if (played.faults.length > 0) {
      progress(emulator.said().slice(-6000));
    }
    const failure = door.failure();
    return {
      passed: [...deployed.passed, ...played.passed],
      faults: [...(failure === undefined ? [] : [failure]), ...played.faults],
    };
  } finally {
    tools.stop();
    await emulator.stop();
  }
}

function emulatorJudge(spec: JudgedEmulator): Judge {
  return {
    title: `The stack in ${spec.name} ${spec.version}`,
    async judge(progress): Promise<JudgeResult> {
      const started = performance.now();
      const directory = await mkdtemp(join(tmpdir(), 'peering-elsewhere-'));
      // Who may call what is the emulator's to say; the functions come to EC2 and SSM with keys that the lab does not know.
      const lab = await startLab({ progress: () => undefined, permissions: 'ignored' });
      try {
        const door = await openDoor(lab);
        try {
          const { passed, faults } = await playIn(spec, { lab, door, directory }, progress);
          const seconds = Math.round((performance.now() - started) / 1000);
          return {
            markdown: [
              `${passed.length} steps held in ${seconds} s: ${passed.join('; ')}. ${spec.iam}.`,
              '',
              ...spec.cannot.map((one) => `- ${one}.`),
            ].join('\n'),
            faults,
          };
        } finally {
          await door.close();
        }
      } finally {
        await lab.stop();
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

export const miniStack = emulatorJudge({
  name: 'MiniStack',
  version: '1.5.33',
  folder: 'ministack',
  oldestPython: [3, 11],
  health: '/_ministack/health',
  environment: (port) => ({ BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), AUTH: 'true' }),
  iam: IAM_ON,
  cannot: [
    'It tells EventBridge nothing of calls to its EC2, and its Run Command runs nothing between instances: EC2 and Systems Manager are the local AWS, whose events are carried to its default bus',
    'It refuses a template with a document of Systems Manager: a handler of 20 lines makes it in the local AWS',
    'It refuses events whose source is an AWS service, as AWS does: that check is off for the events carried to it',
    'Its door is HTTP, which the topic denies: it counts as TLS',
    'Not asked of it: alarms, schedules by time, a second Region, pings',
  ],
});

export const localEmu = emulatorJudge({
  name: 'LocalEmu',
  version: '1.3.2',
  folder: 'localemu',
  oldestPython: [3, 13],
  health: '/_localemu/health',
  environment: (port) => ({
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    IAM_ENFORCEMENT: '1',
    ROOT_ACCESS_KEYS: ACCOUNT,
  }),
  iam: IAM_ON,
  cannot: [
    'Its own EC2 and Systems Manager were not asked (Run Command needs Docker there): they are the local AWS, whose events are carried to its default bus',
    'It runs functions in Docker only: `start.py` runs each as a process of this machine',
    'Its server listens on every address whatever it is told: it is bound to 127.0.0.1, and that it listens nowhere else is checked',
    'With Python 3.12 it starts, and fails at the first bucket, because it imports what Python 3.13 brought',
    'It leaves a document of Systems Manager out of the stack',
    'It looks for a service `sqs-fifo` when a second mapping of a FIFO queue is made: it is given `sqs`',
    'It takes the permission to put any event for one on the default bus: it is told the bus',
    'It takes the permission to write a batch for one on all tables: it is told the table',
    'Its door is HTTP, which the topic denies: it counts as TLS',
    'Not asked of it: alarms, schedules by time, a second Region, pings',
  ],
});
