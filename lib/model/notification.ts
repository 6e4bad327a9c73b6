/** A message for people, by SNS and so by e-mail. */
export interface Notification {
  /** ASCII, one line, at most 100 characters (SNS API reference, Publish). */
  readonly subject: string;
  readonly message: string;
}
