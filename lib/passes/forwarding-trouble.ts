import { unusableText } from '../forwarding/unusable.ts';
import { classifyAwsError, isRetryable } from '../model/aws-error.ts';
import type { ForwardingStore } from '../ports/forwarding-store.ts';
import type { Journal } from '../ports/journal.ts';

/** What became of a Region where a call failed. */
export interface Trouble {
  readonly result: 'unusable' | 'failed';
  readonly reason: string;
  /** failed: whether trying again can help. */
  readonly retry?: boolean;
}

export interface TroubleDependencies {
  readonly accountId: string;
  readonly forwarding: Pick<ForwardingStore, 'readRegionState'>;
  readonly journal: Pick<Journal, 'warn'>;
}

/** A Region that cannot be used answers calls with errors that do not always say so; EC2 knows. */
export async function troubleOf(
  { accountId, forwarding, journal }: TroubleDependencies,
  region: string,
  error: unknown,
): Promise<Trouble> {
  const info = classifyAwsError(error);
  const failed = { result: 'failed' as const, reason: info.message, retry: isRetryable(info) };
  if (info.kind !== 'denied' && info.kind !== 'transient') {
    return failed;
  }
  try {
    const state = await forwarding.readRegionState(region);
    if (state === 'enabled') {
      return failed;
    }
    const { what, remedy } = unusableText(region, accountId, state);
    return { result: 'unusable', reason: `${what} ${remedy}` };
  } catch (second) {
    journal.warn('Region state not read', { region, reason: classifyAwsError(second).message });
    return failed;
  }
}
