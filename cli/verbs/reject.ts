import { eventsToRemember, rejectedByHandEvent } from '../../lib/messages/history.ts';
import { agrees } from '../agree.ts';
import { type Answering, openAnswering } from '../answer/answering.ts';
import { carryOut } from '../answer/carry-out.ts';
import { becauseOf } from '../because.ts';
import type { Document } from '../documents.ts';
import { shown } from '../output.ts';
import type { Verb } from '../verb.ts';
import { writeRequest } from '../waiting-text.ts';

async function reject(answering: Answering, because: string | undefined): Promise<string[]> {
  const { peering, by, regions } = answering;
  const event = rejectedByHandEvent(
    peering,
    { by, ...(because === undefined ? {} : { because }) },
    new Date(),
  );
  // What happened once is told once, in the Region that answers.
  return carryOut(
    answering,
    { decision: 'reject' },
    regions.slice(0, 1).map((region) => ({
      region,
      updates: eventsToRemember([event]),
      back: [{ kind: 'forget-event', event }],
    })),
  );
}

/** Rejects one request. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const because = becauseOf(invocation);
  const shownFirst = await openAnswering(invocation);
  const { peering, by } = shownFirst;
  const { peeringId, accepter } = peering;
  if (!options.json) {
    writeRequest(shownFirst.waiting, new Date(), output);
    output.line('Rejected, it cannot be accepted any more: whoever wants it has to ask again.');
  }
  if (!(await agrees(invocation, `Reject ${peeringId}?`, 'peering requests'))) {
    return 1;
  }
  const answering = options.yes ? shownFirst : await openAnswering(invocation);
  progress.doing('Rejecting');
  const left = await reject(answering, because);
  progress.done();
  if (options.json) {
    const document: Document<'reject'> = {
      peeringId,
      region: accepter.region,
      rejected: true,
      by,
      because: because ?? null,
      left,
    };
    output.json(document);
  } else {
    output.line(`${peeringId} rejected by ${shown(by)}`);
    for (const each of left) output.note(`not done: ${shown(each)}`);
  }
  return left.length === 0 ? 0 : 1;
};
