import { classifyAwsError } from '../model/aws-error.ts';
import { namingCall } from './call-error.ts';

/** Codes with which these services say that something is not there (their API references). */
const ABSENT: ReadonlySet<string> = new Set([
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'InvalidDocument',
  'InvalidDocumentVersion',
  'ResourceNotFoundException',
  // Of SNS, by its wire and by the SDK.
  'NotFound',
  'NotFoundException',
  // Of IAM, likewise.
  'NoSuchEntity',
  'NoSuchEntityException',
  'NoSuchBucket',
  // Of dashboards, by the API reference and by the SDK.
  'ResourceNotFound',
  'DashboardNotFoundError',
]);

/** The same as namingCall, where something that is not there is an answer too. */
export async function ifPresent<Answer>(
  call: string,
  region: string,
  resource: string,
  send: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await namingCall(call, region, resource, send);
  } catch (error) {
    if (ABSENT.has(classifyAwsError(error).code)) {
      return undefined;
    }
    throw error;
  }
}
