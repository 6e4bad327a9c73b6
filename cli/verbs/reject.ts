import { namedPeering } from '../../lib/messages/text.ts';
import { rejectionBy } from '../../lib/passes/persons-answer.ts';
import { agrees } from '../agree.ts';
import { openAnswering } from '../answer/answering.ts';
import { carryOut } from '../answer/carry-out.ts';
import { becauseOf } from '../because.ts';
import type { Document } from '../documents.ts';
import { shown } from '../output.ts';
import type { Verb } from '../verb.ts';
import { writeRequest } from '../waiting-text.ts';

/** Rejects one request. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const because = becauseOf(invocation);
  const shownFirst = await openAnswering(invocation, 'reject');
  const { peering, by } = shownFirst;
  const { peeringId, accepter } = peering;
  const called = namedPeering(peering);
  if (!options.json) {
    writeRequest(shownFirst.waiting, new Date(), output);
    output.line('Rejected, it cannot be accepted any more: whoever wants it has to ask again.');
  }
  if (!(await agrees(invocation, `Reject ${called}?`, 'peering requests'))) {
    return 1;
  }
  const answering = options.yes ? shownFirst : await openAnswering(invocation, 'reject', peeringId);
  progress.doing('Rejecting');
  const who = { by, ...(because === undefined ? {} : { because }) };
  const left = await carryOut(answering, rejectionBy(answering.peering, who, new Date()));
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
    output.line(`${called} rejected by ${shown(by)}`);
    for (const each of left) output.note(`not done: ${shown(each)}`);
  }
  return left.length === 0 ? 0 : 1;
};
