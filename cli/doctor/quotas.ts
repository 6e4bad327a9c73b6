import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { namingCall } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { isOptedIn, optInOf } from '../../lib/model/opt-in.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { type QuotaWarning, quotaWarnings } from '../../lib/routing/quota.ts';
import { checksOrWarning, type DoctorCheck, fail, pass, warn } from './check.ts';
import { type Patient, regionsOf } from './patient.ts';

const AREA = 'quotas';

/** Service Quotas codes of the service `vpc`, by the guardrail that says the same. */
const QUOTAS = [
  { code: 'L-7E9ECCDB', key: 'peeringsPerVpc', what: 'active peerings per VPC' },
  { code: 'L-93826ACB', key: 'routesPerTable', what: 'routes per route table' },
] as const;

/** What the account has in a Region. Left out: Service Quotas does not say. */
export type AccountQuotas = Readonly<Partial<Record<(typeof QUOTAS)[number]['key'], number>>>;

/** The policy with the quotas that count: a route finds no room where AWS has none, whatever the policy says, and the other way round. */
export function withRealQuotas(policy: Policy, account: AccountQuotas): Policy {
  const { guardrails } = policy;
  const smaller = QUOTAS.map(
    ({ key }) => [key, Math.min(guardrails[key], account[key] ?? Infinity)] as const,
  );
  return { ...policy, guardrails: { ...guardrails, ...Object.fromEntries(smaller) } };
}

/** How much is left, where it is little. @param read whether the quotas of the account are among those compared. */
export function usageCheck(
  region: string,
  low: readonly Pick<QuotaWarning, 'used' | 'quota' | 'sentence'>[],
  read: 'read' | 'not read',
): DoctorCheck {
  if (low.length === 0) {
    const whose =
      read === 'read'
        ? 'their quotas'
        : 'the quotas that the policy says; those of the account are not known';
    return pass(AREA, region, `Peerings and routes are well below ${whose}.`);
  }
  const failOrWarn = low.some(({ used, quota }) => used >= quota) ? fail : warn;
  return failOrWarn(
    AREA,
    region,
    low.map(({ sentence }) => sentence).join(' '),
    'Have the quota raised (Service Quotas, Amazon VPC), then write it into guardrails.',
  );
}

/** Whether the account has the quotas that the policy counts on. */
export function accountCheck(region: string, { guardrails }: Policy, account: AccountQuotas): DoctorCheck {
  const wrong = QUOTAS.flatMap(({ key, what }) => {
    const quota = account[key];
    return quota !== undefined && quota < guardrails[key]
      ? [`The account's quota of ${what} is ${quota}, and guardrails.${key} says ${guardrails[key]}.`]
      : [];
  });
  return wrong.length === 0
    ? pass(AREA, region, 'The account has the quotas that the policy counts on.')
    : warn(AREA, region, wrong.join(' '), 'Write the quota into guardrails and deploy, or have it raised.');
}

/** @throws AWS errors of GetServiceQuota. */
async function readQuotas(region: string): Promise<AccountQuotas> {
  const client = createClient(ServiceQuotasClient, { region });
  const found: Partial<Record<keyof AccountQuotas, number>> = {};
  for (const { code, key } of QUOTAS) {
    const { Quota } = await namingCall('GetServiceQuota', region, code, () =>
      client.send(new GetServiceQuotaCommand({ ServiceCode: 'vpc', QuotaCode: code })),
    );
    if (Quota?.Value !== undefined) found[key] = Quota.Value;
  }
  return found;
}

/** Of each Region first how much is left, then whether policy and account agree. */
export async function quotas({ assessment, policy }: Patient): Promise<readonly DoctorCheck[]> {
  const perRegion = await Promise.all(
    regionsOf(assessment).map(async ({ region, inventory, views }) => {
      let account: AccountQuotas | undefined;
      const agreement = await checksOrWarning(AREA, region, async () => {
        account = await readQuotas(region);
        return [accountCheck(region, policy, account)];
      });
      const low = quotaWarnings(
        inventory.tables.filter((table) => isOptedIn(optInOf(table, policy.tagPrefix))),
        new Map(
          views.flatMap(({ view, facts }) =>
            facts.activePeerings === undefined ? [] : [[view.local.vpcId, facts.activePeerings] as const],
          ),
        ),
        withRealQuotas(policy, account ?? {}),
        inventory.prefixLists ?? new Map(),
      );
      return { usage: usageCheck(region, low, account === undefined ? 'not read' : 'read'), agreement };
    }),
  );
  return [...perRegion.map(({ usage }) => usage), ...perRegion.flatMap(({ agreement }) => agreement)];
}
