/**
 * Tags of people that are nearly right: a key that is not read, or a value that says nothing. Such a tag does nothing,
 * silently, so whoever wrote it waits for routes that never come. Pure.
 */
import { HANDED_BACK } from '../model/opt-in.ts';
import { printable } from '../model/printable.ts';
import { didYouMean, editDistance } from './did-you-mean.ts';
import { endOfText, timeMeant } from './expiry-date.ts';
import { hasWildcard, matchesPattern } from './patterns.ts';
import { NO_PING, portsTag } from './probe-target.ts';

export interface TagSlip {
  /** The tag as it is. */
  readonly key: string;
  readonly value: string;
  /** The tag that was probably meant. `null`: better no tag at all, or nothing to guess; the sentence says which. */
  readonly meant: { readonly key: string; readonly value: string } | null;
  readonly sentence: string;
}

export interface TagContext {
  readonly tagPrefix: string;
  /** How sentences call what carries the tags: `rtb-1 in us-east-1`. */
  readonly place: string;
}

type Tags = Readonly<Record<string, string>>;

/** Everything that the product reads or writes under its prefix. */
const OWN_NAMES = [
  'routes',
  'probe',
  'probe-ports',
  'decision',
  'rule',
  'decided-at',
  'routes-synced-at',
  'reminded-at',
  'expires',
  'ended-at',
];

/** Other words for what people write there: no typing errors of the right one, and of no other meaning under the product's prefix. */
const OTHER_WORDS: Readonly<Record<TagKind['name'], readonly string[]>> = {
  routes: ['routing', 'routetable', 'routetables'],
  probe: ['probing', 'ping', 'pings'],
  'probe-ports': ['ports', 'port', 'probeport', 'pingports'],
  expires: ['expiry', 'expiration', 'expire', 'expiresat', 'expireson', 'endsat', 'ends'],
};

/** As many as a tag value may have characters. */
const MAX_SHOWN = 256;

const MAX_LISTED = 10;

const shown = (text: string) => printable(text, MAX_SHOWN);

/** Letters and digits, in lower case: what is left when case, blanks and separators do not count. */
function bare(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

/** Typing errors that a key of this length may have. In a short one, another word is as near. */
function typosIn(key: string): number {
  return key.length >= 14 ? 2 : key.length >= 8 ? 1 : 0;
}

/**
 * Whether a key belongs to something else of a similar name: another stack's `peering-autopilot-eu` or
 * `peering-autopilot2`, or any word as short as a short prefix.
 */
function isOthers(key: string, prefix: string, name: string): boolean {
  const digits = (text: string) => text.replace(/\P{N}/gu, '');
  const words = wordsOf(key.toLowerCase());
  const wanted = wordsOf(`${prefix}:${name}`.toLowerCase());
  const longer = words.length > wanted.length && wanted.every((word) => words.includes(word));
  const short = bare(prefix).length < 6 && !bare(key).startsWith(bare(prefix));
  return longer || short || digits(key) !== digits(`${prefix}${name}`);
}

function isTypo(key: string, prefix: string, name: string): boolean {
  const found = bare(key);
  const wanted = bare(`${prefix}${name}`);
  if (Math.abs(found.length - wanted.length) > 2 || isOthers(key, prefix, name)) {
    return false;
  }
  // Two errors make another word of a short one, `notes` of `routes`: then its first letter has to be right.
  const [tail = ''] = wordsOf(key).slice(-1);
  const most = bare(tail).startsWith(name.charAt(0)) ? 2 : 1;
  const typos = editDistance(found, wanted);
  return (
    typos <= Math.min(most, typosIn(wanted)) &&
    OWN_NAMES.every((own) => own === name || editDistance(found, bare(`${prefix}${own}`)) > typos)
  );
}

/** Whether a key has another word for the name behind the prefix, in which there may be one typing error where it is long. */
function hasOtherWord(key: string, prefix: string, name: TagKind['name']): boolean {
  const found = bare(key);
  const wanted = bare(prefix);
  return OTHER_WORDS[name].some((word) => {
    if (!found.endsWith(word) || found.replace(/\P{N}/gu, '') !== wanted.replace(/\P{N}/gu, '')) {
      return false;
    }
    const before = found.slice(0, -word.length);
    return before === wanted || (wanted.length >= 8 && editDistance(before, wanted) <= 1);
  });
}

/** `near`: the key was meant, whatever the value. `part`: a part of it is missing, so the value has to make sense. */
type Likeness = 'near' | 'part' | 'name' | 'other';

/** Thousands of resources have the same few keys, and to compare letters takes long. Keys are people's, so not all are kept. */
const MOST_KEPT = 1000;
const known = new Map<string, Likeness>();

function likeness(key: string, prefix: string, name: TagKind['name']): Likeness {
  const asked = `${name} ${prefix} ${key}`;
  const kept = known.get(asked);
  if (kept !== undefined) {
    return kept;
  }
  if (known.size === MOST_KEPT) known.clear();
  const judged = judgeLikeness(key, prefix, name);
  known.set(asked, judged);
  return judged;
}

function judgeLikeness(key: string, prefix: string, name: TagKind['name']): Likeness {
  const found = bare(key);
  if (found === '' || bare(prefix) === '') {
    return 'other';
  }
  if (found === bare(`${prefix}${name}`) || isTypo(key, prefix, name)) {
    return 'near';
  }
  if (hasOtherWord(key, prefix, name)) {
    // A short prefix is a word that others use, too.
    return bare(prefix).length < 6 ? 'part' : 'near';
  }
  if (found === name) {
    return 'name';
  }
  const incomplete = [bare(prefix), ...wordsOf(prefix).map((word) => bare(`${word}${name}`))];
  return incomplete.includes(found) ? 'part' : 'other';
}

/** What a value says, or was meant to say. */
type Reading =
  | { readonly kind: 'right' }
  /** `unknown`: words in it of which no sense can be made. */
  | { readonly kind: 'meant'; readonly value: string; readonly unknown: readonly string[] }
  /** That there should be no routes, or no probe. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' };

/** A tag that people write. */
interface TagKind {
  readonly name: 'routes' | 'probe' | 'probe-ports' | 'expires';
  readonly read: (value: string) => Reading;
  /** What is wrong with a value that says nothing, and what may stand there. */
  readonly fault: (key: string, value: string) => string;
  readonly choices: () => string;
  readonly withoutTag: string;
  /** The value that is right where there should be none; left out where that has to have no tag. */
  readonly none?: string;
}

const YES = new Set(
  'all any every everything true yes y on 1 enable enabled default wildcard both'.split(' '),
);
const NO = new Set('none no n false off 0 never nothing null disable disabled'.split(' '));

function blankSeparated(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

/** The words of a value without the quotes, brackets, commas and the like around them. */
function cleanWords(value: string): string[] {
  return value
    .normalize('NFKC')
    .split(/[^\p{L}\p{N}*._-]+/u)
    .filter((word) => word !== '');
}

/** The rules that a word was meant to name, or `*`. A rule wins over a word that means all or none. */
function rulesMeant(word: string, rules: readonly string[]): readonly string[] {
  if (word === '*' || rules.includes(word)) {
    return [word];
  }
  const [same, ...others] = rules.filter((rule) => bare(rule) === bare(word));
  if (same !== undefined && others.length === 0 && bare(word) !== '') {
    return [same];
  }
  const lower = word.toLowerCase();
  if (YES.has(lower) || /^\*+$/.test(word)) {
    return ['*'];
  }
  if (NO.has(lower)) {
    return [];
  }
  if (hasWildcard(word)) {
    return rules.filter((rule) => matchesPattern(lower, rule));
  }
  const near = didYouMean(word, rules);
  return near !== undefined && editDistance(lower, near) <= 2 ? [near] : [];
}

function isRight(words: readonly string[], rules: readonly string[]): boolean {
  return words.length > 0 && (words.includes('*') || words.every((word) => rules.includes(word)));
}

function readRoutes(value: string, rules: readonly string[]): Reading {
  if (isRight(blankSeparated(value), rules)) {
    return { kind: 'right' };
  }
  const words = cleanWords(value);
  const found = words.map((word) => rulesMeant(word, rules));
  const unknown = words.filter((_, index) => found[index]?.length === 0);
  // `Shared Services` is one rule whose name has no blank.
  const whole = rules.find((rule) => bare(rule) === bare(value));
  if (unknown.length > 0 && whole !== undefined) {
    return { kind: 'meant', value: whole, unknown: [] };
  }
  const meant = new Set(found.flat());
  if (meant.has('*')) {
    return { kind: 'meant', value: '*', unknown: [] };
  }
  if (meant.size > 0) {
    return { kind: 'meant', value: [...meant].join(' '), unknown };
  }
  return words.length > 0 && words.every((word) => NO.has(word.toLowerCase()))
    ? { kind: 'none' }
    : { kind: 'unknown' };
}

function routesFault(key: string, value: string, rules: readonly string[]): string {
  const unknown = blankSeparated(value).filter((word) => !rules.includes(word));
  return unknown.length === 0
    ? `the tag ${key} is empty, so the table gets no routes`
    : `the tag ${key} names ${shown(unknown.join(', '))}, but the policy has no such rule`;
}

function ruleChoices(rules: readonly string[]): string {
  const listed = rules.slice(0, MAX_LISTED).map(shown).join(', ');
  const more = rules.length > MAX_LISTED ? ` and ${rules.length - MAX_LISTED} more` : '';
  return rules.length === 0
    ? 'The policy has no rules yet.'
    : `Set it to * or to names of rules, with blanks between: ${listed}${more}.`;
}

function routesKind(rules: readonly string[]): TagKind {
  return {
    name: 'routes',
    read: (value) => readRoutes(value, rules),
    fault: (key, value) => routesFault(key, value, rules),
    choices: () => ruleChoices(rules),
    withoutTag: 'without the tag, a table gets no routes',
    none: HANDED_BACK,
  };
}

const PROBE_VALUES = ['source', 'target', 'both'];

const PROBE_WORDS: ReadonlyMap<string, string> = new Map([
  ...['src', 'from', 'sender', 'client'].map((word) => [word, 'source'] as const),
  ...['dst', 'dest', 'destination', 'to', 'receiver', 'server'].map((word) => [word, 'target'] as const),
  ...[...YES, '*'].map((word) => [word, 'both'] as const),
]);

function readProbe(value: string): Reading {
  if (PROBE_VALUES.includes(value)) {
    return { kind: 'right' };
  }
  const words = cleanWords(value.toLowerCase());
  const meant = words.map((word) => PROBE_WORDS.get(word) ?? didYouMean(word, PROBE_VALUES));
  const [first, ...others] = new Set(meant);
  if (words.length > 0 && words.every((word) => NO.has(word))) {
    return { kind: 'none' };
  }
  if (first === undefined || others.includes(undefined)) {
    return { kind: 'unknown' };
  }
  return { kind: 'meant', value: others.length === 0 ? first : 'both', unknown: [] };
}

const PROBE: TagKind = {
  name: 'probe',
  read: readProbe,
  fault: (key, value) => `the tag ${key} = "${shown(value)}" is neither source nor target nor both`,
  choices: () => 'Set it to one of these.',
  withoutTag: 'without the tag, an instance is not used for the connectivity check',
};

/** Ports, and `no-ping` beside them. */
function readPorts(value: string): Reading {
  const { ports, unknown } = portsTag(value);
  if (ports.length > 0 && unknown.length === 0) {
    return { kind: 'right' };
  }
  if (ports.length > 0) {
    return { kind: 'meant', value: ports.join(' '), unknown };
  }
  const words = cleanWords(value.toLowerCase());
  return words.length > 0 && words.every((word) => NO.has(word)) ? { kind: 'none' } : { kind: 'unknown' };
}

const PORTS: TagKind = {
  name: 'probe-ports',
  read: readPorts,
  fault: (key, value) => `the tag ${key} = "${shown(value)}" has words that are no TCP ports`,
  choices: () =>
    `Set it to ports from 1 to 65535 with blanks between, such as "5432 443", or "5432 ${NO_PING}".`,
  withoutTag: 'without the tag, the instance is only pinged',
};

function readExpires(value: string): Reading {
  if (endOfText(value) !== undefined) {
    return { kind: 'right' };
  }
  const meant = timeMeant(value);
  if (meant !== undefined) {
    return { kind: 'meant', value: meant, unknown: [] };
  }
  return NO.has(value.trim().toLowerCase()) ? { kind: 'none' } : { kind: 'unknown' };
}

const EXPIRES: TagKind = {
  name: 'expires',
  read: readExpires,
  fault: (key, value) => `the tag ${key} = "${shown(value)}" is no time`,
  choices: () =>
    'Set it to a date, such as 2027-03-01, or a time with its zone, such as 2027-03-01T18:00:00Z.',
  withoutTag: 'without the tag, a peering ends only as its rule says',
};

/** The tag that is read, with a value that says nothing as it is. */
function valueSlip(key: string, value: string, kind: TagKind, place: string): TagSlip | undefined {
  const reading = kind.read(value);
  const fault = () => `${place}: ${kind.fault(shown(key), value)}`;
  switch (reading.kind) {
    case 'right':
      return undefined;
    case 'none': {
      if (value.trim() === kind.none) {
        return undefined;
      }
      const instead = kind.none === undefined ? '' : `, or set it to ${kind.none}`;
      const sentence = `${fault()}. Remove it${instead}: ${kind.withoutTag}.`;
      return { key, value, meant: null, sentence };
    }
    case 'meant': {
      const sentence = `${fault()}; did you mean ${shown(key)} = "${shown(reading.value)}"?`;
      return { key, value, meant: { key, value: reading.value }, sentence };
    }
    case 'unknown':
      return { key, value, meant: null, sentence: `${fault()}. ${kind.choices()}` };
  }
}

/** Whether a key like this was meant to be the one that is read. Half a key has to have a value that makes sense. */
function wasMeant(alike: Likeness, reading: Reading): boolean {
  switch (alike) {
    case 'near':
      return true;
    case 'part':
      return reading.kind === 'right' || (reading.kind === 'meant' && reading.unknown.length === 0);
    case 'name':
      return reading.kind === 'right';
    case 'other':
      return false;
  }
}

/** A tag with another key than the one that is read. `present`: there is one with the right key, too. */
function keySlip(
  key: string,
  value: string,
  kind: TagKind,
  { tagPrefix, place }: TagContext,
  present: boolean,
): TagSlip | undefined {
  const reading = kind.read(value);
  if (!wasMeant(likeness(key, tagPrefix, kind.name), reading)) {
    return undefined;
  }
  const right = `${tagPrefix}:${kind.name}`;
  const fault = `${place}: the tag "${shown(key)}" is not the one that is read`;
  if (present) {
    const sentence = `${fault}, which is ${shown(right)} and is there, too; remove the other.`;
    return { key, value, meant: null, sentence };
  }
  if (reading.kind === 'none') {
    return { key, value, meant: null, sentence: `${fault}. Remove it: ${kind.withoutTag}.` };
  }
  if (reading.kind === 'unknown') {
    return {
      key,
      value,
      meant: { key: right, value },
      sentence: `${fault}; did you mean ${shown(right)}? ${kind.choices()}`,
    };
  }
  const meant = { key: right, value: reading.kind === 'meant' ? reading.value : value };
  return { key, value, meant, sentence: `${fault}; did you mean ${shown(right)} = "${shown(meant.value)}"?` };
}

function tagSlips(tags: Tags, kind: TagKind, context: TagContext): TagSlip[] {
  const { tagPrefix, place } = context;
  const right = `${tagPrefix}:${kind.name}`;
  const present = Object.hasOwn(tags, right);
  const slips: TagSlip[] = [];
  for (const [key, value] of Object.entries(tags)) {
    const slip =
      key === right
        ? valueSlip(key, value, kind, place)
        : OWN_NAMES.some((name) => key === `${tagPrefix}:${name}`)
          ? undefined
          : keySlip(key, value, kind, context, present);
    if (slip !== undefined) slips.push(slip);
  }
  return slips;
}

/** Tags of a route table that were meant to be `<prefix>:routes`, or to say something there. */
export function routesTagSlips(
  tags: Tags,
  context: TagContext & { readonly ruleNames: Iterable<string> },
): TagSlip[] {
  return tagSlips(tags, routesKind([...context.ruleNames]), context);
}

/** Tags of an instance that were meant to be `<prefix>:probe` or `<prefix>:probe-ports`, or to say something there. */
export function probeTagSlips(tags: Tags, context: TagContext): TagSlip[] {
  return [...tagSlips(tags, PROBE, context), ...tagSlips(tags, PORTS, context)];
}

/** Tags of a peering that were meant to be `<prefix>:expires`, or to say something there. */
export function expiresTagSlips(tags: Tags, context: TagContext): TagSlip[] {
  return tagSlips(tags, EXPIRES, context);
}
