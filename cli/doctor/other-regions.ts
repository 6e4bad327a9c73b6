import { createForwardingStore } from '../../lib/aws/forwarding-store.ts';
import { desiredForwarding, FORWARDER_ROLE_ARN } from '../../lib/forwarding/desired.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { outputsOf } from '../stack.ts';
import { checksOrWarning, type DoctorCheck, fail } from './check.ts';
import { forwardingChecks, unusableRegion } from './forwarding.ts';
import type { Caller, Patient } from './patient.ts';

/** Managed Regions that this account cannot use; they could not be read. */
export async function unusable(
  policy: Policy,
  homeRegion: string,
  { accountId }: Caller,
): Promise<readonly DoctorCheck[]> {
  const store = createForwardingStore('', homeRegion);
  const states = await Promise.all(
    policy.regions.map(async (region) => [region, await store.readRegionState(region)] as const),
  );
  return states.flatMap(([region, state]) =>
    state === 'enabled' ? [] : [unusableRegion(region, accountId, state)],
  );
}

/** The same reading and the same comparison with which forward-events keeps the other managed Regions. */
export async function forwarding({
  stack,
  assessment,
  policy,
  caller,
}: Patient): Promise<readonly DoctorCheck[]> {
  if (stack === undefined) {
    return [];
  }
  const others = assessment.source.scopes
    .map(({ region }) => region)
    .filter((region) => region !== stack.region);
  const { accountId, arn } = caller;
  const bus = stack.resources.get('EventBus');
  const role = stack.resources.get('ForwarderRole');
  if (others.length > 0 && (bus === undefined || role === undefined)) {
    return others.map((region) =>
      fail('forwarding', region, 'The stack that is deployed forwards no events.', 'peering deploy'),
    );
  }
  const partition = arn.split(':')[1] ?? 'aws';
  const store = createForwardingStore(stack.stage, stack.region);
  const context = {
    policy,
    stage: stack.stage,
    accountId,
    homeBusArn: `arn:${partition}:events:${stack.region}:${accountId}:event-bus/${bus}`,
    forwarderRoleArn:
      (await outputsOf(stack)).get(FORWARDER_ROLE_ARN) ??
      // Of a version without that output.
      `arn:${partition}:iam::${accountId}:role/vpc-peering-autopilot/${stack.stage}/${role}`,
  };
  const home = { homeBusArn: context.homeBusArn, sweep: policy.schedules.sweep };
  const checks = await Promise.all(
    others.map((region) =>
      checksOrWarning('forwarding', region, async () =>
        forwardingChecks(home, desiredForwarding(context, region), await store.read(region)),
      ),
    ),
  );
  return checks.flat();
}
