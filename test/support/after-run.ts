import { rm } from 'node:fs/promises';

/** Removes what before-run.ts made. */
export default async function afterRun(): Promise<void> {
  const { TEST_KEPT: kept } = process.env;
  if (kept !== undefined) {
    await rm(kept, { recursive: true, force: true });
  }
}
