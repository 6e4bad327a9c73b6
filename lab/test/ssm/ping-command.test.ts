import fc from 'fast-check';
import { type FoundPing, findPing } from '../../ssm/ping-command.ts';
import { runs } from '../support/runs.ts';

function linux(...lines: string[]): FoundPing {
  return findPing(lines, { platform: 'Linux' });
}

const PLAIN = {
  style: 'iputils',
  target: '10.2.1.139',
  family: undefined,
  count: 5,
  intervalMs: 1000,
  deadlineMs: undefined,
  size: 56,
  quiet: false,
};

describe('findPing', () => {
  it.each([
    ['ping -c 5 10.2.1.139', {}],
    ['/usr/bin/ping -c5 -- 10.2.1.139', {}],
    ['LC_ALL=C exec ping -n -q -c 5 -i 0.2 -W 1 "10.2.1.139" 2>&1', { quiet: true, intervalMs: 200 }],
    ["ping -4 -c 5 -w 10 '10.2.1.139' > /tmp/out", { family: 'ipv4', deadlineMs: 10_000 }],
    ['timeout 30 ping -nqc 5 10.2.1.139 | tail -3', { quiet: true }],
    ['if ! ping -c 5 10.2.1.139; then exit 1; fi', {}],
    ['ping6 -c 5 fd00::1', { family: 'ipv6', target: 'fd00::1' }],
    ['set -u # ping -c 1 1.1.1.1\nping -c 5 \\\n  -s 1000 10.2.1.139', { size: 1000 }],
  ])('reads %s', (script, difference) => {
    expect(linux(script)).toEqual({
      found: 'ping',
      failure: 'returned',
      ping: { ...PLAIN, ...difference },
    });
  });

  it('fills in variables of the script and of its environment', () => {
    const found = findPing(['target=$SSM_target', 'ping $family -c "${SSM_count}" "$target"'], {
      platform: 'Linux',
      variables: new Map([
        ['SSM_target', '10.2.1.139'],
        ['SSM_count', '5'],
      ]),
    });

    expect(found).toMatchObject({ ping: PLAIN });
  });

  it('takes the ping that suits the address where there is one for each family', () => {
    const script = (target: string) =>
      `case ${target} in\n *:*) ping -6 -c 5 ${target} ;;\n *) ping -4 -c 5 ${target} ;;\nesac`;

    expect(linux(script('10.2.1.139'))).toMatchObject({ ping: { family: 'ipv4' } });
    expect(linux(script('fd00::1'))).toMatchObject({ ping: { family: 'ipv6' } });
  });

  it('sees a failure that the script hides', () => {
    expect(linux('ping -c 5 10.2.1.139 || true')).toMatchObject({ failure: 'hidden' });
    expect(linux('ping -c 5 10.2.1.139 || exit 3')).toMatchObject({ failure: 'returned' });
  });

  it.each([
    ['ping -c 0 10.2.1.139', 1, 'out of range'],
    ['ping -c x 10.2.1.139', 1, "invalid argument: 'x'"],
    ['ping -c', 2, 'option requires an argument'],
    ['ping -Z 10.2.1.139', 2, "invalid option -- 'Z'"],
    ['ping -c 5', 1, 'Destination address required'],
  ])('refuses %s as ping does', (line, exitCode, message) => {
    expect(linux(line)).toMatchObject({
      found: 'refusal',
      refusal: { exitCode, stderr: expect.stringContaining(message) },
    });
  });

  it('does not take other programs for a ping', () => {
    expect(linux('command -v ping', 'echo ping -c 1 10.2.1.139', 'pingu 10.2.1.139')).toEqual({
      found: 'nothing',
      commands: ['command -v ping', 'echo ping -c 1 10.2.1.139', 'pingu 10.2.1.139'],
    });
  });

  it.each([
    ['ping -n 3 10.2.1.139', { count: 3 }],
    ['ping.exe 10.2.1.139', { count: 4 }],
    ['& C:\\Windows\\System32\\PING.EXE /n 2 /w 500 -l 64 10.2.1.139', { count: 2, size: 64 }],
    ['ping -t 10.2.1.139', { count: undefined }],
  ])('reads %s on Windows', (line, difference) => {
    expect(findPing([line], { platform: 'Windows' })).toMatchObject({
      found: 'ping',
      ping: { style: 'windows', target: '10.2.1.139', ...difference },
    });
  });

  it('ends, and never throws, on any text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.string(), (lines, tail) => {
        for (const platform of ['Linux', 'Windows'] as const) {
          expect(findPing([...lines, `ping ${tail}`], { platform })).toHaveProperty('found');
        }
      }),
      { numRuns: runs(500) },
    );
  });
});
