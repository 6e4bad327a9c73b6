/** A request that waits, and that a person may answer where the message is shown. */
export interface AnswerableRequest {
  readonly peeringId: string;
  /** The accepter's. */
  readonly region: string;
}

/** A message for people, by SNS and so by e-mail and in chat. */
export interface Notification {
  /** ASCII, one line, at most 100 characters (SNS API reference, Publish). */
  readonly subject: string;
  readonly message: string;
  /** Left out: nothing can be answered by a button. */
  readonly answerable?: AnswerableRequest;
}
