import type { Ping } from '../../ssm/ping-command.ts';
import { iputilsText, windowsText } from '../../ssm/ping-text.ts';

const PING: Ping = {
  style: 'iputils',
  target: '127.0.0.1',
  family: undefined,
  count: 2,
  intervalMs: 200,
  deadlineMs: undefined,
  size: 56,
  quiet: false,
};

const sent = (...times: (number | undefined)[]) => times.map((roundTrip) => ({ roundTrip }));

describe('iputilsText', () => {
  // Recorded with ping of iputils 20221126, but for the total time, which is the machine's.
  it('is what ping prints of two answers', () => {
    expect(iputilsText({ ping: PING, sent: sent(0.556, 0.05), ttl: 64 })).toBe(
      `PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.556 ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.050 ms

--- 127.0.0.1 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 201ms
rtt min/avg/max/mdev = 0.050/0.303/0.556/0.253 ms
`,
    );
  });

  it('is what ping prints of IPv6, and only the figures when it is quiet', () => {
    const ping = { ...PING, target: '::1', quiet: true };
    expect(iputilsText({ ping, sent: sent(0.151, 0.053), ttl: 64 })).toBe(
      `PING ::1(::1) 56 data bytes

--- ::1 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 201ms
rtt min/avg/max/mdev = 0.053/0.102/0.151/0.049 ms
`,
    );
  });

  it('is what ping prints of silence: no times, and an empty line at the end', () => {
    const ping = { ...PING, target: '10.8.0.9', count: 3, intervalMs: 1000 };
    expect(iputilsText({ ping, sent: sent(undefined, undefined, undefined), ttl: 64 })).toBe(
      `PING 10.8.0.9 (10.8.0.9) 56(84) bytes of data.

--- 10.8.0.9 ping statistics ---
3 packets transmitted, 0 received, 100% packet loss, time 2036ms

`,
    );
  });

  it.each([
    [0.0304, '0.030'],
    [0.9996, '1.000'],
    [1.234, '1.23'],
    [12.34, '12.3'],
    [123.4, '123'],
  ])('shows %d ms with as many decimals as ping does', (time, shown) => {
    expect(iputilsText({ ping: PING, sent: sent(time), ttl: 64 })).toContain(` time=${shown} ms`);
  });

  it('gives the share of lost packets as a short number', () => {
    expect(iputilsText({ ping: PING, sent: sent(1, 1, undefined), ttl: 64 })).toContain(
      '3 packets transmitted, 2 received, 33.3333% packet loss',
    );
  });
});

describe('windowsText', () => {
  const ping: Ping = { ...PING, style: 'windows', target: '10.2.1.139', size: 32 };

  it('counts answers and losses, in whole milliseconds, with Windows line ends', () => {
    expect(windowsText({ ping, sent: sent(0.4, undefined, 12.9), ttl: 128 }).split('\r\n')).toEqual([
      '',
      'Pinging 10.2.1.139 with 32 bytes of data:',
      'Reply from 10.2.1.139: bytes=32 time<1ms TTL=128',
      'Request timed out.',
      'Reply from 10.2.1.139: bytes=32 time=12ms TTL=128',
      '',
      'Ping statistics for 10.2.1.139:',
      '    Packets: Sent = 3, Received = 2, Lost = 1 (33% loss),',
      'Approximate round trip times in milli-seconds:',
      '    Minimum = 0ms, Maximum = 12ms, Average = 6ms',
      '',
    ]);
  });

  it('shows no times without an answer', () => {
    const text = windowsText({ ping, sent: sent(undefined, undefined), ttl: 128 });

    expect(text).toContain('Lost = 2 (100% loss),\r\n');
    expect(text).not.toContain('Minimum');
  });

  it('shows neither size nor TTL for IPv6', () => {
    expect(windowsText({ ping: { ...ping, target: 'fd00::1' }, sent: sent(0.2), ttl: 128 })).toContain(
      'Reply from fd00::1: time<1ms \r\n',
    );
  });
});
