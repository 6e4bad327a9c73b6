import { DescribeAlarmsCommand, type MetricAlarm, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { type AlarmEvaluation, evaluateAlarm, statisticOf } from './alarm-evaluation.ts';
import { notificationOf, type Watched, watchedBy } from './alarm-notification.ts';
import { arnIn, parseArn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import { messageOf } from './errors.ts';
import type { MetricStore } from './metrics.ts';
import type { Notifications } from './notifications.ts';
import type { LabClock, LabLog, NewEvent, Place } from './types.ts';

export interface AlarmsOptions {
  readonly clients: MotoClients;
  readonly metrics: MetricStore;
  readonly notifications: Notifications;
  readonly clock: LabClock;
  emit(event: NewEvent, place: Place): void;
  /** Seconds; `undefined` for a queue that no event source mapping polls. */
  ageOfOldestMessage(queueArn: string): number | undefined;
  readonly log: LabLog;
}

export interface EvaluatedAlarm extends AlarmEvaluation {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly previous: string;
}

/** Evaluates the alarms of all places that have had one, and acts where their state changes. */
export class AlarmEvaluator {
  readonly #options: AlarmsOptions;
  readonly #places = new Map<string, Place>();
  /** ARNs of alarms that the lab cannot evaluate, of which it has told. */
  readonly #unsupported = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: AlarmsOptions) {
    this.#options = options;
  }

  /** There may be alarms from now on. */
  remember({ accountId, region }: Place): void {
    this.#places.set(`${accountId}/${region}`, { accountId, region });
  }

  /** One evaluation after the other: two at once would notify twice. */
  evaluateAll(): Promise<EvaluatedAlarm[]> {
    const evaluation = this.#last.then(async () => {
      const evaluated: EvaluatedAlarm[] = [];
      for (const place of this.#places.values()) {
        evaluated.push(...(await this.#evaluatePlace(place)));
      }
      return evaluated;
    });
    this.#last = evaluation.catch(() => {});
    return evaluation;
  }

  async #evaluatePlace(place: Place): Promise<EvaluatedAlarm[]> {
    const evaluated: EvaluatedAlarm[] = [];
    for (const alarm of await this.#alarmsOf(place)) {
      try {
        const one = await this.#evaluate(alarm, place);
        if (one !== undefined) {
          evaluated.push(one);
        }
      } catch (error) {
        this.#options.log('an alarm could not be evaluated', {
          alarm: alarm.AlarmName,
          error: messageOf(error),
        });
      }
    }
    return evaluated;
  }

  async #alarmsOf(place: Place): Promise<MetricAlarm[]> {
    const alarms: MetricAlarm[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#options.clients
        .cloudWatch(place)
        .send(new DescribeAlarmsCommand({ NextToken }));
      alarms.push(...(page.MetricAlarms ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return alarms;
  }

  async #evaluate(alarm: MetricAlarm, place: Place): Promise<EvaluatedAlarm | undefined> {
    const watched = watchedBy(alarm);
    const arn = alarm.AlarmArn ?? '';
    if (watched === undefined) {
      if (!this.#unsupported.has(arn)) {
        this.#unsupported.add(arn);
        this.#options.log('an alarm computes with several metrics; the lab leaves its state as it is', {
          alarm: alarm.AlarmName,
        });
      }
      return undefined;
    }
    await this.#measureQueue(place, watched);
    const evaluation = evaluateAlarm(alarm, this.#datapoints(alarm, watched, place));
    if (evaluation.state !== alarm.StateValue) {
      await this.#changeState(alarm, evaluation, place);
    }
    return { name: alarm.AlarmName ?? '', ...place, ...evaluation, previous: alarm.StateValue ?? '' };
  }

  /** Oldest last; `undefined` where a period has no values. */
  #datapoints(
    { EvaluationPeriods = 1 }: MetricAlarm,
    watched: Watched,
    place: Place,
  ): readonly (number | undefined)[] {
    const now = this.#options.clock.now().getTime();
    const period = watched.periodSeconds * 1000;
    return Array.from({ length: EvaluationPeriods }, (_, index) => {
      // The periods end now, not at full minutes: nobody has to wait for a minute to be over.
      const until = now + 1 - index * period;
      const values = this.#options.metrics
        .find({ ...place, ...watched }, until - period, until)
        .map(({ value }) => value);
      return statisticOf(values, watched.statistic);
    });
  }

  /** What a queue holds is nobody's log line: it is asked for when an alarm watches it. */
  async #measureQueue(place: Place, { namespace, name, dimensions }: Watched): Promise<void> {
    const { QueueName } = dimensions;
    if (namespace !== 'AWS/SQS' || QueueName === undefined) {
      return;
    }
    const { accountId, region } = place;
    const metric = { accountId, region, namespace, name, dimensions };
    if (name === 'ApproximateAgeOfOldestMessage') {
      const value = this.#options.ageOfOldestMessage(arnIn(place, 'sqs', QueueName));
      if (value !== undefined) {
        this.#options.metrics.add({ ...metric, value, unit: 'Seconds' });
      }
    }
    if (name === 'ApproximateNumberOfMessagesVisible') {
      const sqs = this.#options.clients.sqs(place);
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      this.#options.metrics.add({
        ...metric,
        value: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
        unit: 'Count',
      });
    }
  }

  async #changeState(alarm: MetricAlarm, evaluation: AlarmEvaluation, place: Place): Promise<void> {
    const name = alarm.AlarmName ?? '';
    await this.#options.clients.cloudWatch(place).send(
      new SetAlarmStateCommand({
        AlarmName: name,
        StateValue: evaluation.state,
        StateReason: evaluation.reason,
      }),
    );
    this.#options.log(`alarm ${name}: ${alarm.StateValue} → ${evaluation.state}`, {
      reason: evaluation.reason,
    });
    this.#options.emit(
      {
        source: 'aws.cloudwatch',
        'detail-type': 'CloudWatch Alarm State Change',
        resources: [alarm.AlarmArn ?? ''],
        detail: {
          alarmName: name,
          state: {
            value: evaluation.state,
            reason: evaluation.reason,
            timestamp: this.#options.clock.now().toISOString(),
          },
          previousState: { value: alarm.StateValue },
        },
      },
      place,
    );
    await this.#notify(alarm, evaluation, place);
  }

  async #notify(alarm: MetricAlarm, evaluation: AlarmEvaluation, place: Place): Promise<void> {
    const name = alarm.AlarmName ?? '';
    const actions = {
      ALARM: alarm.AlarmActions,
      OK: alarm.OKActions,
      INSUFFICIENT_DATA: alarm.InsufficientDataActions,
    }[evaluation.state];
    if (alarm.ActionsEnabled === false) {
      return;
    }
    for (const topicArn of actions ?? []) {
      if (parseArn(topicArn).service !== 'sns') {
        this.#options.log('an alarm has an action that the lab does not perform', {
          alarm: name,
          action: topicArn,
        });
        continue;
      }
      await this.#options.notifications.publish({
        topicArn,
        subject: `${evaluation.state}: "${name}" in ${place.region}`,
        message: notificationOf(alarm, evaluation, place, this.#options.clock.now()),
      });
    }
  }
}
