import { AwsCallError } from '../../lib/aws/call-error.ts';
import type { Assessment } from '../assess.ts';
import { CliError, describeError } from '../errors.ts';
import { actorText, eventsSince, type PlacedEvent } from '../history.ts';
import type { Invocation } from '../verb.ts';
import { peeringCell } from './cells.ts';
import type { HtmlCell, HtmlTable } from './html.ts';

/** How far back the page goes. Days. */
const DAYS = 7;

/** So many of the newest events: a page that takes long to open is looked at by nobody. */
const MAX_EVENTS = 500;

const NO_HISTORY = {
  snapshot: 'a snapshot has none',
  fleet: 'of many accounts it is not read',
} as const;

export interface PageHistory {
  readonly tables: readonly HtmlTable[];
  /** Why it is not on the page, or not all of it. */
  readonly notes: readonly string[];
}

function rowOf(
  { at, kind, region, peeringId, routeTableId, what, why, by }: PlacedEvent,
  assessment: Pick<Assessment, 'names'>,
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

function tableOf(events: readonly PlacedEvent[], assessment: Pick<Assessment, 'names'>): HtmlTable {
  return {
    id: 'history',
    title: `History of the last ${DAYS} days`,
    head: ['When (UTC)', 'Kind', 'Peering', 'Route table', 'By', 'What'],
    rows: events.map((event) => rowOf(event, assessment)),
    empty: `Nothing is in the history of the last ${DAYS} days.`,
  };
}

/** What happened lately, the newest first, from the registry of the stack; of the one account that was read. */
export async function readPageHistory(
  invocation: Invocation,
  assessment: Pick<Assessment, 'names' | 'source'>,
  now: Date,
): Promise<PageHistory> {
  const { kind } = assessment.source;
  if (kind !== 'live') {
    return {
      tables: [],
      notes: [`The history is not on this page: ${NO_HISTORY[kind]}. See "peering history" in each account.`],
    };
  }
  try {
    const events = await eventsSince(invocation, new Date(now.getTime() - DAYS * 24 * 60 * 60 * 1000));
    const newest = [...events].reverse().slice(0, MAX_EVENTS);
    const left = events.length - newest.length;
    return {
      tables: [tableOf(newest, assessment)],
      notes: left === 0 ? [] : [`The history has ${left} older events of these days: see "peering history".`],
    };
  } catch (error) {
    if (error instanceof CliError || error instanceof AwsCallError) {
      return { tables: [], notes: [`The history is not on this page. ${describeError(error)}`] };
    }
    throw error;
  }
}
