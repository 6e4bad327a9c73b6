import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import type { LabLog } from '../types.ts';
import { type CustomResource, type StackRecord, tellResource } from './records.ts';
import { CustomResourceFailure, type CustomResourceRequests } from './requests.ts';
import type { DeclaredCustomResource } from './separate.ts';

/** What a stack operation has done to custom resources so far, for its end or its rollback. */
export interface Progress {
  readonly created: CustomResource[];
  readonly updated: CustomResource[];
  /** Replaced: their physical ids are to go. */
  readonly replaced: CustomResource[];
}

type Wanted = Omit<CustomResource, 'status' | 'changed'>;

function keep(record: StackRecord, resource: Wanted, status: string): CustomResource {
  const kept = { ...resource, status, changed: new Date() };
  record.resources.set(resource.logicalId, kept);
  return kept;
}

/** Has functions create, update and delete custom resources; the events of their stacks tell of it. */
export class CustomResourceLifecycle {
  readonly #requests: CustomResourceRequests;
  readonly #log: LabLog;

  constructor({ requests, log }: { readonly requests: CustomResourceRequests; readonly log: LabLog }) {
    this.#requests = requests;
    this.#log = log;
  }

  /**
   * Creates or updates one as its template declares it, or leaves it where nothing of it changes.
   *
   * @param properties resolved.
   * @param progress what was done is added.
   * @throws {CustomResourceFailure} what the stack shows.
   */
  async bringAbout(
    record: StackRecord,
    { logicalId, type, whenLeft }: DeclaredCustomResource,
    properties: CustomResource['properties'],
    progress: Progress,
  ): Promise<void> {
    const old = record.resources.get(logicalId);
    const physicalId =
      old?.physicalId ?? `${record.stackName}-${logicalId}-${randomUUID().slice(-12).toUpperCase()}`;
    const wanted = { logicalId, type, whenLeft, properties, physicalId };
    if (old === undefined) {
      await this.#create(record, wanted, progress);
    } else if (JSON.stringify(old.properties) === JSON.stringify(properties)) {
      record.resources.set(logicalId, { ...old, whenLeft });
    } else {
      await this.#update(record, old, wanted, progress);
    }
  }

  /** @returns false when it failed; the events say why. */
  async remove(record: StackRecord, resource: CustomResource): Promise<boolean> {
    if (resource.whenLeft === 'retain') {
      tellResource(record, resource, 'DELETE_SKIPPED');
      return true;
    }
    try {
      await this.#perform(record, 'Delete', resource);
      return true;
    } catch (error) {
      this.#log('a custom resource could not be deleted', {
        resource: resource.logicalId,
        error: messageOf(error),
      });
      return false;
    }
  }

  /** Takes an update back. @returns false when it failed; the events say why. */
  async revert(record: StackRecord, old: CustomResource): Promise<boolean> {
    const current = record.resources.get(old.logicalId) ?? old;
    try {
      const before = { ...old, physicalId: current.physicalId };
      const physicalId = await this.#perform(record, 'Update', before, current);
      keep(record, { ...old, physicalId }, 'UPDATE_COMPLETE');
      return true;
    } catch (error) {
      this.#log('a custom resource could not be rolled back', {
        resource: old.logicalId,
        error: messageOf(error),
      });
      return false;
    }
  }

  async #create(record: StackRecord, wanted: Wanted, progress: Progress): Promise<void> {
    try {
      const physicalId = await this.#perform(record, 'Create', wanted);
      progress.created.push(keep(record, { ...wanted, physicalId }, 'CREATE_COMPLETE'));
    } catch (error) {
      const named = error instanceof CustomResourceFailure ? error.physicalId : undefined;
      progress.created.push(
        keep(record, { ...wanted, physicalId: named ?? wanted.physicalId }, 'CREATE_FAILED'),
      );
      throw error;
    }
  }

  async #update(record: StackRecord, old: CustomResource, wanted: Wanted, progress: Progress): Promise<void> {
    if (old.properties.ServiceToken !== wanted.properties.ServiceToken) {
      const reason = 'Modifying service token is not allowed.';
      tellResource(record, old, 'UPDATE_FAILED', reason);
      throw new CustomResourceFailure(reason);
    }
    progress.updated.push(old);
    try {
      const physicalId = await this.#perform(record, 'Update', wanted, old);
      keep(record, { ...wanted, physicalId }, 'UPDATE_COMPLETE');
      if (physicalId !== old.physicalId) {
        progress.replaced.push(old);
      }
    } catch (error) {
      keep(record, old, 'UPDATE_FAILED');
      throw error;
    }
  }

  /** Has a function do something; the events tell of it. @returns the physical id. */
  async #perform(
    record: StackRecord,
    requestType: 'Create' | 'Update' | 'Delete',
    resource: Wanted,
    old?: CustomResource,
  ): Promise<string> {
    const doing = requestType.toUpperCase();
    tellResource(record, resource, `${doing}_IN_PROGRESS`);
    try {
      const physicalId = await this.#requests.send({
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
}
