import { isDeepStrictEqual } from 'node:util';

/**
 * What a JSON text says.
 *
 * @returns undefined for text that is no JSON, which no JSON text says.
 */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** The fields of an object; of anything else none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Whether a JSON text says what is wanted, however it is written. Text that is no JSON differs from whatever is wanted. */
export function saysJson(text: string, wanted: unknown): boolean {
  return isDeepStrictEqual(jsonIn(text), wanted);
}
