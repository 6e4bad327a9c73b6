import { randomUUID } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { MotoClients } from '../clients.ts';
import { errorAnswer } from '../error-answer.ts';
import { messageOf } from '../errors.ts';
import { urlSuffixOf } from '../partitions.ts';
import type { Forward, LabCall, LabRequest, LabResponse, ServiceOverlay } from '../types.ts';
import {
  type Content,
  describedOperation,
  describedStackSet,
  listedInstances,
  listedOperations,
  listedResults,
  members,
} from './answers.ts';
import type { StackSetOperations } from './operations.ts';
import { TrustedOrganization } from './organization.ts';
import { type Instance, type Operation, Refusal, requireIdle, type StackSet } from './stack-set.ts';

/** One call of CloudFormation about StackSets. */
export interface StackSetCall {
  readonly request: LabRequest;
  readonly form: URLSearchParams;
}

/** @throws {Refusal} */
type Action = (call: StackSetCall) => Content | Promise<Content>;

export interface StackSetActionsOptions {
  readonly clients: MotoClients;
  /** CloudFormation's stacks, as callers see them. */
  readonly stacks: ServiceOverlay;
  readonly operations: StackSetOperations;
  call(call: LabCall): Promise<LabResponse>;
}

function newInstance(stackSet: StackSet, unit: string, accountId: string): Instance {
  const stackName = `StackSet-${stackSet.name}-${randomUUID()}`;
  return { accountId, unit, stackName, status: 'OUTDATED', reason: '' };
}

function operationNamed({ operations }: StackSet, form: URLSearchParams): Operation {
  const operation = operations.find(({ id }) => id === form.get('OperationId'));
  if (operation === undefined) {
    throw new Refusal('OperationNotFoundException', `Operation ${form.get('OperationId')} not found`);
  }
  return operation;
}

function unitsIn(form: URLSearchParams): readonly string[] {
  return members(form, 'DeploymentTargets.OrganizationalUnitIds');
}

/** What CloudFormation does with the StackSets of all accounts, by the name of the action. */
export class StackSetActions {
  readonly #options: StackSetActionsOptions;
  readonly #organization: TrustedOrganization;
  readonly #stackSets: StackSet[] = [];
  readonly #actions: ReadonlyMap<string, Action>;

  constructor(options: StackSetActionsOptions) {
    this.#options = options;
    this.#organization = new TrustedOrganization(options.call);
    const actions: Readonly<Record<string, Action>> = {
      ActivateOrganizationsAccess: ({ request }) => {
        this.#organization.activateAccess(request.accountId);
        return {};
      },
      DescribeOrganizationsAccess: ({ request }) => ({
        Status: this.#organization.accessOf(request.accountId),
      }),
      CreateStackSet: (call) => this.#create(call),
      UpdateStackSet: this.#onStackSet((stackSet, call) => this.#update(stackSet, call)),
      DeleteStackSet: this.#onStackSet((stackSet) => this.#delete(stackSet)),
      CreateStackInstances: this.#onStackSet((stackSet, call) => this.#createInstances(stackSet, call)),
      DeleteStackInstances: this.#onStackSet((stackSet, call) => this.#deleteInstances(stackSet, call)),
      DescribeStackSet: this.#onStackSet(describedStackSet),
      ListStackInstances: this.#onStackSet(listedInstances),
      ListStackSetOperations: this.#onStackSet(listedOperations),
      DescribeStackSetOperation: this.#onStackSet((stackSet, { form }) =>
        describedOperation(stackSet, operationNamed(stackSet, form)),
      ),
      ListStackSetOperationResults: this.#onStackSet((stackSet, { form }) =>
        listedResults(stackSet, operationNamed(stackSet, form)),
      ),
    };
    this.#actions = new Map(Object.entries(actions));
  }

  /** Undefined of actions that moto answers: of stacks, and of StackSets that are not service-managed. */
  named(action: string, form: URLSearchParams): Action | undefined {
    return action !== 'CreateStackSet' || form.get('PermissionModel') === 'SERVICE_MANAGED'
      ? this.#actions.get(action)
      : undefined;
  }

  /** moto finds no stack by one of its resources. Only stacks of StackSets are looked at: others have names. */
  async resourcesAround({ request, form }: StackSetCall, next: Forward): Promise<LabResponse> {
    const physicalId = form.get('PhysicalResourceId') ?? '';
    const names = this.#stackSets
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
      const response = await this.#options.stacks.handle(
        { ...request, body: Buffer.from(body.toString()) },
        next,
      );
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

  /** An action on one StackSet, which the caller names. */
  #onStackSet(act: (stackSet: StackSet, call: StackSetCall) => Content | Promise<Content>): Action {
    return async (call) => {
      const stackSet = this.#find(call);
      if (stackSet === undefined) {
        throw new Refusal('StackSetNotFoundException', `StackSet ${call.form.get('StackSetName')} not found`);
      }
      await this.#organization.require(call.request, call.form);
      return act(stackSet, call);
    };
  }

  #find({ request: { accountId, region }, form }: StackSetCall): StackSet | undefined {
    const named = form.get('StackSetName');
    return this.#stackSets.find(
      (each) =>
        each.accountId === accountId && each.region === region && (each.name === named || each.id === named),
    );
  }

  async #create(call: StackSetCall): Promise<Content> {
    const { request, form } = call;
    await this.#organization.require(request, form);
    const name = form.get('StackSetName') ?? '';
    if (this.#find(call) !== undefined) {
      throw new Refusal('NameAlreadyExistsException', `StackSet ${name} exists`);
    }
    const made: StackSet = {
      id: `${name}:${randomUUID()}`,
      name,
      accountId: request.accountId,
      region: request.region,
      form,
      template: await this.#templateIn(request, form),
      units: new Set(),
      instances: [],
      operations: [],
    };
    this.#stackSets.push(made);
    return { StackSetId: made.id };
  }

  async #update(stackSet: StackSet, { request, form }: StackSetCall): Promise<Content> {
    const template = await this.#templateIn(request, form);
    requireIdle(stackSet);
    stackSet.form = form;
    stackSet.template = template;
    return { OperationId: this.#options.operations.update(stackSet).id };
  }

  #delete(stackSet: StackSet): Content {
    if (stackSet.instances.length > 0) {
      throw new Refusal('StackSetNotEmptyException', 'StackSet is not empty');
    }
    this.#stackSets.splice(this.#stackSets.indexOf(stackSet), 1);
    return {};
  }

  async #createInstances(stackSet: StackSet, { request, form }: StackSetCall): Promise<Content> {
    const units = unitsIn(form);
    const found = await Promise.all(units.map((unit) => this.#organization.accountsIn(request, unit)));
    requireIdle(stackSet);
    const has = new Set(stackSet.instances.map(({ accountId }) => accountId));
    const on = units.flatMap((unit, index) =>
      (found[index] ?? [])
        .filter((accountId) => !has.has(accountId))
        .map((accountId) => newInstance(stackSet, unit, accountId)),
    );
    stackSet.instances.push(...on);
    for (const unit of units) stackSet.units.add(unit);
    return { OperationId: this.#options.operations.create(stackSet, on).id };
  }

  #deleteInstances(stackSet: StackSet, { form }: StackSetCall): Content {
    const units = unitsIn(form);
    requireIdle(stackSet);
    for (const unit of units) stackSet.units.delete(unit);
    const on = stackSet.instances.filter(({ unit }) => units.includes(unit));
    return { OperationId: this.#options.operations.delete(stackSet, on).id };
  }

  async #templateIn({ accountId, region }: LabRequest, form: URLSearchParams): Promise<string> {
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
      const { Body } = await this.#options.clients
        .s3({ accountId, region })
        .send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    } catch (error) {
      throw new Refusal('ValidationError', `S3 error: ${messageOf(error)}`);
    }
  }
}
