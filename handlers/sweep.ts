import policy from 'virtual:peering-policy';
import { busPort } from '../lib/lambda/filled-ports.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { requestSweeps } from '../lib/passes/sweep.ts';

/** Asks for a pass over every managed Region, one message each, so that a failing Region delays no other. */
export const handler = createRuntime(policy, busPort).onScheduleOrDeployment(requestSweeps);
