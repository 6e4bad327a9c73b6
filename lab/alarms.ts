import {
  DeleteAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { AlarmEvaluator, type AlarmsOptions } from './alarm-evaluator.ts';
import type { MotoClients } from './clients.ts';
import { messageOf } from './errors.ts';
import { selectedBy } from './place-selector.ts';
import type { ResourceMaker, StackResource } from './stacks.ts';
import type { Place, ServiceOverlay } from './types.ts';

export interface Alarms {
  /** For `AWS::CloudWatch::Alarm` in templates. */
  readonly maker: ResourceMaker;
  readonly overlay: ServiceOverlay;
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

/** @param made told of each place that has an alarm now. */
function createAlarmMaker(clients: MotoClients, made: (place: Place) => void): ResourceMaker {
  /** Names of the alarms that came with a stack, by place and stack. */
  const ofStacks = new Map<string, ReadonlySet<string>>();
  return {
    type: 'AWS::CloudWatch::Alarm',
    async make(resource) {
      await clients.cloudWatch(resource).send(new PutMetricAlarmCommand(alarmInput(resource)));
      made(resource);
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
  };
}

/** CloudWatch alarms: moto holds them, the lab evaluates them from what it measured. */
export function createAlarms(options: AlarmsOptions): Alarms {
  const evaluator = new AlarmEvaluator(options);
  const tick = setInterval(() => {
    evaluator
      .evaluateAll()
      .catch((error: unknown) =>
        options.log('the alarms could not be evaluated', { error: messageOf(error) }),
      );
  }, TICK_MS);
  tick.unref();

  return {
    maker: createAlarmMaker(options.clients, (place) => evaluator.remember(place)),
    overlay: {
      routes: [
        {
          method: 'POST',
          path: '/_lab/alarms/evaluate',
          handle: async ({ query }) => (await evaluator.evaluateAll()).filter(selectedBy(query)),
        },
      ],
      handle(request, forward) {
        // Whoever talks to CloudWatch may make alarms.
        evaluator.remember(request);
        return forward(request);
      },
      stop: () => clearInterval(tick),
    },
  };
}
