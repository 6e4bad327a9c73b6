/** An EC2 call that EC2 refuses: thrown anywhere in the overlay, answered as XML in one place. */
export class Ec2Error extends Error {
  override readonly name = 'Ec2Error';
  readonly code: string;
  /** HTTP status. */
  readonly status: number;

  constructor(code: string, message: string, { status = 400 }: { readonly status?: number } = {}) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
