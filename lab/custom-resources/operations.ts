import { GetTemplateCommand, type Parameter } from '@aws-sdk/client-cloudformation';
import type { Activity } from '../activity.ts';
import { describeStack, readDeployedStack, type StackReader } from '../deployed-stack.ts';
import { errorAnswer } from '../error-answer.ts';
import { messageOf } from '../errors.ts';
import { administratorRequest } from '../forward.ts';
import { type DeployedStack, resolveValue, UnresolvedReference } from '../template.ts';
import type { Forward, LabLog, LabRequest, LabResponse, Place } from '../types.ts';
import { answer, stackIdIn } from './answers.ts';
import type { CustomResourceLifecycle, Progress } from './lifecycle.ts';
import {
  type CustomResource,
  isInProgress,
  type StackRecord,
  type StackRecords,
  tellResource,
  tellStack,
} from './records.ts';
import { type DeclaredCustomResource, type SeparatedTemplate, scalarsAsText } from './separate.ts';
import { takenName } from './taken-names.ts';
import type { UnseenEvents } from './unseen.ts';

/** A stack before an update: what a rollback goes back to. */
interface StackBefore {
  readonly template: string;
  readonly parameters: readonly Parameter[];
  readonly originalTemplate?: string;
}

const NOTHING: StackBefore = { template: '{"Resources":{}}', parameters: [] };

/** One creation or update of a stack. */
export interface Deployment {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly stackName: string;
  readonly template: SeparatedTemplate;
  /** Has moto do its part. */
  send(): Promise<LabResponse>;
  /** To moto, for the rollback. */
  readonly next: Forward;
}

/** What is needed once moto has done its part. */
interface Unfinished extends Pick<Deployment, 'operation' | 'template' | 'next'> {
  readonly before: StackBefore | undefined;
}

export interface StackOperationsOptions extends StackReader {
  readonly records: StackRecords;
  readonly lifecycle: CustomResourceLifecycle;
  readonly unseen: UnseenEvents;
  readonly activity: Activity;
  readonly log: LabLog;
}

function updateRequest(record: StackRecord, { template, parameters }: StackBefore): LabRequest {
  const form = new URLSearchParams({
    Action: 'UpdateStack',
    Version: '2010-05-15',
    StackName: record.stackName,
    TemplateBody: template,
  });
  parameters.forEach(({ ParameterKey = '', ParameterValue = '' }, index) => {
    form.set(`Parameters.member.${index + 1}.ParameterKey`, ParameterKey);
    form.set(`Parameters.member.${index + 1}.ParameterValue`, ParameterValue);
  });
  const { accountId, region } = record;
  return administratorRequest({
    service: 'cloudformation',
    accountId,
    region,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
}

/** @throws {UnresolvedReference} of which the events tell. */
function resolved(
  record: StackRecord,
  { logicalId, type, properties }: DeclaredCustomResource,
  stack: DeployedStack,
): CustomResource['properties'] {
  try {
    return scalarsAsText(resolveValue(properties, stack)) as CustomResource['properties'];
  } catch (error) {
    if (error instanceof UnresolvedReference) {
      const existing = record.resources.get(logicalId);
      tellResource(
        record,
        { logicalId, type, physicalId: existing?.physicalId ?? '' },
        existing === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED',
        error.message,
      );
    }
    throw error;
  }
}

function inProgressError(request: LabRequest, { stackId, status }: StackRecord): LabResponse {
  return errorAnswer(request, {
    status: 400,
    code: 'ValidationError',
    message: `Stack:${stackId} is in ${status?.name} state and can not be updated.`,
  });
}

/** Creates, updates and deletes stacks: moto all but their custom resources, functions those. */
export class StackOperations {
  readonly #options: StackOperationsOptions;

  constructor(options: StackOperationsOptions) {
    this.#options = options;
  }

  /** Answers once moto is done; the custom resources follow. */
  async deploy(request: LabRequest, deployment: Deployment): Promise<LabResponse> {
    const { operation, stackName, template, send } = deployment;
    const known = this.#options.records.find(request, stackName);
    if (known !== undefined && isInProgress(known)) {
      return inProgressError(request, known);
    }
    const refused =
      operation === 'UPDATE' ? await this.#refuseTakenNames(request, stackName, template) : undefined;
    if (refused !== undefined) {
      return refused;
    }
    if (template.customResources.length === 0 && (known === undefined || known.resources.size === 0)) {
      const response = await send();
      if (known !== undefined && response.status === 200) {
        delete known.status;
      }
      return response;
    }
    return this.#deployWithCustomResources(request, deployment, known);
  }

  /** Begins to delete a stack, its custom resources first. */
  delete(
    record: StackRecord,
    request: LabRequest,
    options: { readonly retained: ReadonlySet<string>; readonly next: Forward },
  ): void {
    tellStack(record, 'DELETE_IN_PROGRESS', 'User Initiated');
    this.#options.activity
      .track(() => this.#finishDeletion(record, request, options))
      .catch((error: unknown) => tellStack(record, 'DELETE_FAILED', messageOf(error)));
  }

  async #deployWithCustomResources(
    request: LabRequest,
    { operation, stackName, template, send, next }: Deployment,
    known: StackRecord | undefined,
  ): Promise<LabResponse> {
    const { activity, unseen, log } = this.#options;
    const before = operation === 'UPDATE' ? await this.#snapshot(request, stackName) : undefined;
    if (known !== undefined) {
      await this.#removeDropped(known, template);
    }
    const perform = async () => {
      const response = await send();
      const record = response.status === 200 ? await this.#recordOf(request, stackName, response) : undefined;
      return { response, record };
    };
    const { response, record } = await (known === undefined ? perform() : unseen.during(known, perform));
    if (record === undefined) {
      return response;
    }
    record.status = { name: `${operation}_IN_PROGRESS` };
    record.originalTemplate = template.originalTemplate;
    activity
      .track(() => this.#finish(record, { operation, template, before, next }))
      .catch((error: unknown) => {
        log('a stack operation broke off', { stack: stackName, error: messageOf(error) });
        tellStack(record, `${operation === 'CREATE' ? '' : 'UPDATE_'}ROLLBACK_FAILED`, messageOf(error));
      });
    return response;
  }

  async #recordOf(request: LabRequest, stackName: string, response: LabResponse): Promise<StackRecord> {
    const { clients, records, unseen } = this.#options;
    const stackId = stackIdIn(response) ?? (await describeStack(clients, request, stackName))?.StackId ?? '';
    const record = records.of(request, { stackName, stackId });
    await unseen.hideCompletion(record);
    return record;
  }

  /** Custom resources that the new template has no more. */
  async #removeDropped(record: StackRecord, { customResources }: SeparatedTemplate): Promise<void> {
    const kept = new Set(customResources.map(({ logicalId }) => logicalId));
    for (const resource of [...record.resources.values()].filter(({ logicalId }) => !kept.has(logicalId))) {
      // moto deletes its function together with it. As on AWS, a failure here does not fail the update.
      await this.#options.lifecycle.remove(record, resource);
      record.resources.delete(resource.logicalId);
    }
  }

  async #snapshot(place: Place, stackName: string): Promise<StackBefore> {
    const { clients, records } = this.#options;
    const [{ TemplateBody = '{}' }, stack] = await Promise.all([
      clients.cloudFormation(place).send(new GetTemplateCommand({ StackName: stackName })),
      describeStack(clients, place, stackName),
    ]);
    const originalTemplate = records.find(place, stackName)?.originalTemplate;
    return {
      template: TemplateBody,
      parameters: stack?.Parameters ?? [],
      ...(originalTemplate === undefined ? {} : { originalTemplate }),
    };
  }

  /** An update that fails at its first resource: nothing was touched. Undefined where all names are free. */
  async #refuseTakenNames(
    request: LabRequest,
    stackName: string,
    template: SeparatedTemplate,
  ): Promise<LabResponse | undefined> {
    const deployed = await readDeployedStack(this.#options, request, stackName);
    const taken =
      deployed === undefined ? undefined : await takenName(this.#options, deployed.stack, template.rest);
    if (deployed === undefined || taken === undefined) {
      return undefined;
    }
    const { stackId } = deployed.stack;
    const record = this.#options.records.of(request, { stackName, stackId });
    const { logicalId, type, name } = taken;
    tellStack(record, 'UPDATE_IN_PROGRESS');
    tellResource(record, { logicalId, type, physicalId: name }, 'CREATE_FAILED', `${name} already exists`);
    const reason = `The following resource(s) failed to create: [${logicalId}].`;
    tellStack(record, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
    tellStack(record, 'UPDATE_ROLLBACK_COMPLETE');
    const action = new URLSearchParams(request.query || request.body.toString()).get('Action') ?? '';
    return answer(action, action === 'UpdateStack' ? { StackId: stackId } : {});
  }

  /** What follows once moto has all other resources. */
  async #finish(record: StackRecord, unfinished: Unfinished): Promise<void> {
    const { lifecycle, log } = this.#options;
    const { operation, template, before } = unfinished;
    const progress: Progress = { created: [], updated: [], replaced: [] };
    let current = '';
    try {
      const deployed = await readDeployedStack(this.#options, record, record.stackName);
      if (deployed === undefined) {
        throw new Error(`${record.stackName} is gone.`);
      }
      for (const declared of template.customResources) {
        current = declared.logicalId;
        const properties = resolved(record, declared, deployed.stack);
        await lifecycle.bringAbout(record, declared, properties, progress);
      }
    } catch (error) {
      log('a custom resource failed', { resource: current, error: messageOf(error) });
      await this.#rollBack(record, { failed: current, progress, ...unfinished });
      if (before?.originalTemplate !== undefined) record.originalTemplate = before.originalTemplate;
      return;
    }
    for (const old of progress.replaced) {
      // A failure here fails nothing: the stack has what it asked for.
      await lifecycle.remove(record, old);
    }
    tellStack(record, `${operation}_COMPLETE`);
  }

  async #rollBack(
    record: StackRecord,
    {
      failed,
      before,
      progress,
      next,
    }: Pick<Unfinished, 'before' | 'next'> & { readonly failed: string; readonly progress: Progress },
  ): Promise<void> {
    const state = before === undefined ? 'ROLLBACK' : 'UPDATE_ROLLBACK';
    tellStack(
      record,
      `${state}_IN_PROGRESS`,
      `The following resource(s) failed to ${before === undefined ? 'create' : 'update'}: [${failed}].`,
    );
    // Their functions may be gone once the other resources are back.
    const stuck = await this.#removeAll(record, progress.created.reverse());
    if (stuck.length === 0) {
      await this.#restore(record, before ?? NOTHING, next);
    }
    for (const old of progress.updated.reverse()) {
      if (!(await this.#options.lifecycle.revert(record, old))) {
        stuck.push(old.logicalId);
      }
    }
    if (stuck.length === 0) {
      tellStack(record, `${state}_COMPLETE`);
    } else {
      tellStack(
        record,
        `${state}_FAILED`,
        `The following resource(s) failed to roll back: [${stuck.join(', ')}].`,
      );
    }
  }

  /** @returns logical ids of those that could not be removed. */
  async #removeAll(record: StackRecord, resources: readonly CustomResource[]): Promise<string[]> {
    const stuck: string[] = [];
    for (const resource of resources) {
      if (await this.#options.lifecycle.remove(record, resource)) {
        record.resources.delete(resource.logicalId);
      } else {
        stuck.push(resource.logicalId);
      }
    }
    return stuck;
  }

  /** Has moto take the stack back to what it was, or to nothing; its events tell nobody. */
  async #restore(record: StackRecord, before: StackBefore, next: Forward): Promise<void> {
    const { unseen } = this.#options;
    // Whoever looks meanwhile would take the end of this update for the end of his own.
    const response = await unseen.during(record, async (known) => {
      const restored = await next(updateRequest(record, before));
      await unseen.hideSince(known, record);
      return restored;
    });
    if (response.status !== 200) {
      throw new Error(`The stack's other resources could not be restored: ${response.body.toString()}`);
    }
  }

  async #finishDeletion(
    record: StackRecord,
    request: LabRequest,
    { retained, next }: { readonly retained: ReadonlySet<string>; readonly next: Forward },
  ): Promise<void> {
    const { records, unseen } = this.#options;
    for (const logicalId of retained) {
      record.resources.delete(logicalId);
    }
    const stuck = await this.#removeAll(record, [...record.resources.values()].reverse());
    if (stuck.length > 0) {
      tellStack(
        record,
        'DELETE_FAILED',
        `The following resource(s) failed to delete: [${stuck.join(', ')}].`,
      );
      return;
    }
    const known = await unseen.idsOf(record);
    const response = await next(request);
    if (response.status !== 200) {
      tellStack(record, 'DELETE_FAILED', response.body.toString());
      return;
    }
    delete record.status;
    records.forgetName(record);
    await unseen.hideSince(known, record, 'DELETE_IN_PROGRESS');
  }
}
