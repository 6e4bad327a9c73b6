import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import type { MotoClients } from './clients.ts';
import { readDeployedStack, stackNameIn } from './deployed-stack.ts';
import { messageOf } from './errors.ts';
import { resolveValue } from './template.ts';
import type { LabCall, LabLog, LabResponse, Place, ServiceOverlay } from './types.ts';

/** A resource of a template, its functions resolved. */
export interface StackResource extends Place {
  readonly stackName: string;
  readonly logicalId: string;
  /** Of what moto makes; it leaves out what has none. */
  readonly physicalId?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Makes resources of a type that moto leaves out of a stack. */
export interface ResourceMaker {
  readonly type: string;
  make(resource: StackResource): Promise<void>;
  /** Called with what is left of this type in the stack after each deployment; the rest is to go. */
  retain(stack: Place & { readonly stackName: string }, left: readonly StackResource[]): Promise<void>;
}

export interface StacksOptions {
  readonly clients: MotoClients;
  call(call: LabCall): Promise<LabResponse>;
  readonly makers: readonly ResourceMaker[];
  /** Called before and after a stack changes: whatever was read of that place is old. */
  changed(place: Place): void;
  readonly log: LabLog;
}

const CHANGING = /^(CreateStack|UpdateStack|DeleteStack|ExecuteChangeSet)$/;

/** CloudFormation: after moto has deployed a stack, adds the resources that it skipped. */
export function createStacksOverlay({ clients, call, makers, changed, log }: StacksOptions): ServiceOverlay {
  async function complete(place: Place, stackName: string): Promise<void> {
    const deployed = await readDeployedStack({ clients, call }, place, stackName);
    if (deployed === undefined) {
      await Promise.all(makers.map((maker) => maker.retain({ ...place, stackName }, [])));
      return;
    }
    const { stack, template } = deployed;
    for (const maker of makers) {
      const made: StackResource[] = [];
      for (const [logicalId, { Type, Properties }] of Object.entries(template.Resources ?? {})) {
        if (Type !== maker.type) {
          continue;
        }
        try {
          const properties = resolveValue(Properties ?? {}, stack) as StackResource['properties'];
          const physicalId = stack.resources[logicalId]?.physicalId;
          const resource = {
            ...place,
            stackName,
            logicalId,
            properties,
            ...(physicalId === undefined ? {} : { physicalId }),
          };
          await maker.make(resource);
          made.push(resource);
        } catch (error) {
          log(`a resource of ${stackName} is missing in the lab`, {
            resource: logicalId,
            type: Type,
            problem: messageOf(error),
          });
        }
      }
      await maker.retain({ ...place, stackName }, made);
    }
  }

  return {
    async handle(request, forward) {
      const form = new URLSearchParams(request.query || request.body.toString());
      const response = await forward(request);
      if (CHANGING.test(form.get('Action') ?? '') && response.status === 200) {
        changed(request);
        try {
          await complete(request, stackNameIn(form));
        } catch (error) {
          // moto has deployed the stack: its answer stands.
          log('the resources that moto leaves out could not be added', {
            stack: stackNameIn(form),
            error: messageOf(error),
          });
        }
        changed(request);
      }
      return response;
    },
  };
}

/** `AWS::Lambda::EventInvokeConfig`: retries and destinations of asynchronous invocations. */
export function createEventInvokeConfigMaker(clients: MotoClients): ResourceMaker {
  return {
    type: 'AWS::Lambda::EventInvokeConfig',
    async make({ properties, ...place }) {
      const { Qualifier: _, ...config } = properties as {
        readonly FunctionName: string;
        readonly Qualifier?: string;
        readonly MaximumRetryAttempts?: number | string;
        readonly MaximumEventAgeInSeconds?: number | string;
        readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination: string } };
      };
      await clients.lambda(place).send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: config.FunctionName,
          ...(config.DestinationConfig ? { DestinationConfig: config.DestinationConfig } : {}),
          MaximumRetryAttempts: Number(config.MaximumRetryAttempts ?? 2),
          MaximumEventAgeInSeconds: Number(config.MaximumEventAgeInSeconds ?? 21_600),
        }),
      );
    },
    // It lives and dies with its function.
    retain: async () => {},
  };
}

/** `AWS::Lambda::Function`, which moto makes without looking at the package. */
export function createFunctionCodeMaker(
  takeCode: (reference: string, place: Place) => Promise<void>,
): ResourceMaker {
  return {
    type: 'AWS::Lambda::Function',
    async make({ physicalId, ...place }) {
      if (physicalId !== undefined) await takeCode(physicalId, place);
    },
    // What is unpacked stays until the lab ends.
    retain: async () => {},
  };
}
