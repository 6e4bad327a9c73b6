import { parseArguments } from './arguments.ts';
import { ask, NotAnswered } from './ask.ts';
import { COMMANDS } from './commands.ts';
import { CliError, describeError } from './errors.ts';
import { helpOf, overview } from './help.ts';
import type { Options } from './options.ts';
import { coloursFor, columnsOf, createOutput } from './output.ts';
import { createProgress } from './progress.ts';
import type { ExitCode, Terminal } from './verb.ts';
import { commandVersion } from './version.ts';

/** 128 + SIGINT. */
const INTERRUPTED = 130;

/** Whoever reads our answer may have enough of it (`| head`): that is no error. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      process.exit(process.exitCode ?? 0);
    }
    throw error;
  });
}

function terminalOf(stdout: NodeJS.WriteStream, onInterrupt: Terminal['onInterrupt']): Terminal {
  return {
    // A terminal that does not say how large it is says 0.
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    write: (text) => void stdout.write(text),
    onInterrupt,
  };
}

/** As the AWS CLI does: a profile that is named goes before keys in the environment. */
function useProfile({ profile, snapshot }: Options): void {
  if (profile === undefined) {
    return;
  }
  if (snapshot !== undefined) {
    throw new CliError(
      'With --snapshot nothing is asked of AWS, so --profile has no use. Leave one of them out.',
    );
  }
  process.env.AWS_PROFILE = profile;
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
    delete process.env[name];
  }
}

/** What is loaded for it is loaded only where the environment names a proxy. */
async function useProxy({ snapshot }: Options): Promise<void> {
  const names = ['https_proxy', 'http_proxy', 'all_proxy'];
  if (snapshot !== undefined || !names.some((name) => process.env[name] || process.env[name.toUpperCase()])) {
    return;
  }
  const [{ connectBy }, { environmentAgent }] = await Promise.all([
    import('../lib/aws/clients.ts'),
    import('./proxy.ts'),
  ]);
  connectBy(environmentAgent());
}

/** Says on stderr why the command ends. @returns its exit code. */
function failed(error: unknown, args: readonly string[]): ExitCode | typeof INTERRUPTED {
  if (error instanceof NotAnswered) {
    process.stderr.write(
      error.by === 'Ctrl-C'
        ? '\nInterrupted. Nothing was changed.\n'
        : '\npeering: No answer came, so nothing was changed. Run it again, and answer.\n',
    );
    return error.by === 'Ctrl-C' ? INTERRUPTED : 1;
  }
  // A policy's problems stand alone on their lines, so that editors can follow file, line and column.
  const name = error instanceof Error && error.name === 'PolicyError' ? '' : 'peering: ';
  process.stderr.write(`${name}${describeError(error)}\n`);
  if (args.includes('--debug') && error instanceof Error) {
    for (let each: unknown = error; each instanceof Error; each = each.cause) {
      process.stderr.write(`${each.stack ?? each.message}\n`);
    }
  }
  return 1;
}

async function main(args: readonly string[]): Promise<ExitCode | typeof INTERRUPTED> {
  endWithReader(process.stdout);
  endWithReader(process.stderr);
  const progress = createProgress(process.stderr, process.env);
  let interrupted: (() => void) | undefined;
  let whatStays = 'What was written before stays; peering plan shows what is left.';
  process.on('SIGINT', () => {
    if (interrupted !== undefined) {
      interrupted();
      return;
    }
    progress.done();
    process.stderr.write(`\nInterrupted. ${whatStays}\n`);
    process.exit(INTERRUPTED);
  });
  try {
    const parsed = parseArguments(args);
    if (parsed.kind === 'version') {
      process.stdout.write(`${commandVersion()}\n`);
      return 0;
    }
    if (parsed.kind === 'help') {
      const columns = columnsOf(process.stdout, process.env);
      process.stdout.write(
        parsed.command === undefined ? overview(columns) : helpOf(parsed.command, columns),
      );
      return 0;
    }
    useProfile(parsed.options);
    await useProxy(parsed.options);
    const verb = await parsed.command.load();
    return await verb.run({
      options: parsed.options,
      positionals: parsed.positionals,
      commands: COMMANDS,
      progress,
      output: createOutput({
        stdout: (text) => {
          progress.done();
          process.stdout.write(text);
        },
        stderr: (text) => {
          progress.done();
          process.stderr.write(text);
        },
        colours: coloursFor(process.stdout, process.env),
      }),
      environment: process.env,
      ifInterrupted: (says) => {
        whatStays = says;
      },
      ...(process.stdin.isTTY && process.stderr.isTTY
        ? {
            ask: (question) =>
              ask(question, (act) => {
                interrupted = act;
              }),
          }
        : {}),
      ...(process.stdout.isTTY && process.env.TERM !== 'dumb'
        ? {
            terminal: terminalOf(process.stdout, (act) => {
              interrupted = act;
            }),
          }
        : {}),
    });
  } catch (error) {
    progress.done();
    return failed(error, args);
  } finally {
    progress.done();
  }
}

process.exitCode = await main(process.argv.slice(2));
