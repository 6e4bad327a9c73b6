import type { Activity } from '../activity.ts';
import type { StackReader } from '../deployed-stack.ts';
import type { LabLog, ServiceOverlay } from '../types.ts';
import { StackChanges } from './changes.ts';
import { describeStacks } from './describe-stacks.ts';
import { CustomResourceLifecycle } from './lifecycle.ts';
import { StackOperations } from './operations.ts';
import { createStackRecords } from './records.ts';
import type { CustomResourceRequests } from './requests.ts';
import { UnseenEvents } from './unseen.ts';

export interface CustomResourcesOptions extends StackReader {
  readonly requests: CustomResourceRequests;
  /** CloudFormation without custom resources. */
  readonly stacks: ServiceOverlay;
  readonly activity: Activity;
  readonly log: LabLog;
}

/**
 * CloudFormation with custom resources: takes them out of templates before moto sees them, and has their functions make,
 * change and delete them, as CloudFormation does it. What else moto must not make is hidden from it here.
 */
export function createCustomResources(options: CustomResourcesOptions): ServiceOverlay {
  const { clients, requests, stacks, log } = options;
  const records = createStackRecords();
  const operations = new StackOperations({
    ...options,
    records,
    lifecycle: new CustomResourceLifecycle({ requests, log }),
    unseen: new UnseenEvents(clients),
  });
  const changes = new StackChanges({ clients, records, operations, log });

  return {
    routes: [...(stacks.routes ?? []), ...requests.routes],
    handle(request, forward) {
      const form = new URLSearchParams(request.query || request.body.toString());
      const call = { request, form, next: (inner: typeof request) => stacks.handle(inner, forward) };
      switch (form.get('Action')) {
        case 'CreateStack':
        case 'UpdateStack':
        case 'CreateChangeSet':
          return changes.change(call);
        case 'ExecuteChangeSet':
          return changes.execute(call);
        case 'DeleteStack':
          return changes.delete(call);
        default:
          return describeStacks(records, call);
      }
    },
  };
}
