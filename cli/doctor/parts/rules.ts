import {
  DescribeRuleCommand,
  type DescribeRuleResponse,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { FUNCTIONS } from '../../../lib/model/function-names.ts';
import { fieldsOf, jsonIn } from '../../../lib/model/json.ts';
import { shellWord } from '../../../lib/model/shell-word.ts';
import { shown } from '../../output.ts';
import { WITHOUT } from '../without.ts';
import {
  inShell,
  type Judged,
  type Look,
  NOT_AS_DEPLOYED,
  type Part,
  type PartTrouble,
  trouble,
} from './part.ts';
import { isSame, type Resolved, type ResolvedProperties } from './resolved.ts';

/** What a rule catches and where it sends it. Whether it is there and enabled the lines about rules say. */

export type SeenRule = Pick<DescribeRuleResponse, 'EventPattern' | 'ScheduleExpression'> & {
  readonly targets: readonly Target[];
};

interface RulePlace {
  readonly region: string;
  readonly name: string;
  readonly bus?: string;
}

/** A target of the stack has the name of its function. */
function without(target: Resolved | undefined): string {
  const name = FUNCTIONS.find((each) => each === target);
  return name === undefined
    ? 'nothing comes of its events'
    : `its events do not reach ${name}, so ${WITHOUT[name]}`;
}

function targetsOf({ Targets }: ResolvedProperties): readonly ResolvedProperties[] {
  return (Array.isArray(Targets) ? Targets : []) as readonly ResolvedProperties[];
}

function onRule({ region, bus }: RulePlace, option: '--rule' | '--name', name: string): string {
  return `--region ${region} ${option} ${shellWord(name)}${bus === undefined ? '' : ` --event-bus-name ${shellWord(bus)}`}`;
}

/** Targets that somebody added are theirs. */
function targetTroubles(at: RulePlace, wanted: ResolvedProperties, seen: SeenRule): readonly PartTrouble[] {
  return targetsOf(wanted).flatMap((target) => {
    const there = fieldsOf(seen.targets.find(({ Id }) => Id === target.Id));
    if (isSame(target, Object.fromEntries(Object.keys(target).map((key) => [key, there[key] ?? null])))) {
      return [];
    }
    const isGone = there.Id === undefined;
    const value = inShell([target]);
    return [
      trouble(
        'fail',
        `The rule ${shown(at.name)} ${isGone ? 'has lost its target' : 'has another target than the stack gave it'}: ${without(target.Id)}.`,
        `aws events put-targets ${onRule(at, '--rule', at.name)} --targets ${value ?? 'as the template of the stack says'}`,
      ),
    ];
  });
}

function patternTroubles(at: RulePlace, wanted: ResolvedProperties, seen: SeenRule): readonly PartTrouble[] {
  const { EventPattern, ScheduleExpression } = wanted;
  const isSamePattern = EventPattern === undefined || isSame(EventPattern, jsonIn(seen.EventPattern ?? ''));
  if (isSamePattern && isSame(ScheduleExpression ?? null, seen.ScheduleExpression ?? null)) {
    return [];
  }
  const what =
    ScheduleExpression === undefined
      ? 'it catches other events'
      : `its schedule is ${shown(seen.ScheduleExpression ?? 'none', 100)}, not ${String(ScheduleExpression)}`;
  const option =
    ScheduleExpression === undefined
      ? `--event-pattern ${inShell(EventPattern) ?? 'as the template of the stack says'}`
      : `--schedule-expression ${inShell(ScheduleExpression)}`;
  const [target] = targetsOf(wanted);
  return [
    trouble(
      'fail',
      `The rule ${shown(at.name)} ${NOT_AS_DEPLOYED}: ${what}. As far as it misses some so, ${without(target?.Id)}.`,
      `aws events put-rule ${onRule(at, '--name', at.name)} --state ENABLED ${option}`,
    ),
  ];
}

/** What is wrong with what a rule does. */
export function ruleTroubles(at: RulePlace, { properties }: Part, seen: SeenRule): Judged {
  return properties === undefined
    ? 'not judged'
    : [...targetTroubles(at, properties, seen), ...patternTroubles(at, properties, seen)];
}

/** CloudFormation names a rule of another bus `bus|rule`, at least where the bus is not the account's default one. */
function placeOf(region: string, { physicalId = '', properties }: Part): RulePlace {
  const [first = '', second] = physicalId.split('|');
  const bus = second === undefined ? properties?.EventBusName : first;
  return { region, name: second ?? first, ...(typeof bus === 'string' ? { bus } : {}) };
}

export const lookAtRule: Look = async (part, { region, clients }) => {
  const at = placeOf(region, part);
  const onBus = at.bus === undefined ? {} : { EventBusName: at.bus };
  const events = clients.of(EventBridgeClient, region);
  const [rule, targets] = await Promise.all([
    ifPresent('DescribeRule', region, at.name, () =>
      events.send(new DescribeRuleCommand({ Name: at.name, ...onBus })),
    ),
    // A rule has five targets at most, fewer than a page.
    ifPresent('ListTargetsByRule', region, at.name, () =>
      events.send(new ListTargetsByRuleCommand({ Rule: at.name, ...onBus })),
    ),
  ]);
  return rule === undefined ? [] : ruleTroubles(at, part, { ...rule, targets: targets?.Targets ?? [] });
};
