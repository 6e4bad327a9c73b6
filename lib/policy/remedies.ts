/** What to write instead of a value of the wrong type, or of a word that the policy does not know. Build time only. */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { printable } from '../model/printable.ts';
import { didYouMean } from './did-you-mean.ts';
import { lineRemedy } from './misleading-characters.ts';

/** Words of other products for what the policy calls by another name. */
const SYNONYMS: readonly (readonly [meant: string, words: readonly string[]])[] = [
  ['accept', ['allow', 'allowed', 'permit', 'approve', 'grant', 'yes', 'true', 'auto']],
  ['reject', ['deny', 'denied', 'refuse', 'decline', 'forbid', 'block', 'drop', 'no', 'false', 'never']],
  ['hold', ['ask', 'manual', 'review', 'wait', 'pending', 'pause', 'deny', 'forbid', 'block']],
  ['allow', ['accept', 'permit', 'ignore', 'yes', 'true']],
  ['observe', ['dryrun', 'readonly', 'monitor', 'audit', 'report', 'warn', 'plan', 'watch']],
  ['enforce', ['active', 'live', 'apply', 'act', 'on']],
  ['inbound', ['in', 'incoming', 'ingress', 'from']],
  ['outbound', ['out', 'outgoing', 'egress', 'to']],
  ['any', ['both', 'all', 'either', '*', 'anyone', 'anybody']],
  ['remove', ['delete', 'drop', 'cleanup']],
  ['effect', ['action', 'decision']],
  ['keep', ['retain', 'leave', 'ignore']],
];

/** The allowed word that was probably meant. */
function meantWord(text: string, allowed: readonly string[]): string | undefined {
  const word = text === '*' ? text : text.toLowerCase().replace(/[^a-z]/g, '');
  const synonym = SYNONYMS.find(([meant, words]) => allowed.includes(meant) && words.includes(word));
  return synonym?.[0] ?? didYouMean(text, allowed);
}

export function suggestionFor(text: string, allowed: readonly string[]): string {
  const suggestion = meantWord(text, allowed);
  return suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
}

function sourceOf(node: Node | undefined): string {
  return isScalar(node) ? printable(node.source ?? String(node.value), 80) : '';
}

/** For a number, or true or false, that should have been text. `account`: where 12 digits are wanted. */
export function quoteHint(node: Node | undefined, account = false): string {
  if (!isScalar(node) || (typeof node.value !== 'number' && typeof node.value !== 'boolean')) {
    return '';
  }
  const source = sourceOf(node);
  if (/^0[0-9]+$/.test(source)) {
    return `; quote it: "${source}" (YAML reads a number, and the leading zero is lost)`;
  }
  // Spreadsheets and scripts take account ids for numbers, too.
  if (account && /^[0-9]{9,11}$/.test(source)) {
    return `; quote it, with all 12 digits: "${source.padStart(12, '0')}", if leading zeros were lost`;
  }
  return `; quote it: "${source}"`;
}

const TRUE = /^(true|yes|on|y)$/i;
const FALSE = /^(false|no|off|n)$/i;

/** For text that should have been a number, or true or false. */
export function unquoteHint(node: Node | undefined, expected: string, path: readonly PropertyKey[]): string {
  if (!isScalar(node) || typeof node.value !== 'string') {
    return '';
  }
  const text = node.value.trim();
  const last = path.at(-1);
  const key = typeof last === 'string' ? `${last}: ` : '';
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  if (expected === 'boolean' && (TRUE.test(text) || FALSE.test(text))) {
    return `; write ${key}${TRUE.test(text)}${quoted ? ' without quotes' : ''}`;
  }
  if ((expected === 'number' || expected === 'int') && /^-?[0-9]+(\.[0-9]+)?$/.test(text)) {
    return `; write ${key}${text}${quoted ? ' without quotes' : ''}`;
  }
  return '';
}

/** For one value where a list is wanted. */
export function listHint(node: Node | undefined): string {
  if (!isScalar(node) || node.value === null) {
    return '';
  }
  const source = sourceOf(node);
  const plain = typeof node.value === 'string' && /^[A-Za-z0-9][A-Za-z0-9@._/-]*$/.test(source);
  const safe = plain && !/^[0-9]+$/.test(source);
  return `; write [${safe ? source : JSON.stringify(source)}]`;
}

/** For a key with nothing behind it, and for a map where a list of maps is wanted. */
export function structureHint(node: Node | undefined, expected: string): string {
  if (isScalar(node) && node.value === null) {
    return '; write something behind it, or leave the key out';
  }
  if (isMap(node) && expected === 'array') {
    return '; put "- " in front of each item';
  }
  if (isScalar(node) && typeof node.value === 'string' && expected === 'object') {
    return lineRemedy(node.value);
  }
  return isSeq(node) && expected === 'object' ? '; write "key: value" without "- "' : '';
}
