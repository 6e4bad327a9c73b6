/**
 * The little that has to be remembered between passes, one text for each managed Region: the repair history, and which
 * findings people were told about. Read only when there is something to compare it with, so that a settled account
 * costs nothing.
 */
export type StateName = 'repairs' | 'told';

export interface StateStore {
  /** undefined: nothing was remembered yet. */
  read(name: StateName, region: string): Promise<string | undefined>;
  write(name: StateName, region: string, text: string): Promise<void>;
}
