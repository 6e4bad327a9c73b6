import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { createClient } from '../../lib/aws/clients.ts';
import { isOptedIn, optInOf } from '../../lib/model/opt-in.ts';
import { quotaWarnings } from '../../lib/routing/quota.ts';
import { type DoctorCheck, pass, warn } from './check.ts';
import { type Patient, regionsOf } from './patient.ts';

/** How much is left of the quotas that the policy counts on. */
export function usage({ assessment, policy }: Patient): readonly DoctorCheck[] {
  return regionsOf(assessment).map(({ region, inventory, views }) => {
    const low = quotaWarnings(
      inventory.tables.filter((table) => isOptedIn(optInOf(table, policy.tagPrefix))),
      new Map(
        views.flatMap(({ view, facts }) =>
          facts.activePeerings === undefined ? [] : [[view.local.vpcId, facts.activePeerings] as const],
        ),
      ),
      policy,
      inventory.prefixLists ?? new Map(),
    );
    return low.length === 0
      ? pass('quotas', region, 'Peerings and routes are well below their quotas.')
      : warn(
          'quotas',
          region,
          low.map(({ sentence }) => sentence).join(' '),
          'Have the quota raised (Service Quotas, Amazon VPC), then write it into guardrails.',
        );
  });
}

/** Service Quotas codes of the service `vpc`. */
const QUOTAS = [
  { code: 'L-7E9ECCDB', key: 'peeringsPerVpc', what: 'active peerings per VPC' },
  { code: 'L-93826ACB', key: 'routesPerTable', what: 'routes per route table' },
] as const;

/** Whether the account has the quotas that the policy counts on. */
export async function quotas({ assessment, policy }: Patient): Promise<readonly DoctorCheck[]> {
  const found = await Promise.all(
    assessment.source.scopes.map(async ({ region }) => {
      const client = createClient(ServiceQuotasClient, { region });
      const wrong: string[] = [];
      for (const { code, key, what } of QUOTAS) {
        const { Quota } = await client.send(
          new GetServiceQuotaCommand({ ServiceCode: 'vpc', QuotaCode: code }),
        );
        const assumed = policy.guardrails[key];
        if (Quota?.Value !== undefined && Quota.Value < assumed) {
          wrong.push(
            `The account's quota of ${what} is ${Quota.Value}, and guardrails.${key} says ${assumed}.`,
          );
        }
      }
      return wrong.length === 0
        ? pass('quotas', region, 'The account has the quotas that the policy counts on.')
        : warn(
            'quotas',
            region,
            wrong.join(' '),
            'Write the quota into guardrails and deploy, or have it raised.',
          );
    }),
  );
  return found;
}
