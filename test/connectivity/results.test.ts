import fc from 'fast-check';
import { parsePing } from '../../lib/connectivity/ping-output.ts';
import { mergeResults, type ProbeResult, resultOf } from '../../lib/connectivity/results.ts';
import { verdictOf } from '../../lib/connectivity/verdict.ts';
import { REGION } from '../support/fixtures.ts';

const POLICY = { lossThresholdPercent: 100 };

function result(parts: Partial<ProbeResult> = {}): ProbeResult {
  return {
    peeringId: 'pcx-ab',
    region: REGION,
    sourceInstanceId: 'i-a',
    target: '10.2.1.139',
    priceClass: 'same-zone',
    kind: 'ping',
    verdict: 'reachable',
    reason: 'All 5 pings were answered.',
    transmitted: 5,
    received: 5,
    averageRtt: 1,
    ...parts,
  };
}

const NONE: ProbeResult = {
  peeringId: 'pcx-ab',
  region: REGION,
  sourceInstanceId: 'i-none',
  target: '10.2.1.139',
  priceClass: 'unknown',
  kind: 'ping',
  verdict: 'none',
  reason: 'No verdict: the command was cancelled.',
};

const LOST = result({ verdict: 'unreachable', reason: 'None of 5 pings was answered.', received: 0 });

describe('resultOf', () => {
  it('takes numbers only where there is a verdict', () => {
    const ping = parsePing(
      [
        'PING 10.2.1.139 (10.2.1.139) 56(84) bytes of data.',
        '64 bytes from 10.2.1.139: icmp_seq=1 ttl=64 time=0.5 ms',
        '',
        '--- 10.2.1.139 ping statistics ---',
        '2 packets transmitted, 1 received, 50% packet loss, time 1001ms',
        'rtt min/avg/max/mdev = 0.5/0.5/0.5/0.0 ms',
      ].join('\n'),
    );
    const probe = result();
    expect(resultOf(probe, verdictOf('Success', 'Success', ping), ping)).toMatchObject({
      verdict: 'lossy',
      transmitted: 2,
      received: 1,
      averageRtt: 0.5,
      priceClass: 'same-zone',
      kind: 'ping',
    });
    const { rtt: _, ...untimed } = ping;
    expect(resultOf(probe, verdictOf('Success', 'Success', untimed), untimed)).not.toHaveProperty(
      'averageRtt',
    );
    const { transmitted: __, ...uncounted } = ping;
    for (const numberless of [uncounted, undefined]) {
      expect(resultOf(probe, { verdict: 'reachable', reason: 'ok' }, numberless)).not.toHaveProperty(
        'received',
      );
    }
    const cancelled = resultOf(probe, verdictOf('Cancelled', 'Canceled', ping), ping);
    expect(cancelled.verdict).toBe('none');
    expect(cancelled).not.toHaveProperty('received');
  });
});

describe('mergeResults', () => {
  it('adds up pings and weighs times by answers', () => {
    const results = [
      result({ received: 5, averageRtt: 1 }),
      result({ sourceInstanceId: 'i-a2', verdict: 'lossy', received: 1, averageRtt: 7 }),
    ];
    const [health] = mergeResults(results, POLICY);
    expect(health).toMatchObject({
      verdict: 'lossy',
      lossPercent: 40,
      averageRtt: 2,
      withoutVerdict: 0,
      failed: false,
    });
  });

  it('names no time where none was measured, and counts no ping for a time it has not', () => {
    const { averageRtt: _, ...untimed } = result();
    expect(mergeResults([untimed], POLICY)[0]).not.toHaveProperty('averageRtt');
    const other = result({ sourceInstanceId: 'i-a2', averageRtt: 3 });
    expect(mergeResults([untimed, other], POLICY)[0]).toMatchObject({ averageRtt: 3, lossPercent: 0 });
  });

  it('does not count probes without verdict as loss, nor as success', () => {
    expect(mergeResults([result(), NONE], POLICY)).toMatchObject([
      { verdict: 'reachable', lossPercent: 0, withoutVerdict: 1, failed: false },
    ]);
    const [nothing] = mergeResults([NONE], POLICY);
    expect(nothing).toMatchObject({ verdict: 'none', withoutVerdict: 1, failed: false });
    expect(nothing).not.toHaveProperty('lossPercent');
  });

  it('fails from the threshold of the policy on', () => {
    expect(mergeResults([LOST], POLICY)[0]).toMatchObject({
      verdict: 'unreachable',
      lossPercent: 100,
      failed: true,
    });
    const half = result({ verdict: 'lossy', transmitted: 4, received: 2 });
    expect(mergeResults([half], { lossThresholdPercent: 50 })[0]?.failed).toBe(true);
    expect(mergeResults([half], { lossThresholdPercent: 51 })[0]?.failed).toBe(false);
  });

  it('keeps peerings and Regions apart', () => {
    const results = [result({ peeringId: 'pcx-2' }), LOST, result({ region: 'eu-west-1' })];
    expect(
      mergeResults(results, POLICY).map(({ region, peeringId, verdict }) => [region, peeringId, verdict]),
    ).toEqual([
      ['eu-west-1', 'pcx-ab', 'reachable'],
      [REGION, 'pcx-2', 'reachable'],
      [REGION, 'pcx-ab', 'unreachable'],
    ]);
  });

  it('counts a repeated result once', () => {
    expect(mergeResults([result(), LOST, LOST], POLICY)[0]).toMatchObject({ lossPercent: 100 });
    const others = [{ target: '10.2.1.140' }, { sourceInstanceId: 'i-a2' }].map((each) => result(each));
    expect(mergeResults([LOST, ...others], POLICY)[0]?.results).toHaveLength(3);
  });

  it('comes to the same in whatever order results arrive', () => {
    const any = fc
      .record({
        peeringId: fc.constantFrom('pcx-1', 'pcx-2'),
        sourceInstanceId: fc.constantFrom('i-1', 'i-2', 'i-3'),
        target: fc.constantFrom('10.2.0.1', '10.2.0.2'),
        transmitted: fc.integer({ min: 1, max: 10 }),
        missing: fc.integer({ min: 0, max: 10 }),
      })
      .map(({ missing, ...parts }) => {
        const received = Math.max(0, parts.transmitted - missing);
        const verdict =
          received === 0 ? 'unreachable' : received < parts.transmitted ? ('lossy' as const) : 'reachable';
        return result({ ...parts, received, verdict });
      });
    const unique = fc.uniqueArray(any, {
      selector: ({ peeringId, sourceInstanceId, target }) => `${peeringId} ${sourceInstanceId} ${target}`,
    });
    fc.assert(
      fc.property(unique, (results) => {
        const merged = mergeResults(results, POLICY);
        expect(mergeResults(results.toReversed(), POLICY)).toEqual(merged);
        for (const { verdict, lossPercent } of merged) {
          expect(verdict).toBe(
            lossPercent === 0 ? 'reachable' : lossPercent === 100 ? 'unreachable' : 'lossy',
          );
        }
      }),
    );
  });
});
