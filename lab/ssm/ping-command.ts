import { familyOf } from '../network/address.ts';
import { type SimpleCommand, splitCommands } from './shell-words.ts';

/** The one program that the lab's instances have: ping, with the options that a reachability check uses. */

export interface Ping {
  readonly style: 'iputils' | 'windows';
  readonly target: string;
  readonly family: 'ipv4' | 'ipv6' | undefined;
  /** undefined: until stopped. */
  readonly count: number | undefined;
  readonly intervalMs: number;
  /** iputils' `-w`: the end, whatever was sent; it then goes on until `count` answers have come. */
  readonly deadlineMs: number | undefined;
  /** Bytes of data in a packet. */
  readonly size: number;
  readonly quiet: boolean;
}

/** What the program prints and returns when it does not get as far as sending. */
export interface Refusal {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export type FoundPing =
  | { readonly found: 'ping'; readonly ping: Ping; readonly failure: 'returned' | 'hidden' }
  | { readonly found: 'refusal'; readonly refusal: Refusal; readonly failure: 'returned' | 'hidden' }
  | { readonly found: 'nothing'; readonly commands: readonly string[] };

type Read = { readonly ok: true; readonly ping: Ping } | { readonly ok: false; readonly refusal: Refusal };

function refuse(stderr: string, exitCode: number): Read {
  return { ok: false, refusal: { stdout: '', stderr: `${stderr}\n`, exitCode } };
}

const IPUTILS_VALUES = new Set(['c', 'i', 'W', 'w', 's', 't', 'I']);
const IPUTILS_FLAGS = new Set(['4', '6', 'n', 'q', 'O']);

function readIputils(args: readonly string[], program: string): Read {
  const values = new Map<string, string>();
  const flags = new Set<string>(program === 'ping6' ? ['6'] : []);
  const targets: string[] = [];
  let optionsEnded = false;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (optionsEnded || !/^-./.test(word)) {
      targets.push(word);
      continue;
    }
    if (word === '--') {
      optionsEnded = true;
      continue;
    }
    for (let position = 1; position < word.length; position += 1) {
      const letter = word.charAt(position);
      if (IPUTILS_VALUES.has(letter)) {
        const attached = word.slice(position + 1);
        const value = attached === '' ? args[at + 1] : attached;
        if (value === undefined) {
          return refuse(`ping: option requires an argument -- '${letter}'`, 2);
        }
        at += attached === '' ? 1 : 0;
        values.set(letter, value);
        break;
      }
      if (!IPUTILS_FLAGS.has(letter)) {
        return refuse(`ping: invalid option -- '${letter}'`, 2);
      }
      flags.add(letter);
    }
  }
  for (const [letter, value] of values) {
    const isNumber = letter === 'i' || letter === 'W' ? /^\d+(\.\d+)?$/ : /^\d+$/;
    if (letter !== 'I' && !isNumber.test(value)) {
      return refuse(`ping: invalid argument: '${value}'`, 1);
    }
    if (letter === 'c' && Number(value) < 1) {
      return refuse(`ping: invalid argument: '${value}': out of range: 1 <= value <= 9223372036854775807`, 1);
    }
  }
  const target = targets.at(-1);
  if (target === undefined) {
    return refuse('ping: usage error: Destination address required', 1);
  }
  const number = (letter: string) => {
    const value = values.get(letter);
    return value === undefined ? undefined : Number(value);
  };
  const deadline = number('w');
  return {
    ok: true,
    ping: {
      style: 'iputils',
      target,
      family: flags.has('6') ? 'ipv6' : flags.has('4') ? 'ipv4' : undefined,
      count: number('c'),
      intervalMs: (number('i') ?? 1) * 1000,
      deadlineMs: deadline === undefined ? undefined : deadline * 1000,
      size: number('s') ?? 56,
      quiet: flags.has('q'),
    },
  };
}

const WINDOWS_DEFAULT_COUNT = 4;

function readWindows(args: readonly string[]): Read {
  let target: string | undefined;
  let family: Ping['family'];
  let count: number | undefined = WINDOWS_DEFAULT_COUNT;
  let size = 32;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (!/^[-/]./.test(word)) {
      target = word;
      continue;
    }
    switch (word.slice(1)) {
      case '4':
        family = 'ipv4';
        break;
      case '6':
        family = 'ipv6';
        break;
      case 't':
        count = undefined;
        break;
      case 'n':
      case 'w':
      case 'l': {
        at += 1;
        const value = args[at] ?? '';
        if (!/^\d+$/.test(value) || (word.slice(1) === 'n' && Number(value) < 1)) {
          return refuse(`Bad value for option ${word}, valid range is from 1 to 4294967295.`, 1);
        }
        if (word.slice(1) === 'n') {
          count = Number(value);
        } else if (word.slice(1) === 'l') {
          size = Number(value);
        }
        break;
      }
      default:
        return refuse(`Bad option ${word}.`, 1);
    }
  }
  if (target === undefined) {
    return refuse('IP address must be specified.', 1);
  }
  return {
    ok: true,
    ping: {
      style: 'windows',
      target,
      family,
      count,
      intervalMs: 1000,
      deadlineMs: undefined,
      size,
      quiet: false,
    },
  };
}

/** Words before a program's name that do not change which program it is. */
const PREFIXES = new Set(['exec', 'env', 'sudo', 'if', 'then', 'else', 'do', 'while', 'until', '!', 'time']);

function argumentsOfPing(command: SimpleCommand): { program: string; args: readonly string[] } | undefined {
  const words = [...command.words];
  while (PREFIXES.has(words[0] ?? '') || /^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    words.shift();
  }
  if (words[0] === 'timeout') {
    words.splice(0, 2);
  }
  const program = words[0]
    ?.split(/[/\\]/)
    .at(-1)
    ?.toLowerCase()
    .replace(/\.exe$/, '');
  return program === 'ping' || program === 'ping6' ? { program, args: words.slice(1) } : undefined;
}

const SUCCEEDS = /^(true|:|exit 0)$/;

/** A script may hold one ping for IPv4 and one for IPv6, of which the shell would choose the fitting one. */
function suits(found: FoundPing): boolean {
  return (
    found.found === 'ping' &&
    (found.ping.family === undefined || found.ping.family === familyOf(found.ping.target))
  );
}

/** Finds the ping among the lines of a script. */
export function findPing(
  lines: readonly string[],
  options: {
    readonly platform: 'Linux' | 'Windows';
    readonly variables?: ReadonlyMap<string, string>;
  },
): FoundPing {
  const commands = splitCommands(lines, {
    variables: options.variables ?? new Map(),
    escapeLetter: options.platform === 'Windows' ? '`' : '\\',
  });
  const pings = commands.flatMap((command, index): FoundPing[] => {
    const ping = argumentsOfPing(command);
    if (ping === undefined) {
      return [];
    }
    const next = commands[index + 1]?.words.join(' ') ?? '';
    const failure = command.operator === '||' && SUCCEEDS.test(next) ? 'hidden' : 'returned';
    const read =
      options.platform === 'Windows' ? readWindows(ping.args) : readIputils(ping.args, ping.program);
    return [
      read.ok
        ? { found: 'ping', ping: read.ping, failure }
        : { found: 'refusal', refusal: read.refusal, failure },
    ];
  });
  return (
    pings.find(suits) ??
    pings[0] ?? { found: 'nothing', commands: commands.map(({ words }) => words.join(' ')) }
  );
}
