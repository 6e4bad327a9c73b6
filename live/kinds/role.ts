import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import type { Place } from '../account.ts';
import { type Kind, TAG_KEY, unlessGone } from '../ledger.ts';
import type { World } from '../world.ts';

/** Below the product's own path, so that whoever may deploy may make them. */
const PATH = '/vpc-peering-autopilot/live-check/';

export const ROLE: Kind = {
  name: 'role',
  async remove(place, id) {
    const iam = place.of(IAMClient);
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: id }));
    for (const PolicyName of PolicyNames) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName: id, PolicyName }));
    }
    await iam.send(new DeleteRoleCommand({ RoleName: id }));
  },
  async tagged(place) {
    const iam = place.of(IAMClient);
    const found: { id: string; run: string }[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client: iam }, { PathPrefix: PATH })) {
      for (const { RoleName = '' } of Roles) {
        const tags = await unlessGone(() => iam.send(new ListRoleTagsCommand({ RoleName })));
        const run = tags?.Tags?.find(({ Key }) => Key === TAG_KEY)?.Value;
        if (run !== undefined) found.push({ id: RoleName, run });
      }
    }
    return found;
  },
  byHand: ({ cliOptions }, id) =>
    `aws iam delete-role-policy${cliOptions} --role-name ${id} --policy-name may && aws iam delete-role${cliOptions} --role-name ${id}`,
};

/** @returns its ARN */
export async function makeRole(
  { ledger }: World,
  place: Place,
  role: {
    readonly what: string;
    /** Who may take it on: `{Service: 'events.amazonaws.com'}`. */
    readonly trusts: Readonly<Record<string, string>>;
    readonly may: readonly { readonly Action: string; readonly Resource: string }[];
  },
): Promise<string> {
  const iam = place.of(IAMClient);
  const RoleName = ledger.nameFor(role.what);
  const document = (Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  await ledger.makeNamed(ROLE, place, RoleName, async () => {
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        Path: PATH,
        AssumeRolePolicyDocument: document([
          { Effect: 'Allow', Principal: role.trusts, Action: 'sts:AssumeRole' },
        ]),
        Tags: [ledger.tag],
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: 'may',
        PolicyDocument: document(role.may.map((statement) => ({ Effect: 'Allow', ...statement }))),
      }),
    );
  });
  return `arn:${place.partition}:iam::${place.accountId}:role${PATH}${RoleName}`;
}
