import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LabError, lastWords } from './errors.ts';
import type { Lab } from './lab.ts';
import { stopOnSignals } from './signals.ts';
import type { LabLog } from './types.ts';
import { createWaiting, type Waiting } from './waiting.ts';

/** `npm run lab`: a local AWS with the stack deployed, until Ctrl-C. */

const EXAMPLE_POLICY = fileURLToPath(new URL('./tutorial/policy.yml', import.meta.url));

const USAGE = `npm run lab -- [options]

Starts a local AWS on this machine, deploys the stack into it, prints "ready http://127.0.0.1:<port>"
on stdout and stays until Ctrl-C. Nothing leaves the machine; no AWS account is needed.

  --port N        listen on this port of 127.0.0.1 (default: a free one)
  --example       deploy with the tutorial's policy and leave its network running: VPC-A, VPC-B and VPC-C, a
                  server in each, the peering VPC-A-to-VPC-B; print commands to type
  --policy FILE   deploy with this peering-policy.yml (default: the project's)
  --region NAME   deploy into this Region, of whatever partition (default: us-east-1)
  --no-deploy     start an empty AWS
  --schedules     let schedules run by themselves (default: only POST /_lab/schedules/<function>)
  --json-logs     log as JSON lines
  --help          this text
`;

interface Arguments {
  readonly port: number | undefined;
  readonly policy: string | undefined;
  readonly region: string | undefined;
  readonly deploy: boolean;
  readonly network: 'example' | 'empty';
  readonly schedules: 'by-request' | 'by-time';
  readonly logs: 'text' | 'json';
  readonly help: boolean;
}

function parse(args: readonly string[]): Arguments {
  let values: ReturnType<typeof readFlags>;
  try {
    values = readFlags(args);
  } catch (cause) {
    throw new LabError(`${cause instanceof Error ? cause.message : cause}\nSee --help.`, { cause });
  }
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new LabError(`--port ${values.port} is no port: give a number from 1 to 65535.`);
  }
  if (values.example && (values.policy !== undefined || values['no-deploy'])) {
    throw new LabError(
      '--example brings its own policy and deploys with it: leave --policy and --no-deploy out.\nSee --help.',
    );
  }
  return {
    port,
    policy: values.example ? EXAMPLE_POLICY : values.policy,
    region: values.region,
    deploy: !values['no-deploy'],
    network: values.example ? 'example' : 'empty',
    schedules: values.schedules ? 'by-time' : 'by-request',
    logs: values['json-logs'] ? 'json' : 'text',
    help: values.help,
  };
}

function readFlags(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      policy: { type: 'string' },
      region: { type: 'string' },
      example: { type: 'boolean', default: false },
      'no-deploy': { type: 'boolean', default: false },
      schedules: { type: 'boolean', default: false },
      'json-logs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

/** A log in JSON is made of JSON alone: nobody looks at it while it is written. */
function waitingFor(format: Arguments['logs']): Waiting {
  const nothing = () => undefined;
  return format === 'text'
    ? createWaiting(process.stderr)
    : { doing: nothing, done: nothing, line: (text) => process.stderr.write(`${text}\n`) };
}

function createLog(format: Arguments['logs'], { line }: Pick<Waiting, 'line'>): LabLog {
  return (message, fields = {}) => {
    const time = new Date().toISOString();
    const details = Object.entries(fields)
      .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join('');
    line(
      format === 'json'
        ? JSON.stringify({ time, message, ...fields })
        : `${time.slice(11, 23)} ${message}${details}`,
    );
  };
}

/** @returns lines about what there is to type; none of an AWS that is empty. */
async function fill(
  lab: Lab,
  args: Arguments,
  { doing, say }: { doing(what: string): void; say(line: string): void },
): Promise<readonly string[]> {
  if (args.deploy) {
    say('Deploying the stack');
    doing('deploying the stack');
    await lab.deploy(args.policy === undefined ? {} : { policyFile: resolve(args.policy) });
  }
  if (args.network === 'empty') {
    return [];
  }
  doing('making VPC-A, VPC-B and their peering');
  const { createExample, exampleCommands } = await import('./tutorial/example.ts');
  const commands = exampleCommands(await createExample(lab));
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    'Five commands worth typing:',
    ...commands.map(([command, shows]) => `  ${command.padEnd(width)}  ${shows}`),
    '',
    'docs/first-week.md has more of them, with what they print. Ctrl-C ends it all.',
    '',
  ];
}

function environmentLines(lab: Lab, { network }: Arguments): string[] {
  const variables = { ...lab.env, ...(network === 'example' ? { PEERING_POLICY: EXAMPLE_POLICY } : {}) };
  return [
    '',
    `Use it from another terminal${network === 'example' ? ', in this folder' : ''}:`,
    ...Object.entries(variables).map(([name, value]) => `  export ${name}=${value}`),
    '',
  ];
}

async function main(): Promise<void> {
  const args = parse(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(USAGE);
    return;
  }
  // The SDK's advice on Node versions is none of the person's concern here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  let lab: Lab | undefined;
  const signals = stopOnSignals(() => lab);
  const waiting = waitingFor(args.logs);
  const log = createLog(args.logs, waiting);
  const say = args.logs === 'json' ? log : waiting.line;
  waiting.doing('starting the local AWS');
  try {
    // The SDK of AWS is most of what there is to load: not for a usage text, or options that are wrong.
    const { startLab } = await import('./lab.ts');
    lab = await startLab({
      log,
      progress: say,
      schedules: args.schedules,
      ...(args.region === undefined ? {} : { region: args.region }),
      ...(args.port === undefined ? {} : { port: args.port }),
    });
    const lines = await fill(lab, args, { doing: waiting.doing, say });
    waiting.done();
    process.stderr.write(`${[...environmentLines(lab, args), ...lines].join('\n')}\n`);
    process.stdout.write(`ready ${lab.url}\n`);
  } catch (error) {
    waiting.done();
    await lab?.stop();
    if (!signals.received()) {
      throw error;
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${lastWords(error)}\n`);
  process.exit(1);
});
