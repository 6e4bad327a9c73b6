import { eventsToRemember, freezeEvent } from '../../lib/messages/history.ts';
import { FORGET_THAW, type Freeze, freezeIn, freezeNote, frozenText } from '../../lib/model/freeze.ts';
import { agrees } from '../agree.ts';
import { becauseOf, secondsFor } from '../because.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { openOrdering } from '../registry.ts';
import type { Verb } from '../verb.ts';

/** Longer is a matter of the policy (`guardrails.freeze`, `mode: observe`). Seconds. */
const LONGEST_FREEZE = 365 * 24 * 60 * 60;

/** Freezes Regions: nothing is accepted or written there from now on. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const seconds = secondsFor(invocation, LONGEST_FREEZE);
  const because = becauseOf(invocation);
  if (because === undefined) {
    throw new CliError('Say why, for whoever finds it frozen: peering freeze --because "…".');
  }
  progress.doing('Reading the registry');
  const ordering = await openOrdering(invocation, 'it is the stack that accepts and writes');
  const { regions, memories, by } = ordering;
  progress.done();
  const already = regions.flatMap(
    (region) => freezeIn(memories.get(region)?.notes ?? new Map(), new Date()) ?? [],
  );
  for (const freeze of already.slice(0, 1)) {
    output.note(`note: ${shown(frozenText(freeze), 3000)}. That is replaced.`);
  }
  if (!(await agrees(invocation, `Freeze ${regions.join(', ')}?`, 'peering plan'))) {
    return 1;
  }
  const since = Math.floor(Date.now() / 1000);
  const freeze: Freeze = {
    by,
    because,
    since,
    ...(seconds === undefined ? {} : { until: since + seconds }),
  };
  const event = freezeEvent({ by, what: `${regions.join(', ')} frozen.`, why: because }, new Date());
  await ordering.remember([freezeNote(freeze), FORGET_THAW], eventsToRemember([event]));
  if (options.json) {
    const document: Document<'freeze'> = {
      regions: [...regions],
      by,
      because,
      since: new Date(since * 1000).toISOString(),
      until: freeze.until === undefined ? null : new Date(freeze.until * 1000).toISOString(),
    };
    output.json(document);
  } else {
    output.line(`${regions.join(', ')}: ${shown(frozenText(freeze), 3000)}`);
    output.note('note: A function that is at work ends what it has begun, within five minutes.');
  }
  return 0;
};
