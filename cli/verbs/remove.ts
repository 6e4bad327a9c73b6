import { setTimeout as sleep } from 'node:timers/promises';
import { REPORT_BUCKET_OUTPUT, REPORT_OUTPUT } from '../../resources/report.ts';
import { CODE_BUCKET } from '../../resources/stack-template.ts';
import { agrees } from '../agree.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import type { Output } from '../output.ts';
import { type AskedRemoval, askedRemoval } from '../release/asked-removal.ts';
import { bucketPlace } from '../release/bucket.ts';
import { emptyBucket } from '../release/empty-bucket.ts';
import { takeNetworkAlong } from '../release/network-left.ts';
import { removeSettled } from '../release/removal.ts';
import { conditionOf } from '../release/stack-condition.ts';
import { settled, type WaitOptions } from '../release/wait.ts';
import type { ExitCode, Invocation, Verb } from '../verb.ts';

function countText(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What the account keeps, as sentences. */
function whatStays(asked: AskedRemoval, all: true | undefined): string[] {
  const { outputs } = asked.state ?? {};
  const [page, made] = [outputs?.get(REPORT_OUTPUT), outputs?.get(REPORT_BUCKET_OUTPUT)];
  const inBucket =
    made === undefined
      ? 'nobody renews it.'
      : `it stays with the bucket that the stack made for it. The page goes from there by itself after 7 days; aws s3 rb s3://${made} --force deletes both.`;
  return [
    ...inTheNetwork(asked, all),
    ...(page === undefined ? [] : [`The page of the report, ${page}: ${inBucket}`]),
  ];
}

function inTheNetwork({ left, unread, tagPrefix }: AskedRemoval, all: true | undefined): string[] {
  const tags = `Tags ${tagPrefix}:* that people set on route tables, VPCs and instances, and the peerings themselves: they are not this product's.`;
  if (left === undefined) {
    return [
      `What the product wrote into route tables could not be read (${unread ?? 'the stack has no registry'}): routes to peerings stay, and traffic goes on.`,
      tags,
    ];
  }
  const tables = new Set(left.routes.map(({ routeTableId }) => routeTableId)).size;
  const routes = countText(left.routes.length, 'route', 'routes');
  return all
    ? [tags]
    : [
        ...(left.routes.length === 0
          ? []
          : [
              `${routes} that the product wrote, in ${countText(tables, 'route table', 'route tables')}: traffic goes on, and from then on nobody looks after them. Only while the stack is there can peering remove --all take them along.`,
            ]),
        ...(left.marked.length === 0
          ? []
          : [`Tags of the product on ${countText(left.marked.length, 'peering', 'peerings')}.`]),
        tags,
      ];
}

function show(output: Output, asked: AskedRemoval, stays: readonly string[], all: true | undefined): void {
  const { place, accountId, left } = asked;
  output.line(
    `Stack     ${place.name} in ${place.region}, account ${accountId}: ${output.paint('to be removed', 'red')}`,
  );
  output.line(
    'Goes      functions, rules, queues, topic with its subscriptions, alarms, logs, and what the stack remembers',
  );
  if (all && left !== undefined) {
    const peerings = new Set(left.routes.map(({ peeringId }) => peeringId)).size;
    output.line(
      output.paint(
        `          ${countText(left.routes.length, 'route', 'routes')} over ${countText(peerings, 'peering', 'peerings')}: their traffic ends`,
        'red',
      ),
    );
    output.line(`          tags of the product on ${countText(left.marked.length, 'peering', 'peerings')}`);
  }
  for (const [index, line] of stays.entries())
    output.line(`${index === 0 ? 'Stays     ' : '          '}${line}`);
}

/** @returns what is left although the stack is gone, as sentences. @throws CliError with what could not be deleted. */
async function removeStack(
  { place, accountId, stacks, state }: AskedRemoval,
  wait: WaitOptions,
): Promise<string[]> {
  if (state === undefined) {
    return [];
  }
  const bucket = state.outputs.get(`${CODE_BUCKET}Name`);
  if (bucket !== undefined) {
    wait.progress('emptying the bucket');
    await emptyBucket(bucketPlace(bucket, accountId, place.region));
  }
  wait.progress('removing the stack');
  const { leftOut } = await removeSettled({ stacks, place, state, wait, now: () => new Date() });
  return leftOut.length === 0
    ? []
    : [
        `What ${leftOut.join(', ')} would have taken away: rules, queue and ping document named ${place.name}… in other managed Regions, if there are any.`,
      ];
}

function documentOf(
  { place, accountId }: AskedRemoval,
  removed: boolean,
  stays: readonly string[],
): Document<'remove'> {
  return { stack: place.name, region: place.region, accountId, removed, stays: [...stays] };
}

/** @param began the stack as it was, if a removal that was under way has taken it since. */
function nothingThere(
  { options, output }: Invocation,
  asked: AskedRemoval,
  began: AskedRemoval['state'],
): ExitCode {
  const { place, accountId } = asked;
  if (options.json) output.json(documentOf(asked, began !== undefined, []));
  else if (began !== undefined)
    output.line(
      `Done: the stack ${place.name} is gone. Its removal was under way already, and what stays was said when it began.`,
    );
  else
    output.line(
      `There is no stack ${place.name} in ${place.region}, account ${accountId}: nothing to remove.`,
    );
  return 0;
}

/** Where something is under way, a removal begins when that has ended. */
async function whenSettled(asked: AskedRemoval, wait: WaitOptions): Promise<AskedRemoval> {
  const { place, stacks, state } = asked;
  if (conditionOf(state, place.name, place.region).kind !== 'busy') {
    return asked;
  }
  const after = await settled(stacks, place, new Date(), wait);
  const { state: _, ...rest } = asked;
  return after === undefined ? rest : { ...rest, state: after };
}

/** Removes the stack of this account; with --all also what it made in the network. */
export const run: Verb['run'] = async (invocation): Promise<ExitCode> => {
  const { options, output, progress, ifInterrupted } = invocation;
  ifInterrupted('Nothing was changed.');
  const wait: WaitOptions = {
    progress: (line) => progress.step(line),
    sleep: async (milliseconds) => {
      await sleep(milliseconds);
    },
  };
  wait.progress('reading the stack');
  const found = await askedRemoval(invocation);
  const asked = await whenSettled(found, wait);
  progress.done();
  if (asked.state === undefined) {
    return nothingThere(invocation, asked, found.state);
  }
  if (options.all && asked.left === undefined) {
    throw new CliError(
      `What the product wrote could not be read, so nobody knows which routes are its own: ${asked.unread ?? 'the stack has no registry.'} Mend that, or run peering remove without --all: routes stay.`,
    );
  }
  if (options.all && asked.left?.routes.length === 0) {
    output.note(
      'note: The registry has no route of its own. A new stack adopts those that an earlier one wrote with its first sweep: if there should be some, wait for that.',
    );
  }
  const stays = whatStays(asked, options.all);
  if (!options.json) show(output, asked, stays, options.all);
  if (!(await agrees(invocation, 'Remove it?', `what peering remove${options.all ? ' --all' : ''} shows`))) {
    return 1;
  }
  const again = `Run peering remove${options.all ? ' --all' : ''} again: it`;
  if (options.all && asked.left !== undefined && asked.registry !== undefined) {
    ifInterrupted(
      `Routes that were deleted stay deleted. ${again} removes what is left. Until then the Regions are frozen, so that nothing puts them back; peering thaw ends that.`,
    );
    await takeNetworkAlong(asked.registry, asked.left, { by: asked.by }, wait);
  }
  ifInterrupted(
    `What CloudFormation has begun goes on there. ${again} waits for the end, and removes what is left.`,
  );
  const left = await removeStack(asked, wait);
  progress.done();
  if (options.json) {
    output.json(documentOf(asked, true, [...stays, ...left]));
  } else {
    output.line(`\nDone: the stack ${asked.place.name} is gone.`);
    for (const line of left) output.line(`Stays     ${line}`);
  }
  return 0;
};
