import type { Receipts } from '../aws/receipts.ts';
import type { Hint } from '../model/hint.ts';
import type { ConnectWriter } from '../passes/connect-dependencies.ts';
import type { RequestWriter } from '../passes/request-dependencies.ts';
import type { SyncWriter } from '../passes/sync-writer.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';
import type { ReportStore } from '../ports/report-store.ts';
import { type GatheredHints, gatherHints, lookAtEach } from './gathered-hints.ts';
import { type InFlightBatch, takeBatch } from './in-flight-batch.ts';
import type { Handler } from './runtime.ts';
import { createShell, type Invocation } from './shell.ts';
import type { Denied } from './unless-denied.ts';

/** What became of the events of one batch. */
interface HintsSummary<Summary> {
  /** By Region, in the order in which they were first named. */
  readonly results: readonly (Summary | Denied)[];
  /** Why events led nowhere. */
  readonly dropped: readonly string[];
}

/** The ports through which a function changes or tells anything. */
interface ChangingPorts {
  readonly writer: RequestWriter & SyncWriter & Partial<ConnectWriter>;
  readonly memory: Memory;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly store: ReportStore;
}

/** Those of its ports that are there, of which each call asks first whether the batch is still this invocation's own. */
function whileInFlight(
  ports: Partial<ChangingPorts>,
  { ensureInFlight }: InFlightBatch,
): Partial<ChangingPorts> {
  const onlyInFlight =
    <CallArguments extends readonly unknown[], Answer>(
      call: (...callArguments: CallArguments) => Promise<Answer>,
    ) =>
    async (...callArguments: CallArguments): Promise<Answer> => {
      ensureInFlight();
      return call(...callArguments);
    };
  const { writer, memory, bus, peerBuses, topic, store } = ports;
  return {
    ...(writer && {
      writer: {
        acceptPeering: onlyInFlight(writer.acceptPeering),
        rejectPeering: onlyInFlight(writer.rejectPeering),
        // Only one of the functions may make peerings.
        ...(writer.requestPeering === undefined
          ? {}
          : { requestPeering: onlyInFlight(writer.requestPeering) }),
        tag: onlyInFlight(writer.tag),
        createRoute: onlyInFlight(writer.createRoute),
        replaceRoute: onlyInFlight(writer.replaceRoute),
        deleteRoute: onlyInFlight(writer.deleteRoute),
        deletePeering: onlyInFlight(writer.deletePeering),
        setDnsResolution: onlyInFlight(writer.setDnsResolution),
      },
    }),
    ...(memory && {
      memory: { read: memory.read, readNote: memory.readNote, update: onlyInFlight(memory.update) },
    }),
    ...(bus && { bus: { publish: onlyInFlight(bus.publish) } }),
    ...(peerBuses && { peerBuses: { publishTo: onlyInFlight(peerBuses.publishTo) } }),
    ...(topic && { topic: { notify: onlyInFlight(topic.notify) } }),
    ...(store && { store: { publish: onlyInFlight(store.publish) } }),
  };
}

/**
 * For functions that take events from a queue, several at a time: one look at a Region answers all that came together. Called
 * at module level, like createRuntime.
 */
export function createQueueRuntime<Ports extends Partial<ChangingPorts> & { readonly receipts: Receipts }>(
  policy: Policy,
  fillPorts: (policy: Policy, journal: Journal) => Ports,
) {
  const { journal, journaled, invocation } = createShell(policy, fillPorts);

  /** One invocation: what its batch says goes to the work, by Region. */
  const handled =
    <Summary>(
      look: (
        regions: GatheredHints['regions'],
        current: Invocation & Ports,
      ) => Promise<readonly (Summary | Denied)[]>,
    ): Handler<HintsSummary<Summary>> =>
    (event, context) =>
      journaled(context, async () => {
        const begun = invocation(context);
        const batch = await takeBatch(event, begun);
        const { millisecondsLeft } = batch;
        const current = { ...begun, ...whileInFlight(begun, batch), millisecondsLeft };
        try {
          const { regions, dropped } = gatherHints(event, current);
          const results = await look(regions, current);
          batch.end();
          return { results, dropped };
        } catch (error) {
          batch.end();
          await batch.giveBack();
          throw error;
        }
      });

  return {
    /**
     * Does the work of each Region. One that fails does not stop the others; the batch then fails as a whole, and comes again
     * soon. A batch that may have been handed out a second time is left alone.
     *
     * @throws what the work of a Region throws; of several an AggregateError. ReceiveEnded for a batch left alone.
     */
    onHints<Summary>(
      work: (region: string, hints: readonly Hint[], invocation: Invocation & Ports) => Promise<Summary>,
    ): Handler<HintsSummary<Summary>> {
      return handled((regions, current) =>
        lookAtEach(regions, journal, (region, hints) => work(region, hints, current)),
      );
    },
    /**
     * Does the work once, whichever and however many Regions the events are about; not at all where they led nowhere.
     *
     * @throws what the work throws. ReceiveEnded for a batch left alone.
     */
    onAnyHint<Summary>(
      work: (invocation: Invocation & Ports) => Promise<Summary>,
    ): Handler<HintsSummary<Summary>> {
      return handled((regions, current) => {
        const [first] = regions;
        return first === undefined
          ? Promise.resolve([])
          : lookAtEach(new Map([first]), journal, () => work(current));
      });
    },
  };
}
