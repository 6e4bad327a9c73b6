import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isKnownRegion } from '../../lib/policy/regions.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { type PipelineHost, pipelineFile, pipelineNames } from '../init/pipeline-files.ts';
import { pipelineRolesFile } from '../init/pipeline-roles.ts';
import { type FirstPolicy, IGNORED, policyFile, policyTestFile, stackFile } from '../init/policy-files.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { type Output, shown } from '../output.ts';
import { checked, FORMS } from '../release/forms.ts';
import { callerAccount, defaultRegion } from '../source/live.ts';
import type { Invocation, Verb } from '../verb.ts';

interface FileToWrite {
  readonly path: string;
  readonly text: string;
}

type Written = Document<'init'>['files'][number];

const EMAIL = /^[^\s@"']+@[^\s@"']+\.[^\s@"']+$/;

function checkedEmail(text: string): string {
  if (!EMAIL.test(text)) {
    throw new CliError(`--email ${shown(text, 80)} is not valid: an address looks like network@example.com.`);
  }
  return text;
}

function checkedRegion(text: string): string {
  checked('region', text, FORMS.region);
  if (!isKnownRegion(text)) {
    throw new CliError(`There is no Region ${text}, as far as this version knows. Correct --region.`);
  }
  return text;
}

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

async function asked({ ask, options }: Invocation, question: string, fallback: string): Promise<string> {
  if (ask === undefined || options.yes) {
    return fallback;
  }
  const answer = (await ask(`${question}${fallback === '' ? '' : ` (${fallback})`}: `)).trim();
  return answer === '' ? fallback : answer;
}

/** Options first, then questions, then what the AWS settings say. @throws CliError for what cannot be meant. */
async function firstPolicy(invocation: Invocation): Promise<FirstPolicy> {
  const { options, output } = invocation;
  const settings = await known(options.region?.[0]);
  const account = options.account ?? (await asked(invocation, 'Account', settings.accountId ?? ''));
  const regions =
    options.region ??
    (
      await asked(
        invocation,
        'Regions, with blanks between; the stack is in the first',
        settings.region ?? 'us-east-1',
      )
    )
      .split(/[\s,]+/)
      .filter((text) => text !== '');
  const email = options.email ?? (await asked(invocation, 'E-mail address to tell, or none', ''));
  if (account === '') {
    output.note(
      'note: Nobody said the account and there are no AWS credentials: peering-stack.yml names none.',
    );
  }
  return {
    regions: [...new Set(regions.map(checkedRegion))],
    ...(account === '' ? {} : { accountId: checked('account', account, FORMS.account) }),
    ...(email === '' ? {} : { email: checkedEmail(email) }),
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
      : `Next      peering policy check${option}      whether the policy that was there is fit`,
  );
  output.line(`          peering policy test peering-policy.test.yml${option}`);
  output.line(`          peering deploy${option}            shows what it makes, and asks`);
  if (host !== undefined) {
    output.line(`          ${rolesFile.padEnd(24)}  deploy it once, by hand; its first lines say how`);
  }
  const kept = files.find(({ path, outcome }) => outcome === 'kept' && /^\.(github|gitlab)/.test(path));
  if (kept !== undefined) {
    output.note(
      `note: ${kept.path} was there and stays as it is: whether its jobs deploy the stage ${stage} was not looked at.`,
    );
  }
}

/** Writes the files of a first installation into this directory; what is there already stays. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  invocation.ifInterrupted('Nothing was written.');
  const host = hostOf(options.ci);
  const first = await firstPolicy(invocation);
  const stage = checked('stage', options.stage ?? DEFAULT_STAGE, FORMS.stage);
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
