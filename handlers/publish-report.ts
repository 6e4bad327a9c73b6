import policy from 'virtual:peering-policy';
import {
  addressPlanPort,
  historyPort,
  memoryPortWithoutUpgrade,
  organizationPort,
  readerPort,
  receiptsPort,
  reportPort,
} from '../lib/lambda/filled-ports.ts';
import { createQueueRuntime } from '../lib/lambda/queue-runtime.ts';
import { throwIfRetryable } from '../lib/lambda/retryable-failure.ts';
import { publishReport } from '../lib/passes/publish-report.ts';

/** Keeps the page of `peering report` in a bucket. It is of all managed Regions, whichever one the sweep asked for. */
export const handler = createQueueRuntime(policy, (compiled, journal) => ({
  ...receiptsPort(),
  ...readerPort(journal),
  ...organizationPort(compiled),
  ...addressPlanPort(compiled),
  ...memoryPortWithoutUpgrade(compiled),
  ...historyPort(),
  ...reportPort(compiled),
})).onAnyHint(async (invocation) => {
  const { failures, ...report } = await publishReport(invocation);
  throwIfRetryable(failures);
  return { ...report, failures: failures.length };
});
