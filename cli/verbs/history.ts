import { HISTORY_DAYS } from '../../lib/model/history.ts';
import { utc, utcToTheSecond } from '../../lib/model/utc.ts';
import { actorText, type PlacedEvent } from '../../lib/report/history-table.ts';
import { regionsOf } from '../deployed.ts';
import type { Document } from '../documents.ts';
import { eventsSince } from '../history.ts';
import { meant } from '../meant.ts';
import { namesOfIds, readNameables } from '../nameables.ts';
import { nameAndId } from '../named.ts';
import { findNamed, isWholeId, type Place, refuseOtherKind, tellNamed } from '../naming.ts';
import { type Output, type Paint, shown } from '../output.ts';
import { sinceOf } from '../since.ts';
import type { Invocation, Verb } from '../verb.ts';

const DEFAULT_SINCE = '7d';

const PAINTS: Readonly<Record<PlacedEvent['kind'], Paint>> = {
  decided: 'cyan',
  'accepted-by-hand': 'green',
  'rejected-by-hand': 'red',
  requested: 'cyan',
  ended: 'red',
  routes: 'cyan',
  repaired: 'yellow',
  drift: 'yellow',
  connectivity: 'yellow',
  silence: 'cyan',
  freeze: 'cyan',
  expiry: 'yellow',
};

const PLACE: Place = {
  name: 'peering history',
  kinds: ['pcx', 'rtb'],
  what: 'a peering or route table',
  ended: 'if-alone',
};

/** What is asked about. The history knows ids alone: a name costs a look at all that may have it. */
async function idIn(invocation: Invocation): Promise<string | undefined> {
  const [asked] = invocation.positionals;
  if (asked === undefined || isWholeId(asked, PLACE)) {
    return asked;
  }
  refuseOtherKind(asked, PLACE);
  const regions = await regionsOf(invocation);
  invocation.progress.doing('Looking for what has this name');
  const found = findNamed(asked, await readNameables(PLACE, regions), PLACE, regions.join(', '));
  invocation.progress.done();
  tellNamed(invocation, found);
  return found.id;
}

/** A slip in an id finds nothing, which looks like a good answer. */
function nothingFound(id: string | undefined, all: readonly PlacedEvent[], since: Date): string {
  if (id === undefined) {
    return `Nothing is in the history since ${utc(since)}.`;
  }
  const ids = new Set(
    all.flatMap(({ peeringId, routeTableId }) => [peeringId ?? [], routeTableId ?? []].flat()),
  );
  return `Nothing about ${id} is in the history since ${utc(since)}.${meant(
    id,
    [...ids].map((each) => ({ id: each })),
  )}`;
}

type Names = ReadonlyMap<string, string>;

function writeEvent(event: PlacedEvent, names: Names, output: Output): void {
  const { at, kind, region, what, why } = event;
  const ids = [event.peeringId, event.routeTableId].filter((id) => id !== undefined);
  output.line(
    `${utcToTheSecond(new Date(at))}  ${output.paint(kind, PAINTS[kind])}  ${[...ids.map((id) => nameAndId({ names }, id)), `(${region})`].join(' ')}  ${actorText(event.by)}`,
  );
  output.line(`    ${shown(what)}`);
  if (why !== '') {
    output.line(`    ${output.paint(shown(why), 'dim')}`);
  }
}

function documentOf(events: readonly PlacedEvent[], names: Names, since: Date): Document<'history'> {
  return {
    since: since.toISOString(),
    keptDays: HISTORY_DAYS,
    events: events.map(({ at, region, kind, peeringId, routeTableId, by, what, why }) => ({
      at: new Date(at).toISOString(),
      region,
      kind,
      peeringId: peeringId ?? null,
      peeringName: names.get(peeringId ?? '') ?? null,
      routeTableId: routeTableId ?? null,
      by: by ?? null,
      what,
      why,
    })),
  };
}

/** What happened to peerings and routes, by whom and why. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output } = invocation;
  const now = new Date();
  const since = sinceOf(options.since ?? DEFAULT_SINCE, now);
  const id = await idIn(invocation);
  const all = await eventsSince(invocation, since);
  const events = all.filter(
    ({ peeringId, routeTableId }) => id === undefined || peeringId === id || routeTableId === id,
  );
  const named = events.flatMap(({ region, peeringId }) =>
    peeringId === undefined ? [] : [{ id: peeringId, region }],
  );
  const names = await namesOfIds(named, invocation);
  if (options.json) {
    output.json(documentOf(events, names, since));
    return 0;
  }
  for (const event of events) {
    writeEvent(event, names, output);
  }
  if (events.length === 0) {
    output.line(nothingFound(id, all, since));
  }
  if (now.getTime() - since.getTime() > HISTORY_DAYS * 24 * 60 * 60 * 1000) {
    output.note(`note: The history is kept for ${HISTORY_DAYS} days.`);
  }
  return 0;
};
