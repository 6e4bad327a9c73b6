/**
 * Tags of people that are nearly right: a key that is not read, or a value that names no rule. Such a tag does nothing
 * and says nothing, so whoever wrote it waits for routes that never come. Pure.
 */
import { printable } from '../report/printable.ts';
import { didYouMean, editDistance } from './did-you-mean.ts';
import { hasWildcard, matchesPattern } from './patterns.ts';

export interface TagSlip {
  /** The tag as it is. */
  readonly key: string;
  readonly value: string;
  /** The tag that was probably meant. `null`: no tag at all, or nothing that can be guessed; the sentence says which. */
  readonly meant: { readonly key: string; readonly value: string } | null;
  readonly sentence: string;
}

export interface TagContext {
  readonly tagPrefix: string;
  readonly ruleNames: Iterable<string>;
  /** How the sentence names what carries the tags: `rtb-1 in us-east-1`. */
  readonly place: string;
}

type Tags = Readonly<Record<string, string>>;

/** Everything that the product reads or writes under its prefix. */
const OWN_NAMES = ['routes', 'probe', 'decision', 'rule', 'decided-at', 'routes-synced-at', 'reminded-at'];

const MAX_SHOWN = 256;

const QUOTES = /["'`\u00b4\u2018\u2019\u201c\u201d\u00ab\u00bb<>()[\]{}]/g;

function quoted(text: string): string {
  return `"${printable(text, MAX_SHOWN)}"`;
}

function assignment({ key, value }: { readonly key: string; readonly value: string }): string {
  return `${printable(key, MAX_SHOWN)} = ${quoted(value)}`;
}

/** Letters and digits only, in lower case: what is left when blanks, separators and case do not count. */
function bare(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The words of a key: `peering-autopilot:routes` has three. */
function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

type Likeness = 'same' | 'near' | 'part' | 'other';

/** Typing errors that a key of this length may have. In a short one, another word is as near. */
function typosIn(text: string): number {
  return text.length >= 14 ? 2 : text.length >= 8 ? 1 : 0;
}

/**
 * How like a key is to the one that is read. `same`: but for case, blanks and separators. `part`: a part of the prefix is
 * missing, so that only the value can tell whether it was meant.
 */
function likeness(key: string, prefix: string, name: string): Likeness {
  const found = bare(key);
  const wanted = bare(`${prefix}${name}`);
  if (wanted === '' || found === '') {
    return 'other';
  }
  if (found === wanted) {
    return 'same';
  }
  // A key much longer than the wanted one is not measured: that takes time, and the answer is known.
  const typos = Math.abs(found.length - wanted.length) > 2 ? Infinity : editDistance(found, wanted);
  const [tail = ''] = wordsOf(key).slice(-1);
  // Two typing errors make a short word another one, so then its first letter has to be right.
  const allowed = tail.charAt(0).toLowerCase() === name.charAt(0) ? typosIn(wanted) : Math.min(1, typosIn(wanted));
  const nearer = OWN_NAMES.some(
    (own) => own !== name && editDistance(found.slice(0, 200), bare(`${prefix}${own}`)) <= typos,
  );
  if (typos <= allowed && !nearer) {
    return 'near';
  }
  const parts = [bare(name), bare(prefix), ...wordsOf(prefix).map((word) => bare(`${word}${name}`))];
  return parts.includes(found) ? 'part' : 'other';
}

/** What a value was meant to say. */
interface Reading {
  /** `right`: it is as it should be. `none`: no routes, no probe. `unknown`: no sense can be made of it. */
  readonly kind: 'right' | 'meant' | 'none' | 'unknown';
  readonly value: string;
  /** Words that stand for nothing the policy knows. */
  readonly unknown: readonly string[];
}

const RIGHT_WORDS = new Set([
  'all', 'any', 'every', 'everything', 'true', 'yes', 'y', 'on', '1', 'enable', 'enabled', 'default', 'wildcard',
]);
const NO_WORDS = new Set([
  'none', 'no', 'n', 'false', 'off', '0', 'never', 'nothing', 'null', 'disable', 'disabled',
]);

/** The rules, or `*`, that a word was meant to be; `none` for a word that says no. */
function meantBy(word: string, rules: readonly string[]): readonly string[] | 'none' | undefined {
  if (word === '*' || rules.includes(word)) {
    return [word];
  }
  const same = rules.filter((rule) => bare(rule) === bare(word));
  if (same.length === 1) {
    return same;
  }
  if (/^\*+$/.test(word)) {
    return ['*'];
  }
  if (hasWildcard(word)) {
    const matching = rules.filter((rule) => matchesPattern(word.toLowerCase(), rule));
    return matching.length > 0 ? matching : undefined;
  }
  const lower = word.toLowerCase();
  if (RIGHT_WORDS.has(lower)) return ['*'];
  if (NO_WORDS.has(lower)) return 'none';
  const near = didYouMean(word, rules);
  return near !== undefined && editDistance(lower, near) <= 2 ? [near] : undefined;
}

function blankSeparated(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

/** What a value of `<prefix>:routes` was meant to say. */
function routesReading(value: string, rules: readonly string[]): Reading {
  const written = blankSeparated(value);
  if (written.length > 0 && (written.includes('*') || written.every((word) => rules.includes(word)))) {
    return { kind: 'right', value: written.join(' '), unknown: [] };
  }
  const cleaned = value.normalize('NFKC').replace(QUOTES, ' ');
  const words = cleaned.split(/[\s,;|+&/:=]+/).filter((word) => word !== '');
  const whole = meantBy(words.join('-'), rules);
  // `Shared Services` is one rule whose name has no blank.
  const found = Array.isArray(whole) && words.length > 1 ? [whole] : words.map((word) => meantBy(word, rules));
  const meant = [...new Set(found.flatMap((each) => (Array.isArray(each) ? each : [])))];
  const lost = words.filter((_, index) => found.length === words.length && !Array.isArray(found[index]));
  if (meant.length > 0) {
    const all = meant.includes('*') ? '*' : meant.join(' ');
    return { kind: 'meant', value: all, unknown: all === '*' ? [] : lost };
  }
  if (words.length > 0 && found.every((each) => each === 'none')) {
    return { kind: 'none', value: '', unknown: [] };
  }
  return { kind: 'unknown', value: written.join(' '), unknown: words };
}

const PROBE_VALUES = ['source', 'target', 'both'];
const PROBE_WORDS: Readonly<Record<string, string>> = {
  src: 'source', from: 'source', sender: 'source', client: 'source',
  dst: 'target', dest: 'target', destination: 'target', to: 'target', receiver: 'target', server: 'target',
};

/** What a value of `<prefix>:probe` was meant to say. */
function probeReading(value: string): Reading {
  if (PROBE_VALUES.includes(value)) {
    return { kind: 'right', value, unknown: [] };
  }
  const words = value.normalize('NFKC').toLowerCase().split(/[^a-z0-9*]+/).filter((word) => word !== '');
  const one = (word: string): string | undefined =>
    PROBE_WORDS[word] ??
    (RIGHT_WORDS.has(word) || word === '*' ? 'both' : (didYouMean(word, PROBE_VALUES) ?? undefined));
  const meant = new Set(words.map((word) => (Object.hasOwn(PROBE_WORDS, word) || !NO_WORDS.has(word) ? one(word) : 'none')));
  if (meant.size === 1 && meant.has('none')) {
    return { kind: 'none', value: '', unknown: [] };
  }
  if (words.length === 0 || meant.has(undefined) || meant.has('none')) {
    return { kind: 'unknown', value, unknown: [value] };
  }
  const [first = 'both', ...others] = meant;
  return { kind: 'meant', value: others.length === 0 ? first : 'both', unknown: [] };
}

/** A tag that people write: how its value is read, and what to say of one without sense. */
interface TagKind {
  readonly name: 'routes' | 'probe';
  readonly read: (value: string) => Reading;
  readonly nothing: string;
  readonly choices: string;
}
