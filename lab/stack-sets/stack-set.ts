/** A StackSet as the lab keeps it. */

export interface Instance {
  readonly accountId: string;
  readonly unit: string;
  readonly stackName: string;
  status: 'CURRENT' | 'OUTDATED' | 'INOPERABLE';
  reason: string;
}

export interface Result {
  readonly accountId: string;
  status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  reason: string;
}

export interface Operation {
  readonly id: string;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE';
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  readonly results: Result[];
}

export interface StackSet {
  readonly id: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  form: URLSearchParams;
  template: string;
  readonly units: Set<string>;
  readonly instances: Instance[];
  readonly operations: Operation[];
}

/** What AWS answers with status 400. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function requireIdle({ id, operations }: StackSet): void {
  if (operations.some(({ status }) => status === 'RUNNING')) {
    throw new Refusal('OperationInProgressException', `Another Operation on StackSet ${id} is in progress`);
  }
}
