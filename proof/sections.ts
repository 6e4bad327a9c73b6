import { attack } from './attack.ts';
import { faultMatrix } from './fault-matrix.ts';
import { fuzz } from './fuzz.ts';
import { judges } from './judges.ts';
import { mutation } from './mutation.ts';
import { pages } from './pages.ts';
import { permissions } from './permissions.ts';
import type { ProofSection } from './section.ts';
import { stormSection } from './storm.ts';
import { supplyChain } from './supply-chain.ts';

/** In the order in which they run and are shown. */
export const SECTIONS: readonly ProofSection[] = [
  faultMatrix,
  stormSection,
  permissions,
  attack,
  pages,
  fuzz,
  mutation,
  supplyChain,
  judges,
];
