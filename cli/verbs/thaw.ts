import { eventsToRemember, freezeEvent } from '../../lib/messages/history.ts';
import { freezeIn, frozenText, thawUpdates } from '../../lib/model/freeze.ts';
import { freezeLines } from '../../lib/report/orders.ts';
import { agrees } from '../agree.ts';
import { becauseOf } from '../because.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { openOrdering } from '../registry.ts';
import type { Verb } from '../verb.ts';

/** Ends a freeze. */
export const run: Verb['run'] = async (invocation) => {
  const { options, output, progress } = invocation;
  const because = becauseOf(invocation) ?? 'nobody said why';
  progress.doing('Reading the registry');
  const ordering = await openOrdering(invocation, 'it is the stack that is frozen');
  const { regions, memories, by } = ordering;
  progress.done();
  const now = new Date();
  const frozen = regions.flatMap((region) => {
    const freeze = freezeIn(memories.get(region)?.notes ?? new Map(), now);
    return freeze === undefined ? [] : [{ region, freeze }];
  });
  const [first] = frozen;
  if (first === undefined) {
    throw new CliError(`Nobody has frozen ${regions.join(', ')}.`);
  }
  if (!options.json) {
    for (const line of freezeLines(memories, now)) output.line(shown(line, 3000));
    output.line(
      'Thawed, requests are answered and drift is repaired as the policy says: peering plan shows what.',
    );
  }
  const names = frozen.map(({ region }) => region);
  if (!(await agrees(invocation, `Thaw ${names.join(', ')}?`, 'peering plan'))) {
    return 1;
  }
  const event = freezeEvent(
    { by, what: `${names.join(', ')} thawed.`, why: `${because}. ${frozenText(first.freeze)}` },
    now,
  );
  await ordering.remember(
    thawUpdates({ by, because }, Math.floor(now.getTime() / 1000)),
    eventsToRemember([event]),
  );
  if (options.json) {
    const document: Document<'thaw'> = { regions: names, by, because };
    output.json(document);
  } else {
    output.line(`${names.join(', ')}: thawed by ${shown(by, 300)}`);
  }
  return 0;
};
