import type { Policy } from './schema.ts';

/** Whether the policy wants any peering to exist. */
export function connects({ connect, mesh }: Pick<Policy, 'connect' | 'mesh'>): boolean {
  return connect !== undefined || mesh !== undefined;
}
