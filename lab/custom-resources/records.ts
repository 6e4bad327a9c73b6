import { randomUUID } from 'node:crypto';
import type { Place } from '../types.ts';

/** A custom resource that exists, or that could not be made or deleted. */
export interface CustomResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  /** Resolved, all scalars as text. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly whenLeft: 'delete' | 'retain';
  /** `CREATE_COMPLETE`, `UPDATE_FAILED`, … */
  readonly status: string;
  readonly changed: Date;
}

export interface StackEvent {
  readonly id: string;
  readonly time: Date;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

/** What the lab knows of a stack with custom resources, on top of what moto knows. */
export interface StackRecord extends Place {
  readonly stackName: string;
  readonly stackId: string;
  readonly resources: Map<string, CustomResource>;
  /** The template that was deployed last: moto has it without custom resources. */
  originalTemplate?: string;
  /** In place of moto's, when set. */
  status?: { readonly name: string; readonly reason?: string };
  readonly events: StackEvent[];
  /** Ids of moto's events that would tell of an end too early. */
  readonly hiddenEvents: Set<string>;
  /** While moto is at work unseen: the ids of those of its events that are older. No others are shown. */
  shownEvents?: ReadonlySet<string>;
}

export const STACK_TYPE = 'AWS::CloudFormation::Stack';

export interface StackRecords {
  /** By name or ARN; a name finds only a stack that is not deleted. */
  find(place: Place, nameOrArn: string): StackRecord | undefined;
  /** The one of that ARN, made when there is none. */
  of(place: Place, stack: { readonly stackName: string; readonly stackId: string }): StackRecord;
  /** Its name is free again; its events are still found by its ARN. */
  forgetName(record: StackRecord): void;
}

export function createStackRecords(): StackRecords {
  const byId = new Map<string, StackRecord>();
  const current = new Map<string, StackRecord>();
  const keyOf = ({ accountId, region }: Place, stackName: string) => `${accountId}/${region}/${stackName}`;

  return {
    find: (place, nameOrArn) => byId.get(nameOrArn) ?? current.get(keyOf(place, nameOrArn)),
    of({ accountId, region }, { stackName, stackId }) {
      const record = byId.get(stackId) ?? {
        accountId,
        region,
        stackName,
        stackId,
        resources: new Map(),
        events: [],
        hiddenEvents: new Set(),
      };
      byId.set(stackId, record);
      current.set(keyOf(record, stackName), record);
      return record;
    },
    forgetName(record) {
      current.delete(keyOf(record, record.stackName));
    },
  };
}

export function isInProgress({ status }: StackRecord): boolean {
  return status?.name.endsWith('_IN_PROGRESS') === true;
}

/** Says how the stack itself is now, in its state and in its events. */
export function tellStack(record: StackRecord, name: string, reason?: string): void {
  record.status = { name, ...(reason === undefined ? {} : { reason }) };
  record.events.push({
    id: randomUUID(),
    time: new Date(),
    logicalId: record.stackName,
    physicalId: record.stackId,
    type: STACK_TYPE,
    status: name,
    ...(reason === undefined ? {} : { reason }),
  });
}

export function tellResource(
  record: StackRecord,
  resource: Pick<CustomResource, 'logicalId' | 'physicalId' | 'type'>,
  status: string,
  reason?: string,
): void {
  const { logicalId, physicalId, type } = resource;
  record.events.push({
    id: `${logicalId}-${status}-${randomUUID()}`,
    time: new Date(),
    logicalId,
    physicalId,
    type,
    status,
    ...(reason === undefined ? {} : { reason }),
  });
}
