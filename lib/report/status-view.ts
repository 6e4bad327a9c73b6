import type { PriceClass } from '../connectivity/probes.ts';
import type { Verdict } from '../connectivity/verdict.ts';
import type { PeeringEnd } from '../policy/expiry.ts';
import type { Health } from './health-words.ts';
import type { AssessedView } from './shown-assessment.ts';

/** What the last ping across a side found. Times in milliseconds, as in `peering status --json`. */
export interface PingOfView {
  at: string;
  verdict: Verdict;
  /** What gave the verdict. */
  worst: string | null;
  lossPercent: number | null;
  averageRtt: number | null;
  roundTripTimes: { min: number; avg: number; max: number; mdev: number | null } | null;
  priceClasses: PriceClass[];
  sources: string[];
  targets: string[];
}

/** What the connectivity check says of a side. */
export interface CheckOfView {
  state: 'checked' | 'lost' | 'not-checked' | 'never-checked';
  since: string | null;
  why: string | null;
}

/** When the time of a side is over, and what says so. */
export interface EndOfView extends Pick<PeeringEnd, 'by' | 'state' | 'onExpiry'> {
  at: string;
}

/** One side of a peering, as `peering status` and the report show it. */
export interface StatusView {
  health: Health;
  accountId: string;
  peeringId: string;
  peeringName: string | null;
  region: string;
  localVpc: string;
  localName: string | null;
  remoteVpc: string;
  remoteName: string | null;
  remoteAccount: string;
  remoteRegion: string;
  /** What EC2 says of the peering. */
  status: string;
  decision: 'accept' | 'hold' | 'reject';
  rule: string | null;
  reasons: string[];
  standing: AssessedView['management'];
  routes: { desired: number; present: number };
  /** null: nothing lets it end. */
  expires: EndOfView | null;
  lastPing: PingOfView | null;
  check: CheckOfView | null;
  notes: string[];
}
