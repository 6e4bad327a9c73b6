import { DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import type { MotoClients } from '../clients.ts';
import { STACK_TYPE, type StackRecord } from './records.ts';

/**
 * moto's events of a stack with custom resources that nobody is to see: moto is done, or goes back, before the stack as its
 * callers see it has.
 */

interface MotoEvent {
  readonly id: string;
  readonly type: string;
  readonly status: string;
}

export class UnseenEvents {
  readonly #clients: MotoClients;

  constructor(clients: MotoClients) {
    this.#clients = clients;
  }

  /** Does something of which nothing is seen while moto is at it; the work is told which events are older. */
  async during<T>(record: StackRecord, work: (known: ReadonlySet<string>) => Promise<T>): Promise<T> {
    const known = await this.idsOf(record);
    record.shownEvents = known;
    try {
      return await work(known);
    } finally {
      delete record.shownEvents;
    }
  }

  async idsOf(record: StackRecord): Promise<ReadonlySet<string>> {
    return new Set((await this.#all(record)).map(({ id }) => id));
  }

  /** Hides for ever what moto has said since, or only what says that status. */
  async hideSince(known: ReadonlySet<string>, record: StackRecord, status?: string): Promise<void> {
    for (const event of await this.#all(record)) {
      if (!known.has(event.id) && (status === undefined || event.status === status)) {
        record.hiddenEvents.add(event.id);
      }
    }
  }

  /** Hides for ever that the stack is complete, where moto has just said so. */
  async hideCompletion(record: StackRecord): Promise<void> {
    const [newest] = await this.#all(record);
    if (newest?.type === STACK_TYPE && newest.status.endsWith('_COMPLETE')) {
      record.hiddenEvents.add(newest.id);
    }
  }

  /** Newest first. */
  async #all(record: StackRecord): Promise<readonly MotoEvent[]> {
    const { StackEvents = [] } = await this.#clients
      .cloudFormation(record)
      .send(new DescribeStackEventsCommand({ StackName: record.stackId }));
    return StackEvents.map(({ EventId = '', ResourceType = '', ResourceStatus = '' }) => ({
      id: EventId,
      type: ResourceType,
      status: ResourceStatus,
    }));
  }
}
