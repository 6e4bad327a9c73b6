import { createAskMoto } from '../ec2/moto.ts';
import { createFaults, type Faults } from '../faults.ts';
import type { Layer } from '../gateway.ts';
import { createResourceFacts } from '../iam/facts.ts';
import { createPermissions, type Permissions } from '../iam/permissions.ts';
import { createRolePolicies } from '../iam/roles.ts';
import { createRoleTrust } from '../iam/trust.ts';
import { createQueueDenials } from '../queue-denials.ts';
import { createEnabledRegions, type EnabledRegions } from '../regions.ts';
import { createRoleCalls, type RoleCalls } from '../role-calls.ts';
import type { FunctionServices } from './functions.ts';
import type { LabGround } from './ground.ts';
import type { NetworkServices } from './network.ts';

/** What keeps a call from a service: Regions that are off, faults, policies of queues and of roles. */
export interface AccessServices {
  readonly regions: EnabledRegions;
  readonly faults: Faults;
  readonly permissions: Permissions;
  /** The first one sees the request first. */
  readonly layers: readonly Layer[];
  readonly roleCalls: RoleCalls;
}

export interface AccessOptions {
  /** IAM paths of the roles that are held to their policies. */
  readonly checkedRoles: readonly string[];
  /** Default: `enforced` where the lab has started moto itself. */
  readonly permissions: 'enforced' | 'ignored' | undefined;
}

export function createAccessServices(
  { moto, port, clients, log }: LabGround,
  { pool, queues }: FunctionServices,
  { context, ec2 }: NetworkServices,
  { checkedRoles, ...options }: AccessOptions,
): AccessServices {
  const regions = createEnabledRegions();
  const faults = createFaults({ endProcess: (accessKeyId) => pool.kill(accessKeyId) });
  const facts = createResourceFacts({
    ask: createAskMoto(context),
    readEc2: (request) => ec2.handle(request, port.forward),
    call: port.call,
    clients,
  });
  const roles = createRolePolicies(port.call);
  const permissions = createPermissions({ roles, checkedRoles, facts, log });
  const enforcement = options.permissions ?? (moto.startedBy === 'lab' ? 'enforced' : 'ignored');
  const isEnforced = enforcement === 'enforced';
  // A call that a fault answers was not checked: what was seen is what the service saw.
  const layers = [regions.layer, faults.layer, createQueueDenials(queues)];
  return {
    regions,
    faults,
    permissions,
    layers: isEnforced
      ? [...layers, createRoleTrust({ call: port.call, facts, checkedRoles }), permissions.layer]
      : layers,
    roleCalls: createRoleCalls({
      layers,
      permissions: isEnforced ? permissions.layer : undefined,
      forward: port.forward,
    }),
  };
}
