import {
  type FunctionConfiguration,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { fieldsOf } from '../../../lib/model/json.ts';
import { shown } from '../../output.ts';
import { MADE_ANEW, MADE_ANEW_IN_TWO } from '../made-anew.ts';
import { functionOf, WITHOUT } from '../without.ts';
import {
  inShell,
  type Look,
  NOT_AS_DEPLOYED,
  otherwise,
  type Part,
  type PartTrouble,
  trouble,
} from './part.ts';
import { isSame, type Resolved, type ResolvedProperties } from './resolved.ts';

/** What of a function is looked at. */
export type SeenFunction = Pick<
  FunctionConfiguration,
  | 'Role'
  | 'Handler'
  | 'Runtime'
  | 'Timeout'
  | 'MemorySize'
  | 'Environment'
  | 'CodeSha256'
  | 'State'
  | 'StateReason'
> & { readonly reservedConcurrency?: number };

/** With these a function does something else, or nothing; with the others it is slower. */
const DECISIVE = ['Role', 'Handler', 'Runtime', 'Environment'] as const;
const SIZES = ['Timeout', 'MemorySize'] as const;

const OPTIONS: Readonly<Record<(typeof DECISIVE)[number] | (typeof SIZES)[number], string>> = {
  Role: '--role',
  Handler: '--handler',
  Runtime: '--runtime',
  Environment: '--environment',
  Timeout: '--timeout',
  MemorySize: '--memory-size',
};

function without({ logicalId }: Part): string {
  const name = functionOf(logicalId);
  return name === undefined ? 'what it does is not done' : WITHOUT[name];
}

/** CloudFormation asks these two when the stack is removed (`EventForwarding`, `SweepStarted`), and one that is gone does not answer. */
const ASKED_AT_REMOVAL = new Set(['forward-events', 'sweep']);

function goneTrouble(part: Part, name: string): PartTrouble {
  const isAsked = ASKED_AT_REMOVAL.has(functionOf(part.logicalId) ?? '');
  return trouble(
    'fail',
    `The function ${name} is gone: ${without(part)}.`,
    isAsked ? MADE_ANEW_IN_TWO : MADE_ANEW,
  );
}

/** Variables that the stack gave, and that are not there or have another value. None where Lambda may not show them. */
function otherVariables(wanted: Resolved | undefined, seen: SeenFunction): readonly string[] {
  if (seen.Environment?.Error !== undefined) {
    return [];
  }
  const there = seen.Environment?.Variables ?? {};
  return Object.entries(fieldsOf(fieldsOf(wanted).Variables))
    .filter(([name, value]) => !isSame(value as Resolved, there[name] ?? null))
    .map(([name]) => name);
}

function settingsTrouble(
  part: Part,
  { region, name }: { readonly region: string; readonly name: string },
  wanted: ResolvedProperties,
  seen: SeenFunction,
): readonly PartTrouble[] {
  const variables = otherVariables(wanted.Environment, seen);
  const changed = [
    ...otherwise(wanted, { ...seen }, ['Role', 'Handler', 'Runtime']),
    ...(variables.length === 0 ? [] : ['Environment']),
    ...otherwise(wanted, { ...seen }, SIZES),
  ] as (keyof typeof OPTIONS)[];
  if (changed.length === 0) {
    return [];
  }
  const what = changed.map((key) =>
    key === 'Environment'
      ? `Environment (${variables.join(', ')})`
      : `${key} is ${String(seen[key] ?? 'none')}`,
  );
  const values = changed.map((key) => [OPTIONS[key], inShell(wanted[key])] as const);
  const isDecisive = changed.some((key) => DECISIVE.some((each) => each === key));
  return [
    trouble(
      isDecisive ? 'fail' : 'warn',
      `The function ${name} ${NOT_AS_DEPLOYED}: ${shown(what.join(', '), 400)}.${isDecisive ? ` If it does not work so, ${without(part)}.` : ''}`,
      values.some(([, value]) => value === undefined)
        ? MADE_ANEW
        : `aws lambda update-function-configuration --region ${region} --function-name ${name} ${values.map((pair) => pair.join(' ')).join(' ')}`,
    ),
  ];
}

/** `peering deploy` names code by its content; the serverless framework does not. */
const BY_CONTENT = /\/([0-9a-f]{64})\/[^/]+\.zip$/;

/** @returns undefined: the key does not say. */
function wantedSha256(wanted: ResolvedProperties): string | undefined {
  const hex = BY_CONTENT.exec(String(fieldsOf(wanted.Code).S3Key))?.[1];
  return hex === undefined ? undefined : Buffer.from(hex, 'hex').toString('base64');
}

function codeTrouble(
  { region, name }: { readonly region: string; readonly name: string },
  wanted: ResolvedProperties,
  { CodeSha256 }: SeenFunction,
): readonly PartTrouble[] {
  const sha256 = wantedSha256(wanted);
  if (sha256 === undefined || CodeSha256 === undefined || sha256 === CodeSha256) {
    return [];
  }
  const { S3Bucket, S3Key } = fieldsOf(wanted.Code) as ResolvedProperties;
  const bucket = inShell(S3Bucket);
  return [
    trouble(
      'fail',
      `The function ${name} has other code than the stack gave it: what it does, nobody here can say.`,
      bucket === undefined
        ? MADE_ANEW
        : `aws lambda update-function-code --region ${region} --function-name ${name} --s3-bucket ${bucket} --s3-key ${inShell(S3Key)}`,
    ),
  ];
}

/** What is wrong with a function. @param seen undefined: there is none of this name. */
export function functionTroubles(
  region: string,
  part: Part,
  seen: SeenFunction | undefined,
): readonly PartTrouble[] {
  const name = shown(part.physicalId ?? part.logicalId, 140);
  if (seen === undefined) {
    return [goneTrouble(part, name)];
  }
  const at = { region, name };
  const { properties } = part;
  return [
    ...(seen.reservedConcurrency === 0
      ? [
          trouble(
            'fail',
            `The function ${name} has a reserved concurrency of 0, so that it never runs: ${without(part)}.`,
            `aws lambda delete-function-concurrency --region ${region} --function-name ${name}`,
          ),
        ]
      : []),
    ...(seen.State === 'Failed'
      ? [
          trouble(
            'fail',
            `The function ${name} cannot run (${shown(seen.StateReason ?? 'Lambda does not say why', 200)}): ${without(part)}.`,
            MADE_ANEW,
          ),
        ]
      : []),
    ...(seen.Environment?.Error === undefined
      ? []
      : [
          trouble(
            'warn',
            `The variables of the function ${name} were not looked at: ${shown(seen.Environment.Error.Message ?? 'Lambda does not say why', 200)}`,
            'Run it with credentials that may decrypt them.',
          ),
        ]),
    ...(properties === undefined
      ? []
      : [...settingsTrouble(part, at, properties, seen), ...codeTrouble(at, properties, seen)]),
  ];
}

export const lookAtFunction: Look = async (part, { region, clients }) => {
  const FunctionName = part.physicalId ?? '';
  const lambda = clients.of(LambdaClient, region);
  const configuration = await ifPresent('GetFunctionConfiguration', region, FunctionName, () =>
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
  );
  if (configuration === undefined) {
    return functionTroubles(region, part, undefined);
  }
  const concurrency = await ifPresent('GetFunctionConcurrency', region, FunctionName, () =>
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
  );
  const reserved = concurrency?.ReservedConcurrentExecutions;
  return functionTroubles(region, part, {
    ...configuration,
    ...(reserved === undefined ? {} : { reservedConcurrency: reserved }),
  });
};
