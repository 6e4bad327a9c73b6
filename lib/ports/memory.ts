import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';

/** What is remembered between passes. `aws/memory.ts` keeps it in one DynamoDB table of the stack, tests in memory. */
export interface Memory {
  /** Everything of one Region, as it is after the last update. */
  read(region: string): Promise<RegionMemory>;
  /** One note alone, for those that need no more. */
  readNote(region: string, key: string): Promise<Note | undefined>;
  /**
   * Updates of different routes and keys are independent of one another; when one fails, the others may be done.
   * @throws AWS errors, when at least one update was not done.
   */
  update(region: string, updates: readonly MemoryUpdate[]): Promise<void>;
}
