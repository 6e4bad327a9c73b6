import { startLab } from 'local-aws-peering';
import { compileEventPattern, readWildcard, wildcardComplexity } from 'local-aws-peering/parts';
import { stackEvents, stackRules } from './event-cases.ts';
import { askRuler, type RulerAnswer } from './event-ruler.ts';
import { type Judge, type JudgeResult, NotJudged } from './judge.ts';
import {
  answeredOtherwise,
  answeredOtherwiseToCli,
  labAnswer,
  type PatternAnswer,
  RECORDED_PATTERNS,
  type RecordedPattern,
  readRecordedPatterns,
} from './recorded-patterns.ts';

/** EventBridge was seen to refuse this complexity. event-ruler counts it, and leaves the refusal to who uses it. */
const REFUSED_COMPLEXITY = 11;

function rulerAnswer({ refused, complexity, matches }: RulerAnswer): PatternAnswer {
  if (refused.only !== undefined || (complexity.only ?? 0) >= REFUSED_COMPLEXITY) {
    return 'refused';
  }
  return matches[0]?.includes('only') ? 'matches' : 'does not match';
}

/** What the lab's matcher and AWS's say differently of the rules of the stack, and how many pairs were compared. */
export async function compareOnStack(
  progress: (line: string) => void,
): Promise<{ readonly pairs: number; readonly matched: number; readonly differences: readonly string[] }> {
  const rules = stackRules();
  const events = stackEvents();
  progress(`${Object.keys(rules).length} rules with ${events.length} events each`);
  const [answer] = await askRuler([{ rules, events }], progress);
  if (answer === undefined) {
    throw new Error('event-ruler gave no answer.');
  }
  const differences = Object.entries(answer.refused).map(([name, why]) => `${name} is refused: ${why}`);
  const compiled = Object.entries(rules).map(
    ([name, pattern]) => [name, compileEventPattern(pattern)] as const,
  );
  let matched = 0;
  for (const [index, event] of events.entries()) {
    const theirs = answer.matches[index] ?? [];
    const ours = compiled.flatMap(([name, matches]) => (matches(event) ? [name] : []));
    matched += theirs.length;
    for (const [name] of compiled) {
      if (theirs.includes(name) !== ours.includes(name)) {
        const said = theirs.includes(name) ? 'matches by event-ruler only' : 'matches in the local AWS only';
        differences.push(`${name} ${said}: ${JSON.stringify(event)}`);
      }
    }
  }
  return { pairs: compiled.length * events.length, matched, differences };
}

/** Short wildcards over few characters, where beginnings repeat most. */
function wildcards(count: number): string[] {
  let seed = 1;
  const draw = (below: number) => {
    // A linear congruence: the same wildcards in each run.
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: 3 + draw(12) }, () => 'aab:*'.charAt(draw(5)))
      .join('')
      .replace(/\*+/g, '*'),
  );
}

async function compareComplexity(progress: (line: string) => void): Promise<string[]> {
  const texts = wildcards(300).filter((text) => text.replace(/\*/g, '') !== '');
  const answers = await askRuler(
    texts.map((wildcard) => ({ rules: { only: { field: [{ wildcard }] } }, events: [] })),
    progress,
  );
  return texts.flatMap((text, index) => {
    const ours = wildcardComplexity([readWildcard(text)], 1000);
    const theirs = answers[index]?.complexity.only;
    return ours === theirs
      ? []
      : [`The complexity of ${text} is ${theirs} by event-ruler, ${ours} in the local AWS.`];
  });
}

/** By the AWS CLI, of a local AWS in which nothing is deployed. */
async function cliOnRecorded(
  recorded: readonly RecordedPattern[],
  progress: (line: string) => void,
): Promise<string[]> {
  progress(`${recorded.length} patterns by aws events test-event-pattern`);
  const lab = await startLab({ progress });
  try {
    return await answeredOtherwiseToCli(recorded, lab.env);
  } finally {
    await lab.stop();
  }
}

async function rulerOnRecorded(
  recorded: readonly RecordedPattern[],
  progress: (line: string) => void,
): Promise<string[]> {
  const answers = await askRuler(
    recorded.map(({ pattern, event }) => ({ rules: { only: pattern }, events: [event] })),
    progress,
  );
  return answeredOtherwise(recorded, answers.map(rulerAnswer));
}

/** AWS's own event-ruler, beside the local AWS's matcher. */
export const eventRuler: Judge = {
  title: "Event patterns, judged by AWS's event-ruler 2.1.0",
  async judge(progress): Promise<JudgeResult> {
    const { pairs, matched, differences } = await compareOnStack(progress);
    const complexity = await compareComplexity(progress);
    return {
      markdown: [
        `Every rule of the stack with every sample event, every form of caller, failed calls, and each part of each sample`,
        `taken away or changed: ${pairs} pairs, of which event-ruler matches ${matched}. The local AWS's matcher says otherwise of`,
        `${differences.length}. Of 300 wildcards it counts the complexity otherwise of ${complexity.length}.`,
      ].join('\n'),
      faults: [...differences, ...complexity],
    };
  },
};

/** What EventBridge itself answered, asked of the local AWS's matcher, of the local AWS by the AWS CLI, and of event-ruler. */
export const recordedPatterns: Judge = {
  title: 'Event patterns, judged by recorded answers of EventBridge',
  async judge(progress): Promise<JudgeResult> {
    const recorded = readRecordedPatterns();
    if (recorded === undefined) {
      throw new NotJudged(`the recorded patterns are not here: ${RECORDED_PATTERNS}`);
    }
    const wrong = answeredOtherwise(recorded, recorded.map(labAnswer));
    const cliWrong = await cliOnRecorded(recorded, progress);
    const rulerWrong = await rulerOnRecorded(recorded, progress);
    const right = (faults: readonly string[]) => `${recorded.length - faults.length} of ${recorded.length}`;
    return {
      markdown: [
        `Patterns of every kind with an event each, recorded on AWS by the authors of LocalStack. The local AWS's matcher answers`,
        `${right(wrong)} as EventBridge did; \`aws events test-event-pattern\`, asked of the local AWS, ${right(cliWrong)}; event-ruler`,
        `${right(rulerWrong)} (it counts the complexity of a pattern; that ${REFUSED_COMPLEXITY} is refused is the judge's rule).`,
      ].join('\n'),
      faults: [
        ...wrong,
        ...cliWrong.map((fault) => `AWS CLI: ${fault}`),
        ...rulerWrong.map((fault) => `event-ruler: ${fault}`),
      ],
    };
  },
};
