import {
  type CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeOrganizationsAccessCommand,
  DescribeStackSetCommand,
  DescribeStackSetOperationCommand,
  paginateListStackInstances,
  paginateListStackSetOperationResults,
  UpdateStackSetCommand,
} from '@aws-sdk/client-cloudformation';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { StackInstance, StackSetPlace, StackSetState, Step } from './plan.ts';
import { AUTO_DEPLOYMENT, MANAGED_EXECUTION } from './plan.ts';

/** CloudFormation StackSets, as far as the command needs them. */

export interface Operation {
  readonly operationId: string;
  /** QUEUED, RUNNING, SUCCEEDED, FAILED, STOPPING or STOPPED. */
  readonly status: string;
  readonly reason: string | undefined;
}

/** What an operation did in one account. */
export interface OperationResult {
  readonly accountId: string;
  readonly region: string;
  /** PENDING, RUNNING, SUCCEEDED, FAILED or CANCELLED. */
  readonly status: string;
  readonly reason: string | undefined;
}

/** One StackSet: reads, and the one door for what changes it. */
export interface StackSets {
  /** Whether StackSets may work in the organization's accounts; `unknown` when the caller may not ask. */
  trustedAccess(): Promise<'enabled' | 'disabled' | 'unknown'>;
  /** undefined when there is none. */
  read(): Promise<StackSetState | undefined>;
  /** The id of the operation that was started, if the step is one that takes time. */
  carryOut(step: Step): Promise<string | undefined>;
  operation(operationId: string): Promise<Operation>;
  results(operationId: string): Promise<OperationResult[]>;
}

export function createStackSets(
  client: CloudFormationClient,
  { name, region, callAs }: Pick<StackSetPlace, 'name' | 'region' | 'callAs'>,
): StackSets {
  const named = { StackSetName: name, CallAs: callAs };

  async function call<T>(what: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw new AwsCallError(what, region, `StackSet ${name}`, error);
    }
  }

  async function instances(): Promise<StackInstance[]> {
    const found: StackInstance[] = [];
    for await (const { Summaries = [] } of paginateListStackInstances({ client }, named)) {
      for (const summary of Summaries) {
        const skipped = summary.StackInstanceStatus?.DetailedStatus === 'SKIPPED_SUSPENDED_ACCOUNT';
        found.push({
          accountId: summary.Account ?? '',
          region: summary.Region ?? '',
          organizationalUnit: summary.OrganizationalUnitId,
          status: skipped ? 'SKIPPED' : (summary.Status ?? ''),
          reason: summary.StatusReason,
        });
      }
    }
    return found;
  }

  return {
    async trustedAccess() {
      try {
        const { Status } = await client.send(new DescribeOrganizationsAccessCommand({ CallAs: callAs }));
        return Status === 'ENABLED' ? 'enabled' : Status === undefined ? 'unknown' : 'disabled';
      } catch (error) {
        const { kind } = classifyAwsError(error);
        // Old partitions do not know the call; the calls that follow say what is wrong, if anything is.
        if (kind === 'denied' || kind === 'invalid' || kind === 'unknown') return 'unknown';
        throw new AwsCallError('DescribeOrganizationsAccess', region, 'the organization', error);
      }
    },
    async read() {
      const answer = await call('DescribeStackSet', async () => {
        try {
          return await client.send(new DescribeStackSetCommand(named));
        } catch (error) {
          if (classifyAwsError(error).code === 'StackSetNotFoundException') return undefined;
          throw error;
        }
      });
      const stackSet = answer?.StackSet;
      if (stackSet === undefined || stackSet.Status === 'DELETED') return undefined;
      const { AutoDeployment, ManagedExecution, TemplateBody = '{}' } = stackSet;
      return {
        permissionModel: stackSet.PermissionModel ?? 'SELF_MANAGED',
        template: parseTemplate(TemplateBody),
        parameters: Object.fromEntries(
          (stackSet.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [
            ParameterKey,
            ParameterValue,
          ]),
        ),
        autoDeployment:
          AutoDeployment?.Enabled === AUTO_DEPLOYMENT.Enabled &&
          AutoDeployment.RetainStacksOnAccountRemoval === AUTO_DEPLOYMENT.RetainStacksOnAccountRemoval
            ? 'as wanted'
            : 'other',
        managedExecution: ManagedExecution?.Active === MANAGED_EXECUTION.Active ? 'as wanted' : 'other',
        organizationalUnits: stackSet.OrganizationalUnitIds ?? [],
        instances: await call('ListStackInstances', instances),
      };
    },
    carryOut: (step) =>
      call(step.call, async () => {
        switch (step.call) {
          case 'CreateStackSet':
            await client.send(new CreateStackSetCommand(step.input));
            return undefined;
          case 'UpdateStackSet':
            return (await client.send(new UpdateStackSetCommand(step.input))).OperationId;
          case 'CreateStackInstances':
            return (await client.send(new CreateStackInstancesCommand(step.input))).OperationId;
          case 'DeleteStackInstances':
            return (await client.send(new DeleteStackInstancesCommand(step.input))).OperationId;
          case 'DeleteStackSet':
            await client.send(new DeleteStackSetCommand(step.input));
            return undefined;
        }
      }),
    operation: (operationId) =>
      call('DescribeStackSetOperation', async () => {
        const { StackSetOperation } = await client.send(
          new DescribeStackSetOperationCommand({ ...named, OperationId: operationId }),
        );
        return {
          operationId,
          status: StackSetOperation?.Status ?? 'UNKNOWN',
          reason: StackSetOperation?.StatusReason,
        };
      }),
    results: (operationId) =>
      call('ListStackSetOperationResults', async () => {
        const found: OperationResult[] = [];
        const pages = paginateListStackSetOperationResults(
          { client },
          { ...named, OperationId: operationId },
        );
        for await (const { Summaries = [] } of pages) {
          for (const { Account = '', Region = '', Status = '', StatusReason } of Summaries) {
            found.push({ accountId: Account, region: Region, status: Status, reason: StatusReason });
          }
        }
        return found;
      }),
  };
}

/** Somebody else's StackSet may be YAML: it is then no template of ours, and that is all that has to be known. */
function parseTemplate(body: string): StackSetState['template'] {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'Resources' in parsed) {
      return parsed as StackSetState['template'];
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { Resources: {} };
}
