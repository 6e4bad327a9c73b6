import { echo } from '../../network/deliver.ts';
import { createRandom, roundTrip, withJitter } from '../../network/timing.ts';
import { hostIn, type NetworkSettings, networkOf } from '../../testing/networks.ts';

function base(parts: NetworkSettings, destination: string): number {
  const network = networkOf(parts);
  const outcome = echo(network, 'i-a', destination);
  if (!outcome.answered) {
    throw new Error(`${destination} did not answer.`);
  }
  return roundTrip(network, outcome.from, outcome.to);
}

it('grows from the own interface over the zone and other zones to other Regions', () => {
  const neighbour = hostIn('a', { instanceId: 'i-a2', addresses: ['10.1.1.20'] });
  const times = [
    base({}, '10.1.1.10'),
    base({ more: [neighbour] }, '10.1.1.20'),
    base({}, '10.2.1.10'),
    base({ b: { region: 'eu-west-1' } }, '10.2.1.10'),
    base({ b: { region: 'ap-southeast-2' } }, '10.2.1.10'),
  ];

  expect(times).toEqual([0.03, 0.2, 0.8, 68, 95]);
});

it('is the same in both directions', () => {
  const network = networkOf({ a: { region: 'eu-west-1' } });
  const there = echo(network, 'i-a', '10.2.1.10');
  const back = echo(network, 'i-b', '10.1.1.10');

  expect(there.answered && back.answered).toBe(true);
  if (there.answered && back.answered) {
    expect(roundTrip(network, there.from, there.to)).toBe(roundTrip(network, back.from, back.to));
  }
});

it('varies a little, the same way for the same seed', () => {
  const series = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 100 }, () => withJitter(10, random));
  };

  expect(series(7)).toEqual(series(7));
  expect(series(7)).not.toEqual(series(8));
  expect(Math.min(...series(7))).toBeGreaterThanOrEqual(10);
  expect(Math.max(...series(7))).toBeLessThan(11.5);
  expect(new Set(series(7)).size).toBeGreaterThan(90);
});
