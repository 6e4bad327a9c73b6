/** Reads and checks a YAML file that people write, and shows where it is wrong. Build time only. */
import { closeSync, openSync, readSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { z } from 'zod';
import { printable } from '../model/printable.ts';
import { excerptOf } from './excerpt.ts';
import type { FileSlip } from './file-slips.ts';
import { lineRemedy, misleadingText } from './misleading-characters.ts';
import { KNOWN_REGIONS } from './regions.ts';
import { listHint, quoteHint, structureHint, suggestionFor, unquoteHint } from './remedies.ts';

export interface PolicyProblem {
  /** From 1; 0 when the problem is the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** `rules[0].effect`; empty for the file or its top level. */
  readonly path: string;
  readonly message: string;
  /** What could stand there instead. */
  readonly allowed?: readonly string[];
  /** The line of the file and, in a second line, a caret under the column. Long lines are cut. */
  readonly excerpt?: string;
}

/** A kind of file: what it is called, and what may stand in it. */
export interface FileKind<Schema extends z.ZodType> {
  /** `policy` */
  readonly noun: string;
  readonly schema: Schema;
  /** What a reader who has none is told. */
  readonly example: string;
  /** The shortest one, for a file in which nothing stands. */
  readonly empty: string;
  /** What the schema cannot see. */
  slips(input: unknown): readonly FileSlip[];
}

type AnyKind = FileKind<z.ZodType>;

export interface ValidatedFile<Content> {
  readonly content: Content;
  /** The file's name, line and column of a place in it, and a sentence about it. */
  remark(path: Path, message: string): FileRemark;
}

/** In the order of the file when they are sorted by `byPosition`. */
export type FileRemark = PolicyProblem;

const MAX_SHOWN_PROBLEMS = 50;

function line(file: string, { line: row, column, path, message }: PolicyProblem): string {
  const place = row === 0 ? file : `${file}:${row}:${column}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/** The problem's line and, behind a margin with the number of the line, what the file says there. */
function block(file: string, problem: PolicyProblem): string[] {
  const number = String(problem.line);
  const margins = [` ${number}`, ` ${' '.repeat(number.length)}`];
  const excerpt = problem.excerpt?.split('\n').map((text, index) => `${margins[index]} | ${text}`.trimEnd());
  return [line(file, problem), ...(excerpt ?? [])];
}

/**
 * A policy file, or another of its kind, that cannot be used. The message has for each problem a line `file:line:column: path: message`, the line
 * of the file, and a caret under the place.
 */
export class PolicyError extends Error {
  readonly problems: readonly PolicyProblem[];

  constructor(file: string, problems: readonly PolicyProblem[], options?: ErrorOptions) {
    const shown = problems.slice(0, MAX_SHOWN_PROBLEMS);
    const lines = shown.flatMap((problem) => block(printable(file, 256), problem));
    const more = problems.length - shown.length;
    super([...lines, ...(more > 0 ? [`${more} more problems.`] : [])].join('\n'), options);
    this.name = 'PolicyError';
    this.problems = problems;
  }
}

const MAX_BYTES = 256 * 1024;

function tooLarge({ noun }: AnyKind): PolicyProblem {
  return wholeFile(`the ${noun} is larger than ${MAX_BYTES / 1024} KiB; is this the right file?`);
}

function wholeFile(message: string): PolicyProblem {
  return { line: 0, column: 0, path: '', message };
}

/** More than these nobody reads, and to find the place of each takes time that grows with the file. */
const MAX_PROBLEMS = 1000;

type Path = readonly PropertyKey[];

function pathText(path: Path): string {
  return path
    .map((segment, index) => {
      if (typeof segment === 'number') {
        return `[${segment}]`;
      }
      const key = String(segment);
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
        return `["${printable(key, 80)}"]`;
      }
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/** What the document holds at a path: as far as it goes, so that something missing is shown where it belongs. */
interface Place {
  readonly node: Node | undefined;
  readonly key: Node | undefined;
  readonly found: 'all' | 'in part';
}

function placeOf(document: Document.Parsed, path: Path): Place {
  let node: Node | undefined = document.contents ?? undefined;
  let key: Node | undefined;
  for (const segment of path) {
    const target: Node | undefined = isAlias(node) ? node.resolve(document) : node;
    if (isMap(target)) {
      const pair: Pair | undefined = target.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(segment),
      );
      if (pair === undefined) {
        return { node, key, found: 'in part' };
      }
      key = isNode(pair.key) ? pair.key : undefined;
      node = isNode(pair.value) ? pair.value : undefined;
    } else if (isSeq(target)) {
      const item = target.items[Number(segment)];
      if (!isNode(item)) {
        return { node, key, found: 'in part' };
      }
      key = undefined;
      node = item;
    } else {
      return { node, key, found: 'in part' };
    }
  }
  return { node, key, found: 'all' };
}

/** The schema behind a path, with defaults and the like peeled off. Where there are several, the map. */
function schemaAt(whole: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let schema = peeled(whole);
  for (const segment of path) {
    if (schema instanceof z.ZodObject) {
      schema = peeled(schema.shape[String(segment)]);
    } else if (schema instanceof z.ZodArray) {
      schema = peeled(schema.element);
    } else if (schema instanceof z.ZodRecord) {
      schema = peeled(schema.valueType);
    } else {
      return undefined;
    }
  }
  return schema;
}

function peeled(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema;
  while (
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodExactOptional
  ) {
    inner = inner.unwrap();
  }
  // Of a map or a word, keys are those of the map.
  return inner instanceof z.ZodUnion
    ? (inner.options.find((option) => option instanceof z.ZodObject) ?? inner)
    : inner;
}

function keysAt(whole: z.core.$ZodType, path: Path): string[] {
  const schema = schemaAt(whole, path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** What stands in the file, in words. */
function foundText(node: Node | undefined): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  const source = `"${printable(node.source ?? String(node.value), 80)}"`;
  switch (typeof node.value) {
    case 'string':
      return `the text ${source}`;
    case 'number':
    case 'bigint':
      return `the number ${source.slice(1, -1)}`;
    default:
      return source.slice(1, -1);
  }
}

type Issue = z.core.$ZodIssue;

/** The branch of a union that came closest: the right type of value with a problem inside. */
function closestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  return issue.errors.find(
    (branch) =>
      branch.length > 0 &&
      branch.every(
        ({ path, code }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_value'),
      ),
  );
}

function expectsText(issue: Issue): boolean {
  return (
    (issue.code === 'invalid_type' && issue.expected === 'string') ||
    (issue.code === 'invalid_union' && issue.errors.some((branch) => branch.some(expectsText)))
  );
}

/** Why a number, quoted, would not do either: then quotes are no remedy. */
function whyNotQuoted(node: Node | undefined, schema: z.core.$ZodType | undefined): string | undefined {
  if (
    !isScalar(node) ||
    schema === undefined ||
    (typeof node.value !== 'number' && typeof node.value !== 'boolean')
  ) {
    return undefined;
  }
  const result = z.core.safeParse(schema, node.source ?? String(node.value));
  return result.success ? undefined : result.error.issues[0]?.message;
}

/** What to write instead, where a value of another type was expected. */
function typeHint(node: Node | undefined, expected: string, path: Path, schema: z.core.$ZodType): string {
  switch (expected) {
    case 'string': {
      const hint = quoteHint(node, path.includes('accounts')) || structureHint(node, expected);
      const why = hint.includes('12 digits') ? undefined : whyNotQuoted(node, schemaAt(schema, path));
      return why === undefined ? hint : `; ${why}`;
    }
    case 'array':
      return listHint(node) || structureHint(node, expected);
    default:
      return unquoteHint(node, expected, path) || structureHint(node, expected);
  }
}

/** For one of a few values: `"1"` is not 1, and other products say allow. */
function valueHint(node: Node | undefined, values: readonly unknown[], path: Path): string {
  if (!isScalar(node)) return '';
  const number = values.some((value) => typeof value === 'number' && String(value) === node.value);
  return number ? unquoteHint(node, 'number', path) : suggestionFor(String(node.value), values.map(String));
}

type Draft = Pick<PolicyProblem, 'message' | 'allowed'> & {
  readonly path: Path;
  readonly at: Node | undefined;
};

function sentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}

/** Looked up here, where problems are few: a file can hold tens of thousands of wrong Regions. */
function nearRegion(issue: Issue, node: Node | undefined): string {
  const asked = issue.code === 'custom' && issue.params?.nearest === 'region' && isScalar(node);
  return asked ? suggestionFor(String(node.value), KNOWN_REGIONS) : '';
}

/** What a file of that kind holds. */
interface ParsedFile {
  readonly document: Document.Parsed;
  readonly schema: z.core.$ZodType;
}

/** What zod counts, in words: characters of a text, entries of a list; a number counts itself. */
const COUNTED: Readonly<Record<string, string>> = {
  string: ' characters',
  array: ' entries',
  set: ' entries',
};

/** A schema's own message says more than its bound does. */
function outOfBounds(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  node: Node | undefined,
): string {
  if (!/^Too (small|big): /.test(issue.message)) {
    return issue.message;
  }
  const unit = COUNTED[issue.origin];
  const bound =
    issue.code === 'too_small'
      ? `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
      : `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`;
  return unit === undefined ? `has to be ${bound}; found ${foundText(node)}` : `has to have ${bound}${unit}`;
}

function drafts({ document, schema }: ParsedFile, issue: Issue, above: Path): Draft[] {
  const path = [...above, ...issue.path];
  const { node, key, found } = placeOf(document, path);
  const at = isScalar(node) && node.value === null ? (key ?? node) : (node ?? key);
  const missing = found === 'in part';
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = keysAt(schema, path);
      const more = issue.keys.length - MAX_PROBLEMS;
      const shown = issue.keys.slice(0, MAX_PROBLEMS).map((name): Draft => {
        const hint =
          name === '<<'
            ? '; YAML 1.2 has no merge keys, so write the keys out'
            : suggestionFor(name, allowed) || '.';
        return {
          path: [...path, name],
          at: placeOf(document, [...path, name]).key,
          message: `unknown key${hint} Allowed: ${allowed.join(', ')}.`.replace(
            'out Allowed',
            'out. Allowed',
          ),
          allowed,
        };
      });
      return more <= 0 ? shown : [...shown, { path, at, message: `${more} more unknown keys.` }];
    }
    case 'invalid_union': {
      const branch = closestBranch(issue);
      if (branch !== undefined) {
        return branch.flatMap((inner) => drafts({ document, schema }, inner, path));
      }
      const hint = expectsText(issue) ? quoteHint(node) : '';
      return [{ path, at, message: `${issue.message}; found ${foundText(node)}${hint}.` }];
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const choice = allowed.length === 1 ? `${allowed[0]}` : `one of ${allowed.join(', ')}`;
      const message = missing
        ? `is missing; write ${choice}.`
        : sentence(`expected ${choice}, found ${foundText(node)}${valueHint(node, issue.values, path)}`);
      return [{ path, at, message, allowed }];
    }
    case 'invalid_type': {
      const expected = TYPE_NAMES[issue.expected] ?? issue.expected;
      const message = missing
        ? `is missing; it has to be ${expected}.`
        : `expected ${expected}, found ${foundText(node)}${typeHint(node, issue.expected, path, schema)}.`;
      return [{ path, at, message }];
    }
    case 'invalid_key':
      return [{ path, at: key ?? at, message: `${issue.issues[0]?.message ?? issue.message}.` }];
    case 'too_small':
    case 'too_big':
      return [{ path, at, message: sentence(outOfBounds(issue, node)) }];
    default:
      return [{ path, at, message: sentence(`${issue.message}${nearRegion(issue, node)}`) }];
  }
}

/** Positions of nodes and problems in one text, and the text there. */
function createLocator(body: string, lineCounter: LineCounter) {
  const position = (offset: number) => {
    const { line: row, col } = lineCounter.linePos(offset);
    return { line: Math.max(row, 1), column: Math.max(col, 1) };
  };
  const lineOf = (row: number) => {
    const start = lineCounter.lineStarts[row - 1] ?? 0;
    const end = body.indexOf('\n', start);
    return body.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
  };
  return {
    position,
    of: (node: Node | undefined) => position(node?.range?.[0] ?? 0),
    lineOf,
    withExcerpt: (problem: PolicyProblem): PolicyProblem =>
      problem.line === 0 ? problem : { ...problem, excerpt: excerptOf(lineOf(problem.line), problem.column) },
  };
}

type Locator = ReturnType<typeof createLocator>;

const WRITTEN_TWICE = 'this key is written twice in the same map; which one counts would be a guess.';

/** Keys that the rest would silently read as something else. */
function keyProblems(document: Document.Parsed, locate: Locator): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key) || typeof key.value !== 'string') {
          continue;
        }
        if (seen.has(key.value)) {
          problems.push({ ...locate.of(key), path: '', message: WRITTEN_TWICE });
        }
        seen.add(key.value);
      }
    },
    Pair(_, { key }) {
      const at = locate.of(isNode(key) ? key : undefined);
      if (!isScalar(key)) {
        problems.push({ ...at, path: '', message: 'a key has to be text, not a list, a map or an alias.' });
      } else if (typeof key.value !== 'string') {
        problems.push({ ...at, path: '', message: `a key has to be text${quoteHint(key)}.` });
      } else if (key.value === '__proto__') {
        problems.push({ ...at, path: '', message: 'the key __proto__ cannot be used.' });
      }
    },
  });
  return problems;
}

export function byPosition(a: PolicyProblem, b: PolicyProblem): number {
  return a.line - b.line || a.column - b.column;
}

function tooDeep({ noun }: AnyKind): string {
  return `the ${noun} is nested too deeply.`;
}

function yamlMessage(kind: AnyKind, code: string, message: string, line: string): string {
  // The yaml package reports some of its own errors as if they were the document's.
  if (message.includes('call stack')) {
    return tooDeep(kind);
  }
  switch (code) {
    case 'MULTIPLE_DOCS':
      return `a ${kind.noun} is one YAML document; remove the --- and what belongs to another one.`;
    default:
      return `no valid YAML: ${printable(message, 200).replace(/\.$/, '')}${lineRemedy(line)}.`;
  }
}

/** `*` and `*-west-1` without quotes are aliases to YAML. Few people know; nearly all who write them mean a pattern. */
function starMessage(written: string): string {
  const star = printable(written, 80);
  return `without quotes, ${star} is a YAML alias${
    written === '*' ? '' : `, and nothing before it has the anchor &${star.slice(1)}`
  }; quote it: "${star}".`;
}

/** The alias that is written at this place. */
function starAt(body: string, offset: number): string {
  return /^\*[^\s,[\]{}]*/.exec(body.slice(offset, offset + 100))?.[0] ?? '*';
}

/**
 * One fault of syntax makes many more behind it, so of each kind only the first is shown. Stars without quotes are told
 * of one by one: each has to be quoted.
 */
function yamlProblems(
  kind: AnyKind,
  faults: readonly YAMLError[],
  body: string,
  locate: Locator,
): PolicyProblem[] {
  const problems = new Map<string, PolicyProblem>();
  for (const { code, message, pos } of faults) {
    const star = code === 'BAD_ALIAS';
    const place = locate.position(pos[0]);
    const text = star
      ? starMessage(starAt(body, pos[0]))
      : yamlMessage(kind, code, message, locate.lineOf(place.line));
    const problem = { ...place, path: '', message: text };
    const same = star ? String(pos[0]) : text;
    problems.set(same, problems.get(same) ?? problem);
  }
  return [...problems.values()];
}

/** Aliases of what has no anchor. The package would tell of the first only, and not where. */
function starProblems(document: Document.Parsed, locate: Locator): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        if (!anchors.has(node.source)) {
          problems.push({ ...locate.of(node), path: '', message: starMessage(`*${node.source}`) });
        }
      } else if (isNode(node) && 'anchor' in node && node.anchor !== undefined) {
        anchors.add(String(node.anchor));
      }
    },
  });
  return problems;
}

/** Texts, keys too, that look like others: nothing of the network would ever match them. */
function misleadingProblems(document: Document.Parsed, locate: Locator): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  visit(document, {
    Scalar(_, node) {
      const message = misleadingText(node);
      if (message !== undefined) problems.push({ ...locate.of(node), path: '', message });
    },
  });
  return problems;
}

/** A document that is YAML, and what it holds. */
interface Parsed {
  readonly document: Document.Parsed;
  readonly input: unknown;
  readonly locate: Locator;
}

function refuse(file: string, problems: readonly PolicyProblem[], locate: Locator): never {
  // More are not shown, and each costs time.
  const shown = problems.slice(0, MAX_PROBLEMS).map(locate.withExcerpt);
  throw new PolicyError(file, [...shown, ...problems.slice(MAX_PROBLEMS)]);
}

function parseYaml(kind: AnyKind, body: string, file: string): Parsed {
  const lineCounter = new LineCounter();
  const locate = createLocator(body, lineCounter);
  try {
    const document = parseDocument(body, {
      version: '1.2',
      schema: 'core',
      merge: false,
      // The package compares each key with all others; keyProblems looks them up.
      uniqueKeys: false,
      prettyErrors: false,
      lineCounter,
      // Not silent: then the package says nothing of further documents in the file.
      logLevel: 'error',
    });
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0) {
      refuse(file, yamlProblems(kind, faults, body, locate), locate);
    }
    const found = [
      ...keyProblems(document, locate),
      ...starProblems(document, locate),
      ...misleadingProblems(document, locate),
    ];
    if (found.length > 0) {
      refuse(file, found.sort(byPosition), locate);
    }
    return { document, input: document.toJS({ maxAliasCount: 100 }), locate };
  } catch (error) {
    if (error instanceof RangeError) {
      throw new PolicyError(file, [wholeFile(tooDeep(kind))], { cause: error });
    }
    // The yaml package's answer to aliases that multiply, or that contain themselves.
    if (error instanceof ReferenceError) {
      const message = `its YAML aliases expand to far more than a ${kind.noun} needs, or contain themselves; write them out.`;
      throw new PolicyError(file, [wholeFile(message)], { cause: error });
    }
    throw error;
  }
}

/** What the schema and the look at slips find, in the order of the file. What is wrong in itself is told of once. */
function contentProblems(
  { schema, slips: slipsIn }: AnyKind,
  { document, input, locate }: Parsed,
  issues: readonly Issue[],
): PolicyProblem[] {
  const problemOf = ({ path, at, message, allowed }: Draft): PolicyProblem => ({
    ...locate.of(at),
    path: pathText(path),
    message: printable(message, 500),
    ...(allowed === undefined ? {} : { allowed }),
  });
  const invalid = issues.slice(0, MAX_PROBLEMS).flatMap((issue) => drafts({ document, schema }, issue, []));
  const invalidPaths = new Set(invalid.map(({ path }) => pathText(path)));
  const slips = slipsIn(input);
  const others = slips.slice(0, MAX_PROBLEMS).flatMap(({ path, message }): Draft[] => {
    const { node, key } = placeOf(document, path);
    return invalidPaths.has(pathText(path)) ? [] : [{ path, at: node ?? key, message: `${message}.` }];
  });
  const more = Math.max(0, issues.length - MAX_PROBLEMS) + Math.max(0, slips.length - MAX_PROBLEMS);
  return [
    ...[...invalid, ...others].map(problemOf).sort(byPosition),
    ...(more > 0 ? [wholeFile(`${more} more problems; put these right first.`)] : []),
  ];
}

/**
 * Checks the text of a file and fills in every default.
 *
 * @param file how messages call the text.
 * @throws PolicyError with every problem found.
 */
export function parseFile<Schema extends z.ZodType>(
  kind: FileKind<Schema>,
  text: string,
  file: string,
): ValidatedFile<z.output<Schema>> {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (Buffer.byteLength(body) > MAX_BYTES) {
    throw new PolicyError(file, [tooLarge(kind)]);
  }
  const parsed = parseYaml(kind, body, file);
  const { document, input, locate } = parsed;
  if (input === null || input === undefined) {
    throw new PolicyError(file, [wholeFile(`the ${kind.noun} is empty; ${kind.empty}.`)]);
  }
  const result = kind.schema.safeParse(input);
  const problems = contentProblems(kind, parsed, result.error?.issues ?? []);
  if (!result.success || problems.length > 0) {
    refuse(file, problems, locate);
  }
  return {
    content: result.data,
    remark(path, message) {
      const { node, key } = placeOf(document, path);
      return locate.withExcerpt({
        ...locate.of(key ?? node),
        path: pathText(path),
        message: `${printable(message, 500)}.`,
      });
    },
  };
}

/** One line: `file:line:column: path: message`. */
export function remarkLine(file: string, remark: FileRemark): string {
  return line(printable(file, 256), remark);
}

/** The code by which Node names an error of its own. */
function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Reads no more than it takes to see that a file is too large, whatever kind of file it is. */
function readBytes(path: string): Buffer {
  const bytes = Buffer.alloc(MAX_BYTES + 4);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(file, bytes, length, bytes.length - length, null);
      if (count === 0) {
        break;
      }
      length += count;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function readFailure({ example }: AnyKind, code: string): string | undefined {
  const failures: Readonly<Record<string, string>> = {
    ENOENT: `there is no such file; ${example}.`,
    EACCES: 'it may not be read; check its permissions.',
    EISDIR: 'it is a directory, not a file.',
  };
  return failures[code];
}

/** UTF-8 text without byte order mark. */
function decode(bytes: Buffer, file: string): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') {
    throw new PolicyError(file, [wholeFile('it is UTF-16; save it as UTF-8.')]);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (codeOf(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw error;
    }
    const fault = firstLineNotUtf8(bytes);
    const problem = {
      line: fault,
      column: 1,
      path: '',
      message: 'this line is not UTF-8; save the file as UTF-8.',
      excerpt: excerptOf(bytes.toString('utf8').split('\n')[fault - 1] ?? '', 1),
    };
    throw new PolicyError(file, [problem], { cause: error });
  }
}

/** A byte that ends a line is never part of another character in UTF-8, so lines can be checked one by one. */
function firstLineNotUtf8(bytes: Buffer): number {
  const lines = bytes.toString('latin1').split('\n');
  return 1 + lines.findIndex((text) => Buffer.from(text, 'latin1').toString('utf8').includes('\uFFFD'));
}

/**
 * Reads, checks and completes a file (YAML 1.2, UTF-8, at most 256 KiB).
 *
 * @throws PolicyError with every problem found, and when the file cannot be read.
 */
export function loadFile<Schema extends z.ZodType>(
  kind: FileKind<Schema>,
  path: string,
): ValidatedFile<z.output<Schema>> {
  let bytes: Buffer;
  try {
    bytes = readBytes(path);
  } catch (error) {
    const code = codeOf(error);
    const message = readFailure(kind, code) ?? `it cannot be read (${code || String(error)}).`;
    throw new PolicyError(path, [wholeFile(message)], { cause: error });
  }
  if (bytes.length > MAX_BYTES) {
    throw new PolicyError(path, [tooLarge(kind)]);
  }
  return parseFile(kind, decode(bytes, path), path);
}
