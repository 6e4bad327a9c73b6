import { actionOf } from '../action.ts';
import { rolesUnder } from '../checked-roles.ts';
import { errorAnswer } from '../error-answer.ts';
import type { Layer } from '../gateway.ts';
import { DEFAULT_ACCOUNT_ID, type LabLog, type LabRequest, type LabRoute } from '../types.ts';
import { type ApiCall, accessesOf, contextFor, type ResourceFacts } from './accesses.ts';
import { UnknownToLab } from './conditions.ts';
import { deniedError, type Refusal } from './denied.ts';
import { deploymentAccesses } from './deployment-accesses.ts';
import { inputOf } from './input.ts';
import { type Access, conditionKeysFor, decide, type Policy } from './policy.ts';
import type { RolePolicies } from './roles.ts';

/** What was asked of a role's policies, and what they said. Alike checks are counted, not kept each. */
export interface PermissionCheck {
  /** ARN */
  readonly role: string;
  readonly action: string;
  readonly outcome: 'allowed' | 'denied';
  /** The statements that allowed it, `<policy>/<Sid>`; none when it was denied. */
  readonly by: readonly string[];
  /** Only when it was denied. */
  readonly why?: string;
  readonly count: number;
  /** Different accesses among them; the oldest go when there are more. */
  readonly accesses: readonly Access[];
}

export interface Permissions {
  readonly layer: Layer;
  readonly routes: readonly LabRoute[];
  /** To be called when something else than a request through the gateway may have changed a role. */
  invalidate(): void;
}

const ACCESSES_KEPT = 200;

/** IAM's prefix where it is not the name that requests are signed with. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch', email: 'ses' };

/** What was checked so far. */
class Checks {
  readonly #checks = new Map<
    string,
    { readonly check: Omit<PermissionCheck, 'accesses'>; readonly accesses: Map<string, Access> }
  >();

  remember(role: string, access: Access, result: Pick<PermissionCheck, 'outcome' | 'by' | 'why'>): void {
    const { action } = access;
    const key = JSON.stringify([role, action, result]);
    const known = this.#checks.get(key);
    const accesses = known?.accesses ?? new Map<string, Access>();
    accesses.set(JSON.stringify(access), access);
    const [oldest] = accesses.keys();
    if (accesses.size > ACCESSES_KEPT && oldest !== undefined) {
      accesses.delete(oldest);
    }
    this.#checks.set(key, {
      check: { role, action, ...result, count: (known?.check.count ?? 0) + 1 },
      accesses,
    });
  }

  all(): readonly PermissionCheck[] {
    return [...this.#checks.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { check, accesses }]) => ({ ...check, accesses: [...accesses.values()] }));
  }

  clear(): void {
    this.#checks.clear();
  }
}

interface Checking {
  readonly roles: RolePolicies;
  readonly facts: ResourceFacts;
  readonly checks: Checks;
}

/** Why the policies of a role refuse a call; undefined when they allow it. */
async function refusalOf(
  { roles, facts, checks }: Checking,
  request: LabRequest,
  role: string,
): Promise<Refusal | undefined> {
  const { accountId, region } = request;
  const action = `${PREFIXES[request.service] ?? request.service}:${actionOf(request)}`;
  try {
    const policies = await roles.of(role);
    const call: ApiCall = { action, accountId, region, input: inputOf(request) };
    const needed = (await deploymentAccesses(call, facts)) ?? (await accessesOf(call, role, facts));
    for (const checked of needed) {
      const access: Access = {
        action: checked.action,
        resource: checked.resource,
        context: await contextFor(checked, conditionKeysFor(policies, checked)),
      };
      const decision = decide(policies, access);
      if (decision.outcome === 'denied') {
        const why =
          decision.why === 'explicit deny'
            ? 'with an explicit deny in an identity-based policy'
            : `because no identity-based policy allows the ${access.action} action`;
        checks.remember(role, access, { outcome: 'denied', by: [], why });
        return { ...access, why };
      }
      checks.remember(role, access, { outcome: 'allowed', by: decision.by });
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof UnknownToLab)) {
      throw error;
    }
    checks.remember(
      role,
      { action, resource: '*', context: {} },
      { outcome: 'denied', by: [], why: error.message },
    );
    return { action, resource: '*', why: `because ${error.message}` };
  }
}

/** Checks every call of the roles below those IAM paths against their policies, and remembers what it checked. Other callers are not checked. */
export function createPermissions({
  roles,
  checkedRoles,
  facts,
  log,
}: {
  readonly roles: RolePolicies;
  readonly checkedRoles: readonly string[];
  readonly facts: ResourceFacts;
  readonly log: LabLog;
}): Permissions {
  const isChecked = rolesUnder(checkedRoles);
  const checks = new Checks();

  const checkedRole = ({ principal }: LabRequest): string | undefined =>
    principal.type === 'AssumedRole' && isChecked(principal.sessionIssuerArn)
      ? principal.sessionIssuerArn
      : undefined;

  const layer: Layer = async (request, next) => {
    const role = checkedRole(request);
    if (role === undefined) {
      const response = await next(request);
      if (request.service === 'iam' && !/^(Get|List)/.test(actionOf(request))) {
        roles.invalidate();
      }
      return response;
    }
    const refused = await refusalOf({ roles, facts, checks }, request, role);
    if (refused === undefined) {
      return next(request);
    }
    log('a function was denied a call', { role, ...refused });
    return errorAnswer(request, deniedError(request, refused));
  };

  return {
    layer,
    invalidate: roles.invalidate,
    routes: [
      { method: 'GET', path: '/_lab/permissions', handle: () => checks.all() },
      { method: 'DELETE', path: '/_lab/permissions', handle: () => checks.clear() },
      {
        method: 'GET',
        path: '/_lab/permissions/roles',
        async handle({ query }): Promise<readonly { role: string; policies: readonly Policy[] }[]> {
          const arns = await roles.under('/', {
            accountId: query.get('account') ?? DEFAULT_ACCOUNT_ID,
            region: query.get('region') ?? 'us-east-1',
          });
          const checked = arns.filter(isChecked);
          return Promise.all(checked.map(async (role) => ({ role, policies: await roles.of(role) })));
        },
      },
    ],
  };
}
