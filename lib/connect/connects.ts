import type { Policy } from '../policy/schema.ts';
import type { Connections } from './types.ts';

/** Where nothing is to be connected. */
export const NO_CONNECTIONS: Connections = {
  pairs: [],
  problems: [],
  sizes: [],
  remarks: [],
  learned: new Map(),
  unknown: [],
};

/** Whether the policy wants any peering to exist. */
export function connects({ connect, mesh }: Pick<Policy, 'connect' | 'mesh'>): boolean {
  return connect !== undefined || mesh !== undefined;
}
