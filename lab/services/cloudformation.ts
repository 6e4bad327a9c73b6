import { type Alarms, createAlarms } from '../alarms.ts';
import { createCustomResources } from '../custom-resources/overlay.ts';
import { createCustomResourceRequests } from '../custom-resources/requests.ts';
import { createDashboardMaker } from '../dashboards.ts';
import { createEventBusPolicyMaker } from '../event-bus-policy.ts';
import { createQueuePolicyMaker } from '../queue-policies.ts';
import { createStackSetsOverlay } from '../stack-sets/overlay.ts';
import { createEventInvokeConfigMaker, createFunctionCodeMaker, createStacksOverlay } from '../stacks.ts';
import { createTopicPolicyMaker } from '../topic-policies.ts';
import type { ServiceOverlay } from '../types.ts';
import type { AccessServices } from './access.ts';
import type { FunctionServices } from './functions.ts';
import type { LabGround } from './ground.ts';
import type { NetworkServices } from './network.ts';
import type { PollingServices } from './polling.ts';

/** CloudFormation, and alarms, which come with stacks. */
export interface StackServices {
  readonly alarms: Alarms;
  readonly cloudFormation: ServiceOverlay;
}

/** What stacks are made of, and what keeps something of them in memory. */
export interface ServicesOfStacks {
  readonly functions: FunctionServices;
  readonly network: NetworkServices;
  readonly access: AccessServices;
  readonly polling: PollingServices;
}

function createLabAlarms(
  { clients, clock, teardown, log }: LabGround,
  { metrics, notifications, buses }: FunctionServices,
  { pollers }: PollingServices,
): Alarms {
  const alarms = createAlarms({
    clients,
    metrics,
    notifications,
    clock,
    emit: buses.emit,
    ageOfOldestMessage: pollers.ageOfOldest,
    log,
  });
  teardown.add(() => alarms.overlay.stop?.());
  return alarms;
}

export function createStackServices(ground: LabGround, services: ServicesOfStacks): StackServices {
  const { clients, port, activity, gatewayUrl, log } = ground;
  const { network, access, polling } = services;
  const { functions, lambda, queues, rules } = services.functions;
  const alarms = createLabAlarms(ground, services.functions, polling);
  const { call, forward } = port;
  const stacks = createStacksOverlay({
    clients,
    call,
    makers: [
      createFunctionCodeMaker(lambda.takeCode),
      createEventInvokeConfigMaker(clients),
      createEventBusPolicyMaker(clients),
      createQueuePolicyMaker(queues),
      createTopicPolicyMaker(clients),
      alarms.maker,
      createDashboardMaker(clients),
      polling.mappings.maker,
    ],
    changed(place) {
      rules.invalidate(place);
      functions.invalidate();
      queues.invalidate();
      network.ec2.invalidate();
      access.permissions.invalidate();
    },
    log,
  });
  const requests = createCustomResourceRequests({ gatewayUrl, functions, lambda });
  const customResources = createCustomResources({ clients, call, requests, stacks, activity, log });
  return {
    alarms,
    cloudFormation: createStackSetsOverlay({
      clients,
      stacks: customResources,
      forward,
      call,
      track: activity.track,
      log,
    }),
  };
}
