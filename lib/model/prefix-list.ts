import type { AwsErrorKind } from './aws-error.ts';

/** A list of CIDRs to which routes can lead. */
export interface PrefixList {
  readonly prefixListId: string;
  /** `com.amazonaws.us-east-1.s3`, or what its owner calls it. */
  readonly name: string;
  /** `aws`: one of AWS's own, known by its name. `unknown`: EC2 does not show the list itself. */
  readonly owner: 'aws' | 'customer' | 'unknown';
  /** What it counts against the quota of a route table; undefined for lists of AWS that do not say. */
  readonly maxEntries?: number;
  /** Undefined when they could not be read: nothing is concluded from that. */
  readonly cidrs?: readonly string[];
  /** Why they could not be read. */
  readonly problem?: string;
  /** What kind of error said so. */
  readonly problemKind?: AwsErrorKind;
}
