/** Something that the person who starts the lab can put right; the message says how and needs no stack trace. */
export class LabError extends Error {
  override readonly name = 'LabError';
  /** What is left to say to somebody who has followed the progress. */
  readonly afterProgress: string | undefined;

  constructor(message: string, options: ErrorOptions & { readonly afterProgress?: string } = {}) {
    super(message, options);
    this.afterProgress = options.afterProgress;
  }
}

/** What ends a command of the lab, for the terminal where its progress was shown. */
export function lastWords(error: unknown): string {
  if (error instanceof LabError) {
    return error.afterProgress ?? error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Thrown by a layer of the gateway to close the caller's connection without an answer. */
export class DropConnection extends Error {
  override readonly name = 'DropConnection';
}
