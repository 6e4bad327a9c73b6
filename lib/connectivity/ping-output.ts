import { type Address, asAddress } from '../network/cidr.ts';

/**
 * Reads what ping programs print. Pure, and on the safe side: a reply counts only if a line shows it, from the pinged
 * address, and the statistics count it too. Where the two disagree the output proves nothing, and says so.
 *
 * Read: iputils, BusyBox and GNU inetutils in English (`LC_ALL=C`), Windows in any language that writes `TTL=`, told by
 * the structure of its lines and not by its words. Outputs of each are in test/connectivity/recorded.
 */

/** `classic`: BusyBox and GNU inetutils, which print alike. */
export type PingFormat = 'iputils' | 'classic' | 'windows' | 'unknown';

export type PingProblem =
  /** The name, or an address of the other family, could not be turned into an address to ping. */
  | 'unknown-host'
  /** The sender's own system refused to send. */
  | 'permission-denied'
  /** The sender's own system has no route to the target, so nothing left it. */
  | 'no-route'
  /** The sender's own system could not send, for another reason. */
  | 'not-sent'
  /** There is no ping program, or it refused its arguments. */
  | 'no-program'
  /** A router on the way, or the sender's own neighbour discovery, answered in place of the target. */
  | 'host-unreachable'
  | 'network-unreachable'
  | 'prohibited'
  | 'ttl-exceeded'
  /** Answers came from another address than the pinged one. */
  | 'other-address'
  /** The statistics count replies that no line shows, or more than were sent. */
  | 'contradictory'
  | 'no-output'
  | 'unreadable';

/** Milliseconds. */
export interface RoundTripTimes {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
  /** Mean deviation (iputils) or standard deviation (inetutils); the others don't print one. */
  readonly mdev?: number;
}

export interface PingResult {
  readonly format: PingFormat;
  /** The pinged address, canonical. */
  readonly target?: string;
  /** Undefined without statistics. */
  readonly transmitted?: number;
  /** Echo replies of the target itself, duplicates left out. */
  readonly received: number;
  readonly duplicates: number;
  /** 0 to 100; undefined without statistics, or when nothing was sent. */
  readonly lossPercent?: number;
  readonly rtt?: RoundTripTimes;
  readonly problem?: PingProblem;
  /** The output ends before its statistics, or says that it was cut. */
  readonly truncated: boolean;
}

/** SSM cuts stdout at 24,000 characters ("GetCommandInvocation", Systems Manager API reference). */
const MAX_LENGTH = 64_000;

/** What the SSM agent writes where it cuts, which may be in the middle of a line. */
const CUT_MARK = /-- ?output truncated ?--/i;

const UNIX_HEADER = /^PING (?:\S+ ?)?\(([0-9a-fA-F:.]+)\)(?: from .*?:)?(:| )(.*)$/;

const UNIX_REPLY =
  /^\d+ bytes from ([^ ]+)(?: \(([0-9a-fA-F:.]+)\))?: (?:icmp_)?seq=(\d+) ttl=\d+ time=[\d.]+ ms *(.*)$/;

const UNIX_STATISTICS = /^(\d+) packets transmitted, (\d+) (?:packets )?received(?:, \+?\d+ \w+)*(?:,|$)/;

const UNIX_TIMES =
  /^(?:rtt|round-trip) min\/avg\/max(?:\/(?:mdev|stddev))? = ([\d.]+)\/([\d.]+)\/([\d.]+)(?:\/([\d.]+))? ms/;

/** `Sent = 4, Received = 4, Lost = 0 (0% loss)`, whatever the words, on one line or two. */
const WINDOWS_STATISTICS = /=\s*(\d+)[^\d=%]+=\s*(\d+)[^\d=%]+=\s*(\d+)\s*\([^()\d%]*\d+\s?%/g;

/** `Minimum = 0ms, Maximum = 1ms, Average = 0ms`: minimum, maximum, average in every language. */
const WINDOWS_TIMES = /=\s*(\d+)\s?\p{L}[^\d=%]*=\s*(\d+)\s?\p{L}[^\d=%]*=\s*(\d+)\s?\p{L}/u;

/** IPv4 ends in `time<1ms TTL=128`; IPv6 in `time<1ms`. An ICMP error has neither. */
const WINDOWS_REPLY_END = /[=<]\s?\d+\s?\p{L}+(?:\s+TTL\s?=\s?\d+)?\s*$/u;

const ADDRESS = /(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,8}/g;

/** What the sender's own programs say; their lines name themselves. */
const SENDER_PROBLEMS: readonly (readonly [RegExp, PingProblem])[] = [
  [
    /^(?:\S*sh: )?(?:line \d+: |\d+: )?\S*ping6?: (?:command )?not found|No such file or directory/,
    'no-program',
  ],
  [/ping.* is not recognized/i, 'no-program'],
  [/^\S*ping6?: (?:invalid|unrecognized) (?:option|argument)/, 'no-program'],
  [
    /^\S*ping6?: .*(?:permission denied|operation not permitted|lacking privilege|are you root|local firewall)/i,
    'permission-denied',
  ],
  [/^\S*ping6?: Do you want to ping broadcast/, 'permission-denied'],
  [
    /^\S*ping6?: (?:.*: )?(?:unknown host|bad address|Name or service not known|Temporary failure in name resolution|No address associated|Address family for hostname)/i,
    'unknown-host',
  ],
  [/^Ping request could not find host /, 'unknown-host'],
  [/^\S*ping6?: .*(?:Network is unreachable|No route to host)/i, 'no-route'],
  [/^\S*ping6?: (?:sendto|sendmsg|sending packet|connect|socket|bind)\b/, 'not-sent'],
  [/^PING: transmit failed|^General failure/i, 'not-sent'],
];

/** What came back from a router in place of a reply. Windows words it in its own language. */
const NETWORK_PROBLEMS: readonly (readonly [RegExp, PingProblem])[] = [
  [/administratively prohibited|packet filtered|(?:host|net|network) prohibited/i, 'prohibited'],
  [/time to live exceeded|TTL expired|hop limit/i, 'ttl-exceeded'],
  [/destination (?:host|port|protocol) unreachable|address unreachable/i, 'host-unreachable'],
  [/destination net(?:work)? unreachable|destination unreachable|no route/i, 'network-unreachable'],
];

/** Whether somebody on the way said it, and not the sender's own program or system. */
export function isOfTheNetwork(problem: PingProblem): boolean {
  return problem === 'other-address' || NETWORK_PROBLEMS.some(([, known]) => known === problem);
}

/** Every address in a line of prose, where a colon may follow one directly. */
function addressesIn(line: string): Address[] {
  return [...line.matchAll(ADDRESS)].flatMap(
    ([text]) => asAddress(text) ?? asAddress(text.replace(/:$/, '')) ?? [],
  );
}

function problemIn(
  lines: readonly string[],
  known: readonly (readonly [RegExp, PingProblem])[],
): PingProblem | undefined {
  for (const line of lines) {
    const match = known.find(([pattern]) => pattern.test(line));
    if (match) {
      return match[1];
    }
  }
  return undefined;
}

interface Reading {
  readonly format: PingFormat;
  readonly target: Address | undefined;
  readonly statistics: { readonly transmitted: number; readonly received: number } | undefined;
  readonly times: RoundTripTimes | undefined;
  /** Shown replies of the target, duplicates left out. */
  readonly replies: number;
  readonly duplicates: number;
  /** Lines that the statistics may count as received although the target did not answer. */
  readonly otherAnswers: number;
  readonly lines: readonly string[];
}

function readUnix(lines: readonly string[]): Reading | 'no-header' | 'several-headers' {
  const [header, ...more] = lines.flatMap((line) => {
    const match = UNIX_HEADER.exec(line);
    return match ? [match] : [];
  });
  if (header === undefined || more.length > 0) {
    return header === undefined ? 'no-header' : 'several-headers';
  }
  const target = asAddress(header[1] ?? '');
  const sequences = new Set<string>();
  let duplicates = 0;
  let otherAnswers = 0;
  for (const line of lines) {
    const match = UNIX_REPLY.exec(line);
    if (!match) {
      continue;
    }
    const [, name = '', inBrackets, sequence = '', remark = ''] = match;
    const from = asAddress(inBrackets ?? name);
    if (from !== undefined && from.text !== target?.text) {
      otherAnswers += 1;
    } else if (from !== undefined && remark === '(DUP!)') {
      duplicates += 1;
    } else if (from !== undefined && remark === '') {
      sequences.add(sequence);
    }
  }
  const statistics = lines.flatMap((line) => {
    const match = UNIX_STATISTICS.exec(line);
    return match ? [{ transmitted: Number(match[1]), received: Number(match[2]) }] : [];
  });
  const times = lines.map((line) => UNIX_TIMES.exec(line)).find((match) => match !== null);
  return {
    format: header[2] === ':' ? 'classic' : 'iputils',
    target,
    statistics: statistics.length === 1 ? statistics[0] : undefined,
    times: times
      ? {
          min: Number(times[1]),
          avg: Number(times[2]),
          max: Number(times[3]),
          ...(times[4] === undefined ? {} : { mdev: Number(times[4]) }),
        }
      : undefined,
    replies: sequences.size,
    duplicates,
    otherAnswers,
    lines,
  };
}

function readWindows(lines: readonly string[]): Reading | undefined {
  const [header = '', ...rest] = lines.filter((line) => line.trim() !== '');
  const target = addressesIn(header)[0];
  // `Pinging 10.2.1.139 with 32 bytes of data:` has the size of the packets behind the address.
  if (target === undefined || WINDOWS_REPLY_END.test(header) || !/\s\d+\s/.test(header)) {
    return undefined;
  }
  const text = rest.join('\n');
  const matches = [...text.matchAll(WINDOWS_STATISTICS)];
  const counts = matches.length === 1 ? matches[0] : undefined;
  const body = counts === undefined ? rest : text.slice(0, counts.index).split('\n').slice(0, -1);
  // The heading of the statistics names the target too.
  const packets = counts === undefined ? body : body.filter((line) => !/:\s*$/.test(line));
  let replies = 0;
  let otherAnswers = 0;
  for (const line of packets) {
    const from = addressesIn(line)[0];
    if (from === undefined) {
      continue;
    }
    const isReply =
      WINDOWS_REPLY_END.test(line) && (target.family === 'ipv6' || /TTL\s?=\s?\d+\s*$/.test(line));
    if (isReply && from.text === target.text) {
      replies += 1;
    } else {
      otherAnswers += 1;
    }
  }
  const times = counts === undefined ? null : WINDOWS_TIMES.exec(text.slice(counts.index + counts[0].length));
  return {
    format: 'windows',
    target,
    statistics:
      counts === undefined ? undefined : { transmitted: Number(counts[1]), received: Number(counts[2]) },
    times: times ? { min: Number(times[1]), max: Number(times[2]), avg: Number(times[3]) } : undefined,
    replies,
    duplicates: 0,
    otherAnswers,
    lines: rest,
  };
}

function isContradictory({ statistics, replies, otherAnswers, times }: Reading): boolean {
  if (statistics === undefined) {
    return false;
  }
  return (
    statistics.received > statistics.transmitted ||
    replies > statistics.received ||
    statistics.received > replies + otherAnswers ||
    // Times of replies, none of which could be read.
    (times !== undefined && replies === 0 && otherAnswers === 0)
  );
}

/**
 * Never throws, whatever the output is. A problem says why there is no reply, or none that counts; `verdictOf` says
 * what that means.
 *
 * @param output stdout and stderr of one ping to one target, in the order in which they came or one after the other.
 */
export function parsePing(output: string): PingResult {
  if (output.trim() === '') {
    return { format: 'unknown', received: 0, duplicates: 0, problem: 'no-output', truncated: false };
  }
  const lines = output.slice(0, MAX_LENGTH).split(/\r\n|\r|\n/);
  const isCut = output.length > MAX_LENGTH || CUT_MARK.test(output);
  const senderProblem = problemIn(lines, SENDER_PROBLEMS);
  const unix = readUnix(lines);
  const reading = unix === 'no-header' ? readWindows(lines) : unix;
  if (reading === undefined || reading === 'several-headers') {
    const problem = senderProblem ?? 'unreadable';
    return { format: 'unknown', received: 0, duplicates: 0, problem, truncated: isCut };
  }
  const { format, target, statistics, times, replies, duplicates, otherAnswers } = reading;
  const contradictory = isContradictory(reading);
  const received = contradictory ? 0 : replies;
  const transmitted = contradictory ? undefined : statistics?.transmitted;
  const problem =
    (contradictory ? 'contradictory' : undefined) ??
    senderProblem ??
    problemIn(reading.lines, NETWORK_PROBLEMS) ??
    (otherAnswers > 0 ? (format === 'windows' ? 'host-unreachable' : 'other-address') : undefined);
  return {
    format,
    ...(target === undefined ? {} : { target: target.text }),
    ...(transmitted === undefined ? {} : { transmitted }),
    received,
    duplicates,
    ...(transmitted === undefined || transmitted === 0
      ? {}
      : { lossPercent: ((transmitted - received) / transmitted) * 100 }),
    // With answers of others among them the times are not the target's.
    ...(times === undefined || received === 0 || otherAnswers > 0 ? {} : { rtt: times }),
    ...(problem === undefined ? {} : { problem }),
    truncated: isCut || (statistics === undefined && problem === undefined),
  };
}

/** Who sent an ICMP error, or answered in the target's place; canonical. */
export function whoAnswered(output: string): string | undefined {
  const lines = output.slice(0, MAX_LENGTH).split(/\r\n|\r|\n/);
  const unix = readUnix(lines);
  const reading = unix === 'no-header' ? readWindows(lines) : unix;
  if (reading === undefined || reading === 'several-headers') {
    return undefined;
  }
  const { format, target } = reading;
  for (const line of reading.lines) {
    const isError = NETWORK_PROBLEMS.some(([pattern]) => pattern.test(line));
    const isOther = format === 'windows' ? /:/.test(line) : UNIX_REPLY.test(line);
    const from = isError || isOther ? addressesIn(line)[0] : undefined;
    if (from !== undefined && (isError || from.text !== target?.text)) {
      return from.text;
    }
  }
  return undefined;
}
