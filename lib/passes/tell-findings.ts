import { driftNotification } from '../messages/findings.ts';
import { driftEvents, eventsToRemember } from '../messages/history.ts';
import { newsKeys } from '../messages/news.ts';
import { append } from '../model/append.ts';
import type { Finding } from '../model/finding.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { changedBy, driftEvent, type FindingsHow } from './findings-how.ts';
import { joiningLosses, noteJoined, notesAbout } from './join-losses.ts';
import { keptQuiet, withSilence } from './silenced.ts';
import { sortFindings } from './sorted-findings.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { allOf, once } from './tell-once.ts';

/** What nobody is sent a message of: it goes to the bus and into the history, what lasts once for each silence. */
async function keepQuiet(
  dependencies: TellDependencies,
  findings: readonly Finding[],
  how: FindingsHow,
): Promise<void> {
  const { memory, bus, now, policy } = dependencies;
  const { region, hints, remembered } = how;
  const { toTell, knownToCome, otherNotes } = sortFindings(dependencies, findings, how);
  const news: Finding[] = [];
  const updates: MemoryUpdate[] = [...otherNotes];
  for (const finding of [...toTell, ...knownToCome]) {
    const silence = how.silence(finding);
    const events = driftEvents([finding], changedBy(hints), now());
    if (silence !== undefined) {
      const passing = isBeingRepaired(finding);
      const kept = passing
        ? eventsToRemember(events.map((event) => withSilence(event, silence)))
        : keptQuiet(remembered.notes, newsKeys.finding(finding), silence, events);
      if (kept.length > 0) news.push(finding);
      append(updates, kept);
    }
  }
  if (updates.length > 0 && policy.mode === 'enforce') {
    await memory.update(region, updates);
  }
  if (news.length > 0) {
    await bus.publish([driftEvent(dependencies, how, news)]);
  }
}

/**
 * Tells people, and whoever listens on the bus, about findings. What is repaired at an event is told each time it happens;
 * what lasts is told once, and what comes and goes only so often. Where nothing may be written (`mode: observe`) nothing can be remembered either, so a sweep,
 * which comes back every few minutes, tells nothing and leaves it to the alarms. What is silenced is kept quiet.
 */
export async function tellFindings(
  dependencies: TellDependencies,
  allFindings: readonly Finding[],
  how: FindingsHow,
): Promise<void> {
  const { accountId, policy, memory, bus, topic, now } = dependencies;
  const { region, hints, silence, context = {} } = how;
  const findings = allFindings.filter((finding) => silence(finding) === undefined);
  if (
    allFindings.length === 0 ||
    (policy.mode === 'observe' && hints.every(({ kind }) => kind === 'region'))
  ) {
    return;
  }
  const { toTell: news, notesOfNews, knownToCome, otherNotes } = sortFindings(dependencies, findings, how);
  const { joined, toTell } = joiningLosses(news, how.remembered);
  const ofJoined = notesAbout(joined, notesOfNews);
  await noteJoined(dependencies, joined, ofJoined, how);
  if (toTell.length > 0) {
    const tell = () =>
      allOf([
        bus.publish([driftEvent(dependencies, how, toTell)]),
        topic.notify(driftNotification(toTell, { accountId, ...context, changedBy: changedBy(hints) })),
      ]);
    const events = eventsToRemember(driftEvents(toTell, changedBy(hints), now()));
    await once(memory, region, [...notesOfNews.filter((note) => !ofJoined.includes(note)), ...events], tell, {
      isPassing: toTell.some(isBeingRepaired),
    });
  }
  const comings = eventsToRemember(driftEvents(knownToCome, changedBy(hints), now()));
  if (otherNotes.length + comings.length > 0) {
    await memory.update(region, [...otherNotes, ...comings]);
  }
  if (knownToCome.length > 0) {
    await bus.publish([driftEvent(dependencies, how, knownToCome)]);
  }
  if (findings.length < allFindings.length) {
    await keepQuiet(
      dependencies,
      allFindings.filter((finding) => silence(finding) !== undefined),
      how,
    );
  }
}

function isBeingRepaired({ repairable, heldBy }: Finding): boolean {
  return repairable && heldBy === undefined;
}
