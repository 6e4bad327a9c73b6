import { randomUUID } from 'node:crypto';
import type { Target } from '@aws-sdk/client-eventbridge';
import { parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import { renderInput } from './event-input.ts';
import type { EventRule, EventRules } from './event-rules.ts';
import { isNamed } from './function-logs.ts';
import type { LambdaService } from './lambda.ts';
import { type FunctionRegistry, functionAddress } from './lambda-functions.ts';
import { selectedBy } from './place-selector.ts';
import { BadRequest } from './router.ts';
import { untilDue } from './schedule-expression.ts';
import {
  DEFAULT_ACCOUNT_ID,
  type EventBridgeEvent,
  type LabClock,
  type LabLog,
  type LabRoute,
} from './types.ts';

/** One scheduled function: a rule with a schedule and a target. */
interface Schedule {
  readonly rule: EventRule;
  readonly target: Target;
  readonly functionName: string;
}

export interface Schedules {
  readonly routes: readonly LabRoute[];
  /** Lets enabled schedules run by themselves from now on. */
  start(): void;
  stop(): void;
}

/** How often a change of the rules is noticed. */
const LOOK_EVERY_MS = 5000;

export function createSchedules({
  rules,
  functions,
  lambda,
  clock,
  log,
}: {
  readonly rules: EventRules;
  readonly functions: FunctionRegistry;
  readonly lambda: LambdaService;
  readonly clock: LabClock;
  readonly log: LabLog;
}): Schedules {
  const timers = new Map<string, NodeJS.Timeout>();
  let looking: NodeJS.Timeout | undefined;

  async function schedules(): Promise<readonly Schedule[]> {
    return (await rules.scheduled()).flatMap((rule) =>
      rule.targets
        .filter(({ Arn = '' }) => Arn.startsWith('arn:') && parseArn(Arn).service === 'lambda')
        .map((target) => ({ rule, target, functionName: functionAddress(target.Arn ?? '', rule).name })),
    );
  }

  function scheduledEvent(rule: EventRule): EventBridgeEvent {
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: rule.accountId,
      time: clock
        .now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
      region: rule.region,
      resources: [rule.arn],
      detail: {},
    };
  }

  const fire: LabRoute = {
    method: 'POST',
    path: '/_lab/schedules/*',
    async handle({ name, query }) {
      const all = await schedules();
      const selected = selectedBy(query);
      const named = all.filter(({ functionName, rule }) => isNamed(functionName, name) && selected(rule));
      // Whoever names no account means the lab's own, if the function is there.
      const wanted = named.find(({ rule }) => rule.accountId === DEFAULT_ACCOUNT_ID) ?? named[0];
      if (wanted === undefined) {
        const names = [...new Set(all.map(({ functionName }) => functionName))].join(', ');
        const where = [...query].map(([key, value]) => `${key} ${value}`).join(', ');
        throw new BadRequest(
          `No schedule starts a function "${name}"${where && ` in ${where}`}. Functions with a schedule: ${names || 'none is deployed'}.`,
          { status: 404 },
        );
      }
      const { rule, target } = wanted;
      const fn = await functions.find(target.Arn ?? '', rule);
      if (fn === undefined) {
        throw new BadRequest(`The rule ${rule.name} names ${target.Arn}, and there is no such function.`, {
          status: 404,
        });
      }
      const finished = await lambda.invokeNow(fn, renderInput(target, scheduledEvent(rule), rule));
      return { rule: rule.name, ...finished, payload: JSON.parse(finished.payload) as unknown };
    },
  };

  function setTimer(schedule: Schedule): void {
    const { rule, target, functionName } = schedule;
    const key = `${rule.arn} ${rule.schedule} ${target.Arn}`;
    if (timers.has(key)) {
      return;
    }
    const timer = setTimeout(
      () => {
        timers.delete(key);
        lambda
          .acceptEvent(target.Arn ?? '', renderInput(target, scheduledEvent(rule), rule), {
            ruleArn: rule.arn,
          })
          .catch((error: unknown) =>
            log('a schedule could not start its function', {
              function: functionName,
              error: messageOf(error),
            }),
          );
      },
      untilDue(rule.schedule ?? '', clock.now()),
    );
    timers.set(key, timer);
  }

  async function look(): Promise<void> {
    try {
      const current = (await schedules()).filter(({ rule }) => rule.enabled);
      const keys = new Set(current.map(({ rule, target }) => `${rule.arn} ${rule.schedule} ${target.Arn}`));
      for (const [key, timer] of timers) {
        if (!keys.has(key)) {
          clearTimeout(timer);
          timers.delete(key);
        }
      }
      current.forEach(setTimer);
    } catch (error) {
      log('the schedules could not be read', { error: messageOf(error) });
    }
  }

  return {
    routes: [
      {
        method: 'GET',
        path: '/_lab/schedules',
        handle: async () =>
          (await schedules()).map(({ rule, functionName }) => ({
            function: functionName,
            rule: rule.name,
            schedule: rule.schedule,
            enabled: rule.enabled,
            accountId: rule.accountId,
            region: rule.region,
          })),
      },
      fire,
    ],
    start() {
      looking = setInterval(() => void look(), LOOK_EVERY_MS);
      void look();
    },
    stop() {
      clearInterval(looking);
      for (const timer of timers.values()) {
        clearTimeout(timer);
      }
      timers.clear();
    },
  };
}
