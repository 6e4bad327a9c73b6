import { assess } from '../assess.ts';
import { addressPlan } from '../doctor/address-plan.ts';
import { alarms } from '../doctor/alarms.ts';
import { checksOrWarning, type DoctorCheck } from '../doctor/check.ts';
import { connections } from '../doctor/connections.ts';
import { callerCheck, deployedPolicy, deployment } from '../doctor/deployment.ts';
import { orders } from '../doctor/orders.ts';
import { forwarding, unusable } from '../doctor/other-regions.ts';
import { otherStacks } from '../doctor/other-stacks.ts';
import { partsInPlace } from '../doctor/parts.ts';
import type { Patient } from '../doctor/patient.ts';
import { permissions } from '../doctor/permissions.ts';
import { probes } from '../doctor/probes.ts';
import { queues } from '../doctor/queues.ts';
import { quotas } from '../doctor/quotas.ts';
import { recipients } from '../doctor/recipients.ts';
import { registry } from '../doctor/registry.ts';
import { rules } from '../doctor/rules.ts';
import { tables } from '../doctor/tables.ts';
import { trail } from '../doctor/trail.ts';
import type { Document } from '../documents.ts';
import { homeRegionOf } from '../home-region.ts';
import type { Output, Paint } from '../output.ts';
import { onePolicy, policiesOf } from '../policy.ts';
import { hasHeart } from '../release/stack-condition.ts';
import { callerAccount } from '../source/live.ts';
import { findStack } from '../stack.ts';
import type { Invocation, Verb } from '../verb.ts';

/** Reads what the checks look at. @returns with it what is said of managed Regions that cannot be used. */
async function admit(
  invocation: Invocation,
): Promise<{ readonly patient: Patient; readonly regionChecks: readonly DoctorCheck[] }> {
  const { options, progress } = invocation;
  const policies = policiesOf(invocation);
  const homeRegion = await homeRegionOf(invocation);
  progress.doing('Asking AWS who is calling');
  const caller = await callerAccount(homeRegion);
  const policy = policies.of(caller.accountId);
  const policyFile = policies.fileOf(caller.accountId);
  const regionChecks = await checksOrWarning('region', null, () => unusable(policy, homeRegion, caller));
  const closed = new Set(regionChecks.flatMap(({ result, region }) => (result === 'fail' ? [region] : [])));
  // The others can be looked at all the same.
  const usable = { ...policy, regions: policy.regions.filter((region) => !closed.has(region)) };
  const assessment = await assess(invocation, onePolicy(usable, policyFile));
  progress.doing('Looking for the stack');
  const found = await findStack(
    [homeRegion, ...assessment.source.scopes.map(({ region }) => region)],
    options.stage,
  );
  return {
    patient: {
      invocation,
      policy,
      policyFile,
      assessment,
      found,
      stack: found !== undefined && hasHeart([...found.resources.keys()]) ? found : undefined,
      homeRegion: found?.region ?? homeRegion,
      caller,
    },
    regionChecks,
  };
}

/** What all checks say, in the order in which it is shown. */
async function examine(patient: Patient, regionChecks: readonly DoctorCheck[]): Promise<DoctorCheck[]> {
  const { stack } = patient;
  const home = stack?.region ?? null;
  const [
    stacks,
    othersOf,
    policies,
    trails,
    registryOf,
    partsOf,
    rulesOf,
    queuesOf,
    alarmsOf,
    recipientsOf,
    forwardingOf,
    planOf,
    probesOf,
    quotasOf,
    permissionsOf,
  ] = await Promise.all([
    checksOrWarning('stack', patient.homeRegion, () => deployment(patient)),
    checksOrWarning('other stacks', home, () => otherStacks(patient)),
    checksOrWarning('policy', null, () => deployedPolicy(patient)),
    checksOrWarning('trail', null, () => trail(patient)),
    checksOrWarning('registry', home, () => registry(patient)),
    checksOrWarning('parts', home, () => partsInPlace(patient)),
    checksOrWarning('rules', home, () => rules(patient)),
    checksOrWarning('queues', home, () => queues(patient)),
    checksOrWarning('alarms', home, () => alarms(patient)),
    checksOrWarning('recipients', home, () => recipients(patient)),
    checksOrWarning('forwarding', null, () => forwarding(patient)),
    checksOrWarning('address plan', null, () => addressPlan(patient)),
    checksOrWarning('probes', null, () => probes(patient)),
    checksOrWarning('quotas', null, () => quotas(patient)),
    checksOrWarning('permissions', null, () => permissions(patient)),
  ]);
  return [
    callerCheck(patient),
    ...stacks,
    ...othersOf,
    ...policies,
    ...trails,
    ...regionChecks,
    ...registryOf,
    ...partsOf,
    ...rulesOf,
    ...queuesOf,
    ...alarmsOf,
    ...recipientsOf,
    ...orders(patient),
    ...forwardingOf,
    ...planOf,
    ...tables(patient),
    ...connections(patient),
    ...probesOf,
    ...quotasOf,
    ...permissionsOf,
  ];
}

const PAINTS: Readonly<Record<DoctorCheck['result'], Paint>> = { pass: 'green', warn: 'yellow', fail: 'red' };

function print(checks: readonly DoctorCheck[], output: Output): void {
  for (const { area, region, result, says, remedy } of checks) {
    const place = region === null ? area : `${area} ${region}`;
    output.line(`${output.paint(result.padEnd(4), PAINTS[result])}  ${place}: ${says}`);
    if (remedy !== null) output.line(`      ${output.paint(`-> ${remedy}`, 'dim')}`);
  }
  const count = (result: DoctorCheck['result']) => checks.filter((check) => check.result === result).length;
  output.line();
  output.line(`${count('pass')} pass, ${count('warn')} warn, ${count('fail')} fail`);
}

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const { patient, regionChecks } = await admit(invocation);
  progress.doing(
    'Looking at trail, registry, all parts of the stack, alarms, probes, quotas and permissions',
  );
  const checks = await examine(patient, regionChecks);
  progress.done();
  const wanted = checks.filter(
    ({ region }) => region === null || options.region === undefined || options.region.includes(region),
  );
  if (options.json) {
    const document: Document<'doctor'> = { checks: wanted };
    output.json(document);
  } else {
    print(wanted, output);
  }
  return wanted.some(({ result }) => result === 'fail') ? 1 : 0;
};
