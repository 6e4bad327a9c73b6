/**
 * How much of a function's memory Lambda gives to JavaScript's heap: all but a tenth for what lasts, and a twentieth for what is
 * young, which saves most collections of a function that makes many objects at once. Source: `/var/runtime/bootstrap` of the
 * Node.js runtime, as its image holds it.
 *
 * @param memoryMegabytes the function's memory size.
 * @returns options of `node`.
 */
export function heapFlags(memoryMegabytes: number): string[] {
  const young = Math.floor(memoryMegabytes / 10);
  return [
    `--max-old-space-size=${Math.max(16, memoryMegabytes - young)}`,
    `--max-semi-space-size=${Math.max(1, Math.floor(young / 2))}`,
  ];
}
