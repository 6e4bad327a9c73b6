import type { Policy } from '../../lib/policy/schema.ts';
import type { Assessment } from '../assess.ts';
import type { DeployedStack } from '../stack.ts';
import type { Invocation } from '../verb.ts';

/** Whose credentials are used. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
}

/** What `doctor` looks at. */
export interface Patient {
  readonly invocation: Invocation;
  readonly policy: Policy;
  readonly policyFile: string;
  readonly assessment: Assessment;
  /** Of that name, whosever it is, and however much of it is there. */
  readonly found: DeployedStack | undefined;
  /** The same, if it is the product's and runs: only of that one can anything be asked. */
  readonly stack: DeployedStack | undefined;
  readonly homeRegion: string;
  readonly caller: Caller;
}

/** Each Region that was read, with its views whatever `--vpc` shows. */
export function regionsOf({ accounts }: Assessment) {
  return accounts.flatMap(({ scopes, whole }) =>
    scopes.map(({ scope: { region }, inventory }) => ({
      region,
      inventory,
      views: whole.views.filter(({ view }) => view.region === region),
    })),
  );
}
