import type { Bus } from '../ports/outbox.ts';

export async function requestSweeps({
  accountId,
  managedRegions,
  bus,
}: {
  readonly accountId: string;
  readonly managedRegions: readonly string[];
  readonly bus: Bus;
}): Promise<{ regions: readonly string[] }> {
  await bus.publish(
    managedRegions.map((region) => ({ type: 'Sweep Requested', detail: { accountId, region } })),
  );
  return { regions: managedRegions };
}
