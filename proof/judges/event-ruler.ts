import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { lastLines, runCommand } from '../command.ts';
import { NotJudged } from './judge.ts';

/** AWS's own matcher of event patterns (Maven: software.amazon.event.ruler:event-ruler), asked in a Java process. */

const FOLDER = join(PROJECT_ROOT, 'proof/judges/event-ruler');

/** By the version in pom.xml. */
const JARS = join(PROJECT_ROOT, '.lab/event-ruler-2.1.0');

export interface RulerQuestion {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly events: readonly unknown[];
}

export interface RulerAnswer {
  /** Rules that were refused, and why. */
  readonly refused: Readonly<Record<string, string>>;
  readonly complexity: Readonly<Record<string, number>>;
  /** For each event the names of the rules that it matches. */
  readonly matches: readonly (readonly string[])[];
}

function works(command: string, args: readonly string[]): boolean {
  // A command that is not there has no exit status.
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Why AWS's matcher cannot be asked on this machine, and what to install; undefined where it can. */
export function rulerMissing(): string | undefined {
  if (!works('javac', ['-version'])) {
    return 'there is no JDK here (17 or newer; Debian: openjdk-17-jdk-headless)';
  }
  return existsSync(JARS) || works('mvn', ['-v'])
    ? undefined
    : 'Maven is not here (Debian: maven), which fetches event-ruler';
}

/** @throws {NotJudged} without a JDK, Maven, or a registry. */
async function fetchJars(progress: (line: string) => void): Promise<void> {
  const missing = rulerMissing();
  if (missing !== undefined) {
    throw new NotJudged(missing);
  }
  if (existsSync(JARS)) {
    return;
  }
  progress('fetching event-ruler with Maven');
  const unfinished = `${JARS}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  const { code, stdout, stderr } = await runCommand('mvn', [
    ...['-q', '-B', '-f', join(FOLDER, 'pom.xml'), 'dependency:copy-dependencies'],
    `-DoutputDirectory=${unfinished}`,
  ]);
  if (code !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw new NotJudged(`Maven could not fetch event-ruler: ${lastLines(`${stdout}${stderr}`)}`);
  }
  // Another run may have been quicker; what it fetched is the same.
  await (existsSync(JARS) ? rm(unfinished, { recursive: true }) : rename(unfinished, JARS));
}

/** @throws {NotJudged} when AWS's matcher is not to be had here. */
export async function askRuler(
  questions: readonly RulerQuestion[],
  progress: (line: string) => void,
): Promise<RulerAnswer[]> {
  await fetchJars(progress);
  const classpath = (await readdir(JARS)).map((jar) => join(JARS, jar)).join(':');
  const java = spawn('java', ['-cp', classpath, join(FOLDER, 'Judge.java')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  const problems: Buffer[] = [];
  java.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  java.stderr.on('data', (chunk: Buffer) => problems.push(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    java.once('error', reject);
    java.once('close', resolve);
  });
  // A process that ends early says why on stderr.
  java.stdin.on('error', () => undefined);
  java.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  const code = await ended;
  if (code !== 0) {
    throw new Error(`event-ruler ended with ${code}: ${Buffer.concat(problems).toString()}`);
  }
  const answers = Buffer.concat(output).toString().trim().split('\n');
  return answers.map((line) => JSON.parse(line) as RulerAnswer);
}
