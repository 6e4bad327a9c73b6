import { sinceOf } from '../../cli/since.ts';

const NOW = new Date('2026-11-28T12:00:00.000Z');

it.each([
  ['90m', '2026-11-28T10:30:00.000Z'],
  ['12h', '2026-11-28T00:00:00.000Z'],
  ['7d', '2026-11-21T12:00:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
])('--since %s begins at %s', (text, expected) => {
  expect(sinceOf(text, NOW).toISOString()).toBe(expected);
});

it.each(['', '7', '7w', '-1d', 'yesterday', '2026-13-45', '2026-11-20T10:00:00', '1'.repeat(400)])(
  'takes %s for no time',
  (text) => {
    expect(() => sinceOf(text, NOW)).toThrow('is no time');
  },
);
