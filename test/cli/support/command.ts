import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { upToDateCommand } from '../../../build/cli.ts';
import { type Ended, keptCommand, needsOwnProcess } from './kept-command.ts';

/** The built command, as a person runs it. */

export type { Ended };

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const ROOT = join(__dirname, '../../..');

const CLEAN = {
  PATH: process.env.PATH ?? '',
  // No settings of this machine: neither credentials nor a Region nor the metadata service.
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

export interface BuiltCommand {
  /** Removed by `remove`; for what tests write. */
  readonly directory: string;
  /** A process that a test does something with while it runs. */
  start(args: readonly string[], options?: RunOptions): ChildProcess;
  /** Answers as a process does. One process is kept for all runs, which come one after the other. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** The same in a process of its own, where it is shown that a process says this, and ends by itself. */
  runAlone(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): Promise<void>;
}

async function placeCommand(directory: string): Promise<string> {
  cpSync(await upToDateCommand(), directory, { recursive: true });
  // As in the package: the command asks which version it is.
  cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  return join(directory, 'peering.mjs');
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin?.end();
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The command in a directory of its own, so that test files don't disturb each other. */
export async function builtCommand(): Promise<BuiltCommand> {
  const directory = mkdtempSync(join(tmpdir(), 'peering-cli-'));
  const file = await placeCommand(join(directory, 'cli'));
  const kept = keptCommand(file);
  const placed = (args: readonly string[], { cwd = directory, env = {} }: RunOptions = {}) => ({
    args,
    cwd,
    env: { HOME: directory, ...CLEAN, ...env },
  });
  const start: BuiltCommand['start'] = (args, options) => {
    const { cwd, env } = placed(args, options);
    return spawn(process.execPath, [file, ...args], { cwd, env });
  };
  const runAlone: BuiltCommand['runAlone'] = (args, options) => ended(start(args, options));
  return {
    directory,
    start,
    runAlone,
    run: (args, options) => {
      const asked = placed(args, options);
      return needsOwnProcess(asked) ? runAlone(args, options) : kept.run(asked);
    },
    remove: async () => {
      await kept.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface CommandOfFile extends Pick<BuiltCommand, 'directory' | 'start' | 'run' | 'runAlone'> {
  inDirectory(...parts: readonly string[]): string;
}

/** The command for the tests of a file: built before the first one, removed after the last. */
export function commandOfFile(): CommandOfFile {
  let built: BuiltCommand | undefined;
  const command = () => {
    if (built === undefined) {
      throw new Error('The command is built before the first test; ask for it in a test, or in a hook.');
    }
    return built;
  };
  beforeAll(async () => {
    built = await builtCommand();
  });
  afterAll(() => built?.remove());
  return {
    get directory() {
      return command().directory;
    },
    start: (...given) => command().start(...given),
    run: (...given) => command().run(...given),
    runAlone: (...given) => command().runAlone(...given),
    inDirectory: (...parts) => join(command().directory, ...parts),
  };
}

const ajv = new Ajv({ strict: true });

/** Reads `--json` output and checks it against the published schema. */
export function valid(name: string, stdout: string): unknown {
  const key = `published-${name}`;
  const schema = JSON.parse(
    readFileSync(join(__dirname, '../../../docs/schemas', `${name}.schema.json`), 'utf8'),
  );
  const validate = ajv.getSchema(key) ?? ajv.compile({ ...schema, $id: key });
  const document: unknown = JSON.parse(stdout);
  if (!validate(document)) {
    throw new Error(`not as ${name}.schema.json says: ${ajv.errorsText(validate.errors)}`);
  }
  return document;
}
