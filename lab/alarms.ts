import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { type AlarmEvaluation, evaluateAlarm, statisticOf } from './alarm-evaluation.ts';
import { arnIn, parseArn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import { messageOf } from './errors.ts';
import type { MetricStore } from './metrics.ts';
import type { Notifications } from './notifications.ts';
import { selectedBy } from './place-selector.ts';
import type { ResourceMaker, StackResource } from './stacks.ts';
import type { LabClock, LabLog, LabRoute, NewEvent, Place, ServiceOverlay } from './types.ts';

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

export interface Alarms {
  /** For `AWS::CloudWatch::Alarm` in templates. */
  readonly maker: ResourceMaker;
  readonly overlay: ServiceOverlay;
}

interface EvaluatedAlarm extends AlarmEvaluation {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly previous: string;
}

/** What of a metric an alarm looks at. */
interface Watched {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly periodSeconds: number;
}

const TICK_MS = 5000;

const NUMBERS = ['Period', 'EvaluationPeriods', 'DatapointsToAlarm', 'Threshold'] as const;

/** Templates may write numbers and truths as text. */
function alarmInput({ properties, stackName, logicalId }: StackResource): PutMetricAlarmCommandInput {
  const input: Record<string, unknown> = { AlarmName: `${stackName}-${logicalId}`, ...properties };
  for (const name of NUMBERS) {
    if (input[name] !== undefined) {
      input[name] = Number(input[name]);
    }
  }
  if (typeof input.ActionsEnabled === 'string') {
    input.ActionsEnabled = input.ActionsEnabled === 'true';
  }
  return input as unknown as PutMetricAlarmCommandInput;
}

/** The single metric of an alarm; `undefined` for metric math, which the lab does not compute. */
function watchedBy(alarm: MetricAlarm): Watched | undefined {
  const single = alarm.Metrics?.length === 1 ? alarm.Metrics[0]?.MetricStat : undefined;
  if (alarm.Metrics?.length && single === undefined) {
    return undefined;
  }
  const { Namespace = '', MetricName = '', Dimensions = [] } = single?.Metric ?? alarm;
  return {
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name = '', Value = '' }) => [Name, Value])),
    statistic: single?.Stat ?? alarm.Statistic ?? alarm.ExtendedStatistic ?? 'Average',
    periodSeconds: single?.Period ?? alarm.Period ?? 60,
  };
}

/** The message that CloudWatch sends to a topic. */
function notificationOf(
  alarm: MetricAlarm,
  { state, reason }: AlarmEvaluation,
  place: Place,
  now: Date,
): string {
  const watched = watchedBy(alarm);
  return JSON.stringify({
    AlarmName: alarm.AlarmName,
    AlarmDescription: alarm.AlarmDescription ?? null,
    AWSAccountId: place.accountId,
    NewStateValue: state,
    NewStateReason: reason,
    StateChangeTime: now.toISOString(),
    Region: place.region,
    AlarmArn: alarm.AlarmArn,
    OldStateValue: alarm.StateValue,
    OKActions: alarm.OKActions ?? [],
    AlarmActions: alarm.AlarmActions ?? [],
    InsufficientDataActions: alarm.InsufficientDataActions ?? [],
    Trigger: {
      MetricName: watched?.name,
      Namespace: watched?.namespace,
      Statistic: watched?.statistic,
      Dimensions: Object.entries(watched?.dimensions ?? {}).map(([name, value]) => ({ name, value })),
      Period: watched?.periodSeconds,
      EvaluationPeriods: alarm.EvaluationPeriods,
      DatapointsToAlarm: alarm.DatapointsToAlarm,
      ComparisonOperator: alarm.ComparisonOperator,
      Threshold: alarm.Threshold,
      TreatMissingData: alarm.TreatMissingData ?? 'missing',
    },
  });
}

/** CloudWatch alarms: moto holds them, the lab evaluates them from what it measured. */
export function createAlarms(options: AlarmsOptions): Alarms {
  const { clients, metrics, notifications, clock, emit, log } = options;
  const places = new Map<string, Place>();
  /** Names of the alarms that came with a stack, by place and stack. */
  const ofStacks = new Map<string, ReadonlySet<string>>();
  const unsupported = new Set<string>();

  function remember({ accountId, region }: Place): void {
    places.set(`${accountId}/${region}`, { accountId, region });
  }

  async function alarmsOf(place: Place, names?: string[]): Promise<MetricAlarm[]> {
    const alarms: MetricAlarm[] = [];
    let NextToken: string | undefined;
    do {
      const page = await clients
        .cloudWatch(place)
        .send(new DescribeAlarmsCommand({ NextToken, ...(names ? { AlarmNames: names } : {}) }));
      alarms.push(...(page.MetricAlarms ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return alarms;
  }

  /** What a queue holds is nobody's log line: it is asked for when an alarm watches it. */
  async function measureQueue(place: Place, { namespace, name, dimensions }: Watched): Promise<void> {
    const { QueueName } = dimensions;
    if (namespace !== 'AWS/SQS' || QueueName === undefined) {
      return;
    }
    const { accountId, region } = place;
    const metric = { accountId, region, namespace, name, dimensions };
    if (name === 'ApproximateAgeOfOldestMessage') {
      const value = options.ageOfOldestMessage(arnIn(place, 'sqs', QueueName));
      if (value !== undefined) {
        metrics.add({ ...metric, value, unit: 'Seconds' });
      }
    }
    if (name === 'ApproximateNumberOfMessagesVisible') {
      const sqs = clients.sqs(place);
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      metrics.add({ ...metric, value: Number(Attributes?.ApproximateNumberOfMessages ?? 0), unit: 'Count' });
    }
  }

  async function act(alarm: MetricAlarm, evaluation: AlarmEvaluation, place: Place): Promise<void> {
    const name = alarm.AlarmName ?? '';
    await clients.cloudWatch(place).send(
      new SetAlarmStateCommand({
        AlarmName: name,
        StateValue: evaluation.state,
        StateReason: evaluation.reason,
      }),
    );
    log(`alarm ${name}: ${alarm.StateValue} → ${evaluation.state}`, { reason: evaluation.reason });
    emit(
      {
        source: 'aws.cloudwatch',
        'detail-type': 'CloudWatch Alarm State Change',
        resources: [alarm.AlarmArn ?? ''],
        detail: {
          alarmName: name,
          state: { value: evaluation.state, reason: evaluation.reason, timestamp: clock.now().toISOString() },
          previousState: { value: alarm.StateValue },
        },
      },
      place,
    );
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
        log('an alarm has an action that the lab does not perform', { alarm: name, action: topicArn });
        continue;
      }
      await notifications.publish({
        topicArn,
        subject: `${evaluation.state}: "${name}" in ${place.region}`,
        message: notificationOf(alarm, evaluation, place, clock.now()),
      });
    }
  }

  async function evaluate(alarm: MetricAlarm, place: Place): Promise<EvaluatedAlarm | undefined> {
    const watched = watchedBy(alarm);
    const arn = alarm.AlarmArn ?? '';
    if (watched === undefined) {
      if (!unsupported.has(arn)) {
        unsupported.add(arn);
        log('an alarm computes with several metrics; the lab leaves its state as it is', {
          alarm: alarm.AlarmName,
        });
      }
      return undefined;
    }
    await measureQueue(place, watched);
    const now = clock.now().getTime();
    const period = watched.periodSeconds * 1000;
    const datapoints = Array.from({ length: alarm.EvaluationPeriods ?? 1 }, (_, index) => {
      // The periods end now, not at full minutes: nobody has to wait for a minute to be over.
      const until = now + 1 - index * period;
      const values = metrics.find({ ...place, ...watched }, until - period, until).map(({ value }) => value);
      return statisticOf(values, watched.statistic);
    });
    const evaluation = evaluateAlarm(alarm, datapoints);
    if (evaluation.state !== alarm.StateValue) {
      await act(alarm, evaluation, place);
    }
    return { name: alarm.AlarmName ?? '', ...place, ...evaluation, previous: alarm.StateValue ?? '' };
  }

  async function evaluatePlace(place: Place): Promise<EvaluatedAlarm[]> {
    const evaluated: EvaluatedAlarm[] = [];
    for (const alarm of await alarmsOf(place)) {
      try {
        const one = await evaluate(alarm, place);
        if (one !== undefined) {
          evaluated.push(one);
        }
      } catch (error) {
        log('an alarm could not be evaluated', { alarm: alarm.AlarmName, error: messageOf(error) });
      }
    }
    return evaluated;
  }

  /** One evaluation after the other: two at once would notify twice. */
  let last: Promise<unknown> = Promise.resolve();
  function evaluateAll(): Promise<EvaluatedAlarm[]> {
    const evaluation = last.then(async () => {
      const evaluated: EvaluatedAlarm[] = [];
      for (const place of places.values()) {
        evaluated.push(...(await evaluatePlace(place)));
      }
      return evaluated;
    });
    last = evaluation.catch(() => {});
    return evaluation;
  }

  const tick = setInterval(() => {
    evaluateAll().catch((error: unknown) =>
      log('the alarms could not be evaluated', { error: messageOf(error) }),
    );
  }, TICK_MS);
  tick.unref();

  const evaluateRoute: LabRoute = {
    method: 'POST',
    path: '/_lab/alarms/evaluate',
    handle: async ({ query }) => (await evaluateAll()).filter(selectedBy(query)),
  };

  return {
    maker: {
      type: 'AWS::CloudWatch::Alarm',
      async make(resource) {
        await clients.cloudWatch(resource).send(new PutMetricAlarmCommand(alarmInput(resource)));
        remember(resource);
      },
      async retain({ accountId, region, stackName }, left) {
        const key = `${accountId}/${region}/${stackName}`;
        const names = new Set(left.map((resource) => alarmInput(resource).AlarmName ?? ''));
        const gone = [...(ofStacks.get(key) ?? [])].filter((name) => !names.has(name));
        ofStacks.set(key, names);
        if (gone.length > 0) {
          await clients.cloudWatch({ accountId, region }).send(new DeleteAlarmsCommand({ AlarmNames: gone }));
        }
      },
    },
    overlay: {
      routes: [evaluateRoute],
      handle(request, forward) {
        // Whoever talks to CloudWatch may make alarms.
        remember(request);
        return forward(request);
      },
      stop: () => clearInterval(tick),
    },
  };
}
