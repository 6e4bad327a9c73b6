import { driftAgainEvents, driftOverEvents } from '../messages/history.ts';
import { FORGET_AFTER_SECONDS, findingKey, wasTold } from '../messages/news.ts';
import { refusedLately } from '../messages/refused.ts';
import type { Change } from '../model/change.ts';
import { FINDING_KINDS, type Finding, type FindingKind } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { HistoryEvent } from '../model/history.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import { noteFields } from '../model/note-fields.ts';
import { changedBy } from './findings-how.ts';
import type { RegionView } from './region-view.ts';

/** Findings that no change of a look mends: noted as long as they last, so that the history says when each was over, whoever ended it. */

const FOUND = 'found ';

/** In the note of one that is over: kept for as long as people are not told of it anew. */
const OVER = 'over';

/** Of a Region. Each is a write, and the end of more of them nobody looks up one by one. */
const MOST_NOTED = 500;

/**
 * Not of those whose end is told in another way, and not of those that another look may not see: whether they are there depends on
 * which Regions it reads.
 */
const LEFT_OUT: ReadonlySet<FindingKind> = new Set([
  'not-checked',
  'unreachable',
  'not-connected',
  'mass-delete',
]);

type About = Pick<Finding, 'kind' | 'region' | 'routeTableId' | 'destination' | 'peeringId'>;

/** What is noted of a finding; undefined for what another version may have written. */
function aboutOf(region: string, note: Note): About | undefined {
  const fields = noteFields(note) ?? {};
  const kind = FINDING_KINDS.find((each) => each === fields.kind);
  const text = (key: 'routeTableId' | 'destination' | 'peeringId') => {
    const value = fields[key];
    return typeof value === 'string' ? { [key]: value } : {};
  };
  return kind === undefined
    ? undefined
    : { kind, region, ...text('routeTableId'), ...text('destination'), ...text('peeringId') };
}

function isOver(note: Note): boolean {
  return noteFields(note)?.state === OVER;
}

function foundNote(about: About, at: number, state?: typeof OVER): MemoryUpdate {
  const { kind, routeTableId, destination, peeringId } = about;
  return {
    kind: 'note',
    key: `${FOUND}${findingKey(about)}`,
    value: JSON.stringify({
      kind,
      routeTableId,
      destination,
      peeringId,
      ...(state === undefined ? {} : { state }),
    }),
    at,
    ...(state === undefined ? {} : { expiresAt: at + FORGET_AFTER_SECONDS }),
  };
}

/** Whether a look judges all of which the finding may be. */
function createIsJudged({ region, notJudged }: RegionView): (about: About) => boolean {
  const unjudged = notJudged.map(({ resource }) => resource);
  // A prefix list or VPC that is not judged may be behind whatever is in a table.
  const isWhole = !unjudged.some((id) => id === region || id.startsWith('pl-') || id.startsWith('vpc-'));
  return ({ routeTableId = '', peeringId = '' }) =>
    isWhole && !unjudged.includes(routeTableId) && !unjudged.includes(peeringId);
}

/** Those that stay: what a change of this look mends is told as repaired. */
function lastingIn(
  { region, findings, remembered: { notes }, inventory }: RegionView,
  written: readonly Change[],
  now: Date,
): Finding[] {
  const changed = new Set(written.map(({ routeTableId, destination }) => `${routeTableId} ${destination}`));
  const elsewhere = new Set(
    inventory.peerings
      .filter(({ requester, accepter }) => requester.region !== region || accepter.region !== region)
      .map(({ peeringId }) => peeringId),
  );
  return findings.filter(
    (finding) =>
      !LEFT_OUT.has(finding.kind) &&
      !(finding.kind === 'one-sided' && elsewhere.has(finding.peeringId ?? '')) &&
      !changed.has(`${finding.routeTableId} ${finding.destination}`) &&
      (!finding.repairable ||
        finding.heldBy !== undefined ||
        refusedLately(notes, finding, now) !== undefined),
  );
}

/** What is to be remembered of findings that stay, and what the history says of those that are over, or are back without a message. */
export function lastingFindings(
  view: RegionView,
  {
    hints,
    written,
    now,
  }: { readonly hints: readonly Hint[]; readonly written: readonly Change[]; readonly now: Date },
): { readonly updates: readonly MemoryUpdate[]; readonly events: readonly HistoryEvent[] } {
  const { region, findings, remembered } = view;
  const { notes } = remembered;
  const at = Math.floor(now.getTime() / 1000);
  const lasting = new Map(
    lastingIn(view, written, now).map((finding) => [findingKey(finding), finding] as const),
  );
  const present = new Set(findings.map(findingKey));
  const isJudged = createIsJudged(view);
  const noted = [...notes].flatMap(([key, note]) => {
    const about = key.startsWith(FOUND) && !isOver(note) ? aboutOf(region, note) : undefined;
    return about === undefined ? [] : [{ key, about }];
  });
  const begun = [...lasting]
    .filter(([key]) => {
      const note = notes.get(`${FOUND}${key}`);
      return note === undefined || isOver(note);
    })
    .slice(0, Math.max(0, MOST_NOTED - noted.length));
  const mended = noted.filter(
    ({ about }) => present.has(findingKey(about)) && !lasting.has(findingKey(about)),
  );
  const again = begun.filter(([key, finding]) => notes.has(`${FOUND}${key}`) && wasTold(notes, finding, now));
  const over = noted.filter(({ about }) => !present.has(findingKey(about)) && isJudged(about));
  return {
    updates: [
      ...begun.map(([, finding]) => foundNote(finding, at)),
      ...mended.map(({ key }): MemoryUpdate => ({ kind: 'forget-note', key })),
      ...over.map(({ about }) => foundNote(about, at, OVER)),
    ],
    events: [
      ...driftAgainEvents(
        again.map(([, finding]) => finding),
        changedBy(hints),
        now,
      ),
      ...driftOverEvents(
        over.map(({ about }) => about),
        changedBy(hints),
        now,
      ),
    ],
  };
}
