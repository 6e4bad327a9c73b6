import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { CommandAbout } from '../../lib/connectivity/probe-commands.ts';
import { resultsOf } from '../../lib/connectivity/read-results.ts';
import { mergeResults, type ProbeResult } from '../../lib/connectivity/results.ts';
import { kindText } from '../../lib/model/probe-kinds.ts';
import { runs } from '../support/runs.ts';

const RECORDED = join(import.meta.dirname, 'recorded', 'probes');
const TARGET = '10.2.1.139';

function about(parts: Partial<CommandAbout['asks']> = {}, target = TARGET): CommandAbout {
  return {
    peeringId: 'pcx-11112222',
    target,
    priceClass: 'same-zone',
    asks: { ping: true, mtu: false, name: false, ports: [], ...parts },
  };
}

function read(output: string, of: CommandAbout, status = 'Success'): ProbeResult[] {
  return resultsOf(of, 'us-east-1', { instanceId: 'i-a', status, statusDetails: status, output });
}

const recorded = (name: string) => readFileSync(join(RECORDED, `${name}.txt`), 'utf8');

/** Each result as `ping reachable`. */
const verdicts = (results: readonly ProbeResult[]) =>
  results.map((result) => `${kindText(result)} ${result.verdict}`);

const ALL = { mtu: true, ports: [5432, 443] };

describe('what the steps print on Linux', () => {
  const expected: Readonly<Record<string, readonly [CommandAbout, readonly string[]]>> = {
    'ipv4-all': [
      about({ ...ALL, name: true }),
      [
        'ping reachable',
        'TCP 5432 reachable',
        'TCP 443 reachable',
        'large packets reachable',
        'the name ip-10-2-1-139.ec2.internal reachable',
        'the name ec2-3-88-1-2.compute-1.amazonaws.com misresolved',
      ],
    ],
    'ipv6-all': [
      about(ALL, '2001:db8:2::139'),
      ['ping reachable', 'TCP 5432 reachable', 'TCP 443 reachable', 'large packets reachable'],
    ],
    'busybox-sh': [
      about(ALL),
      ['ping reachable', 'TCP 5432 reachable', 'TCP 443 reachable', 'large packets none'],
    ],
    'docker-range': [
      about({ mtu: true, ports: [5432] }, '172.17.0.9'),
      ['ping none', 'TCP 5432 none', 'large packets none'],
    ],
    'docker-address': [about({ ports: [5432] }, '172.17.0.1'), ['ping none', 'TCP 5432 none']],
    'ipv4-frag-needed': [about({ mtu: true }), ['ping reachable', 'large packets mtu-limited']],
    'ipv4-frag-needed-learned': [about({ mtu: true }), ['ping reachable', 'large packets mtu-limited']],
    'ipv6-too-big': [
      about({ mtu: true }, '2001:db8:2::139'),
      ['ping reachable', 'large packets mtu-limited'],
    ],
    'ipv4-large-lost': [about({ mtu: true }), ['ping reachable', 'large packets mtu-limited']],
    'ipv4-own-mtu': [about({ mtu: true }), ['ping reachable', 'large packets none']],
    'ipv4-silent': [
      about({ mtu: true, name: true, ports: [5432] }),
      [
        'ping unreachable',
        'TCP 5432 unreachable',
        'large packets none',
        'the name nosuch.ec2.internal misresolved',
      ],
    ],
    'ipv4-prohibited': [about({ ports: [5432] }), ['ping unreachable', 'TCP 5432 unreachable']],
    'ipv4-own-unreachable': [about({ ports: [5432] }), ['ping none', 'TCP 5432 none']],
    'ipv4-no-route': [
      about({ mtu: true, ports: [5432] }),
      ['ping none', 'TCP 5432 none', 'large packets none'],
    ],
  };

  it('is recorded and expected, each', () => {
    expect(readdirSync(RECORDED).sort()).toEqual(
      Object.keys(expected)
        .map((name) => `${name}.txt`)
        .sort(),
    );
  });

  it.each(Object.entries(expected))('%s', (name, [of, wanted]) => {
    expect(verdicts(read(recorded(name), of))).toEqual(wanted);
  });

  it('has the time of a connection, and says that a refused one shows a working network', () => {
    const [, connected, refused] = read(recorded('ipv4-all'), about(ALL));
    expect(connected).toMatchObject({ port: 5432, averageRtt: 0.242, transmitted: 1, received: 1 });
    expect(refused?.reason).toMatch(/refused the connection in .* the network works, and nothing listens/);
  });

  it('has the size that passes, and what was told of the limit', () => {
    const limited = read(recorded('ipv4-frag-needed'), about({ mtu: true }))[1];
    expect(limited).toMatchObject({ kind: 'mtu', packetSize: 1500 });
    expect(limited?.reason).toMatch(/9,001 bytes are lost and those of 1,500 bytes pass.*1,500 bytes/);
  });

  it('names the interface and the range of a bridge that keeps packets, whether it answers or not', () => {
    for (const [name, target] of [
      ['docker-range', '172.17.0.9'],
      ['docker-address', '172.17.0.1'],
    ] as const) {
      const [ping] = read(recorded(name), about({}, target));
      expect(ping?.reason).toMatch(/docker0 has 172\.17\.0\.0\/16, as Docker/);
      expect(ping).not.toHaveProperty('transmitted');
    }
  });

  it('is no verdict where the source itself answers, and the range says so where the system does not', () => {
    const error = (from: string, target: string) =>
      [
        `PING ${target} (${target}) 56(84) bytes of data.`,
        `From ${from} icmp_seq=1 Destination Host Unreachable`,
        '',
        `--- ${target} ping statistics ---`,
        '1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms',
      ].join('\n');
    const route = `== route\n${TARGET} via 10.1.1.1 dev ens5 src 10.1.1.13 uid 0 \\    cache \n== ping\n`;
    expect(read(`${route}${error('10.1.1.13', TARGET)}\n== end`, about())[0]).toMatchObject({
      verdict: 'none',
      reason: expect.stringMatching(/10\.1\.1\.13, interface ens5/),
    });
    expect(read(`${route}${error('10.1.1.1', TARGET)}\n== end`, about())[0]?.verdict).toBe('unreachable');
    const ofOldDocument = read(error('172.17.0.1', '172.17.0.9'), about({}, '172.17.0.9'));
    expect(ofOldDocument[0]).toMatchObject({
      verdict: 'none',
      reason: expect.stringMatching(/172\.17\.0\.0\/16 is a range that Docker/),
    });
  });

  it('of an earlier version, a ping and nothing else, is read as that', () => {
    const old = recorded('ipv4-all').split('== ping\n')[1]?.split('== end')[0] ?? '';
    expect(verdicts(read(old, about()))).toEqual(['ping reachable']);
  });
});

describe('what the steps print on Windows', () => {
  const lines = (...all: string[]) => all.join('\r\n');
  const PING = [
    '',
    `Pinging ${TARGET} with 32 bytes of data:`,
    `Reply from ${TARGET}: bytes=32 time=1ms TTL=128`,
    '',
    `Ping statistics for ${TARGET}:`,
    '    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),',
    'Approximate round trip times in milli-seconds:',
    '    Minimum = 1ms, Maximum = 1ms, Average = 1ms',
  ];
  const ROUTE = [
    '== route',
    'source 10.1.1.13 dev Ethernet 2',
    'route 0.0.0.0/0 via 10.1.1.1 dev Ethernet 2',
  ];
  const of = about({ mtu: true, name: true, ports: [5432, 443, 80, 81] });

  it('is read by the same marks', () => {
    const output = lines(
      ...ROUTE,
      '== ping',
      ...PING,
      '== end',
      '== size 9001',
      'status TimedOut from  with 0 bytes',
      '== size 1500',
      `status Success from ${TARGET} with 1472 bytes`,
      '== tcp',
      'tcp 5432 exit 0 connected in 1520 us',
      'tcp 443 exit 1 socket error ConnectionRefused failed in 2031000 us',
      'tcp 80 exit 124',
      'tcp 81 exit 1 socket error NetworkUnreachable failed in 100 us',
      '== name ip-10-2-1-139.ec2.internal',
      TARGET,
      'exit 0',
      '== end',
    );
    expect(verdicts(read(output, of))).toEqual([
      'ping reachable',
      'TCP 5432 reachable',
      'TCP 443 reachable',
      'TCP 80 unreachable',
      'TCP 81 none',
      'large packets mtu-limited',
      'the name ip-10-2-1-139.ec2.internal reachable',
    ]);
  });

  it('is no verdict where a switch of the instance keeps the range', () => {
    const kept = [
      '== route',
      'route 172.17.0.0/16 via 0.0.0.0 dev vEthernet (nat)',
      '== ping',
      ...PING,
      '== end',
    ];
    const [ping] = read(lines(...kept), about());
    expect(ping).toMatchObject({ verdict: 'none', reason: expect.stringContaining('vEthernet (nat)') });
  });
});

describe('output that proves nothing', () => {
  const tcp = (...said: string[]) =>
    read(['== tcp', ...said, '== end'].join('\n'), about({ ping: false, ports: [5432] }))[0];

  it.each([
    ['of another port', 'tcp 443 exit 0 connected in 5 us'],
    ['with a time but a failure', 'tcp 5432 exit 1 connected in 5 us'],
    ['of success without a connection', 'tcp 5432 exit 0 failed in 5 us'],
    [
      'of an address that was not asked',
      'tcp 5432 exit 1 bash: /dev/tcp/10.9.9.9/5432: Connection refused failed in 5 us',
    ],
    [
      'with an error that is not known',
      'tcp 5432 exit 1 bash: /dev/tcp/10.2.1.139/5432: Bad moon failed in 5 us',
    ],
    [
      'of a program that is not there',
      "tcp 5432 exit 127 timeout: failed to run command 'bash': No such file or directory",
    ],
    [
      'of a shell without network',
      'tcp 5432 exit 1 bash: /dev/tcp/10.2.1.139/5432: No such file or directory failed in 5 us',
    ],
    ['that is empty', ''],
  ])('is no verdict: a line %s', (_what, line) => {
    expect(tcp(line)).toMatchObject({ verdict: 'none', kind: 'tcp', port: 5432 });
  });

  it('is no verdict: the same port twice, or a part that is cut off', () => {
    const line = 'tcp 5432 exit 0 connected in 5 us';
    expect(tcp(line)?.verdict).toBe('reachable');
    expect(tcp(line, line)?.verdict).toBe('none');
    const cut = read(`== tcp\n${line}`, about({ ping: false, ports: [5432] }));
    expect(cut[0]?.verdict).toBe('none');
  });

  it('takes a large packet for carried only if the answer has its size', () => {
    const small = recorded('ipv4-large-lost').replace(
      /== size 9001[^=]*?\n== size 1500/,
      '== size 9001\nPING 10.2.1.139 (10.2.1.139) 8973(9001) bytes of data.\n64 bytes from 10.2.1.139: icmp_seq=1 ttl=63 time=0.1 ms\n\n--- 10.2.1.139 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n== size 1500',
    );
    expect(read(small, about({ mtu: true }))[1]?.verdict).toBe('none');
  });

  it('gives every question one result without a verdict when the command did not run', () => {
    const results = read('', about({ ...ALL, name: true }), 'Undeliverable');
    expect(verdicts(results)).toEqual([
      'ping none',
      'TCP 5432 none',
      'TCP 443 none',
      'large packets none',
      'names none',
    ]);
    const [health] = mergeResults(results, { lossThresholdPercent: 100 });
    // What cannot be tried keeps nobody from seeing a loss, so only pings and connections are counted.
    expect(health).toMatchObject({ verdict: 'none', withoutVerdict: 3 });
  });

  it('cut anywhere never turns a loss or a refusal of its own system into something reached', () => {
    const bad = ['ipv4-silent', 'ipv4-no-route', 'docker-range', 'ipv4-own-unreachable'].map(recorded);
    fc.assert(
      fc.property(fc.constantFrom(...bad), fc.nat(2500), fc.nat(2500), (text, from, length) => {
        const cut = text.slice(0, from) + text.slice(from + length);
        for (const target of [TARGET, '172.17.0.9']) {
          const found = read(cut, about({ ...ALL, name: true }, target));
          expect(found.filter(({ verdict }) => verdict === 'reachable')).toEqual([]);
        }
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('the health of a peering of which several things were asked', () => {
  const one = (parts: Partial<ProbeResult>): ProbeResult => ({
    peeringId: 'pcx-11112222',
    region: 'us-east-1',
    sourceInstanceId: 'i-a',
    target: TARGET,
    priceClass: 'same-zone',
    kind: 'ping',
    verdict: 'reachable',
    reason: '',
    transmitted: 5,
    received: 5,
    averageRtt: 1,
    ...parts,
  });
  const TCP = one({ kind: 'tcp', port: 5432, transmitted: 1, received: 1, averageRtt: 9 });
  const LOST_TCP = one({ kind: 'tcp', port: 443, verdict: 'unreachable', transmitted: 1, received: 0 });
  const health = (...results: ProbeResult[]) => mergeResults(results, { lossThresholdPercent: 100 })[0];

  it('is that of the worst, which is named, and not an average over kinds', () => {
    expect(health(one({}), TCP)).toMatchObject({ verdict: 'reachable', lossPercent: 0, averageRtt: 1 });
    expect(health(one({}), TCP, LOST_TCP)).toMatchObject({
      verdict: 'unreachable',
      worst: 'TCP 443',
      lossPercent: 100,
      failed: true,
      averageRtt: 1,
    });
    expect(health(TCP)).toMatchObject({ verdict: 'reachable', averageRtt: 9 });
  });

  it('counts large packets and names as less than a loss', () => {
    const {
      transmitted: _t,
      received: _r,
      averageRtt: _a,
      ...bare
    } = one({ kind: 'mtu', verdict: 'mtu-limited' });
    const named: ProbeResult = { ...bare, kind: 'name', name: 'a.ec2.internal', verdict: 'misresolved' };
    expect(health(one({}), bare, named)).toMatchObject({
      verdict: 'mtu-limited',
      worst: 'large packets',
      failed: false,
    });
    expect(health(one({}), named)).toMatchObject({
      verdict: 'misresolved',
      worst: 'the name a.ec2.internal',
    });
    expect(health(LOST_TCP, bare)).toMatchObject({ verdict: 'unreachable' });
    expect(health(bare)).toMatchObject({ verdict: 'none', failed: false });
  });

  it('says of a lost ping beside a connection that ICMP is kept out', () => {
    const lostPing = recorded('ipv4-silent').split('== end')[0] ?? '';
    const results = read(
      `${lostPing}== end\n== tcp\ntcp 5432 exit 0 connected in 5 us\n== end`,
      about({ ports: [5432] }),
    );
    expect(results[0]?.reason).toMatch(/TCP port 5432 there was reached.*keeps ICMP out.*no-ping/);
  });
});
