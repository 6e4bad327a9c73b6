import { askCfnGuard } from './cfn-guard.ts';
import { type Finding, faultsOf, readAccepted, type Tool } from './findings.ts';
import type { Judge, JudgeResult } from './judge.ts';
import { askCfnLint, askCheckov } from './python-tools.ts';
import { packageTemplates, type Templates } from './templates.ts';

/** Tools that people review a template with before they deploy it. */

interface Opinion {
  readonly findings: readonly Finding[];
  /** "held 237 rules against" */
  readonly did: string;
}

function judgeResultOf(tool: Tool, { findings, did }: Opinion, { files, types }: Templates): JudgeResult {
  const accepted = readAccepted();
  const rules = new Set(findings.map(({ rule }) => rule));
  return {
    markdown: [
      `${tool} ${did} ${files.size} templates: ${[...files.keys()].join(', ')}.`,
      `${findings.length} findings of ${rules.size} rules${rules.size === 0 ? '' : ` (${[...rules].sort().join(', ')})`};`,
      'each accepted one is listed with its reason in `proof/judges/accepted-findings.yml`.',
    ].join('\n'),
    faults: faultsOf(tool, findings, accepted, types),
  };
}

const ASK: Readonly<
  Record<Tool, (templates: Templates, progress: (line: string) => void) => Promise<Opinion>>
> = {
  'cfn-lint': async (templates, progress) => ({
    findings: await askCfnLint(templates, progress),
    did: '1.58.0, with the rules that only inform, read',
  }),
  checkov: async (templates, progress) => {
    const { findings, passed } = await askCheckov(templates, progress);
    return { findings, did: `3.3.30, all checks, found ${passed} of them in order in` };
  },
  'cfn-guard': async (templates, progress) => {
    const { findings, rules } = await askCfnGuard(templates, progress);
    return {
      findings,
      did: `3.1.1 held the ${rules} rule files of Control Tower's proactive controls (npm, with the program; the AWS Guard Rules Registry itself was found on none of npm, PyPI and crates.io) against`,
    };
  },
};

/** One for each tool; the templates are packaged once for all of them, and are there until the last one is through. */
export function reviewers(): readonly Judge[] {
  let packaged: Promise<Templates> | undefined;
  const tools = Object.keys(ASK) as Tool[];
  let reading = tools.length;
  return tools.map((tool) => ({
    title: `Templates, judged by ${tool}`,
    async judge(progress) {
      packaged ??= packageTemplates(progress);
      const templates = await packaged;
      try {
        return judgeResultOf(tool, await ASK[tool](templates, progress), templates);
      } finally {
        reading -= 1;
        if (reading === 0) {
          await templates.remove();
        }
      }
    },
  }));
}
