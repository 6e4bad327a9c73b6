/** How many examples a property gets: PROPERTY_RUNS, or what the test asks for. */
export function runs(usual: number): number {
  const asked = process.env.PROPERTY_RUNS;
  const number = Number(asked ?? usual);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new Error(`PROPERTY_RUNS is "${asked}", but it has to be a whole number from 1 on.`);
  }
  return number;
}
