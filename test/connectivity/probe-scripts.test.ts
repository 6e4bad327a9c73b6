import { spawn, spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { SsmError } from 'local-aws-peering/ssm';
import { PING_DOCUMENT_CONTENT } from '../../lib/connectivity/ping-document.ts';
import type { CommandAbout } from '../../lib/connectivity/probe-commands.ts';
import {
  PING_ON_LINUX,
  PING_ON_WINDOWS,
  PROBE_ON_LINUX,
  PROBE_ON_WINDOWS,
} from '../../lib/connectivity/probe-scripts.ts';
import { resultsOf } from '../../lib/connectivity/read-results.ts';
import { PATTERNS, scriptOf } from '../support/ping-scripts.ts';
import { runs } from '../support/runs.ts';

const has = (program: string, ...args: string[]) =>
  spawnSync(program, args, { stdio: 'ignore' }).error === undefined;

/** As Systems Manager runs steps: `sh` is dash on Debian and Ubuntu, bash on Amazon Linux and RHEL. */
const SHELLS = (
  [
    ['sh', ['sh']],
    ['dash', ['dash']],
    ['bash as sh', ['bash', '--posix']],
    ['BusyBox', ['busybox', 'sh']],
  ] as const
).filter(([, [program]]) => has(program, '--help'));

function run([program, ...args]: readonly [string, ...string[]], script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, '-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject).once('close', () => resolve(output));
  });
}

function listen(host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject).listen(0, host, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('the step for ports, in real shells to real sockets', () => {
  let open: Server;
  let closed: number;

  beforeAll(async () => {
    open = await listen('127.0.0.1');
    const other = await listen('127.0.0.1');
    closed = portOf(other);
    await new Promise((resolve) => other.close(resolve));
  });

  afterAll(() => new Promise((resolve) => open.close(resolve)));

  const about = (ports: readonly number[]): CommandAbout => ({
    peeringId: 'pcx-11112222',
    target: '127.0.0.1',
    priceClass: 'same-zone',
    asks: { ping: false, mtu: false, name: true, ports },
  });

  it.each(SHELLS)('%s', async (_name, shell) => {
    const ports = [portOf(open), closed];
    const names = 'localhost.localdomain';
    const script = scriptOf('probeOnLinux', { target: '127.0.0.1', ports: ports.join(' '), names });
    const output = await run([...shell], script);
    const results = resultsOf(about(ports), 'us-east-1', {
      instanceId: 'i-a',
      status: 'Success',
      statusDetails: 'Success',
      output,
    });
    expect(results.slice(0, 2)).toEqual([
      expect.objectContaining({ port: ports[0], verdict: 'reachable', averageRtt: expect.any(Number) }),
      expect.objectContaining({
        port: closed,
        verdict: 'reachable',
        reason: expect.stringContaining('nothing listens'),
      }),
    ]);
    expect(results[2]).toMatchObject({ kind: 'name', name: names });
    expect(output).toMatch(/== end\n?$/);
    expect(output.length).toBeLessThan(2500);
  });

  it.each(SHELLS)('%s says that there is no bash, and it is no verdict', async (_name, shell) => {
    const script = scriptOf('probeOnLinux', { target: '127.0.0.1', ports: String(portOf(open)) });
    const output = await run([...shell], `bash() { return 127; }\ntimeout() { return 127; }\n${script}`);
    const [result] = resultsOf({ ...about([portOf(open)]) }, 'us-east-1', {
      instanceId: 'i-a',
      status: 'Failed',
      statusDetails: 'Failed',
      output,
    });
    expect(result).toMatchObject({ verdict: 'none', reason: expect.stringContaining('bash') });
  });

  it('asks nothing where nothing is asked for', async () => {
    const output = await run(['sh'], scriptOf('probeOnLinux', { target: '127.0.0.1' }));
    expect(output.trim()).toBe('== end');
  });
});

describe('the parameters of the document', () => {
  const GOOD: Record<keyof typeof PATTERNS, readonly string[]> = {
    target: ['10.2.1.139', '2001:db8::1', '::1'],
    count: ['1', '5', '20'],
    ping: ['yes', 'no'],
    ports: ['none', '5432', '65535', '1 22 80 443 3306 5432 8080 65535'],
    sizes: ['none', '9001 1500', '8500 1500', '1500'],
    names: [
      'none',
      'ip-10-2-1-139.ec2.internal',
      'i-0abc.eu-west-1.compute.internal ec2-1-2-3-4.compute-1.amazonaws.com',
    ],
  };
  const names = Object.keys(PATTERNS) as (keyof typeof PATTERNS)[];
  const TARGET = { target: '10.2.1.139' };

  it.each(names)('%s takes what it is for', (name) => {
    for (const value of GOOD[name]) {
      expect(() => scriptOf('probeOnLinux', { ...TARGET, [name]: value })).not.toThrow();
    }
  });

  const ATTACKS = [
    '; id',
    '$(id)',
    '`id`',
    '| id',
    '&& id',
    '& id',
    "' ; id ; '",
    '" ; id ; "',
    "'; Start-Process calc; '",
    '\nid',
    '\r\nid',
    '\n',
    ' ',
    '\t',
    ' -f',
    ' --help',
    '-o ProxyCommand=id',
    '> /etc/passwd',
    '< /etc/passwd',
    '$PATH',
    '%PATH%',
    '$env:PATH',
    '{{ target }}',
    '\\',
    '*',
    '#',
    '\u0000',
    '\u2028id',
    '１',
  ];

  it.each(names)('%s refuses everything else, also behind and before what it is for', (name) => {
    for (const good of GOOD[name]) {
      for (const attack of ATTACKS) {
        for (const value of [attack, `${good}${attack}`, `${attack}${good}`]) {
          expect(() => scriptOf('pingOnLinux', { ...TARGET, [name]: value })).toThrow(SsmError);
        }
      }
    }
    expect(() => scriptOf('pingOnLinux', { ...TARGET, [name]: '' })).toThrow(SsmError);
  });

  it.each([
    ['ports', '0'],
    ['ports', '65536'],
    ['ports', '5432,443'],
    ['ports', '5432  443'],
    ['ports', '1 2 3 4 5 6 7 8 9'],
    ['ports', 'none 22'],
    ['sizes', '999'],
    ['sizes', '65000'],
    ['sizes', '9001 8500 1500'],
    ['names', 'localhost'],
    ['names', '-f.example.com'],
    ['names', 'a.b c.d e.f'],
    ['names', 'A.B'],
    ['count', '0'],
    ['ping', 'maybe'],
    ['count', '21'],
    ['count', '05'],
  ])('%s refuses %s', (name, value) => {
    expect(() => scriptOf('pingOnLinux', { ...TARGET, [name]: value })).toThrow(SsmError);
  });

  it('leave no character that a shell or PowerShell reads in anything they let through', () => {
    for (const name of names) {
      fc.assert(
        fc.property(fc.stringMatching(new RegExp(PATTERNS[name])), (value) => {
          expect(value).toMatch(/^[0-9A-Za-z.: -]+$/);
          expect(value).not.toMatch(/^[ -]| $| -/);
        }),
        { numRuns: runs(300) },
      );
    }
  });

  it('are patterns that RE2 reads, too, and that are anchored', () => {
    for (const { allowedPattern } of Object.values(PING_DOCUMENT_CONTENT.parameters)) {
      expect(allowedPattern).toMatch(/^\^.*\$$/);
      expect(allowedPattern).not.toMatch(/\(\?|\\[1-9]/);
    }
  });

  it('stand in single quotes, or alone as words of numbers and names, never inside what a shell expands', () => {
    for (const line of [...PING_ON_WINDOWS, ...PROBE_ON_WINDOWS]) {
      const rest = line.replaceAll(/'\{\{ \w+ \}\}'/g, '').replaceAll(/ping -n \{\{ count \}\} /g, '');
      expect(rest).not.toContain('{{');
    }
    for (const line of [...PING_ON_LINUX, ...PROBE_ON_LINUX]) {
      const rest = line
        .replaceAll(/'\{\{ \w+ \}\}'/g, '')
        .replaceAll(/-c \{\{ count \}\} /g, '')
        .replaceAll(/ in \{\{ (ports|sizes|names) \}\}; do/g, '');
      expect(rest).not.toContain('{{');
    }
  });

  (has('pwsh', '-Version') ? it : it.skip)('run in PowerShell, where there is one', async () => {
    const script = scriptOf('probeOnWindows', { target: '127.0.0.1', ports: '1' });
    const output = await run(['pwsh', '-NoProfile'], script);
    expect(output).toMatch(/^tcp 1 exit 1 socket error ConnectionRefused failed in \d+ us\r?$/m);
  });
});
