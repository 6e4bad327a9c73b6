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

export interface SchedulesOptions {
  readonly rules: EventRules;
  readonly functions: FunctionRegistry;
  readonly lambda: LambdaService;
  readonly clock: LabClock;
  readonly log: LabLog;
}

/** How often a change of the rules is noticed. */
const LOOK_EVERY_MS = 5000;

function keyOf({ rule, target }: Schedule): string {
  return `${rule.arn} ${rule.schedule} ${target.Arn}`;
}

function scheduledEvent(rule: EventRule, now: Date): EventBridgeEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: rule.accountId,
    time: now.toISOString().replace(/\.\d+Z$/, 'Z'),
    region: rule.region,
    resources: [rule.arn],
    detail: {},
  };
}

/** What the target of a schedule gets when it is due. */
function inputOf({ rule, target }: Schedule, now: Date): string {
  return renderInput(target, scheduledEvent(rule, now), rule);
}

/** Functions that a rule's schedule starts: on request, and by themselves once that is begun. */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #looking: NodeJS.Timeout | undefined;

  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  readonly routes: readonly LabRoute[] = [
    {
      method: 'GET',
      path: '/_lab/schedules',
      handle: async () =>
        (await this.#all()).map(({ rule, functionName }) => ({
          function: functionName,
          rule: rule.name,
          schedule: rule.schedule,
          enabled: rule.enabled,
          accountId: rule.accountId,
          region: rule.region,
        })),
    },
    {
      method: 'POST',
      path: '/_lab/schedules/*',
      handle: async ({ name, query }) => this.#fire(await this.#named(name, query)),
    },
  ];

  /** Lets enabled schedules run by themselves from now on. */
  start(): void {
    this.#looking = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    void this.#look();
  }

  stop(): void {
    clearInterval(this.#looking);
    for (const timer of this.#timers.values()) {
      clearTimeout(timer);
    }
    this.#timers.clear();
  }

  async #all(): Promise<readonly Schedule[]> {
    return (await this.#options.rules.scheduled()).flatMap((rule) =>
      rule.targets
        .filter(({ Arn = '' }) => Arn.startsWith('arn:') && parseArn(Arn).service === 'lambda')
        .map((target) => ({ rule, target, functionName: functionAddress(target.Arn ?? '', rule).name })),
    );
  }

  /** @throws {BadRequest} when no schedule starts such a function. */
  async #named(name: string, query: URLSearchParams): Promise<Schedule> {
    const all = await this.#all();
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
    return wanted;
  }

  async #fire(schedule: Schedule): Promise<unknown> {
    const { rule, target } = schedule;
    const { functions, lambda, clock } = this.#options;
    const fn = await functions.find(target.Arn ?? '', rule);
    if (fn === undefined) {
      throw new BadRequest(`The rule ${rule.name} names ${target.Arn}, and there is no such function.`, {
        status: 404,
      });
    }
    const finished = await lambda.invokeNow(fn, inputOf(schedule, clock.now()));
    return { rule: rule.name, ...finished, payload: JSON.parse(finished.payload) as unknown };
  }

  #setTimer(schedule: Schedule): void {
    const { lambda, clock, log } = this.#options;
    const { rule, target, functionName } = schedule;
    const key = keyOf(schedule);
    if (this.#timers.has(key)) {
      return;
    }
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        lambda
          .acceptEvent(target.Arn ?? '', inputOf(schedule, clock.now()), { ruleArn: rule.arn })
          .catch((error: unknown) =>
            log('a schedule could not start its function', {
              function: functionName,
              error: messageOf(error),
            }),
          );
      },
      untilDue(rule.schedule ?? '', clock.now()),
    );
    this.#timers.set(key, timer);
  }

  async #look(): Promise<void> {
    try {
      const current = (await this.#all()).filter(({ rule }) => rule.enabled);
      const keys = new Set(current.map(keyOf));
      for (const [key, timer] of this.#timers) {
        if (!keys.has(key)) {
          clearTimeout(timer);
          this.#timers.delete(key);
        }
      }
      for (const schedule of current) {
        this.#setTimer(schedule);
      }
    } catch (error) {
      this.#options.log('the schedules could not be read', { error: messageOf(error) });
    }
  }
}
