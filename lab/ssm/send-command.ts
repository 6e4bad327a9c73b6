import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ec2Arn } from '../ec2/resource-arn.ts';
import { messageOf } from '../errors.ts';
import { type Ec2At, loadHosts, loadNetwork } from '../network/load.ts';
import type { Host, Network } from '../network/types.ts';
import type { LabContext, Place } from '../types.ts';
import type { Command, Commands, Invocation, Outcome } from './commands.ts';
import { type Bound, bindParameters, type CommandDocument } from './documents.ts';
import type { SsmFaultStatus, SsmFaults } from './faults.ts';
import { readInput } from './input.ts';
import { isOnline } from './instance-information.ts';
import type { Pinger } from './ping-run.ts';
import { runSteps } from './run-steps.ts';
import type { KnownScript, RunInShell } from './scripts.ts';
import { SsmError } from './ssm-error.ts';

/** `SendCommand`, and all that happens after its answer. */

const MOST_INSTANCES = 50;

const inputSchema = z.object({
  DocumentName: z.string(),
  DocumentVersion: z.string().default('$DEFAULT'),
  InstanceIds: z.array(z.string()).default([]),
  Targets: z
    .array(z.object({ Key: z.string(), Values: z.array(z.string()).default([]) }))
    .max(5)
    .default([]),
  Parameters: z.record(z.string(), z.array(z.string())).default({}),
  Comment: z.string().max(100).default(''),
  TimeoutSeconds: z.int().min(30).max(2_592_000).default(3600),
});

export interface SendCommandDependencies {
  readonly context: LabContext;
  readonly ec2At: Ec2At;
  readonly commands: Commands;
  readonly faults: SsmFaults;
  readonly pinger: Pinger;
  readonly scripts: readonly KnownScript[];
  readonly runInShell?: RunInShell;
  /** @param version `$DEFAULT`, `$LATEST` or a number. @throws SsmError when there is no such document or version. */
  documentNamed(name: string, version: string, place: Place): Promise<CommandDocument>;
  /** Between the answer and the first instance beginning. */
  readonly startAfterMs: number;
  track<T>(work: () => Promise<T>): Promise<T>;
}

const PENDING: Outcome = { status: 'Pending', statusDetails: 'Pending' };
const IN_PROGRESS: Outcome = { status: 'InProgress', statusDetails: 'InProgress' };
const UNDELIVERABLE: Outcome = { status: 'Failed', statusDetails: 'Undeliverable' };

const FAULT_OUTCOMES: Readonly<Record<Exclude<SsmFaultStatus, 'Offline' | 'NoResult'>, Outcome>> = {
  Undeliverable: UNDELIVERABLE,
  AccessDenied: { status: 'Failed', statusDetails: 'AccessDenied' },
  DeliveryTimedOut: { status: 'TimedOut', statusDetails: 'DeliveryTimedOut' },
  TimedOut: { status: 'TimedOut', statusDetails: 'ExecutionTimedOut' },
  Terminated: { status: 'Failed', statusDetails: 'Terminated' },
  Cancelled: { status: 'Cancelled', statusDetails: 'Cancelled' },
};

/** These never reach the instance, so it never reports that it has begun. */
const NEVER_BEGUN = new Set<SsmFaultStatus>(['Undeliverable', 'DeliveryTimedOut', 'AccessDenied']);

function validateIds(ids: readonly string[]): void {
  if (ids.length > MOST_INSTANCES) {
    throw new SsmError(
      'ValidationException',
      `1 validation error detected: Value '[${ids.join(', ')}]' at 'instanceIds' failed to satisfy constraint: Member must have length less than or equal to ${MOST_INSTANCES}`,
    );
  }
  if (new Set(ids).size < ids.length) {
    throw new SsmError(
      'DuplicateInstanceId',
      'You cannot specify an instance ID in more than one association.',
    );
  }
}

function matchesTarget(host: Host, { Key, Values }: { Key: string; Values: readonly string[] }): boolean {
  if (Key === 'InstanceIds') {
    return Values.includes(host.instanceId);
  }
  if (Key.startsWith('tag:')) {
    return Values.includes(host.tags[Key.slice('tag:'.length)] ?? '');
  }
  if (Key === 'tag-key') {
    return Values.some((name) => Object.hasOwn(host.tags, name));
  }
  throw new SsmError('InvalidTarget', `The lab knows no target key ${Key}.`);
}

/** @throws SsmError when an instance that was named is not online. */
function choose(
  hosts: readonly Host[],
  { InstanceIds, Targets }: z.output<typeof inputSchema>,
  { place, isOffline }: { readonly place: Place; readonly isOffline: SsmFaults['isOffline'] },
): readonly Host[] {
  const online = hosts.filter((host) => isOnline(host, isOffline));
  if (InstanceIds.length === 0) {
    return Targets.length === 0
      ? []
      : online.filter((host) => Targets.every((target) => matchesTarget(host, target)));
  }
  const invalid = InstanceIds.filter((id) => !online.some(({ instanceId }) => instanceId === id));
  if (invalid.length > 0) {
    throw new SsmError(
      'InvalidInstanceId',
      `Instances [[${invalid.join(', ')}]] not in a valid state for account ${place.accountId}`,
    );
  }
  return online.filter(({ instanceId }) => InstanceIds.includes(instanceId));
}

/** Sends commands to instances, and runs them behind the answer. */
export class CommandSender {
  readonly #dependencies: SendCommandDependencies;

  constructor(dependencies: SendCommandDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws SsmError for what SSM refuses at once. */
  async send(input: unknown, place: Place): Promise<Command> {
    const request = readInput(inputSchema, input);
    validateIds(request.InstanceIds);
    if (request.InstanceIds.length === 0 && request.Targets.length === 0) {
      throw new SsmError('ValidationException', 'Give InstanceIds or Targets.');
    }
    const { commands, context, faults } = this.#dependencies;
    const [document, hosts] = await Promise.all([
      this.#dependencies.documentNamed(request.DocumentName, request.DocumentVersion, place),
      loadHosts(this.#dependencies.ec2At(place), place),
    ]);
    const chosen = choose(hosts, request, { place, isOffline: faults.isOffline });
    const bound = bindParameters(document, request.Parameters);
    const command = commands.add({
      place,
      documentName: request.DocumentName,
      documentVersion: request.DocumentVersion,
      stepNames: document.steps.map(({ name }) => name),
      comment: request.Comment,
      parameters: request.Parameters,
      targets: request.Targets,
      timeoutSeconds: request.TimeoutSeconds,
      requested: context.clock.now(),
      invocations: chosen.map(({ instanceId, tags }) => ({
        instanceId,
        instanceName: tags.Name ?? '',
        outcome: PENDING,
        steps: [],
      })),
    });
    void this.#dependencies.track(() => this.#run(command, document, bound));
    return command;
  }

  async #run(command: Command, document: CommandDocument, bound: Bound): Promise<void> {
    await sleep(this.#dependencies.startAfterMs);
    const { place, invocations } = command;
    try {
      const network = await loadNetwork(this.#dependencies.ec2At, [place]);
      await Promise.all(
        invocations.map((invocation) => this.#invoke(command, invocation, { document, bound, network })),
      );
    } catch (error) {
      // Nobody waits for a command: what went wrong is told in the log and by its state.
      this.#dependencies.context.log(
        `SSM command ${command.commandId} could not be run: ${messageOf(error)}`,
        { ...place },
      );
      for (const invocation of invocations) {
        if (invocation.outcome === PENDING || invocation.outcome === IN_PROGRESS) {
          this.#change(command, invocation, UNDELIVERABLE);
        }
      }
    }
  }

  async #invoke(
    command: Command,
    invocation: Invocation,
    work: {
      readonly document: CommandDocument;
      readonly bound: Bound;
      readonly network: Network;
    },
  ): Promise<void> {
    const { context, faults, pinger, scripts, runInShell } = this.#dependencies;
    const fault = faults.nextStatus(invocation.instanceId);
    const host = work.network.hosts.get(invocation.instanceId);
    if (fault === undefined || !NEVER_BEGUN.has(fault)) {
      this.#change(command, invocation, IN_PROGRESS);
    }
    if (fault === 'NoResult') {
      return;
    }
    if (fault !== undefined) {
      this.#change(command, invocation, FAULT_OUTCOMES[fault]);
      return;
    }
    if (host === undefined) {
      this.#change(command, invocation, UNDELIVERABLE);
      return;
    }
    const { outcome, steps } = await runSteps({
      ...work,
      host,
      pinger,
      scripts,
      ...(runInShell === undefined ? {} : { runInShell }),
      isLost: faults.isLost,
      now: context.clock.now,
    });
    invocation.steps = steps;
    this.#change(command, invocation, outcome);
  }

  #change(command: Command, invocation: Invocation, outcome: Outcome): void {
    invocation.outcome = outcome;
    this.#dependencies.context.emit(
      {
        source: 'aws.ssm',
        'detail-type': 'EC2 Command Invocation Status-change Notification',
        resources: [ec2Arn(command.place, 'instance', invocation.instanceId)],
        detail: {
          'command-id': command.commandId,
          'document-name': command.documentName,
          'instance-id': invocation.instanceId,
          'requested-date-time': command.requested.toISOString(),
          status: outcome.status,
        },
      },
      command.place,
    );
  }
}
