import { type Outlook, type Proposed, propose } from '../../lib/assessment/proposal.ts';
import { namedPeering } from '../../lib/messages/text.ts';
import { acceptanceBy } from '../../lib/passes/persons-answer.ts';
import { namesOf } from '../../lib/report/shown-assessment.ts';
import { agrees } from '../agree.ts';
import { type Answering, openAnswering } from '../answer/answering.ts';
import { carryOut } from '../answer/carry-out.ts';
import { changeKey } from '../assess.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { writeChanges, writeFindings } from '../plan-text.ts';
import { changeOf, findingsOf } from '../rows.ts';
import type { Invocation, Verb } from '../verb.ts';
import { writeRequest } from '../waiting-text.ts';

function proposalOf({ account, peering, by }: Answering, { options }: Invocation): Proposed {
  return propose(
    { ...account, now: new Date() },
    { peeringId: peering.peeringId, by, ...(options.as === undefined ? {} : { as: options.as }) },
  );
}

function refusal({ peering }: Answering, { why }: Extract<Proposed, { kind: 'refused' }>): CliError {
  return new CliError(
    `${peering.peeringId} is not accepted. ${why.map((reason) => shown(reason)).join(' ')}`,
  );
}

/** What follows, in the words of a plan. */
function writeOutlook(answering: Answering, outlook: Outlook, { output }: Invocation): void {
  const { account, peering } = answering;
  const { acceptance, changes, findings, request } = outlook;
  const { accountId } = account;
  const how =
    acceptance.how === 'matched'
      ? 'which matches it'
      : 'which does not match it: it is managed as if it did, because you say so';
  output.line(output.paint('Once it is accepted', 'bold'));
  output.line(`  The stack manages it by rule ${acceptance.rule}, ${how}.`);
  if (request.sides.length === 1 && peering.requester.accountId !== accountId) {
    output.line(
      `  Account ${shown(peering.requester.accountId)} has to route its own side; nothing here can do that.`,
    );
  }
  output.line('  No route that leads elsewhere now is changed.');
  output.line();
  const accounts = [account];
  const names = namesOf(account.state.regions);
  writeChanges(
    {
      accounts,
      names,
      changes: changes.map((change) => ({ ...change, accountId })),
      options: [],
      heldOptions: [],
    },
    output,
  );
  if (findings.some(({ repairable }) => !repairable)) {
    output.line();
    const open = findings.filter(({ repairable }) => !repairable);
    writeFindings(
      { accounts, names, findings: open.map((finding) => ({ ...finding, accountId })), notJudged: [] },
      output,
    );
  }
  output.line();
}

/** What was shown, so that nothing else is done: the rule, and the routes that follow. */
function shownKey({ acceptance, changes }: Outlook): string {
  return [acceptance.rule, acceptance.how, ...changes.map(changeKey).sort()].join('\n');
}

/** Read and decided again: between question and answer something may have changed. */
async function decideAgain(invocation: Invocation, first: Outlook): Promise<[Answering, Outlook]> {
  const { peeringId } = first.request.peering;
  const answering = await openAnswering(invocation, 'accept', peeringId);
  const again = proposalOf(answering, invocation);
  if (again.kind === 'refused') {
    throw refusal(answering, again);
  }
  if (shownKey(again) !== shownKey(first)) {
    throw new CliError(
      `What would follow for ${peeringId} is not what was shown any more; nothing was done. Run peering accept again.`,
    );
  }
  return [answering, again];
}

function documentOf(
  { peering, by, account }: Answering,
  { acceptance, changes, findings }: Outlook,
  left: readonly string[],
): Document<'accept'> {
  const { accountId } = account;
  return {
    peeringId: peering.peeringId,
    region: peering.accepter.region,
    accepted: true,
    rule: acceptance.rule,
    how: acceptance.how,
    by,
    changes: changes.map((change) => changeOf({ ...change, accountId })),
    findings: findingsOf({ findings: findings.map((finding) => ({ ...finding, accountId })) }),
    left: [...left],
  };
}

/** Accepts one request, and has the stack manage the peering. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const shownFirst = await openAnswering(invocation, 'accept');
  const first = proposalOf(shownFirst, invocation);
  if (!options.json) {
    writeRequest(shownFirst.waiting, new Date(), output);
  }
  if (first.kind === 'refused') {
    throw refusal(shownFirst, first);
  }
  const called = namedPeering(shownFirst.peering);
  if (!options.json) {
    writeOutlook(shownFirst, first, invocation);
  }
  const question = `Accept ${called} as rule ${first.acceptance.rule}?`;
  if (!(await agrees(invocation, question, 'peering requests'))) {
    return 1;
  }
  const [answering, outlook] = options.yes ? [shownFirst, first] : await decideAgain(invocation, first);
  progress.doing('Accepting');
  const left = await carryOut(answering, acceptanceBy(outlook, answering.regions));
  progress.done();
  if (options.json) {
    output.json(documentOf(answering, outlook, left));
  } else {
    output.line(`${called} accepted by ${shown(answering.by)} as rule ${outlook.acceptance.rule}`);
    output.line('The stack makes its routes once the peering is active; peering status shows them.');
    for (const each of left) output.note(`not done: ${shown(each)}`);
  }
  return left.length === 0 ? 0 : 1;
};
