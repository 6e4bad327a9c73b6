import { chatEnvironment } from './chat.ts';
import {
  functionLogicalId,
  getAtt,
  logGroupLogicalId,
  pascalCase,
  type Resources,
  ref,
  sub,
  type Value,
} from './cloudformation.ts';
import {
  METRIC_NAMESPACE,
  optionsOf,
  runbooksOf,
  SERVICE,
  type StackContext,
  statePrefix,
} from './context.ts';
import { FUNCTION_SIZES, type FunctionName, functionsOf } from './functions.ts';
import { topicEnvironment } from './people.ts';
import { isQueued, queueLogicalId } from './queued-functions.ts';
import { spokeReaderEnvironment } from './spoke-reader.ts';

/**
 * The functions with their log groups: as the serverless framework wants them declared, and as the resources that it makes of
 * them, for a stack that is deployed without it. test/stack/release.test.ts holds the one against the other.
 */

const RUNTIME = 'nodejs24.x';
const ARCHITECTURE = 'arm64';
const HANDLER = 'index.handler';

type Environment = { readonly [name: string]: Value };

function commonEnvironment(context: StackContext): Environment {
  return {
    STAGE: context.stage,
    EVENT_BUS_NAME: getAtt('EventBus', 'Name'),
    EVENT_BUS_ARN: getAtt('EventBus', 'Arn'),
    ...topicEnvironment(context),
    RUNBOOKS: runbooksOf(context),
    PING_DOCUMENT: ref('PingDocument'),
    POWERTOOLS_SERVICE_NAME: SERVICE,
    POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
    ...chatEnvironment(context),
  };
}

/** Those that note in the registry what they did, or ask it. */
const WITH_REGISTRY: ReadonlySet<FunctionName> = new Set([
  'accept-requests',
  'sync-routes',
  'check-connectivity',
  'record-connectivity',
  'answer-request',
  'request-peerings',
]);

/** Those that remember, and so take over what older versions kept elsewhere. */
const WITH_STATE_PREFIX: ReadonlySet<FunctionName> = new Set([
  'accept-requests',
  'sync-routes',
  'record-connectivity',
]);

function ownEnvironment(name: FunctionName, context: StackContext): Environment {
  return {
    ...(WITH_REGISTRY.has(name) ? { REGISTRY_TABLE: ref('Registry') } : {}),
    ...(WITH_STATE_PREFIX.has(name) ? { STATE_PREFIX: statePrefix(context) } : {}),
    ...(isQueued(name) ? { QUEUE_URL: ref(queueLogicalId(name)) } : {}),
    ...(name === 'request-peerings' ? spokeReaderEnvironment(context) : {}),
    ...(name === 'forward-events' ? { FORWARDER_ROLE_ARN: getAtt('ForwarderRole', 'Arn') } : {}),
  };
}

function roleOf(name: FunctionName): Value {
  return sub(`\${${pascalCase(name)}Role.Arn}`);
}

/** A function as `functions` of serverless.yml declares it. */
export interface DeclaredFunction {
  readonly description: string;
  readonly handler: string;
  readonly role: Value;
  readonly memorySize: number;
  readonly timeout: number;
  readonly environment: Environment;
}

/** What serverless.yml has under `functions`. */
export function declaredFunctions(context: StackContext): { readonly [name: string]: DeclaredFunction } {
  return Object.fromEntries(
    functionsOf(context.policy).map((name) => [
      name,
      {
        ...FUNCTION_SIZES[name],
        memorySize: optionsOf(context).memory[name] ?? FUNCTION_SIZES[name].memorySize,
        handler: HANDLER,
        role: roleOf(name),
        environment: { ...commonEnvironment(context), ...ownEnvironment(name, context) },
      },
    ]),
  );
}

/** Where the code of a function lies: a bucket, by reference or name, and the key in it. */
export interface CodeLocation {
  readonly S3Bucket: Value;
  readonly S3Key: string;
}

/** The functions and log groups as the framework makes them of {@link declaredFunctions}. */
export function functionResources(
  context: StackContext,
  codeOf: (name: FunctionName) => CodeLocation,
): Resources {
  const declared = Object.entries(declaredFunctions(context)) as [FunctionName, DeclaredFunction][];
  return Object.fromEntries(
    declared.flatMap(([name, { description, handler, role, memorySize, timeout, environment }]) => [
      [
        logGroupLogicalId(name),
        {
          Type: 'AWS::Logs::LogGroup',
          Properties: { LogGroupName: `/aws/lambda/${SERVICE}-${context.stage}-${name}` },
        },
      ],
      [
        functionLogicalId(name),
        {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Code: { ...codeOf(name) },
            Handler: handler,
            Runtime: RUNTIME,
            FunctionName: `${SERVICE}-${context.stage}-${name}`,
            MemorySize: memorySize,
            Timeout: timeout,
            Architectures: [ARCHITECTURE],
            Description: description,
            Environment: { Variables: environment },
            Role: role,
          },
          DependsOn: [logGroupLogicalId(name)],
        },
      ],
    ]),
  );
}
