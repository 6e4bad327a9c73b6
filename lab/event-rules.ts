import { ListRulesCommand, ListTargetsByRuleCommand, type Target } from '@aws-sdk/client-eventbridge';
import type { MotoClients } from './clients.ts';
import { messageOf } from './errors.ts';
import { compileEventPattern, type EventMatcher } from './event-pattern.ts';
import type { LabLog, Place } from './types.ts';

export interface EventRule extends Place {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly enabled: boolean;
  /** `rate(...)` or `cron(...)`. */
  readonly schedule?: string;
  /** Absent in a rule that only has a schedule. */
  readonly matches?: EventMatcher;
  readonly targets: readonly Target[];
}

/** The rules that moto holds, read once and again after something changed them. */
export interface EventRules {
  of(place: Place, busName: string): Promise<readonly EventRule[]>;
  /** The rules with a schedule, which only default buses have, in every place that has had a rule. */
  scheduled(): Promise<readonly EventRule[]>;
  /** Call when a request may have changed rules or targets. */
  invalidate(place: Place): void;
}

export const DEFAULT_BUS = 'default';

function compile(pattern: string | undefined, ruleArn: string, log: LabLog): EventMatcher | undefined {
  if (!pattern || pattern === '{}') {
    return undefined;
  }
  try {
    return compileEventPattern(pattern);
  } catch (error) {
    log('a rule has a pattern that EventBridge would refuse; it matches nothing', {
      rule: ruleArn,
      problem: messageOf(error),
    });
    return undefined;
  }
}

export function createEventRules({
  clients,
  log,
}: {
  readonly clients: MotoClients;
  readonly log: LabLog;
}): EventRules {
  const cache = new Map<string, Promise<readonly EventRule[]>>();
  const places = new Map<string, Place>();

  async function targetsOf(place: Place, busName: string, ruleName: string): Promise<Target[]> {
    const targets: Target[] = [];
    let NextToken: string | undefined;
    do {
      const page = await clients
        .events(place)
        .send(new ListTargetsByRuleCommand({ Rule: ruleName, EventBusName: busName, NextToken }));
      targets.push(...(page.Targets ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return targets;
  }

  async function read(place: Place, busName: string): Promise<readonly EventRule[]> {
    const rules: EventRule[] = [];
    let NextToken: string | undefined;
    do {
      const page = await clients
        .events(place)
        .send(new ListRulesCommand({ EventBusName: busName, NextToken }));
      for (const { Name: name = '', Arn: arn = '', State, EventPattern, ScheduleExpression } of page.Rules ??
        []) {
        const matches = compile(EventPattern, arn, log);
        rules.push({
          ...place,
          name,
          arn,
          busName,
          enabled: State !== 'DISABLED',
          targets: await targetsOf(place, busName, name),
          ...(ScheduleExpression ? { schedule: ScheduleExpression } : {}),
          ...(matches ? { matches } : {}),
        });
      }
      NextToken = page.NextToken;
    } while (NextToken);
    return rules;
  }

  function of({ accountId, region }: Place, busName: string): Promise<readonly EventRule[]> {
    const key = `${accountId}/${region}/${busName}`;
    let rules = cache.get(key);
    if (rules === undefined) {
      rules = read({ accountId, region }, busName);
      cache.set(key, rules);
      // A failed read is not kept: the next event reads again.
      rules.catch(() => cache.delete(key));
    }
    return rules;
  }

  return {
    of,
    async scheduled() {
      const rules = await Promise.all([...places.values()].map((place) => of(place, DEFAULT_BUS)));
      return rules.flat().filter(({ schedule }) => schedule !== undefined);
    },
    invalidate({ accountId, region }) {
      places.set(`${accountId}/${region}`, { accountId, region });
      for (const key of cache.keys()) {
        if (key.startsWith(`${accountId}/${region}/`)) {
          cache.delete(key);
        }
      }
    },
  };
}
