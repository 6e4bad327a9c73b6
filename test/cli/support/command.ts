import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { upToDateCommand } from '../../../build/cli.ts';

/** The built command, run as a process as a person runs it. */

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

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
  start(args: readonly string[], options?: RunOptions): ChildProcess;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): void;
}

async function placeCommand(directory: string): Promise<string> {
  cpSync(await upToDateCommand(), directory, { recursive: true });
  // As in the package: the command asks which version it is.
  cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  return join(directory, 'peering.mjs');
}

/** The command in a directory of its own, so that test files don't disturb each other. */
export async function builtCommand(): Promise<BuiltCommand> {
  const directory = mkdtempSync(join(tmpdir(), 'peering-cli-'));
  const file = await placeCommand(join(directory, 'cli'));
  const start: BuiltCommand['start'] = (args, { cwd = directory, env = {} } = {}) =>
    spawn(process.execPath, [file, ...args], { cwd, env: { HOME: directory, ...CLEAN, ...env } });
  return {
    directory,
    start,
    run: (args, options) =>
      new Promise((resolve, reject) => {
        const child = start(args, options);
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
      }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export interface CommandOfFile extends Pick<BuiltCommand, 'directory' | 'start' | 'run'> {
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
