import type { Verdict } from '../lib/connectivity/verdict.ts';
import { DEAD_STATUSES, PEERING_STATUSES } from '../lib/model/peering.ts';
import { didYouMean } from '../lib/policy/did-you-mean.ts';
import { hasWildcard, matchesPattern } from '../lib/policy/patterns.ts';
import { HEALTHS } from '../lib/report/health-words.ts';
import { asTyped } from './as-typed.ts';
import type { Document } from './documents.ts';
import { CliError } from './errors.ts';
import { shown } from './output.ts';
import type { Invocation } from './verb.ts';

/** `--filter KEY=PATTERN` and `--sort KEY` of `status`. docs/cli.md lists the keys. */

type View = Document<'status'>['views'][number];

/** What a key stands for; one pattern that matches any of the texts is enough. */
const KEYS: Readonly<Record<string, (view: View) => readonly (string | null)[]>> = {
  health: ({ health }) => [health],
  peering: ({ peeringId }) => [peeringId],
  name: ({ peeringName, localName, remoteName }) => [peeringName, localName, remoteName],
  local: ({ localVpc, localName }) => [localName, localVpc],
  remote: ({ remoteVpc, remoteName }) => [remoteName, remoteVpc],
  account: ({ accountId }) => [accountId],
  'remote-account': ({ remoteAccount }) => [remoteAccount],
  region: ({ region }) => [region],
  'remote-region': ({ remoteRegion }) => [remoteRegion],
  state: ({ status }) => [status],
  decision: ({ decision }) => [decision],
  standing: (view) => [view.standing],
  rule: ({ rule }) => [rule],
  expires: ({ expires }) => [expires?.at ?? null],
  ping: ({ lastPing }) => [lastPing?.verdict ?? 'none'],
};

const VERDICTS: Readonly<Record<Verdict, true>> = {
  reachable: true,
  lossy: true,
  unreachable: true,
  'mtu-limited': true,
  misresolved: true,
  none: true,
};

const DECISIONS: Readonly<Record<View['decision'], true>> = { accept: true, hold: true, reject: true };

const STANDINGS: Readonly<Record<View['standing'], true>> = {
  managed: true,
  expired: true,
  unmanaged: true,
  request: true,
  undecidable: true,
};

/** Keys that have no other values than these: what matches none of them is a slip, whatever was read. */
const VALUES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['health', HEALTHS],
  // What has ended has no line of its own.
  ['state', PEERING_STATUSES.filter((status) => !DEAD_STATUSES.has(status))],
  ['decision', Object.keys(DECISIONS)],
  ['standing', Object.keys(STANDINGS)],
  ['ping', Object.keys(VERDICTS)],
]);

/** All keys, of `--sort` too. */
export const FILTER_KEYS: readonly string[] = Object.keys(KEYS);

/** What `--filter` takes of keys with a fixed set of values, and the beginning of what it takes of others. */
export const FILTER_EXAMPLES: readonly string[] = FILTER_KEYS.flatMap(
  (key) => VALUES.get(key)?.map((value) => `${key}=${value}`) ?? [`${key}=`],
);

function keyOf(option: string, text: string): (view: View) => readonly (string | null)[] {
  const key = Object.hasOwn(KEYS, text) ? KEYS[text] : undefined;
  if (key === undefined) {
    const near = didYouMean(text, FILTER_KEYS);
    throw new CliError(
      `--${option} does not know ${shown(text, 60)}.${near === undefined ? '' : ` Did you mean ${near}?`} Keys are ${FILTER_KEYS.join(', ')}.`,
    );
  }
  return key;
}

type Test = (view: View) => boolean;

interface Filter {
  readonly name: string;
  readonly sign: string;
  readonly pattern: string;
}

function readFilter(text: string): Filter {
  const [, name = '', sign, pattern = ''] = /^([^=!]*)(!?=)(.*)$/s.exec(text) ?? [];
  if (sign === undefined || pattern === '') {
    throw new CliError(
      `--filter ${shown(text, 60)} is not KEY=PATTERN, such as state=active or name=prod-*.`,
    );
  }
  if (name !== name.trim() || pattern !== pattern.trim()) {
    throw new CliError(
      `--filter ${shown(text, 60)}: write it without blanks around ${sign}, ${asTyped(`${name.trim()}${sign}${pattern.trim()}`)}. Where a name begins or ends with a blank, * stands for it.`,
    );
  }
  return { name, sign, pattern };
}

/** `health=lost,drift`, as other options take lists: each value is a filter of its own. */
function severalText({ name, sign, pattern }: Filter, values: readonly string[]): string | undefined {
  const texts = pattern.split(/[,|]/).map((text) => text.trim());
  return texts.length > 1 && texts.every((text) => values.some((value) => matchesPattern(text, value)))
    ? ` Give each its own: ${texts.map((text) => `--filter ${asTyped(`${name}${sign}${text}`)}`).join(' ')}.`
    : undefined;
}

/** @throws CliError for a pattern that matches no value which the key can have. */
function validateValue({ name, sign, pattern }: Filter): void {
  const values = VALUES.get(name);
  if (values === undefined || values.some((value) => matchesPattern(pattern, value))) {
    return;
  }
  const said = `--filter ${shown(`${name}${sign}${pattern}`, 60)} can match nothing`;
  const [ended] = [...DEAD_STATUSES].filter((status) => name === 'state' && matchesPattern(pattern, status));
  if (ended !== undefined) {
    throw new CliError(
      `${said}: what is ${ended} has no line. peering status lists it below, under Ended, where no --filter is given.`,
    );
  }
  const near = nearValue(pattern, values);
  const meant =
    severalText({ name, sign, pattern }, values) ??
    (near === undefined ? '' : ` Did you mean ${name}${sign}${near}?`);
  throw new CliError(`${said}.${meant} Values of ${name} are ${values.join(', ')}.`);
}

/** Patterns of the same key are alternatives; different keys have to hold together. `KEY!=PATTERN` must not match. */
function testOf(filters: readonly string[]): Test {
  const wanted = new Map<string, Test[]>();
  const unwanted: Test[] = [];
  for (const text of filters) {
    const filter = readFilter(text);
    const { name, sign, pattern } = filter;
    const read = keyOf('filter', name);
    validateValue(filter);
    const matches: Test = (view) =>
      read(view).some((value) => value !== null && matchesPattern(pattern, value));
    if (sign === '!=') unwanted.push(matches);
    else wanted.set(name, [...(wanted.get(name) ?? []), matches]);
  }
  return (view) =>
    [...wanted.values()].every((tests) => tests.some((test) => test(view))) &&
    !unwanted.some((test) => test(view));
}

const ORDER = new Intl.Collator('en', { numeric: true });

function compareBy(key: string): (a: View, b: View) => number {
  const read = keyOf('sort', key);
  const rank = ({ health }: View) => HEALTHS.indexOf(health);
  if (key === 'health') {
    return (a, b) => rank(a) - rank(b);
  }
  const text = (view: View) => read(view).find((value) => value !== null);
  return (a, b) => {
    const [x, y] = [text(a), text(b)];
    return x === undefined || y === undefined
      ? Number(x === undefined) - Number(y === undefined)
      : ORDER.compare(x, y);
  };
}

function nearValue(pattern: string, values: readonly string[]): string | undefined {
  const lower = pattern.toLowerCase();
  return (
    values.find((value) => matchesPattern(lower, value.toLowerCase())) ??
    (hasWildcard(pattern) ? undefined : didYouMean(pattern, values))
  );
}

function nearText(views: readonly View[], { name, pattern }: Filter): string {
  const read = keyOf('filter', name);
  const values = new Set(views.flatMap((view) => read(view).flatMap((each) => each ?? [])));
  const found = nearValue(pattern, [...values]);
  return found === undefined || found === pattern ? '' : ` Did you mean ${name}=${shown(found, 60)}?`;
}

/**
 * A slip in a name finds nothing, which looks like a good answer: a sentence for each `--filter` that no line matches, and one where each
 * is matched and all together are not. Upper and lower case are different.
 */
export function filtersMissed(
  views: readonly View[],
  invocation: Pick<Invocation, 'options'>,
): readonly string[] {
  const filters = invocation.options.filter ?? [];
  if (filters.length === 0 || views.length === 0) {
    return [];
  }
  const lines = views.length === 1 ? 'the one line' : `the ${views.length} lines`;
  const missed = filters.flatMap((text) => {
    const filter = readFilter(text);
    return filter.sign === '!=' || views.some(testOf([text]))
      ? []
      : [`--filter ${shown(text, 60)} matches none of ${lines}.${nearText(views, filter)}`];
  });
  return missed.length > 0 || views.some(testOf(filters))
    ? missed
    : [`None of ${lines} matches every --filter.`];
}

/** @returns what `--filter` leaves, in the order of `--sort`: else unhealthy first, then by the name of the local VPC. */
export function arranged(views: readonly View[], { options }: Pick<Invocation, 'options'>): View[] {
  const test = testOf(options.filter ?? []);
  const orders = [options.sort ?? 'health', 'health', 'local', 'peering'].map(compareBy);
  return views.filter(test).sort((a, b) => {
    for (const order of orders) {
      const by = order(a, b);
      if (by !== 0) return by;
    }
    return 0;
  });
}
