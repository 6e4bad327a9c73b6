import { askOrganizations, organizationOf } from '../organization.ts';
import type { LabCall, LabRequest, LabResponse } from '../types.ts';
import type { Content } from './answers.ts';
import { Refusal } from './stack-set.ts';

/** What StackSets know of organizations, and which accounts trust them. */
export class TrustedOrganization {
  readonly #call: (call: LabCall) => Promise<LabResponse>;
  /** Accounts that have turned trusted access on. */
  readonly #trusting = new Set<string>();

  constructor(call: (call: LabCall) => Promise<LabResponse>) {
    this.#call = call;
  }

  activateAccess(accountId: string): void {
    this.#trusting.add(accountId);
  }

  accessOf(accountId: string): 'ENABLED' | 'DISABLED' {
    return this.#trusting.has(accountId) ? 'ENABLED' : 'DISABLED';
  }

  /** @throws {Refusal} unless the caller is the organization's management account, with trusted access on. */
  async require(request: LabRequest, form: URLSearchParams): Promise<void> {
    if (
      form.get('CallAs') === 'DELEGATED_ADMIN' ||
      (await organizationOf(this.#call, request))?.managementAccountId !== request.accountId
    ) {
      throw new Refusal(
        'ValidationError',
        'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
      );
    }
    if (!this.#trusting.has(request.accountId)) {
      throw new Refusal(
        'ValidationError',
        'You must enable organizations access to operate a service managed stack set',
      );
    }
  }

  /** Active accounts of an OU at any depth, without the management account. */
  async accountsIn(request: LabRequest, unit: string): Promise<string[]> {
    const { Accounts } = await this.#ask(request, 'ListAccountsForParent', { ParentId: unit });
    const { OrganizationalUnits } = await this.#ask(request, 'ListOrganizationalUnitsForParent', {
      ParentId: unit,
    });
    const own = (Accounts as readonly { readonly Id: string; readonly Status: string }[])
      .filter(({ Id, Status }) => Status === 'ACTIVE' && Id !== request.accountId)
      .map(({ Id }) => Id);
    const below = await Promise.all(
      (OrganizationalUnits as readonly { readonly Id: string }[]).map(({ Id }) =>
        this.accountsIn(request, Id),
      ),
    );
    return [...own, ...below.flat()];
  }

  async #ask(request: LabRequest, action: string, input: Content): Promise<Content> {
    const { status, body } = await askOrganizations(this.#call, request, action, input);
    const parsed = JSON.parse(body.toString()) as Content;
    if (status !== 200) {
      throw new Refusal(
        'ValidationError',
        `${action}: ${String(parsed.message ?? parsed.Message ?? status)}`,
      );
    }
    return parsed;
  }
}
