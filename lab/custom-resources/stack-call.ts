import type { Forward, LabRequest } from '../types.ts';

/** One call of CloudFormation about a stack. */
export interface StackCall {
  readonly request: LabRequest;
  readonly form: URLSearchParams;
  /** To CloudFormation without custom resources. */
  readonly next: Forward;
}
