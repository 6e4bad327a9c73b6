import { setTimeout as sleep } from 'node:timers/promises';
import { coloursFor, createOutput } from '../cli/output.ts';
import { createProgress } from '../cli/progress.ts';
import { parseArguments, USAGE } from './stackset/arguments.ts';
import { describeStackSetError } from './stackset/errors.ts';
import { runRemoval, runRollout } from './stackset/run.ts';

/** `npm run stackset`: deploys the product to many accounts with one CloudFormation StackSet. */

/** 128 + SIGINT. */
const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<0 | 1> {
  const progress = createProgress(process.stderr, process.env);
  process.once('SIGINT', () => {
    progress.done();
    process.stderr.write(
      '\nInterrupted. An operation that has begun goes on in CloudFormation; run this again to see where it is.\n',
    );
    process.exit(INTERRUPTED);
  });
  let shownLine = '';
  const options = {
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
    progress(line: string) {
      if (process.stderr.isTTY) {
        progress.doing(line);
      } else if (line !== shownLine) {
        // A pipeline's log shows each step once.
        shownLine = line;
        process.stderr.write(`${line}\n`);
      }
    },
    sleep: async (milliseconds: number) => {
      await sleep(milliseconds);
    },
  };
  try {
    const given = parseArguments(args, process.env);
    switch (given.verb) {
      case 'help':
        process.stdout.write(USAGE);
        return 0;
      case 'rollout':
        return await runRollout(given, options);
      case 'removal':
        return await runRemoval(given, options);
    }
  } catch (error) {
    progress.done();
    process.stderr.write(`${describeStackSetError(error)}\n`);
    if (args.includes('--debug')) {
      for (let each: unknown = error; each instanceof Error; each = each.cause) {
        process.stderr.write(`${each.stack ?? each.message}\n`);
      }
    }
    return 1;
  } finally {
    progress.done();
  }
}

// The SDK's advice on Node versions is none of the person's concern here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.exitCode = await main(process.argv.slice(2));
