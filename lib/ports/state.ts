/**
 * The little that has to be remembered between passes, as short texts: the repair history and the findings that people
 * were told about, one of each for a Region; and, for each target that does not answer, how often in a row, and what
 * the account at the other end says of it. Read only when
 * there is something to compare it with, so that a settled account costs nothing.
 */
export type StateName = 'repairs' | 'told' | 'lost' | 'peer';

export interface StateStore {
  /**
   * @param key a Region, or a path below one: letters, digits and `_.-/`.
   * @returns undefined when nothing is remembered.
   */
  read(name: StateName, key: string): Promise<string | undefined>;
  write(name: StateName, key: string, text: string): Promise<void>;
  forget(name: StateName, key: string): Promise<void>;
}
