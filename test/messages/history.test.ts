import { historyAttributes, historyEventFrom, historyItem } from '../../lib/aws/history-items.ts';
import { driftEvents, handedBackEvents, routeEvents } from '../../lib/messages/history.ts';
import type { Change } from '../../lib/model/change.ts';
import type { Finding } from '../../lib/model/finding.ts';
import type { HistoryEvent } from '../../lib/model/history.ts';
import { PREFIX, REGION, table, vpc } from '../support/fixtures.ts';

const NOW = new Date('2026-11-28T12:00:00.000Z');

function change(parts: Partial<Change>): Change {
  return {
    action: 'create',
    region: REGION,
    routeTableId: 'rtb-a',
    destination: '10.2.0.0/16',
    peeringId: 'pcx-1',
    rule: 'peers',
    reason: 'It is wanted.',
    ...parts,
  };
}

describe('routes that were made', () => {
  it('are one event for each table and peering, whoever made them', () => {
    const made = [change({}), change({ destination: '10.3.0.0/16' }), change({ routeTableId: 'rtb-b' })];
    expect(routeEvents(made, 'arn:ann', NOW)).toMatchObject([
      {
        kind: 'routes',
        by: 'arn:ann',
        what: '2 routes created in rtb-a for pcx-1 by rule peers: 10.2.0.0/16, 10.3.0.0/16.',
      },
      { routeTableId: 'rtb-b', what: expect.stringContaining('1 route created') },
    ]);
  });

  it('are repairs where they mend drift, and clean-up where a peering has ended', () => {
    const kinds = [change({ mends: 'missing' }), change({ action: 'delete', mends: 'stale' })];
    expect(routeEvents(kinds, 'policy', NOW).map(({ kind }) => kind)).toEqual(['repaired', 'routes']);
  });
});

describe('routes that were handed back', () => {
  const a = vpc('vpc-a', ['10.1.0.0/16']);
  const tables = [table('rtb-a', a, [], { optIn: 'none' }), table('rtb-b', a, [], { optIn: '*' })];
  const forgotten = (routeTableId: string, destination: string, peeringId = 'pcx-1') =>
    ({ kind: 'not-own', routeTableId, destination, peeringId, rule: 'peers' }) as const;

  it('are one event for each table and peering; what is forgotten for another reason is none', () => {
    const learned = [
      forgotten('rtb-a', '10.2.0.0/16'),
      forgotten('rtb-a', '10.3.0.0/16'),
      forgotten('rtb-a', '10.4.0.0/16', 'pcx-2'),
      forgotten('rtb-b', '10.2.0.0/16'),
      forgotten('rtb-gone', '10.2.0.0/16'),
    ];
    expect(handedBackEvents(learned, { tables, tagPrefix: PREFIX }, NOW)).toEqual([
      {
        at: NOW.getTime(),
        kind: 'routes',
        peeringId: 'pcx-1',
        routeTableId: 'rtb-a',
        what: "2 routes in rtb-a for pcx-1 are not the product's own any more: 10.2.0.0/16, 10.3.0.0/16.",
        why: 'The table is tagged peering-autopilot:routes = none, which hands it back.',
      },
      expect.objectContaining({
        peeringId: 'pcx-2',
        what: expect.stringMatching(/^1 route in rtb-a for pcx-2 is not/),
      }),
    ]);
  });
});

describe('drift', () => {
  const finding: Finding = {
    kind: 'missing',
    region: REGION,
    routeTableId: 'rtb-a',
    destination: '10.2.0.0/16',
    peeringId: 'pcx-1',
    detail: 'It is gone.',
    repairable: true,
  };

  it('says who did it where that is known', () => {
    expect(driftEvents([finding], () => 'arn:bob (DeleteRoute)', NOW)).toEqual([
      {
        at: NOW.getTime(),
        kind: 'drift',
        peeringId: 'pcx-1',
        routeTableId: 'rtb-a',
        by: 'arn:bob (DeleteRoute)',
        what: 'Found missing: 10.2.0.0/16 in rtb-a.',
        why: 'It is gone.',
      },
    ]);
  });

  it('is counted where there is too much of it', () => {
    const many = Array.from({ length: 60 }, () => finding);
    const events = driftEvents(many, () => undefined, NOW);
    expect(events).toHaveLength(51);
    expect(events.at(-1)?.what).toBe('Found 10 differences more.');
  });
});

describe('an event in the table', () => {
  const event: HistoryEvent = {
    at: NOW.getTime(),
    kind: 'drift',
    peeringId: 'pcx-1',
    by: 'ann\u202e',
    what: 'Something\nhappened.',
    why: '',
  };

  it('is read as it was written, with nothing in it that could mislead', () => {
    expect(historyEventFrom(historyAttributes(event))).toEqual({
      ...event,
      by: 'ann\\u{202e}',
      what: 'Something\\u{a}happened.',
    });
  });

  it('ends 90 days later, and has one name however often it is written', () => {
    expect(historyAttributes(event).expires).toEqual({ N: String(NOW.getTime() / 1000 + 90 * 86_400) });
    expect(historyItem(event)).toBe('2026-11-28T12:00:00.000Z#drift#pcx-1##Something\\u{a}happened.');
    expect(Buffer.byteLength(historyItem({ ...event, what: 'ä'.repeat(5000) }))).toBeLessThan(1024);
  });

  it.each([
    {},
    { kind: { S: 'other' }, what: { S: 'x' }, at: { N: '1' } },
    { kind: { S: 'drift' }, what: { S: 'x' } },
  ])('is nothing where another version wrote %j', (item) => {
    expect(historyEventFrom(item as never)).toBeUndefined();
  });
});
