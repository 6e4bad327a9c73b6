import { assess } from '../../lib/assessment/assess.ts';
import { driftMetrics } from '../../lib/assessment/metrics.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import { inventory, OWN, peering, policyOf, REGION, route, SYNCED, table, vpc } from '../support/fixtures.ts';

const PCX = 'pcx-11112222';
const COMMAND = '11111111-2222-3333-4444-555555555555';
const a = vpc('vpc-a', ['10.1.0.0/16', '2001:db8:1::/56']);
const b = vpc('vpc-b', ['10.2.0.0/16', '2001:db8:2::/56']);
const NOW = new Date('2026-03-01T12:00:00Z');

const SECONDS = NOW.getTime() / 1000;

/** The findings of the check, where such notes were remembered so many minutes ago. */
function assessed(
  notes: Readonly<Record<string, readonly [value: string, minutesAgo: number]>>,
  policy: Record<string, unknown> = {},
  more: Partial<RegionMemory> = {},
) {
  const memory: RegionMemory = {
    ...NOTHING_REMEMBERED,
    notes: new Map(
      Object.entries(notes).map(([key, [value, minutes]]) => [key, { value, at: SECONDS - minutes * 60 }]),
    ),
    ...more,
  };
  const read = inventory({
    vpcs: [a, b],
    peerings: [peering(PCX, a, b, { tags: SYNCED })],
    tables: [
      table('rtb-a', a, [route('10.2.0.0/16', PCX)], { optIn: '*' }),
      table('rtb-b', b, [route('10.1.0.0/16', PCX)], { optIn: '*' }),
    ],
  });
  return assess(
    { accountId: OWN, managedRegions: [REGION], regions: [read] },
    policyOf(policy),
    new Map([[REGION, memory]]),
    NOW,
  ).findings.filter(({ kind }) => kind === 'unreachable' || kind === 'not-checked');
}

function found(notes: Readonly<Record<string, string>>, policy: Record<string, unknown> = {}) {
  const now = Object.fromEntries(Object.entries(notes).map(([key, value]) => [key, [value, 0] as const]));
  return assessed(now, policy).map(({ kind, detail }) => `${kind}: ${detail}`);
}

describe('what the connectivity check remembers', () => {
  it.each([
    ['a ping', 'same-zone', `3 ${COMMAND} 0 i-a`, 'ping of 10.2.1.5', 'i-a 10.2.1.5'],
    [
      'a port',
      'same-zone:5432',
      `3 ${COMMAND} 0 i-a:5432`,
      'TCP 5432 of 10.2.1.5',
      'i-a 10.2.1.5 --port 5432',
    ],
    ['what an older version noted', undefined, `3 ${COMMAND}`, 'ping of 10.2.1.5', 'vpc-a 10.2.1.5'],
  ])('is a finding that says what is lost and what to type: %s', (_what, part, value, what, command) => {
    const key = ['lost', PCX, '10.2.1.5', ...(part === undefined ? [] : [part])].join(' ');
    expect(found({ [key]: value })).toEqual([
      `unreachable: Lost from vpc-a across ${PCX}, in 3 checks in a row or more: ${what}. Where: peering explain ${command}`,
    ]);
  });

  it('is a finding of the end from which it is lost, in both address families', () => {
    const notes = {
      [`lost ${PCX} 10.1.1.5 same-zone`]: `3 ${COMMAND} 0 i-b`,
      [`lost ${PCX} 2001:db8:1::5 same-zone`]: `3 ${COMMAND} 0 i-b`,
    };
    expect(found(notes)).toEqual([
      expect.stringContaining(
        'Lost from vpc-b across pcx-11112222, in 3 checks in a row or more: ping of 10.1.1.5, ping of 2001:db8:1::5.',
      ),
    ]);
  });

  it('is none below the number of checks that the policy asks for, nor of addresses that no end has', () => {
    expect(found({ [`lost ${PCX} 10.2.1.5 same-zone`]: `2 ${COMMAND} 0 i-a` })).toEqual([]);
    expect(found({ [`lost ${PCX} 10.99.1.5 same-zone`]: `3 ${COMMAND} 0 i-a` })).toEqual([]);
    expect(found({ [`lost ${PCX} nonsense same-zone`]: `3 ${COMMAND} 0 i-a` })).toEqual([]);
  });

  it('is shown as it was where the policy observes: nothing is sent then', () => {
    const notes = { [`lost ${PCX} 10.2.1.5 same-zone`]: `3 ${COMMAND} 0 i-a` };
    expect(found(notes)[0]).not.toContain('observe');
    expect(found(notes, { mode: 'observe' })).toEqual([
      expect.stringContaining('as it was when it was checked last: the policy says mode: observe'),
    ]);
  });
});

describe('a check that stopped', () => {
  const LOST = `lost ${PCX} 10.2.1.5 same-zone`;
  const PING = `ping ${PCX} 10.2.1.5 same-zone`;
  const kinds = (...args: Parameters<typeof assessed>) => assessed(...args).map(({ kind }) => kind);
  const DAY = 24 * 60;

  it('is told of each end that was checked, with since when and what was seen last', () => {
    const found = assessed({ [LOST]: [`1 ${COMMAND} 0 i-a`, 2 * DAY] });
    expect(found).toMatchObject([{ kind: 'not-checked', vpcId: 'vpc-a', checkStopped: true }]);
    expect(found[0]?.detail).toBe(
      `${PCX} has not been checked from vpc-a since 2026-02-27 12:00 UTC, and it was before. No result has come since then, although the policy asks for a check at rate(5 minutes): check-connectivity does not run, or fails, or nothing reads its results. The last result was a loss. Run: peering doctor, and peering logs check-connectivity.`,
    );
    expect(driftMetrics(found)).toMatchObject({ RouteDrift: 0, RouteDriftUnrepaired: 1 });
  });

  it.each([
    ['as many checks as the policy waits for, and 15 minutes more', [30, 29], {}, []],
    ['longer', [31, 31], {}, ['not-checked']],
    ['longer, where the policy waits for more checks', [31, 31], { connectivity: { periods: 6 } }, []],
    [
      'longer, where checks lie further apart',
      [200, 150],
      { schedules: { connectivity: 'rate(1 hour)' } },
      [],
    ],
    [
      'a weekend, where the schedule is a cron expression',
      [4000, 4000],
      { schedules: { connectivity: 'cron(0 8 ? * MON-FRI *)' } },
      [],
    ],
    ['longer, where the mode is observe and nothing is sent', [9000, 9000], { mode: 'observe' }, []],
  ] as const)('is judged by the last result: none for %s', (_, [lost, ping], policy, kindsFound) => {
    expect(kinds({ [LOST]: [`0 ${COMMAND} 0`, lost], [PING]: ['[]', ping] }, policy)).toEqual(kindsFound);
  });

  it('is not concluded from notes of losses alone, which are written once a day, before that day is over', () => {
    expect(kinds({ [LOST]: [`0 ${COMMAND} 0`, DAY] })).toEqual([]);
    expect(kinds({ [LOST]: [`0 ${COMMAND} 0`, DAY + 31] })).toEqual(['not-checked']);
  });

  it('says so of an end that was not checked before for another reason, only when that is old, too', () => {
    const blind = `blind ${PCX} vpc-a`;
    const why = `3 ${SECONDS - DAY * 120} i-a is stopped.`;
    const notes = (noted: number) => ({
      [LOST]: [`0 ${COMMAND} 0`, 2 * DAY] as const,
      [blind]: [why, noted] as const,
    });
    expect(assessed(notes(DAY))).toMatchObject([{ detail: expect.stringContaining('i-a is stopped.') }]);
    expect(assessed(notes(DAY))[0]?.checkStopped).toBeUndefined();
    expect(assessed(notes(2 * DAY))).toMatchObject([{ checkStopped: true }]);
  });

  it('is not concluded from the age of a snapshot that says when it was saved', () => {
    const notes = { [LOST]: [`0 ${COMMAND} 0`, 9 * DAY], [PING]: ['[]', 9 * DAY] } as const;
    expect(kinds(notes)).toEqual(['not-checked']);
    expect(kinds(notes, {}, { readAt: new Date(NOW.getTime() - 9 * DAY * 60_000) })).toEqual([]);
  });

  it('says nothing of what was never checked', () => {
    expect(kinds({})).toEqual([]);
  });
});
