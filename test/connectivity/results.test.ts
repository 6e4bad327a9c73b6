import fc from 'fast-check';
import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import { parsePing } from '../../lib/connectivity/ping-output.ts';
import {
  connectivityLostNotification,
  connectivityRestoredNotification,
  mergeResults,
  type ProbeResult,
  resultOf,
  whoseFault,
} from '../../lib/connectivity/results.ts';
import { verdictOf } from '../../lib/connectivity/verdict.ts';
import { OWN, PEER, REGION } from '../support/fixtures.ts';
import { network, tables } from './networks.ts';

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

describe('whoseFault', () => {
  const hidden = { reachable: 'not-visible' } as const;
  const fine = { reachable: true } as const;
  const peer = { accountId: PEER, verdict: 'unreachable' } as const;

  it('names what is visible from here first', () => {
    const diagnosis = diagnose(network({ routeTables: tables({ a: [] }) }), 'i-a', 'i-b');
    expect(whoseFault(diagnosis, { ...peer, fault: { hop: 'target', direction: 'there' } })).toContain(
      'The fault is visible from here: rtb-a of subnet-a1 has no route to 10.2.1.139',
    );
  });

  it('says that this side is fine and what the other says of itself', () => {
    expect(whoseFault(hidden, { ...peer, fault: { hop: 'route-table', direction: 'there' } })).toBe(
      `Nothing is wrong with what is visible from here. The peer account ${PEER} says that its side is at fault: a route table, on the way from its side. What people there were told names the resource.`,
    );
  });

  it.each([
    [hidden, undefined, 'The rest lies in the peer account, which has told nothing.'],
    [fine, undefined, 'Look at the firewall inside the target'],
    [hidden, { accountId: PEER, verdict: 'reachable' }, 'does reach this side, so routes work both ways'],
    [hidden, { accountId: PEER, verdict: 'lossy' }, 'does reach this side, so routes work both ways'],
    [hidden, peer, 'does not reach this side either'],
    [hidden, { accountId: PEER, verdict: 'none' }, 'has no verdict of its own'],
    [undefined, undefined, 'was not looked into'],
  ] as const)('says what is left to look at (%#)', (diagnosis, theirs, text) => {
    expect(whoseFault(diagnosis, theirs)).toContain(text);
  });

  it('makes text from outside printable', () => {
    expect(whoseFault(hidden, { ...peer, accountId: 'a\u001b[31m\nb' })).toContain('a\\u{1b}[31m\\u{a}b');
  });
});

describe('connectivityLostNotification', () => {
  const [health] = mergeResults([LOST, NONE], POLICY);
  if (health === undefined) {
    throw new Error('two results of one peering make one health');
  }

  it('says where it stops, what was measured and what to type', () => {
    const diagnosis = diagnose(network({ routeTables: tables({ b: [] }) }), 'i-a', 'i-b');
    const { subject, message } = connectivityLostNotification(health, { accountId: OWN, diagnosis });
    expect(subject).toBe('Connectivity lost: pcx-ab in us-east-1, 100% loss');
    expect(message).toContain('The fault is visible from here: rtb-b of subnet-b1 has no route to 10.1.1.13');
    expect(message).toContain('  fails: route-table (back): rtb-b');
    expect(message).toContain('  i-a -> 10.2.1.139: unreachable. None of 5 pings was answered.');
    expect(message).toContain('same Availability Zone, free of charge');
    expect(message).toContain('1 of 2 probes gave no verdict; they do not count as loss.');
    expect(message).toContain('Look closer: peering explain i-a 10.2.1.139');
  });

  const wide = (parts: Partial<ProbeResult>[]) => mergeResults(parts.map(result), POLICY)[0] ?? health;

  it('is laid out to be read at a glance', () => {
    const diagnosis = diagnose(network({ routeTables: tables({ a: [] }) }), 'i-a', 'i-b');
    const { message } = connectivityLostNotification(health, { accountId: OWN, diagnosis });
    expect(message.split('\n')).toEqual([
      `Pings across pcx-ab (us-east-1, account ${OWN}) are lost: 100% loss.`,
      '',
      `The fault is visible from here: ${diagnosis.firstFailure?.sentence}`,
      '',
      'Hop by hop:',
      ...diagnosis.hops.map(({ name, status, sentence }) => `  ${status}: ${name} (there): ${sentence}`),
      '',
      'Results:',
      '  i-a -> 10.2.1.139: unreachable. None of 5 pings was answered. 1 ms on average. (same Availability Zone, free of charge)',
      '  i-none -> 10.2.1.139: none. No verdict: the command was cancelled. (zones not known)',
      '',
      '1 of 2 probes gave no verdict; they do not count as loss.',
      '',
      'Look closer: peering explain i-a 10.2.1.139',
      '',
    ]);
  });

  it('leaves out what there is nothing to say about', () => {
    const lost = wide([
      { verdict: 'lossy', reason: '1 of 3.', transmitted: 3, received: 1, priceClass: 'other-zone' },
      { sourceInstanceId: 'i-b', priceClass: 'other-region' },
    ]);
    expect(connectivityLostNotification(lost, { accountId: OWN }).message.split('\n')).toEqual([
      `Pings across pcx-ab (us-east-1, account ${OWN}) are lost: 25% loss.`,
      '',
      'Where the pings are lost was not looked into. The rest lies in the peer account, which has told nothing.',
      '',
      'Results:',
      '  i-a -> 10.2.1.139: lossy. 1 of 3. 1 ms on average. (across Availability Zones, charged)',
      '  i-b -> 10.2.1.139: reachable. All 5 pings were answered. 1 ms on average. (across Regions, charged)',
      '',
      'Look closer: peering explain i-a 10.2.1.139',
      '',
    ]);
    const fine = connectivityLostNotification(wide([{}]), { accountId: OWN }).message;
    expect(fine).not.toContain('Look closer');
    const [mixed = health] = mergeResults([result(), NONE], POLICY);
    expect(connectivityLostNotification(mixed, { accountId: OWN }).message).not.toContain('Look closer');
  });

  it('shows twenty results and counts the others', () => {
    const many = (count: number) =>
      connectivityLostNotification(
        wide(Array.from({ length: count }, (_, index) => ({ ...LOST, target: `10.2.1.${100 + index}` }))),
        { accountId: OWN },
      ).message;
    expect(many(20)).not.toContain(' more');
    expect(many(22).split('\n').slice(23, 27)).toEqual([
      expect.stringContaining('10.2.1.118'),
      expect.stringContaining('10.2.1.119'),
      '  and 2 more',
      '',
    ]);
  });

  it('points to the probe that lost most', () => {
    const lossy = (sourceInstanceId: string, received: number, transmitted: number) => ({
      sourceInstanceId,
      received,
      transmitted,
      verdict: received === 0 ? ('unreachable' as const) : ('lossy' as const),
    });
    const closer = (...parts: Partial<ProbeResult>[]) =>
      /explain (\S+)/.exec(connectivityLostNotification(wide(parts), { accountId: OWN }).message)?.[1];
    expect(closer(lossy('i-1', 3, 4), lossy('i-2', 4, 8), lossy('i-3', 6, 10))).toBe('i-2');
    expect(closer(lossy('i-1', 2, 4), lossy('i-2', 0, 8), lossy('i-3', 1, 10))).toBe('i-2');
    expect(closer(lossy('i-1', 1, 2), lossy('i-2', 2, 5), lossy('i-3', 5, 6))).toBe('i-2');
    expect(closer({}, lossy('i-2', 9, 10))).toBe('i-2');
  });

  it('rounds what is lost, and says where nothing was measured', () => {
    const third = wide([{ transmitted: 3, received: 2, verdict: 'lossy' }]);
    expect(connectivityLostNotification(third, { accountId: OWN }).subject).toBe(
      'Connectivity lost: pcx-ab in us-east-1, 33.3% loss',
    );
    const [silent = health] = mergeResults([NONE], POLICY);
    expect(connectivityLostNotification(silent, { accountId: OWN }).subject).toBe(
      'Connectivity lost: pcx-ab in us-east-1, no verdict',
    );
  });

  it('has a counterpart for when the target answers again', () => {
    const many = wide(
      Array.from({ length: 21 }, (_, index) => ({ target: `10.2.1.${100 + index}`, averageRtt: 2 })),
    );
    const { subject, message } = connectivityRestoredNotification(many, OWN);
    expect(subject).toBe('Connectivity restored: pcx-ab in us-east-1, 0% loss');
    expect(message.split('\n')).toEqual([
      `Pings across pcx-ab (us-east-1, account ${OWN}) are answered again: 0% loss.`,
      '',
      'Results:',
      ...many.results
        .slice(0, 20)
        .map(
          ({ target }) =>
            `  i-a -> ${target}: reachable. All 5 pings were answered. 2 ms on average. (same Availability Zone, free of charge)`,
        ),
      '',
    ]);
  });

  it('stays within what SNS takes, however many results there are', () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      result({
        peeringId: 'p'.repeat(200),
        sourceInstanceId: `i-${index}`,
        verdict: 'unreachable',
        received: 0,
      }),
    );
    for (const each of mergeResults(many, POLICY)) {
      const { subject, message } = connectivityLostNotification(each, { accountId: OWN });
      expect(subject).toMatch(/^[ -~]{1,100}$/);
      expect(message).toContain('and 280 more');
    }
  });
});
