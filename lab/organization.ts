import type { LabCall, LabResponse, Place } from './types.ts';

/** AWS Organizations, which moto holds. */

export interface Organization {
  readonly id: string;
  readonly managementAccountId: string;
}

/** Asks Organizations as the account's administrator. */
export function askOrganizations(
  call: (call: LabCall) => Promise<LabResponse>,
  { accountId, region }: Place,
  action: string,
  input: Readonly<Record<string, unknown>>,
): Promise<LabResponse> {
  return call({
    service: 'organizations',
    accountId,
    region,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSOrganizationsV20161128.${action}`,
    },
    body: JSON.stringify(input),
  });
}

/** The account's organization; `undefined` when it belongs to none. */
export async function organizationOf(
  call: (call: LabCall) => Promise<LabResponse>,
  place: Place,
): Promise<Organization | undefined> {
  const { status, body } = await askOrganizations(call, place, 'DescribeOrganization', {});
  if (status !== 200) {
    return undefined;
  }
  const { Organization: found } = JSON.parse(body.toString()) as {
    readonly Organization: { readonly Id: string; readonly MasterAccountId: string };
  };
  return { id: found.Id, managementAccountId: found.MasterAccountId };
}
