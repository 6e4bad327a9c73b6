import { join } from 'node:path';
import { EventPermissions } from '../event-permissions.ts';
import { createEventRules } from '../event-rules.ts';
import { createEventBuses } from '../events.ts';
import { createFunctionLogs } from '../function-logs.ts';
import { createLambdaService } from '../lambda.ts';
import { createCodeStore } from '../lambda-code.ts';
import { createFunctionRegistry } from '../lambda-functions.ts';
import { WorkerPool } from '../lambda-pool.ts';
import { createMetricStore } from '../metrics.ts';
import { createNotifications } from '../notifications.ts';
import { createQueues } from '../queues.ts';
import { Schedules } from '../schedules.ts';
import type { LabGround } from './ground.ts';

export type FunctionServices = ReturnType<typeof createFunctionServices>;

/** Lambda, and what invokes functions and takes what they send: EventBridge, SNS, SQS. */
export function createFunctionServices(ground: LabGround) {
  const { clients, port, clock, activity, directory, teardown, gatewayUrl, log } = ground;
  const notifications = createNotifications({ clients, clock });
  const metrics = createMetricStore(clock);
  const queues = createQueues({ call: port.call });
  const rules = createEventRules({ clients, log });
  const functions = createFunctionRegistry(clients);
  const code = createCodeStore(clients, join(directory, 'functions'));
  const pool = new WorkerPool({ gatewayUrl, clients, code, clock });
  teardown.add(() => pool.stop());
  const lambda = createLambdaService({
    functions,
    pool,
    code,
    logs: createFunctionLogs({ metrics, clock, call: port.call, log }),
    metrics,
    queues,
    notifications,
    activity,
    clock,
    emit: (event, place, busName) => buses.emit(event, place, busName),
    log,
  });
  const buses = createEventBuses({
    rules,
    queues,
    permissions: new EventPermissions({ clients, call: port.call, log }),
    notifications,
    invokeFunction: lambda.acceptEvent,
    activity,
    clock,
    log,
  });
  const schedules = new Schedules({ rules, functions, lambda, clock, log });
  teardown.add(() => schedules.stop());
  return { notifications, metrics, queues, rules, functions, pool, lambda, buses, schedules };
}
