/** Something that the person who starts the lab can put right; the message says how and needs no stack trace. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
