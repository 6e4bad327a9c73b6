import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

interface GitlabFile {
  readonly default: { readonly before_script: readonly string[] };
  readonly [job: string]: { readonly script?: readonly string[]; readonly before_script?: readonly string[] };
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

/** All lines in one shell, which ends at the first that fails, also in a pipe (GitLab runner, shell executors). */
export async function runGitlabJob(
  { file, job, directory }: { readonly file: string; readonly job: string; readonly directory: string },
  env: Environment,
): Promise<JobEnded> {
  const { default: defaults, ...jobs } = parse(readFileSync(join(directory, file), 'utf8')) as GitlabFile;
  const lines = [...defaults.before_script, ...(jobs[job]?.script ?? [])];
  return shell(['-eo', 'pipefail', '-c', lines.join('\n')], directory, env);
}
