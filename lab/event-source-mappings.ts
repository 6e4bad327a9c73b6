import { randomUUID } from 'node:crypto';
import { arnIn, isArn, parseArn } from './arn.ts';
import { jsonAnswer, jsonError } from './json-answer.ts';
import { type FunctionRegistry, functionAddress, type LabFunction } from './lambda-functions.ts';
import type { LabQueue, Queues } from './queues.ts';
import type { ResourceMaker } from './stacks.ts';
import type { LabClock, LabRequest, LabResponse, Place, ServiceOverlay } from './types.ts';

/** A queue that Lambda polls for a function. */
export interface EventSourceMapping extends Place {
  readonly uuid: string;
  readonly queueArn: string;
  /** Without a qualifier. */
  readonly functionArn: string;
  /** Messages per invocation, at most. */
  readonly batchSize: number;
  readonly enabled: boolean;
  /** Kept and told, not waited for. */
  readonly batchingWindowSeconds: number;
  /** Whether the function's answer says which messages failed. */
  readonly reportsFailures: boolean;
  /** Invocations at once; absent: as many as the function may have. */
  readonly maximumConcurrency?: number;
  readonly lastModified: Date;
  /** The stack and the logical id that it comes from; absent when it was made by the API. */
  readonly madeBy?: { readonly stack: string; readonly logicalId: string };
}

export interface EventSourceMappings {
  /** For `AWS::Lambda::EventSourceMapping` in templates. */
  readonly maker: ResourceMaker;
  readonly overlay: ServiceOverlay;
}

export interface EventSourceMappingsOptions {
  readonly functions: FunctionRegistry;
  readonly queues: Queues;
  /** Lambda without event source mappings. */
  readonly lambda: ServiceOverlay;
  readonly clock: LabClock;
  /** Why a function's role may not poll a queue; `undefined` when it may. */
  pollingRefusal(fn: LabFunction, queue: LabQueue): Promise<string | undefined>;
  /** Told of each mapping that is new or changed. */
  changed(mapping: EventSourceMapping): void;
  removed(mapping: EventSourceMapping): void;
  /** Told when a stack has changed, with whatever its mappings depend on. */
  settled(): void;
}

/** What templates and requests say of a mapping; templates may write numbers and truths as text. */
interface MappingInput {
  readonly FunctionName?: string;
  readonly EventSourceArn?: string;
  readonly BatchSize?: number | string;
  readonly Enabled?: boolean | string;
  readonly MaximumBatchingWindowInSeconds?: number | string;
  readonly FunctionResponseTypes?: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number | string };
  readonly FilterCriteria?: { readonly Filters?: readonly unknown[] };
}

const PATH = /^\/2015-03-31\/event-source-mappings\/?([^/]+)?\/?$/;

const DEFAULT_BATCH_SIZE = 10;
const LARGEST_FIFO_BATCH = 10;
const LARGEST_BATCH = 10_000;

/** A mapping that Lambda refuses; answered with this code. */
class RefusedMapping extends Error {
  override readonly name = 'RefusedMapping';
  readonly status: number;
  readonly code: string;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

function invalid(message: string): RefusedMapping {
  return new RefusedMapping('InvalidParameterValueException', message);
}

function settingsIn(input: MappingInput): Partial<EventSourceMapping> {
  const { BatchSize, Enabled, MaximumBatchingWindowInSeconds, FunctionResponseTypes, ScalingConfig } = input;
  if (input.FilterCriteria?.Filters?.length) {
    throw invalid('The lab filters no messages of event source mappings; leave FilterCriteria out.');
  }
  const concurrency = ScalingConfig?.MaximumConcurrency;
  return {
    ...(BatchSize === undefined ? {} : { batchSize: Number(BatchSize) }),
    ...(Enabled === undefined ? {} : { enabled: String(Enabled) === 'true' }),
    ...(MaximumBatchingWindowInSeconds === undefined
      ? {}
      : { batchingWindowSeconds: Number(MaximumBatchingWindowInSeconds) }),
    ...(FunctionResponseTypes === undefined
      ? {}
      : { reportsFailures: FunctionResponseTypes.includes('ReportBatchItemFailures') }),
    ...(concurrency === undefined ? {} : { maximumConcurrency: Number(concurrency) }),
  };
}

function configurationOf(mapping: EventSourceMapping, state?: string): Record<string, unknown> {
  const { accountId, region, uuid } = mapping;
  return {
    UUID: uuid,
    EventSourceMappingArn: arnIn({ accountId, region }, 'lambda', `event-source-mapping:${uuid}`),
    EventSourceArn: mapping.queueArn,
    FunctionArn: mapping.functionArn,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.batchingWindowSeconds,
    FunctionResponseTypes: mapping.reportsFailures ? ['ReportBatchItemFailures'] : [],
    ...(mapping.maximumConcurrency === undefined
      ? {}
      : { ScalingConfig: { MaximumConcurrency: mapping.maximumConcurrency } }),
    // Seconds since 1970.
    LastModified: mapping.lastModified.getTime() / 1000,
    State: state ?? (mapping.enabled ? 'Enabled' : 'Disabled'),
    StateTransitionReason: 'USER_INITIATED',
  };
}

/** Event source mappings: the lab keeps them, from templates and from Lambda's API; moto never hears of them. */
export function createEventSourceMappings(options: EventSourceMappingsOptions): EventSourceMappings {
  const { functions, queues, clock } = options;
  const mappings = new Map<string, EventSourceMapping>();

  const all = ({ accountId, region }: Place) =>
    [...mappings.values()].filter((mapping) => mapping.accountId === accountId && mapping.region === region);

  /** @throws {RefusedMapping} for what Lambda refuses. */
  async function validateMapping(mapping: EventSourceMapping): Promise<void> {
    if (parseArn(mapping.queueArn).service !== 'sqs') {
      throw invalid(`The lab polls SQS queues only, not ${mapping.queueArn}.`);
    }
    const queue = await queues.find(mapping.queueArn);
    if (queue === undefined) {
      throw invalid(
        `Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. There is no queue ${mapping.queueArn}.`,
      );
    }
    const fn = await functions.find(mapping.functionArn, mapping);
    if (fn === undefined) {
      throw new RefusedMapping(
        'ResourceNotFoundException',
        `Function not found: ${mapping.functionArn}`,
        404,
      );
    }
    const { batchSize } = mapping;
    const most = queue.fifo ? LARGEST_FIFO_BATCH : LARGEST_BATCH;
    if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > most) {
      throw invalid(`BatchSize for ${queue.arn} must be from 1 to ${most}, not ${batchSize}.`);
    }
    if (queue.fifo && mapping.batchingWindowSeconds > 0) {
      throw invalid('Batching window is not supported for FIFO queues.');
    }
    if (queue.visibilitySeconds < fn.timeoutSeconds) {
      throw invalid(
        `Queue visibility timeout: ${queue.visibilitySeconds} seconds is less than Function timeout: ${fn.timeoutSeconds} seconds`,
      );
    }
    const twin = all(mapping).find(
      ({ uuid, queueArn, functionArn }) =>
        uuid !== mapping.uuid && queueArn === mapping.queueArn && functionArn === mapping.functionArn,
    );
    if (twin !== undefined) {
      throw new RefusedMapping(
        'ResourceConflictException',
        `An event source mapping with SQS arn (" ${twin.queueArn} ") and function (" ${fn.name} ") already exists. Please update or delete the existing mapping with UUID ${twin.uuid}`,
        409,
      );
    }
    const refusal = await options.pollingRefusal(fn, queue);
    if (refusal !== undefined) {
      throw invalid(refusal);
    }
  }

  async function put(mapping: EventSourceMapping): Promise<EventSourceMapping> {
    await validateMapping(mapping);
    mappings.set(mapping.uuid, mapping);
    options.changed(mapping);
    return mapping;
  }

  function remove(mapping: EventSourceMapping): void {
    mappings.delete(mapping.uuid);
    options.removed(mapping);
  }

  function made(
    place: Place,
    input: MappingInput,
    { before, ...origin }: Pick<EventSourceMapping, 'madeBy'> & { readonly before?: EventSourceMapping },
  ): EventSourceMapping {
    const { FunctionName = '', EventSourceArn = '' } = input;
    if (!isArn(EventSourceArn)) {
      throw invalid('The lab needs an EventSourceArn in an event source mapping: the ARN of a queue.');
    }
    const { accountId, region, name } = functionAddress(FunctionName, place);
    return {
      accountId: place.accountId,
      region: place.region,
      // Another queue takes another mapping.
      uuid: before?.queueArn === EventSourceArn ? before.uuid : randomUUID(),
      queueArn: EventSourceArn,
      functionArn: arnIn({ accountId, region }, 'lambda', `function:${name}`),
      batchSize: DEFAULT_BATCH_SIZE,
      enabled: true,
      batchingWindowSeconds: 0,
      reportsFailures: false,
      ...settingsIn(input),
      ...origin,
      lastModified: clock.now(),
    };
  }

  function list(request: LabRequest): LabResponse {
    const query = new URLSearchParams(request.query);
    const functionName = query.get('FunctionName');
    const queueArn = query.get('EventSourceArn');
    const found = all(request).filter(
      (mapping) =>
        (queueArn === null || mapping.queueArn === queueArn) &&
        (functionName === null ||
          functionAddress(mapping.functionArn, request).name === functionAddress(functionName, request).name),
    );
    return jsonAnswer(200, { EventSourceMappings: found.map((mapping) => configurationOf(mapping)) });
  }

  async function answer(request: LabRequest, uuid: string | undefined): Promise<LabResponse> {
    const input = (request.body.length === 0 ? {} : JSON.parse(request.body.toString())) as MappingInput;
    if (uuid === undefined) {
      return request.method === 'POST'
        ? jsonAnswer(202, configurationOf(await put(made(request, input, {})), 'Creating'))
        : list(request);
    }
    const mapping = all(request).find((each) => each.uuid === uuid);
    if (mapping === undefined) {
      throw new RefusedMapping(
        'ResourceNotFoundException',
        'The resource you requested does not exist.',
        404,
      );
    }
    switch (request.method) {
      case 'PUT': {
        const { FunctionName } = input;
        const { accountId, region, name } = functionAddress(FunctionName ?? mapping.functionArn, request);
        const changed = await put({
          ...mapping,
          ...settingsIn(input),
          functionArn: arnIn({ accountId, region }, 'lambda', `function:${name}`),
          lastModified: clock.now(),
        });
        return jsonAnswer(202, configurationOf(changed, 'Updating'));
      }
      case 'DELETE':
        remove(mapping);
        return jsonAnswer(202, configurationOf(mapping, 'Deleting'));
      default:
        return jsonAnswer(200, configurationOf(mapping));
    }
  }

  const stackOf = ({ accountId, region, stackName }: Place & { readonly stackName: string }) =>
    `${accountId}/${region}/${stackName}`;

  return {
    maker: {
      type: 'AWS::Lambda::EventSourceMapping',
      async make(resource) {
        const madeBy = { stack: stackOf(resource), logicalId: resource.logicalId };
        const before = [...mappings.values()].find(
          (mapping) =>
            mapping.madeBy?.stack === madeBy.stack && mapping.madeBy.logicalId === madeBy.logicalId,
        );
        const mapping = made(resource, resource.properties as MappingInput, {
          madeBy,
          ...(before === undefined ? {} : { before }),
        });
        await put(mapping);
        if (before !== undefined && before.uuid !== mapping.uuid) {
          remove(before);
        }
      },
      async retain(stack, left) {
        const kept = new Set(left.map(({ logicalId }) => logicalId));
        for (const mapping of [...mappings.values()]) {
          if (mapping.madeBy?.stack === stackOf(stack) && !kept.has(mapping.madeBy.logicalId)) {
            remove(mapping);
          }
        }
        options.settled();
      },
    },
    overlay: {
      ...options.lambda,
      async handle(request, forward) {
        const path = PATH.exec(request.path);
        if (path === null) {
          return options.lambda.handle(request, forward);
        }
        try {
          return await answer(request, path[1]);
        } catch (error) {
          if (error instanceof RefusedMapping) {
            return jsonError(error.status, error.code, error.message);
          }
          throw error;
        }
      },
    },
  };
}
