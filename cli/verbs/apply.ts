import { setTimeout as delay } from 'node:timers/promises';
import { createEc2Clients } from '../../lib/aws/clients.ts';
import { createEc2Writer } from '../../lib/aws/writes.ts';
import { decideRequests, type RequestOutcome, type RequestWriter } from '../../lib/passes/accept-requests.ts';
import { type ApplyResult, applyPlan } from '../../lib/passes/apply-changes.ts';
import { type OptionOutcome, setOptions } from '../../lib/passes/set-options.ts';
import { markSynced, routeEc2, unfinishedPeerings } from '../../lib/passes/sync-routes.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { classifyAwsError } from '../../lib/ports/aws-error.ts';
import type { Journal } from '../../lib/ports/journal.ts';
import type { NetworkReader } from '../../lib/ports/network-reader.ts';
import { createPace, type Pace } from '../../lib/ports/pace.ts';
import type { WantedOption } from '../../lib/routing/options.ts';
import { type Assessment, answeredRequests, assess, changeKey, tellNotes } from '../assess.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { workOf, writeChanges, writeDecisions, writeWarnings } from '../plan-text.ts';
import { policyOf } from '../policy.ts';
import { changeOf } from '../rows.ts';
import type { Invocation, Verb } from '../verb.ts';

type ApplyDocument = Document<'apply'>;

/** What the command says of what it does goes to the person, not to metrics; with --debug every call is shown. */
function journalFor({ output, options }: Invocation): Journal {
  const say = (message: string, fields: Readonly<Record<string, unknown>>) => {
    if (options.debug) output.note(`debug: ${message} ${JSON.stringify(fields)}`);
  };
  const none = () => undefined;
  return { info: say, warn: say, error: say, metric: none, kindMetric: none, peeringMetric: none };
}

/** How long EC2 may take until an accepted peering is active. */
const ACTIVE_WAITS_MS = [200, 400, 800, 1600, 3200, 6400];

function optionKey({ region, peeringId, vpcId, side }: WantedOption): string {
  return [region, peeringId, vpcId, side].join(' ');
}

/** Thrown instead of a write that the person was not shown. */
function changedSince(peeringId: string): CliError {
  return new CliError(
    `The decision about ${peeringId} is another one than the plan showed; nothing was done about it. Run peering plan again.`,
  );
}

interface Work {
  readonly invocation: Invocation;
  readonly policy: Policy;
  readonly shownPlan: Assessment;
  readonly reader: NetworkReader;
  readonly writer: ReturnType<typeof createEc2Writer>;
  readonly pace: Pace;
  readonly journal: Journal;
}

/** Answers the requests as they were shown, by the same pass as the function: each is read and decided again first. */
async function answerRequests({
  shownPlan,
  policy,
  reader,
  writer,
  pace,
  journal,
}: Work): Promise<RequestOutcome[]> {
  const requests = answeredRequests(shownPlan);
  const agreed = new Map(requests.map(({ view, decision }) => [view.peering.peeringId, decision.decision]));
  const as = (decision: 'accept' | 'reject', peeringId: string) => {
    if (agreed.get(peeringId) !== decision) throw changedSince(peeringId);
  };
  const guarded: RequestWriter = {
    acceptPeering: async (region, peeringId) => {
      as('accept', peeringId);
      return writer.acceptPeering(region, peeringId);
    },
    rejectPeering: async (region, peeringId) => {
      as('reject', peeringId);
      return writer.rejectPeering(region, peeringId);
    },
    tag: async (region, resourceId, tags) => {
      const said = tags[`${policy.tagPrefix}:decision`];
      if (said !== agreed.get(resourceId)) throw changedSince(resourceId);
      return writer.tag(region, resourceId, tags);
    },
  };
  const onlyAgreed: NetworkReader = {
    ...reader,
    readPeerings: async (region, filter) => {
      const found = await reader.readPeerings(region, filter);
      return filter.statuses === undefined ? found : found.filter(({ peeringId }) => agreed.has(peeringId));
    },
  };
  const outcomes: RequestOutcome[] = [];
  const managedRegions =
    policy.regions.length > 0 ? policy.regions : shownPlan.source.scopes.map(({ region }) => region);
  for (const region of new Set(requests.map(({ view }) => view.peering.accepter.region))) {
    outcomes.push(
      ...(await decideRequests(region, [{ kind: 'region', region, cause: 'peering apply' }], {
        accountId: shownPlan.source.scopes[0]?.accountId ?? '',
        policy,
        managedRegions,
        reader: onlyAgreed,
        ...(shownPlan.source.organization === undefined
          ? {}
          : { organization: shownPlan.source.organization }),
        writer: guarded,
        // Nobody waits for an event, and the person to tell is at the terminal.
        bus: { publish: async () => undefined },
        peerBuses: { publishTo: async () => undefined },
        topic: { notify: async () => undefined },
        pace,
        journal,
        now: () => new Date(),
        sleep: (duration) => delay(duration),
        remaining: () => Number.POSITIVE_INFINITY,
      })),
    );
  }
  return outcomes;
}

/** Reads and plans again, until what was accepted is active. */
async function planAgain(
  { invocation, policy, shownPlan }: Work,
  accepted: ReadonlySet<string>,
): Promise<Assessment> {
  for (const wait of ACTIVE_WAITS_MS) {
    const fresh = await assess(invocation, policy, shownPlan.source);
    const waiting = fresh.views.some(
      ({ view }) => accepted.has(view.peering.peeringId) && view.peering.status !== 'active',
    );
    if (!waiting) {
      return fresh;
    }
    invocation.progress.doing('Waiting for the peerings to become active');
    await delay(wait);
  }
  return assess(invocation, policy, shownPlan.source);
}

interface RoutesDone {
  readonly result: ApplyResult;
  readonly options: readonly OptionOutcome[];
  readonly left: readonly string[];
}

/** Makes the changes that were shown and still are to be made, then marks the peerings that are complete. */
async function changeRoutes(work: Work, fresh: Assessment): Promise<RoutesDone> {
  const { invocation, policy, shownPlan, reader, writer, pace } = work;
  const agreed = new Set(shownPlan.changes.map(changeKey));
  const changes = fresh.changes.filter(
    (change) => change.after === undefined && agreed.has(changeKey(change)),
  );
  invocation.progress.doing(`Making ${changes.length} changes`);
  const result = await applyPlan(changes, {
    ec2: routeEc2({ reader, writer }),
    pace,
    clock: { now: Date.now },
    mode: policy.mode,
    tagPrefix: policy.tagPrefix,
  });
  const agreedOptions = new Set(shownPlan.options.map(optionKey));
  const options = await setOptions(
    fresh.options.filter((option) => agreedOptions.has(optionKey(option))),
    writer,
  );
  const made = new Set(changes.map(changeKey));
  const left: string[] = [];
  for (const { inventory, planned } of fresh.regions) {
    // Those that `--vpc` or `--region` left out, too: their peerings are not complete.
    const withheld = planned.changes.filter((change) => !made.has(changeKey(change)));
    const { failures } = await markSynced(
      { policy, writer, pace, now: () => new Date(), remaining: () => Number.POSITIVE_INFINITY },
      inventory,
      planned,
      unfinishedPeerings(result, withheld),
    );
    left.push(...failures.map((error) => classifyAwsError(error).message));
  }
  const newer = fresh.changes.filter((change) => !agreed.has(changeKey(change)));
  if (newer.length > 0) {
    left.push(`${newer.length} changes have come up since the plan was shown. Run peering apply again.`);
  }
  return { result, options, left };
}

const DONE: ReadonlySet<string> = new Set(['written', 'already-so']);

async function agrees({ options, ask, output }: Invocation): Promise<boolean> {
  if (options.yes) {
    return true;
  }
  if (ask === undefined || options.json) {
    throw new CliError(
      options.json
        ? 'With --json nobody can be asked. Look at peering plan, then add --yes.'
        : 'There is no terminal to ask on, so nothing was changed. Look at peering plan, then add --yes.',
    );
  }
  const answer = await ask('Carry this out? (yes, anything else is no) ');
  const agreed = ['y', 'yes'].includes(answer.trim().toLowerCase());
  if (!agreed) output.note('Nothing was changed.');
  return agreed;
}

const NOTHING: ApplyDocument = { applied: false, requests: [], changes: [], peeringOptions: [], left: [] };

export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const policy = policyOf(invocation);
  const shownPlan = await assess(invocation, policy);
  tellNotes(invocation, shownPlan.source);
  writeWarnings(shownPlan, output);
  const todo = workOf(shownPlan);
  if (!options.json) {
    writeDecisions(shownPlan, output);
    output.line();
    writeChanges(shownPlan, output);
    output.line();
    output.line(todo === undefined ? 'Nothing to do.' : `To do: ${todo}.`);
  }
  if (todo === undefined) {
    if (options.json) output.json(NOTHING);
    return 0;
  }
  if (policy.mode === 'observe') {
    throw new CliError(
      'The policy says mode: observe, so nothing was changed. Write mode: enforce into it once the plan is what you want.',
    );
  }
  if (!(await agrees(invocation))) {
    return 1;
  }

  const clients = createEc2Clients();
  const reader = shownPlan.source.scopes[0]?.reader;
  if (reader === undefined) {
    throw new CliError('There is no account to change anything in.');
  }
  const journal = journalFor(invocation);
  const writer = createEc2Writer(clients, {
    mode: policy.mode,
    onWrite: ({ action, region, resource, arguments: given }) =>
      journal.info(action, { region, resource, ...given }),
  });
  const pace = createPace({ now: Date.now, sleep: (duration) => delay(duration) });
  const work: Work = { invocation, policy, shownPlan, reader, writer, pace, journal };

  progress.doing('Answering requests');
  const requests = await answerRequests(work);
  const accepted = new Set(
    requests.filter(({ result }) => result === 'accepted').map(({ peeringId }) => peeringId),
  );
  const fresh = await planAgain(work, accepted);
  const done = await changeRoutes(work, fresh);
  progress.done();

  const regionOf = new Map(
    shownPlan.views.map(({ view }) => [view.peering.peeringId, view.peering.accepter.region]),
  );
  const accountId = shownPlan.source.scopes[0]?.accountId ?? '';
  const left = [
    ...requests
      .filter(({ result }) => result === 'failed' || result === 'skipped')
      .map(({ peeringId, reason }) => `${peeringId}: ${reason}`),
    ...done.result.outcomes.filter(({ outcome }) => !DONE.has(outcome)).map(({ reason }) => reason),
    ...done.result.remaining.map(({ reason }) => reason),
    ...done.options.filter(({ result }) => result !== 'set').map(({ reason }) => reason),
    ...done.left,
  ];
  if (options.json) {
    const document: ApplyDocument = {
      applied: true,
      requests: requests.map(({ peeringId, result, decision, reason }) => ({
        peeringId,
        region: regionOf.get(peeringId) ?? '',
        result,
        decision: decision ?? null,
        reason,
      })),
      changes: done.result.outcomes.map(({ change, outcome, reason, errorCode }) => {
        const { after: _, ...rest } = changeOf({ ...change, accountId });
        return { ...rest, reason, outcome, errorCode: errorCode ?? null };
      }),
      peeringOptions: done.options.map(({ option: { settable: _, ...option }, result, reason }) => ({
        ...option,
        accountId,
        outcome: result,
        reason,
      })),
      left,
    };
    output.json(document);
    return left.length === 0 ? 0 : 1;
  }
  for (const { peeringId, result } of requests) {
    output.line(`${peeringId} ${result}`);
  }
  for (const { change, outcome } of done.result.outcomes) {
    const { action, destination, routeTableId, region } = change;
    output.line(`${action} ${destination} in ${routeTableId} (${region}): ${outcome}`);
  }
  for (const { option, result } of done.options) {
    output.line(`DNS resolution of ${option.vpcId} for ${option.peeringId}: ${result}`);
  }
  for (const reason of left) {
    output.note(`not done: ${shown(reason)}`);
  }
  return left.length === 0 ? 0 : 1;
};
