import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createClient } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { type Check, fail, pass } from './check.ts';
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

/** Whether the stack's own EventBridge rules are on. */
export async function rules({ stack }: Patient): Promise<readonly Check[]> {
  if (stack === undefined) {
    return [];
  }
  const events = createClient(EventBridgeClient, { region: stack.region });
  const ids = stack.ofType('AWS::Events::Rule');
  const off: string[] = [];
  for (const id of ids) {
    // CloudFormation names a rule of another bus `bus|rule`, at least where the bus is not the account's default one.
    const [first = '', second] = id.split('|');
    const Name = second ?? first;
    const ownBus = second === undefined ? stack.resources.get('EventBus') : first;
    const states = [
      second === undefined ? await stateOfRule(events, { Name }) : undefined,
      ownBus === undefined ? undefined : await stateOfRule(events, { Name, EventBusName: ownBus }),
    ];
    if (!states.some((state) => state !== undefined && state !== 'DISABLED')) off.push(Name);
  }
  return [
    off.length === 0
      ? pass('rules', stack.region, `All ${ids.length} rules of the stack are on.`)
      : fail(
          'rules',
          stack.region,
          `These rules are off or gone: ${off.join(', ')}.`,
          'npx serverless deploy puts them back',
        ),
  ];
}
