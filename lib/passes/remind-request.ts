import { newsKeys, newsOf } from '../messages/news.ts';
import { type FailedCall, reminderNotification } from '../messages/requests.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import { CALLS, type RequestToCarryOut } from './request-calls.ts';
import type { RequestDependencies } from './request-dependencies.ts';
import { once } from './tell-findings.ts';

/** Before it expires a request that is still open is brought up once more. Milliseconds. */
const REMINDER_MS = 24 * 60 * 60 * 1000;

export async function remindOnce(
  { policy, memory, topic, now }: RequestDependencies,
  { peering, decision, sides, remembered: { notes } }: RequestToCarryOut,
  failed?: FailedCall,
): Promise<void> {
  const left = peering.expiresAt === undefined ? undefined : peering.expiresAt.getTime() - now().getTime();
  const news = newsOf(notes, newsKeys.reminder(peering.peeringId), 'told', now());
  if (left === undefined || left > REMINDER_MS || !news.isNews) {
    return;
  }
  await once(memory, peering.accepter.region, news.updates, () =>
    topic.notify(
      reminderNotification(peering, decision, {
        policy,
        now: now(),
        sides,
        ...(failed === undefined ? {} : { failed }),
      }),
    ),
  );
}

/** The same of a request whose answer AWS keeps refusing, so that it expires although the policy has decided. */
export async function remindOfFailing(
  dependencies: RequestDependencies,
  request: RequestToCarryOut,
  error: unknown,
): Promise<void> {
  const { kind, code, message } = classifyAwsError(error);
  const [call] = CALLS[request.decision.decision];
  if (call !== undefined && (kind === 'denied' || kind === 'limit')) {
    await remindOnce(dependencies, request, { call, code, message });
  }
}
