import { mendedText } from '../../lib/report/outcome.ts';

/** By whom drift is mended, as its last line says it. */

it.each([
  [{ byApply: 0, bySweep: 0 }, '0 of 3 can be mended by peering apply.'],
  [{ byApply: 2, bySweep: 0 }, '2 of 3 can be mended by peering apply.'],
  [
    { byApply: 2, bySweep: 1 },
    '2 of 3 can be mended by peering apply, and 1 of these by the next sweep of the stack. Should that not mend it, peering doctor says what keeps the stack from it.',
  ],
  [
    { byApply: 2, bySweep: 2 },
    '2 of 3 can be mended by peering apply, or by the next sweep of the stack. Should that not mend it, peering doctor says what keeps the stack from it.',
  ],
])('of what was read: %j', (counts, says) => {
  expect(mendedText({ findings: 3, ...counts, read: 'all' })).toBe(says);
});

it('promises nothing of apply, which refuses, nor of a sweep without the registry', () => {
  const says = mendedText({ findings: 1, byApply: 1, bySweep: 0, read: 'not all' });
  expect(says).toMatch(/^0 of 1 can be mended now: peering apply changes nothing/);
  expect(says).not.toContain('by the next sweep');
  expect(says).toContain('peering doctor');
});

it('promises of the sweep alone what lies where the registry was read', () => {
  const says = mendedText({ findings: 3, byApply: 3, bySweep: 2, read: 'not all' });
  expect(says).toMatch(/^2 of 3 can be mended by the next sweep of the stack\./);
  expect(says).toContain('peering apply changes nothing');
});
