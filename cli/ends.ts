import { fromNow } from '../lib/messages/text.ts';
import { endWords, type ShownEnd } from '../lib/report/ends.ts';
import type { Assessment } from './assess.ts';
import type { Document } from './documents.ts';
import { nameAndId } from './named.ts';
import { type Output, shown } from './output.ts';

/** Peerings that end soon, as `peering requests` lists them: whoever needs them longer has to say so. */

export function endsDocument(
  ends: readonly ShownEnd[],
  { names }: Pick<Assessment, 'names'>,
): Document<'requests'>['ends'] {
  return ends.map(({ at, localVpcs, follows, ...end }) => ({
    ...end,
    peeringName: names.get(end.peeringId) ?? null,
    localVpcs: [...localVpcs],
    at: at.toISOString(),
    follows: [...follows],
  }));
}

function writeEnd(end: ShownEnd, assessment: Pick<Assessment, 'names'>, now: Date, output: Output): void {
  const { peeringId, accountId, region, localVpcs, remoteVpc, remoteAccount, rule, at, state } = end;
  const label = (text: string) => output.paint(text.padEnd(11), 'dim');
  const left = state === 'over' ? undefined : fromNow(at, now);
  output.line(
    `${output.paint(nameAndId(assessment, peeringId), 'bold')}  ${output.paint(`${endWords(end)}${left === undefined ? '' : `, ${left}`}`, 'yellow')}  by rule ${rule}`,
  );
  const local = localVpcs.map((vpcId) => nameAndId(assessment, vpcId)).join(' and ');
  const remote = localVpcs.includes(remoteVpc)
    ? ''
    : ` with ${nameAndId(assessment, remoteVpc)} of account ${shown(remoteAccount)}`;
  output.line(`  ${label('Between')}${local} of account ${shown(accountId)} in ${shown(region)}${remote}`);
  output.line(`  ${label('Why')}${shown(end.why)}`);
  for (const sentence of end.follows) {
    output.line(`  ${label('Then')}${shown(sentence)}`);
  }
  output.line(`  ${label('To do')}Nothing, if it is not needed. If it is: ${end.renew}`);
  output.line();
}

/** Nothing where nothing ends. */
export function writeEnds(
  ends: readonly ShownEnd[],
  assessment: Pick<Assessment, 'names'>,
  now: Date,
  output: Output,
): void {
  if (ends.length === 0) {
    return;
  }
  output.line();
  output.line(output.paint(`Ends within a week (${ends.length})`, 'bold'));
  output.line();
  for (const end of ends) {
    writeEnd(end, assessment, now, output);
  }
}
