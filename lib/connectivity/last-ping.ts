/**
 * The last ping of a peering, as it is remembered: record-connectivity notes what each command of a check found, and whoever shows
 * a peering reads the last check from these notes. Each command has its own.
 */
import { fieldsOf, jsonIn } from '../model/json.ts';
import type { Note } from '../model/memory.ts';
import type { PeeringView } from '../model/peering.ts';
import { PING, type PingNote } from '../model/ping-notes.ts';
import type { ProbeKind } from '../model/probe-kinds.ts';
import type { RoundTripTimes } from './ping-output.ts';
import type { PriceClass } from './probes.ts';
import { isRemoteAddress } from './remote-address.ts';
import { mergeResults, type ProbeResult } from './results.ts';
import type { Verdict } from './verdict.ts';

/**
 * Seconds that a note outlives the results that come next. It tells when a check stopped (`assessment/reachability.ts`) until the
 * notes of losses, which are written again once a day, are old enough to tell it too.
 */
const KEPT_LONGER = 26 * 60 * 60;

/** A command asks up to 50 instances. More than these, those that lost most first, are not noted: an item of a table costs by its size. */
const MAX_RESULTS = 20;

/** Commands of one check are sent within this time, in seconds. */
const ONE_CHECK = 60;

/** One command that has ended. */
export interface EndedPing {
  readonly peeringId: string;
  readonly target: string;
  /** `partOf`. */
  readonly part: string;
  /** When it was sent. */
  readonly sentAt: Date;
  readonly results: readonly ProbeResult[];
}

function loss({ transmitted = 0, received = 0 }: ProbeResult): number {
  return transmitted === 0 ? 0 : (transmitted - received) / transmitted;
}

/**
 * What is noted of a result: the key has its peering and target, the place its Region, the log its reason, and the times their
 * average.
 */
function noted(result: ProbeResult): Partial<Noted> {
  const { peeringId: _, region: __, target: ___, reason: ____, averageRtt, ...rest } = result;
  return rest.rtt !== undefined || averageRtt === undefined ? rest : { ...rest, averageRtt };
}

/** @param due seconds within which the next results have to come: until then it says when the last ones did. */
export function pingNote({ peeringId, target, part, sentAt, results }: EndedPing, due: number): PingNote {
  // To the millisecond, so that a command is told from the next one.
  const at = sentAt.getTime() / 1000;
  const worst = [...results].sort((a, b) => loss(b) - loss(a)).slice(0, MAX_RESULTS);
  return {
    kind: 'note',
    key: [PING, peeringId, target, part].join(' '),
    value: JSON.stringify(worst.map(noted)),
    at,
    expiresAt: Math.floor(at) + due + KEPT_LONGER,
  };
}

const VERDICTS: readonly Verdict[] = [
  'reachable',
  'lossy',
  'unreachable',
  'mtu-limited',
  'misresolved',
  'none',
];
const KINDS: readonly ProbeKind[] = ['ping', 'tcp', 'mtu', 'name'];
const PRICE_CLASSES: readonly PriceClass[] = ['same-zone', 'other-zone', 'other-region', 'unknown'];

type Fields = Readonly<Record<string, unknown>>;

function numbersIn<Name extends string>(fields: Fields, names: readonly Name[]): { [Key in Name]?: number } {
  const numbers: { [Key in Name]?: number } = {};
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'number' && Number.isFinite(value)) numbers[name] = value;
  }
  return numbers;
}

function timesIn(value: unknown): RoundTripTimes | undefined {
  const { min, avg, max, mdev } = numbersIn(fieldsOf(value), ['min', 'avg', 'max', 'mdev']);
  return min === undefined || avg === undefined || max === undefined
    ? undefined
    : { min, avg, max, ...(mdev === undefined ? {} : { mdev }) };
}

type Noted = Omit<ProbeResult, 'peeringId' | 'region' | 'target' | 'reason'>;

/** Undefined for what is none of ours: another version may have noted it. */
function resultFrom(value: unknown): Noted | undefined {
  const fields = fieldsOf(value);
  const verdict = VERDICTS.find((each) => each === fields.verdict);
  const kind = KINDS.find((each) => each === fields.kind);
  const priceClass = PRICE_CLASSES.find((each) => each === fields.priceClass);
  const { sourceInstanceId, name } = fields;
  if (
    verdict === undefined ||
    kind === undefined ||
    priceClass === undefined ||
    typeof sourceInstanceId !== 'string'
  ) {
    return undefined;
  }
  const rtt = timesIn(fields.rtt);
  return {
    sourceInstanceId,
    priceClass,
    kind,
    verdict,
    ...numbersIn(fields, ['port', 'packetSize', 'transmitted', 'received', 'averageRtt']),
    ...(typeof name === 'string' ? { name } : {}),
    ...(rtt === undefined ? {} : { rtt, averageRtt: rtt.avg }),
  };
}

/** Results that a note holds. */
function resultsIn(key: string, { value }: Note, region: string): readonly ProbeResult[] {
  const [, peeringId = '', target = ''] = key.split(' ');
  const results = jsonIn(value);
  return (Array.isArray(results) ? results : []).flatMap((each) => {
    const result = resultFrom(each);
    return result === undefined ? [] : [{ ...result, peeringId, region, target, reason: '' }];
  });
}

/** The verdict that is noted of a command; undefined where none is. */
export function notedVerdict(key: string, note: Note | undefined): Verdict | undefined {
  const results = note === undefined ? [] : resultsIn(key, note, '');
  return mergeResults(results, { lossThresholdPercent: 100 })[0]?.verdict;
}

export interface LastPing {
  /** When the last of its commands was sent. */
  readonly at: Date;
  readonly verdict: Verdict;
  /** What gave the verdict: `ping`, `TCP 5432`. */
  readonly worst?: string;
  readonly lossPercent?: number;
  readonly averageRtt?: number;
  /** Of all its pings: the shortest, the average and the longest; the deviation only of a single one. Milliseconds. */
  readonly rtt?: RoundTripTimes;
  readonly priceClasses: readonly PriceClass[];
  /** Instances that asked, and addresses that were asked. */
  readonly sources: readonly string[];
  readonly targets: readonly string[];
}

function timesOf(results: readonly ProbeResult[], avg: number | undefined): RoundTripTimes | undefined {
  const times = results.flatMap(({ rtt }) => (rtt === undefined ? [] : [rtt]));
  const [only] = times;
  if (only === undefined || avg === undefined) {
    return undefined;
  }
  return times.length === 1
    ? only
    : { min: Math.min(...times.map(({ min }) => min)), avg, max: Math.max(...times.map(({ max }) => max)) };
}

function sorted<Text extends string>(texts: readonly Text[]): Text[] {
  return [...new Set(texts)].sort();
}

/** Peerings across which an address was asked lately, as far as it is remembered. */
export function peeringsAsked(notes: ReadonlyMap<string, Note>, address: string): string[] {
  const ids = [...notes.keys()].flatMap((key) => {
    const [kind, peeringId, target] = key.split(' ');
    return kind === PING && target === address && peeringId !== undefined ? [peeringId] : [];
  });
  return [...new Set(ids)].sort();
}

/** Notes of pings by peering, so that each view looks at its own only. */
export function pingNotes(notes: ReadonlyMap<string, Note>): ReadonlyMap<string, ReadonlyMap<string, Note>> {
  const byPeering = new Map<string, Map<string, Note>>();
  for (const [key, note] of notes) {
    const [kind, peeringId = ''] = key.split(' ');
    if (kind === PING) {
      byPeering.set(peeringId, (byPeering.get(peeringId) ?? new Map()).set(key, note));
    }
  }
  return byPeering;
}

/**
 * What the last check found that pinged from the view's Region to an address of its remote side; undefined where none is remembered.
 *
 * @param notes of the peering, as `pingNotes` has them.
 */
export function lastPingOf(
  { region, remote }: Pick<PeeringView, 'region' | 'remote'>,
  notes: ReadonlyMap<string, Note> = new Map(),
): LastPing | undefined {
  if (notes.size === 0) {
    return undefined;
  }
  const isRemote = isRemoteAddress({ remote });
  const about = [...notes].filter(([key]) => isRemote(key.split(' ')[2] ?? ''));
  const last = Math.max(...about.map(([, { at }]) => at));
  const results = about
    .filter(([, { at }]) => last - at <= ONE_CHECK)
    // Two commands may ask the same: what was asked later counts.
    .sort(([, a], [, b]) => a.at - b.at)
    .flatMap(([key, note]) => resultsIn(key, note, region));
  const [health] = mergeResults(results, { lossThresholdPercent: 100 });
  if (health === undefined) {
    return undefined;
  }
  const { verdict, worst, lossPercent, averageRtt } = health;
  const rtt = timesOf(health.results, averageRtt);
  return {
    at: new Date(last * 1000),
    verdict,
    ...(worst === undefined ? {} : { worst }),
    ...(lossPercent === undefined ? {} : { lossPercent }),
    ...(averageRtt === undefined ? {} : { averageRtt }),
    ...(rtt === undefined ? {} : { rtt }),
    priceClasses: sorted(health.results.map(({ priceClass }) => priceClass)),
    sources: sorted(health.results.map(({ sourceInstanceId }) => sourceInstanceId)),
    targets: sorted(health.results.map(({ target }) => target)),
  };
}
