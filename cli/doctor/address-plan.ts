import type { AddressPlan, PlanReading } from '../../lib/model/address-plan.ts';
import { unreadOfPlan } from '../../lib/policy/address-plan.ts';
import type { NamedPlan, PlanPlace } from '../../lib/ports/address-plan.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';
import type { Patient } from './patient.ts';

const AREA = 'address plan';

/** Without it nothing is accepted. Whether the functions may read it the caller's own credentials do not tell. */
function unreadCheck(
  { region }: PlanPlace,
  reading: PlanReading<unknown> | undefined,
  says: string,
): DoctorCheck {
  const kind = reading !== undefined && 'unread' in reading ? reading.unread.kind : 'unknown';
  return kind === 'denied' || kind === 'throttled' || kind === 'transient'
    ? warn(
        AREA,
        region,
        says,
        'Run it with credentials that may read this. The functions have roles of their own; what they may not read they say in their log.',
      )
    : fail(
        AREA,
        region,
        says,
        'Put guardrails.ipam right and deploy: while a part of the plan cannot be read, nothing is accepted.',
      );
}

/** Whether each part of the address plan can be read, and says anything of VPCs. */
export function planChecks(named: NamedPlan, plan: AddressPlan): DoctorCheck[] {
  const problems = unreadOfPlan(plan, named);
  const pools = named.pools.map((pool): DoctorCheck => {
    const reading = plan.pools.get(pool.id);
    const problem = problems.get(pool.id);
    if (problem !== undefined || reading === undefined || 'unread' in reading) {
      return unreadCheck(pool, reading, problem ?? `Pool ${pool.id} was not read.`);
    }
    const further = reading.items.filter(({ resourceType }) => resourceType === 'ipam-pool').length;
    return further > 0 && further === reading.items.length
      ? warn(
          AREA,
          pool.region,
          `${pool.id} hands all that it has given on to other pools (${further}), and nothing to a VPC or an account.`,
          'Name the pools that VPCs take their ranges from in guardrails.ipam.pools.',
        )
      : pass(AREA, pool.region, `${pool.id} was read: ${reading.items.length} allocations.`);
  });
  if (named.scope === undefined) {
    return pools;
  }
  const { scope } = plan;
  const problem = problems.get(named.scope.id);
  return [
    ...pools,
    problem !== undefined || scope === undefined || 'unread' in scope
      ? unreadCheck(named.scope, scope, problem ?? `Scope ${named.scope.id} was not read.`)
      : pass(AREA, named.scope.region, `${named.scope.id} was read: ${scope.items.length} ranges of VPCs.`),
  ];
}

/** Nothing where the policy names none. */
export async function addressPlan({ policy, assessment }: Patient): Promise<readonly DoctorCheck[]> {
  const { ipam } = policy.guardrails;
  const lookup = assessment.source.addressPlan;
  return ipam === undefined || lookup === undefined ? [] : planChecks(ipam, await lookup.lookUp(ipam));
}
