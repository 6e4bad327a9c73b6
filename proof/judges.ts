import { runLimited } from '../lib/ports/run-limited.ts';
import { botocoreModel } from './judges/botocore.ts';
import { localEmu, miniStack } from './judges/emulators.ts';
import { type Judge, NotJudged } from './judges/judge.ts';
import { eventRuler, recordedPatterns } from './judges/patterns.ts';
import { reviewers } from './judges/reviewers.ts';
import type { ProofResult, ProofSection } from './section.ts';

const JUDGES: readonly Judge[] = [
  recordedPatterns,
  eventRuler,
  botocoreModel,
  ...reviewers(),
  miniStack,
  localEmu,
];

/** What is shown of a judge's faults; progress has all of them. */
const FAULTS_SHOWN = 20;

const FAULT_LENGTH = 500;

function faultList(faults: readonly string[]): string {
  const shown = faults.slice(0, FAULTS_SHOWN).map((fault) => `- ${fault.slice(0, FAULT_LENGTH)}`);
  const more = faults.length - shown.length;
  return [...shown, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}

async function resultOf(judge: Judge, progress: (line: string) => void): Promise<ProofResult> {
  try {
    const { markdown, faults } = await judge.judge(progress);
    for (const fault of faults) {
      progress(fault);
    }
    return faults.length === 0
      ? { ok: true, markdown }
      : { ok: false, markdown: `${markdown}\n\n**Failed**, by ${faults.length}:\n\n${faultList(faults)}` };
  } catch (error) {
    if (!(error instanceof NotJudged)) {
      throw error;
    }
    progress(`${judge.title}: NOT JUDGED: ${error.message}`);
    return { ok: false, markdown: `**Not judged**: ${error.message}.` };
  }
}

/** Most of a judge runs on one processor, or waits. */
const SIDE_BY_SIDE = 2;

/** Asks each judge, two at a time. One that is not to be had counts as failed, and keeps no other from judging. */
export async function judgeAll(
  judges: readonly Judge[],
  progress: (line: string) => void,
): Promise<ProofResult> {
  const results = new Map<Judge, ProofResult>();
  const broken: unknown[] = [];
  await runLimited(judges, SIDE_BY_SIDE, async (judge) => {
    progress(judge.title);
    try {
      results.set(judge, await resultOf(judge, progress));
    } catch (error) {
      // The other one comes to its end first: it may have a server to stop.
      broken.push(error);
    }
  });
  if (broken.length > 0) {
    throw broken[0];
  }
  const sections = judges.map((judge) => `### ${judge.title}\n\n${results.get(judge)?.markdown}`);
  return { ok: [...results.values()].every(({ ok }) => ok), markdown: sections.join('\n\n') };
}

export const judges: ProofSection = {
  name: 'judges',
  title: 'Judged by others',
  run: (progress) => judgeAll(JUDGES, progress),
};
