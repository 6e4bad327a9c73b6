import { createEc2Overlay, type Ec2Overlay } from '../ec2/overlay.ts';
import { createEventHistory, type EventHistory } from '../event-history.ts';
import { administratorRequest } from '../forward.ts';
import { createSsmOverlay } from '../ssm/overlay.ts';
import { createModelPinger } from '../ssm/ping-run.ts';
import { createRealPing, type RealPing } from '../ssm/real-ping.ts';
import type { KnownScript } from '../ssm/scripts.ts';
import type { LabContext, ServiceOverlay } from '../types.ts';
import type { FunctionServices } from './functions.ts';
import type { LabGround } from './ground.ts';

/** EC2, and SSM whose pings go over its network; CloudTrail has what was called. */
export interface NetworkServices {
  readonly context: LabContext;
  readonly history: EventHistory;
  readonly ec2: Ec2Overlay;
  readonly ssm: ServiceOverlay;
}

export interface NetworkOptions {
  /** IAM paths of roles whose calls EC2's token buckets refuse, where the setting `throttling` says so. */
  readonly throttledRoles: readonly string[];
  readonly pings: 'model' | 'real';
  readonly scripts: readonly KnownScript[];
  progress(line: string): void;
}

/** @returns undefined where this machine cannot, which `progress` tells. */
async function realPing(
  { teardown, log }: LabGround,
  { progress }: NetworkOptions,
): Promise<RealPing | undefined> {
  const real = await createRealPing({ model: createModelPinger(1), log });
  if (typeof real === 'string') {
    progress(real);
    return undefined;
  }
  teardown.add(real.stop);
  return real;
}

export async function createNetworkServices(
  ground: LabGround,
  { buses }: FunctionServices,
  options: NetworkOptions,
): Promise<NetworkServices> {
  const { port, clock, activity, log } = ground;
  const history = createEventHistory({ clock, emit: buses.emit });
  const context: LabContext = { call: port.call, emit: history.emit, clock, log };
  const ec2 = createEc2Overlay(context, options);
  const real = options.pings === 'real' ? await realPing(ground, options) : undefined;
  const ssm = createSsmOverlay(context, {
    ...(real === undefined ? {} : { pinger: real.pinger, runInShell: real.runInShell }),
    scripts: options.scripts,
    // Through the overlay, so that the network has the states that callers see.
    readEc2: (call) => ec2.handle(administratorRequest(call), port.forward),
    track: activity.track,
  });
  return { context, history, ec2, ssm };
}
