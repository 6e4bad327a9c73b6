import { createCallCounts } from '../calls.ts';
import { clockRoutes } from '../clock.ts';
import type { GatewayOptions } from '../gateway.ts';
import type { Schedules } from '../schedules.ts';
import { type AccessOptions, createAccessServices } from './access.ts';
import { createStackServices } from './cloudformation.ts';
import { createFunctionServices } from './functions.ts';
import type { LabGround } from './ground.ts';
import { createNetworkServices, type NetworkOptions } from './network.ts';
import { createPollingServices } from './polling.ts';

export interface LabServices extends Pick<GatewayOptions, 'overlays' | 'layers' | 'routes'> {
  readonly schedules: Schedules;
}

/** All services of a lab: what answers which calls, what every call passes first, and what people steer. */
export async function createLabServices(
  ground: LabGround,
  options: Omit<NetworkOptions, 'throttledRoles'> & AccessOptions,
): Promise<LabServices> {
  const functions = createFunctionServices(ground);
  const network = await createNetworkServices(ground, functions, {
    ...options,
    throttledRoles: options.checkedRoles,
  });
  const access = createAccessServices(ground, functions, network, options);
  const polling = createPollingServices(ground, functions, access);
  const stacks = createStackServices(ground, { functions, network, access, polling });
  const calls = createCallCounts();
  return {
    schedules: functions.schedules,
    overlays: {
      ec2: network.ec2,
      ssm: network.ssm,
      events: functions.buses.overlay,
      lambda: polling.mappings.overlay,
      sqs: functions.queues.overlay,
      sns: functions.notifications.overlay,
      cloudformation: stacks.cloudFormation,
      monitoring: stacks.alarms.overlay,
      cloudtrail: network.history.overlay,
    },
    layers: [calls.layer, ...access.layers],
    routes: [
      ...functions.schedules.routes,
      ...calls.routes,
      ...access.faults.routes,
      ...access.regions.routes,
      ...access.permissions.routes,
      ...polling.pollers.routes,
      ...clockRoutes(ground.clock),
    ],
  };
}
