import { randomUUID } from 'node:crypto';
import {
  DescribeStackEventsCommand,
  GetTemplateCommand,
  type Parameter,
} from '@aws-sdk/client-cloudformation';
import type { Activity } from '../activity.ts';
import { describeStack, readDeployedStack, type StackReader, stackNameIn } from '../deployed-stack.ts';
import { errorAnswer } from '../error-answer.ts';
import { messageOf } from '../errors.ts';
import { administratorRequest } from '../forward.ts';
import { withTypesShown } from '../hidden-types.ts';
import { resolveValue, UnresolvedReference } from '../template.ts';
import { templateBodyOf } from '../template-body.ts';
import type { Forward, LabLog, LabRequest, LabResponse, Place, ServiceOverlay } from '../types.ts';
import {
  answer,
  resourceAnswer,
  stackIdIn,
  withEvents,
  withResources,
  withStackStates,
  withTemplate,
} from './answers.ts';
import {
  type CustomResource,
  createStackRecords,
  isInProgress,
  STACK_TYPE,
  type StackRecord,
  tellResource,
  tellStack,
} from './records.ts';
import { CustomResourceFailure, type CustomResourceRequests } from './requests.ts';
import {
  type DeclaredCustomResource,
  type SeparatedTemplate,
  scalarsAsText,
  separateCustomResources,
} from './separate.ts';
import { takenName } from './taken-names.ts';

export interface CustomResourcesOptions extends StackReader {
  readonly requests: CustomResourceRequests;
  /** CloudFormation without custom resources. */
  readonly stacks: ServiceOverlay;
  readonly activity: Activity;
  readonly log: LabLog;
}

type Operation = 'CREATE' | 'UPDATE';

/** A stack before an update: what a rollback goes back to. */
interface StackBefore {
  readonly template: string;
  readonly parameters: readonly Parameter[];
  readonly originalTemplate?: string;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function withForm(request: LabRequest, form: URLSearchParams): LabRequest {
  return {
    ...request,
    query: '',
    headers: { ...request.headers, ...FORM },
    body: Buffer.from(form.toString()),
  };
}

/**
 * CloudFormation with custom resources: takes them out of templates before moto sees them, and has their functions make,
 * change and delete them, as CloudFormation does it. What else moto must not make is hidden from it here.
 */
export function createCustomResources(options: CustomResourcesOptions): ServiceOverlay {
  const { clients, requests, stacks, activity, log } = options;
  const records = createStackRecords();
  /** What change sets hold, by their ARN. */
  const changeSets = new Map<
    string,
    { readonly operation: Operation; readonly template: SeparatedTemplate }
  >();

  async function eventIds(
    place: Place,
    stack: string,
  ): Promise<{ id: string; type: string; status: string }[]> {
    const { StackEvents = [] } = await clients
      .cloudFormation(place)
      .send(new DescribeStackEventsCommand({ StackName: stack }));
    return StackEvents.map(({ EventId = '', ResourceType = '', ResourceStatus = '' }) => ({
      id: EventId,
      type: ResourceType,
      status: ResourceStatus,
    }));
  }

  /** `undefined` for what moto has to judge: no template, or one that cannot be read. */
  async function separated(form: URLSearchParams, place: Place): Promise<SeparatedTemplate | undefined> {
    try {
      const template = await templateBodyOf(clients, place, {
        url: form.get('TemplateURL'),
        body: form.get('TemplateBody'),
      });
      return template === undefined ? undefined : separateCustomResources(template);
    } catch (error) {
      log('a template could not be read for custom resources', { error: messageOf(error) });
      return undefined;
    }
  }

  async function snapshot(place: Place, stackName: string): Promise<StackBefore> {
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

  /** Has a function do something; the events tell of it. */
  async function perform(
    record: StackRecord,
    requestType: 'Create' | 'Update' | 'Delete',
    resource: CustomResource,
    old?: CustomResource,
  ): Promise<string> {
    const doing = requestType.toUpperCase();
    tellResource(record, resource, `${doing}_IN_PROGRESS`);
    try {
      const physicalId = await requests.send({
        RequestType: requestType,
        StackId: record.stackId,
        LogicalResourceId: resource.logicalId,
        ResourceType: resource.type,
        ResourceProperties: resource.properties,
        ...(old === undefined ? {} : { OldResourceProperties: old.properties }),
        ...(requestType === 'Create' ? {} : { PhysicalResourceId: resource.physicalId }),
      });
      tellResource(record, { ...resource, physicalId }, `${doing}_COMPLETE`);
      return physicalId;
    } catch (error) {
      tellResource(record, resource, `${doing}_FAILED`, messageOf(error));
      throw error instanceof CustomResourceFailure ? error : new CustomResourceFailure(messageOf(error));
    }
  }

  /** @returns false when it failed; the events say why. */
  async function remove(record: StackRecord, resource: CustomResource): Promise<boolean> {
    if (resource.whenLeft === 'retain') {
      tellResource(record, resource, 'DELETE_SKIPPED');
      return true;
    }
    try {
      await perform(record, 'Delete', resource);
      return true;
    } catch (error) {
      log('a custom resource could not be deleted', {
        resource: resource.logicalId,
        error: messageOf(error),
      });
      return false;
    }
  }

  function resolved(
    record: StackRecord,
    declared: DeclaredCustomResource,
    deployed: NonNullable<Awaited<ReturnType<typeof readDeployedStack>>>,
  ): CustomResource['properties'] {
    const { logicalId, type } = declared;
    try {
      return scalarsAsText(resolveValue(declared.properties, deployed.stack)) as CustomResource['properties'];
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

  /** What the operation has done so far, for its end or its rollback. */
  interface Progress {
    readonly created: CustomResource[];
    readonly updated: CustomResource[];
    /** Replaced: their physical ids are to go. */
    readonly replaced: CustomResource[];
  }

  async function bringAbout(
    record: StackRecord,
    declared: DeclaredCustomResource,
    properties: CustomResource['properties'],
    progress: Progress,
  ): Promise<void> {
    const { logicalId, type, whenLeft } = declared;
    const old = record.resources.get(logicalId);
    const wanted = {
      logicalId,
      type,
      whenLeft,
      properties,
      physicalId:
        old?.physicalId ?? `${record.stackName}-${logicalId}-${randomUUID().slice(-12).toUpperCase()}`,
    };
    const keep = (resource: Omit<CustomResource, 'changed'>) => {
      const kept = { ...resource, changed: new Date() };
      record.resources.set(logicalId, kept);
      return kept;
    };
    if (old === undefined) {
      try {
        const physicalId = await perform(record, 'Create', { ...wanted, status: '', changed: new Date() });
        progress.created.push(keep({ ...wanted, physicalId, status: 'CREATE_COMPLETE' }));
      } catch (error) {
        const named = error instanceof CustomResourceFailure ? error.physicalId : undefined;
        progress.created.push(
          keep({ ...wanted, physicalId: named ?? wanted.physicalId, status: 'CREATE_FAILED' }),
        );
        throw error;
      }
      return;
    }
    if (JSON.stringify(old.properties) === JSON.stringify(properties)) {
      record.resources.set(logicalId, { ...old, whenLeft });
      return;
    }
    if (old.properties.ServiceToken !== properties.ServiceToken) {
      const reason = 'Modifying service token is not allowed.';
      tellResource(record, old, 'UPDATE_FAILED', reason);
      throw new CustomResourceFailure(reason);
    }
    progress.updated.push(old);
    try {
      const physicalId = await perform(record, 'Update', { ...wanted, status: '', changed: new Date() }, old);
      keep({ ...wanted, physicalId, status: 'UPDATE_COMPLETE' });
      if (physicalId !== old.physicalId) {
        progress.replaced.push(old);
      }
    } catch (error) {
      keep({ ...old, status: 'UPDATE_FAILED' });
      throw error;
    }
  }

  /** Has moto take the stack back to what it was, or to nothing; its events tell nobody. */
  async function restore(record: StackRecord, before: StackBefore, next: Forward): Promise<void> {
    const known = new Set((await eventIds(record, record.stackId)).map(({ id }) => id));
    const form = new URLSearchParams({
      Action: 'UpdateStack',
      Version: '2010-05-15',
      StackName: record.stackName,
      TemplateBody: before.template,
    });
    before.parameters.forEach(({ ParameterKey = '', ParameterValue = '' }, index) => {
      form.set(`Parameters.member.${index + 1}.ParameterKey`, ParameterKey);
      form.set(`Parameters.member.${index + 1}.ParameterValue`, ParameterValue);
    });
    const { accountId, region } = record;
    // Whoever looks meanwhile would take the end of this update for the end of his own.
    record.shownEvents = known;
    let response: LabResponse;
    try {
      response = await next(
        administratorRequest({
          service: 'cloudformation',
          accountId,
          region,
          headers: FORM,
          body: form.toString(),
        }),
      );
      for (const { id } of await eventIds(record, record.stackId)) {
        if (!known.has(id)) {
          record.hiddenEvents.add(id);
        }
      }
    } finally {
      delete record.shownEvents;
    }
    if (response.status !== 200) {
      throw new Error(`The stack's other resources could not be restored: ${response.body.toString()}`);
    }
  }

  async function rollBack(
    record: StackRecord,
    {
      failed,
      before,
      progress,
      next,
    }: {
      readonly failed: string;
      readonly before: StackBefore | undefined;
      readonly progress: Progress;
      readonly next: Forward;
    },
  ): Promise<void> {
    const state = before === undefined ? 'ROLLBACK' : 'UPDATE_ROLLBACK';
    tellStack(
      record,
      `${state}_IN_PROGRESS`,
      `The following resource(s) failed to ${before === undefined ? 'create' : 'update'}: [${failed}].`,
    );
    const stuck: string[] = [];
    for (const resource of progress.created.reverse()) {
      // Its function may be gone once the other resources are back.
      if (await remove(record, resource)) {
        record.resources.delete(resource.logicalId);
      } else {
        stuck.push(resource.logicalId);
      }
    }
    if (stuck.length === 0) {
      await restore(record, before ?? { template: '{"Resources":{}}', parameters: [] }, next);
    }
    for (const old of progress.updated.reverse()) {
      const current = record.resources.get(old.logicalId) ?? old;
      try {
        const physicalId = await perform(
          record,
          'Update',
          { ...old, physicalId: current.physicalId },
          current,
        );
        record.resources.set(old.logicalId, {
          ...old,
          physicalId,
          status: 'UPDATE_COMPLETE',
          changed: new Date(),
        });
      } catch (error) {
        log('a custom resource could not be rolled back', {
          resource: old.logicalId,
          error: messageOf(error),
        });
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

  /** What follows once moto has all other resources. */
  async function finish(
    record: StackRecord,
    {
      operation,
      template,
      before,
      next,
    }: {
      readonly operation: Operation;
      readonly template: SeparatedTemplate;
      readonly before: StackBefore | undefined;
      readonly next: Forward;
    },
  ): Promise<void> {
    const progress: Progress = { created: [], updated: [], replaced: [] };
    let current = '';
    try {
      const deployed = await readDeployedStack(options, record, record.stackName);
      if (deployed === undefined) {
        throw new Error(`${record.stackName} is gone.`);
      }
      for (const declared of template.customResources) {
        current = declared.logicalId;
        await bringAbout(record, declared, resolved(record, declared, deployed), progress);
      }
    } catch (error) {
      log('a custom resource failed', { resource: current, error: messageOf(error) });
      await rollBack(record, { failed: current, before, progress, next });
      if (before?.originalTemplate !== undefined) record.originalTemplate = before.originalTemplate;
      return;
    }
    for (const old of progress.replaced) {
      // A failure here fails nothing: the stack has what it asked for.
      await remove(record, old);
    }
    tellStack(record, `${operation}_COMPLETE`);
  }

  /** An update that fails at its first resource: nothing was touched. Undefined where all names are free. */
  async function refuseTakenNames(
    request: LabRequest,
    stackName: string,
    template: SeparatedTemplate,
  ): Promise<LabResponse | undefined> {
    const deployed = await readDeployedStack(options, request, stackName);
    const taken =
      deployed === undefined ? undefined : await takenName(options, deployed.stack, template.rest);
    if (deployed === undefined || taken === undefined) {
      return undefined;
    }
    const { stackId } = deployed.stack;
    const record = records.of(request, { stackName, stackId });
    const { logicalId, type, name } = taken;
    tellStack(record, 'UPDATE_IN_PROGRESS');
    tellResource(record, { logicalId, type, physicalId: name }, 'CREATE_FAILED', `${name} already exists`);
    const reason = `The following resource(s) failed to create: [${logicalId}].`;
    tellStack(record, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
    tellStack(record, 'UPDATE_ROLLBACK_COMPLETE');
    const action = new URLSearchParams(request.query || request.body.toString()).get('Action') ?? '';
    return answer(action, action === 'UpdateStack' ? { StackId: stackId } : {});
  }

  async function deploy(
    request: LabRequest,
    {
      operation,
      stackName,
      template,
      send,
      next,
    }: {
      readonly operation: Operation;
      readonly stackName: string;
      readonly template: SeparatedTemplate;
      send(): Promise<LabResponse>;
      readonly next: Forward;
    },
  ): Promise<LabResponse> {
    const known = records.find(request, stackName);
    if (known !== undefined && isInProgress(known)) {
      return errorAnswer(request, {
        status: 400,
        code: 'ValidationError',
        message: `Stack:${known.stackId} is in ${known.status?.name} state and can not be updated.`,
      });
    }
    const refused = operation === 'UPDATE' ? await refuseTakenNames(request, stackName, template) : undefined;
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
    const before = operation === 'UPDATE' ? await snapshot(request, stackName) : undefined;
    if (known !== undefined) {
      const kept = new Set(template.customResources.map(({ logicalId }) => logicalId));
      for (const resource of [...known.resources.values()].filter(({ logicalId }) => !kept.has(logicalId))) {
        // moto deletes its function together with it. As on AWS, a failure here does not fail the update.
        await remove(known, resource);
        known.resources.delete(resource.logicalId);
      }
    }
    if (known !== undefined) {
      known.shownEvents = new Set((await eventIds(known, known.stackId)).map(({ id }) => id));
    }
    let record: StackRecord;
    let response: LabResponse;
    try {
      response = await send();
      if (response.status !== 200) {
        return response;
      }
      const stackId =
        stackIdIn(response) ?? (await describeStack(clients, request, stackName))?.StackId ?? '';
      record = records.of(request, { stackName, stackId });
      const [newest] = await eventIds(record, stackId);
      if (newest?.type === STACK_TYPE && newest.status.endsWith('_COMPLETE')) {
        record.hiddenEvents.add(newest.id);
      }
    } finally {
      delete known?.shownEvents;
    }
    record.status = { name: `${operation}_IN_PROGRESS` };
    record.originalTemplate = template.originalTemplate;
    activity
      .track(() => finish(record, { operation, template, before, next }))
      .catch((error: unknown) => {
        log('a stack operation broke off', { stack: stackName, error: messageOf(error) });
        tellStack(record, `${operation === 'CREATE' ? '' : 'UPDATE_'}ROLLBACK_FAILED`, messageOf(error));
      });
    return response;
  }

  async function removeStack(
    record: StackRecord,
    {
      request,
      retained,
      next,
    }: {
      readonly request: LabRequest;
      readonly retained: ReadonlySet<string>;
      readonly next: Forward;
    },
  ): Promise<void> {
    const stuck: string[] = [];
    for (const resource of [...record.resources.values()].reverse()) {
      if (retained.has(resource.logicalId) || (await remove(record, resource))) {
        record.resources.delete(resource.logicalId);
      } else {
        stuck.push(resource.logicalId);
      }
    }
    if (stuck.length > 0) {
      tellStack(
        record,
        'DELETE_FAILED',
        `The following resource(s) failed to delete: [${stuck.join(', ')}].`,
      );
      return;
    }
    const known = new Set((await eventIds(record, record.stackId)).map(({ id }) => id));
    const response = await next(request);
    if (response.status !== 200) {
      tellStack(record, 'DELETE_FAILED', response.body.toString());
      return;
    }
    delete record.status;
    records.forgetName(record);
    for (const { id, status } of await eventIds(record, record.stackId)) {
      if (!known.has(id) && status === 'DELETE_IN_PROGRESS') {
        record.hiddenEvents.add(id);
      }
    }
  }

  async function deleteStack(
    request: LabRequest,
    form: URLSearchParams,
    next: Forward,
  ): Promise<LabResponse> {
    const record = records.find(request, form.get('StackName') ?? '');
    if (record === undefined || record.resources.size === 0) {
      const response = await next(request);
      if (record !== undefined && response.status === 200) {
        delete record.status;
        records.forgetName(record);
      }
      return response;
    }
    if (record.status?.name !== 'DELETE_IN_PROGRESS') {
      const retained = new Set(
        [...form].filter(([name]) => name.startsWith('RetainResources.')).map(([, logicalId]) => logicalId),
      );
      tellStack(record, 'DELETE_IN_PROGRESS', 'User Initiated');
      activity
        .track(() => removeStack(record, { request, retained, next }))
        .catch((error: unknown) => tellStack(record, 'DELETE_FAILED', messageOf(error)));
    }
    return answer('DeleteStack', {});
  }

  async function change(request: LabRequest, form: URLSearchParams, next: Forward): Promise<LabResponse> {
    const template = await separated(form, request);
    if (template === undefined) {
      return next(request);
    }
    const stackName = stackNameIn(form);
    const stripped = new URLSearchParams(form);
    stripped.delete('TemplateURL');
    stripped.set('TemplateBody', template.rest);
    const send = () => next(template.form === 'as-given' ? request : withForm(request, stripped));
    if (form.get('Action') === 'CreateChangeSet') {
      const response = await send();
      const id = /<Id>([^<]+)<\/Id>/.exec(response.body.toString())?.[1];
      if (id !== undefined) {
        const operation = form.get('ChangeSetType') === 'UPDATE' ? 'UPDATE' : 'CREATE';
        changeSets.set(id, { operation, template });
      }
      return response;
    }
    const operation = form.get('Action') === 'CreateStack' ? 'CREATE' : 'UPDATE';
    return deploy(request, { operation, stackName, template, send, next });
  }

  function execute(request: LabRequest, form: URLSearchParams, next: Forward): Promise<LabResponse> {
    const named = form.get('ChangeSetName') ?? '';
    const [id, changeSet] =
      [...changeSets]
        .reverse()
        .find(
          ([arn]) =>
            arn === named ||
            (arn.includes(`:${request.region}:${request.accountId}:`) && arn.includes(`changeSet/${named}/`)),
        ) ?? [];
    if (id === undefined || changeSet === undefined) {
      return next(request);
    }
    changeSets.delete(id);
    return deploy(request, { ...changeSet, stackName: stackNameIn(form), send: () => next(request), next });
  }

  async function describe(request: LabRequest, form: URLSearchParams, next: Forward): Promise<LabResponse> {
    const action = form.get('Action') ?? '';
    const record = records.find(request, form.get('StackName') ?? '');
    const recordOf = (stackId: string) => records.find(request, stackId);
    const wanted = record?.resources.get(form.get('LogicalResourceId') ?? '');
    if (record !== undefined && wanted !== undefined) {
      return resourceAnswer(action, record, wanted);
    }
    const response = await next(request);
    if (response.status !== 200) {
      return response;
    }
    switch (action) {
      case 'GetTemplate':
        return record?.originalTemplate === undefined
          ? { ...response, body: Buffer.from(withTypesShown(response.body.toString())) }
          : withTemplate(response, record.originalTemplate);
      case 'DescribeChangeSet':
        return { ...response, body: Buffer.from(withTypesShown(response.body.toString())) };
      case 'DescribeStacks':
        return withStackStates(response, { action, list: 'Stacks' }, recordOf);
      case 'ListStacks':
        return withStackStates(response, { action, list: 'StackSummaries' }, recordOf);
      case 'DescribeStackEvents':
        return record === undefined ? response : withEvents(response, record);
      case 'DescribeStackResources':
        return record === undefined || form.has('LogicalResourceId')
          ? response
          : withResources(response, { action, list: 'StackResources' }, record);
      case 'ListStackResources':
        return record === undefined
          ? response
          : withResources(response, { action, list: 'StackResourceSummaries' }, record);
      default:
        return response;
    }
  }

  return {
    routes: [...(stacks.routes ?? []), ...requests.routes],
    handle(request, forward) {
      const next: Forward = (inner) => stacks.handle(inner, forward);
      const form = new URLSearchParams(request.query || request.body.toString());
      switch (form.get('Action')) {
        case 'CreateStack':
        case 'UpdateStack':
        case 'CreateChangeSet':
          return change(request, form, next);
        case 'ExecuteChangeSet':
          return execute(request, form, next);
        case 'DeleteStack':
          return deleteStack(request, form, next);
        default:
          return describe(request, form, next);
      }
    },
  };
}
