/** The question could not be asked here; it is neither answered yes nor no. */
export class NotTried extends Error {
  override readonly name = 'NotTried';
  readonly remedy: string;

  constructor(why: string, remedy: string, options?: ErrorOptions) {
    super(why, options);
    this.remedy = remedy;
  }
}
