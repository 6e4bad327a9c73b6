import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EC2Client } from '@aws-sdk/client-ec2';
import { createLabControl } from 'local-aws-peering';
import { createWaiting, LabError, lastWords, type Signals, stopOnSignals } from 'local-aws-peering/command';
import { type Lab, startLab } from './lab.ts';
import { createPrinter, type StepResult } from './tutorial/print.ts';
import { saidInTurn } from './tutorial/said-in-turn.ts';
import { tutorialSteps } from './tutorial/steps.ts';
import type { Step, Tell } from './tutorial/story.ts';
import { ACCEPTER, createTwoAccounts, HOME, REQUESTER, twoAccountsSteps } from './tutorial/two-accounts.ts';
import { createWorld } from './tutorial/world.ts';

/** `npm start`: deploys the real stack into a local AWS, plays the tutorial, and ends with exit 0 only if all holds. */

const USAGE = `npm start -- [options]

Starts a local AWS on this machine, deploys the stack into it with peering deploy, and plays
the tutorial: ten steps from "no route" to "routes gone". Needs Python 3.10 or newer, no AWS account.
npm run lab -- --example leaves its network running instead, with commands to type.

  --region R   play in this Region, such as us-gov-west-1 or cn-north-1 (default: us-east-1)
  --accounts 2 the story of two accounts in two Regions instead: each runs the stack, nine steps
  --json       end with one JSON document on stdout: {ok, steps: [{name, ok, detail, ms}]};
               npm start --silent -- --json keeps npm's own lines out of it
  --real-ping  ping, connect and send large packets with the real programs between network namespaces (Linux, root)
  --help       this text
`;

const SUMMARY = 'Summary';

const policyFile = (name: string) => fileURLToPath(new URL(`./tutorial/${name}`, import.meta.url));

/** What is deployed, and the steps that are then played. */
interface Story {
  deploy(lab: Lab, say: (line: string) => void): Promise<void>;
  steps(lab: Lab, tell: Tell): Promise<readonly Step[]>;
}

const ONE_ACCOUNT: Story = {
  deploy: (lab, progress) => lab.deploy({ policyFile: policyFile('policy.yml'), progress }),
  steps: async (lab, tell) =>
    tutorialSteps({
      world: await createWorld(new EC2Client({ endpoint: lab.url, region: lab.region })),
      control: createLabControl(lab.url),
      endpoint: lab.url,
      region: lab.region,
      tell,
    }),
};

const TWO_ACCOUNTS: Story = {
  deploy: (lab, say) =>
    saidInTurn(
      [REQUESTER, ACCEPTER].map((account) => ({
        title: `In account ${account}:`,
        run: (progress) =>
          lab.deploy({ account, policyFile: policyFile('two-accounts.yml'), region: HOME, progress }),
      })),
      say,
    ),
  steps: async (lab, tell) =>
    twoAccountsSteps({
      accounts: await createTwoAccounts(lab.url),
      control: {
        requester: createLabControl(lab.url, REQUESTER),
        accepter: createLabControl(lab.url, ACCEPTER),
      },
      endpoint: lab.url,
      tell,
    }),
};

/** By the value of --accounts. */
const STORIES: ReadonlyMap<string, Story> = new Map([
  ['1', ONE_ACCOUNT],
  ['2', TWO_ACCOUNTS],
]);

/** `undefined` when a signal came in between. */
async function play(
  lab: Lab,
  story: Story,
  { output, signals }: { readonly output: 'text' | 'json'; readonly signals: Signals },
): Promise<readonly StepResult[] | undefined> {
  const printer = createPrinter(output === 'json' ? process.stderr : process.stdout);
  const results: StepResult[] = [];
  const steps = await story.steps(lab, (line) => printer.line(line));
  for (const [index, step] of steps.entries()) {
    printer.heading(index + 1, step.name);
    const started = performance.now();
    let detail: string;
    let ok = true;
    try {
      detail = await step.run();
    } catch (error) {
      ok = false;
      detail = error instanceof Error ? error.message : String(error);
    }
    if (signals.received()) {
      return undefined;
    }
    const result = { name: step.name, ok, detail, ms: Math.round(performance.now() - started) };
    results.push(result);
    printer.outcome(result);
    if (!ok) {
      break;
    }
  }
  for (const { name } of steps.slice(results.length)) {
    results.push({ name, ok: false, detail: 'Not run: a step before it failed.', ms: 0 });
  }
  printer.heading(results.length + 1, SUMMARY);
  printer.summary(results);
  const passed = results.filter(({ ok }) => ok).length;
  printer.line(
    passed === results.length
      ? '\nEverything holds, and nothing is left running. npm run lab -- --example leaves this network running, with commands to type.'
      : `\n${passed} of ${results.length} steps hold.`,
  );
  const ms = results.reduce((sum, result) => sum + result.ms, 0);
  return [
    ...results,
    {
      name: SUMMARY,
      ok: passed === results.length,
      detail: `${passed} of ${results.length} steps hold.`,
      ms,
    },
  ];
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        accounts: { type: 'string', default: '1' },
        region: { type: 'string' },
        json: { type: 'boolean', default: false },
        'real-ping': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const story = STORIES.get(values.accounts);
    if (story === undefined) {
      throw new Error(`--accounts takes 1 or 2, not ${JSON.stringify(values.accounts)}`);
    }
    if (story === TWO_ACCOUNTS && values.region !== undefined && values.region !== HOME) {
      throw new Error(
        `--accounts 2 plays in ${HOME} and another Region of its own choice; leave --region out`,
      );
    }
    return { ...values, story };
  } catch (cause) {
    throw new LabError(`${cause instanceof Error ? cause.message : cause}. See npm start -- --help.`, {
      cause,
    });
  }
}

async function main(): Promise<number> {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  // The SDK's advice on Node versions is none of the person's concern here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  let lab: Lab | undefined;
  const signals = stopOnSignals(() => lab);
  const waiting = createWaiting(process.stderr);
  waiting.line('Starting a local AWS on this machine. Nothing leaves it, and no AWS account is needed.');
  waiting.doing('starting the local AWS');
  try {
    lab = await startLab({
      progress: (line) => waiting.line(`  ${line}`),
      pings: flags['real-ping'] ? 'real' : 'model',
      ...(flags.region === undefined ? {} : { region: flags.region }),
    });
    // The SDK clients of this process talk to the lab with its credentials.
    Object.assign(process.env, lab.env);
    waiting.line('\nDeploying the stack into it, as peering deploy does it in an account:');
    waiting.doing('deploying');
    await flags.story.deploy(lab, (line) => waiting.line(`  ${line}`));
    waiting.done();
    const steps = await play(lab, flags.story, { output: flags.json ? 'json' : 'text', signals });
    if (steps === undefined) {
      return 1;
    }
    const ok = steps.every((step) => step.ok);
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ ok, steps }, undefined, 2)}\n`);
    }
    return ok ? 0 : 1;
  } catch (error) {
    if (signals.received()) {
      return 1;
    }
    throw error;
  } finally {
    waiting.done();
    await lab?.stop();
  }
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`${lastWords(error)}\n`);
    process.exitCode = 1;
  },
);
