import type { HistoryEvent } from '../model/history.ts';

/** What happened in a Region, for people to look up. */
export interface HistoryReader {
  /** Oldest first, nothing older than `since`. @throws AWS errors. */
  eventsOf(region: string, since: Date): Promise<readonly HistoryEvent[]>;
}
