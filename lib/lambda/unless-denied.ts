import { classifyAwsError } from '../model/aws-error.ts';
import { countDenied } from '../passes/failure.ts';
import type { Journal } from '../ports/journal.ts';

/** What is left of work that AWS did not permit. */
export interface Denied {
  readonly denied: string;
}

/**
 * Does a piece of work. A call that is not permitted ends it, is logged and counted, and does not make the function fail: tried
 * again it would be denied again, and its event would end in a dead-letter queue. The next sweep asks anew.
 *
 * @throws every other error, so that Lambda tries the work again.
 */
export async function unlessDenied<Result>(
  journal: Journal,
  about: Readonly<Record<string, unknown>>,
  work: () => Promise<Result>,
): Promise<Result | Denied> {
  try {
    return await work();
  } catch (error) {
    const { kind, message } = classifyAwsError(error);
    if (kind !== 'denied') {
      throw error;
    }
    journal.error('not permitted', { ...about, reason: message });
    countDenied(journal, error);
    return { denied: message };
  }
}
