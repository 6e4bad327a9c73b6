import { newsKeys, whatToTell, withComingAndGoing } from '../messages/news.ts';
import { refusedLately } from '../messages/refused.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import { TOLD_ALL_KEY } from './legacy-notes.ts';
import type { TellDependencies } from './tell-dependencies.ts';

/** Findings that are told now, and what to remember of them and of those that people know. */
export interface SortedFindings {
  readonly toTell: readonly Finding[];
  readonly notesOfNews: readonly MemoryUpdate[];
  /** What came back, of which people know that it comes and goes: for the history and the bus. */
  readonly knownToCome: readonly Finding[];
  readonly otherNotes: readonly MemoryUpdate[];
}

export function sortFindings(
  { policy, now }: Pick<TellDependencies, 'policy' | 'now'>,
  findings: readonly Finding[],
  { hints, remembered }: { readonly hints: readonly Hint[]; readonly remembered: RegionMemory },
): SortedFindings {
  const onlySwept = hints.every(({ kind }) => kind === 'region');
  // A sweep comes back every few minutes, and a repair may fail each time. What AWS refuses stays for the sweep to find again.
  const isLasting = (finding: Finding) =>
    onlySwept ||
    !finding.repairable ||
    finding.heldBy !== undefined ||
    refusedLately(remembered.notes, finding, now()) !== undefined;
  const lasting = new Set(policy.mode === 'observe' ? [] : findings.filter(isLasting));
  const { news, comingAndGoing, knownToCome, updates } = whatToTell(remembered.notes, [...lasting], now());
  const toTell = new Set(news.filter((finding) => !countsAsTold(finding, remembered)));
  const notesOf = (isAbout: (finding: Finding) => boolean) =>
    [...updates].flatMap(([finding, ofFinding]) => (isAbout(finding) ? ofFinding : []));
  return {
    toTell: findings
      .filter((finding) => !lasting.has(finding) || toTell.has(finding))
      .map((finding) => (comingAndGoing.has(finding) ? withComingAndGoing(finding) : finding)),
    notesOfNews: notesOf((finding) => toTell.has(finding)),
    knownToCome,
    otherNotes: notesOf((finding) => !toTell.has(finding)),
  };
}

/** After an upgrade from a version that had told more than it could note, what is not noted was told. */
function countsAsTold(finding: Finding, { notes }: RegionMemory): boolean {
  return notes.has(TOLD_ALL_KEY) && !notes.has(newsKeys.finding(finding));
}
