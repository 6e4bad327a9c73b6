import { type CloudFormationClient, paginateDescribeChangeSet } from '@aws-sdk/client-cloudformation';
import { namingCall } from '../../lib/aws/call-error.ts';

/** What CloudFormation would do to one resource. */
export interface ResourceChange {
  readonly action: 'add' | 'modify' | 'remove';
  readonly logicalId: string;
  readonly type: string;
  /** Of a change: whether the resource is made anew, and the old one deleted. `unknown` where CloudFormation was not asked. */
  readonly replacement: 'yes' | 'perhaps' | 'no' | 'unknown';
}

export interface ChangeSet {
  readonly status: 'being made' | 'ready' | 'nothing to change' | 'failed';
  readonly reason: string | undefined;
  readonly changes: readonly ResourceChange[];
}

const ACTIONS: Readonly<Record<string, ResourceChange['action']>> = {
  Add: 'add',
  Modify: 'modify',
  Remove: 'remove',
};

const REPLACEMENTS: Readonly<Record<string, ResourceChange['replacement']>> = {
  True: 'yes',
  Conditional: 'perhaps',
};

/** The words of CloudFormation, which has no code for it (CloudFormation user guide, change sets without changes). */
const NO_CHANGES = /didn't contain changes|No updates are to be performed/i;

function statusOf(status: string | undefined, reason: string | undefined): ChangeSet['status'] {
  switch (status) {
    case 'CREATE_COMPLETE':
      return 'ready';
    case 'FAILED':
      return NO_CHANGES.test(reason ?? '') ? 'nothing to change' : 'failed';
    default:
      return 'being made';
  }
}

/** Reads a change set of a stack, all pages of it. */
export function createChangeSetReader(
  client: CloudFormationClient,
  { name, region }: { readonly name: string; readonly region: string },
): (changeSet: string) => Promise<ChangeSet> {
  return (changeSet) =>
    namingCall('DescribeChangeSet', region, `stack ${name}`, async () => {
      const changes: ResourceChange[] = [];
      let status: ChangeSet['status'] = 'being made';
      let reason: string | undefined;
      const asked = { StackName: name, ChangeSetName: changeSet };
      for await (const page of paginateDescribeChangeSet({ client }, asked)) {
        status = statusOf(page.Status, page.StatusReason);
        reason = page.StatusReason;
        for (const { ResourceChange: change } of page.Changes ?? []) {
          const action = ACTIONS[change?.Action ?? ''];
          if (change !== undefined && action !== undefined) {
            changes.push({
              action,
              logicalId: change.LogicalResourceId ?? '',
              type: change.ResourceType ?? '',
              replacement: REPLACEMENTS[change.Replacement ?? ''] ?? 'no',
            });
          }
        }
      }
      return { status, reason, changes };
    });
}
