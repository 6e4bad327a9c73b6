import { measureLab } from '../../bench/lab-flows.ts';
import { differences, LEAST } from '../../bench/lab-report.ts';

it('each flow of the deployed stack makes the fewest calls', async () => {
  const { calls, product, script } = await measureLab({ rounds: 1 });
  expect([product.length, script.length]).toEqual([1, 1]);
  expect(
    Object.fromEntries(
      Object.entries(LEAST).map(([flow, { calls: least }]) => [
        flow,
        differences(calls[flow as keyof typeof calls], least),
      ]),
    ),
  ).toEqual({
    accept: [],
    'drift repair': [],
    delete: [],
    'settled sweep': [],
    check: [],
  });
});
