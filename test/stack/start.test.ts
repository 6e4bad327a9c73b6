import { measureStart, startMarkdown } from '../../bench/start.ts';

it('starts each kind of one function once, with the same clients in boto3 as in the function', async () => {
  const measured = await measureStart({ runs: 1, functions: ['sweep'] });
  const [sweep] = measured.functions;
  expect(sweep?.services).toEqual(['events']);
  expect(sweep?.bytes).toBeLessThan((sweep?.plainBytes ?? 0) / 2);
  for (const { loads, starts } of [
    measured.empty,
    ...(sweep ? [sweep.ours, sweep.plain, sweep.boto3] : []),
  ]) {
    expect([loads.length, starts.length]).toEqual([1, 1]);
    expect(starts[0]).toBeGreaterThan(loads[0] ?? Number.NaN);
  }
  expect(startMarkdown(measured)).toContain('| sweep |');
});
