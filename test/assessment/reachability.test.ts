import { assess } from '../../lib/assessment/assess.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import { inventory, OWN, peering, policyOf, REGION, route, SYNCED, table, vpc } from '../support/fixtures.ts';

const PCX = 'pcx-11112222';
const COMMAND = '11111111-2222-3333-4444-555555555555';
const a = vpc('vpc-a', ['10.1.0.0/16', '2001:db8:1::/56']);
const b = vpc('vpc-b', ['10.2.0.0/16', '2001:db8:2::/56']);
const NOW = new Date('2026-03-01T12:00:00Z');

/** The findings of the check, where such notes are remembered. */
function found(notes: Readonly<Record<string, string>>, policy: Record<string, unknown> = {}) {
  const memory: RegionMemory = {
    ...NOTHING_REMEMBERED,
    notes: new Map(Object.entries(notes).map(([key, value]) => [key, { value, at: 0 }])),
  };
  const read = inventory({
    vpcs: [a, b],
    peerings: [peering(PCX, a, b, { tags: SYNCED })],
    tables: [
      table('rtb-a', a, [route('10.2.0.0/16', PCX)], { optIn: '*' }),
      table('rtb-b', b, [route('10.1.0.0/16', PCX)], { optIn: '*' }),
    ],
  });
  const { findings } = assess(
    { accountId: OWN, managedRegions: [REGION], regions: [read] },
    policyOf(policy),
    new Map([[REGION, memory]]),
    NOW,
  );
  return findings
    .filter(({ kind }) => kind === 'unreachable' || kind === 'not-checked')
    .map(({ kind, detail }) => `${kind}: ${detail}`);
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
