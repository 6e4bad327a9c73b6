import type { Assessment } from '../assess.ts';
import type { HtmlCell } from './html.ts';

/** A peering, with its name under its id. */
export function peeringCell({ names }: Pick<Assessment, 'names'>, peeringId: string | undefined): HtmlCell {
  const name = peeringId === undefined ? undefined : names.get(peeringId);
  return { text: peeringId ?? '-', ...(name === undefined ? {} : { under: name }) };
}
