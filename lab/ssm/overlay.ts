import { jsonAction, jsonAnswer, jsonError } from '../json-answer.ts';
import { ec2Through } from '../network/ec2-client.ts';
import { loadHosts } from '../network/load.ts';
import type { LabContext, LabRequest, LabResponse, Place, ServiceOverlay } from '../types.ts';
import { commandAnswer, getCommandInvocation, listCommandInvocations, listCommands } from './answers.ts';
import { createCommands } from './commands.ts';
import { createSsmFaults } from './faults.ts';
import { describeInstanceInformation } from './instance-information.ts';
import { documentNamed } from './named-document.ts';
import { createModelPinger, type Pinger } from './ping-run.ts';
import type { KnownScript, RunInShell } from './scripts.ts';
import { CommandSender } from './send-command.ts';
import { SsmError } from './ssm-error.ts';

export interface SsmOverlayOptions {
  /** Reads EC2 for the network; default: straight from moto. */
  readonly readEc2?: LabContext['call'];
  /** Counts commands under way as activity of the lab. */
  readonly track?: <T>(work: () => Promise<T>) => Promise<T>;
  /** Default: over the modelled network. */
  readonly pinger?: Pinger;
  /** Scripts that are known by their text, with what they print; default: none but those that ping. */
  readonly scripts?: readonly KnownScript[];
  /** Where those may run for real; left out: the model answers. */
  readonly runInShell?: RunInShell;
  /** Of the model's round-trip times; default 1. */
  readonly seed?: number;
  /** How long `Get…` and `List…` do not know a fresh command; default 20. */
  readonly visibleAfterMs?: number;
  /** How long a command is pending; default 5. */
  readonly startAfterMs?: number;
}

function bodyOf(request: LabRequest): unknown {
  const text = request.body.toString();
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new SsmError('SerializationException', 'The request body is not JSON.');
    }
    throw error;
  }
}

/** SSM Run Command over the modelled network; every other action of SSM is moto's. */
export function createSsmOverlay(context: LabContext, options: SsmOverlayOptions = {}): ServiceOverlay {
  const ec2At = ec2Through(options.readEc2 ?? context.call);
  const commands = createCommands(options.visibleAfterMs ?? 20);
  const faults = createSsmFaults();

  const sender = new CommandSender({
    context,
    ec2At,
    commands,
    faults,
    pinger: options.pinger ?? createModelPinger(options.seed ?? 1),
    scripts: options.scripts ?? [],
    ...(options.runInShell === undefined ? {} : { runInShell: options.runInShell }),
    startAfterMs: options.startAfterMs ?? 5,
    track: options.track ?? ((work) => work()),
    documentNamed: (name, version, place) => documentNamed(context.call, name, version, place),
  });

  async function answer(action: string, input: unknown, place: Place): Promise<unknown> {
    switch (action) {
      case 'SendCommand':
        return { Command: commandAnswer(await sender.send(input, place)) };
      case 'ListCommands':
        return listCommands(input, commands.visible(place));
      case 'ListCommandInvocations':
        return listCommandInvocations(input, commands.visible(place));
      case 'GetCommandInvocation':
        return getCommandInvocation(input, commands.visible(place));
      case 'DescribeInstanceInformation':
        return describeInstanceInformation(input, await loadHosts(ec2At(place), place), {
          isOffline: faults.isOffline,
          now: context.clock.now(),
        });
      default:
        return undefined;
    }
  }

  return {
    async handle(request, forward): Promise<LabResponse> {
      const { accountId, region } = request;
      try {
        const body = await answer(jsonAction(request), bodyOf(request), { accountId, region });
        return body === undefined ? await forward(request) : jsonAnswer(200, body);
      } catch (error) {
        if (error instanceof SsmError) {
          return jsonError(400, error.code, error.message);
        }
        throw error;
      }
    },
    routes: faults.routes,
  };
}
