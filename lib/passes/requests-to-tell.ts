import type { MemoryUpdate } from '../model/memory.ts';
import type { Notification } from '../model/notification.ts';
import type { RequestToCarryOut } from './request-calls.ts';
import type { ExpiringRequest } from './request-mails.ts';

/** A request with its decision, and whether the event about that went out: of one that is missing a later pass tells anew. */
export interface DecidedRequest extends RequestToCarryOut {
  readonly event: 'sent' | 'missing' | 'none';
}

/** What people have to be told of one look at requests, gathered while they are decided. */
export interface RequestsToTell {
  readonly decided: DecidedRequest[];
  readonly expiring: ExpiringRequest[];
  /** Calls that AWS refuses for good. */
  readonly refused: {
    readonly request: RequestToCarryOut;
    readonly updates: readonly MemoryUpdate[];
    readonly message: Notification;
  }[];
}
