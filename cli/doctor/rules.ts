import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createClient } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { shown } from '../output.ts';
import { type DoctorCheck, fail, pass } from './check.ts';
import { MADE_ANEW } from './made-anew.ts';
import type { Patient } from './patient.ts';

/** Undefined: there is no such rule on the bus. */
async function stateOfRule(
  events: EventBridgeClient,
  about: { readonly Name: string; readonly EventBusName?: string },
): Promise<string | undefined> {
  try {
    return (await events.send(new DescribeRuleCommand(about))).State;
  } catch (error) {
    if (classifyAwsError(error).kind === 'not-found') return undefined;
    throw error;
  }
}

/** A rule that is there and does nothing. */
interface DisabledRule {
  readonly name: string;
  /** Left out: the account's default one. */
  readonly bus?: string;
}

export interface RulesInPlace {
  /** How many the stack has. */
  readonly all: number;
  readonly disabled: readonly DisabledRule[];
  readonly gone: readonly string[];
}

function disabledCheck(region: string, { name, bus }: DisabledRule): DoctorCheck {
  const onBus = bus === undefined ? '' : ` --event-bus-name ${shown(bus)}`;
  return fail(
    'rules',
    region,
    `The rule ${shown(name)} is disabled.`,
    `aws events enable-rule --region ${region} --name ${shown(name)}${onBus}`,
  );
}

/** What is wrong with the stack's own EventBridge rules. */
export function ruleChecks(region: string, { all, disabled, gone }: RulesInPlace): readonly DoctorCheck[] {
  if (all === 0) {
    return [fail('rules', region, 'The stack has no rules: nothing starts its functions.', 'peering deploy')];
  }
  return disabled.length + gone.length === 0
    ? [pass('rules', region, `All ${all} rules of the stack are on.`)]
    : [
        ...disabled.map((rule) => disabledCheck(region, rule)),
        ...gone.map((name) => fail('rules', region, `The rule ${shown(name)} is gone.`, MADE_ANEW)),
      ];
}

/** Whether the stack's own EventBridge rules are on. */
export async function rules({ stack }: Patient): Promise<readonly DoctorCheck[]> {
  if (stack === undefined) {
    return [];
  }
  const events = createClient(EventBridgeClient, { region: stack.region });
  const ids = stack.ofType('AWS::Events::Rule');
  const disabled: DisabledRule[] = [];
  const gone: string[] = [];
  for (const id of ids) {
    // CloudFormation names a rule of another bus `bus|rule`, at least where the bus is not the account's default one.
    const [first = '', second] = id.split('|');
    const name = second ?? first;
    const bus = second === undefined ? stack.resources.get('EventBus') : first;
    const onDefault = second === undefined ? await stateOfRule(events, { Name: name }) : undefined;
    const onOwn =
      bus === undefined ? undefined : await stateOfRule(events, { Name: name, EventBusName: bus });
    const states = [onDefault, onOwn].filter((state) => state !== undefined);
    if (states.length === 0) {
      gone.push(name);
    } else if (states.every((state) => state === 'DISABLED')) {
      disabled.push(onDefault !== undefined || bus === undefined ? { name } : { name, bus });
    }
  }
  return ruleChecks(stack.region, { all: ids.length, disabled, gone });
}
