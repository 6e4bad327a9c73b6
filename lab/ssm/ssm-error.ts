/** A refusal in the words of SSM's API: the overlay turns it into the answer. */
export class SsmError extends Error {
  override readonly name = 'SsmError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
