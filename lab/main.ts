import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError, lastWords } from './errors.ts';
import type { Lab } from './lab.ts';
import { stopOnSignals } from './signals.ts';
import type { LabLog } from './types.ts';

/** `npm run lab`: a local AWS with the stack deployed, until Ctrl-C. */

const USAGE = `npm run lab -- [options]

Starts a local AWS on this machine, deploys the stack into it, prints "ready http://127.0.0.1:<port>"
on stdout and stays until Ctrl-C. Nothing leaves the machine; no AWS account is needed.

  --port N        listen on this port of 127.0.0.1 (default: a free one)
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
  return {
    port,
    policy: values.policy,
    region: values.region,
    deploy: !values['no-deploy'],
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
      'no-deploy': { type: 'boolean', default: false },
      schedules: { type: 'boolean', default: false },
      'json-logs': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

function createLog(format: Arguments['logs']): LabLog {
  return (message, fields = {}) => {
    const time = new Date().toISOString();
    const details = Object.entries(fields)
      .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join('');
    process.stderr.write(
      format === 'json'
        ? `${JSON.stringify({ time, message, ...fields })}\n`
        : `${time.slice(11, 23)} ${message}${details}\n`,
    );
  };
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
  const log = createLog(args.logs);
  // The SDK of AWS is most of what there is to load: not for a usage text, or options that are wrong.
  const { startLab } = await import('./lab.ts');
  lab = await startLab({
    log,
    progress: (line) => (args.logs === 'json' ? log(line) : process.stderr.write(`${line}\n`)),
    schedules: args.schedules,
    ...(args.region === undefined ? {} : { region: args.region }),
    ...(args.port === undefined ? {} : { port: args.port }),
  });
  if (args.deploy) {
    try {
      await lab.deploy({
        ...(args.policy === undefined ? {} : { policyFile: resolve(args.policy) }),
      });
    } catch (error) {
      await lab.stop();
      if (signals.received()) {
        return;
      }
      throw error;
    }
  }
  process.stderr.write(
    `\nUse it from another terminal:\n${Object.entries(lab.env)
      .map(([name, value]) => `  export ${name}=${value}`)
      .join('\n')}\n\n`,
  );
  process.stdout.write(`ready ${lab.url}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${lastWords(error)}\n`);
  process.exit(1);
});
