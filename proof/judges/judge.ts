/** Somebody else's code or data that the product, or the local AWS, is held against. */
export interface Judge {
  /** The heading of its part. */
  readonly title: string;
  /**
   * @param progress takes one line at a time for the person who waits.
   * @throws {NotJudged} when the judge is not to be had here. Anything else thrown is a fault of the judging itself.
   */
  judge(progress: (line: string) => void): Promise<JudgeResult>;
}

export interface JudgeResult {
  /** Sentences and tables: who judged what, and how it went. */
  readonly markdown: string;
  /** One sentence each; none when everything held. */
  readonly faults: readonly string[];
}

/** A judge that could not be had, as when there is no Java or no network. It counts as failed, and is said aloud. */
export class NotJudged extends Error {
  override readonly name = 'NotJudged';
}
