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
