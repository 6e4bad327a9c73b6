import type { Ping } from './ping-command.ts';

/** One packet sent. */
export interface Sent {
  /** Milliseconds; undefined when no answer came. */
  readonly roundTrip: number | undefined;
}

export interface PingStatistics {
  readonly ping: Ping;
  readonly sent: readonly Sent[];
  /** Of the answering host's system: 64 on Linux, 128 on Windows. VPC routers do not lower it. */
  readonly ttl: number;
}

function answered(sent: readonly Sent[]): number[] {
  return sent.flatMap(({ roundTrip }) => roundTrip ?? []);
}

/** iputils shows fewer decimals the longer it took. */
function shownTime(ms: number): string {
  if (ms >= 99.95) {
    return ms.toFixed(0);
  }
  return ms.toFixed(ms >= 9.995 ? 1 : ms >= 1 ? 2 : 3);
}

const IP_AND_ICMP_HEADERS = 28;
const ICMP_HEADER = 8;

/** The program's own overhead per packet, as seen in its `time` figure, in milliseconds. */
const OVERHEAD = { answered: 1, lost: 18 };

/** What iputils' ping prints (as of release 20221126). */
export function iputilsText({ ping, sent, ttl }: PingStatistics): string {
  const { target, size } = ping;
  const lines: string[] = [
    target.includes(':')
      ? `PING ${target}(${target}) ${size} data bytes`
      : `PING ${target} (${target}) ${size}(${size + IP_AND_ICMP_HEADERS}) bytes of data.`,
  ];
  if (!ping.quiet) {
    for (const [index, { roundTrip }] of sent.entries()) {
      if (roundTrip !== undefined) {
        lines.push(
          `${size + ICMP_HEADER} bytes from ${target}: icmp_seq=${index + 1} ttl=${ttl} time=${shownTime(roundTrip)} ms`,
        );
      }
    }
  }
  const times = answered(sent);
  const loss = sent.length === 0 ? 0 : ((sent.length - times.length) / sent.length) * 100;
  const elapsed = sent
    .slice(1)
    .reduce(
      (sum, { roundTrip }) =>
        sum + ping.intervalMs + (roundTrip === undefined ? OVERHEAD.lost : OVERHEAD.answered),
      0,
    );
  lines.push(
    '',
    `--- ${target} ping statistics ---`,
    `${sent.length} packets transmitted, ${times.length} received, ${Number(loss.toPrecision(6))}% packet loss, time ${Math.round(elapsed)}ms`,
  );
  if (times.length === 0) {
    lines.push('');
  } else {
    const average = times.reduce((sum, each) => sum + each, 0) / times.length;
    const squares = times.reduce((sum, each) => sum + each * each, 0) / times.length;
    const deviation = Math.sqrt(Math.max(0, squares - average * average));
    const figures = [Math.min(...times), average, Math.max(...times), deviation];
    lines.push(`rtt min/avg/max/mdev = ${figures.map((each) => each.toFixed(3)).join('/')} ms`);
  }
  return `${lines.join('\n')}\n`;
}

function windowsReply({ ping, ttl }: PingStatistics, roundTrip: number): string {
  const time = roundTrip < 1 ? 'time<1ms' : `time=${Math.floor(roundTrip)}ms`;
  return ping.target.includes(':')
    ? `Reply from ${ping.target}: ${time} `
    : `Reply from ${ping.target}: bytes=${ping.size} ${time} TTL=${ttl}`;
}

/** What Windows' ping prints in English, with its line ends. `lost` is the line for a packet without an answer. */
export function windowsText(statistics: PingStatistics, lost = 'Request timed out.'): string {
  const { ping, sent } = statistics;
  const times = answered(sent).map(Math.floor);
  const missing = sent.length - times.length;
  const percent = sent.length === 0 ? 0 : Math.floor((missing / sent.length) * 100);
  const lines = [
    '',
    `Pinging ${ping.target} with ${ping.size} bytes of data:`,
    ...sent.map(({ roundTrip }) => (roundTrip === undefined ? lost : windowsReply(statistics, roundTrip))),
    '',
    `Ping statistics for ${ping.target}:`,
    `    Packets: Sent = ${sent.length}, Received = ${times.length}, Lost = ${missing} (${percent}% loss),`,
  ];
  if (times.length > 0) {
    const average = Math.floor(times.reduce((sum, each) => sum + each, 0) / times.length);
    lines.push(
      'Approximate round trip times in milli-seconds:',
      `    Minimum = ${Math.min(...times)}ms, Maximum = ${Math.max(...times)}ms, Average = ${average}ms`,
    );
  }
  return `${lines.join('\r\n')}\r\n`;
}
