import { randomUUID } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { messageOf } from '../errors.ts';
import { administratorRequest } from '../forward.ts';
import type { Forward, LabLog, LabResponse, ServiceOverlay } from '../types.ts';
import { parametersOf } from './answers.ts';
import type { Instance, Operation, Result, StackSet } from './stack-set.ts';

/** How often a stack that is not done yet is looked at. */
const LOOK_AGAIN_MS = 50;

const parser = new XMLParser({ parseTagValue: false });

/** The answer about one stack, as far as it is read. */
interface DescribedStacks {
  readonly DescribeStacksResponse?: {
    readonly DescribeStacksResult?: {
      readonly Stacks?: {
        readonly member?: { readonly StackStatus?: string; readonly StackStatusReason?: string };
      };
    };
  };
}

function messageIn(response: LabResponse): string {
  const parsed = parser.parse(response.body) as {
    readonly ErrorResponse?: { readonly Error?: { readonly Message?: string } };
  };
  return (
    parsed.ErrorResponse?.Error?.Message ?? `CloudFormation answered ${response.status}: ${response.body}`
  );
}

export interface OperationsOptions {
  /** CloudFormation's stacks, as callers see them. */
  readonly stacks: ServiceOverlay;
  readonly forward: Forward;
  /** Counts work that goes on behind an answer. */
  track<T>(work: () => Promise<T>): Promise<T>;
  readonly log: LabLog;
}

/** Operations on StackSets: what they do to the stacks in the accounts, one after the other. */
export class StackSetOperations {
  readonly #options: OperationsOptions;

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  /** Puts a stack into each of these instances, which the StackSet has already. */
  create(stackSet: StackSet, on: readonly Instance[]): Operation {
    return this.#begin(stackSet, 'CREATE', on, (instance) => this.#put(stackSet, instance, 'CreateStack'));
  }

  /** Updates all instances to the StackSet's template. */
  update(stackSet: StackSet): Operation {
    return this.#begin(stackSet, 'UPDATE', stackSet.instances, (instance) =>
      this.#put(stackSet, instance, instance.status === 'CURRENT' ? 'UpdateStack' : 'CreateStack'),
    );
  }

  /** Deletes the stacks of these instances, and then the instances. */
  delete(stackSet: StackSet, on: readonly Instance[]): Operation {
    return this.#begin(stackSet, 'DELETE', on, async (instance) => {
      await this.#changeStack(stackSet, instance, 'DeleteStack');
      stackSet.instances.splice(stackSet.instances.indexOf(instance), 1);
    });
  }

  /** Begins an operation; like AWS, it answers before the accounts are done. */
  #begin(
    stackSet: StackSet,
    action: Operation['action'],
    on: readonly Instance[],
    work: (instance: Instance) => Promise<void>,
  ): Operation {
    const results = on.map(({ accountId }): Result => ({ accountId, status: 'PENDING', reason: '' }));
    const operation: Operation = { id: randomUUID(), action, status: 'RUNNING', results };
    stackSet.operations.push(operation);
    const run = async () => {
      for (const [index, instance] of on.entries()) {
        const result = results[index];
        if (result === undefined) continue;
        try {
          await work(instance);
          result.status = 'SUCCEEDED';
        } catch (error) {
          result.status = 'FAILED';
          result.reason = messageOf(error);
          instance.status = action === 'DELETE' ? 'INOPERABLE' : 'OUTDATED';
          instance.reason = result.reason;
        }
      }
      operation.status = results.some(({ status }) => status === 'FAILED') ? 'FAILED' : 'SUCCEEDED';
    };
    this.#options.track(run).catch((error: unknown) =>
      this.#options.log('a StackSet operation broke off', {
        stackSet: stackSet.name,
        error: messageOf(error),
      }),
    );
    return operation;
  }

  /** One call to CloudFormation in the account of an instance. */
  #stackRequest(
    { region }: StackSet,
    { accountId, stackName }: Instance,
    input: Readonly<Record<string, string>>,
  ): Promise<LabResponse> {
    return this.#options.stacks.handle(
      administratorRequest({
        service: 'cloudformation',
        accountId,
        region,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Version: '2010-05-15', StackName: stackName, ...input }).toString(),
      }),
      this.#options.forward,
    );
  }

  /** Stacks with custom resources go on after CloudFormation has answered. */
  async #settled(stackSet: StackSet, instance: Instance): Promise<void> {
    for (;;) {
      const response = await this.#stackRequest(stackSet, instance, { Action: 'DescribeStacks' });
      const { DescribeStacksResponse: described } = parser.parse(response.body) as DescribedStacks;
      const { StackStatus = 'DELETE_COMPLETE', StackStatusReason = 'no reason given' } =
        described?.DescribeStacksResult?.Stacks?.member ?? {};
      if (!StackStatus.endsWith('_IN_PROGRESS')) {
        if (/ROLLBACK|FAILED/.test(StackStatus)) {
          throw new Error(`${StackStatus}: ${StackStatusReason}`);
        }
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  async #changeStack(
    stackSet: StackSet,
    instance: Instance,
    action: 'CreateStack' | 'UpdateStack' | 'DeleteStack',
  ): Promise<void> {
    const parameters = parametersOf(stackSet.form).flatMap(({ ParameterKey, ParameterValue }, index) => [
      [`Parameters.member.${index + 1}.ParameterKey`, ParameterKey],
      [`Parameters.member.${index + 1}.ParameterValue`, ParameterValue],
    ]);
    const response = await this.#stackRequest(stackSet, instance, {
      Action: action,
      ...(action === 'DeleteStack'
        ? {}
        : {
            TemplateBody: stackSet.template,
            'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
            ...Object.fromEntries(parameters),
          }),
    });
    const message = response.status === 200 ? '' : messageIn(response);
    if (response.status !== 200 && !/no updates are to be performed/i.test(message)) {
      throw new Error(message);
    }
    await this.#settled(stackSet, instance);
  }

  async #put(stackSet: StackSet, instance: Instance, action: 'CreateStack' | 'UpdateStack') {
    try {
      await this.#changeStack(stackSet, instance, action);
    } catch (error) {
      if (action === 'CreateStack') {
        await this.#rollBack(stackSet, instance);
      }
      throw error;
    }
    instance.status = 'CURRENT';
    instance.reason = '';
  }

  /** moto keeps what a failed creation had made so far. */
  async #rollBack(stackSet: StackSet, instance: Instance): Promise<void> {
    try {
      await this.#changeStack(stackSet, instance, 'DeleteStack');
    } catch (error) {
      this.#options.log('a stack that failed could not be removed', {
        stack: instance.stackName,
        problem: messageOf(error),
      });
    }
  }
}
