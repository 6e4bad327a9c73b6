import type { AddressPlan, PoolAllocation, ScopedCidr } from '../model/address-plan.ts';
import type { Policy } from '../policy/schema.ts';

/** The pools and the scope that a policy names as its address plan. */
export type NamedPlan = NonNullable<Policy['guardrails']['ipam']>;

/** A pool or a scope, and the Region in which it is asked for. */
export type PlanPlace = NamedPlan['pools'][number];

/** What is read from Amazon VPC IPAM; `aws/address-plan.ts` fills it, tests fill it in memory. */
export interface AddressPlanReader {
  /**
   * Every allocation of a pool, also those of other accounts.
   * @throws AWS errors.
   */
  readPool(pool: PlanPlace): Promise<readonly PoolAllocation[]>;
  /**
   * Every CIDR of a VPC that IPAM has found in a scope.
   * @throws AWS errors.
   */
  readScope(scope: PlanPlace): Promise<readonly ScopedCidr[]>;
}

/** Reads all that a policy names. Never throws: what cannot be read is an answer, too. */
export interface AddressPlanLookup {
  lookUp(named: NamedPlan): Promise<AddressPlan>;
}
