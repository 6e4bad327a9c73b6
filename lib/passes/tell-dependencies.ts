import type { Policy } from '../policy/schema.ts';
import type { Memory } from '../ports/memory.ts';
import type { Bus, Topic } from '../ports/outbox.ts';

/** What it takes to tell people something, and to remember that they were told. */
export interface TellDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly memory: Pick<Memory, 'update'>;
  readonly bus: Bus;
  readonly topic: Topic;
  readonly now: () => Date;
}
