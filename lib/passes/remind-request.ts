import { newsKeys, newsOf } from '../messages/news.ts';
import type { FailedCall } from '../messages/requests.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import { CALLS, type RequestToCarryOut } from './request-calls.ts';
import type { RequestDependencies } from './request-dependencies.ts';
import type { RequestsToTell } from './requests-to-tell.ts';

/** Before it expires a request that is still open is brought up once more. Milliseconds. */
const REMINDER_MS = 24 * 60 * 60 * 1000;

/** Adds a request that soon expires to what people are told of this look, unless they were reminded of it. */
export function remindOnce(
  { now }: Pick<RequestDependencies, 'now'>,
  request: RequestToCarryOut,
  toTell: RequestsToTell,
  failed?: FailedCall,
): void {
  const {
    peering,
    remembered: { notes },
  } = request;
  const left = peering.expiresAt === undefined ? undefined : peering.expiresAt.getTime() - now().getTime();
  const news = newsOf(notes, newsKeys.reminder(peering.peeringId), 'told', now());
  if (left === undefined || left > REMINDER_MS || !news.isNews) {
    return;
  }
  toTell.expiring.push({ request, updates: news.updates, ...(failed === undefined ? {} : { failed }) });
}

/** The same of a request whose answer AWS keeps refusing, so that it expires although the policy has decided. */
export function remindOfFailing(
  dependencies: Pick<RequestDependencies, 'now'>,
  request: RequestToCarryOut,
  toTell: RequestsToTell,
  error: unknown,
): void {
  const { kind, code, message } = classifyAwsError(error);
  const [call] = CALLS[request.decision.decision];
  if (call !== undefined && (kind === 'denied' || kind === 'limit')) {
    remindOnce(dependencies, request, toTell, { call, code, message });
  }
}
