import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isKnownRegion } from '../../lib/policy/regions.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import {
  GITLAB_ENTRY,
  missingInGitlabEntry,
  type PipelineHost,
  pipelineFile,
  pipelineNames,
} from '../init/pipeline-files.ts';
import { pipelineRolesFile } from '../init/pipeline-roles.ts';
import { type FirstPolicy, IGNORED, policyFile, policyTestFile, stackFile } from '../init/policy-files.ts';
import { DEFAULT_STAGE } from '../options.ts';
import type { Output } from '../output.ts';
import { FORMS, problemOf, validated } from '../release/forms.ts';
import { callerAccount, defaultRegion } from '../source/live.ts';
import type { Invocation, Verb } from '../verb.ts';

interface FileToWrite {
  readonly path: string;
  readonly text: string;
}

type Written = Document<'init'>['files'][number];

const EMAIL = /^[^\s@"']+@[^\s@"']+\.[^\s@"']+$/;

/** One of the things that a first installation has to know. */
interface Question {
  /** The option that answers it without asking. */
  readonly option: 'account' | 'region' | 'email';
  readonly text: string;
  /** Taken where nobody answers; empty for nothing. */
  readonly fallback: string;
  /** What is wrong with an answer, as a sentence. */
  problem(answer: string): string | undefined;
}

function problemOfRegion(text: string): string | undefined {
  return (
    problemOf(text, FORMS.region) ??
    (isKnownRegion(text)
      ? undefined
      : `${text} is not valid: there is no such Region, as far as this version knows.`)
  );
}

function regionsIn(answer: string): string[] {
  return [...new Set(answer.split(/[\s,]+/).filter((text) => text !== ''))];
}

const EMAIL_FORM = { pattern: EMAIL, looksLike: 'an address looks like network@example.com' };

const questions = {
  account: (fallback: string): Question => ({
    option: 'account',
    text: 'Account',
    fallback,
    problem: (answer) => (answer === '' ? undefined : problemOf(answer, FORMS.account)),
  }),
  regions: (fallback: string): Question => ({
    option: 'region',
    text: 'Regions, with blanks between; the stack is in the first',
    fallback,
    problem: (answer) =>
      regionsIn(answer)
        .map(problemOfRegion)
        .find((problem) => problem !== undefined),
  }),
  email: (): Question => ({
    option: 'email',
    text: 'E-mail address to tell, or none',
    fallback: '',
    problem: (answer) => (/^(none)?$/i.test(answer) ? undefined : problemOf(answer, EMAIL_FORM)),
  }),
};

/** What AWS's settings say, if there are any: nothing is asked of whoever works offline. */
async function known(
  region: string | undefined,
): Promise<{ readonly region?: string; readonly accountId?: string }> {
  const found = region ?? (await defaultRegion().catch(() => undefined));
  if (found === undefined) {
    return {};
  }
  const caller = await callerAccount(found).catch(() => undefined);
  return { region: found, ...(caller === undefined ? {} : { accountId: caller.accountId }) };
}

/**
 * The answer that an option gives, else that of the person: asked again until it can be meant.
 *
 * @throws CliError for an option that cannot be meant.
 */
async function answered(
  { ask, options, output }: Invocation,
  optionValue: string | undefined,
  { option, text, fallback, problem }: Question,
): Promise<string> {
  const wrong = optionValue === undefined ? undefined : problem(optionValue);
  if (wrong !== undefined) {
    throw new CliError(`--${option} ${wrong}`);
  }
  if (optionValue !== undefined || ask === undefined || options.yes) {
    return optionValue ?? fallback;
  }
  for (;;) {
    const typed = (await ask(`${text}${fallback === '' ? '' : ` (${fallback})`}: `)).trim();
    const answer = typed === '' ? fallback : typed;
    const says = problem(answer);
    if (says === undefined) {
      return answer;
    }
    output.note(says);
  }
}

/** Where nobody says one and the AWS settings have none. */
const NO_REGION = 'us-east-1';

/** Options first, then questions, then what the AWS settings say. @throws CliError for an option that cannot be meant. */
async function firstPolicy(invocation: Invocation): Promise<FirstPolicy> {
  const { options, output, ask } = invocation;
  const settings = await known(options.region?.[0]);
  const account = await answered(invocation, options.account, questions.account(settings.accountId ?? ''));
  const regions = await answered(
    invocation,
    options.region?.join(' '),
    questions.regions(settings.region ?? NO_REGION),
  );
  const email = await answered(invocation, options.email, questions.email());
  if (account === '') {
    output.note(
      'note: Nobody said the account and there are no AWS credentials: peering-stack.yml names none.',
    );
  }
  if (settings.region === undefined && (ask === undefined || options.yes)) {
    output.note(
      `note: Nobody said a Region and the AWS settings have none: the files say ${NO_REGION}. Correct them, or begin anew with --region.`,
    );
  }
  return {
    regions: regionsIn(regions),
    ...(account === '' ? {} : { accountId: account }),
    ...(/^(none)?$/i.test(email) ? {} : { email }),
  };
}

function filesOf(first: FirstPolicy, host: PipelineHost | undefined, stage: string): FileToWrite[] {
  return [
    { path: 'peering-policy.yml', text: policyFile(first) },
    { path: 'peering-stack.yml', text: stackFile(first) },
    { path: 'peering-policy.test.yml', text: policyTestFile(first) },
    ...(host === undefined
      ? []
      : [
          pipelineFile(host, first, stage),
          ...(host === 'gitlab' ? [GITLAB_ENTRY] : []),
          { path: pipelineNames(stage).rolesFile, text: pipelineRolesFile(host, stage) },
        ]),
  ];
}

/** Nothing that is there is written over. */
function write({ path, text }: FileToWrite): Written {
  if (existsSync(path)) {
    return { path, outcome: 'kept' };
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
  return { path, outcome: 'written' };
}

/** Adds the lines that `.gitignore` lacks. */
function ignore(): Written {
  const path = '.gitignore';
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const lines = new Set(before.split(/\r?\n/));
  const missing = IGNORED.filter((line) => !lines.has(line) && !lines.has(line.replace(/\/$/, '')));
  if (missing.length === 0) {
    return { path, outcome: 'kept' };
  }
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  writeFileSync(path, `${before}${end}${missing.join('\n')}\n`);
  return { path, outcome: before === '' ? 'written' : 'added to' };
}

function hostOf(ci: string | undefined): PipelineHost | undefined {
  return ci === 'github' || ci === 'gitlab' ? ci : undefined;
}

/** What people do next. */
function printNext(
  output: Output,
  files: readonly Written[],
  { host, stage }: { readonly host: PipelineHost | undefined; readonly stage: string },
): void {
  const { option, rolesFile } = pipelineNames(stage);
  output.line();
  const isNew = files.some(({ path, outcome }) => path === 'peering-policy.yml' && outcome === 'written');
  output.line(
    isNew
      ? 'Next      look at peering-policy.yml: mode observe changes nothing, rules say what may be accepted'
      : `Next      npx peering policy check${option}      whether the policy that was there is fit`,
  );
  output.line(`          npx peering policy test peering-policy.test.yml${option}`);
  output.line(`          npx peering deploy${option}            shows what it makes, and asks`);
  if (host !== undefined) {
    output.line(`          ${rolesFile.padEnd(24)}  deploy it once, by hand; its first lines say how`);
  }
  for (const { path } of files.filter(({ outcome }) => outcome === 'kept')) {
    const says = saidOfKept(path, stage);
    if (says !== undefined) output.note(`note: ${path} was there and stays as it is: ${says}.`);
  }
}

/** What a person has to know of a file that init would have written. */
function saidOfKept(path: string, stage: string): string | undefined {
  if (path === GITLAB_ENTRY.path) {
    const missing = missingInGitlabEntry(readFileSync(path, 'utf8'));
    return missing === undefined ? undefined : `so that GitLab runs the jobs of this stage, add ${missing}`;
  }
  return /^\.(github|gitlab)\//.test(path)
    ? `whether its jobs deploy the stage ${stage} was not looked at`
    : undefined;
}

/** Writes the files of a first installation into this directory; what is there already stays. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  invocation.ifInterrupted('Nothing was written.');
  const host = hostOf(options.ci);
  const stage = validated('stage', options.stage ?? DEFAULT_STAGE, FORMS.stage);
  const first = await firstPolicy(invocation);
  const files = [...filesOf(first, host, stage).map(write), ignore()];
  if (options.json) {
    const document: Document<'init'> = { files };
    output.json(document);
    return 0;
  }
  for (const { path, outcome } of files) output.line(`${outcome.padEnd(10)}${path}`);
  printNext(output, files, { host, stage });
  return 0;
};
