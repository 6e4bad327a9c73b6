import { arnIn, parseArn } from './arn.ts';
import {
  configurationOf,
  type EventSourceMapping,
  invalid,
  type MappingInput,
  newMapping,
  RefusedMapping,
  settingsIn,
} from './event-source-mapping.ts';
import { jsonAnswer, jsonError } from './json-answer.ts';
import { type FunctionRegistry, functionAddress, type LabFunction } from './lambda-functions.ts';
import type { LabQueue, Queues } from './queues.ts';
import type { ResourceMaker } from './stacks.ts';
import type { LabClock, LabRequest, LabResponse, Place, ServiceOverlay } from './types.ts';

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

const PATH = /^\/2015-03-31\/event-source-mappings\/?([^/]+)?\/?$/;

const LARGEST_FIFO_BATCH = 10;
const LARGEST_BATCH = 10_000;

/** The mappings that there are. */
class Mappings {
  readonly #options: EventSourceMappingsOptions;
  readonly #mappings = new Map<string, EventSourceMapping>();

  constructor(options: EventSourceMappingsOptions) {
    this.#options = options;
  }

  all(): readonly EventSourceMapping[] {
    return [...this.#mappings.values()];
  }

  in({ accountId, region }: Place): readonly EventSourceMapping[] {
    return this.all().filter((mapping) => mapping.accountId === accountId && mapping.region === region);
  }

  /** @throws {RefusedMapping} for what Lambda refuses. */
  async put(mapping: EventSourceMapping): Promise<EventSourceMapping> {
    await this.#validateMapping(mapping);
    this.#mappings.set(mapping.uuid, mapping);
    this.#options.changed(mapping);
    return mapping;
  }

  remove(mapping: EventSourceMapping): void {
    this.#mappings.delete(mapping.uuid);
    this.#options.removed(mapping);
  }

  /** @throws {RefusedMapping} for what Lambda refuses. */
  async #validateMapping(mapping: EventSourceMapping): Promise<void> {
    if (parseArn(mapping.queueArn).service !== 'sqs') {
      throw invalid(`The lab polls SQS queues only, not ${mapping.queueArn}.`);
    }
    const queue = await this.#options.queues.find(mapping.queueArn);
    if (queue === undefined) {
      throw invalid(
        `Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. There is no queue ${mapping.queueArn}.`,
      );
    }
    const fn = await this.#options.functions.find(mapping.functionArn, mapping);
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
    const twin = this.in(mapping).find(
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
    const refusal = await this.#options.pollingRefusal(fn, queue);
    if (refusal !== undefined) {
      throw invalid(refusal);
    }
  }
}

/** Lambda's API of event source mappings. */
class MappingsApi {
  readonly #mappings: Mappings;
  readonly #clock: LabClock;

  constructor(mappings: Mappings, clock: LabClock) {
    this.#mappings = mappings;
    this.#clock = clock;
  }

  /**
   * @param uuid of the mapping that the request is about; undefined where it is about all or a new one.
   * @throws {RefusedMapping}
   */
  async answer(request: LabRequest, uuid: string | undefined): Promise<LabResponse> {
    const input = (request.body.length === 0 ? {} : JSON.parse(request.body.toString())) as MappingInput;
    if (uuid === undefined && request.method === 'POST') {
      const wanted = newMapping(request, input, { lastModified: this.#clock.now() });
      return jsonAnswer(202, configurationOf(await this.#mappings.put(wanted), 'Creating'));
    }
    if (uuid === undefined) {
      return this.#list(request);
    }
    const mapping = this.#mappings.in(request).find((each) => each.uuid === uuid);
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
        const changed = await this.#mappings.put({
          ...mapping,
          ...settingsIn(input),
          functionArn: arnIn({ accountId, region }, 'lambda', `function:${name}`),
          lastModified: this.#clock.now(),
        });
        return jsonAnswer(202, configurationOf(changed, 'Updating'));
      }
      case 'DELETE':
        this.#mappings.remove(mapping);
        return jsonAnswer(202, configurationOf(mapping, 'Deleting'));
      default:
        return jsonAnswer(200, configurationOf(mapping));
    }
  }

  #list(request: LabRequest): LabResponse {
    const query = new URLSearchParams(request.query);
    const functionName = query.get('FunctionName');
    const queueArn = query.get('EventSourceArn');
    const found = this.#mappings
      .in(request)
      .filter(
        (mapping) =>
          (queueArn === null || mapping.queueArn === queueArn) &&
          (functionName === null ||
            functionAddress(mapping.functionArn, request).name ===
              functionAddress(functionName, request).name),
      );
    return jsonAnswer(200, { EventSourceMappings: found.map((mapping) => configurationOf(mapping)) });
  }
}

function stackOf({ accountId, region, stackName }: Place & { readonly stackName: string }): string {
  return `${accountId}/${region}/${stackName}`;
}

/** @param settled told when a stack has changed. */
function createMappingMaker(mappings: Mappings, clock: LabClock, settled: () => void): ResourceMaker {
  return {
    type: 'AWS::Lambda::EventSourceMapping',
    async make(resource) {
      const madeBy = { stack: stackOf(resource), logicalId: resource.logicalId };
      const before = mappings
        .all()
        .find(
          (mapping) =>
            mapping.madeBy?.stack === madeBy.stack && mapping.madeBy.logicalId === madeBy.logicalId,
        );
      const origin = { madeBy, before, lastModified: clock.now() };
      const mapping = newMapping(resource, resource.properties as MappingInput, origin);
      await mappings.put(mapping);
      if (before !== undefined && before.uuid !== mapping.uuid) {
        mappings.remove(before);
      }
    },
    async retain(stack, left) {
      const kept = new Set(left.map(({ logicalId }) => logicalId));
      for (const mapping of mappings.all()) {
        if (mapping.madeBy?.stack === stackOf(stack) && !kept.has(mapping.madeBy.logicalId)) {
          mappings.remove(mapping);
        }
      }
      settled();
    },
  };
}

/** Event source mappings: the lab keeps them, from templates and from Lambda's API; moto never hears of them. */
export function createEventSourceMappings(options: EventSourceMappingsOptions): EventSourceMappings {
  const { lambda, clock } = options;
  const mappings = new Mappings(options);
  const api = new MappingsApi(mappings, clock);

  return {
    maker: createMappingMaker(mappings, clock, () => options.settled()),
    overlay: {
      ...lambda,
      async handle(request, forward) {
        const path = PATH.exec(request.path);
        if (path === null) {
          return lambda.handle(request, forward);
        }
        try {
          return await api.answer(request, path[1]);
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
