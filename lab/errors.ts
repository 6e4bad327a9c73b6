/** Something that the person who starts the lab can put right; the message says how and needs no stack trace. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Thrown by a layer of the gateway to close the caller's connection without an answer. */
export class DropConnection extends Error {
  override readonly name = 'DropConnection';
}
