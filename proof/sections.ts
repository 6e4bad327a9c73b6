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

/**
 * What runs one after the other, and in each step side by side. The storm waits for EC2's buckets, and the runbooks for what they
 * broke, for most of their time; what keeps both processors at work has them to itself.
 */
export const STEPS: readonly (readonly (readonly ProofSection[])[])[] = [
  [[faultMatrix]],
  [[stormSection], [permissions, attack, pages, fuzz]],
  [[mutation]],
  [[supplyChain], [judges]],
];

/** In the order in which they are shown. */
export const SECTIONS: readonly ProofSection[] = STEPS.flat(2);
