import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type PingResult, parsePing } from '../../lib/connectivity/ping-output.ts';
import { verdictOf } from '../../lib/connectivity/verdict.ts';
import { anyText } from '../support/any-text.ts';
import { runs } from '../support/runs.ts';

const RECORDED = join(__dirname, 'recorded');

function recorded(name: string): string {
  return readFileSync(join(RECORDED, `${name}.txt`), 'utf8');
}

const ALL = readdirSync(RECORDED)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.slice(0, -'.txt'.length))
  .sort();

/** What each recording shows; a recording that no line names fails the first test. */
const EXPECTED: Readonly<Record<string, Partial<PingResult>>> = {};

function expectEach(names: readonly string[], result: Partial<PingResult>): void {
  for (const name of names) {
    (EXPECTED as Record<string, Partial<PingResult>>)[name] = result;
  }
}

const none = { received: 0, duplicates: 0, truncated: false };
const lost = { ...none, lossPercent: 100 };

expectEach(['iputils-ipv4-reachable', 'iputils-ipv6-reachable'], {
  format: 'iputils',
  transmitted: 5,
  received: 5,
  duplicates: 0,
  lossPercent: 0,
  truncated: false,
});
expectEach(
  [
    'busybox-ipv4-reachable',
    'busybox-ipv6-reachable',
    'inetutils-ipv4-reachable',
    'inetutils-ipv6-reachable',
  ],
  { format: 'classic', transmitted: 5, received: 5, duplicates: 0, lossPercent: 0, truncated: false },
);
expectEach(['iputils-interrupted', 'busybox-interrupted', 'inetutils-interrupted'], {
  transmitted: 3,
  received: 3,
  lossPercent: 0,
  truncated: false,
});
expectEach(['iputils-ipv4-lossy', 'busybox-ipv4-lossy', 'inetutils-ipv4-lossy'], {
  transmitted: 5,
  received: 3,
  lossPercent: 40,
});
expectEach(['iputils-ipv4-dup', 'busybox-ipv4-dup'], {
  transmitted: 5,
  received: 5,
  duplicates: 3,
  lossPercent: 0,
});
expectEach(['inetutils-ipv4-dup'], { transmitted: 4, received: 4, duplicates: 1, lossPercent: 0 });
expectEach(['iputils-ipv4-other', 'busybox-ipv4-other', 'inetutils-ipv4-other'], {
  ...lost,
  transmitted: 5,
  problem: 'other-address',
});
// BusyBox does not print ICMP errors, so all of these look alike to it.
expectEach(
  [
    'iputils-ipv4-silent',
    'iputils-ipv6-silent',
    'inetutils-ipv4-silent',
    'inetutils-ipv6-silent',
    ...ALL.filter((name) => /^busybox-ipv[46]-(silent|.*unreachable|prohibited|ttl-exceeded)$/.test(name)),
  ],
  lost,
);
expectEach(
  [
    'iputils-ipv4-host-unreachable',
    'iputils-ipv4-router-host-unreachable',
    'inetutils-ipv4-host-unreachable',
    'inetutils-ipv4-router-host-unreachable',
  ],
  { ...lost, transmitted: 3, problem: 'host-unreachable' },
);
expectEach(
  [
    'iputils-ipv4-router-net-unreachable',
    'iputils-ipv6-router-unreachable',
    'inetutils-ipv4-router-net-unreachable',
    'inetutils-ipv6-router-unreachable',
  ],
  { ...lost, problem: 'network-unreachable' },
);
expectEach(
  [
    'iputils-ipv4-prohibited',
    'iputils-ipv6-prohibited',
    'inetutils-ipv4-prohibited',
    'inetutils-ipv6-prohibited',
  ],
  { ...lost, transmitted: 2, problem: 'prohibited' },
);
expectEach(['iputils-ipv4-ttl-exceeded', 'inetutils-ipv4-ttl-exceeded'], {
  ...lost,
  problem: 'ttl-exceeded',
});
expectEach(
  ALL.filter((name) =>
    /^(iputils|busybox|inetutils)-(no-route|ipv6-no-route|local-unreachable-route)$/.test(name),
  ),
  { ...none, problem: 'no-route' },
);
expectEach(
  ALL.filter((name) => /^(iputils|busybox|inetutils)-(permission-denied|local-prohibit-route)$/.test(name)),
  { ...none, problem: 'permission-denied' },
);
expectEach(
  ALL.filter((name) => /^(iputils|busybox|inetutils)-(unknown-host|wrong-family)$/.test(name)),
  { ...none, problem: 'unknown-host' },
);
expectEach(['iputils-killed', 'busybox-killed', 'inetutils-killed', 'windows-truncated'], {
  truncated: true,
});
expectEach(['inetutils-killed-silent'], { received: 0, truncated: true });
expectEach(['iputils-killed-silent', 'busybox-killed-silent'], { ...none, problem: 'no-output' });
// Without -n it prints names, and who answered is not told: that proves nothing.
expectEach(['inetutils-ipv6-names'], { ...none, problem: 'contradictory' });

const windows = { format: 'windows', duplicates: 0, truncated: false } as const;
expectEach(
  [
    'windows-ipv4-reachable',
    'windows-german-reachable',
    'windows-french-reachable',
    'windows-japanese-reachable',
  ],
  { ...windows, target: '10.2.1.139', transmitted: 4, received: 4, lossPercent: 0 },
);
expectEach(['windows-ipv6-reachable'], {
  ...windows,
  target: '2001:db8:2::139',
  transmitted: 2,
  received: 2,
  lossPercent: 0,
});
expectEach(['windows-name'], {
  ...windows,
  target: '10.2.1.139',
  transmitted: 2,
  received: 2,
  lossPercent: 0,
});
expectEach(['windows-ipv4-lossy'], { ...windows, transmitted: 4, received: 2, lossPercent: 50 });
expectEach(['windows-german-lossy'], { ...windows, transmitted: 4, received: 1, lossPercent: 75 });
expectEach(['windows-ipv4-mixed'], { ...windows, transmitted: 4, received: 2, lossPercent: 50 });
expectEach(
  ['windows-ipv4-silent', 'windows-ipv6-silent', 'windows-german-silent', 'windows-japanese-silent'],
  { ...windows, ...lost },
);
expectEach(
  [
    'windows-ipv4-host-unreachable',
    'windows-ipv4-target-unreachable',
    'windows-ipv6-host-unreachable',
    'windows-german-host-unreachable',
    'windows-french-host-unreachable',
    'windows-japanese-host-unreachable',
  ],
  { ...windows, ...lost, problem: 'host-unreachable' },
);
expectEach(['windows-ipv4-net-unreachable'], { ...windows, ...lost, problem: 'network-unreachable' });
expectEach(['windows-ipv4-ttl-expired'], { ...windows, ...lost, problem: 'ttl-exceeded' });
expectEach(['windows-ipv4-general-failure', 'windows-ipv4-transmit-failed'], {
  ...lost,
  problem: 'not-sent',
});
expectEach(['windows-unknown-host'], { ...none, problem: 'unknown-host' });

const verdictFor = (output: string) => verdictOf('Success', 'Success', parsePing(output)).verdict;

const ANSWERED = /-(reachable|lossy|dup|interrupted|mixed|name)$/;

describe('parsePing, on recorded outputs', () => {
  it('has an expectation for every recording', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(ALL);
  });

  it.each(Object.entries(EXPECTED))('reads %s', (name, expected) => {
    const result = parsePing(recorded(name));
    expect(result).toMatchObject(expected);
    if (expected.problem === undefined && !name.endsWith('mixed')) {
      expect(result.problem).toBeUndefined();
    }
  });

  it.each(ALL)('gives %s a verdict of an answer only if there was one', (name) => {
    expect(['reachable', 'lossy'].includes(verdictFor(recorded(name)))).toBe(ANSWERED.test(name));
  });

  it.each(ALL)('reads %s alike with other line ends', (name) => {
    const text = recorded(name).replace(/\r\n/g, '\n');
    const expected = parsePing(text);
    expect(parsePing(text.replace(/\n/g, '\r\n'))).toEqual(expected);
  });

  it('takes round-trip times in milliseconds', () => {
    expect(parsePing(recorded('iputils-ipv4-lossy')).rtt).toEqual({
      min: 0.203,
      avg: 0.307,
      max: 0.499,
      mdev: 0.135,
    });
    expect(parsePing(recorded('busybox-ipv4-lossy')).rtt).toEqual({ min: 0.23, avg: 0.304, max: 0.36 });
    expect(parsePing(recorded('windows-german-reachable')).rtt).toEqual({ min: 0, avg: 0, max: 2 });
    expect(parsePing(recorded('iputils-ipv4-silent')).rtt).toBeUndefined();
  });

  it('names the pinged address', () => {
    expect(parsePing(recorded('iputils-ipv6-reachable')).target).toBe('2001:db8:2::139');
    expect(parsePing(recorded('busybox-ipv4-silent')).target).toBe('10.2.1.139'.replace('1.139', '9.1'));
  });
});

describe('parsePing, on what is no ping', () => {
  it.each([
    ['', 'no-output'],
    [' \n\t\n', 'no-output'],
    ['hello world', 'unreadable'],
    ['sh: 1: ping: not found', 'no-program'],
    ['/bin/sh: line 1: ping: command not found', 'no-program'],
    ["ping: invalid option -- 'W'", 'no-program'],
  ])('says what is wrong with %j', (output, problem) => {
    expect(parsePing(output)).toMatchObject({ received: 0, problem });
    expect(verdictFor(output)).toBe('none');
  });

  it('does not read two pings as one', () => {
    expect(
      parsePing(`${recorded('iputils-ipv4-silent')}${recorded('iputils-ipv4-reachable')}`),
    ).toMatchObject({
      received: 0,
      problem: 'unreadable',
    });
  });

  it('notices that Systems Manager cut the output', () => {
    const whole = recorded('iputils-ipv4-reachable');
    for (const cut of [
      `${recorded('iputils-killed')}--output truncated--`,
      `${whole}64 by--output truncated--`,
    ]) {
      expect(parsePing(cut).truncated).toBe(true);
      expect(verdictFor(cut)).toBe('none');
    }
  });

  it('does not believe statistics that no reply line backs', () => {
    const quiet = recorded('iputils-ipv4-reachable').replace(/^64 bytes.*\n/gm, '');
    expect(parsePing(quiet)).toMatchObject({ received: 0, problem: 'contradictory' });
    expect(verdictFor(quiet)).toBe('none');
  });

  it('does not believe reply lines that the statistics do not count', () => {
    const claimed = recorded('iputils-ipv4-lossy').replace('3 received', '0 received');
    expect(verdictFor(claimed)).toBe('none');
  });

  it('does not count replies with damaged data', () => {
    const damaged = recorded('busybox-ipv4-reachable').replace(/ ms$/gm, ' ms (BAD CHECKSUM!)');
    expect(parsePing(damaged).received).toBe(0);
  });
});

describe('parsePing, on what ping programs might print', () => {
  const unix = (lines: readonly string[], statistics: string, times?: string) =>
    [
      'PING 10.2.1.139 (10.2.1.139) 56(84) bytes of data.',
      ...lines,
      '',
      '--- 10.2.1.139 ping statistics ---',
      statistics,
      ...(times === undefined ? [] : [times]),
    ].join('\n');
  const reply = (sequence: number, from = '10.2.1.139') =>
    `64 bytes from ${from}: icmp_seq=${sequence} ttl=64 time=0.2 ms`;
  const counted = (transmitted: number, received: number) =>
    `${transmitted} packets transmitted, ${received} received, 0% packet loss, time 9ms`;
  const TIMES = 'rtt min/avg/max/mdev = 0.1/0.2/0.3/0.1 ms';

  it.each([
    ['more received than sent', unix([reply(1), reply(2)], counted(1, 2))],
    ['more received than shown', unix([reply(1)], counted(3, 2))],
    ['times of replies that are not shown', unix([], counted(1, 0), TIMES)],
  ])('does not believe statistics with %s', (_, output) => {
    const { problem, received, transmitted, rtt } = parsePing(output);
    expect([problem, received, transmitted, rtt]).toEqual(['contradictory', 0, undefined, undefined]);
  });

  it('counts what another address answered neither for nor against the target', () => {
    const output = unix([reply(1), reply(2, '10.1.1.1')], counted(2, 2), TIMES);
    expect(parsePing(output)).toEqual({
      format: 'iputils',
      target: '10.2.1.139',
      transmitted: 2,
      received: 1,
      duplicates: 0,
      lossPercent: 50,
      problem: 'other-address',
      truncated: false,
    });
  });

  it('takes times only where the statistics have them', () => {
    expect(parsePing(unix([reply(1)], counted(1, 1)))).not.toHaveProperty('rtt');
    expect(parsePing(unix([reply(1)], counted(1, 1), TIMES)).rtt?.avg).toBe(0.2);
    expect(parsePing(unix([reply(1, '10.1.1.1')], counted(1, 1), TIMES))).not.toHaveProperty('rtt');
  });

  it('has no loss where nothing was sent', () => {
    const result = parsePing(unix([], counted(0, 0)));
    expect(result.transmitted).toBe(0);
    expect(result).not.toHaveProperty('lossPercent');
  });

  it('takes an output with two statistics for one without', () => {
    const output = `${unix([reply(1)], counted(1, 1))}\n${counted(1, 1)}`;
    expect(parsePing(output)).toMatchObject({ received: 1, truncated: true });
    expect(parsePing(output).transmitted).toBeUndefined();
    const windows = `${recorded('windows-ipv4-reachable')}${recorded('windows-ipv4-reachable')}`;
    expect(parsePing(windows).transmitted).toBeUndefined();
  });

  it('reads an output to its limit, and says where it is longer', () => {
    const whole = recorded('iputils-ipv4-reachable');
    const filled = (length: number) => whole.padEnd(length, '\n');
    expect(parsePing(filled(64_000))).toEqual(parsePing(whole));
    expect(parsePing(filled(64_001))).toEqual({ ...parsePing(whole), truncated: true });
    const behind = `${'\n'.repeat(64_000)}${whole}`;
    expect(parsePing(behind)).toMatchObject({ received: 0, problem: 'unreadable', truncated: true });
  });

  it('says of what it cannot read that it is of no known format', () => {
    expect(parsePing('')).toEqual({
      format: 'unknown',
      received: 0,
      duplicates: 0,
      problem: 'no-output',
      truncated: false,
    });
    expect(parsePing('hello')).toEqual({
      format: 'unknown',
      received: 0,
      duplicates: 0,
      problem: 'unreadable',
      truncated: false,
    });
  });

  const windowsIpv4 = (
    lines: readonly string[],
    received: number,
    header = 'Pinging 10.2.1.139 with 32 bytes of data:',
  ) =>
    [
      '',
      header,
      ...lines,
      '',
      'Ping statistics for 10.2.1.139:',
      `    Packets: Sent = 2, Received = ${received}, Lost = ${2 - received} (0% loss),`,
      'Approximate round trip times in milli-seconds:',
      '    Minimum = 1ms, Maximum = 3ms, Average = 2ms',
    ].join('\r\n');
  const line = (end: string, from = '10.2.1.139') => `Reply from ${from}: bytes=32 time=1ms${end}`;

  it('takes the times of Windows from behind its statistics', () => {
    const output = windowsIpv4([line(' TTL=128'), line(' TTL=128')], 2);
    expect(parsePing(output).rtt).toEqual({ min: 1, max: 3, avg: 2 });
    expect(parsePing(output.slice(0, output.indexOf('Approximate')))).not.toHaveProperty('rtt');
  });

  it.each([
    ['TTL=128', line(' TTL=128'), 2],
    ['TTL = 128 and space at the end', line(' TTL = 128  '), 2],
    ['no TTL, as an ICMP error of IPv4 has none', line(''), 0],
    ['a TTL with more behind it', line(' TTL=128 (DUP!)'), 0],
    ['a TTL of another address', line(' TTL=128', '10.1.1.1'), 0],
  ])('reads a Windows reply with %s', (_, text, received) => {
    expect(parsePing(windowsIpv4([text, text], 2))).toMatchObject({ transmitted: 2, received });
  });

  it.each([
    ['has no address', 'Pinging server with 32 bytes of data:'],
    ['has no size of packets behind the address', 'Pinging 10.2.1.139 with bytes of data:'],
    ['has a number that is part of a word', 'Pinging 10.2.1.139 with x32 bytes of data:'],
    ['has a number at the start of a word', 'Pinging 10.2.1.139 with 32bytes of data:'],
    ['is a reply', 'Reply from 10.2.1.139: bytes= 32 time=1ms TTL=128'],
  ])('reads nothing under a Windows header that %s', (_, header) => {
    expect(parsePing(windowsIpv4([line(' TTL=128'), line(' TTL=128')], 2, header))).toMatchObject({
      format: 'unknown',
      received: 0,
      problem: 'unreadable',
    });
  });

  it('finds the Windows header after lines of white space', () => {
    expect(parsePing(` \r\n\t${windowsIpv4([line(' TTL=128'), line(' TTL=128')], 2)}`).received).toBe(2);
  });

  it('takes no heading for an answer, with or without space behind it', () => {
    const output = windowsIpv4([], 0).replace('for 10.2.1.139:', 'for 10.2.1.139:  ');
    const silent = output.slice(0, output.indexOf('Approximate'));
    expect(parsePing(silent)).toMatchObject({ transmitted: 2, received: 0, lossPercent: 100 });
    expect(parsePing(silent)).not.toHaveProperty('problem');
  });
});

describe('parsePing, on anything', () => {
  const unanswered = ALL.filter(
    (name) => !ANSWERED.test(name) && !/-killed$|-names$|-other$|truncated/.test(name),
  );

  it('never throws, and keeps its numbers in range', () => {
    const pieces = fc.constantFrom(...ALL.flatMap((name) => recorded(name).split('\n')));
    const line = fc.oneof(pieces, fc.string(), anyText());
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.constantFrom('\n', '\r\n', '\r', ' '),
        (lines, end) => {
          const { transmitted, received, duplicates, lossPercent } = parsePing(lines.join(end));
          expect(received).toBeGreaterThanOrEqual(0);
          expect(duplicates).toBeGreaterThanOrEqual(0);
          expect(received).toBeLessThanOrEqual(transmitted ?? Number.POSITIVE_INFINITY);
          expect(lossPercent ?? 0).toBeGreaterThanOrEqual(0);
          expect(lossPercent ?? 0).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: runs(1000) },
    );
  });

  it('never makes an answer of an output without one, however it is cut, shuffled or written into', () => {
    const harmless = fc.constantFrom(
      '',
      'Warning: Permanently added a host key.',
      'pipe 4',
      '\u0000',
      '5',
      '100%',
      'ok',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...unanswered),
        fc.nat(),
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), harmless), { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 5 }),
        (name, start, end, insertions, dropped) => {
          const text = recorded(name);
          const from = start % 3 === 0 ? start % (text.length + 1) : 0;
          const to = end % 2 === 0 ? end % (text.length + 1) : text.length;
          const lines = text.slice(from, Math.max(from, to)).split('\n');
          for (const index of dropped) {
            lines.splice(index % (lines.length + 1), 1);
          }
          for (const [index, extra] of insertions) {
            lines.splice(index % (lines.length + 1), 0, extra);
          }
          expect(['unreachable', 'none']).toContain(verdictFor(lines.join('\n')));
        },
      ),
      { numRuns: runs(1500) },
    );
  });

  it('never makes an answer of one changed character', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...unanswered),
        fc.nat(),
        fc.constantFrom(...'0123456789%=<.,:()msTL \n'),
        (name, place, character) => {
          const text = recorded(name);
          const at = place % Math.max(1, text.length);
          expect(['unreachable', 'none']).toContain(
            verdictFor(`${text.slice(0, at)}${character}${text.slice(at + 1)}`),
          );
        },
      ),
      { numRuns: runs(1500) },
    );
  });

  it('gets through input that is made to be slow', () => {
    const hostile = [
      '= 1'.repeat(20_000),
      '1'.repeat(60_000),
      ':'.repeat(60_000),
      `PING ${' ('.repeat(30_000)}`,
    ];
    for (const text of hostile) {
      expect(verdictFor(text)).toBe('none');
    }
  });
});

describe('verdictOf', () => {
  const good = parsePing(recorded('iputils-ipv4-reachable'));
  const bad = parsePing(recorded('iputils-ipv4-silent'));
  const half = parsePing(recorded('iputils-ipv4-lossy'));

  it.each([
    ['Success', 'Success', good, 'reachable'],
    ['Success', 'Success', half, 'lossy'],
    ['Success', 'Success', bad, 'unreachable'],
    // ping exits with 1 when nothing is answered, and the command fails with it.
    ['Failed', 'Failed', bad, 'unreachable'],
    ['Failed', 'Failed', half, 'lossy'],
    ['Success', undefined, good, 'reachable'],
  ])('takes %s (%s) at its output', (status, details, ping, verdict) => {
    expect(verdictOf(status, details, ping).verdict).toBe(verdict);
  });

  it.each([
    ['Failed', 'Undeliverable'],
    ['TimedOut', 'Delivery Timed Out'],
    ['TimedOut', 'DeliveryTimedOut'],
    ['TimedOut', 'Execution Timed Out'],
    ['Cancelled', 'Canceled'],
    ['Cancelling', 'Cancelling'],
    ['Failed', 'Access Denied'],
    ['Failed', 'InvalidPlatform'],
    ['Failed', 'Terminated'],
    ['Pending', 'Pending'],
    ['InProgress', 'In Progress'],
    ['Delayed', 'Delayed'],
    ['Success', 'Incomplete'],
    ['Whatever', 'Whatever'],
    ['', ''],
  ])('has none for %s (%s), whatever the output says', (status, details) => {
    for (const ping of [good, bad, half, undefined]) {
      const { verdict, reason } = verdictOf(status, details, ping);
      expect(verdict).toBe('none');
      expect(reason).toMatch(/^No verdict: .+\.$/);
    }
  });

  it('has none without output', () => {
    expect(verdictOf('Success', 'Success', undefined).verdict).toBe('none');
  });

  it('says who answered in place of the target', () => {
    const { reason } = verdictOf('Failed', 'Failed', parsePing(recorded('windows-ipv4-host-unreachable')));
    expect(reason).toBe('None of 4 pings was answered; a router answered that the host is unreachable.');
  });
});
