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
  paginateListStackSetOperations,
  type StackSet,
  UpdateStackSetCommand,
} from '@aws-sdk/client-cloudformation';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { templateFrom } from '../release/template.ts';
import type { StackInstance, StackSetPlace, StackSetState, Step } from './plan.ts';
import { AUTO_DEPLOYMENT, MANAGED_EXECUTION } from './plan.ts';

/** CloudFormation StackSets, as far as the command needs them. */

export interface Operation {
  readonly operationId: string;
  /** QUEUED, RUNNING, SUCCEEDED, FAILED, STOPPING or STOPPED. */
  readonly status: string;
  readonly reason: string | undefined;
}

/** One that has not ended, whoever began it. */
export interface UnderWay {
  readonly operationId: string;
  /** CREATE, UPDATE, DELETE or DETECT_DRIFT. */
  readonly action: string;
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
  /** What has not ended; nothing where there is no StackSet, or the caller may not ask. */
  underWay(): Promise<readonly UnderWay[]>;
  operation(operationId: string): Promise<Operation>;
  results(operationId: string): Promise<OperationResult[]>;
}

type Place = Pick<StackSetPlace, 'name' | 'region' | 'callAs'>;

/** One StackSet, as its calls name it. */
interface Named {
  readonly client: CloudFormationClient;
  readonly input: { readonly StackSetName: string; readonly CallAs: Place['callAs'] };
}

export function createStackSets(client: CloudFormationClient, { name, region, callAs }: Place): StackSets {
  const stackSet: Named = { client, input: { StackSetName: name, CallAs: callAs } };

  /** An error names the call and the StackSet. */
  async function call<T>(what: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw new AwsCallError(what, region, `StackSet ${name}`, error);
    }
  }

  return {
    trustedAccess: () => readTrustedAccess(client, { region, callAs }),
    async read() {
      const described = await call('DescribeStackSet', () => describe(stackSet));
      if (described === undefined || described.Status === 'DELETED') return undefined;
      const instances = await call('ListStackInstances', () => listInstances(stackSet));
      return stateFrom(described, instances);
    },
    carryOut: (step) => call(step.call, () => send(client, step)),
    underWay: () => call('ListStackSetOperations', () => listUnderWay(stackSet)),
    operation: (operationId) => call('DescribeStackSetOperation', () => readOperation(stackSet, operationId)),
    results: (operationId) => call('ListStackSetOperationResults', () => listResults(stackSet, operationId)),
  };
}

async function readTrustedAccess(client: CloudFormationClient, { region, callAs }: Omit<Place, 'name'>) {
  try {
    const { Status } = await client.send(new DescribeOrganizationsAccessCommand({ CallAs: callAs }));
    return Status === 'ENABLED' ? 'enabled' : Status === undefined ? 'unknown' : 'disabled';
  } catch (error) {
    const { kind } = classifyAwsError(error);
    // Old partitions do not know the call; the calls that follow say what is wrong, if anything is.
    if (kind === 'denied' || kind === 'invalid' || kind === 'unknown') return 'unknown';
    throw new AwsCallError('DescribeOrganizationsAccess', region, 'the organization', error);
  }
}

async function describe({ client, input }: Named): Promise<StackSet | undefined> {
  try {
    return (await client.send(new DescribeStackSetCommand(input))).StackSet;
  } catch (error) {
    if (classifyAwsError(error).code === 'StackSetNotFoundException') return undefined;
    throw error;
  }
}

async function listInstances({ client, input }: Named): Promise<StackInstance[]> {
  const found: StackInstance[] = [];
  for await (const { Summaries = [] } of paginateListStackInstances({ client }, input)) {
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

function stateFrom(stackSet: StackSet, instances: StackInstance[]): StackSetState {
  const { AutoDeployment, ManagedExecution, TemplateBody = '{}' } = stackSet;
  return {
    permissionModel: stackSet.PermissionModel ?? 'SELF_MANAGED',
    template: templateFrom(TemplateBody),
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
    instances,
  };
}

async function send(client: CloudFormationClient, step: Step): Promise<string | undefined> {
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
}

/** Of an operation that has not ended. */
const UNDER_WAY: ReadonlySet<string> = new Set(['QUEUED', 'RUNNING', 'STOPPING']);

export function isUnderWay(status: string): boolean {
  return UNDER_WAY.has(status);
}

async function listUnderWay({ client, input }: Named): Promise<UnderWay[]> {
  const found: UnderWay[] = [];
  try {
    for await (const { Summaries = [] } of paginateListStackSetOperations({ client }, input)) {
      for (const { OperationId = '', Action = '', Status = '' } of Summaries) {
        if (isUnderWay(Status)) found.push({ operationId: OperationId, action: Action });
      }
    }
  } catch (error) {
    const { kind, code } = classifyAwsError(error);
    // A call that such an operation stands in the way of says so.
    if (kind !== 'denied' && code !== 'StackSetNotFoundException') throw error;
  }
  return found;
}

async function readOperation({ client, input }: Named, operationId: string): Promise<Operation> {
  const { StackSetOperation } = await client.send(
    new DescribeStackSetOperationCommand({ ...input, OperationId: operationId }),
  );
  return {
    operationId,
    status: StackSetOperation?.Status ?? 'UNKNOWN',
    reason: StackSetOperation?.StatusReason,
  };
}

async function listResults({ client, input }: Named, operationId: string): Promise<OperationResult[]> {
  const found: OperationResult[] = [];
  const pages = paginateListStackSetOperationResults({ client }, { ...input, OperationId: operationId });
  for await (const { Summaries = [] } of pages) {
    for (const { Account = '', Region = '', Status = '', StatusReason } of Summaries) {
      found.push({ accountId: Account, region: Region, status: Status, reason: StatusReason });
    }
  }
  return found;
}
