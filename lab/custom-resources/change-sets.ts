import type { Place } from '../types.ts';
import type { Deployment } from './operations.ts';

/** What a change set will do when it is executed. */
export type ChangeSet = Pick<Deployment, 'operation' | 'template'>;

/** Change sets until they are executed. */
export class ChangeSets {
  readonly #byArn = new Map<string, ChangeSet>();

  add(arn: string, changeSet: ChangeSet): void {
    this.#byArn.set(arn, changeSet);
  }

  /** @param named its name or its ARN. @returns the newest; it is gone then. */
  take(named: string, { accountId, region }: Place): ChangeSet | undefined {
    const [arn, changeSet] =
      [...this.#byArn]
        .reverse()
        .find(
          ([arn]) =>
            arn === named ||
            (arn.includes(`:${region}:${accountId}:`) && arn.includes(`changeSet/${named}/`)),
        ) ?? [];
    if (arn !== undefined) {
      this.#byArn.delete(arn);
    }
    return changeSet;
  }
}
