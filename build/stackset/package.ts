import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CliError } from '../../cli/errors.ts';
import { shown } from '../../cli/output.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { PROJECT_ROOT } from '../bundle.ts';
import { PACKAGED_FOR } from '../deployment-region.ts';
import { copyService, serverlessCommand } from '../service-copy.ts';
import { codeKey, stackSetTemplate, type Template, templateKey } from './template.ts';

/** What goes into the bucket. */
export interface PackageObject {
  readonly key: string;
  readonly body: Uint8Array;
}

/** Everything that accounts need, named by its content. */
export interface ReleasePackage {
  readonly template: Template;
  readonly templateKey: string;
  /** The functions, then the template. */
  readonly objects: readonly PackageObject[];
}

export interface PackageOptions {
  /** Checked already. */
  readonly policy: Policy;
  /** Absolute. */
  readonly policyFile: string;
  readonly stage: string;
  /** Empty, and removed by the caller. */
  readonly directory: string;
}

const LAST_LINES = 5;

/** Packaging must not depend on the account or the settings of whoever packages. */
const NOT_PASSED_ON = /^(AWS_|SLS_|SERVERLESS_|PEERING_)/;

const PACKAGED_TEMPLATE = 'cloudformation-template-update-stack.json';

function runServerless(
  args: readonly string[],
  { cwd, environment }: { readonly cwd: string; readonly environment: Readonly<Record<string, string>> },
): Promise<void> {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.test(name));
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [serverlessCommand(), ...args],
      {
        cwd,
        env: {
          ...Object.fromEntries(inherited),
          CI: '1',
          SLS_TELEMETRY_DISABLED: '1',
          AWS_EC2_METADATA_DISABLED: 'true',
          ...environment,
        },
      },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve();
          return;
        }
        const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
        reject(
          new CliError(
            `The stack could not be packaged: ${shown(lines.slice(-LAST_LINES).join(' '), 600)} Try npx serverless package.`,
            { cause: error },
          ),
        );
      },
    );
  });
}

/**
 * Packages the service as `serverless deploy` would, in a copy, and makes the StackSet's template of it.
 * @throws CliError when the framework fails, TemplateError when its template is not what it is known to be.
 */
export async function packageRelease({
  policy,
  policyFile,
  stage,
  directory,
}: PackageOptions): Promise<ReleasePackage> {
  const service = join(directory, 'service');
  const built = join(directory, 'functions');
  const packaged = join(directory, 'package');
  await copyService(PROJECT_ROOT, service);
  await runServerless(['package', '--package', packaged, '--stage', stage, '--region', PACKAGED_FOR], {
    cwd: service,
    environment: { AWS_REGION: PACKAGED_FOR, PEERING_POLICY: policyFile, PEERING_BUILD_DIR: built },
  });
  const zips = (await readdir(built)).filter((name) => name.endsWith('.zip')).sort();
  const functions = await Promise.all(
    zips.map(async (file) => {
      const name = basename(file, '.zip');
      const body = await readFile(join(built, file));
      return { name, key: codeKey(name, body), body };
    }),
  );
  const template = stackSetTemplate({
    packaged: JSON.parse(await readFile(join(packaged, PACKAGED_TEMPLATE), 'utf8')),
    policy,
    stage,
    codeKeys: new Map(functions.map(({ name, key }) => [name, key])),
  });
  const body = JSON.stringify(template);
  const key = templateKey(body);
  return {
    template,
    templateKey: key,
    objects: [
      ...functions.map(({ key: code, body: zip }) => ({ key: code, body: zip })),
      { key, body: Buffer.from(body) },
    ],
  };
}
