import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { type MemoryUpdate, NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import { noteFields } from '../model/note-fields.ts';
import { readDestination } from '../network/destination.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import type { Policy } from '../policy/schema.ts';
import type { NetworkMemory } from './types.ts';

/** Where the policy sets no share: this one, and up to so many deletes are never unusual. */
const USUAL = { percent: 50, always: 10 };

interface Limit {
  readonly percent: number;
  readonly always: number;
}

/** What a person has set counts as it stands, in a table of two routes too. */
function limitOf({ maxDeletesPercent }: Policy['guardrails']): Limit {
  return maxDeletesPercent === undefined ? USUAL : { percent: maxDeletesPercent, always: 0 };
}

export interface MassDelete {
  readonly changes: ReadonlySet<Change>;
  readonly findings: readonly Finding[];
  /** By Region: what to count deletes against as long as these are kept back. */
  readonly firstFound: ReadonlyMap<string, FirstFound>;
}

const NO_MASS_DELETE: MassDelete = { changes: new Set(), findings: [], firstFound: new Map() };

/**
 * Deletes of own routes that carry traffic and whose addresses go nowhere else by this plan, where they are a larger share
 * of the own routes of a table or of the account than the policy allows at once (`guardrails.maxDeletesPercent`): a policy
 * that was broken by mistake is not carried out before a person looked at it. Routes of ended peerings never count.
 *
 * The share is of the routes that there were when it was first too large. What the same policy has made since would make it small
 * by itself, and the deletes would be made at the next look.
 */
export function massDeletes(
  changes: readonly Change[],
  desired: readonly DesiredRoute[],
  memories: NetworkMemory,
  { guardrails }: Policy,
): MassDelete {
  const limit = limitOf(guardrails);
  const candidates = changes.filter(
    ({ action, seen }) => action === 'delete' && seen !== undefined && seen.state !== 'blackhole',
  );
  if (candidates.length <= limit.always) {
    return NO_MASS_DELETE;
  }
  const stillLed = createStillLed(desired);
  const deletes = candidates.filter((change) => !stillLed(change));
  const own = countOwn(deletes, memories);
  const tooMany = (count: number, of: number) => count > limit.always && count * 100 > limit.percent * of;
  const inAccount = sharesOf([...own.values()].map(({ all }) => all));
  if (tooMany(deletes.length, inAccount.counted)) {
    return {
      changes: new Set(deletes),
      findings: [finding(deletes, ofAll(inAccount, 'in this account'), limit)],
      firstFound: new Map([...own].map(([region, counts]) => [region, firstFoundOf(counts, deletes, true)])),
    };
  }
  const heldBack = new Set<Change>();
  const findings: Finding[] = [];
  for (const [routeTableId, inTable] of groupBy(deletes, ({ routeTableId }) => [routeTableId])) {
    const count = own.get(inTable[0]?.region ?? '')?.tables.get(routeTableId) ?? NONE;
    if (tooMany(inTable.length, count.counted)) {
      for (const change of inTable) heldBack.add(change);
      findings.push({ ...finding(inTable, ofAll(count, `in ${routeTableId}`), limit), routeTableId });
    }
  }
  const held = groupBy([...heldBack], ({ region }) => [region]);
  return {
    changes: heldBack,
    findings,
    firstFound: new Map(
      [...held].map(([region, inRegion]) => [region, firstFoundOf(own.get(region), inRegion, false)]),
    ),
  };
}

/** How many own routes there are, and against how many deletes are counted: no more than when they were first too many. */
interface OwnCount {
  readonly now: number;
  readonly counted: number;
}

const NONE: OwnCount = { now: 0, counted: 0 };

interface RegionCounts {
  readonly all: OwnCount;
  readonly tables: ReadonlyMap<string, OwnCount>;
}

function sharesOf(counts: readonly OwnCount[]): OwnCount {
  return counts.reduce(
    (sum, { now, counted }) => ({ now: sum.now + now, counted: sum.counted + counted }),
    NONE,
  );
}

function ofAll({ now, counted }: OwnCount, where: string): string {
  if (counted === 0) {
    return `of the ${now} routes that the product has ${where} (how many there were when that was first found cannot be read)`;
  }
  return counted < now
    ? `of the ${counted} routes that the product had ${where} when that was first found`
    : `of the ${now} routes that the product has ${where}`;
}

/** How many own routes each table has: those that the registry names, and those that only a tag of an older version names. */
function countOwn(deletes: readonly Change[], memories: NetworkMemory): Map<string, RegionCounts> {
  const deletesIn = groupBy(deletes, ({ region }) => [region]);
  const regions = new Set([...memories.keys(), ...deletesIn.keys()]);
  return new Map(
    [...regions].map((region) => {
      const { routes, notes } = memories.get(region) ?? NO_MEMORY;
      const destinations = new Map([...routes].map(([id, inTable]) => [id, new Set(inTable.keys())]));
      for (const { routeTableId, destination } of deletesIn.get(region) ?? []) {
        destinations.set(routeTableId, (destinations.get(routeTableId) ?? new Set()).add(destination));
      }
      return [region, countsOf(destinations, firstFoundIn(notes))];
    }),
  );
}

function countsOf(
  destinations: ReadonlyMap<string, ReadonlySet<string>>,
  firstFound: Partial<FirstFound> | 'unreadable',
): RegionCounts {
  const { own, tables = {} } = firstFound === 'unreadable' ? {} : firstFound;
  // Of nothing every share is too large, so that none of them goes for a note that nobody can read.
  const count = (now: number, first: number | undefined) => ({
    now,
    counted: firstFound === 'unreadable' ? 0 : Math.min(now, first ?? now),
  });
  let all = 0;
  for (const { size } of destinations.values()) all += size;
  return {
    all: count(all, own),
    tables: new Map([...destinations].map(([id, { size }]) => [id, count(size, tables[id])])),
  };
}

/** What a Region remembers of deletes that are kept back: how many own routes there were when they were first too many. */
export interface FirstFound {
  /** In the Region, where it is a share of the account. */
  readonly own?: number;
  /** By route table, of those with such deletes. */
  readonly tables: Readonly<Record<string, number>>;
}

const KEY = 'mass-delete';

function firstFoundOf(
  counts: RegionCounts | undefined,
  deletes: readonly Change[],
  isOfAccount: boolean,
): FirstFound {
  const ids = [...new Set(deletes.map(({ routeTableId }) => routeTableId))].sort();
  const inRegion = ids.flatMap((id) => {
    const count = counts?.tables.get(id);
    return count === undefined ? [] : [[id, count.counted] as const];
  });
  return {
    ...(isOfAccount ? { own: counts?.all.counted ?? 0 } : {}),
    tables: Object.fromEntries(inRegion),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** What is noted of deletes that were kept back; `unreadable`: that some were, and not against what they are counted. */
function firstFoundIn(notes: RegionMemory['notes']): Partial<FirstFound> | 'unreadable' {
  const note = notes.get(KEY);
  if (note === undefined) {
    return {};
  }
  const { own, tables } = noteFields(note) ?? {};
  const byTable = typeof tables === 'object' && tables !== null ? Object.entries(tables) : [];
  const counts = byTable.filter((entry): entry is [string, number] => isCount(entry[1]));
  const isWhole =
    (own === undefined || isCount(own)) && counts.length === byTable.length && counts.length > 0;
  return isWhole
    ? { ...(own === undefined ? {} : { own }), tables: Object.fromEntries(counts) }
    : 'unreadable';
}

/** What a Region learns of a look: against what to count as long as deletes are kept back, and that none are any more. */
export function massDeleteUpdates(
  firstFound: FirstFound | undefined,
  { registry, notes }: RegionMemory,
  now: Date,
): MemoryUpdate[] {
  const known = notes.get(KEY);
  if (registry !== 'known' || (firstFound === undefined && known === undefined)) {
    return [];
  }
  if (firstFound === undefined) {
    return [{ kind: 'forget-note', key: KEY }];
  }
  const value = JSON.stringify(firstFound);
  // What cannot be read stays until nothing is kept back any more, or a person has let it through.
  return value === known?.value || firstFoundIn(notes) === 'unreadable'
    ? []
    : [{ kind: 'note', key: KEY, value, at: Math.floor(now.getTime() / 1000) }];
}

/** Whether the addresses of a delete are wanted at the same peering by another destination of the table. */
function createStillLed(desired: readonly DesiredRoute[]): (change: Change) => boolean {
  const wanted = new Map<string, PrefixMap<true>>();
  for (const { routeTableId, peeringId, destination } of desired) {
    const key = `${routeTableId} ${peeringId}`;
    const cidr = readDestination(destination);
    if (cidr !== undefined) {
      wanted.set(key, (wanted.get(key) ?? new PrefixMap<true>()).set(cidr, true));
    }
  }
  return ({ routeTableId, peeringId, destination }) => {
    const cidr = readDestination(destination);
    const map = wanted.get(`${routeTableId} ${peeringId}`);
    return cidr !== undefined && map?.longestMatch(cidr) !== undefined;
  };
}

function finding(deletes: readonly Change[], share: string, { percent }: Limit): Finding {
  const [first] = deletes;
  return {
    kind: 'mass-delete',
    region: first?.region ?? '',
    detail:
      `The policy as it is now would delete ${deletes.length} ${share}: more than ${percent} % at once ` +
      '(guardrails.maxDeletesPercent). None of them is deleted. If that is what is wanted, look at peering plan, then carry it ' +
      'out with peering apply, or raise guardrails.maxDeletesPercent and deploy; if not, mend the policy.',
    repairable: false,
  };
}
