import type { AssessedRequest } from '../assessment/types.ts';
import type { Acceptance } from '../model/acceptance.ts';
import type { Change } from '../model/change.ts';
import type { Renewal } from '../model/expiry.ts';
import type { Finding } from '../model/finding.ts';
import { BY_POLICY, type HistoryEvent } from '../model/history.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { HANDED_BACK, optInOf } from '../model/opt-in.ts';
import type { Peering } from '../model/peering.ts';
import type { RouteTable } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { endText } from '../policy/expiry-date.ts';
import { count, listed, shown } from './text.ts';

/** What happened, as events of the history. */

/** More destinations than this nobody reads in one line. */
const MOST_DESTINATIONS = 20;

/** More findings of one look than this are counted. */
const MOST_FINDINGS = 50;

const DECIDED = { accept: 'accepted', reject: 'rejected', hold: 'held for a person' } as const;

export function eventsToRemember(events: readonly HistoryEvent[]): MemoryUpdate[] {
  return events.map((event) => ({ kind: 'event', event }));
}

/** A request that the policy accepted, rejected or held. */
export function decidedEvent(
  { peering, decision }: Pick<AssessedRequest, 'peering' | 'decision'>,
  now: Date,
): HistoryEvent {
  const rule = decision.rule === undefined ? '' : ` by rule ${shown(decision.rule)}`;
  return {
    at: now.getTime(),
    kind: 'decided',
    peeringId: peering.peeringId,
    by: BY_POLICY,
    what: `${ofRequest(peering)} was ${DECIDED[decision.decision]}${rule}.`,
    why: decision.reasons.join(' '),
  };
}

const MADE = { create: 'created', replace: 'replaced', delete: 'deleted' } as const;

/** One event for each table, peering and kind of change. */
export function routeEvents(made: readonly Change[], by: string, now: Date): HistoryEvent[] {
  const groups = new Map<string, Change[]>();
  for (const change of made) {
    const { action, region, routeTableId, peeringId, rule, mends } = change;
    const key = [action, region, routeTableId, peeringId, rule, mends].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [change]);
    else group.push(change);
  }
  return [...groups.values()].flatMap((group): HistoryEvent[] => {
    const [first] = group;
    if (first === undefined) {
      return [];
    }
    const { action, routeTableId, peeringId, rule, mends, reason } = first;
    const destinations = listed(
      group.map(({ destination }) => destination),
      MOST_DESTINATIONS,
    );
    return [
      {
        at: now.getTime(),
        // What a dead peering leaves is cleaned up, not repaired.
        kind: mends === undefined || mends === 'stale' ? 'routes' : 'repaired',
        peeringId,
        routeTableId,
        by,
        what: `${count(group.length, 'route')} ${MADE[action]} in ${shown(routeTableId)} for ${shown(peeringId)}${rule === undefined ? '' : ` by rule ${shown(rule)}`}: ${destinations}.`,
        why: reason,
      },
    ];
  });
}

/**
 * Own routes that are somebody else's now, because their table was handed back: one event for each table and peering.
 *
 * @param learned what a look at these tables learned.
 */
export function handedBackEvents(
  learned: readonly MemoryUpdate[],
  { tables, tagPrefix }: { readonly tables: readonly RouteTable[]; readonly tagPrefix: string },
  now: Date,
): HistoryEvent[] {
  const handedBack = new Set(
    tables
      .filter((table) => optInOf(table, tagPrefix).kind === 'handed-back')
      .map(({ routeTableId }) => routeTableId),
  );
  const groups = new Map<string, { routeTableId: string; peeringId: string; destinations: string[] }>();
  for (const update of learned) {
    if (update.kind === 'not-own' && handedBack.has(update.routeTableId)) {
      const { routeTableId, peeringId, destination } = update;
      const key = `${routeTableId} ${peeringId}`;
      const group = groups.get(key) ?? { routeTableId, peeringId, destinations: [] };
      group.destinations.push(destination);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(
    ({ routeTableId, peeringId, destinations }): HistoryEvent => ({
      at: now.getTime(),
      kind: 'routes',
      peeringId,
      routeTableId,
      what:
        `${count(destinations.length, 'route')} in ${shown(routeTableId)} for ${shown(peeringId)} ` +
        `${destinations.length === 1 ? 'is' : 'are'} not the product's own any more: ${listed(destinations, MOST_DESTINATIONS)}.`,
      why: `The table is tagged ${routesTagKey(tagPrefix)} = ${HANDED_BACK}, which hands it back.`,
    }),
  );
}

type Place = Pick<Finding, 'kind' | 'region' | 'routeTableId' | 'destination' | 'peeringId'>;

/** Who changed the table of a finding, where an event said so. */
type ChangedBy<Found extends Place> = (finding: Found) => string | undefined;

/** One event for each of the first ones, and one that counts the rest. */
function eventsOfFindings<Found extends Place>(
  findings: readonly Found[],
  changedBy: ChangedBy<Found>,
  now: Date,
  {
    say,
    rest,
  }: {
    readonly say: (finding: Found, what: string) => Pick<HistoryEvent, 'what' | 'why'>;
    readonly rest: (more: string) => string;
  },
): HistoryEvent[] {
  const at = now.getTime();
  const events = findings.slice(0, MOST_FINDINGS).map((finding): HistoryEvent => {
    const { kind, destination, routeTableId, peeringId } = finding;
    const by = changedBy(finding);
    const place = [destination, routeTableId === undefined ? undefined : `in ${routeTableId}`]
      .filter((part) => part !== undefined)
      .map(shown)
      .join(' ');
    return {
      at,
      kind: 'drift',
      ...(peeringId === undefined ? {} : { peeringId }),
      ...(routeTableId === undefined ? {} : { routeTableId }),
      ...(by === undefined ? {} : { by }),
      ...say(finding, `${kind}${place === '' ? '' : `: ${place}`}`),
    };
  });
  const more = findings.length - events.length;
  return more > 0
    ? [...events, { at, kind: 'drift', what: rest(count(more, 'difference')), why: '' }]
    : events;
}

/** Findings that people were told of. */
export function driftEvents(
  findings: readonly Finding[],
  changedBy: ChangedBy<Finding>,
  now: Date,
): HistoryEvent[] {
  return eventsOfFindings(findings, changedBy, now, {
    say: ({ detail }, what) => ({ what: `Found ${what}.`, why: detail }),
    rest: (more) => `Found ${more} more.`,
  });
}

/** Findings that are back soon after they were over, so that people were not told once more. */
export function driftAgainEvents(
  findings: readonly Finding[],
  changedBy: ChangedBy<Finding>,
  now: Date,
): HistoryEvent[] {
  return eventsOfFindings(findings, changedBy, now, {
    say: ({ detail }, what) => ({ what: `Found again ${what}.`, why: detail }),
    rest: (more) => `Found again ${more} more.`,
  });
}

/** Findings that are over, by whomever: what the product repairs is told as that. */
export function driftOverEvents(
  findings: readonly Place[],
  changedBy: ChangedBy<Place>,
  now: Date,
): HistoryEvent[] {
  return eventsOfFindings(findings, changedBy, now, {
    say: (_, what) => ({
      what: `Over: ${what}.`,
      why: 'It was there at an earlier look, and is not found any more.',
    }),
    rest: (more) => `Over: ${more} more.`,
  });
}

/** What people were told of a peering, under the subject of the message. */
export function toldEvent(
  kind: 'accepted-by-hand' | 'ended' | 'connectivity' | 'expiry',
  peeringId: string,
  { subject, why, by }: { readonly subject: string; readonly why?: string; readonly by?: string | undefined },
  now: Date,
): HistoryEvent {
  return {
    at: now.getTime(),
    kind,
    peeringId,
    ...(by === undefined ? {} : { by }),
    what: `${subject}.`,
    why: why ?? '',
  };
}

type ConnectivityNews =
  | { readonly state: 'lost'; readonly why: string }
  | { readonly state: 'not-checked'; readonly from: string; readonly why: string }
  | { readonly state: 'checked-again'; readonly from: string }
  | { readonly state: 'restored' | 'not-asked' };

function connectivityText(peeringId: string, news: ConnectivityNews): string {
  const name = shown(peeringId);
  switch (news.state) {
    case 'lost':
      return `Pings across ${name} are lost.`;
    case 'restored':
      return `Pings across ${name} are answered again.`;
    case 'not-checked':
      return `${name} is not checked from ${shown(news.from)} any more.`;
    case 'checked-again':
      return `${name} is checked from ${shown(news.from)} again.`;
    case 'not-asked':
      return `Nobody asks any more whether ${name} answers, so its loss is over.`;
  }
}

/** What the connectivity check told people of. */
export function connectivityEvent(peeringId: string, news: ConnectivityNews, now: Date): HistoryEvent {
  return {
    at: now.getTime(),
    kind: 'connectivity',
    peeringId,
    by: BY_POLICY,
    what: connectivityText(peeringId, news),
    why: 'why' in news ? news.why : '',
  };
}

function ofRequest({ requester, accepter }: Peering): string {
  return `The request of ${shown(requester.vpcId)} (account ${shown(requester.accountId)}) for ${shown(accepter.vpcId)}`;
}

/** A request that a person accepted with the command. */
export function acceptedByHandEvent(
  { peering, decision }: Pick<AssessedRequest, 'peering' | 'decision'>,
  { rule, by, at }: Acceptance,
): HistoryEvent {
  return {
    at: at * 1000,
    kind: 'accepted-by-hand',
    peeringId: peering.peeringId,
    by,
    what: `${ofRequest(peering)} was accepted as rule ${shown(rule)}.`,
    why: decision.reasons.join(' '),
  };
}

/** A request that a person rejected with the command. */
export function rejectedByHandEvent(
  peering: Peering,
  { by, because }: { readonly by: string; readonly because?: string },
  now: Date,
): HistoryEvent {
  return {
    at: now.getTime(),
    kind: 'rejected-by-hand',
    peeringId: peering.peeringId,
    by,
    what: `${ofRequest(peering)} was rejected.`,
    why: because ?? '',
  };
}

/** A Region was frozen by a person, or is no longer. */
export function freezeEvent(
  { by, what, why }: { readonly by?: string; readonly what: string; readonly why: string },
  now: Date,
): HistoryEvent {
  return { at: now.getTime(), kind: 'freeze', ...(by === undefined ? {} : { by }), what, why };
}

/** A person said that for a time nobody is sent messages about a resource, or ended that. */
export function silenceEvent(
  id: string,
  { by, what, why }: { readonly by: string; readonly what: string; readonly why: string },
  now: Date,
): HistoryEvent {
  const about = id.startsWith('pcx-') ? { peeringId: id } : id.startsWith('rtb-') ? { routeTableId: id } : {};
  return { at: now.getTime(), kind: 'silence', ...about, by, what, why };
}

/** A person gave a peering more time. */
export function renewedEvent(peeringId: string, { by, because, at, until }: Renewal): HistoryEvent {
  return {
    at: at * 1000,
    kind: 'expiry',
    peeringId,
    by,
    what: `${shown(peeringId)} was renewed until ${endText(until)}.`,
    why: because,
  };
}
