import { utc, utcToTheSecond } from '../../lib/model/utc.ts';

it('times are written for people, to the minute or to the second', () => {
  const date = new Date('2026-03-08T12:00:30.123Z');
  expect([utc(date), utcToTheSecond(date)]).toEqual(['2026-03-08 12:00 UTC', '2026-03-08 12:00:30 UTC']);
});

it('what is no time is said to be none', () => {
  const none = new Date(Number.NaN);
  expect([utc(none), utcToTheSecond(none)]).toEqual(['an unknown time', 'an unknown time']);
});
