import { faultMatrix } from './fault-matrix.ts';
import type { ProofSection } from './section.ts';
import { stormSection } from './storm.ts';

/** In the order in which they run and are shown. */
export const SECTIONS: readonly ProofSection[] = [faultMatrix, stormSection];
