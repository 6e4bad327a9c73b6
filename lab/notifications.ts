import { PublishCommand } from '@aws-sdk/client-sns';
import { parseArn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import { selectedBy } from './place-selector.ts';
import type { LabClock, LabRoute, Place, ServiceOverlay } from './types.ts';

/** One message published to an SNS topic. */
export interface Notification extends Place {
  /** ISO 8601 */
  readonly time: string;
  readonly topicArn: string;
  /** Empty when none was given. */
  readonly subject: string;
  readonly message: string;
}

export interface Notifications {
  publish(
    notification: Pick<Notification, 'topicArn' | 'message'> & { readonly subject?: string },
  ): Promise<void>;
  /** Oldest first. */
  all(): readonly Notification[];
  readonly overlay: ServiceOverlay;
}

/** The oldest go when there are more. */
const KEPT = 10_000;

/** Keeps what is published to SNS, for `GET /_lab/notifications`; moto does the rest. */
export function createNotifications({
  clients,
  clock,
}: {
  readonly clients: MotoClients;
  readonly clock: LabClock;
}): Notifications {
  const kept: Notification[] = [];

  function keep(notification: Omit<Notification, 'time'>): void {
    kept.push({ time: clock.now().toISOString(), ...notification });
    if (kept.length > KEPT) {
      kept.shift();
    }
  }

  const routes: readonly LabRoute[] = [
    {
      method: 'GET',
      path: '/_lab/notifications',
      handle({ query }) {
        return kept.filter(selectedBy(query));
      },
    },
    {
      method: 'DELETE',
      path: '/_lab/notifications',
      handle() {
        kept.length = 0;
      },
    },
  ];

  return {
    all: () => kept,
    async publish({ topicArn, subject = '', message }) {
      const { accountId, region } = parseArn(topicArn);
      await clients.sns({ accountId, region }).send(
        new PublishCommand({
          TopicArn: topicArn,
          Message: message,
          ...(subject ? { Subject: subject } : {}),
        }),
      );
      keep({ accountId, region, topicArn, subject, message });
    },
    overlay: {
      routes,
      async handle(request, forward) {
        const response = await forward(request);
        const form = new URLSearchParams(request.body.toString());
        if (response.status === 200 && form.get('Action') === 'Publish') {
          keep({
            accountId: request.accountId,
            region: request.region,
            topicArn: form.get('TopicArn') ?? form.get('TargetArn') ?? '',
            subject: form.get('Subject') ?? '',
            message: form.get('Message') ?? '',
          });
        }
        return response;
      },
    },
  };
}
