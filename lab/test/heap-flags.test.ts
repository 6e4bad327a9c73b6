import { heapFlags } from '../heap-flags.ts';

it.each([
  [128, 116, 6],
  [256, 231, 12],
  [1024, 922, 51],
  [10_240, 9216, 512],
])('gives a function of %i MB the heap that Lambda gives it', (memory, old, young) => {
  expect(heapFlags(memory)).toEqual([`--max-old-space-size=${old}`, `--max-semi-space-size=${young}`]);
});
