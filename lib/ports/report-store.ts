/** Where the page of the report is kept for people. */
export interface ReportStore {
  /**
   * Puts the page in place of the one before.
   *
   * @param owner the account that has to own the bucket: a name alone may have become somebody else's.
   * @returns where it is.
   * @throws when the bucket is not there or could be opened to the public; AWS errors.
   */
  publish(html: string, owner: string): Promise<string>;
}
