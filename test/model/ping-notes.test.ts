import fc from 'fast-check';
import type { MemoryUpdate, Note } from '../../lib/model/memory.ts';
import { type PingNote, packed, unpacked } from '../../lib/model/ping-notes.ts';
import { runs } from '../support/runs.ts';

/** Results of pings, kept together and read one by one. */

const NOW = 1_767_225_600;

function pingNote(
  index: number,
  parts: Partial<Pick<PingNote, 'at' | 'expiresAt' | 'value'>> = {},
): PingNote {
  const { at = NOW, value = `[{"n":${index}}]` } = parts;
  const { expiresAt = at + 1000 } = parts;
  const peeringId = `pcx-${index.toString(16).padStart(8, '0')}`;
  return { kind: 'note', key: `ping ${peeringId} 10.2.1.${index % 200} same-zone`, value, at, expiresAt };
}

/** Notes as the registry has them after these updates. */
function written(notes: ReadonlyMap<string, Note>, updates: readonly MemoryUpdate[]): Map<string, Note> {
  const all = new Map(notes);
  for (const update of updates) {
    if (update.kind === 'note') all.set(update.key, { value: update.value, at: update.at });
  }
  return all;
}

const many = (count: number) => Array.from({ length: count }, (_, index) => pingNote(index));
const readable = (of: readonly PingNote[]) =>
  new Map(of.map(({ key, value, at, expiresAt }) => [key, { value, at, expiresAt }]));

it('are at most 16 items, however many there are, and are read as they were noted', () => {
  for (const count of [1, 5, 500]) {
    const updates = packed(new Map(), many(count), NOW);
    expect(updates.length).toBeLessThanOrEqual(Math.min(16, count));
    expect(unpacked(written(new Map(), updates), NOW)).toEqual(readable(many(count)));
  }
});

it('take no more room than each by itself', () => {
  const size = (updates: readonly MemoryUpdate[]) => JSON.stringify(updates).length;
  expect(size(packed(new Map(), many(50), NOW))).toBeLessThan(size(many(50)));
});

it('beside others of the same item stay, until their own end', () => {
  const first = written(new Map(), packed(new Map(), many(100), NOW));
  const later = pingNote(7, { at: NOW + 300, expiresAt: NOW + 5000, value: '["later"]' });
  const second = written(first, packed(unpacked(first, NOW + 300), [later], NOW + 300));
  expect(unpacked(second, NOW + 300)).toEqual(
    readable(many(100).map((each, index) => (index === 7 ? later : each))),
  );
  expect(unpacked(second, NOW + 1000)).toEqual(readable([later]));
});

it('that an older version noted by itself give way to newer ones, and are taken over', () => {
  const old = new Map([[pingNote(1).key, { value: '["old"]', at: NOW - 300 }]]);
  const other = pingNote(1);
  const beside = { ...other, key: `${other.key}:443` };
  const both = written(old, packed(old, [beside], NOW));
  expect(unpacked(both, NOW).get(other.key)?.value).toBe('["old"]');
  expect(unpacked(written(both, packed(unpacked(both, NOW), [other], NOW)), NOW).get(other.key)?.value).toBe(
    other.value,
  );
});

it('that are over before they are noted are no item', () => {
  expect(packed(new Map(), [pingNote(1, { expiresAt: NOW })], NOW)).toEqual([]);
});

it('are read from whatever somebody wrote there without an error, and other notes are left as they are', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (value) => {
      const notes = new Map([
        ['pings 3', { value, at: NOW }],
        ['lost pcx-11112222 10.2.1.5', { value, at: NOW }],
      ]);
      expect(unpacked(notes, NOW).get('lost pcx-11112222 10.2.1.5')).toEqual({ value, at: NOW });
      expect(unpacked(notes, NOW).has('pings 3')).toBe(false);
    }),
    { numRuns: runs(200) },
  );
});

it('are the same in whatever order they come', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(many(60), { minLength: 60 }), (shuffled) => {
      const of = (updates: readonly MemoryUpdate[]) => unpacked(written(new Map(), updates), NOW);
      expect(of(packed(new Map(), shuffled, NOW))).toEqual(of(packed(new Map(), many(60), NOW)));
    }),
    { numRuns: runs(50) },
  );
});
