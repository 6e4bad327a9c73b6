import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Filled, LabError, type LogFormat, lastWords, portOf, serve } from 'local-aws-peering/command';
import type { Lab } from './lab.ts';

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
  readonly logs: LogFormat;
  readonly help: boolean;
}

function parse(args: readonly string[]): Arguments {
  let values: ReturnType<typeof readFlags>;
  try {
    values = readFlags(args);
  } catch (cause) {
    throw new LabError(`${cause instanceof Error ? cause.message : cause}\nSee --help.`, { cause });
  }
  const port = portOf(values.port);
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

/** Deploys the stack, and makes the example's network where it is asked for. */
async function fill(
  lab: Lab,
  args: Arguments,
  { doing, say }: { doing(what: string): void; say(line: string): void },
): Promise<Filled> {
  if (args.deploy) {
    say('Deploying the stack');
    doing('deploying the stack');
    await lab.deploy(args.policy === undefined ? {} : { policyFile: resolve(args.policy) });
  }
  if (args.network === 'empty') {
    return { lines: [], variables: {}, where: '' };
  }
  doing('making VPC-A, VPC-B and their peering');
  const { createExample, exampleCommands } = await import('./tutorial/example.ts');
  const commands = exampleCommands(await createExample(lab));
  const width = Math.max(...commands.map(([command]) => command.length));
  return {
    where: ', in this folder',
    variables: { PEERING_POLICY: EXAMPLE_POLICY },
    lines: [
      'Five commands worth typing:',
      ...commands.map(([command, shows]) => `  ${command.padEnd(width)}  ${shows}`),
      '',
      'docs/first-week.md has more of them, with what they print. Ctrl-C ends it all.',
      '',
    ],
  };
}

async function main(): Promise<void> {
  const args = parse(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(USAGE);
    return;
  }
  await serve<Lab>({
    logs: args.logs,
    async start(listeners) {
      // The SDK of AWS is most of what there is to load: not for a usage text, or options that are wrong.
      const { startLab } = await import('./lab.ts');
      return startLab({
        ...listeners,
        schedules: args.schedules,
        ...(args.region === undefined ? {} : { region: args.region }),
        ...(args.port === undefined ? {} : { port: args.port }),
      });
    },
    fill: (lab, listeners) => fill(lab, args, listeners),
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${lastWords(error)}\n`);
  process.exit(1);
});
