import { BY_POLICY, type HistoryEvent } from '../model/history.ts';
import { printable } from '../model/printable.ts';
import { peeringCell } from './cells.ts';
import type { HtmlCell, HtmlTable } from './html.ts';
import type { ShownAssessment } from './shown-assessment.ts';

/** An event of the history, with the Region that it is of. */
export interface PlacedEvent extends HistoryEvent {
  readonly region: string;
}

/** How far back the page goes. Days. */
const DAYS = 7;

/** So many of the newest events: a page that takes long to open is looked at by nobody. */
const MAX_EVENTS = 500;

export interface PageHistory {
  readonly tables: readonly HtmlTable[];
  /** Why it is not on the page, or not all of it. */
  readonly notes: readonly string[];
}

/** Nothing older is on a page that is made now. */
export function historySince(now: Date): Date {
  return new Date(now.getTime() - DAYS * 24 * 60 * 60 * 1000);
}

/** Who did it, in words. */
export function actorText(by: PlacedEvent['by']): string {
  if (by === undefined) {
    return 'nobody said by whom';
  }
  return by === BY_POLICY ? 'by the policy' : `by ${printable(by, 300)}`;
}

function rowOf(
  { at, kind, region, peeringId, routeTableId, what, why, by }: PlacedEvent,
  assessment: Pick<ShownAssessment, 'names'>,
): HtmlCell[] {
  return [
    { text: new Date(at).toISOString().slice(0, 19).replace('T', ' '), sort: String(at) },
    { text: kind, under: region },
    peeringCell(assessment, peeringId),
    { text: routeTableId ?? '-' },
    { text: actorText(by), wrap: 'long' },
    { text: why === '' ? what : `${what} ${why}`, wrap: 'long' },
  ];
}

function tableOf(events: readonly PlacedEvent[], assessment: Pick<ShownAssessment, 'names'>): HtmlTable {
  return {
    id: 'history',
    title: `History of the last ${DAYS} days`,
    head: ['When (UTC)', 'Kind', 'Peering', 'Route table', 'By', 'What'],
    rows: events.map((event) => rowOf(event, assessment)),
    empty: `Nothing is in the history of the last ${DAYS} days.`,
  };
}

/** What happened lately, the newest first. */
export function pageHistory(
  events: readonly PlacedEvent[],
  assessment: Pick<ShownAssessment, 'names'>,
): PageHistory {
  const newest = [...events].sort((a, b) => b.at - a.at).slice(0, MAX_EVENTS);
  const left = events.length - newest.length;
  return {
    tables: [tableOf(newest, assessment)],
    notes: left === 0 ? [] : [`The history has ${left} older events of these days: see "peering history".`],
  };
}

/** @param why as a sentence, or the end of one behind a colon. */
export function noPageHistory(why: string): PageHistory {
  return { tables: [], notes: [`The history is not on this page${why}`] };
}
