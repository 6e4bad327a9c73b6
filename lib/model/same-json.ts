import { isDeepStrictEqual } from 'node:util';

/** `undefined` for text that is no JSON: it then differs from whatever is wanted. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** Whether a JSON text says what is wanted, however it is written. */
export function saysJson(text: string, wanted: unknown): boolean {
  return isDeepStrictEqual(parsed(text), wanted);
}
