#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { portOf, serve } from './command.ts';
import { LabError, lastWords } from './errors.ts';

/** An empty local AWS, until Ctrl-C. */

const USAGE = `local-aws-peering [options]; in a clone, npm start -- [options]

Starts an empty AWS on this machine, prints "ready http://127.0.0.1:<port>" on stdout and stays until Ctrl-C.
Nothing leaves the machine; no AWS account is needed.

  --port N        listen on this port of 127.0.0.1 (default: a free one)
  --region NAME   the Region that clients use unless they name another, of whatever partition (default: us-east-1)
  --schedules     let schedules run by themselves (default: only POST /_lab/schedules/<function>)
  --real-ping     ping with the real program between network namespaces (Linux, root)
  --json-logs     log as JSON lines
  --help          this text
`;

function readFlags() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        region: { type: 'string' },
        schedules: { type: 'boolean', default: false },
        'real-ping': { type: 'boolean', default: false },
        'json-logs': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new LabError(`${cause instanceof Error ? cause.message : cause}\nSee --help.`, { cause });
  }
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(USAGE);
    return;
  }
  const port = portOf(flags.port);
  await serve({
    logs: flags['json-logs'] ? 'json' : 'text',
    async start(listeners) {
      const { startLab } = await import('./lab.ts');
      return startLab({
        ...listeners,
        schedules: flags.schedules ? 'by-time' : 'by-request',
        pings: flags['real-ping'] ? 'real' : 'model',
        ...(flags.region === undefined ? {} : { region: flags.region }),
        ...(port === undefined ? {} : { port }),
      });
    },
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${lastWords(error)}\n`);
  process.exit(1);
});
