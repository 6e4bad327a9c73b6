import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import { mergeResults, type PeeringHealth, type ProbeResult } from '../../lib/connectivity/results.ts';
import {
  checkedAgainNotification,
  connectivityLostNotification,
  connectivityRestoredNotification,
  lossOverNotification,
  notCheckedNotification,
  type SeenFrom,
  whoseFault,
} from '../../lib/messages/connectivity.ts';
import { network, tables, VPC_A, VPC_B } from '../connectivity/networks.ts';
import { OWN, PEER, peering, REGION } from '../support/fixtures.ts';

const PCX = 'pcx-11112222';
const NAMES = new Map([
  ['vpc-a', 'prod-core'],
  ['vpc-b', 'shared-services'],
]);
const watched = {
  peeringId: PCX,
  peering: peering(PCX, VPC_A, VPC_B),
  accountId: OWN,
  region: REGION,
  nameOf: (id: string) => NAMES.get(id),
};

function result(parts: Partial<ProbeResult> = {}): ProbeResult {
  return {
    peeringId: PCX,
    region: REGION,
    sourceInstanceId: 'i-a',
    target: '10.2.1.139',
    priceClass: 'same-zone',
    kind: 'ping',
    verdict: 'unreachable',
    reason: 'None of 5 pings was answered.',
    transmitted: 5,
    received: 0,
    ...parts,
  };
}

const SENT = new Date('2026-03-01T12:00:00Z');

const NONE: ProbeResult = {
  peeringId: PCX,
  region: REGION,
  sourceInstanceId: 'i-none',
  target: '10.2.1.139',
  priceClass: 'unknown',
  kind: 'ping',
  verdict: 'none',
  reason: 'No verdict: the command was cancelled.',
};

function health(...results: readonly ProbeResult[]): PeeringHealth {
  const [merged] = mergeResults(results, { lossThresholdPercent: 100 });
  if (merged === undefined) throw new Error('results of one peering make one health');
  return merged;
}

const lost = (...seen: readonly SeenFrom[]) => connectivityLostNotification({ ...watched, seen, before: [] });

it('a peering that people named goes by that name in the subject', () => {
  const named = { ...watched.peering, tags: { Name: 'a-to-b' } };
  const told = (peering: typeof named) =>
    connectivityLostNotification({
      ...watched,
      peering,
      seen: [{ sentAt: SENT, health: health(result()) }],
      before: [],
    });
  expect(told(named).subject).toContain(`: a-to-b (${PCX})`);
  expect(told(named).message).toContain(`${PCX} (a-to-b: `);
  expect(told({ ...named, tags: { Name: '' } }).subject).not.toContain('a-to-b');
});

describe('whoseFault', () => {
  const FAR = { accountId: PEER, region: REGION, vpcId: 'vpc-b' };
  const hidden = {
    reachable: 'not-visible',
    hops: [
      {
        name: 'route-table',
        direction: 'back',
        status: 'not-visible',
        ids: [],
        sentence: 'eni-1 is not visible.',
      },
    ],
  } as const;
  const fine = { reachable: true, hops: [] } as const;
  const peer = { accountId: PEER, verdict: 'unreachable' } as const;

  it('names what is visible from here first', () => {
    const diagnosis = diagnose(network({ routeTables: tables({ a: [] }) }), 'i-a', 'i-b');
    expect(whoseFault(diagnosis, { ...peer, fault: { hop: 'target', direction: 'there' } }, FAR)).toContain(
      'The fault is visible from here: rtb-a of subnet-a1 has no route to 10.2.1.139',
    );
  });

  it('says that this side is fine and what the other says of itself', () => {
    expect(whoseFault(hidden, { ...peer, fault: { hop: 'route-table', direction: 'there' } }, FAR)).toBe(
      `Nothing is wrong with what is visible from here. The peer account ${PEER} says that its side is at fault: a route table, on the way from its side. What people there were told names the resource.`,
    );
  });

  it.each([
    [
      hidden,
      undefined,
      `The rest lies in account ${PEER} (vpc-b, ${REGION}), which has told nothing: ask there for "peering explain".`,
    ],
    [fine, undefined, 'Look at the firewall inside the target'],
    [hidden, { accountId: PEER, verdict: 'reachable' }, 'does reach this side, so routes work both ways'],
    [hidden, { accountId: PEER, verdict: 'lossy' }, 'does reach this side, so routes work both ways'],
    [hidden, peer, 'does not reach this side either'],
    [hidden, { accountId: PEER, verdict: 'none' }, 'has no verdict of its own'],
    [undefined, undefined, 'was not looked into'],
  ] as const)('says what is left to look at (%#)', (diagnosis, theirs, text) => {
    expect(whoseFault(diagnosis, theirs, FAR)).toContain(text);
  });

  it('blames no other account where both ends are own, and says what could not be judged', () => {
    const text = whoseFault(hidden, undefined, 'own');
    expect(text).toBe(
      'Nothing is wrong with what is visible from here. This could not be judged: eni-1 is not visible.',
    );
    expect(whoseFault(undefined, undefined, 'own')).toBe('Where the pings are lost was not looked into.');
    expect(whoseFault(fine, undefined, 'own')).toContain('Look at the firewall inside the target');
  });

  it('makes text from outside printable', () => {
    expect(whoseFault(hidden, { ...peer, accountId: 'a\u001b[31m\nb' }, FAR)).toContain(
      'a\\u{1b}[31m\\u{a}b',
    );
  });
});

describe('the message that pings across a peering are lost', () => {
  it('names both ends, and says where it stops, what was measured and what to type', () => {
    const diagnosis = diagnose(network({ routeTables: tables({ b: [] }) }), 'i-a', 'i-b');
    const { subject, message } = lost({ sentAt: SENT, health: health(result(), NONE), diagnosis });
    expect(subject).toBe(`Connectivity lost: prod-core - shared-services (${PCX}), 100% loss`);
    expect(message.split('\n').filter((line) => !line.startsWith('Console:'))).toEqual([
      `Pings to 10.2.1.139 across ${PCX} (vpc-a (prod-core) - vpc-b (shared-services)) are lost (${REGION}, account ${OWN}).`,
      '',
      `The fault is visible from here: ${diagnosis.firstFailure?.sentence}`,
      '',
      `Requester: vpc-a (prod-core) in account ${OWN}, ${REGION}, 10.1.0.0/16, 2001:db8:1::/56`,
      `Accepter:  vpc-b (shared-services) in account ${OWN}, ${REGION}, 10.2.0.0/16, 2001:db8:2::/56`,
      '',
      `Seen from vpc-a (prod-core), ${REGION} at 2026-03-01 12:00 UTC: 100% loss`,
      '  i-a -> 10.2.1.139: unreachable. None of 5 pings was answered. (same Availability Zone, free of charge)',
      '  i-none -> 10.2.1.139: none. No verdict: the command was cancelled. (zones not known, so the price is not either)',
      '  1 of 2 probes gave no verdict; they do not count as loss.',
      '',
      'Hop by hop:',
      ...diagnosis.hops.map(
        ({ direction, name, status, sentence }) => `  ${status}: ${name} (${direction}): ${sentence}`,
      ),
      '',
      'Look closer: peering explain i-a 10.2.1.139',
      '',
      'Nothing more is sent while this lasts, and one message when it is over.',
      '',
    ]);
  });

  it('holds what both ends see, and the fault that one of them sees', () => {
    const diagnosis = diagnose(network({ routeTables: tables({ a: [] }) }), 'i-a', 'i-b');
    const back = result({ sourceInstanceId: 'i-b', target: '10.1.1.13' });
    const { message } = lost(
      { sentAt: SENT, health: health(back) },
      { sentAt: SENT, health: health(result()), diagnosis },
    );
    expect(message).toContain('The fault is visible from here: rtb-a');
    expect(message).toContain('i-b -> 10.1.1.13: unreachable');
    expect(message).toContain('i-a -> 10.2.1.139: unreachable');
    expect(message).toContain('Look closer: peering explain i-a 10.2.1.139');
  });

  it('says for how many checks it has been so', () => {
    const seenIn = (lostChecks: number) =>
      lost({ sentAt: SENT, health: health(result()), lostChecks }).message;
    expect(seenIn(3)).toContain('at 2026-03-01 12:00 UTC: 100% loss, for 3 checks in a row or more\n');
    expect(seenIn(1)).toContain('at 2026-03-01 12:00 UTC: 100% loss\n');
  });

  it.each([
    [{ lost: 2, withoutVerdict: 0 }, 'its last 2 checks of 10.1.1.13 were not answered either'],
    [{ lost: 1, withoutVerdict: 0 }, 'its last 1 check of 10.1.1.13 was not answered either'],
    [{ lost: 0, withoutVerdict: 3 }, 'its last 3 checks of 10.1.1.13 ended without a verdict'],
    [{ lost: 0, withoutVerdict: 0 }, '10.1.1.13 answered when it was checked last'],
  ])('says what is remembered of the other end, and from when: %j', (watch, text) => {
    const { message } = connectivityLostNotification({
      ...watched,
      seen: [{ sentAt: SENT, health: health(result()) }],
      before: [{ vpcId: 'vpc-b', target: '10.1.1.13', watch, sentAt: new Date('2026-03-01T11:40:12.345Z') }],
    });
    expect(message).toContain(`Seen from vpc-b (shared-services): ${text}, at 2026-03-01 11:40 UTC.`);
  });

  it('has the times that a ping program gives, and the price of each kind of traffic', () => {
    const times = { averageRtt: 2, rtt: { min: 1, avg: 2, max: 3, mdev: 0.5 } };
    const lossy = result({ verdict: 'lossy', reason: '1 of 3.', transmitted: 3, received: 1, ...times });
    const { subject, message } = lost({
      sentAt: SENT,
      health: health(
        { ...lossy, priceClass: 'other-zone' },
        { ...lossy, sourceInstanceId: 'i-b', priceClass: 'other-region', rtt: { min: 1, avg: 2, max: 3 } },
        result({ sourceInstanceId: 'i-c', verdict: 'reachable', received: 5, reason: 'All.', averageRtt: 1 }),
      ),
    });
    expect(subject).toContain('36.4% loss');
    expect(message).toContain('min/avg/max/mdev 1/2/3/0.5 ms. (across Availability Zones, charged)');
    expect(message).toContain('min/avg/max 1/2/3 ms. (across Regions, charged)');
    expect(message).toContain('All. 1 ms on average.');
  });

  it('points to the probe that lost most, and to none where nothing was lost', () => {
    const lossy = (sourceInstanceId: string, received: number, transmitted: number) =>
      result({ sourceInstanceId, received, transmitted, verdict: received === 0 ? 'unreachable' : 'lossy' });
    const closer = (...results: ProbeResult[]) =>
      /explain (\S+)/.exec(lost({ sentAt: SENT, health: health(...results) }).message)?.[1];
    expect(closer(lossy('i-1', 3, 4), lossy('i-2', 4, 8), lossy('i-3', 6, 10))).toBe('i-2');
    expect(closer(lossy('i-1', 2, 4), lossy('i-2', 0, 8), lossy('i-3', 1, 10))).toBe('i-2');
    expect(closer(result({ verdict: 'reachable', received: 5 }))).toBeUndefined();
  });

  it('stays readable, and within what SNS takes, however much there is', () => {
    const many = Array.from({ length: 300 }, (_, index) => result({ sourceInstanceId: `i-${index}` }));
    const { subject, message } = connectivityLostNotification({
      ...watched,
      nameOf: (id) => `${id} `.repeat(50),
      seen: [{ sentAt: SENT, health: health(...many) }],
      before: [],
    });
    expect(subject).toMatch(/^[ -~]{1,100}$/);
    expect(message).toContain('and 280 more');
  });

  it('says what it can of a peering that EC2 does not show any more', () => {
    const { subject, message } = connectivityLostNotification({
      ...watched,
      peering: undefined,
      seen: [{ sentAt: SENT, health: health(NONE) }],
      before: [],
    });
    expect(subject).toBe(`Connectivity lost: ${PCX}, no verdict`);
    expect(message).not.toContain('Requester');
  });
});

describe('the other messages of the check', () => {
  it('say that targets answer again, with what was measured', () => {
    const { subject, message } = connectivityRestoredNotification({
      ...watched,
      seen: [
        {
          sentAt: SENT,
          health: health(result({ verdict: 'reachable', received: 5, reason: 'All.', averageRtt: 2 })),
        },
      ],
    });
    expect(subject).toBe(`Connectivity restored: prod-core - shared-services (${PCX})`);
    expect(message).toContain(`Seen from vpc-a (prod-core), ${REGION} at 2026-03-01 12:00 UTC: 0% loss`);
  });

  const since = new Date('2026-03-01T12:00:00Z');

  it.each([
    ['lost', 'Its pings were lost when it was checked last.'],
    ['lost lately', 'Pings were lost when it was checked last, in fewer checks than people are told after.'],
    ['answered', 'Its pings were answered when it was checked last.'],
  ] as const)('say since when and why a peering is not checked (before: %s)', (lastPings, text) => {
    const why = 'Systems Manager does not see i-a online.';
    const { subject, message } = notCheckedNotification([
      { ...watched, vpcId: 'vpc-a', since, why, lastPings },
    ]);
    expect(subject).toBe(`Not checked any more: prod-core - shared-services (${PCX})`);
    expect(message).toContain('has not been checked from vpc-a (prod-core) since 2026-03-01 12:00 UTC');
    expect(message).toContain(why);
    expect(message).toContain(text);
  });

  it('are one for both ends of a peering, and one for many peerings', () => {
    const of = (peeringId: string, vpcId: string) => ({
      ...watched,
      peeringId,
      vpcId,
      since,
      why: `Nobody is online in ${vpcId}.`,
      lastPings: 'answered' as const,
    });
    const both = notCheckedNotification([of(PCX, 'vpc-a'), of(PCX, 'vpc-b')]);
    expect(both.subject).toBe(`Not checked any more: prod-core - shared-services (${PCX})`);
    expect(both.message).toMatch(
      /from vpc-a.*Nobody is online in vpc-a.*from vpc-b.*Nobody is online in vpc-b/s,
    );
    const many = Array.from({ length: 25 }, (_, index) => of(`pcx-${index}`, 'vpc-a'));
    const { subject, message } = notCheckedNotification(many);
    expect(subject).toBe('Not checked any more: 25 peerings');
    expect(message).toContain('And 5 more: peering status.');
    expect(checkedAgainNotification(many).subject).toBe('Checked again: 25 peerings');
  });

  it('say that what was lost is not asked any more', () => {
    const { subject, message } = lossOverNotification(watched);
    expect(subject).toBe(`No longer lost: prod-core - shared-services (${PCX})`);
    expect(message).toContain('What was lost is not asked any more');
  });

  it('say that it is checked again', () => {
    const { subject, message } = checkedAgainNotification([
      { ...watched, vpcId: 'vpc-a', since, lastPings: 'answered' },
    ]);
    expect(subject).toBe(`Checked again: prod-core - shared-services (${PCX})`);
    expect(message).toContain('It had not been since 2026-03-01 12:00 UTC.');
  });
});
