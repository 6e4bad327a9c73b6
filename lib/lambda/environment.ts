/** @throws when the variable is missing, which a deployed stack never lets happen. */
export function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`The environment variable ${name} is not set. The stack sets it: deploy it again.`);
  }
  return value;
}
