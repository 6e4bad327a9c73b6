import { createEc2Clients } from '../../lib/aws/ec2-clients.ts';
import { createNetworkReader } from '../../lib/aws/reads.ts';
import { eventsToRemember, silenceEvent } from '../../lib/messages/history.ts';
import type { Nameable } from '../../lib/model/nameable.ts';
import { endSilence, LONGEST_SILENCE, type Silence, silenceNote } from '../../lib/model/silence.ts';
import { utc } from '../../lib/model/utc.ts';
import { type PlacedSilence, runningSilences, silencedLine } from '../../lib/report/orders.ts';
import { asTyped } from '../as-typed.ts';
import { becauseOf, secondsFor } from '../because.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { meant } from '../meant.ts';
import { namesOfIds, readNameables } from '../nameables.ts';
import { findNamed, isWholeId, type Place, refuseOtherKind, tellNamed } from '../naming.ts';
import { shown } from '../output.ts';
import { type Ordering, openOrdering } from '../registry.ts';
import type { Invocation, Verb } from '../verb.ts';

const NEEDED = 'it is the stack that sends messages and remembers what is silenced';

async function write(
  invocation: Invocation,
  silences: readonly PlacedSilence[],
  none: string,
): Promise<void> {
  const { options, output } = invocation;
  if (options.json) {
    const document: Document<'silence'> = {
      silences: silences.map(({ id, by, because, since, until, regions }) => ({
        id,
        by,
        because,
        since: new Date(since * 1000).toISOString(),
        until: new Date(until * 1000).toISOString(),
        regions: [...regions],
      })),
    };
    output.json(document);
    return;
  }
  const places = silences.flatMap(({ id, regions }) => regions.map((region) => ({ id, region })));
  const names = await namesOfIds(places, invocation);
  for (const silence of silences) {
    const { by, because, since } = silence;
    output.line(shown(silencedLine(silence, names), 3000));
    output.line(`    ${shown(because, 2000)}`);
    output.line(`    ${output.paint(shown(`by ${by}, ${utc(new Date(since * 1000))}`, 2000), 'dim')}`);
  }
  if (silences.length === 0) {
    output.line(none);
  }
}

/** Whether EC2 shows it in one of the Regions: a slip in an id would silence nothing, and say that it did. */
async function exists(id: string, regions: readonly string[]): Promise<boolean> {
  const reader = createNetworkReader(createEc2Clients(), () => undefined);
  const found = await Promise.all(
    regions.map(async (region) => {
      if (id.startsWith('pcx-')) return reader.readPeerings(region, { peeringIds: [id] });
      return id.startsWith('rtb-')
        ? reader.readTables(region, { routeTableIds: [id] })
        : reader.readVpcs(region, [id]);
    }),
  );
  return found.some((items) => items.length > 0);
}

const PLACE: Place = {
  name: 'peering silence',
  kinds: ['pcx', 'rtb', 'vpc'],
  what: 'a peering, route table or VPC',
  list: 'peering silence lists what is silenced.',
  ended: 'never',
};

/** All that EC2 shows of the kind of the id. */
function ofSameKind(id: string, regions: readonly string[]): Promise<Nameable[]> {
  return readNameables({ kinds: PLACE.kinds.filter((kind) => id.startsWith(`${kind}-`)) }, regions);
}

/** A name costs a look at all that may have it; an id is taken as it is. */
async function idOf(asked: string, invocation: Invocation, { regions }: Ordering): Promise<string> {
  if (isWholeId(asked, PLACE)) {
    return asked;
  }
  invocation.progress.doing('Looking for what has this name');
  const found = findNamed(asked, await readNameables(PLACE, regions), PLACE, regions.join(', '));
  invocation.progress.done();
  tellNamed(invocation, found);
  return found.id;
}

async function end(invocation: Invocation, ordering: Ordering, id: string): Promise<void> {
  const because = becauseOf(invocation);
  const running = runningSilences(ordering.memories, new Date()).filter((each) => each.id === id);
  if (running.length === 0) {
    throw new CliError(
      `Nobody has silenced ${id} in ${ordering.regions.join(', ')}. peering silence lists what is silenced.`,
    );
  }
  const event = silenceEvent(
    id,
    { by: ordering.by, what: `Messages about ${id} are sent again.`, why: because ?? '' },
    new Date(),
  );
  await ordering.remember([endSilence(id)], eventsToRemember([event]));
}

async function begin(
  invocation: Invocation,
  ordering: Ordering,
  id: string,
  { seconds, because }: { readonly seconds: number; readonly because: string },
): Promise<PlacedSilence> {
  const { by, regions } = ordering;
  if (!(await exists(id, regions))) {
    throw new CliError(
      `${id} is in none of the Regions that were read: ${regions.join(', ')}.${meant(id, await ofSameKind(id, regions))}`,
    );
  }
  const since = Math.floor(Date.now() / 1000);
  const silence: Silence = { id, by, because, since, until: since + seconds };
  const until = utc(new Date(silence.until * 1000));
  const event = silenceEvent(
    id,
    { by, what: `No messages are sent about ${id} until ${until}.`, why: because },
    new Date(),
  );
  invocation.progress.doing('Writing it to the registry');
  await ordering.remember([silenceNote(silence)], eventsToRemember([event]));
  return { ...silence, regions };
}

/** Lists, begins and ends silences. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const [asked] = invocation.positionals;
  if (asked !== undefined) refuseOtherKind(asked, PLACE);
  const seconds = secondsFor(invocation, LONGEST_SILENCE);
  const because = becauseOf(invocation);
  if (asked === undefined && (options.end || seconds !== undefined || because !== undefined)) {
    throw new CliError('Name what it is about: peering silence RESOURCE --for 4h --because "…".');
  }
  if (asked !== undefined && !options.end && (seconds === undefined || because === undefined)) {
    throw new CliError(
      `Say for how long and why: peering silence ${asTyped(asked)} --for 4h --because "…" (at most ${LONGEST_SILENCE / 86_400}d), or --end.`,
    );
  }
  progress.doing('Reading what is silenced');
  const ordering = await openOrdering(invocation, NEEDED);
  const id = asked === undefined ? undefined : await idOf(asked, invocation, ordering);
  if (id === undefined) {
    progress.done();
    await write(invocation, runningSilences(ordering.memories, new Date()), 'Nothing is silenced.');
  } else if (options.end) {
    await end(invocation, ordering, id);
    progress.done();
    await write(invocation, [], `Messages about ${id} are sent again.`);
  } else {
    const silence = await begin(invocation, ordering, id, { seconds: seconds ?? 0, because: because ?? '' });
    progress.done();
    await write(invocation, [silence], '');
    if (!options.json) {
      output.note('note: What happens meanwhile is in peering history; what still is so then is told then.');
    }
  }
  return 0;
};
