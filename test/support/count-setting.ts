/** @returns what an environment variable asks for; undefined where it is not set. */
export function count(name: string): number | undefined {
  const asked = process.env[name];
  if (asked === undefined) {
    return undefined;
  }
  const number = Number(asked);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new Error(`${name} is "${asked}", but it has to be a whole number from 1 on.`);
  }
  return number;
}
