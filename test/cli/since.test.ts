import { sinceOf } from '../../cli/since.ts';

const NOW = new Date('2026-11-28T12:00:00.000Z');

it.each([
  ['90m', '2026-11-28T10:30:00.000Z'],
  ['12h', '2026-11-28T00:00:00.000Z'],
  ['7d', '2026-11-21T12:00:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
  ['2026-11-20T10:00:00.5Z', '2026-11-20T10:00:00.000Z'],
  ['2026-11-20 10:00 UTC', '2026-11-20T10:00:00.000Z'],
])('--since %s begins at %s', (text, expected) => {
  expect(sinceOf(text, NOW).toISOString()).toBe(expected);
});

it.each(['', '7', '7w', '-1d', 'yesterday', '2026-13-45', '2026-11-20T10:00:00', '1'.repeat(400)])(
  'takes %s for no time',
  (text) => {
    expect(() => sinceOf(text, NOW)).toThrow('is no time');
  },
);

it('says what was meant by a time that is written in another way', () => {
  expect(() => sinceOf('2026-11-20T10:00:00', NOW)).toThrow(
    '--since 2026-11-20T10:00:00 is no time; write 90m, 12h, 7d, 2026-11-28 or 2026-11-28T12:00:00Z. Did you mean 2026-11-20T10:00:00Z?',
  );
});
