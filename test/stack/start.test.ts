import { measureStart, startMarkdown } from '../../bench/start.ts';

it('starts each kind of every function once, with the same clients in boto3 as in the function', async () => {
  const measured = await measureStart({ runs: 1 });
  // Others are there only where a policy asks for them, and refuse to start where it does not.
  expect(measured.functions.map(({ name }) => name)).toEqual([
    'accept-requests',
    'sync-routes',
    'check-connectivity',
    'record-connectivity',
    'sweep',
    'forward-events',
  ]);
  expect(measured.functions.find(({ name }) => name === 'sweep')?.services).toEqual(['events']);
  for (const { ours, plain, boto3, bytes, plainBytes } of measured.functions) {
    expect(bytes).toBeLessThan(plainBytes / 2);
    for (const { loads, starts } of [measured.empty, ours, plain, boto3]) {
      expect([loads.length, starts.length]).toEqual([1, 1]);
      expect(starts[0]).toBeGreaterThan(loads[0] ?? Number.NaN);
    }
  }
  expect(startMarkdown(measured)).toContain('| sweep |');
});
