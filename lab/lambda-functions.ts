import {
  type FunctionEventInvokeConfig,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { arnIn, isArn, parseArn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import type { CodeReference } from './lambda-code.ts';
import type { Place } from './types.ts';

/** A deployed function, as far as running it needs. */
export interface LabFunction extends Place {
  readonly name: string;
  readonly arn: string;
  readonly handler: string;
  readonly runtime: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly code: CodeReference;
  readonly reservedConcurrency?: number;
  readonly asynchronous: FunctionEventInvokeConfig;
  /** Who may invoke it: the ARNs of rules, or a service's principal when a statement names no source. */
  readonly invokers: readonly Invoker[];
}

export interface Invoker {
  readonly service: string;
  readonly sourceArn?: string;
}

/** Functions as moto holds them, read again after something changed them. */
export interface FunctionRegistry {
  /**
   * @param reference a name, a partial or a whole ARN, with or without a qualifier
   * @returns `undefined` when there is no such function
   */
  find(reference: string, place: Place): Promise<LabFunction | undefined>;
  invalidate(): void;
}

interface PolicyStatement {
  readonly Principal?: { readonly Service?: string } | string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The name and place in `name`, `name:qualifier`, `account:function:name` and `arn:aws:lambda:...:function:name:1`. */
export function functionAddress(reference: string, place: Place): Place & { readonly name: string } {
  const { accountId, region } = isArn(reference) ? parseArn(reference) : place;
  const marker = 'function:';
  const start = reference.indexOf(marker);
  const [name = reference] = (start === -1 ? reference : reference.slice(start + marker.length)).split(':');
  return { accountId, region, name };
}

async function orUndefined<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return undefined;
    }
    throw error;
  }
}

function invokersIn(policy: string | undefined): Invoker[] {
  const { Statement = [] } = JSON.parse(policy ?? '{}') as { Statement?: readonly PolicyStatement[] };
  return Statement.flatMap(({ Principal, Condition = {} }) => {
    const service = typeof Principal === 'string' ? Principal : Principal?.Service;
    const sources = Object.values(Condition).flatMap((condition) =>
      Object.entries(condition)
        .filter(([key]) => key.toLowerCase() === 'aws:sourcearn')
        .map(([, sourceArn]) => sourceArn),
    );
    if (service === undefined) {
      return [];
    }
    return sources.length === 0 ? [{ service }] : sources.map((sourceArn) => ({ service, sourceArn }));
  });
}

export function createFunctionRegistry(clients: MotoClients): FunctionRegistry {
  const cache = new Map<string, Promise<LabFunction | undefined>>();

  async function read(place: Place, FunctionName: string): Promise<LabFunction | undefined> {
    const lambda = clients.lambda(place);
    const found = await orUndefined(lambda.send(new GetFunctionCommand({ FunctionName })));
    const { Configuration, Code, Concurrency } = found ?? {};
    if (Configuration === undefined) {
      return undefined;
    }
    const [asynchronous, policy] = await Promise.all([
      orUndefined(lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))),
      orUndefined(lambda.send(new GetPolicyCommand({ FunctionName }))),
    ]);
    const location = Code?.Location;
    return {
      ...place,
      name: Configuration.FunctionName ?? FunctionName,
      arn: arnIn(place, 'lambda', `function:${FunctionName}`),
      handler: Configuration.Handler ?? '',
      runtime: Configuration.Runtime ?? '',
      memoryMegabytes: Configuration.MemorySize ?? 128,
      timeoutSeconds: Configuration.Timeout ?? 3,
      environment: Configuration.Environment?.Variables ?? {},
      roleArn: Configuration.Role ?? '',
      code: {
        sha256: Configuration.CodeSha256 ?? '',
        ...(location ? { key: decodeURIComponent(new URL(location).pathname.slice(1)) } : {}),
      },
      asynchronous: asynchronous ?? {},
      invokers: invokersIn(policy?.Policy),
      ...(Concurrency?.ReservedConcurrentExecutions === undefined
        ? {}
        : { reservedConcurrency: Concurrency.ReservedConcurrentExecutions }),
    };
  }

  return {
    find(reference, place) {
      const { name, accountId, region } = functionAddress(reference, place);
      const key = `${accountId}/${region}/${name}`;
      let found = cache.get(key);
      if (found === undefined) {
        found = read({ accountId, region }, name);
        cache.set(key, found);
        // Neither a failure nor an absence is kept.
        found.then(
          (value) => value ?? cache.delete(key),
          () => cache.delete(key),
        );
      }
      return found;
    },
    invalidate: () => cache.clear(),
  };
}
