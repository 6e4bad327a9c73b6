import type { Host, Network } from '../network/types.ts';
import type { Outcome, StepResult } from './commands.ts';
import {
  type Bound,
  type CommandDocument,
  type DocumentStep,
  linesOf,
  patternFailsOnAgent,
  variablesOf,
} from './documents.ts';
import { findPing } from './ping-command.ts';
import type { Crossing, Pinger, PingOutcome } from './ping-run.ts';
import type { KnownScript, RunInShell } from './scripts.ts';

/** What the agent on an instance does with a command document. */

export interface Work {
  readonly document: CommandDocument;
  readonly bound: Bound;
  readonly network: Network;
  readonly host: Host;
  readonly pinger: Pinger;
  /** Scripts that are known by their text; default: none but those that ping. */
  readonly scripts?: readonly KnownScript[];
  /** Left out: the model answers. */
  readonly runInShell?: RunInShell;
  isLost(crossing: Crossing): boolean;
  now(): Date;
}

export interface Done {
  readonly outcome: Outcome;
  readonly steps: readonly StepResult[];
}

const SUCCESS: Outcome = { status: 'Success', statusDetails: 'Success' };
const FAILED: Outcome = { status: 'Failed', statusDetails: 'Failed' };

const PLATFORM_OF_ACTION: Readonly<Record<string, Host['platform'] | undefined>> = {
  'aws:runShellScript': 'Linux',
  'aws:runPowerShellScript': 'Windows',
};

type Ran = Pick<StepResult, 'status' | 'statusDetails' | 'responseCode' | 'stdout' | 'stderr'>;

function withoutOutput(outcome: Outcome, note: { readonly stdout?: string; readonly stderr?: string }): Ran {
  return { ...outcome, responseCode: -1, stdout: '', stderr: '', ...note };
}

const EXECUTION_TIMED_OUT = withoutOutput({ status: 'TimedOut', statusDetails: 'ExecutionTimedOut' }, {});

function afterExit({ stdout, stderr, exitCode }: PingOutcome): Ran {
  return {
    ...(exitCode === 0 ? SUCCESS : FAILED),
    responseCode: exitCode,
    stdout,
    stderr: exitCode === 0 ? stderr : `${stderr}failed to run commands: exit status ${exitCode}`,
  };
}

async function runKnown(known: KnownScript, step: DocumentStep, work: Work): Promise<Ran> {
  const scriptWith = (bound: Bound) => linesOf(step, bound).join('\n');
  const result = await known.run({ ...work, scriptWith });
  return result === 'endless' ? EXECUTION_TIMED_OUT : afterExit(result);
}

async function runScript(step: DocumentStep, work: Work): Promise<Ran> {
  const { document, bound, host, network, isLost } = work;
  const text = step.lines.join('\n');
  const known = work.scripts?.find(({ lines }) => lines.join('\n') === text);
  if (known !== undefined) {
    return runKnown(known, step, work);
  }
  const script = findPing(linesOf(step, bound), {
    platform: host.platform,
    variables: variablesOf(document, bound),
  });
  if (script.found === 'nothing') {
    return afterExit({
      stdout: '',
      stderr: `The lab's instances run nothing but ping. Not run: ${script.commands.join('; ') || '(an empty script)'}\n`,
      exitCode: 127,
    });
  }
  const result =
    script.found === 'refusal'
      ? script.refusal
      : await work.pinger({ network, host, ping: script.ping, isLost });
  if (result === 'endless') {
    return EXECUTION_TIMED_OUT;
  }
  return afterExit(script.failure === 'hidden' ? { ...result, exitCode: 0 } : result);
}

async function runStep(step: DocumentStep, work: Work): Promise<Ran> {
  const { platform } = work.host;
  if (step.platform !== undefined && step.platform !== platform) {
    return {
      ...SUCCESS,
      responseCode: 0,
      stdout: `Step execution skipped due to unsatisfied preconditions: '"StringEquals": [platformType, ${step.platform}]'. Step name: ${step.name}`,
      stderr: '',
    };
  }
  const needed = PLATFORM_OF_ACTION[step.action];
  if (needed === undefined) {
    return withoutOutput(FAILED, {
      stderr: `The lab runs aws:runShellScript and aws:runPowerShellScript, not ${step.action}.`,
    });
  }
  if (needed !== platform) {
    return withoutOutput({ status: 'Failed', statusDetails: 'InvalidPlatform' }, {});
  }
  return runScript(step, work);
}

/** Runs the steps in their order; one that fails does not stop the next, as in SSM unless the document says so. */
export async function runSteps(work: Work): Promise<Done> {
  const steps: StepResult[] = [];
  const pattern = patternFailsOnAgent(work.document);
  for (const step of work.document.steps) {
    const started = work.now();
    const ran =
      pattern === undefined
        ? await runStep(step, work)
        : withoutOutput(FAILED, {
            stderr: `The agent cannot read the allowed pattern ${pattern}: RE2 has no lookaround and no back-references.`,
          });
    steps.push({ name: step.name, ...ran, started, ended: work.now() });
  }
  const failed = steps.find(({ status }) => status !== 'Success');
  return {
    outcome: failed === undefined ? SUCCESS : { status: failed.status, statusDetails: failed.statusDetails },
    steps,
  };
}
