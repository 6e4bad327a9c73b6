import type { Hint } from '../model/hint.ts';
import type { Journal } from '../ports/journal.ts';
import { loggedHint } from './logged-hint.ts';
import { eventsIn } from './queued-events.ts';
import type { Invocation } from './shell.ts';
import { type Denied, unlessDenied } from './unless-denied.ts';

/** What events that came together say. */
export interface GatheredHints {
  /** By Region, in the order in which they were first named. */
  readonly regions: ReadonlyMap<string, readonly Hint[]>;
  /** Why events led nowhere. */
  readonly dropped: readonly string[];
}

/** Reads a batch of a queue. */
export function gatherHints(batch: unknown, invocation: Invocation): GatheredHints {
  const regions = new Map<string, Hint[]>();
  const dropped: string[] = [];
  for (const event of eventsIn(batch)) {
    const hint = loggedHint(event, invocation);
    if ('dropped' in hint) {
      dropped.push(hint.dropped);
    } else {
      regions.set(hint.region, [...(regions.get(hint.region) ?? []), hint]);
    }
  }
  return { regions, dropped };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * One look at each Region, one after the other. One that fails does not stop the others.
 *
 * @throws what the work of a Region throws; of several an AggregateError.
 */
export async function lookAtEach<Summary>(
  regions: GatheredHints['regions'],
  journal: Journal,
  look: (region: string, hints: readonly Hint[]) => Promise<Summary>,
): Promise<(Summary | Denied)[]> {
  const results: (Summary | Denied)[] = [];
  const errors: unknown[] = [];
  for (const [region, hints] of regions) {
    try {
      results.push(await unlessDenied(journal, { region }, () => look(region, hints)));
    } catch (error) {
      journal.error('pass failed', { region, reason: messageOf(error) });
      errors.push(error);
    }
  }
  if (errors.length > 0) {
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, errors.map(messageOf).join(' | '));
  }
  return results;
}
