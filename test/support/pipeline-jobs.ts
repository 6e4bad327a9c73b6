import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/**
 * Runs the commands of a job of a pipeline, as GitHub and GitLab hand them to the shell. What the hosts do besides (checkout, sign-in,
 * environments, artifacts) is not there.
 */

export type Environment = Readonly<Record<string, string>>;

export interface JobEnded {
  readonly code: number;
  /** stdout and stderr of every command, as the log of the job has them. */
  readonly log: string;
}

interface GithubJob {
  readonly steps: readonly { readonly run?: string; readonly if?: string; readonly env?: Environment }[];
}

interface GitlabJob {
  readonly extends?: string;
  readonly script?: readonly string[];
  readonly before_script?: readonly string[];
}

interface GitlabEntry {
  readonly include: readonly { readonly local: string }[];
}

function shell(args: readonly string[], directory: string, env: Environment): Promise<JobEnded> {
  return new Promise((resolve, reject) => {
    execFile('bash', args, { cwd: directory, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, log: `${stdout}${stderr}` });
      else reject(error);
    });
  });
}

/** Each step is a shell of its own, `bash -e` (GitHub documentation, workflow syntax, `shell`); after one that failed only those that say so run. */
export async function runGithubJob(
  { file, job, directory }: { readonly file: string; readonly job: string; readonly directory: string },
  env: Environment,
): Promise<JobEnded> {
  const { jobs } = parse(readFileSync(join(directory, file), 'utf8')) as {
    readonly jobs: Readonly<Record<string, GithubJob>>;
  };
  let ended: JobEnded = { code: 0, log: '' };
  for (const { run, if: condition = '', env: more = {} } of jobs[job]?.steps ?? []) {
    if (run === undefined || (ended.code !== 0 && !condition.includes('!cancelled()'))) continue;
    const script = join(directory, 'step.sh');
    writeFileSync(script, run);
    // What `${{ … }}` stands for comes with `env`.
    const step = await shell(['-e', script], directory, { ...more, ...env });
    ended = { code: ended.code || step.code, log: ended.log + step.log };
  }
  return ended;
}

/** The jobs of the files that the one includes which GitLab reads. @throws for an `include` that is not a whole folder's. */
function gitlabJobs(entry: string, directory: string): Readonly<Record<string, GitlabJob>> {
  const { include } = parse(readFileSync(join(directory, entry), 'utf8')) as GitlabEntry;
  const files = include.flatMap(({ local }) => {
    if (!/^[^*]+\/\*\.yml$/.test(local)) throw new Error(`${local}: only FOLDER/*.yml is read here`);
    const folder = join(directory, dirname(local));
    return readdirSync(folder).map((name) => join(folder, name));
  });
  return Object.assign({}, ...files.sort().map((file) => parse(readFileSync(file, 'utf8'))));
}

/** All lines in one shell, which ends at the first that fails, also in a pipe (GitLab runner, shell executors). */
export async function runGitlabJob(
  { file, job, directory }: { readonly file: string; readonly job: string; readonly directory: string },
  env: Environment,
): Promise<JobEnded> {
  const jobs = gitlabJobs(file, directory);
  const found = jobs[job];
  if (found === undefined) throw new Error(`${file} leads to no job ${job}`);
  const before = found.before_script ?? jobs[found.extends ?? '']?.before_script ?? [];
  const lines = [...before, ...(found.script ?? [])];
  return shell(['-eo', 'pipefail', '-c', lines.join('\n')], directory, env);
}
