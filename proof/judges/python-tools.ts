import { join } from 'node:path';
import {
  ensureVirtualEnvironment,
  LAB_DIRECTORY,
  motoEnvironment,
  type VirtualEnvironment,
} from 'local-aws-peering/command';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { lastLines, runCommand } from '../command.ts';
import type { Finding } from './findings.ts';
import { NotJudged } from './judge.ts';
import type { Templates } from './templates.ts';

/** cfn-lint and checkov, each with the versions that its requirements file names. */

/** @throws {NotJudged} when Python or a package is not to be had. */
export async function orNotJudged<T>(making: Promise<T>): Promise<T> {
  try {
    return await making;
  } catch (error) {
    throw new NotJudged(error instanceof Error ? error.message : String(error));
  }
}

function environmentOf(tool: string, progress: (line: string) => void): Promise<VirtualEnvironment> {
  return orNotJudged(
    ensureVirtualEnvironment({
      requirements: join(PROJECT_ROOT, `proof/judges/${tool}/requirements.txt`),
      directory: LAB_DIRECTORY,
      purpose: tool,
      alternative: 'run the other judges alone.',
      oldest: [3, 11],
      progress,
    }),
  );
}

interface LintMatch {
  readonly Filename: string;
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
  readonly Rule: { readonly Id: string };
}

function nameOf({ files }: Templates, file: string): string {
  const found = [...files].find(([, path]) => path === file);
  if (found === undefined) {
    throw new Error(`A tool speaks of ${file}, which it was not asked about.`);
  }
  return found[0];
}

/** All of its rules, those that only inform too. */
export async function askCfnLint(
  templates: Templates,
  progress: (line: string) => void,
): Promise<readonly Finding[]> {
  const { python, bin } = await orNotJudged(motoEnvironment({ progress }));
  const { stdout, stderr } = await runCommand(python, [
    join(bin, 'cfn-lint'),
    ...['--include-checks', 'I', '--format', 'json', '--', ...templates.files.values()],
  ]);
  if (!stdout.trimStart().startsWith('[')) {
    throw new Error(`cfn-lint gave no report: ${lastLines(stderr)}`);
  }
  return (JSON.parse(stdout) as readonly LintMatch[]).map(({ Filename, Message, Location, Rule }) => ({
    template: nameOf(templates, Filename),
    rule: Rule.Id,
    resource: Location.Path?.[0] === 'Resources' ? String(Location.Path[1]) : 'the template',
    text: Message,
  }));
}

interface CheckovReport {
  readonly summary: { readonly passed: number; readonly failed: number; readonly parsing_errors: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      /** `AWS::SQS::Queue.DeadLetterQueue` */
      readonly resource: string;
      readonly file_abs_path: string;
    }[];
  };
}

/** @returns how many checks it made besides. */
export async function askCheckov(
  templates: Templates,
  progress: (line: string) => void,
): Promise<{ readonly findings: readonly Finding[]; readonly passed: number }> {
  const { python, bin } = await environmentOf('checkov', progress);
  const files = [...templates.files.values()].flatMap((file) => ['--file', file]);
  const { stdout, stderr } = await runCommand(python, [
    join(bin, 'checkov'),
    ...[
      ...files,
      '--framework',
      'cloudformation',
      '--output',
      'json',
      '--quiet',
      '--compact',
      '--skip-download',
    ],
  ]);
  if (!/^\s*[[{]/.test(stdout)) {
    throw new Error(`checkov gave no report: ${lastLines(`${stdout}${stderr}`)}`);
  }
  const report = JSON.parse(stdout) as CheckovReport;
  if (report.summary?.parsing_errors !== 0) {
    throw new Error(`checkov could not read the templates: ${JSON.stringify(report.summary)}`);
  }
  return {
    passed: report.summary.passed,
    findings: report.results.failed_checks.map(({ check_id, check_name, resource, file_abs_path }) => ({
      template: nameOf(templates, file_abs_path),
      rule: check_id,
      resource: resource.split('.').at(-1) ?? '',
      text: check_name,
    })),
  };
}
