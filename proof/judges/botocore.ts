import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { motoEnvironment } from 'local-aws-peering/command';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { WHY_EVERY_RESOURCE } from '../../build/permissions-doc.ts';
import { type RecordedAnswer, recordAnswers, VERB_COUNT } from './answers.ts';
import { type Judge, type JudgeResult, NotJudged } from './judge.ts';

/** botocore's model of each service, beside what the local AWS answers. */

const PROGRAM = join(PROJECT_ROOT, 'proof/judges/botocore/judge.py');

export interface ComparedAnswer {
  /** As `ec2 DescribeVpcs`; null where botocore knows no such operation. */
  readonly operation: string | null;
  /** How many values were held against the model. */
  readonly values: number;
  readonly faults: readonly string[];
}

/** @throws {NotJudged} without Python. */
async function python(progress: (line: string) => void): Promise<string> {
  try {
    return (await motoEnvironment({ progress })).python;
  } catch (error) {
    throw new NotJudged(`botocore is not to be had: ${error instanceof Error ? error.message : error}`);
  }
}

/** In the order of the answers. */
export async function compareWithBotocore(
  answers: readonly RecordedAnswer[],
  progress: (line: string) => void,
): Promise<readonly ComparedAnswer[]> {
  const child = spawn(await python(progress), [PROGRAM], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let problems = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  // A process that ends early says why on stderr.
  child.stdin.on('error', () => undefined);
  child.stdin.end(answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new Error(`botocore's judge ended with ${code}: ${problems}`);
  }
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ComparedAnswer);
}

/** What the model does not have, and AWS does all the same: each with what shows it. */
const ACCEPTED: readonly { readonly fault: RegExp; readonly reason: string }[] = [
  {
    fault: /^ssm \w+: .*NotificationConfig\.NotificationType is '', /,
    reason:
      'Systems Manager answers an empty `NotificationType` for a command without notifications: the examples of ' +
      '`list-command-invocations` in the AWS CLI reference show it, the enum does not',
  },
];

/** Reads that the product makes and that must be among the answers, so that none is judged by not being asked. */
const READS = Object.keys(WHY_EVERY_RESOURCE);

/** Each fault once, with how often it occurs. */
function counted(faults: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const fault of faults) {
    times.set(fault, (times.get(fault) ?? 0) + 1);
  }
  return [...times].map(([fault, count]) => (count === 1 ? fault : `${fault} (${count} times)`));
}

/** Whatever the model says against the answers, apart from what is accepted; and what was to be asked and was not. */
export function judgeResultOf(
  compared: readonly ComparedAnswer[],
  answers: readonly RecordedAnswer[],
  reads: readonly string[] = READS,
): JudgeResult {
  const found = compared.flatMap(({ operation, faults }) => faults.map((fault) => `${operation}: ${fault}`));
  const accepted = ACCEPTED.map(({ fault, reason }) => ({
    reason,
    count: found.filter((each) => fault.test(each)).length,
  }));
  const unknown = answers.filter((_, index) => compared[index]?.operation === null);
  const asked = new Set(compared.map(({ operation }) => operation?.replace(' ', ':')));
  const operations = new Set(compared.flatMap(({ operation }) => operation ?? []));
  const values = compared.reduce((sum, each) => sum + each.values, 0);
  return {
    markdown: [
      `The stack deployed, the tutorial played, ${VERB_COUNT} verbs of the command asked, and the stack removed: ${compared.length} different answers of`,
      `${operations.size} operations, ${values} values held. A member, an element or an enum's value that botocore's model does not have is a fault, and`,
      'so are a wrong type, a required member left out, and an answer without a request id.',
      ...accepted.map(({ count, reason }) => `Accepted, ${count} times: ${reason}.`),
    ].join('\n'),
    faults: [
      ...counted(found.filter((each) => !ACCEPTED.some(({ fault }) => fault.test(each)))),
      ...accepted.flatMap(({ count, reason }) =>
        count === 0 ? [`Accepted, and does not occur: ${reason}`] : [],
      ),
      ...counted(
        unknown.map(
          ({ service, action }) => `botocore knows no operation for an answer to ${service} ${action}`,
        ),
      ),
      ...reads.flatMap((read) =>
        asked.has(read) ? [] : [`${read} was never asked, so its answer was not judged`],
      ),
    ],
  };
}

export const botocoreModel: Judge = {
  title: "The local AWS's answers, judged by botocore's model",
  async judge(progress) {
    // Before the minute that recording takes.
    await python(progress);
    const answers = await recordAnswers(progress);
    return judgeResultOf(await compareWithBotocore(answers, progress), answers);
  },
};
