import { z } from 'zod';
import { type Command, type Invocation, outcomeOf, type StepResult } from './commands.ts';
import { readInput } from './input.ts';
import { PAGE_FIELDS, paged } from './paging.ts';
import { SsmError } from './ssm-error.ts';

/** What SSM shows of commands: `ListCommands`, `ListCommandInvocations`, `GetCommandInvocation`. */

const STDOUT_LIMIT = 24_000;
const STDERR_LIMIT = 8_000;
/** `ListCommandInvocations` with details shows less. */
const OUTPUT_LIMIT = 2_500;

const seconds = (date: Date) => date.getTime() / 1000;

export function commandAnswer(command: Command): Record<string, unknown> {
  const { status, statusDetails } = outcomeOf(command);
  const ended = command.invocations.filter(
    ({ outcome }) => outcome.status !== 'Pending' && outcome.status !== 'InProgress',
  );
  const counted = (details: string) =>
    ended.filter(({ outcome }) => outcome.statusDetails === details).length;
  return {
    CommandId: command.commandId,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    Comment: command.comment,
    ExpiresAfter: seconds(command.requested) + command.timeoutSeconds,
    Parameters: command.parameters,
    InstanceIds: command.targets.length > 0 ? [] : command.invocations.map(({ instanceId }) => instanceId),
    Targets: command.targets,
    RequestedDateTime: seconds(command.requested),
    Status: status,
    StatusDetails: statusDetails,
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
    MaxConcurrency: '50',
    MaxErrors: '0',
    TargetCount: command.invocations.length,
    CompletedCount: ended.length,
    ErrorCount: counted('Failed') + counted('ExecutionTimedOut'),
    DeliveryTimedOutCount: counted('DeliveryTimedOut'),
    ServiceRole: '',
    NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: '' },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
    TimeoutSeconds: command.timeoutSeconds,
  };
}

/** Only a step that ran to its end shows what it printed. */
function outputOf(step: StepResult | undefined): Pick<StepResult, 'stdout' | 'stderr'> {
  return step?.status === 'Success' || step?.status === 'Failed' ? step : { stdout: '', stderr: '' };
}

const listFields = {
  CommandId: z.string().optional(),
  InstanceId: z.string().optional(),
  Filters: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
  ...PAGE_FIELDS,
};

const LIST_PAGE = { least: 1, most: 50 };

function passes(
  command: Command,
  status: string,
  filters: readonly { readonly key: string; readonly value: string }[],
): boolean {
  return filters.every(({ key, value }) => {
    switch (key) {
      case 'InvokedAfter':
        return command.requested >= new Date(value);
      case 'InvokedBefore':
        return command.requested < new Date(value);
      case 'Status':
        return status === value;
      case 'ExecutionStage':
        return (status === 'Pending' || status === 'InProgress' ? 'Executing' : 'Complete') === value;
      case 'DocumentName':
        return command.documentName === value;
      default:
        throw new SsmError('InvalidFilterKey', `The specified key ${key} isn't valid.`);
    }
  });
}

/** An id that nobody gave out is an error in `List…`, as in SSM; a fresh one may not be there yet. */
function matching(
  commands: readonly Command[],
  CommandId: string | undefined,
  InstanceId: string | undefined,
): readonly Command[] {
  return commands.filter(
    ({ commandId, invocations }) =>
      (CommandId === undefined || commandId === CommandId) &&
      (InstanceId === undefined || invocations.some(({ instanceId }) => instanceId === InstanceId)),
  );
}

/** @throws SsmError for filters and pages that SSM refuses. */
export function listCommands(input: unknown, commands: readonly Command[]): Record<string, unknown> {
  const { CommandId, InstanceId, Filters, ...page } = readInput(z.object(listFields), input);
  const found = matching(commands, CommandId, InstanceId).filter((command) =>
    passes(command, outcomeOf(command).status, Filters),
  );
  const { items, next } = paged(found, page, LIST_PAGE);
  return { Commands: items.map(commandAnswer), ...next };
}

function pluginAnswer(step: StepResult): Record<string, unknown> {
  const { stdout, stderr } = outputOf(step);
  return {
    Name: step.name,
    Status: step.status,
    StatusDetails: step.statusDetails,
    ResponseCode: step.responseCode,
    ...(step.started === undefined ? {} : { ResponseStartDateTime: seconds(step.started) }),
    ...(step.ended === undefined ? {} : { ResponseFinishDateTime: seconds(step.ended) }),
    Output: (stderr === '' ? stdout : `${stdout}\n----------ERROR-------\n${stderr}`).slice(0, OUTPUT_LIMIT),
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    OutputS3Region: '',
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
  };
}

function invocationAnswer(
  command: Command,
  invocation: Invocation,
  plugins: readonly StepResult[],
): Record<string, unknown> {
  return {
    CommandId: command.commandId,
    InstanceId: invocation.instanceId,
    InstanceName: invocation.instanceName,
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    RequestedDateTime: seconds(command.requested),
    Status: invocation.outcome.status,
    StatusDetails: invocation.outcome.statusDetails,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    CommandPlugins: plugins.map(pluginAnswer),
    ServiceRole: '',
    NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: '' },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
  };
}

/** @throws SsmError for filters and pages that SSM refuses. */
export function listCommandInvocations(
  input: unknown,
  commands: readonly Command[],
): Record<string, unknown> {
  const { CommandId, InstanceId, Filters, Details, ...page } = readInput(
    z.object({ ...listFields, Details: z.boolean().default(false) }),
    input,
  );
  const found = matching(commands, CommandId, InstanceId).flatMap((command) =>
    command.invocations
      .filter(({ instanceId }) => InstanceId === undefined || instanceId === InstanceId)
      .filter(({ outcome }) => passes(command, outcome.status, Filters))
      .map((invocation) => ({ command, invocation })),
  );
  const { items, next } = paged(found, page, LIST_PAGE);
  return {
    CommandInvocations: items.map(({ command, invocation }) =>
      invocationAnswer(command, invocation, Details ? invocation.steps : []),
    ),
    ...next,
  };
}

/** @throws SsmError `InvocationDoesNotExist`, `InvalidPluginName`. */
export function getCommandInvocation(input: unknown, commands: readonly Command[]): Record<string, unknown> {
  const { CommandId, InstanceId, PluginName } = readInput(
    z.object({ CommandId: z.string(), InstanceId: z.string(), PluginName: z.string().optional() }),
    input,
  );
  const command = commands.find(({ commandId }) => commandId === CommandId);
  const invocation = command?.invocations.find(({ instanceId }) => instanceId === InstanceId);
  if (command === undefined || invocation === undefined) {
    throw new SsmError(
      'InvocationDoesNotExist',
      'The command ID and managed node ID you specified did not match any invocations.',
    );
  }
  const names = command.stepNames;
  const name = PluginName ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !names.includes(name)) {
    throw new SsmError(
      'InvalidPluginName',
      `The plugin name isn't valid: ${command.documentName} has the steps ${names.join(', ')}.`,
    );
  }
  const step = invocation.steps.find((each) => each.name === name);
  const { stdout, stderr } = outputOf(step);
  const { status, statusDetails } = step ?? invocation.outcome;
  const { started, ended } = step ?? {};
  return {
    CommandId: command.commandId,
    InstanceId: invocation.instanceId,
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    PluginName: name,
    ResponseCode: step?.responseCode ?? -1,
    ExecutionStartDateTime: started?.toISOString() ?? '',
    ExecutionElapsedTime:
      started === undefined || ended === undefined
        ? ''
        : `PT${(ended.getTime() - started.getTime()) / 1000}S`,
    ExecutionEndDateTime: ended?.toISOString() ?? '',
    Status: status,
    StatusDetails: statusDetails,
    StandardOutputContent: stdout.slice(0, STDOUT_LIMIT),
    StandardOutputUrl: '',
    StandardErrorContent: stderr.slice(0, STDERR_LIMIT),
    StandardErrorUrl: '',
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
  };
}
