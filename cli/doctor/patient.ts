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
