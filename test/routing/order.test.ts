import fc from 'fast-check';
import type { ChangeAction } from '../../lib/model/change.ts';
import { overlaps, parseCidr } from '../../lib/network/cidr.ts';
import { orderChanges, type Step } from '../../lib/routing/order.ts';
import { REGION, route } from '../support/fixtures.ts';

function step(action: ChangeAction, destination: string, state: 'active' | 'blackhole' = 'active'): Step {
  return {
    cidr: parseCidr(destination),
    change: {
      action,
      region: REGION,
      routeTableId: 'rtb-1',
      destination,
      peeringId: 'pcx-1',
      reason: 'test',
      ...(action === 'create' ? {} : { seen: route(destination, 'pcx-2', { state }) }),
    },
  };
}

function text(steps: readonly Step[]): string[] {
  return steps.map(({ change }) => `${change.action} ${change.destination}`);
}

const PLENTY = { ipv4: 500, ipv6: 500 };

describe('orderChanges', () => {
  it('creates, then replaces, then deletes', () => {
    const ordered = orderChanges(
      {
        creates: [step('create', '10.1.0.0/16')],
        replaces: [step('replace', '10.2.0.0/16')],
        deletes: [step('delete', '10.3.0.0/16')],
      },
      PLENTY,
    );
    expect(text(ordered.steps)).toEqual(['create 10.1.0.0/16', 'replace 10.2.0.0/16', 'delete 10.3.0.0/16']);
  });

  it('makes room in a full table with a delete that opens no gap', () => {
    const ordered = orderChanges(
      {
        creates: [step('create', '10.1.0.0/16'), step('create', '10.4.0.0/16')],
        replaces: [],
        deletes: [step('delete', '10.3.0.0/16')],
      },
      { ipv4: 0, ipv6: 0 },
    );
    expect(text(ordered.steps)).toEqual(['delete 10.3.0.0/16', 'create 10.1.0.0/16']);
    expect(text(ordered.overLimit)).toEqual(['create 10.4.0.0/16']);
    expect(ordered.stillWaiting).toEqual([]);
  });

  it('holds back a delete that its own replacements wait for, unless it is a blackhole', () => {
    const halves = [step('create', '10.1.0.0/17'), step('create', '10.1.128.0/17')];
    const full = { ipv4: 0, ipv6: 0 };
    const working = step('delete', '10.1.0.0/16');
    const held = orderChanges({ creates: halves, replaces: [], deletes: [working] }, full);
    expect(held.steps).toEqual([]);
    expect(held.overLimit).toEqual(halves);
    expect(held.stillWaiting).toEqual([working]);

    const dead = step('delete', '10.1.0.0/16', 'blackhole');
    const freed = orderChanges({ creates: halves, replaces: [], deletes: [dead] }, full);
    expect(text(freed.steps)).toEqual(['delete 10.1.0.0/16', 'create 10.1.0.0/17']);
  });

  it('frees as many places as a table holds too many', () => {
    const ordered = orderChanges(
      {
        creates: [step('create', '10.1.0.0/16')],
        replaces: [],
        deletes: [step('delete', '10.3.0.0/16'), step('delete', '10.5.0.0/16')],
      },
      { ipv4: -1, ipv6: 0 },
    );
    expect(text(ordered.steps)).toEqual(['delete 10.3.0.0/16', 'delete 10.5.0.0/16', 'create 10.1.0.0/16']);
  });

  it('counts IPv4 and IPv6 apart', () => {
    const ordered = orderChanges(
      {
        creates: [step('create', '10.1.0.0/16'), step('create', '2001:db8::/56')],
        replaces: [],
        deletes: [],
      },
      { ipv4: 0, ipv6: 1 },
    );
    expect(text(ordered.steps)).toEqual(['create 2001:db8::/56']);
    expect(text(ordered.overLimit)).toEqual(['create 10.1.0.0/16']);
  });

  it('never exceeds the room, never opens a gap, and has nothing more to do the next time', () => {
    const destination = fc.constantFrom(
      ...[
        '10.0.0.0/15',
        '10.0.0.0/16',
        '10.1.0.0/16',
        '10.0.0.0/17',
        '10.0.128.0/17',
        '10.1.0.0/17',
        '10.2.0.0/16',
      ],
      ...['10.3.0.0/16', '10.4.0.0/16', '2001:db8::/48', '2001:db8::/56', '2001:db8:1::/48'],
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({
            destination,
            action: fc.constantFrom<ChangeAction[]>('create', 'delete'),
            state: fc.constantFrom<('active' | 'blackhole')[]>('active', 'active', 'blackhole'),
          }),
          { selector: (item) => item.destination },
        ),
        fc.record({ ipv4: fc.integer({ min: -2, max: 4 }), ipv6: fc.integer({ min: -2, max: 4 }) }),
        (items, room) => {
          const steps = items.map((item) => step(item.action, item.destination, item.state));
          const only = (action: ChangeAction) => steps.filter(({ change }) => change.action === action);
          const ordered = orderChanges(
            { creates: only('create'), replaces: [], deletes: only('delete') },
            room,
          );
          expect(new Set([...ordered.steps, ...ordered.overLimit, ...ordered.stillWaiting])).toEqual(
            new Set(steps),
          );

          const left = { ...room };
          const outstanding = new Set(only('create'));
          for (const done of ordered.steps) {
            if (done.change.action === 'create') {
              left[done.cidr.family] -= 1;
              expect(left[done.cidr.family]).toBeGreaterThanOrEqual(0);
              outstanding.delete(done);
              continue;
            }
            left[done.cidr.family] += 1;
            if (done.change.seen?.state === 'active') {
              expect([...outstanding].filter(({ cidr }) => overlaps(cidr, done.cidr))).toEqual([]);
            }
          }
          const again = orderChanges(
            { creates: ordered.overLimit, replaces: [], deletes: ordered.stillWaiting },
            left,
          );
          expect(again.steps).toEqual([]);
        },
      ),
    );
  });
});
