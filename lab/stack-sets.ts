import { randomUUID } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { arnIn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import { errorAnswer } from './error-answer.ts';
import { messageOf } from './errors.ts';
import { administratorRequest } from './forward.ts';
import { urlSuffixOf } from './partitions.ts';
import type { Forward, LabCall, LabLog, LabRequest, LabResponse, ServiceOverlay } from './types.ts';

/**
 * Service-managed StackSets. moto's own deploy stacks that nobody can describe, never update them, and delete none by
 * organizational unit. Here each account of an OU (moto's AWS Organizations) gets a stack of its own by CreateStack in that
 * account, and operations take their time. Left out: automatic deployment when an account moves, delegated
 * administrators, failure tolerance (every account is tried, one after the other), drift, and paging.
 */

export interface StackSetsOptions {
  readonly clients: MotoClients;
  /** CloudFormation's stacks, as callers see them. */
  readonly stacks: ServiceOverlay;
  readonly forward: Forward;
  call(call: LabCall): Promise<LabResponse>;
  /** Counts work that goes on behind an answer. */
  track<T>(work: () => Promise<T>): Promise<T>;
  readonly log: LabLog;
}

interface Instance {
  readonly accountId: string;
  readonly unit: string;
  readonly stackName: string;
  status: 'CURRENT' | 'OUTDATED' | 'INOPERABLE';
  reason: string;
}

interface Result {
  readonly accountId: string;
  status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  reason: string;
}

interface Operation {
  readonly id: string;
  readonly action: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  readonly results: Result[];
}

interface StackSet {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  form: URLSearchParams;
  template: string;
  readonly units: Set<string>;
  readonly instances: Instance[];
  readonly operations: Operation[];
}

/** What AWS answers with status 400. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const ACTIONS = new Set([
  'CreateStackSet',
  'UpdateStackSet',
  'DescribeStackSet',
  'DeleteStackSet',
  'CreateStackInstances',
  'DeleteStackInstances',
  'ListStackInstances',
  'DescribeStackSetOperation',
  'ListStackSetOperations',
  'ListStackSetOperationResults',
  'ActivateOrganizationsAccess',
  'DescribeOrganizationsAccess',
]);

/** How often a stack that is not done yet is looked at. */
const LOOK_AGAIN_MS = 50;

const builder = new XMLBuilder({ format: false });
const parser = new XMLParser({ parseTagValue: false });

type Content = Readonly<Record<string, unknown>>;

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

function answer(action: string, content: Content): LabResponse {
  const body = builder.build({
    [`${action}Response`]: {
      [`${action}Result`]: content,
      ResponseMetadata: { RequestId: randomUUID() },
    },
  });
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
}

/** Values of `<name>.member.1`, `<name>.member.2`, … of a query request. */
function members(form: URLSearchParams, name: string): string[] {
  const found: string[] = [];
  for (let index = 1; form.has(`${name}.member.${index}`); index++) {
    found.push(form.get(`${name}.member.${index}`) ?? '');
  }
  return found;
}

function parametersOf(form: URLSearchParams): { ParameterKey: string; ParameterValue: string }[] {
  const found: { ParameterKey: string; ParameterValue: string }[] = [];
  for (let index = 1; form.has(`Parameters.member.${index}.ParameterKey`); index++) {
    found.push({
      ParameterKey: form.get(`Parameters.member.${index}.ParameterKey`) ?? '',
      ParameterValue: form.get(`Parameters.member.${index}.ParameterValue`) ?? '',
    });
  }
  return found;
}

function messageIn(response: LabResponse): string {
  const parsed = parser.parse(response.body) as {
    readonly ErrorResponse?: { readonly Error?: { readonly Message?: string } };
  };
  return (
    parsed.ErrorResponse?.Error?.Message ?? `CloudFormation answered ${response.status}: ${response.body}`
  );
}

export function createStackSetsOverlay(options: StackSetsOptions): ServiceOverlay {
  const { clients, stacks, forward, call, track, log } = options;
  const stackSets: StackSet[] = [];
  /** Accounts that have turned trusted access on. */
  const trusting = new Set<string>();

  async function organizations(
    { accountId, region }: LabRequest,
    action: string,
    input: Content,
  ): Promise<Content> {
    const { status, body } = await call({
      service: 'organizations',
      accountId,
      region,
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSOrganizationsV20161128.${action}`,
      },
      body: JSON.stringify(input),
    });
    const parsed = JSON.parse(body.toString()) as Content;
    if (status !== 200) {
      throw new Refusal(
        'ValidationError',
        `${action}: ${String(parsed.message ?? parsed.Message ?? status)}`,
      );
    }
    return parsed;
  }

  async function managementAccount(request: LabRequest): Promise<string | undefined> {
    try {
      const { Organization } = await organizations(request, 'DescribeOrganization', {});
      return (Organization as { readonly MasterAccountId?: string } | undefined)?.MasterAccountId;
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  async function requireOrganization(request: LabRequest, form: URLSearchParams): Promise<void> {
    if (
      form.get('CallAs') === 'DELEGATED_ADMIN' ||
      (await managementAccount(request)) !== request.accountId
    ) {
      throw new Refusal(
        'ValidationError',
        'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
      );
    }
    if (!trusting.has(request.accountId)) {
      throw new Refusal(
        'ValidationError',
        'You must enable organizations access to operate a service managed stack set',
      );
    }
  }

  /** Active accounts of an OU at any depth, without the management account. */
  async function accountsIn(request: LabRequest, unit: string): Promise<string[]> {
    const { Accounts } = await organizations(request, 'ListAccountsForParent', { ParentId: unit });
    const { OrganizationalUnits } = await organizations(request, 'ListOrganizationalUnitsForParent', {
      ParentId: unit,
    });
    const own = (Accounts as readonly { readonly Id: string; readonly Status: string }[])
      .filter(({ Id, Status }) => Status === 'ACTIVE' && Id !== request.accountId)
      .map(({ Id }) => Id);
    const below = await Promise.all(
      (OrganizationalUnits as readonly { readonly Id: string }[]).map(({ Id }) => accountsIn(request, Id)),
    );
    return [...own, ...below.flat()];
  }

  async function templateIn({ accountId, region }: LabRequest, form: URLSearchParams): Promise<string> {
    const url = form.get('TemplateURL');
    if (url === null) {
      return form.get('TemplateBody') ?? '';
    }
    const { hostname, pathname } = new URL(url);
    const [, Bucket, bucketRegion = ''] = /^([a-z0-9.-]+)\.s3\.([a-z0-9-]+)\./.exec(hostname) ?? [];
    if (!hostname.endsWith(`.s3.${bucketRegion}.${urlSuffixOf(bucketRegion)}`)) {
      throw new Refusal('ValidationError', `TemplateURL must be the address of an S3 object: ${url}`);
    }
    const Key = decodeURIComponent(pathname.slice(1));
    try {
      const { Body } = await clients.s3({ accountId, region }).send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    } catch (error) {
      throw new Refusal('ValidationError', `S3 error: ${messageOf(error)}`);
    }
  }

  function find({ accountId, region }: LabRequest, form: URLSearchParams): StackSet | undefined {
    const named = form.get('StackSetName');
    return stackSets.find(
      (each) =>
        each.accountId === accountId && each.region === region && (each.name === named || each.id === named),
    );
  }

  /** One call to CloudFormation in the account of an instance. */
  function stackRequest(
    { region }: StackSet,
    { accountId, stackName }: Instance,
    input: Readonly<Record<string, string>>,
  ): Promise<LabResponse> {
    return stacks.handle(
      administratorRequest({
        service: 'cloudformation',
        accountId,
        region,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Version: '2010-05-15', StackName: stackName, ...input }).toString(),
      }),
      forward,
    );
  }

  /** Stacks with custom resources go on after CloudFormation has answered. */
  async function settled(stackSet: StackSet, instance: Instance): Promise<void> {
    for (;;) {
      const response = await stackRequest(stackSet, instance, { Action: 'DescribeStacks' });
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

  async function changeStack(
    stackSet: StackSet,
    instance: Instance,
    action: 'CreateStack' | 'UpdateStack' | 'DeleteStack',
  ): Promise<void> {
    const parameters = parametersOf(stackSet.form).flatMap(({ ParameterKey, ParameterValue }, index) => [
      [`Parameters.member.${index + 1}.ParameterKey`, ParameterKey],
      [`Parameters.member.${index + 1}.ParameterValue`, ParameterValue],
    ]);
    const response = await stackRequest(stackSet, instance, {
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
    await settled(stackSet, instance);
  }

  function requireIdle({ id, operations }: StackSet): void {
    if (operations.some(({ status }) => status === 'RUNNING')) {
      throw new Refusal('OperationInProgressException', `Another Operation on StackSet ${id} is in progress`);
    }
  }

  /** Begins an operation; like AWS, it answers before the accounts are done. */
  function begin(
    stackSet: StackSet,
    {
      action,
      on,
      work,
    }: {
      readonly action: string;
      readonly on: readonly Instance[];
      work(instance: Instance): Promise<void>;
    },
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
    track(run).catch((error: unknown) =>
      log('a StackSet operation broke off', { stackSet: stackSet.name, error: messageOf(error) }),
    );
    return operation;
  }

  async function put(stackSet: StackSet, instance: Instance, action: 'CreateStack' | 'UpdateStack') {
    try {
      await changeStack(stackSet, instance, action);
    } catch (error) {
      if (action === 'CreateStack') {
        await rollBack(stackSet, instance);
      }
      throw error;
    }
    instance.status = 'CURRENT';
    instance.reason = '';
  }

  /** moto keeps what a failed creation had made so far. */
  async function rollBack(stackSet: StackSet, instance: Instance): Promise<void> {
    try {
      await changeStack(stackSet, instance, 'DeleteStack');
    } catch (error) {
      log('a stack that failed could not be removed', {
        stack: instance.stackName,
        problem: messageOf(error),
      });
    }
  }

  async function perform(action: string, request: LabRequest, form: URLSearchParams): Promise<Content> {
    switch (action) {
      case 'ActivateOrganizationsAccess':
        trusting.add(request.accountId);
        return {};
      case 'DescribeOrganizationsAccess':
        return { Status: trusting.has(request.accountId) ? 'ENABLED' : 'DISABLED' };
      case 'CreateStackSet': {
        await requireOrganization(request, form);
        if (find(request, form) !== undefined) {
          throw new Refusal('NameAlreadyExistsException', `StackSet ${form.get('StackSetName')} exists`);
        }
        const name = form.get('StackSetName') ?? '';
        const made: StackSet = {
          id: `${name}:${randomUUID()}`,
          name,
          accountId: request.accountId,
          region: request.region,
          form,
          template: await templateIn(request, form),
          units: new Set(),
          instances: [],
          operations: [],
        };
        stackSets.push(made);
        return { StackSetId: made.id };
      }
    }
    const stackSet = find(request, form);
    if (stackSet === undefined) {
      throw new Refusal('StackSetNotFoundException', `StackSet ${form.get('StackSetName')} not found`);
    }
    await requireOrganization(request, form);
    const units = members(form, 'DeploymentTargets.OrganizationalUnitIds');
    switch (action) {
      case 'UpdateStackSet': {
        const template = await templateIn(request, form);
        requireIdle(stackSet);
        stackSet.form = form;
        stackSet.template = template;
        const operation = begin(stackSet, {
          action: 'UPDATE',
          on: stackSet.instances,
          work: (instance) =>
            put(stackSet, instance, instance.status === 'CURRENT' ? 'UpdateStack' : 'CreateStack'),
        });
        return { OperationId: operation.id };
      }
      case 'CreateStackInstances': {
        const found = await Promise.all(units.map((unit) => accountsIn(request, unit)));
        requireIdle(stackSet);
        const has = new Set(stackSet.instances.map(({ accountId }) => accountId));
        const on = units.flatMap((unit, index) =>
          (found[index] ?? [])
            .filter((accountId) => !has.has(accountId))
            .map(
              (accountId): Instance => ({
                accountId,
                unit,
                stackName: `StackSet-${stackSet.name}-${randomUUID()}`,
                status: 'OUTDATED',
                reason: '',
              }),
            ),
        );
        stackSet.instances.push(...on);
        for (const unit of units) stackSet.units.add(unit);
        const operation = begin(stackSet, {
          action: 'CREATE',
          on,
          work: (instance) => put(stackSet, instance, 'CreateStack'),
        });
        return { OperationId: operation.id };
      }
      case 'DeleteStackInstances': {
        requireIdle(stackSet);
        for (const unit of units) stackSet.units.delete(unit);
        const on = stackSet.instances.filter(({ unit }) => units.includes(unit));
        const operation = begin(stackSet, {
          action: 'DELETE',
          on,
          async work(instance) {
            await changeStack(stackSet, instance, 'DeleteStack');
            stackSet.instances.splice(stackSet.instances.indexOf(instance), 1);
          },
        });
        return { OperationId: operation.id };
      }
      case 'DeleteStackSet':
        if (stackSet.instances.length > 0) {
          throw new Refusal('StackSetNotEmptyException', 'StackSet is not empty');
        }
        stackSets.splice(stackSets.indexOf(stackSet), 1);
        return {};
      case 'DescribeStackSet':
        return {
          StackSet: {
            StackSetId: stackSet.id,
            StackSetName: stackSet.name,
            Description: stackSet.form.get('Description') ?? '',
            Status: 'ACTIVE',
            TemplateBody: stackSet.template,
            PermissionModel: 'SERVICE_MANAGED',
            Parameters: { member: parametersOf(stackSet.form) },
            Capabilities: { member: members(stackSet.form, 'Capabilities') },
            AutoDeployment: {
              Enabled: stackSet.form.get('AutoDeployment.Enabled') ?? 'false',
              RetainStacksOnAccountRemoval:
                stackSet.form.get('AutoDeployment.RetainStacksOnAccountRemoval') ?? 'false',
            },
            ManagedExecution: { Active: stackSet.form.get('ManagedExecution.Active') ?? 'false' },
            OrganizationalUnitIds: { member: [...stackSet.units] },
          },
        };
      case 'ListStackInstances':
        return {
          Summaries: {
            member: stackSet.instances.map(({ accountId, unit, stackName, status, reason }) => ({
              StackSetId: stackSet.id,
              Region: stackSet.region,
              Account: accountId,
              OrganizationalUnitId: unit,
              StackId: arnIn(
                { accountId, region: stackSet.region },
                'cloudformation',
                `stack/${stackName}/lab`,
              ),
              Status: status,
              ...(reason === '' ? {} : { StatusReason: reason }),
            })),
          },
        };
      case 'ListStackSetOperations':
        return {
          Summaries: {
            member: stackSet.operations
              .map(({ id, action: Action, status }) => ({ OperationId: id, Action, Status: status }))
              .toReversed(),
          },
        };
    }
    const operation = stackSet.operations.find(({ id }) => id === form.get('OperationId'));
    if (operation === undefined) {
      throw new Refusal('OperationNotFoundException', `Operation ${form.get('OperationId')} not found`);
    }
    return action === 'DescribeStackSetOperation'
      ? {
          StackSetOperation: {
            OperationId: operation.id,
            StackSetId: stackSet.id,
            Action: operation.action,
            Status: operation.status,
          },
        }
      : {
          Summaries: {
            member: operation.results.map(({ accountId, status, reason }) => ({
              Account: accountId,
              Region: stackSet.region,
              Status: status,
              ...(reason === '' ? {} : { StatusReason: reason }),
            })),
          },
        };
  }

  /** moto finds no stack by one of its resources. Only stacks of StackSets are looked at: others have names. */
  async function resourcesAround(
    request: LabRequest,
    form: URLSearchParams,
    next: Forward,
  ): Promise<LabResponse> {
    const physicalId = form.get('PhysicalResourceId') ?? '';
    const names = stackSets
      .filter(({ region }) => region === request.region)
      .flatMap(({ instances }) => instances)
      .filter(({ accountId }) => accountId === request.accountId)
      .map(({ stackName }) => stackName);
    for (const StackName of names) {
      const body = new URLSearchParams({
        Action: 'DescribeStackResources',
        Version: '2010-05-15',
        StackName,
      });
      const response = await stacks.handle({ ...request, body: Buffer.from(body.toString()) }, next);
      if (
        response.status === 200 &&
        response.body.includes(`<PhysicalResourceId>${physicalId}</PhysicalResourceId>`)
      ) {
        return response;
      }
    }
    return errorAnswer(request, {
      status: 400,
      code: 'ValidationError',
      message: `Stack for ${physicalId} does not exist`,
    });
  }

  return {
    ...stacks,
    async handle(request, next) {
      const form = new URLSearchParams(request.query || request.body.toString());
      const action = form.get('Action') ?? '';
      const own =
        ACTIONS.has(action) &&
        (action !== 'CreateStackSet' || form.get('PermissionModel') === 'SERVICE_MANAGED');
      if (action === 'DescribeStackResources' && form.has('PhysicalResourceId')) {
        return resourcesAround(request, form, next);
      }
      if (!own) {
        return stacks.handle(request, next);
      }
      try {
        return answer(action, await perform(action, request, form));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return errorAnswer(request, { status: 400, code: error.code, message: error.message });
      }
    },
  };
}
