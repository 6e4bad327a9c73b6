import { GetFunctionEventInvokeConfigCommand, GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { FUNCTIONS } from '../../../lib/model/function-names.ts';
import { fieldsOf, jsonIn } from '../../../lib/model/json.ts';
import { shellWord } from '../../../lib/model/shell-word.ts';
import { shown } from '../../output.ts';
import { WITHOUT } from '../without.ts';
import { inShell, type Judged, type Look, NOT_AS_DEPLOYED, otherwise, type Part, trouble } from './part.ts';
import type { ResolvedProperties } from './resolved.ts';
import { statementsOf } from './resource-policy.ts';

/** Who may invoke a function, and what becomes of an event with which it failed. */

const nameIn = (arnOrName: string) => arnOrName.slice(arnOrName.lastIndexOf(':') + 1);

function withoutInvoking(functionName: string): string {
  const name = FUNCTIONS.find((each) => functionName.endsWith(`-${each}`));
  return name === undefined ? 'it is not invoked' : WITHOUT[name];
}

/** Lambda writes `AWS:SourceArn`, the template and IAM `aws:SourceArn`. */
function isAllowed(statement: unknown, principal: unknown, sourceArn: unknown): boolean {
  const { Effect, Principal, Condition } = fieldsOf(statement);
  const conditions = Object.values(fieldsOf(Condition)).flatMap((each) => Object.values(fieldsOf(each)));
  return (
    Effect === 'Allow' && fieldsOf(Principal).Service === principal && conditions.flat().includes(sourceArn)
  );
}

/** @param policy of the function; undefined: it has none. */
export function permissionTroubles(region: string, part: Part, policy: string | undefined): Judged {
  const { FunctionName, Principal, SourceArn, Action } = part.properties ?? {};
  if (typeof FunctionName !== 'string' || typeof SourceArn !== 'string') {
    return 'not judged';
  }
  const statements = statementsOf(policy === undefined ? undefined : jsonIn(policy));
  if (statements.some((statement) => isAllowed(statement, Principal, SourceArn))) {
    return [];
  }
  const name = nameIn(FunctionName);
  return [
    trouble(
      'fail',
      `The function ${shown(name, 140)} does not let its rule ${shown(SourceArn.slice(SourceArn.lastIndexOf('/') + 1), 140)} invoke it any more: ${withoutInvoking(name)}.`,
      `aws lambda add-permission --region ${region} --function-name ${shellWord(name)} --statement-id ${shellWord(part.logicalId)} --action ${String(Action)} --principal ${String(Principal)} --source-arn ${shellWord(SourceArn)}`,
    ),
  ];
}

export const lookAtPermission: Look = async (part, { region, clients }) => {
  const { FunctionName } = part.properties ?? {};
  if (typeof FunctionName !== 'string') {
    return 'not judged';
  }
  const lambda = clients.of(LambdaClient, region);
  // Of a function that is gone another line tells.
  const found = await ifPresent('GetPolicy', region, nameIn(FunctionName), () =>
    lambda.send(new GetPolicyCommand({ FunctionName })),
  );
  return permissionTroubles(region, part, found?.Policy);
};

/** What is there for events with which a function failed; undefined: Lambda's own, which keeps none. */
export type SeenFailureHandling = Readonly<Record<string, unknown>> | undefined;

const HANDLING = ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig'] as const;

/** Lambda names destinations that nobody set, too. */
function asWanted(seen: SeenFailureHandling): Readonly<Record<string, unknown>> {
  const { OnFailure } = fieldsOf(seen?.DestinationConfig);
  return { ...seen, DestinationConfig: { OnFailure } };
}

/** What is set otherwise for events with which a function failed. */
export function failureTroubles(region: string, { properties }: Part, seen: SeenFailureHandling): Judged {
  if (properties === undefined) {
    return 'not judged';
  }
  const changed = otherwise(properties, asWanted(seen), HANDLING);
  if (changed.length === 0) {
    return [];
  }
  const { FunctionName } = properties as ResolvedProperties;
  const name = nameIn(String(FunctionName));
  const destination = inShell(properties.DestinationConfig);
  return [
    trouble(
      changed.includes('DestinationConfig') ? 'fail' : 'warn',
      `What becomes of an event with which the function ${shown(name, 140)} failed ${NOT_AS_DEPLOYED} (${changed.join(', ')})${changed.includes('DestinationConfig') ? ': it is kept nowhere, and no alarm tells of it' : ''}.`,
      `aws lambda put-function-event-invoke-config --region ${region} --function-name ${shellWord(name)} --maximum-retry-attempts ${String(properties.MaximumRetryAttempts)} --maximum-event-age-in-seconds ${String(properties.MaximumEventAgeInSeconds)} --destination-config ${destination ?? 'as the template of the stack says'}`,
    ),
  ];
}

export const lookAtFailureHandling: Look = async (part, { region, clients }) => {
  const { FunctionName } = part.properties ?? {};
  if (typeof FunctionName !== 'string') {
    return 'not judged';
  }
  const lambda = clients.of(LambdaClient, region);
  const found = await ifPresent('GetFunctionEventInvokeConfig', region, FunctionName, () =>
    lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })),
  );
  return failureTroubles(region, part, found && { ...found });
};
