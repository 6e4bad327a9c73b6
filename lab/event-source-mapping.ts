import { randomUUID } from 'node:crypto';
import { arnIn, isArn } from './arn.ts';
import { functionAddress } from './lambda-functions.ts';
import type { Place } from './types.ts';

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

/** What templates and requests say of a mapping; templates may write numbers and truths as text. */
export interface MappingInput {
  readonly FunctionName?: string;
  readonly EventSourceArn?: string;
  readonly BatchSize?: number | string;
  readonly Enabled?: boolean | string;
  readonly MaximumBatchingWindowInSeconds?: number | string;
  readonly FunctionResponseTypes?: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number | string };
  readonly FilterCriteria?: { readonly Filters?: readonly unknown[] };
}

const DEFAULT_BATCH_SIZE = 10;

/** A mapping that Lambda refuses; answered with this code. */
export class RefusedMapping extends Error {
  override readonly name = 'RefusedMapping';
  readonly status: number;
  readonly code: string;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export function invalid(message: string): RefusedMapping {
  return new RefusedMapping('InvalidParameterValueException', message);
}

export function settingsIn(input: MappingInput): Partial<EventSourceMapping> {
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

/** As Lambda's API shows it. */
export function configurationOf(mapping: EventSourceMapping, state?: string): Record<string, unknown> {
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

/**
 * A mapping that is new, or takes the place of another one.
 *
 * @throws {RefusedMapping}
 */
export function newMapping(
  place: Place,
  input: MappingInput,
  {
    before,
    ...origin
  }: Pick<EventSourceMapping, 'madeBy' | 'lastModified'> & {
    readonly before?: EventSourceMapping | undefined;
  },
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
  };
}
